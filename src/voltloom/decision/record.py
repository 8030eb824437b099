"""One cycle's outcome as columns: what was in force, what was wanted, what is sent, and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

import numpy as np

from voltloom.decision.plan import Plan, planned_of
from voltloom.decision.reason import WITHOUT_CIRCUIT, Cause, Reason
from voltloom.decision.storage import StorageDecision
from voltloom.session.outlet_order import OutletOrder
from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.site.outside import Imposed, tightest

# What these causes tell of one EVSE follows from the plan, too.
OF_THE_PLAN = frozenset(
    {
        Cause.PLANNED,
        Cause.PRIORITY,
        Cause.BELOW_MINIMUM,
        Cause.FEEDS_BACK,
        Cause.OUTRANKED,
        Cause.GUARANTEED,
        Cause.OTHERS_OWED,
    }
)
# Told otherwise where nobody else wants power; and by cause, who wants some.
OF_OTHERS = frozenset({Cause.SHARED, Cause.PRIORITY, Cause.BELOW_MINIMUM})
OF_ORDERS = frozenset({Cause.ORDERED, Cause.BOOSTED})
WANTS = np.ones(max(Cause) + 1, dtype=np.bool_)
WANTS[
    [
        *(Cause.NO_SESSION, Cause.NEED_MET, Cause.NOT_AUTHORIZED, Cause.SUSPENDED_BY_VEHICLE),
        Cause.FAULT,
    ]
] = False


class Mode(Enum):
    """How much the controller trusts itself; it degrades downwards and climbs back one step at a time."""

    __hash__ = object.__hash__  # members are single; Enum hashes their names anew at every look-up

    CHOSEN = "chosen"  # the architecture the operator chose
    EQUAL = "equal"  # equal sharing on conservative ratings
    FLOOR = "floor"  # the limit that is always safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Setpoint:
    """The limit one EVSE holds from now on, with its reason."""

    time_s: float
    evse_id: str
    limit_a: float
    reason: Reason


class Decision(NamedTuple):
    """One cycle; arrays (n,) in EVSE order unless said otherwise.

    before_a: limit in force before. proposed_a: what the architecture wanted. after_a: what is in force now.
    sent: whether a command goes out. cause: `Cause` numbers. binding_row: row number, -1 for none.
    row_load_a, row_rating_a: (m,) worst load under the new limits and what the row may carry now.
    age_s: (n,) age of the oldest input each setpoint rests on. place, expected_start_s: the queue.
    outside: the limits from outside that were in force. storage: of batteries, None where there are none. plan: what an
    architecture that plans goes by. trial: the name of a policy on trial, and the outlets (n,) that it rules.
    orders: of operators, those that last.
    """

    now_s: float
    architecture: str
    mode: Mode
    network: Network
    before_a: Floats
    proposed_a: Floats
    after_a: Floats
    sent: Bools
    cause: Ints
    binding_row: Ints
    row_load_a: Floats
    row_rating_a: Floats
    age_s: Floats
    place: Ints
    expected_start_s: Floats
    outside: tuple[Imposed, ...] = ()
    storage: StorageDecision | None = None
    plan: Plan | None = None
    trial: tuple[str, Bools] | None = None
    orders: tuple[OutletOrder, ...] = ()

    def reason(self, evse: int) -> Reason:
        """Return why one EVSE holds what it holds."""
        cause, row = Cause(int(self.cause[evse])), self.row_of(evse)
        planned = None
        if self.plan is not None and cause in OF_THE_PLAN:
            planned = planned_of(self.plan, self.network, evse, self.now_s, row)
        return Reason(
            cause=cause,
            before_a=float(self.before_a[evse]),
            after_a=float(self.after_a[evse]),
            binding_row=self.network.row_ids[row] if row >= 0 else "",
            headroom_a=float(self.row_rating_a[row] - self.row_load_a[row]) if row >= 0 else float("inf"),
            age_s=float(self.age_s[evse]),
            architecture=self.trial[0]
            if self.trial is not None and self.trial[1][evse]
            else self.architecture,
            mode=self.mode.value,
            imposed=tightest(self.outside, row) if cause is Cause.LIMIT_REACHED else None,
            planned=planned,
            is_alone=cause in OF_OTHERS and self._is_alone(evse, row),
            ordered=next((one for one in self.orders if one.evse == evse), None)
            if cause in OF_ORDERS
            else None,
            boosted=self._boosted_at(row) if cause is Cause.AFTER_BOOST else (),
        )

    def row_of(self, evse: int) -> int:
        """Return the row that fixed an EVSE's limit, -1 for none: none where the vehicle itself did."""
        return -1 if int(self.cause[evse]) in WITHOUT_CIRCUIT else int(self.binding_row[evse])

    def _is_alone(self, evse: int, row: int) -> bool:
        """Return whether no other vehicle wants power at a row, anywhere where it is -1."""
        wants = WANTS[self.cause]
        wants[evse] = False
        others = wants.nonzero()[0]
        if row < 0:
            return not others.size
        return not any(self._may_load(row, int(other)) for other in others)  # the first of them mostly tells

    def _may_load(self, row: int, evse: int) -> bool:
        """Return whether a vehicle at an EVSE may load a row."""
        grid, column = self.network.grid, self.after_a.size + evse  # of a vehicle on all phases
        return bool((grid.row[grid.start[column] : grid.start[column + 1]] == row).any())

    def _boosted_at(self, row: int) -> tuple[str, ...]:
        """Return which EVSEs an operator lets come first at a row, in the site's order."""
        boosted = sorted(
            one.evse
            for one in self.orders
            if one.is_boosted and WANTS[int(self.cause[one.evse])] and self._may_load(row, one.evse)
        )
        return tuple(self.network.evse_ids[evse] for evse in boosted)

    def setpoints(self) -> Iterator[Setpoint]:
        """Yield a setpoint with its reason for every EVSE whose limit changes now."""
        for evse in self.sent.nonzero()[0]:
            yield Setpoint(
                time_s=self.now_s,
                evse_id=self.network.evse_ids[evse],
                limit_a=float(self.after_a[evse]),
                reason=self.reason(int(evse)),
            )

"""Several architectures on one property: EVSE groups that are run apart from the rest (requirement B6).

Each group sees only its own EVSEs; what the groups before it were given is fixed for those after it, so groups that do
share a circuit still never overload it. A group that should not depend on another has circuits of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Architecture, Proposals, Queue
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools


def grouped(rest: Architecture, parts: Mapping[str, tuple[Architecture, Bools]]) -> Architecture:
    """Return an architecture that runs each group by its own and everything else by `rest`."""
    if not parts:
        return rest
    apart = np.logical_or.reduce([members for _, members in parts.values()])
    return Grouped(name=rest.name, parts=(*parts.values(), (rest, ~apart)))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grouped:
    """Architectures side by side, each with the EVSEs (n,) it runs."""

    name: str
    parts: tuple[tuple[Architecture, Bools], ...]

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return every group's proposals together; memory.serving is the union of theirs, a plan is the one group's that plans."""
        count = snapshot.setpoint_a.size
        taken_a = np.where(snapshot.controllable, 0.0, snapshot.reserved_a)
        joined = _nothing(count)
        serving: tuple[int, ...] = ()
        is_takeover, plan, peak_seen = False, None, None
        for architecture, members in self.parts:
            mine = set(snapshot.sessions.serial[members].tolist())
            remembered = memory._replace(serving=tuple(n for n in memory.serving if n in mine))
            own = snapshot._replace(
                controllable=snapshot.controllable & members,
                reserved_a=taken_a,
                sessions=snapshot.sessions._replace(present=snapshot.sessions.present & members),
            )
            proposals, after = architecture.allocate(own, remembered)
            joined = _joined(joined, proposals, members)
            taken_a = np.where(members & snapshot.controllable, proposals.current_a, taken_a)
            serving += after.serving
            is_takeover |= after.is_takeover
            plan = plan if after.plan is None else after.plan
            peak_seen = peak_seen if after.peak_seen is None else after.peak_seen
        return joined, AllocationMemory(serving, is_takeover, plan, peak_seen)


def _nothing(count: int) -> Proposals:
    zeros = np.zeros(count, dtype=np.int64)
    return Proposals(
        current_a=np.zeros(count),
        cause=zeros,
        binding_row=zeros - 1,
        queue=Queue(place=zeros, expected_start_s=np.full(count, np.nan)),
    )


def _joined(before: Proposals, part: Proposals, members: Bools) -> Proposals:
    """Return the proposals with those of a group's members put in."""
    return Proposals(
        current_a=np.where(members, part.current_a, before.current_a),
        cause=np.where(members, part.cause, before.cause),
        binding_row=np.where(members, part.binding_row, before.binding_row),
        queue=Queue(
            place=np.where(members, part.queue.place, before.queue.place),
            expected_start_s=np.where(members, part.queue.expected_start_s, before.queue.expected_start_s),
        ),
    )

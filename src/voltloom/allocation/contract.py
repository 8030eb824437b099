"""The one method an architecture is."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools, Floats, Ints


class Queue(NamedTuple):
    """Who waits: place (n,), 1 for the next, 0 where served; expected_start_s (n,), NaN where unknown or served."""

    place: Ints
    expected_start_s: Floats


class Proposals(NamedTuple):
    """What an architecture wants: currents (n,), the `Cause` of each (n,), and the binding row of each (n,).

    A negative current is a discharge of that many A on each phase, only where the session's most_discharge_a is above 0; rules,
    fallbacks and floors never propose one. binding_row is -1 where no limit of the site binds.
    """

    current_a: Floats
    cause: Ints
    binding_row: Ints
    queue: Queue

    def with_part(self, part: Proposals, members: Bools) -> Proposals:
        """Return these with another's for the members (n,) put in."""
        return Proposals(
            current_a=np.where(members, part.current_a, self.current_a),
            cause=np.where(members, part.cause, self.cause),
            binding_row=np.where(members, part.binding_row, self.binding_row),
            queue=Queue(
                place=np.where(members, part.queue.place, self.queue.place),
                expected_start_s=np.where(members, part.queue.expected_start_s, self.queue.expected_start_s),
            ),
        )


class AllocationMemory(NamedTuple):
    """What an architecture remembers between cycles: a frozen value that goes in and comes out.

    serving: serial numbers of the sessions whose turn it is. is_takeover: an operator chose another architecture, and
    the one that rules now has not served anybody yet; whom an earlier one served may be paused by now. plan: of the planner.
    peak_seen: of the planner; it outlives times in which another architecture rules. parts: of EVSE groups that are run apart,
    each its own, in their order. prices_moved: by more than a little since the plan was made.
    """

    serving: tuple[int, ...] = ()
    is_takeover: bool = False
    plan: Plan | None = None
    peak_seen: PeakSeen | None = None
    parts: tuple[AllocationMemory, ...] = ()
    prices_moved: bool = False

    @property
    def plans(self) -> tuple[Plan, ...]:
        """Return every plan that is followed: the site's, or those of its groups."""
        return tuple(each.plan for each in (self, *self.parts) if each.plan is not None)


class Architecture(Protocol):
    """An architecture decides who would get how much; safety comes after it and only lowers."""

    @property
    def name(self) -> str:
        """Return the name operators choose it by."""
        ...

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return proposals for every EVSE and the memory for the next cycle."""
        ...


def with_peak(after: AllocationMemory, before: AllocationMemory) -> AllocationMemory:
    """Return what an architecture remembers, with the month's peak where it knows nothing of such things."""
    if after.peak_seen is not None or before.peak_seen is None:
        return after
    return after._replace(peak_seen=before.peak_seen)

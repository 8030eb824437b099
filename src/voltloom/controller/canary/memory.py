"""What is remembered of a trial: who takes part, what was counted on either side, and how it ended."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.contract import AllocationMemory
from voltloom.session.events import CanaryEnded, CanarySet
from voltloom.session.policy import CanaryEnd, Guards, Policy
from voltloom.site.network import Bools


class Tally(NamedTuple):
    """What was counted on one side. vehicle_s: time of vehicles that want power. trips_count: vehicle-cycles in which the envelope
    lowered what was proposed.
    """

    vehicle_s: float = 0.0
    changes_count: int = 0
    trips_count: int = 0
    delivered_wh: float = 0.0
    visits_count: int = 0
    unmet_count: int = 0

    @property
    def vehicle_h(self) -> float:
        """Return the time in hours."""
        return self.vehicle_s / 3600.0


class Shadow(NamedTuple):
    """How a candidate in shadow differs from what is in force: means are the sums by cycles_count.

    other_count: vehicle-cycles in which it would give more than an ampere more or less, of vehicles_count. sum_kw: what it gives beyond.
    """

    cycles_count: int = 0
    vehicles_count: int = 0
    other_count: int = 0
    sum_kw: float = 0.0


class CanaryMemory(NamedTuple):
    """A trial, also one that has ended until the next begins. members: (n,) outlets the candidate rules; none of them: shadow.

    since_s: when these became members. overload_s: see `Guards`. end: None while it goes on. why: in words, "" for an operator's.
    """

    policy: Policy
    guards: Guards
    members: Bools
    begun_s: float
    since_s: float
    allocation: AllocationMemory = AllocationMemory()
    canary: Tally = Tally()
    control: Tally = Tally()
    shadow: Shadow = Shadow()
    overload_s: float = 0.0
    end: CanaryEnd | None = None
    ended_s: float = float("nan")
    why: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the trial goes on."""
        return self.end is None

    @property
    def is_shadow(self) -> bool:
        """Return whether the candidate only looks on."""
        return not bool(self.members.any())


def with_set(before: CanaryMemory | None, event: CanarySet, outlets_count: int) -> CanaryMemory:
    """Return the trial after an operator's word. What was counted begins anew where its outlets are others."""
    members = np.zeros(outlets_count, dtype=np.bool_)
    members[list(event.evses)] = True
    if before is not None and before.is_open and before.policy == event.policy:
        kept = before.allocation
        return CanaryMemory(event.policy, event.guards, members, before.begun_s, event.time_s, kept)
    fresh = AllocationMemory(is_takeover=bool(event.evses))
    return CanaryMemory(event.policy, event.guards, members, event.time_s, event.time_s, fresh)


def ended(before: CanaryMemory, event: CanaryEnded) -> CanaryMemory:
    """Return a trial that an operator ended."""
    end = CanaryEnd.PROMOTED if event.is_promoted else CanaryEnd.ROLLED_BACK
    return before._replace(end=end, ended_s=event.time_s)

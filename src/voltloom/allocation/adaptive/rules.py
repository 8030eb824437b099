"""Adaptive by rule: who can wait least comes first and gets all it can take.

Least laxity (how long a visit could be left without power and still be served in time), earliest deadline, lowest
state of charge, or tier. Everybody's waiting is bounded: one that has waited half the bound gets its minimum first.
A state of charge nobody told counts as one half; an unknown departure as later than every known one; an unknown need
as `ASSUMED_NEED_WH`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Proposals, Queue
from voltloom.allocation.kernels import greedy_fill, laxities
from voltloom.allocation.sharing import (
    ASSUMED_NEED_WH,
    LEAST_ASSUMED_NEED_WH,
    Division,
    TurnRules,
    division,
    places,
    proposals,
    turns,
)
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

UNKNOWN_SOC_RATIO = 0.5
# Who is being served stays first until another is more urgent by this much. Without it two sessions of like urgency
# would change places at every cycle, and what one gives up lies idle while the other waits out its dwell.
HOLD_S = 1800.0
HOLD_SOC_RATIO = 0.05


class Rule(Enum):
    """What decides who comes first."""

    LEAST_LAXITY = "least_laxity"
    EARLIEST_DEADLINE = "earliest_deadline"
    LOWEST_SOC = "lowest_soc"
    TIER = "tier"
    FIRST_COME = "first_come"


def urgency(snapshot: SiteSnapshot, rule: Rule) -> Floats:
    """Return the key of each EVSE's session, (n,); the least comes first."""
    sessions = snapshot.sessions
    if rule is Rule.EARLIEST_DEADLINE:
        return sessions.departure_s
    if rule is Rule.LOWEST_SOC:
        return np.where(np.isnan(sessions.soc_ratio), UNKNOWN_SOC_RATIO, sessions.soc_ratio)
    if rule is Rule.TIER:
        return sessions.tier.astype(np.float64)
    if rule is Rule.FIRST_COME:
        return sessions.arrival_s
    return laxity_s(snapshot)


def held_keys(snapshot: SiteSnapshot, rule: Rule) -> tuple[Floats, Floats]:
    """Return urgency and, for ties, laxity of each EVSE's session, (n,) each, with a head start for those being served.

    Being served is to have more than the minimum: who has only that may have it for having waited.
    """
    served = snapshot.setpoint_a > snapshot.sessions.min_a
    laxity = laxity_s(snapshot) - HOLD_S * served
    if rule is Rule.LEAST_LAXITY:
        return laxity, laxity
    if rule is Rule.EARLIEST_DEADLINE:
        return urgency(snapshot, rule) - HOLD_S * served, laxity
    if rule is Rule.LOWEST_SOC:
        return urgency(snapshot, rule) - HOLD_SOC_RATIO * served, laxity
    return urgency(snapshot, rule), laxity


def laxity_s(snapshot: SiteSnapshot) -> Floats:
    """Return how long each session could be left without power and still be served in time, (n,)."""
    sessions = snapshot.sessions
    laxity: Floats = laxities(
        sessions.requested_wh,
        snapshot.delivered_wh,
        sessions.departure_s,
        snapshot.network.max_a,
        sessions.w_per_a,
        snapshot.now_s,
        (ASSUMED_NEED_WH, LEAST_ASSUMED_NEED_WH, SECONDS_PER_HOUR),
    )
    return laxity


@dataclass(frozen=True, slots=True, kw_only=True)
class AdaptiveByRule:
    """Priority by urgency, with bounded waiting for everybody else."""

    name: str
    rule: Rule
    rules: TurnRules

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return currents: minimums of turn holders and of the overdue first, then all that fits by urgency."""
        todo = division(snapshot)
        sessions, network = snapshot.sessions, snapshot.network
        order = self._preference(snapshot, todo)
        who = turns(snapshot, todo, order, self.rules)
        start = np.where(who.let_in & (who.held | who.overdue), todo.min_a, todo.fixed_a)
        current, binding = greedy_fill(
            snapshot.grid,
            sessions.column,
            start,
            order,
            todo.min_a,
            np.maximum(todo.upper_a, start),
            network.pilot_start,
            network.pilots_a,
        )
        place = places(order, todo.candidates & ~todo.courtesy & (current <= 0.0))
        queue = Queue(
            place=place,
            expected_start_s=np.full(place.size, np.nan),
        )
        return proposals(snapshot, todo, current, binding, Cause.PRIORITY, queue), AllocationMemory()

    def _preference(self, snapshot: SiteSnapshot, todo: Division) -> Ints:
        """Return the candidates, most urgent first; without a dwell time nobody has a head start."""
        if self.rules.dwell_s > 0.0:
            key, laxity = held_keys(snapshot, self.rule)
        else:
            key, laxity = urgency(snapshot, self.rule), laxity_s(snapshot)
        order = np.lexsort((snapshot.sessions.serial, laxity, key, todo.courtesy))
        return order[todo.candidates[order]].astype(np.int64)

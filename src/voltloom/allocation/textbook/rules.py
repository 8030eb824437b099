"""The textbook rules as published simulations state them, for comparison: LLF, EDF, FCFS, and round robin.

They know no turns and no waiting bound, bound each session by what it needs in the coming period, and break ties by
the order of the EVSEs. Source: Z. Lee et al., ACN-Sim (arXiv 2012.02809), section on baseline algorithms.
"""

from __future__ import annotations

from dataclasses import dataclass

from voltloom.allocation.adaptive.rules import Rule, urgency
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.sharing import CAUSES, nobody_waits
from voltloom.allocation.textbook.kernels import textbook_shares
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.units import SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedTextbook:
    """Sort by a rule, then give each in turn the most that fits."""

    name: str
    rule: Rule

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return the greedy division in the order of the rule."""
        return _shares(snapshot, self.rule, 0.0, Cause.PRIORITY), AllocationMemory()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRobinTextbook:
    """One step for each in turn, first come first, until nothing more fits."""

    name: str
    step_a: float

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return the division by equal steps."""
        return _shares(snapshot, Rule.FIRST_COME, self.step_a, Cause.SHARED), AllocationMemory()


def _shares(snapshot: SiteSnapshot, rule: Rule, step_a: float, limited_by: Cause) -> Proposals:
    sessions, network = snapshot.sessions, snapshot.network
    current_a, (cause, binding_row) = textbook_shares(
        snapshot.grid[:],
        sessions.column,
        urgency(snapshot, rule),
        snapshot.controllable,
        sessions.wants_power,
        sessions.keeps_minimum,
        snapshot.reserved_a,
        sessions.requested_wh,
        snapshot.delivered_wh,
        sessions.w_per_a,
        sessions.min_a,
        sessions.max_a,
        sessions.is_dynamic,
        sessions.idle_cause,
        snapshot.setpoint_a,
        network.pilot_start,
        network.pilots_a,
        SECONDS_PER_HOUR / snapshot.period_s,
        step_a,
        int(limited_by),
        CAUSES,
    )
    return Proposals(current_a, cause, binding_row, nobody_waits(current_a.size))

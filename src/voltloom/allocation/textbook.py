"""The textbook rules as published simulations state them, for comparison: LLF, EDF, FCFS, and round robin.

They know no turns and no waiting bound, bound each session by what it needs in the coming period, and break ties by
the order of the EVSEs. Source: Z. Lee et al., ACN-Sim (arXiv 2012.02809), section on baseline algorithms.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.allocation.adaptive.rules import Rule, urgency
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.kernels import greedy_fill, round_robin_fill
from voltloom.allocation.sharing import division, nobody_waits, proposals
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class SortedTextbook:
    """Sort by a rule, then give each in turn the most that fits."""

    name: str
    rule: Rule

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return the greedy division in the order of the rule."""
        todo = division(snapshot, whole_periods=True)
        network = snapshot.network
        order = np.argsort(urgency(snapshot, self.rule), kind="stable")
        current, binding = greedy_fill(
            snapshot.grid,
            snapshot.sessions.column,
            todo.fixed_a,
            order[todo.candidates[order]].astype(np.int64),
            todo.min_a,
            todo.upper_a,
            network.pilot_start,
            network.pilots_a,
        )
        return proposals(snapshot, todo, current, binding, Cause.PRIORITY, nobody_waits(current.size)), memory


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundRobinTextbook:
    """One step for each in turn, first come first, until nothing more fits."""

    name: str
    step_a: float

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return the division by equal steps."""
        todo = division(snapshot, whole_periods=True)
        network = snapshot.network
        order = np.argsort(urgency(snapshot, Rule.FIRST_COME), kind="stable")
        current, binding = round_robin_fill(
            snapshot.grid,
            snapshot.sessions.column,
            todo.fixed_a,
            order[todo.candidates[order]].astype(np.int64),
            todo.upper_a,
            network.pilot_start,
            network.pilots_a,
            self.step_a,
        )
        return proposals(snapshot, todo, current, binding, Cause.SHARED, nobody_waits(current.size)), memory

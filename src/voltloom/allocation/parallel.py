"""The parallel architecture: all sessions at once, sharing what there is.

Conflict rule: of two that ask for the maximum neither comes first; shares are lexicographic max-min on the circuit
tree (nobody's share can grow without a smaller one shrinking), by equal weights, by token weights, or tier by tier.
Everybody let in has its minimum before anybody has more; a vehicle that suspended itself comes after all shares.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Proposals, Queue
from voltloom.allocation.kernels import admitted, max_min_fill, quantised
from voltloom.allocation.sharing import Division, TurnRules, division, places, proposals, turns
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats, Ints

CLOSE_A = 1e-6


class Sharing(Enum):
    """By which measure shares are equal."""

    EQUAL = "equal"
    WEIGHTED = "weighted"
    TIERED = "tiered"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel:
    """Concurrent sessions with a fixed sharing rule."""

    name: str
    sharing: Sharing
    rules: TurnRules

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Return max-min shares; who is left under the minimum waits for a turn."""
        todo = division(snapshot)
        preference = self._preference(snapshot, todo)
        who = turns(snapshot, todo, preference, self.rules)
        sharing = who.let_in & (~todo.courtesy | who.held | who.overdue)
        start = np.where(sharing, todo.min_a, todo.fixed_a)
        current, binding = self._shares(snapshot, todo, start, preference[sharing[preference]])
        binding = np.where(sharing, binding, who.blocked_by)
        # A vehicle that suspended itself takes nothing: its minimum is kept only where nobody can use it.
        suspended = preference[(todo.courtesy & ~sharing)[preference]]
        suspended = suspended[
            np.argsort(snapshot.setpoint_a[suspended] <= 0.0, kind="stable")
        ]  # who has it keeps it
        left, full = admitted(snapshot.grid, snapshot.sessions.column, current, suspended, todo.min_a)
        current = np.where(left, todo.min_a, current)
        binding = np.where(todo.courtesy & ~sharing, full, binding)
        place = places(preference, todo.candidates & ~todo.courtesy & ~who.let_in)
        queue = Queue(
            place=place,
            expected_start_s=np.where(
                place > 0,
                snapshot.now_s + who.turn_s * np.ceil(place / max(1, who.let_in.sum())),
                np.nan,
            ),
        )
        return proposals(snapshot, todo, current, binding, Cause.SHARED, queue), AllocationMemory()

    def _preference(self, snapshot: SiteSnapshot, todo: Division) -> Ints:
        """Return the candidates: by tier where tiers count, then who has waited longest, then who came first."""
        sessions = snapshot.sessions
        waited = np.where(np.isfinite(snapshot.idle_s), snapshot.idle_s, -snapshot.served_s)
        keys = [sessions.serial, -waited]
        if self.sharing is Sharing.TIERED:
            keys.append(sessions.tier)
        order = np.lexsort((*keys, todo.courtesy))
        return order[todo.candidates[order]].astype(np.int64)

    def _shares(
        self, snapshot: SiteSnapshot, todo: Division, start_a: Floats, members: Ints
    ) -> tuple[Floats, Ints]:
        """Return currents (n,) and binding rows for the EVSEs let in, the fixed ones included."""
        sessions, grid, network = snapshot.sessions, snapshot.grid, snapshot.network
        weight = sessions.weight if self.sharing is Sharing.WEIGHTED else np.ones(start_a.size)
        upper = np.maximum(todo.upper_a, start_a)
        current, binding = start_a, np.full(start_a.size, -1, dtype=np.int64)
        tiers = [members]
        if self.sharing is Sharing.TIERED:
            tiers = [members[sessions.tier[members] == tier] for tier in np.unique(sessions.tier[members])]
        for tier in tiers:
            current, stopped = max_min_fill(grid, sessions.column, current, tier, weight, upper)
            binding = np.where(stopped >= 0, stopped, binding)
        if network.pilots_a.size:
            # What rounding down leaves goes to the smaller share; of equal ones to who has it already, so that it
            # does not wander.
            keeps = snapshot.setpoint_a > np.floor(current + CLOSE_A)
            by_share = members[np.lexsort((~keeps[members], current[members].round(3)))]
            current = quantised(
                grid,
                sessions.column,
                current,
                by_share,
                todo.min_a,
                upper,
                network.pilot_start,
                network.pilots_a,
            )
        return current, binding

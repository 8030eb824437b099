"""The sequential architecture: one visit at a time, whole handshake, delivery and end before the next.

Visits are served in the order of their plug-in. The one being served keeps its place until its energy is delivered,
the vehicle stops taking any, or it leaves; everybody else waits in a queue with a place and an expected start. Where it
takes over from another architecture, who is charging then goes on, whatever its place: to pause it would let nobody charge.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Proposals, Queue
from voltloom.allocation.kernels import greedy_fill
from voltloom.allocation.sharing import assumed_need_wh, division, places, proposals
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

DRAWS_A = 1.0  # what a vehicle at rest may show


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequential:
    """One session at a time on the whole site (or group). dwell_s: how long one that was paused may not start again."""

    name: str
    dwell_s: float = 0.0

    def allocate(
        self, snapshot: SiteSnapshot, memory: AllocationMemory
    ) -> tuple[Proposals, AllocationMemory]:
        """Give everything to the visit being served; queue the rest.

        memory.serving holds the serial number of the session being served, also while that one draws on out of control.
        While an EVSE that may still draw cannot be controlled, nobody new is served: two would draw at once.
        """
        todo = division(snapshot)
        sessions, network = snapshot.sessions, snapshot.network
        queue = np.lexsort((sessions.serial, sessions.arrival_s, todo.courtesy))
        queue = queue[todo.candidates[queue]].astype(np.int64)
        served = self._served(snapshot, queue, memory, todo.courtesy)
        current, binding = greedy_fill(
            snapshot.grid,
            sessions.column,
            todo.fixed_a,
            served,
            todo.min_a,
            todo.upper_a,
            network.pilot_start,
            network.pilots_a,
        )
        waiting = todo.candidates & ~todo.courtesy
        waiting[served] = False
        place = places(queue, waiting)
        turn = Queue(
            place=place,
            expected_start_s=self._expected_start_s(snapshot, queue, waiting, todo.upper_a),
        )
        result = proposals(snapshot, todo, current, binding, Cause.SHARED, turn)
        cause = np.where(waiting, int(Cause.QUEUED), result.cause)
        serving = tuple(int(serial) for serial in sessions.serial[served]) or _kept(snapshot, memory)
        after = AllocationMemory(serving=serving, is_takeover=memory.is_takeover and not serving)
        return result._replace(cause=cause), after

    def _served(self, snapshot: SiteSnapshot, queue: Ints, memory: AllocationMemory, courtesy: Bools) -> Ints:
        """Return the one EVSE to serve, or none; one whose vehicle stopped by itself gives its place away."""
        if memory.is_takeover:
            charging = queue[(snapshot.setpoint_a[queue] > 0.0) & ~courtesy[queue]]
            if charging.size:
                return charging[np.argsort(snapshot.measured_a[charging] <= DRAWS_A, kind="stable")][:1]
            queue = queue[snapshot.now_s - snapshot.fell_s[queue] >= self.dwell_s]
        in_turn = np.isin(snapshot.sessions.serial[queue], np.array(memory.serving, dtype=np.int64))
        still = queue[in_turn & ~courtesy[queue]]
        if still.size:
            return still[:1]
        may_draw = _draws_anyway(snapshot)
        draws_on = snapshot.sessions.present & (snapshot.measured_a > DRAWS_A) & snapshot.controllable
        draws_on[queue[:1]] = False
        if may_draw.any() or draws_on.any():
            return queue[:0]
        return queue[:1]

    def _expected_start_s(
        self, snapshot: SiteSnapshot, queue: Ints, waiting: Bools, upper_a: Floats
    ) -> Floats:
        """Return when each waiting visit should start: the time those before it still need, (n,), NaN if served."""
        expected = np.full(waiting.size, np.nan)
        power_w = np.maximum(1.0, snapshot.sessions.w_per_a * upper_a)
        hours = assumed_need_wh(snapshot) / power_w
        ends = snapshot.now_s
        for evse in queue:
            if waiting[evse]:
                expected[evse] = ends
            stays = ends + hours[evse] * SECONDS_PER_HOUR
            ends = max(ends, min(stays, float(snapshot.sessions.departure_s[evse])))
        return expected


def _draws_anyway(snapshot: SiteSnapshot) -> Bools:
    """Return which vehicles may draw whatever is decided, (n,): their outlets are out of control."""
    return ~snapshot.controllable & (snapshot.reserved_a > 0.0) & snapshot.sessions.present


def _kept(snapshot: SiteSnapshot, memory: AllocationMemory) -> tuple[int, ...]:
    """Return whose place is kept while nobody can be served: of who was served, and draws on out of control.

    A confirmation that is late puts an outlet out of control for a cycle or two; that must not cost its vehicle the place.
    """
    draws_on = snapshot.sessions.serial[_draws_anyway(snapshot)]
    return tuple(serial for serial in memory.serving if serial in draws_on)

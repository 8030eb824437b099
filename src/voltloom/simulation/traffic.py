"""Who comes and goes: visits in order of arrival, a queue where the outlet is still taken, and what each car says."""

from __future__ import annotations

import heapq
import math
from collections import deque
from dataclasses import dataclass

import numpy as np

from voltloom.session.events import (
    CapabilityReported,
    NeedStated,
    PluggedIn,
    TokenKind,
    TokenPresented,
    Unplugged,
    VehicleRequested,
)
from voltloom.simulation.clock import Clock
from voltloom.simulation.link import Message
from voltloom.simulation.measures import VisitColumns
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.vehicle import plug_in, unplug
from voltloom.simulation.visits import Visit
from voltloom.simulation.world import World
from voltloom.site.network import Bools


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """A vehicle that left: what the meter of its outlet counted, and what its battery took."""

    session_id: str
    evse: int
    counted_wh: float
    taken_wh: float


class Traffic:
    """The cars of a run. due_step: when somebody comes or goes next. waited_for_outlet: how many found theirs still taken."""

    def __init__(self, scenario: Scenario, clock: Clock, world: World, columns: VisitColumns) -> None:
        self._visits = scenario.visits
        self._network = scenario.network
        self._world, self._columns, self._clock = world, columns, clock
        self._arrival_step = [clock.step_at(v.arrival_s) for v in scenario.visits]
        self._departure_step = [clock.step_at(v.departure_s) for v in scenario.visits]
        self._next = 0
        self._leaving: list[tuple[int, int]] = []
        self._queue: dict[int, deque[int]] = {}
        self.due_step = self.next_step
        self._is_told_full: Bools = np.zeros(len(scenario.network.evse_ids), dtype=np.bool_)
        self.waited_for_outlet = 0
        self.departed: list[Departed] = []

    @property
    def next_step(self) -> int:
        """Return the step of the next arrival; the run's end when nobody comes any more."""
        if self._next < len(self._visits):
            return self._arrival_step[self._next]
        return self._clock.steps

    @property
    def nobody_is_here(self) -> bool:
        """Return whether no car stands at any outlet or waits for one."""
        return not self._leaving and not self._queue

    def come_and_go(self, step: int, now_s: float) -> list[Message]:
        """Let the cars of a step leave, then arrive; return what stations and cars say."""
        said: list[Message] = []
        freed = []
        self.departed = []
        while self._leaving and self._leaving[0][0] <= step:
            _, evse = heapq.heappop(self._leaving)
            said.append(self._leave(evse, now_s))
            freed.append(evse)
        for evse in freed:
            queue = self._queue.get(evse)
            while queue and not self._world.vehicles.is_there[evse]:
                said += self._arrive(queue.popleft(), step, now_s)
            if not queue:
                self._queue.pop(evse, None)
        while self._next < len(self._visits) and self._arrival_step[self._next] <= step < self._clock.steps:
            number = self._next
            self._next += 1
            evse = self._network.index[self._visits[number].evse_id]
            if self._world.vehicles.is_there[evse]:
                self.waited_for_outlet += 1
                self._queue.setdefault(evse, deque()).append(number)
            else:
                said += self._arrive(number, step, now_s)
        self.due_step = min(self.next_step, self._leaving[0][0]) if self._leaving else self.next_step
        return said

    def introduce(self, evse: int, now_s: float) -> list[Message]:
        """Return what a station tells of a running session to a controller that does not know it."""
        visit = self._visits[self._world.vehicles.visit[evse]]
        plugged_s = float(self._world.stations.plugged_s[evse])
        return [
            self._plugged_in(visit, evse, plugged_s),
            _token(visit, evse, now_s),
            *self.handshake(evse, now_s),
        ]

    def handshake(self, evse: int, now_s: float) -> list[Message]:
        """Return what station and car find out together once the token is accepted."""
        vehicles = self._world.vehicles
        visit = self._visits[vehicles.visit[evse]]
        soc_ratio = float(vehicles.charge_wh[evse]) / max(visit.battery.capacity_wh, 1e-9)
        said: list[Message] = [
            CapabilityReported(
                time_s=now_s,
                evse=evse,
                is_dynamic=visit.is_dynamic,
                uses_all_phases=visit.uses_all_phases,
                min_a=visit.min_a,
                max_a=self._world.told_maximum_a(evse),
                phases_known=visit.phases_known,
                discharges=visit.discharges,
            ),
            NeedStated(
                time_s=now_s,
                evse=evse,
                energy_wh=visit.stated_wh,
                departure_s=visit.stated_departure_s,
                soc_ratio=soc_ratio if visit.soc_known else math.nan,
                floor_ratio=visit.floor_ratio,
                battery_wh=visit.battery.capacity_wh if visit.discharges else math.nan,
            ),
        ]
        self._is_told_full[evse] = vehicles.is_full[evse]
        if vehicles.is_full[evse] or vehicles.request_a[evse] < np.inf:
            said.append(self._world.requested(evse, now_s))
        return said

    def newly_full(self, now_s: float) -> list[VehicleRequested]:
        """Return what the cars say that became full in the last step, or are no more since they fed back, and note when."""
        vehicles, finished_s = self._world.vehicles, self._columns.finished_s
        is_full, is_told = vehicles.is_full & vehicles.is_there, self._is_told_full
        is_news = (is_full & (~is_told | np.isnan(finished_s[vehicles.visit]))) | (is_told & ~is_full)
        self._is_told_full = is_full
        finished_s[vehicles.visit[is_news & is_full]] = now_s
        said = np.flatnonzero(is_news & vehicles.is_there)
        return [self._world.requested(evse, now_s) for evse in said.tolist()]

    def note_energy(self) -> None:
        """Note what the cars that are still here have got."""
        vehicles = self._world.vehicles
        here = np.flatnonzero(vehicles.is_there)
        self._columns.delivered_wh[vehicles.visit[here]] = vehicles.delivered_wh[here]

    def _arrive(self, number: int, step: int, now_s: float) -> list[Message]:
        leaves = self._departure_step[number]
        if leaves <= step:
            return []  # gone within the step, or before the outlet was free
        visit = self._visits[number]
        evse = self._network.index[visit.evse_id]
        plug_in(self._world.vehicles, self._network, evse, number, visit)
        self._world.stations.plug_in(evse, now_s)
        self._is_told_full[evse] = False
        self._columns.evse[number] = evse
        self._columns.plugged_s[number] = now_s
        heapq.heappush(self._leaving, (leaves, evse))
        return [self._plugged_in(visit, evse, now_s), _token(visit, evse, now_s)]

    def _plugged_in(self, visit: Visit, evse: int, time_s: float) -> PluggedIn:
        register_wh = float(self._world.stations.register_at_plug_wh[evse])
        return PluggedIn(time_s=time_s, evse=evse, session_id=visit.session_id, energy_wh=register_wh)

    def _leave(self, evse: int, now_s: float) -> Unplugged:
        vehicles = self._world.vehicles
        number = int(vehicles.visit[evse])
        taken_wh = float(vehicles.delivered_wh[evse])
        self._columns.delivered_wh[number] = taken_wh
        self._columns.unplugged_s[number] = now_s
        counted_wh = self._world.stations.unplug(evse)
        session_id = self._visits[number].session_id
        self.departed.append(
            Departed(session_id=session_id, evse=evse, counted_wh=counted_wh, taken_wh=taken_wh)
        )
        unplug(vehicles, evse)
        stations = self._world.stations.columns
        return Unplugged(
            time_s=now_s,
            evse=evse,
            energy_wh=float(stations.register_wh[evse]),
            exported_wh=float(stations.exported_wh[evse]) if self._network.feeds_from_vehicles else math.nan,
        )


def token_of(visit: Visit) -> str:
    """Return what the driver identifies with; one without a card has the session's name."""
    return visit.id_token or visit.session_id


def _token(visit: Visit, evse: int, now_s: float) -> TokenPresented:
    return TokenPresented(time_s=now_s, evse=evse, id_token=token_of(visit), kind=TokenKind.RFID)

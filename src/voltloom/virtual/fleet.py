"""A whole fleet in one process: stations with their sockets, cars that come and go, faults, and one clock."""

from __future__ import annotations

import asyncio
import heapq
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from voltloom.simulation.fault_effects import Effects
from voltloom.simulation.faults import Direction, FaultKind, FaultSchedule, FaultWindow
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.visits import Visit
from voltloom.virtual.counting import Counts
from voltloom.virtual.garage import Garage
from voltloom.virtual.line import Address, Line, Trouble
from voltloom.virtual.nature import Nature
from voltloom.virtual.station import Station
from voltloom.virtual.telling import Needs, Reading

TICK_S: Final = 0.1  # real seconds between two looks at everything
TICK_SITE_S: Final = 6.0  # site seconds between them at most: vehicles follow a limit in five
LEAST_TICK_S: Final = 0.02  # real seconds, however fast time runs
MANY: Final = 200  # stations, from which on a look is taken less often
ENTER_PER_S: Final = 200.0  # connections that are begun in a second
FAREWELL_S: Final = 10.0


class Clock(Protocol):
    """The fleet's time, real or accelerated. `voltloom run` has the same."""

    speed_ratio: float

    def now_s(self) -> float:
        """Return seconds since 1970 UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One station. evses: the columns of its outlets, in the order of their numbers."""

    nature: Nature
    evses: tuple[int, ...]
    address: Address


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """Everything about a fleet. scenario: its site, cars and reaction times; the site's limits are only watched."""

    members: tuple[Member, ...]
    scenario: Scenario
    schedule: FaultSchedule
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How a fleet stands now."""

    time_s: float
    stations_count: int
    connected_count: int
    charging_count: int
    power_w: float
    faults: tuple[str, ...]


class _Body:
    """The outlets of one station in the garage."""

    def __init__(self, garage: Garage, evses: Sequence[int]) -> None:
        self._garage = garage
        self._evse = dict(enumerate(evses, start=1))

    def close_contactor(self, number: int, *, is_closed: bool) -> None:
        self._garage.close_contactor(self._evse[number], is_closed=is_closed)

    def reading(self, number: int, time_s: float) -> Reading:
        return self._garage.reading(self._evse[number], time_s)

    def w_per_a(self, number: int) -> float:
        return self._garage.w_per_a(self._evse[number])


class Fleet:
    """A running fleet; must be made inside an event loop. run_id: of its messages, so that no id comes twice, also not
    from another fleet.
    """

    def __init__(self, plan: FleetPlan, clock: Clock, run_id: str) -> None:
        self.plan, self.clock = plan, clock
        self.counts = Counts()
        self.garage = Garage(plan.scenario, plan.schedule, plan.seed)
        self.stations: list[Station] = []
        self.lines: list[Line] = []
        self._place: dict[int, tuple[Station, int]] = {}
        for member in plan.members:
            line = Line(member.address, plan.seed, run_id)
            station = Station(member.nature, line, _Body(self.garage, member.evses), self.counts)
            line.bind(station)
            self.stations.append(station)
            self.lines.append(line)
            for number, evse in enumerate(member.evses, start=1):
                self._place[evse] = (station, number)
        self._coming = list(enumerate(plan.scenario.visits))[::-1]
        self._leaving: list[tuple[float, int, int]] = []
        self._active: tuple[FaultWindow, ...] = ()
        self._tasks: list[asyncio.Task[None]] = []
        self._loop = asyncio.get_running_loop()

    async def run(self, over: asyncio.Event, watch: Callable[[Progress], None] | None = None) -> None:
        """Play until told that it is over or the last car has left; then close every link. watch: told each second."""
        entering = asyncio.create_task(self._enter())
        told_s = -math.inf
        try:
            while not over.is_set() and not self.is_done:
                self.tick()
                if self._loop.time() - told_s >= 1.0:
                    told_s = self._loop.time()
                    self._look_after()
                    if watch is not None:
                        watch(self.progress())
                try:
                    async with asyncio.timeout(self._tick_s()):
                        await over.wait()
                except TimeoutError:
                    continue
        finally:
            entering.cancel()
            await self._farewell()

    def _tick_s(self) -> float:
        tick_s = min(TICK_S, max(LEAST_TICK_S, TICK_SITE_S / self.clock.speed_ratio))
        return tick_s * 3.0 if len(self.stations) >= MANY else tick_s

    def suffer(self, schedule: FaultSchedule) -> None:
        """Let other faults hold from the next look on, in place of all before; also where time runs at another speed."""
        self.garage.suffer(schedule)

    def _look_after(self) -> None:
        """Raise what ended a station's line: it runs until it is cancelled."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def _enter(self) -> None:
        for line in self.lines:
            self._tasks.append(asyncio.create_task(line.run()))
            await asyncio.sleep(1.0 / ENTER_PER_S)

    async def _farewell(self) -> None:
        """Close every link; the server's answer to that is not waited for long."""
        for line in self.lines:
            line.may_connect.clear()
            line.drop()
        try:
            async with asyncio.timeout(FAREWELL_S):
                while any(line.is_up for line in self.lines):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            self.counts.errors["farewell: timed_out"] += 1
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def is_done(self) -> bool:
        """Return whether no car is there or will come, and everything about them is told."""
        is_told = not any(len(station.outbox) for station in self.stations)
        return bool(self.plan.scenario.visits) and not self._coming and not self._leaving and is_told

    def tick(self) -> None:
        """Bring everything to now."""
        now_s = max(self.clock.now_s(), self.garage.now_s)
        effects = self.garage.pass_time(now_s)
        if effects is not None:
            self._suffer(effects)
        self._come_and_go(now_s)
        flows = self.garage.flows()
        for evse, (station, number) in self._place.items():
            station.flows(number, flows[evse])
        for station, line in zip(self.stations, self.lines, strict=True):
            station.tick(now_s)
            line.tick()
        limit_a = self.garage.limit_a.copy()
        for evse, (station, number) in self._place.items():
            limit_a[evse] = station.limit_a(number)
        self.garage.obey(limit_a)

    def progress(self) -> Progress:
        """Return how the fleet stands now."""
        return Progress(
            time_s=self.garage.now_s,
            stations_count=len(self.stations),
            connected_count=sum(line.is_up for line in self.lines),
            charging_count=int(np.count_nonzero(self.garage.flowing())),
            power_w=self.garage.power_w,
            faults=tuple(sorted({window.spec.kind.value for window in self._active})),
        )

    def summary(self) -> dict[str, object]:
        """Return what came of it."""
        garage = self.garage
        return {
            "stations": len(self.stations),
            **self.counts.as_json(),
            "energy_asked_wh": round(garage.asked_wh),
            "energy_delivered_wh": round(garage.charged_wh),
            "disobedience_ampere_seconds": round(garage.disobeyed_as, 1),
            "highest_load_ratio": round(garage.highest_ratio, 3),
        }

    # --- cars --------------------------------------------------------------------------------------------------------

    def _come_and_go(self, now_s: float) -> None:
        while self._leaving and self._leaving[0][0] <= now_s:
            _, _, evse = heapq.heappop(self._leaving)
            station, number = self._place[evse]
            station.unplug(number)
            self.garage.leave(evse)
        while self._coming and self._coming[-1][1].arrival_s <= now_s:
            number, visit = self._coming.pop()
            self._arrive(number, visit)

    def _arrive(self, number: int, visit: Visit) -> None:
        evse = self.garage.network.index[visit.evse_id]
        station, outlet_number = self._place[evse]
        self.garage.arrive(evse, number, visit)
        heapq.heappush(self._leaving, (visit.departure_s, number, evse))
        outlet = station.outlets[outlet_number]
        gives_a = visit.max_power_w / self.garage.w_per_a(evse) if visit.discharges else 0.0
        outlet.needs = Needs(
            energy_wh=visit.wants_wh if math.isnan(visit.stated_wh) else visit.stated_wh,
            min_a=visit.min_a,
            max_a=min(outlet.hardware.max_a, visit.max_power_w / self.garage.w_per_a(evse)),
            voltage_v=230.0,
            is_three_phase=len(outlet.hardware.phases) == 3 and visit.uses_all_phases,
            departure_s=visit.stated_departure_s,
            discharge_a=min(outlet.hardware.discharge_a, gives_a),
        )
        station.plug_in(outlet_number, visit.id_token)

    # --- faults ------------------------------------------------------------------------------------------------------

    def _suffer(self, effects: Effects) -> None:
        self._active = effects.active
        began, ended = _by_evse(effects.began), _by_evse(effects.ended)
        skewed_s = {
            evse: window.spec.delay_s
            for window in effects.active
            if window.spec.kind is FaultKind.STATION_CLOCK_SKEWED
            for evse in window.evses
        }
        up = _troubles(effects.messages_going(Direction.UP), self.clock.speed_ratio)
        down = _troubles(effects.messages_going(Direction.DOWN), self.clock.speed_ratio)
        for station, line, member in zip(self.stations, self.lines, self.plan.members, strict=True):
            evses = member.evses
            station.skew_s = max((skewed_s.get(evse, 0.0) for evse in evses), key=abs)
            line.trouble_up = _worst(up, evses)
            line.trouble_down = _worst(down, evses)
            self._reach(line, is_offline=any(effects.is_offline[list(evses)]))
            for number, evse in enumerate(evses, start=1):
                is_faulty = bool(effects.is_faulty[evse])
                if station.outlets[number].is_faulty != is_faulty:
                    station.break_down(number, is_faulty=is_faulty)
            if any(FaultKind.STATION_BOOTS in began.get(evse, ()) for evse in evses):
                station.restart("Watchdog")
            if any(FaultKind.POWER_CUT in ended.get(evse, ()) for evse in evses):
                station.restart("PowerUp")

    def _reach(self, line: Line, *, is_offline: bool) -> None:
        if is_offline and line.may_connect.is_set():
            line.may_connect.clear()
            line.cut()
        elif not is_offline:
            line.may_connect.set()


def _by_evse(windows: Sequence[FaultWindow]) -> Mapping[int, set[FaultKind]]:
    found: dict[int, set[FaultKind]] = {}
    for window in windows:
        for evse in window.evses:
            found.setdefault(evse, set()).add(window.spec.kind)
    return found


def _troubles(windows: Sequence[FaultWindow], speed_ratio: float) -> dict[int, Trouble]:
    """Return what the network does to the messages of each outlet's station."""
    found: dict[int, Trouble] = {}
    for window in windows:
        for evse in window.evses:
            before, spec = found.get(evse, Trouble()), window.spec
            match spec.kind:
                case FaultKind.MESSAGE_LOSS:
                    found[evse] = before._replace(lost_ratio=max(before.lost_ratio, spec.magnitude_ratio))
                case FaultKind.MESSAGE_DUPLICATE:
                    found[evse] = before._replace(
                        doubled_ratio=max(before.doubled_ratio, spec.magnitude_ratio)
                    )
                case FaultKind.MESSAGE_DELAY:
                    delay_s = (spec.delay_s + spec.jitter_s) / speed_ratio
                    found[evse] = before._replace(delay_s=max(before.delay_s, delay_s))
    return found


def _worst(troubles: Mapping[int, Trouble], evses: Sequence[int]) -> Trouble:
    return max((troubles.get(evse, Trouble()) for evse in evses), key=sum)

"""The physical side of a fleet: the simulation's vehicles, contactors and meters, moved on with the fleet's clock."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from voltloom.decision.command import SetLimits
from voltloom.simulation.fault_effects import Effects, FaultCalendar
from voltloom.simulation.faults import FaultSchedule
from voltloom.simulation.kernels import flow
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.vehicle import plug_in, unplug
from voltloom.simulation.visits import Visit
from voltloom.simulation.world import World
from voltloom.site.network import Bools, Floats, Ints
from voltloom.site.topology import Wiring
from voltloom.units import MINIMUM_PILOT_A
from voltloom.virtual.telling import Flow, Reading

FOLLOWS_WITHIN_S: Final = 20.0  # a vehicle that takes nothing for so long does not want to
_TOLERANCE_A: Final = 0.1


class Garage:
    """All outlets of a fleet. limit_a: (n,) what the stations' profiles say now; asked_wh, delivered_wh: of all visits.

    highest_ratio: the greatest load of any row by its rating so far. disobeyed_as: amperes beyond their limit times seconds.
    """

    def __init__(self, scenario: Scenario, schedule: FaultSchedule, seed: int) -> None:
        self.world = World(scenario, seed)
        self.network = scenario.network
        count = len(self.network.evse_ids)
        self.limit_a: Floats = self.network.max_a.copy()
        self.asked_wh = self.delivered_wh = 0.0
        self.highest_ratio = self.disobeyed_as = 0.0
        self._wiring = [evse.wiring for evse in scenario.site.evses]
        self._start_s = self.now_s = scenario.start_s
        self._calendar = FaultCalendar(schedule, self.network, self._second)
        self._is_told_anew = False
        self._serial = 0
        self._reaction_s = scenario.vehicles.reaction_s
        self._tells_soc: Bools = np.zeros(count, dtype=np.bool_)
        self._allowed_s: Floats = np.full(count, np.inf)
        self._obeys_from_s: Floats = np.full(count, -np.inf)
        self._warm()
        self._rated = np.isfinite(self.network.grid.rating_a) & (self.network.grid.rating_a > 0.0)

    def _warm(self) -> None:
        """Let everything compiled be compiled now: later it would hold up the sockets."""
        none = np.zeros(0, dtype=np.int64)
        flow(self.world.vehicles, self.world.stations.columns, self.now_s, 1.0)
        self.world.load_under(self.world.stations.columns.current_a, worst_draw=False)
        self.world.stations.apply(SetLimits(self.now_s, none, np.zeros(0), np.zeros(0), none), self.now_s)

    def suffer(self, schedule: FaultSchedule) -> None:
        """Let other faults hold from now on."""
        self._calendar = FaultCalendar(schedule, self.network, self._second)
        self._is_told_anew = True

    def circuit_a(self, rows: Ints, now_s: float) -> Floats:
        """Return what the meters of some rows of circuits show, (k,)."""
        world = self.world
        shown: Floats = world.meters.read_rows(world.load_a, now_s).current_a
        return shown[np.searchsorted(np.flatnonzero(self.network.is_metered), rows)]

    def _second(self, time_s: float) -> int:
        return 2**62 if time_s == math.inf else max(0, math.floor(time_s - self._start_s))

    def pass_time(self, now_s: float) -> Effects | None:
        """Let current flow until now; return what is wrong from now on, where that changes."""
        duration_s = now_s - self.now_s
        if duration_s > 0.0:
            world, stations = self.world, self.world.stations.columns
            flow(world.vehicles, stations, self.now_s, duration_s)
            loads_a = world.load_under(stations.current_a, worst_draw=False, other_a=world.other_a)
            world.load_a[:] = loads_a
            ratios = np.abs(loads_a[self._rated]) / self.network.grid.rating_a[self._rated]
            self.highest_ratio = max(self.highest_ratio, float(ratios.max(initial=0.0)))
            flows_a, limit_a = stations.current_a, self.limit_a
            beyond_a = np.maximum(flows_a - np.maximum(limit_a, 0.0), np.minimum(limit_a, 0.0) - flows_a)
            beyond_a = np.maximum(0.0, beyond_a - _TOLERANCE_A)
            is_due = self._obeys_from_s <= self.now_s
            self.disobeyed_as += float(np.sum(beyond_a[is_due])) * duration_s
        self.now_s = now_s
        effects = None
        if self._is_told_anew or self._calendar.edge_step <= self._second(now_s):
            self._is_told_anew = False
            effects = self._calendar.at(self._second(now_s))
            self.world.suffer(effects)
        self.world.begin(now_s)
        self.world.ask(now_s)
        return effects

    def arrive(self, evse: int, number: int, visit: Visit) -> None:
        """Put a car at an outlet; its contactor stays open."""
        plug_in(self.world.vehicles, self.network, evse, number, visit)
        self.world.stations.plug_in(evse, self.now_s)
        self._tells_soc[evse] = visit.soc_known
        self.asked_wh += visit.wants_wh

    def leave(self, evse: int) -> None:
        """Take the car away."""
        self.delivered_wh += float(self.world.vehicles.delivered_wh[evse])
        self.world.vehicles.delivered_wh[evse] = 0.0
        self.world.stations.unplug(evse)
        unplug(self.world.vehicles, evse)

    def close_contactor(self, evse: int, *, is_closed: bool) -> None:
        """Let current flow, or no more; what flows now stops at once."""
        columns = self.world.stations.columns
        columns.is_authorised[evse] = is_closed
        self.world.stations.let_in_s[evse] = self.now_s if is_closed else np.inf
        if not is_closed:
            columns.current_a[evse] = columns.power_w[evse] = 0.0

    def obey(self, limit_a: Floats) -> None:
        """Hold other limits, (n,) from now on; those who ignore them stay where they are."""
        stations = self.world.stations
        fell = (limit_a < self.limit_a - 1e-9) | (self.limit_a < np.minimum(limit_a, 0.0) - 1e-9)
        self._obeys_from_s[fell] = self.now_s + self._reaction_s + 1.0
        self.limit_a = limit_a
        changed = np.flatnonzero(np.abs(stations.columns.held_a - limit_a) > 1e-9)
        if changed.size:
            self._serial += 1
            told = SetLimits(
                time_s=self.now_s,
                evses=changed,
                limit_a=limit_a[changed],
                lease_until_s=np.full(changed.size, np.inf),
                serial=np.full(changed.size, self._serial),
            )
            stations.apply(told, self.now_s)
        may = limit_a >= MINIMUM_PILOT_A - 1e-9
        self._allowed_s = np.where(may, np.minimum(self._allowed_s, self.now_s), np.inf)

    def flowing(self) -> Bools:
        """Return (n,) at which outlets current flows."""
        is_flowing: Bools = np.abs(self.world.stations.columns.current_a) > _TOLERANCE_A
        return is_flowing

    def flows(self) -> tuple[Flow, ...]:
        """Return why current flows at each outlet, or does not. Who was let go only now counts as still held back."""
        waited_s = self.now_s - self._allowed_s
        may = waited_s > self._reaction_s + FOLLOWS_WITHIN_S
        return tuple(
            Flow.FLOWS if is_flowing else Flow.NOT_WANTED if is_let else Flow.HELD_BACK
            for is_flowing, is_let in zip(self.flowing().tolist(), may.tolist(), strict=True)
        )

    def reading(self, evse: int, time_s: float) -> Reading:
        """Return what the meter of an outlet shows, stamped with a station's own time."""
        shown = self.world.meters.read_evses(self.world.stations.columns, np.array([evse]), self.now_s)
        current_a, vehicles = float(shown.current_a[0]), self.world.vehicles
        soc_ratio = float(vehicles.charge_wh[evse] / max(vehicles.capacity_wh[evse], 1.0))
        return Reading(
            time_s=time_s - (self.now_s - float(shown.sampled_s[0])),
            current_a=current_a,
            power_w=current_a * self.w_per_a(evse),
            energy_wh=float(shown.energy_wh[0]),
            phases=self._phases(evse),
            exported_wh=math.nan if shown.exported_wh is None else float(shown.exported_wh[0]),
            soc_ratio=soc_ratio if self._tells_soc[evse] else math.nan,
        )

    def w_per_a(self, evse: int) -> float:
        """Return watts for each ampere of the car at an outlet."""
        return float(self.world.vehicles.w_per_a[evse])

    @property
    def power_w(self) -> float:
        """Return what all cars draw now."""
        return float(self.world.stations.columns.power_w.sum())

    @property
    def loads_a(self) -> Floats:
        """Return what cars load each row of the network with now, (m,)."""
        return self.world.load_under(self.world.stations.columns.current_a, worst_draw=False)

    @property
    def charged_wh(self) -> float:
        """Return what all cars got so far, those that are still there included."""
        return self.delivered_wh + float(self.world.vehicles.delivered_wh.sum())

    def _phases(self, evse: int) -> tuple[str, ...]:
        wiring = self._wiring[evse]
        if wiring in (Wiring.LINE_TO_LINE, Wiring.DC):
            return ()
        is_three = wiring is Wiring.THREE_PHASE and self.world.vehicles.column[evse] >= len(self._wiring)
        return ("L1", "L2", "L3") if is_three else ("L1",)

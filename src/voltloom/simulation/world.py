"""The physical world of one run: cars at outlets, stations, meters, breakers; it moves in steps and knows no controller."""

from __future__ import annotations

import math

import numpy as np

from voltloom.session.events import VehicleRequested
from voltloom.simulation.columns import Mixed, columns_in, empty_world
from voltloom.simulation.fault_effects import Effects, asked_a
from voltloom.simulation.kernels import HEAT_TO_TRIP, HEATING_S, TRIP_AT_ONCE, carry, warm
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.station import Meters, Stations
from voltloom.simulation.storage import Batteries
from voltloom.simulation.tick.columns import SPARE, RowColumns, rows_in
from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.site.storage import storage_of


class Breakers:
    """One thermal element and one magnetic release for each row of the network; what is open stays open."""

    def __init__(self, rows: RowColumns, rating_a: Floats) -> None:
        self.is_open, self.heat = rows.is_open, rows.heat_ratio
        self._rating_a = rating_a
        self._decay = (math.nan, 0.0)

    def warm(self, load_a: Floats, duration_s: float) -> tuple[int, float]:
        """Let constant loads flow; return the first row that opens (-1 for none) and the overload in A."""
        if self._decay[0] != duration_s:
            self._decay = (duration_s, math.exp(-duration_s / HEATING_S))
        opened, overload_a = warm(
            load_a, self._rating_a, self.heat, self.is_open, self._decay[1], HEAT_TO_TRIP, TRIP_AT_ONCE
        )
        return int(opened), float(overload_a)


class World:
    """Everything physical, arrays (m,) by row. load_a: true load in the running step, other load included. other_a: what
    loads it besides vehicles, less what feeds in. drawn_a: the same if nothing fed in. pv_a: what PV feeds in.
    """

    def __init__(self, scenario: Scenario, stream: int) -> None:
        network = scenario.network
        self.network, self.voltage_v = network, scenario.site.voltage_v
        self.columns = empty_world(network, scenario.vehicles.draw_ratio, SPARE)
        self.vehicles, stations = columns_in(self.columns)
        self.stations = Stations(network, scenario.vehicles.reaction_s, stations)
        self.meters = Meters(network, metered_rows=np.flatnonzero(network.is_metered), stream=stream)
        self.row_floats: Mixed = np.zeros((3, len(network.row_ids)))
        self.row_bools: Bools = np.zeros((1, len(network.row_ids)), dtype=np.bool_)
        rows = rows_in(self.row_floats, self.row_bools)
        self.breakers = Breakers(rows, network.grid.rating_a)
        self.load_a, self.other_a = rows.load_a, rows.other_a
        self.effects: Effects | None = None
        self.is_reachable: Bools = np.ones(len(network.evse_ids), dtype=np.bool_)
        self.reachable: Ints = np.arange(len(network.evse_ids))
        self.grid = network.grid._replace(worst_draw=False)
        self._worst_grid = network.grid._replace(worst_draw=True)
        self._none_a: Floats = np.zeros(len(network.row_ids))
        self._scratch_a: Floats = np.zeros(len(network.row_ids))
        self._other_load: OtherLoad = scenario.other_load
        self._generation, self._step_s = scenario.generation, scenario.step_s
        storage = storage_of(scenario.site, network)
        self.batteries = (
            Batteries(storage, scenario.battery_soc_ratio) if storage is not None and storage.ids else None
        )
        self.drawn_a: Floats = self.other_a if storage is None else self.other_a.copy()
        self.pv_a: Floats = np.zeros_like(self.other_a)
        self._building_a: Floats = np.zeros_like(self.other_a)
        self._other_until_s = -math.inf
        self._under = rows_over_evses(network)
        self._asked: dict[int, float] = {}
        self._tells_maximum = scenario.vehicles.tells_maximum

    def suffer(self, effects: Effects) -> None:
        """Let faults act from now on."""
        self.effects = effects
        self.is_reachable = ~effects.is_offline
        self.reachable = np.flatnonzero(self.is_reachable)
        self._other_until_s = -math.inf
        self.stations.disobeys = effects.disobeys
        self.vehicles.ignores_limit[:] = effects.ignores_limit
        self.vehicles.never_wakes[:] = effects.never_wakes
        self.vehicles.is_asleep[:] &= effects.never_wakes | self.vehicles.is_there
        self.meters.suffer(effects.meters, self.stations.columns.current_a, self.load_a)
        if self.meters.gain_ratio(0.0) is None:
            self.stations.columns.gain_ratio[:] = 1.0
        if self.batteries is not None:
            self.batteries.ignores, self.batteries.is_offline = (
                effects.battery_ignores,
                effects.battery_offline,
            )
            self.batteries.is_off = effects.battery_trips
        self.cut_power()

    def ask(self, now_s: float) -> list[VehicleRequested]:
        """Let flapping vehicles change their minds; return what they say."""
        if self.effects is None or not (self.effects.flapping or self._asked):
            return []
        wanted = {evse: asked_a(window, now_s) for window in self.effects.flapping for evse in window.evses}
        said = []
        for evse in sorted({*wanted, *self._asked}):
            asked = wanted.get(evse, math.inf)
            if asked == self._asked.get(evse, math.inf):
                continue
            self.vehicles.request_a[evse] = asked
            if self.vehicles.is_there[evse]:
                said.append(self.requested(evse, now_s))
        self._asked = wanted
        return said

    def requested(self, evse: int, now_s: float) -> VehicleRequested:
        """Return what the vehicle at an EVSE tells about the most it will take: nothing once it is full."""
        most_a = self.told_maximum_a(evse)
        asked = 0.0 if self.vehicles.is_full[evse] else min(most_a, float(self.vehicles.request_a[evse]))
        return VehicleRequested(time_s=now_s, evse=evse, request_a=asked)

    def told_maximum_a(self, evse: int) -> float:
        """Return the most that the vehicle at an EVSE says it takes; the outlet's own maximum where it cannot say."""
        if not self._tells_maximum:
            return float(self.network.max_a[evse])
        return float(self.vehicles.max_w[evse] / self.vehicles.w_per_a[evse])

    def begin(self, now_s: float) -> None:
        """Take over what holds from a moment on: other load, the errors of meters, the limits whose lease ended."""
        if now_s >= self._other_until_s:
            self._take_other_load(now_s)
        if self.effects is not None and self.effects.meters:
            gain = self.meters.gain_ratio(now_s)
            self.stations.columns.gain_ratio[:] = 1.0 if gain is None else gain
        self.stations.expire(now_s)
        if self.batteries is not None:
            self._flow_batteries(self.batteries, now_s)

    def _flow_batteries(self, batteries: Batteries, now_s: float) -> None:
        """Let batteries charge and discharge in the step that begins, and load the rows with them."""
        is_cut: Bools = np.any(batteries.storage.row_shares[:, self.breakers.is_open] > 0.0, axis=1)
        if self.effects is not None and self.effects.is_dark:
            is_cut[:] = True
        current_a = batteries.flow(now_s, self._step_s, ~is_cut)
        self.other_a[:] = self._building_a - self.pv_a + current_a
        drawn_a = np.maximum(batteries.power_w, 0.0) / batteries.storage.w_per_a
        self.drawn_a[:] = self._building_a + drawn_a @ batteries.storage.row_shares

    def _take_other_load(self, now_s: float) -> None:
        self.other_a[:] = self._other_load.at(now_s)
        if self.effects is not None:
            self.other_a += self.effects.other_share * self.grid.rating_a
        self._other_until_s = self._other_load.until_s(now_s)
        if self.drawn_a is not self.other_a:
            self.drawn_a[:] = self._building_a[:] = self.other_a
        if self._generation is not None:
            left_ratio = 1.0 if self.effects is None else self.effects.pv_ratio
            self.pv_a[:] = left_ratio * self._generation.at(now_s)
            self.other_a -= self.pv_a
            self._other_until_s = min(self._other_until_s, self._generation.until_s(now_s))

    def rest(self, duration_s: float) -> tuple[int, float]:
        """Let time pass while no vehicle is there and the other load is constant; return as `Breakers.warm` does."""
        self.load_a[:] = self.other_a
        return self.breakers.warm(self.load_a, duration_s)

    def load_under(self, current_a: Floats, *, worst_draw: bool, other_a: Floats | None = None) -> Floats:
        """Return the load (m,) of every row under currents (n,) of the vehicles that are there, with another load (m,)."""
        load: Floats = np.empty(self.load_a.size)
        grid = self._worst_grid if worst_draw else self.grid
        carry(grid, self.vehicles.column, current_a, self._none_a if other_a is None else other_a, load)
        return load

    def fullness_under(self, current_a: Floats, *, worst_draw: bool, other_a: Floats | None = None) -> float:
        """Return the greatest load by its rating under currents (n,); cheaper than the loads themselves."""
        grid = self._worst_grid if worst_draw else self.grid
        none_a = self._none_a if other_a is None else other_a
        return float(carry(grid, self.vehicles.column, current_a, none_a, self._scratch_a))

    def cut_power(self) -> None:
        """Cut off what is dark or under an open breaker."""
        is_dark = self.effects is not None and self.effects.is_dark
        cut = self._under[self.breakers.is_open].any(axis=0)
        self.stations.columns.has_power[:] = False if is_dark else ~cut


def rows_over_evses(network: Network) -> Bools:
    """Return (m, n): whether an EVSE loads a row, in either of its columns."""
    count = len(network.evse_ids)
    under = np.zeros((len(network.row_ids), count), dtype=np.bool_)
    for column in range(2 * count):
        entries = slice(network.grid.start[column], network.grid.start[column + 1])
        under[network.grid.row[entries], column % count] = True
    return under

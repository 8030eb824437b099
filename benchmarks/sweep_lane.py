"""A compiled sweep lane: a whole month of one textbook rule in one compiled call, on the kernels of the live controller.

This is a measurement of what such a lane would reach, not a feature: it knows perfect messages and the textbook rules
only. Who gets how much comes from `allocation/kernels.py` and `site/kernels.py`, what a battery takes from
`simulation/kernels.py`: the very code that the full shell runs. Only the loop over time, without events, faults,
safety, reasons and records, is its own.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from voltloom.allocation.kernels import round_robin_fill
from voltloom.allocation.textbook.kernels import halved_fill
from voltloom.simulation.columns import VehicleColumns, empty_vehicles
from voltloom.simulation.kernels import taken_wh
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.visits import BatteryKind
from voltloom.site.network import Floats, Grid, Ints

LLF, EDF, FCFS, RR = 0, 1, 2, 3
RULES = {"llf": LLF, "edf": EDF, "fcfs": FCFS, "rr": RR}
MET_WH = 1.0  # ACN-Sim takes a vehicle as served when no more than 0.001 kWh is left
CLOSE = 1e-6


class VisitColumns(NamedTuple):
    """The sessions in order of arrival, (s,): where, from which period to which, and what each takes."""

    evse: Ints
    arrival: Ints
    departure: Ints
    wants_wh: Floats
    max_w: Floats
    is_two_stage: Ints
    capacity_wh: Floats
    initial_wh: Floats
    transition_soc_ratio: Floats


class Outlets(NamedTuple):
    """What the lane needs of each EVSE, (n,), for vehicles on all its phases."""

    column: Ints
    min_a: Floats
    max_a: Floats
    w_per_a: Floats
    pilot_start: Ints
    pilots_a: Floats


class World(NamedTuple):
    """Everything one run starts from; `run_lane` changes nothing in it but the vehicles."""

    grid: Grid
    outlets: Outlets
    visits: VisitColumns
    vehicles: VehicleColumns


def world_of(scenario: Scenario, period_s: float) -> World:
    """Return a scenario as the lane runs it: whole periods since its start, rows counted at the setpoints."""
    found = sorted(scenario.visits, key=lambda visit: visit.arrival_s)
    index = scenario.network.index
    moments = np.array([(v.arrival_s, v.departure_s) for v in found]) - scenario.start_s
    periods = np.floor(moments / period_s + CLOSE).astype(np.int64)
    two_stage = [visit.battery.kind is BatteryKind.TWO_STAGE for visit in found]
    visits = VisitColumns(
        evse=np.array([index[visit.evse_id] for visit in found], dtype=np.int64),
        arrival=periods[:, 0].copy(),
        departure=periods[:, 1].copy(),
        wants_wh=np.array([visit.wants_wh for visit in found]),
        max_w=np.array([visit.max_power_w for visit in found]),
        is_two_stage=np.array(two_stage, dtype=np.int64),
        capacity_wh=np.array([visit.battery.capacity_wh for visit in found]),
        initial_wh=np.array([visit.battery.initial_wh for visit in found]),
        transition_soc_ratio=np.array([visit.battery.transition_soc_ratio for visit in found]),
    )
    network = scenario.network
    everywhere = np.ones(len(network.evse_ids), dtype=np.bool_)
    outlets = Outlets(
        column=network.columns(everywhere),
        min_a=network.min_a,
        max_a=network.max_a,
        w_per_a=network.power_per_a(everywhere),
        pilot_start=network.pilot_start,
        pilots_a=network.pilots_a,
    )
    grid = network.with_ratings(network.grid.rating_a, worst_draw=False)
    return World(grid=grid, outlets=outlets, visits=visits, vehicles=empty_vehicles(network, 1.0))


@njit(cache=True)
def run_lane(world: World, rule: int, increment_a: float, period_s: float) -> Floats:
    """Return the energy delivered to each visit, Wh, (s,)."""
    outlets, visits, vehicles = world.outlets, world.visits, world.vehicles
    delivered = np.zeros(visits.evse.size)
    vehicles.visit[:] = -1
    nothing = np.zeros(outlets.column.size)
    upper = np.zeros(outlets.column.size)
    coming = 0
    for period in range(visits.departure.max() + 1):
        for evse in range(vehicles.visit.size):
            visit = vehicles.visit[evse]
            if visit >= 0 and visits.departure[visit] <= period:
                vehicles.visit[evse] = -1
        while coming < visits.evse.size and visits.arrival[coming] <= period:
            plug_in(vehicles, visits, coming)
            coming += 1
        order = _order(outlets, visits, vehicles, upper, rule, period, period_s)
        if order.size == 0:
            continue
        if rule == RR:
            current, _ = round_robin_fill(
                world.grid,
                outlets.column,
                nothing,
                order,
                upper,
                outlets.pilot_start,
                outlets.pilots_a,
                increment_a,
            )
        else:
            current, _ = halved_fill(
                world.grid,
                outlets.column,
                nothing,
                order,
                outlets.min_a,
                upper,
                outlets.pilot_start,
                outlets.pilots_a,
            )
        for evse in order:
            energy = taken_wh(vehicles, evse, current[evse] * outlets.w_per_a[evse], period_s)
            vehicles.charge_wh[evse] += energy
            vehicles.left_wh[evse] -= energy
            delivered[vehicles.visit[evse]] += energy
    return delivered


@njit(cache=True)
def plug_in(vehicles: VehicleColumns, visits: VisitColumns, visit: int) -> None:
    """Put a visit's car at its EVSE."""
    evse = visits.evse[visit]
    vehicles.visit[evse] = visit
    vehicles.max_w[evse] = visits.max_w[visit]
    vehicles.is_two_stage[evse] = visits.is_two_stage[visit] == 1
    vehicles.capacity_wh[evse] = visits.capacity_wh[visit]
    vehicles.charge_wh[evse] = visits.initial_wh[visit]
    vehicles.transition_soc_ratio[evse] = visits.transition_soc_ratio[visit]
    vehicles.left_wh[evse] = visits.wants_wh[visit]


@njit(cache=True)
def _order(  # noqa: PLR0913 -- compiled code takes arrays and scalars
    outlets: Outlets,
    visits: VisitColumns,
    vehicles: VehicleColumns,
    upper: Floats,
    rule: int,
    period: int,
    period_s: float,
) -> Ints:
    """Return the EVSEs to serve, first one first; sets what each may take at most, (n,). Ties keep EVSE order."""
    count = 0
    chosen = np.empty(upper.size, dtype=np.int64)
    rank = np.empty(upper.size)
    for evse in range(upper.size):
        visit = vehicles.visit[evse]
        if visit < 0 or vehicles.left_wh[evse] <= MET_WH:
            continue
        need_a = vehicles.left_wh[evse] * 3600.0 / period_s / outlets.w_per_a[evse]
        upper[evse] = min(outlets.max_a[evse], need_a)
        if rule == LLF:
            rank[count] = visits.departure[visit] - period - need_a / outlets.max_a[evse]
        elif rule == EDF:
            rank[count] = visits.departure[visit]
        else:
            rank[count] = visits.arrival[visit]
        chosen[count] = evse
        count += 1
    order = np.argsort(rank[:count], kind="mergesort")
    return chosen[:count][order]

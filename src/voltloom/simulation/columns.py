"""The physical truth as columns in EVSE order: the vehicle that stands at each EVSE, and the station it is plugged into."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.site.network import Bools, Floats, Ints, Network

Mixed = NDArray[np.float64]  # rows of different units side by side
FLOATS, INTS, BOOLS = 23, 3, 10  # how many rows vehicles and stations take


class VehicleColumns(NamedTuple):
    """The vehicle at each EVSE, arrays (n,), changed in place.

    visit: its place among the visits, -1 for none. column: the grid column it loads. left_wh: what it would still take.
    stated_wh: what was asked for, inf where nobody told.
    latched_a: the current that a fixed vehicle settled on. request_a: the most its battery management asks for.
    has_drawn, never_wakes, is_asleep: a car that once paused under a fault stays asleep. gives_w: the most it feeds back, 0 for
    a car that only charges; gives_ratio: what arrives at the outlet of what leaves its cells.
    """

    is_there: Bools
    visit: Ints
    column: Ints
    w_per_a: Floats
    max_w: Floats
    min_a: Floats
    is_two_stage: Bools
    capacity_wh: Floats
    charge_wh: Floats
    transition_soc_ratio: Floats
    left_wh: Floats
    stated_wh: Floats
    delivered_wh: Floats
    is_fixed: Bools
    latched_a: Floats
    request_a: Floats
    draw_ratio: Floats
    ignores_limit: Bools
    never_wakes: Bools
    has_drawn: Bools
    is_asleep: Bools
    is_full: Bools
    gives_w: Floats
    gives_ratio: Floats


class StationColumns(NamedTuple):
    """The station of each EVSE, arrays (n,), changed in place.

    held_a: the limit it holds, negative where its vehicle is to feed back; before_a: what it obeys until follow_s. lease_until_s: inf for a lease without end, and
    while the offline limit is held. serial: of the newest limit. is_authorised: the contactor may close. has_power:
    neither the grid is down nor a breaker above it open. register_wh: as its meter counts; gain_ratio: the meter's error.
    current_a, power_w: true flow of the running step. exported_wh: register of what was fed back, as its meter counts.
    """

    held_a: Floats
    before_a: Floats
    follow_s: Floats
    lease_until_s: Floats
    serial: Ints
    is_authorised: Bools
    has_power: Bools
    register_wh: Floats
    gain_ratio: Floats
    current_a: Floats
    power_w: Floats
    exported_wh: Floats


class WorldColumns(NamedTuple):
    """Where the columns of vehicles and stations lie, a row each: compiled code takes three arrays quicker than thirty."""

    floats: Mixed
    ints: Ints
    bools: Bools


def columns_in(world: WorldColumns) -> tuple[VehicleColumns, StationColumns]:
    """Return the columns; each is a row of the world's arrays, in place."""
    floats, ints, bools = world.floats, world.ints, world.bools
    vehicles = VehicleColumns(
        is_there=bools[0],
        visit=ints[0],
        column=ints[1],
        w_per_a=floats[0],
        max_w=floats[1],
        min_a=floats[2],
        is_two_stage=bools[1],
        capacity_wh=floats[3],
        charge_wh=floats[4],
        transition_soc_ratio=floats[5],
        left_wh=floats[6],
        stated_wh=floats[7],
        delivered_wh=floats[8],
        is_fixed=bools[2],
        latched_a=floats[9],
        request_a=floats[10],
        draw_ratio=floats[11],
        ignores_limit=bools[3],
        never_wakes=bools[4],
        has_drawn=bools[5],
        is_asleep=bools[6],
        is_full=bools[7],
        gives_w=floats[20],
        gives_ratio=floats[21],
    )
    stations = StationColumns(
        held_a=floats[12],
        before_a=floats[13],
        follow_s=floats[14],
        lease_until_s=floats[15],
        serial=ints[2],
        is_authorised=bools[8],
        has_power=bools[9],
        register_wh=floats[16],
        gain_ratio=floats[17],
        current_a=floats[18],
        power_w=floats[19],
        exported_wh=floats[22],
    )
    return vehicles, stations


def empty_world(network: Network, draw_ratio: float, spare: int = 0) -> WorldColumns:
    """Return the columns of a site where no car stands and every station has just started; spare rows lie behind."""
    count = len(network.evse_ids)
    world = WorldColumns(
        floats=np.zeros((FLOATS + spare, count)),
        ints=np.zeros((INTS + spare, count), dtype=np.int64),
        bools=np.zeros((BOOLS + spare, count), dtype=np.bool_),
    )
    vehicles, stations = columns_in(world)
    vehicles.visit[:] = -1
    vehicles.column[:] = np.arange(count) + count
    vehicles.w_per_a[:] = network.w_per_a[1]
    vehicles.request_a[:] = np.inf
    vehicles.draw_ratio[:] = draw_ratio
    stations.held_a[:] = stations.before_a[:] = network.offline_a
    stations.follow_s[:] = -np.inf
    stations.lease_until_s[:] = np.inf
    stations.serial[:] = -1
    stations.has_power[:] = True
    stations.gain_ratio[:] = 1.0
    return world


def empty_vehicles(network: Network, draw_ratio: float) -> VehicleColumns:
    """Return the columns of a site where no car stands."""
    return columns_in(empty_world(network, draw_ratio))[0]


def idle_stations(network: Network) -> StationColumns:
    """Return the columns of stations that have just started: each holds its offline limit."""
    return columns_in(empty_world(network, 1.0))[1]

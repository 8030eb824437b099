"""The physical truth as columns in EVSE order: the vehicle that stands at each EVSE, and the station it is plugged into."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.site.network import Bools, Floats, Ints, Network


class VehicleColumns(NamedTuple):
    """The vehicle at each EVSE, arrays (n,), changed in place.

    visit: its place among the visits, -1 for none. column: the grid column it loads. left_wh: what it would still take.
    stated_wh: what was asked for, inf where nobody told.
    latched_a: the current that a fixed vehicle settled on. request_a: the most its battery management asks for.
    has_drawn, never_wakes, is_asleep: a car that once paused under a fault stays asleep.
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


class StationColumns(NamedTuple):
    """The station of each EVSE, arrays (n,), changed in place.

    held_a: the limit it holds; before_a: what it obeys until follow_s. lease_until_s: inf for a lease without end, and
    while the offline limit is held. serial: of the newest limit. is_authorised: the contactor may close. has_power:
    neither the grid is down nor a breaker above it open. register_wh: as its meter counts; gain_ratio: the meter's error.
    current_a, power_w: true flow of the running step.
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


def empty_vehicles(network: Network, draw_ratio: float) -> VehicleColumns:
    """Return the columns of a site where no car stands."""
    count = len(network.evse_ids)

    def floats() -> Floats:
        return np.zeros(count)

    def bools() -> Bools:
        return np.zeros(count, dtype=np.bool_)

    return VehicleColumns(
        is_there=bools(),
        visit=np.full(count, -1, dtype=np.int64),
        column=np.arange(count, dtype=np.int64) + count,
        w_per_a=network.w_per_a[1].astype(np.float64),
        max_w=floats(),
        min_a=floats(),
        is_two_stage=bools(),
        capacity_wh=floats(),
        charge_wh=floats(),
        transition_soc_ratio=floats(),
        left_wh=floats(),
        stated_wh=floats(),
        delivered_wh=floats(),
        is_fixed=bools(),
        latched_a=floats(),
        request_a=np.full(count, np.inf),
        draw_ratio=np.full(count, draw_ratio),
        ignores_limit=bools(),
        never_wakes=bools(),
        has_drawn=bools(),
        is_asleep=bools(),
        is_full=bools(),
    )


def idle_stations(network: Network) -> StationColumns:
    """Return the columns of stations that have just started: each holds its offline limit."""
    count = len(network.evse_ids)
    return StationColumns(
        held_a=network.offline_a.astype(np.float64),
        before_a=network.offline_a.astype(np.float64),
        follow_s=np.full(count, -np.inf),
        lease_until_s=np.full(count, np.inf),
        serial=np.full(count, -1, dtype=np.int64),
        is_authorised=np.zeros(count, dtype=np.bool_),
        has_power=np.ones(count, dtype=np.bool_),
        register_wh=np.zeros(count),
        gain_ratio=np.ones(count),
        current_a=np.zeros(count),
        power_w=np.zeros(count),
    )

"""Compiled physics of one step: what every vehicle draws, what every row carries, and how warm every breaker is."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from voltloom.simulation.columns import StationColumns, VehicleColumns
from voltloom.site.kernels import load_of_row, sums_of
from voltloom.site.network import Bools, Floats, Grid, Ints

FULL_WH = 1e-6  # what is left of a battery that counts as full


@njit(cache=True)
def two_stage_soc(soc: float, offered: float, transition: float, share: float) -> float:
    """Return the state of charge after a step of a battery whose accepted power falls linearly to 0 above a transition.

    offered: rise of the state of charge that the constant offered power would make. share: offered power by the
    battery's own maximum (at most 1): the less is offered, the later the fall begins, at 1 - share * (1 - transition).
    There the power that is missing to a full battery decays exponentially, with 1 - soc.
    """
    span = share * (1.0 - transition)
    knee = 1.0 - span
    if soc >= knee:
        return 1.0 - (1.0 - soc) * math.exp(-offered / span)
    if offered <= knee - soc:
        return soc + offered
    return 1.0 - span * math.exp(-(offered - (knee - soc)) / span)


@njit(cache=True)
def taken_wh(vehicles: VehicleColumns, evse: int, offered_w: float, step_s: float) -> float:
    """Return the energy that the vehicle at an EVSE takes in a step when it is offered a constant power."""
    power = min(offered_w, vehicles.max_w[evse])
    if power <= 0.0:
        return 0.0
    offered = power * step_s / 3600.0
    capacity, charge = vehicles.capacity_wh[evse], vehicles.charge_wh[evse]
    if vehicles.is_two_stage[evse]:
        if capacity <= 0.0:
            return 0.0
        soc = charge / capacity
        after = two_stage_soc(
            soc, offered / capacity, vehicles.transition_soc_ratio[evse], power / vehicles.max_w[evse]
        )
        taken = (after - soc) * capacity
    else:
        taken = min(offered, capacity - charge)
    bounded: float = max(0.0, min(taken, vehicles.left_wh[evse]))
    return bounded


@njit(cache=True)
def offered_a(
    vehicles: VehicleColumns, stations: StationColumns, evse: int, now_s: float, step_s: float
) -> float:
    """Return the current that a vehicle makes of its limit: what it is willing to draw, before its battery has a say."""
    if not (stations.is_authorised[evse] and stations.has_power[evse]):
        return 0.0
    # It follows from the step on that is nearest to when it would.
    follows = now_s + step_s / 2 > stations.follow_s[evse]
    limit = stations.held_a[evse] if follows else stations.before_a[evse]
    if limit <= 0.0:
        vehicles.latched_a[evse] = 0.0
        return 0.0
    if vehicles.is_asleep[evse] or vehicles.request_a[evse] <= 0.0:
        return 0.0
    if vehicles.ignores_limit[evse]:
        return np.inf
    if vehicles.is_fixed[evse]:
        if vehicles.latched_a[evse] <= 0.0:
            vehicles.latched_a[evse] = limit
        limit = vehicles.latched_a[evse]
    limit = min(limit, vehicles.request_a[evse])
    return limit * vehicles.draw_ratio[evse] if limit >= vehicles.min_a[evse] - 1e-9 else 0.0


@njit(cache=True)
def flow(vehicles: VehicleColumns, stations: StationColumns, now_s: float, step_s: float) -> int:
    """Let constant currents flow for one step; return how many vehicles became full in it."""
    newly_full = 0
    for evse in range(vehicles.is_there.size):
        stations.current_a[evse] = 0.0
        stations.power_w[evse] = 0.0
        if not vehicles.is_there[evse]:
            continue
        pilot = offered_a(vehicles, stations, evse, now_s, step_s)
        if pilot <= 0.0:
            if vehicles.never_wakes[evse] and vehicles.has_drawn[evse]:
                vehicles.is_asleep[evse] = True
            continue
        energy = taken_wh(vehicles, evse, pilot * vehicles.w_per_a[evse], step_s)
        if energy > 0.0:
            vehicles.has_drawn[evse] = True
            vehicles.charge_wh[evse] += energy
            vehicles.left_wh[evse] -= energy
            vehicles.delivered_wh[evse] += energy
            stations.register_wh[evse] += energy * stations.gain_ratio[evse]
            stations.power_w[evse] = energy * 3600.0 / step_s
            stations.current_a[evse] = stations.power_w[evse] / vehicles.w_per_a[evse]
        room = min(vehicles.left_wh[evse], vehicles.capacity_wh[evse] - vehicles.charge_wh[evse])
        if room <= FULL_WH and not vehicles.is_full[evse]:
            vehicles.is_full[evse] = True
            newly_full += 1
    return newly_full


@njit(cache=True)
def carry(grid: Grid, columns: Ints, current_a: Floats, other_a: Floats, load_a: Floats) -> float:
    """Write the true load of every row (m,) and return the greatest load by its rating."""
    sums = sums_of(grid, columns, current_a)
    greatest = 0.0
    for row in range(load_a.size):
        load_a[row] = load_of_row(grid, sums, row) + other_a[row]
        greatest = max(greatest, load_a[row] / grid.rating_a[row])
    return greatest


@njit(cache=True)
def warm(
    load_a: Floats,
    rating_a: Floats,
    heat: Floats,
    is_open: Bools,
    decay: float,
    trip_heat: float,
    trip_at: float,
) -> tuple[int, float]:
    """Warm the breakers (m,) under constant loads; return the first that opens now (-1 for none) and the overload in A.

    heat: state of each thermal element, which tends to (load / rating)^2. A breaker opens where it passes trip_heat, or at
    once where the load passes trip_at times the rating.
    """
    opened, overload = -1, 0.0
    for row in range(load_a.size):
        ratio = load_a[row] / rating_a[row]
        heat[row] = ratio * ratio + (heat[row] - ratio * ratio) * decay
        overload += max(0.0, load_a[row] - rating_a[row] * (1.0 + 1e-9))
        if not is_open[row] and (heat[row] > trip_heat or ratio > trip_at):
            is_open[row] = True
            if opened < 0:
                opened = row
    return opened, overload


@njit(cache=True)
def wrong_register(
    register_wh: Floats, last_wh: Floats, left_wh: Floats, tolerance_wh: float
) -> tuple[int, int]:
    """Return (EVSE whose register fell, EVSE whose vehicle took more than it wants), -1 for none; remember registers."""
    fell, exceeded = -1, -1
    for evse in range(register_wh.size):
        if register_wh[evse] < last_wh[evse]:
            fell = evse
        if left_wh[evse] < -tolerance_wh:
            exceeded = evse
        last_wh[evse] = register_wh[evse]
    return fell, exceeded


@njit(cache=True)
def without_reason(
    before_a: Floats, after_a: Floats, sent: Bools, cause: Ints, is_there: Bools, greatest: int
) -> int:
    """Return the first EVSE that rises with a vehicle but without a cause, or whose cause is none; -1 for no such."""
    for evse in range(cause.size):
        rises = sent[evse] and after_a[evse] > before_a[evse]
        if cause[evse] < 0 or cause[evse] > greatest or (rises and is_there[evse] and cause[evse] == 0):
            return evse
    return -1


@njit(cache=True)
def sent_otherwise(before_a: Floats, after_a: Floats, sent: Bools, told_a: Floats, tolerance_a: float) -> int:
    """Return the first EVSE whose command (n, NaN for none) is not what was decided; -1 for no such.

    A command without a change renews a lease.
    """
    for evse in range(sent.size):
        if np.isnan(told_a[evse]):
            if sent[evse] or abs(after_a[evse] - before_a[evse]) > tolerance_a:
                return evse
        elif abs(told_a[evse] - after_a[evse]) > tolerance_a:
            return evse
    return -1


@njit(cache=True)
def take_limits(
    stations: StationColumns,
    disobeys: Bools,
    told: tuple[Ints, Floats, Floats, Ints],
    now_s: float,
    reaction_s: float,
) -> tuple[Ints, float]:
    """Let stations hold the newer ones of some limits; return the serial each now has and when the first lease ends.

    told: EVSEs, limits, ends of leases and serials of a command, (k,) each.
    """
    evses, limit_a, until_s, serial = told
    known = np.empty(evses.size, dtype=np.int64)
    first_s = np.inf
    for place in range(evses.size):
        evse = evses[place]
        known[place] = stations.serial[evse]
        if serial[place] <= known[place]:
            continue
        stations.serial[evse] = known[place] = serial[place]
        if disobeys[evse]:
            continue
        if stations.held_a[evse] != limit_a[place]:
            if stations.follow_s[evse] <= now_s:
                stations.before_a[evse] = stations.held_a[evse]
            stations.held_a[evse] = limit_a[place]
            stations.follow_s[evse] = now_s + reaction_s
        stations.lease_until_s[evse] = until_s[place]
        first_s = min(first_s, until_s[place])
    return known, first_s

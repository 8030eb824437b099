"""Compiled physics of one step: what every vehicle draws, what every row carries, and how warm every breaker is."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from voltloom.simulation.columns import StationColumns, VehicleColumns
from voltloom.site.kernels import load_at, sums_of
from voltloom.site.network import Bools, Floats, Grid, Ints

# IEC 60898-1: 1.13 times the rated current never trips within the hour, 1.45 times does; a type B breaker opens at once at
# 5 times. The element of `warm` is a first-order one at the careful edge of that band: 2 times trips after 104 s, 1.45 after 252 s.
HEAT_TO_TRIP = 1.13**2
HEATING_S = 270.0
TRIP_AT_ONCE = 5.0

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
def accepted_wh(
    offered_w: float,
    step_s: float,
    max_w: float,
    capacity_wh: float,
    charge_wh: float,
    taper_from_ratio: float,
) -> float:
    """Return what a battery takes in a step of a constant offered power.

    taper_from_ratio: the state of charge above which it tapers, not a number for a battery that does not.
    """
    power = min(offered_w, max_w)
    if power <= 0.0:
        return 0.0
    offered = power * step_s / 3600.0
    if math.isnan(taper_from_ratio):
        return min(offered, capacity_wh - charge_wh)
    if capacity_wh <= 0.0:
        return 0.0
    soc = charge_wh / capacity_wh
    after = two_stage_soc(soc, offered / capacity_wh, taper_from_ratio, power / max_w)
    taken: float = (after - soc) * capacity_wh
    return taken


@njit(cache=True)
def taken_wh(vehicles: VehicleColumns, evse: int, offered_w: float, step_s: float) -> float:
    """Return the energy that the vehicle at an EVSE takes in a step when it is offered a constant power."""
    taken = accepted_wh(
        offered_w,
        step_s,
        vehicles.max_w[evse],
        vehicles.capacity_wh[evse],
        vehicles.charge_wh[evse],
        vehicles.transition_soc_ratio[evse] if vehicles.is_two_stage[evse] else math.nan,
    )
    bounded: float = max(0.0, min(taken, vehicles.left_wh[evse]))
    return bounded


@njit(cache=True, inline="always")
def offer(vehicles: VehicleColumns, stations: StationColumns, now_s: float, step_s: float) -> None:
    """Write into current_a what each vehicle is willing to draw or give under its limit, before its battery has a say."""
    # A field of a bundle costs far more to look up than an array: once before the loop.
    is_there, is_asleep, ignores = vehicles.is_there, vehicles.is_asleep, vehicles.ignores_limit
    is_fixed, latched_a, request_a = vehicles.is_fixed, vehicles.latched_a, vehicles.request_a
    min_a, draw_ratio = vehicles.min_a, vehicles.draw_ratio
    gives_w, w_per_a = vehicles.gives_w, vehicles.w_per_a
    is_authorised, has_power, current_a = stations.is_authorised, stations.has_power, stations.current_a
    follow_s, held_a, before_a = stations.follow_s, stations.held_a, stations.before_a
    for evse in range(is_there.size):
        current_a[evse] = 0.0
        if not (is_there[evse] and is_authorised[evse] and has_power[evse]):
            continue
        # It follows from the step on that is nearest to when it would.
        limit = held_a[evse] if now_s + step_s / 2 > follow_s[evse] else before_a[evse]
        if limit <= 0.0:
            latched_a[evse] = 0.0
            if limit < 0.0 and gives_w[evse] > 0.0:
                current_a[evse] = max(limit, -gives_w[evse] / w_per_a[evse])
            continue
        if is_asleep[evse] or request_a[evse] <= 0.0:
            continue
        if ignores[evse]:
            current_a[evse] = np.inf
            continue
        if is_fixed[evse]:
            if latched_a[evse] <= 0.0:
                latched_a[evse] = limit
            limit = latched_a[evse]
        limit = min(limit, request_a[evse])
        if limit >= min_a[evse] - 1e-9:
            current_a[evse] = limit * draw_ratio[evse]


@njit(cache=True)
def give(vehicles: VehicleColumns, stations: StationColumns, evse: int, step_s: float) -> int:
    """Let a vehicle feed back for one step what current_a says, as long as its cells hold something; return 1 where it was full."""
    ratio, w_per_a = vehicles.gives_ratio[evse], vehicles.w_per_a[evse]
    energy = -stations.current_a[evse] * w_per_a * step_s / 3600.0
    energy = max(0.0, min(energy, vehicles.charge_wh[evse] * ratio))
    vehicles.charge_wh[evse] -= energy / ratio
    vehicles.left_wh[evse] += energy / ratio
    vehicles.delivered_wh[evse] -= energy
    stations.exported_wh[evse] += energy * stations.gain_ratio[evse]
    stations.power_w[evse] = -energy * 3600.0 / step_s
    stations.current_a[evse] = stations.power_w[evse] / w_per_a
    was_full = vehicles.is_full[evse] and energy > FULL_WH
    if was_full:
        vehicles.is_full[evse] = False
    return 1 if was_full else 0


@njit(cache=True, inline="always")
def flow(vehicles: VehicleColumns, stations: StationColumns, now_s: float, step_s: float) -> int:
    """Let constant currents flow for one step; return how many vehicles became full in it, or are full no more."""
    offer(vehicles, stations, now_s, step_s)
    is_there, is_full, has_drawn = vehicles.is_there, vehicles.is_full, vehicles.has_drawn
    left_wh, charge_wh, capacity_wh = vehicles.left_wh, vehicles.charge_wh, vehicles.capacity_wh
    delivered_wh, w_per_a, max_w = vehicles.delivered_wh, vehicles.w_per_a, vehicles.max_w
    is_two_stage, transition = vehicles.is_two_stage, vehicles.transition_soc_ratio
    never_wakes, is_asleep = vehicles.never_wakes, vehicles.is_asleep
    current_a, power_w = stations.current_a, stations.power_w
    register_wh, gain = stations.register_wh, stations.gain_ratio
    newly_full = 0
    for evse in range(is_there.size):
        power_w[evse] = 0.0
        if not is_there[evse]:
            continue
        pilot = current_a[evse]
        if pilot < 0.0:
            newly_full += give(vehicles, stations, evse, step_s)
            continue
        if pilot <= 0.0:
            if never_wakes[evse] and has_drawn[evse]:
                is_asleep[evse] = True
            continue
        taper = transition[evse] if is_two_stage[evse] else math.nan
        offered_w, charge = pilot * w_per_a[evse], charge_wh[evse]
        energy = accepted_wh(offered_w, step_s, max_w[evse], capacity_wh[evse], charge, taper)
        energy = max(0.0, min(energy, left_wh[evse]))
        current_a[evse] = 0.0
        if energy > 0.0:
            has_drawn[evse] = True
            charge_wh[evse] += energy
            left_wh[evse] -= energy
            delivered_wh[evse] += energy
            register_wh[evse] += energy * gain[evse]
            power_w[evse] = energy * 3600.0 / step_s
            current_a[evse] = power_w[evse] / w_per_a[evse]
        room = min(left_wh[evse], capacity_wh[evse] - charge_wh[evse])
        if room <= FULL_WH and not is_full[evse]:
            is_full[evse] = True
            newly_full += 1
    return newly_full


@njit(cache=True, inline="always")
def carry(grid: Grid, columns: Ints, current_a: Floats, other_a: Floats, load_a: Floats) -> float:
    """Write the true load of every row (m,) and return the greatest load by its rating."""
    sums = sums_of(grid, columns, current_a)
    # A field of a bundle costs far more to look up than an array: once before the loop.
    unit_x, unit_y, is_plain, rating_a = grid.unit_x, grid.unit_y, grid.row_is_plain, grid.rating_a
    greatest, worst_draw = 0.0, grid.worst_draw
    for row in range(load_a.size):
        every_draw = worst_draw and not is_plain[row]
        load = load_at(sums, unit_x, unit_y, row, every_draw)
        if sums[row, 0] + sums[row, 1] + sums[row, 2] < 0.0:
            load = -load  # vehicles together feed back, against what else draws
        load_a[row] = load + other_a[row]
        greatest = max(greatest, abs(load_a[row]) / rating_a[row])
    return greatest


@njit(cache=True, inline="always")
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
        ratio = abs(load_a[row]) / rating_a[row]  # a breaker feels export as it feels import
        heat[row] = ratio * ratio + (heat[row] - ratio * ratio) * decay
        overload += max(0.0, abs(load_a[row]) - rating_a[row] * (1.0 + 1e-9))
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


@njit(cache=True, inline="always")
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

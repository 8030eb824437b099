"""Array kernels of the cycle: readings and what they tell, over EVSE columns. Compiled; each returns new arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.controller.leases.kernels import ceilings
from voltloom.site.network import Bools, Floats, Ints


@njit(cache=True)
def is_finite(values: Floats) -> bool:
    """Return whether every value is a finite number."""
    total = 0.0
    for value in values:
        total += value - value  # 0, or not a number
    return total == 0.0


# What is noticed of an EVSE: the number is a sum of these signs.
TELLS, QUIET, LOUD, MET, OBEYS, FLOWS, OFFERED = 1, 2, 4, 8, 16, 32, 64


@njit(cache=True)
def noticed(
    current_a: Floats,
    energy_wh: Floats,
    sampled_s: Floats,
    limit_a: Floats,
    serial: Ints,
    confirmed_serial: Ints,
    confirmed_s: Floats,
    followed: Bools,
    flowed: Bools,
    was_offered: Bools,
    present: Bools,
    wants_power: Bools,
    keeps_minimum: Bools,
    idle_cause: Ints,
    requested_wh: Floats,
    idle_since_s: Floats,
    served_since_s: Floats,
    start_wh: Floats,
    usable: Bools,
    is_silent: Bools,
    now_s: float,
    flows_a: float,
    met_wh: float,
    known_silent: int,
    tolerance_a: float,
    arrived_s: Floats,
) -> tuple[Floats, Ints, int]:
    """Return how long each session has waited and been served, and its energy by the outlet's register, (3, n); what is
    noticed of each EVSE, (n,) sums of signs; and all signs together.

    0 in the first where it does not wait, is not served, or where a register is unknown. TELLS: current or offer began or
    ended, or it flows without right, or is fed back. QUIET, LOUD: its station fell silent, or speaks again. MET: the need is. OBEYS: its
    newest limit was confirmed, and is seen obeyed since. FLOWS, OFFERED: current does, some is.

    flowed, was_offered: what flowed and was offered last. flows_a: the current from which on it flows (or half of what is
    offered where that is less). met_wh: the need that counts as met. known_silent: the idle cause of a session known to be
    silent. tolerance_a: by how much more than its limit one may draw who follows it. arrived_s (n,): of new offers.
    """
    so_far, signs, every = np.zeros((3, limit_a.size)), np.zeros(limit_a.size, dtype=np.int64), 0
    for evse in range(limit_a.size):
        if idle_since_s[evse] < np.inf:
            so_far[0, evse] = now_s - idle_since_s[evse]
        if served_since_s[evse] < np.inf:
            so_far[1, evse] = now_s - served_since_s[evse]
        told_wh = energy_wh[evse] - start_wh[evse]
        delivered_wh = told_wh if np.isfinite(told_wh) else 0.0
        offered = limit_a[evse] > 0.0 and (was_offered[evse] or sampled_s[evse] >= arrived_s[evse])
        flows = current_a[evse] >= (min(flows_a, limit_a[evse] / 2) if offered else flows_a)
        may_draw = wants_power[evse] or keeps_minimum[evse]
        sign = (FLOWS if flows else 0) | (OFFERED if offered else 0)
        changed = flows != flowed[evse] or offered != was_offered[evse]
        feeds = current_a[evse] <= -flows_a and present[evse]
        if (changed and (present[evse] or flows)) or (flows and not may_draw) or feeds:
            sign |= TELLS
        if present[evse]:
            so_far[2, evse] = delivered_wh
            if is_silent[evse] != (idle_cause[evse] == known_silent):
                sign |= QUIET if is_silent[evse] else LOUD
        if wants_power[evse] and requested_wh[evse] - delivered_wh <= met_wh:
            sign |= MET
        is_open = usable[evse] and confirmed_serial[evse] == serial[evse] and not followed[evse]
        if (
            is_open
            and sampled_s[evse] >= confirmed_s[evse]
            and current_a[evse] <= limit_a[evse] + tolerance_a
        ):
            sign |= OBEYS
        signs[evse] = sign
        every |= sign
    return so_far, signs, every


@njit(cache=True)
def bounds_by_draw(
    takes_a: Floats,
    limit_a: Floats,
    current_a: Floats,
    sampled_s: Floats,
    changed_s: Floats,
    usable: Bools,
    present: Bools,
    judged_s: Floats,
    settle_s: float,
    step_a: float,
) -> Floats:
    """Return the most each vehicle seems to take, (n,); inf where nothing is known.

    One that draws clearly less than it may is bounded two steps above its draw, so that others get the rest; one that draws
    all it may gets one step more with a sample, unless its bound is more than a step above its limit already: no draw
    can tell what it would take of more than that. Three steps lower a bound, two are left and within one it rises, so
    that a steady draw moves none, also where the limit is rounded down by up to a step. Only samples newer than judged_s
    (n,), and taken settle_s after the limit last changed, tell anything.
    """
    result = takes_a.copy()
    for evse in range(result.size):
        if not present[evse]:
            result[evse] = np.inf
            continue
        if limit_a[evse] <= 0.0 or not usable[evse] or sampled_s[evse] <= judged_s[evse]:
            continue
        if sampled_s[evse] < changed_s[evse] + settle_s:
            continue
        if current_a[evse] < min(limit_a[evse], result[evse]) - 3.0 * step_a:
            result[evse] = current_a[evse] + 2.0 * step_a
        elif current_a[evse] >= limit_a[evse] - step_a and result[evse] <= limit_a[evse] + step_a:
            result[evse] += step_a
    return result


@njit(cache=True)
def _columns(
    current_a: Floats, energy_wh: Floats, sampled_s: Floats, heard_s: Floats, start_wh: Floats
) -> Floats:
    """Return new columns for `with_readings`, (5, n)."""
    result = np.empty((5, current_a.size))
    result[0], result[1], result[2] = current_a, energy_wh, sampled_s
    result[3], result[4] = heard_s, start_wh
    return result


@njit(cache=True)
def _read(
    columns: Floats, evse: int, told: tuple[float, float, float], time_s: float, never_set_s: float
) -> None:
    """Take one outlet's reading into the columns of `with_readings`, (5, n). told: current, register, its stamp."""
    told_a, told_wh, told_s = told
    moment_s = told_s if 0.0 <= time_s - told_s <= never_set_s else time_s
    columns[3, evse] = max(columns[3, evse], time_s)
    if moment_s >= columns[2, evse]:
        columns[0, evse], columns[1, evse], columns[2, evse] = told_a, told_wh, moment_s


@njit(cache=True)
def with_readings(
    current_a: Floats,
    energy_wh: Floats,
    sampled_s: Floats,
    heard_s: Floats,
    start_wh: Floats,
    evses: Ints,
    told_a: Floats,
    told_wh: Floats,
    told_s: Floats,
    time_s: float,
    never_set_s: float,
) -> tuple[Floats, bool]:
    """Return current, register, sample time and last word of each outlet, and its session's first register, (5, n), after
    readings (k,); and whether any session has its first register now.

    A stamp that cannot be true (see `freshness.sample_time_s`) counts as the time of arrival; a reading older than the
    newest known only counts as a word.
    """
    result = _columns(current_a, energy_wh, sampled_s, heard_s, start_wh)
    energy, start = result[1], result[4]
    for told in range(evses.size):
        _read(result, evses[told], (told_a[told], told_wh[told], told_s[told]), time_s, never_set_s)
    is_first = False
    for evse in range(start.size):
        if np.isnan(start[evse]) and not np.isnan(energy[evse]):
            start[evse] = energy[evse]
            is_first = True
    return result, is_first


@njit(cache=True)
def with_readings_in_turn(
    current_a: Floats,
    energy_wh: Floats,
    sampled_s: Floats,
    heard_s: Floats,
    start_wh: Floats,
    evses: Ints,
    told_a: Floats,
    told_wh: Floats,
    told_s: Floats,
    time_s: Floats,
    never_set_s: float,
) -> tuple[Floats, bool]:
    """Return what `with_readings` makes of readings of single outlets, (k,), that came one after another at time_s, (k,)."""
    result = _columns(current_a, energy_wh, sampled_s, heard_s, start_wh)
    energy, start = result[1], result[4]
    is_first = False
    for told in range(evses.size):
        evse = evses[told]
        _read(result, evse, (told_a[told], told_wh[told], told_s[told]), time_s[told], never_set_s)
        if np.isnan(start[evse]) and not np.isnan(energy[evse]):
            start[evse] = energy[evse]
            is_first = True
    return result, is_first


@njit(cache=True)
def heard_since(heard_s: Floats, evses: Ints, time_s: float) -> Floats:
    """Return the last word of each outlet, (n,), after one of some of them."""
    result = heard_s.copy()
    for evse in evses:
        result[evse] = max(result[evse], time_s)
    return result


@njit(cache=True)
def senses(
    limit_a: Floats,
    earlier_a: Floats,
    earlier_until_s: Floats,
    sure_until_s: Floats,
    followed: Bools,
    offline_a: Floats,
    sampled_s: Floats,
    heard_s: Floats,
    cannot_stop: Bools,
    max_a: Floats,
    now_s: float,
    silent_s: float,
    lowering_s: float,
) -> tuple[Floats, Bools, bool]:
    """Return each outlet's ceiling, the age of its reading and what it may draw whatever is decided, (3, n); whether its
    station is silent, its reading usable, it is adrift, and it can be given a limit, (4, n); and whether any is silent.

    lowering_s: how long others take to make room: so much earlier a lease that nobody confirmed counts as over.
    """
    count = sampled_s.size
    floats, bools = np.empty((3, count)), np.empty((4, count), dtype=np.bool_)
    ceiling_a = ceilings(
        limit_a, earlier_a, earlier_until_s, sure_until_s, followed, offline_a, now_s, lowering_s
    )
    any_silent = False
    for evse in range(count):
        age_s = max(now_s - sampled_s[evse], 0.0)
        is_silent = not (max(now_s - heard_s[evse], 0.0) < silent_s)
        is_adrift = is_silent or now_s + lowering_s >= sure_until_s[evse]
        any_silent = any_silent or is_silent
        floats[0, evse], floats[1, evse] = ceiling_a[evse], age_s
        floats[2, evse] = max_a[evse] if cannot_stop[evse] else (ceiling_a[evse] if is_adrift else 0.0)
        bools[0, evse], bools[1, evse], bools[2, evse] = is_silent, age_s < silent_s, is_adrift
        bools[3, evse] = not (is_adrift or cannot_stop[evse])
    return floats, bools, any_silent

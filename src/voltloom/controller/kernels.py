"""Array kernels of the cycle: evidence, service and causes over EVSE columns. Compiled; each returns new arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.controller.leases.kernels import ceilings
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Grid, GridFields, Ints


@njit(cache=True)
def service_since(
    idle_since_s: Floats,
    served_since_s: Floats,
    may_draw: Bools,
    present: Bools,
    limit_a: Floats,
    now_s: float,
) -> Floats:
    """Return since when each session is at zero although it may draw, and is served, (2, n); inf where it does not."""
    since_s = np.full((2, limit_a.size), np.inf)
    for evse in range(limit_a.size):
        if limit_a[evse] > 0.0:
            if present[evse]:
                since_s[1, evse] = min(served_since_s[evse], now_s)
        elif may_draw[evse]:
            since_s[0, evse] = min(idle_since_s[evse], now_s)
    return since_s


@njit(cache=True)
def so_far(
    idle_since_s: Floats,
    served_since_s: Floats,
    energy_wh: Floats,
    start_wh: Floats,
    present: Bools,
    now_s: float,
) -> Floats:
    """Return how long each session has waited and been served, and its energy by the outlet's register, (3, n).

    0 where it does not wait, is not served, or where a register is unknown.
    """
    result = np.zeros((3, energy_wh.size))
    for evse in range(energy_wh.size):
        if idle_since_s[evse] < np.inf:
            result[0, evse] = now_s - idle_since_s[evse]
        if served_since_s[evse] < np.inf:
            result[1, evse] = now_s - served_since_s[evse]
        delivered_wh = energy_wh[evse] - start_wh[evse]
        if present[evse] and np.isfinite(delivered_wh):
            result[2, evse] = delivered_wh
    return result


@njit(cache=True)
def is_finite(values: Floats) -> bool:
    """Return whether every value is a finite number."""
    total = 0.0
    for value in values:
        total += value - value  # 0, or not a number
    return total == 0.0


TELLS, QUIET, LOUD, MET = 1, 2, 4, 8


@njit(cache=True)
def evidence_of(
    current_a: Floats,
    limit_a: Floats,
    flowed: Bools,
    was_offered: Bools,
    present: Bools,
    wants_power: Bools,
    keeps_minimum: Bools,
    is_silent: Bools,
    idle_cause: Ints,
    requested_wh: Floats,
    energy_wh: Floats,
    start_wh: Floats,
    bounds: tuple[float, float, int],
) -> tuple[Bools, Ints, int]:
    """Return whether current flows and whether any is offered (2, n), what that and the rest of the columns tell about
    each session, (n,) sums of TELLS, QUIET, LOUD and MET, and all together.

    bounds: the current from which on it flows (or half of what is offered where that is less), the need that counts as
    met, and the idle cause of a session known to be silent.
    """
    flows_a, met_wh, known_silent = bounds
    told = np.zeros((2, current_a.size), dtype=np.bool_)
    marks = np.zeros(current_a.size, dtype=np.int64)
    every = 0
    for evse in range(current_a.size):
        offered = limit_a[evse] > 0.0
        flows = current_a[evse] >= (min(flows_a, limit_a[evse] / 2) if offered else flows_a)
        told[0, evse], told[1, evse] = flows, offered
        mark = 0
        changed = flows != flowed[evse] or offered != was_offered[evse]
        may_draw = wants_power[evse] or keeps_minimum[evse]
        if (changed and (present[evse] or flows)) or (flows and not may_draw):
            mark |= TELLS
        is_known_silent = idle_cause[evse] == known_silent
        if present[evse] and is_silent[evse] != is_known_silent:
            mark |= QUIET if is_silent[evse] else LOUD
        if wants_power[evse]:
            delivered_wh = energy_wh[evse] - start_wh[evse]
            if not np.isfinite(delivered_wh):
                delivered_wh = 0.0
            if requested_wh[evse] - delivered_wh <= met_wh:
                mark |= MET
        marks[evse] = mark
        every |= mark
    return told, marks, every


@njit(cache=True)
def held_back(
    wanted_a: Floats,
    before_a: Floats,
    min_a: Floats,
    changed_s: Floats,
    fell_s: Floats,
    now_s: float,
    rules: tuple[float, float, float, float],
    causes: tuple[int, int, int],
) -> tuple[Floats, Ints]:
    """Return limits that rise within the rules of `smoothing`, and the cause of each that was held back, -1 elsewhere, (n,).

    rules: ramp in A/s, how far back it climbs at most, deadband, dwell; 0 switches a rule off. causes: ramp, deadband, dwell.
    """
    ramp_a_per_s, memory_s, deadband_a, dwell_s = rules
    limit = wanted_a.copy()
    held_by = np.full(wanted_a.size, -1, dtype=np.int64)
    for evse in range(wanted_a.size):
        before = before_a[evse]
        if not wanted_a[evse] > before + 1e-9:
            continue
        still_s = now_s - changed_s[evse]
        if ramp_a_per_s > 0.0:
            climbed = before + ramp_a_per_s * min(still_s, memory_s) if before > 0.0 else min_a[evse]
            if climbed < limit[evse] - 1e-9:
                limit[evse], held_by[evse] = climbed, causes[0]
        is_small = limit[evse] - before < deadband_a and before > 0.0
        if deadband_a > 0.0 and is_small and still_s < dwell_s:
            limit[evse], held_by[evse] = before, causes[1]
        if dwell_s > 0.0 and now_s - fell_s[evse] < dwell_s:
            limit[evse], held_by[evse] = before, causes[2]
    return limit, held_by


@njit(cache=True)
def moves_after(changed_s: Floats, fell_s: Floats, before_a: Floats, after_a: Floats, now_s: float) -> Floats:
    """Return when each limit last changed and last fell, (2, n)."""
    result = np.empty((2, changed_s.size))
    for evse in range(changed_s.size):
        rise_a = after_a[evse] - before_a[evse]
        result[0, evse] = now_s if abs(rise_a) > 1e-9 else changed_s[evse]
        result[1, evse] = now_s if rise_a < -1e-9 else fell_s[evse]
    return result


@njit(cache=True)
def concluded(
    fields: GridFields,
    columns: Ints,
    proposed_cause: Ints,
    proposed_row: Ints,
    held_by: Ints,
    before_a: Floats,
    smooth_a: Floats,
    limit_a: Floats,
    lowered_by: Ints,
    in_flight: Bools,
    adrift: Bools,
    runaway: Bools,
    present: Bools,
    reserved_a: Floats,
    codes: Ints,
) -> tuple[Ints, Bools, Floats]:
    """Return the cause and the binding row of every limit, (2, n): the last rule that fixed it; which limits changed, (n,);
    and the load of every row under them and what is reserved, (m,).

    codes: the numbers for a pilot step, in flight, the envelope, a silent station and a runaway.
    """
    result = np.empty((2, limit_a.size), dtype=np.int64)
    cause, row = result[0], result[1]
    cause[:], row[:] = proposed_cause, proposed_row
    sent = np.empty(limit_a.size, dtype=np.bool_)
    drawn = limit_a.copy()
    for evse in range(cause.size):
        sent[evse] = abs(limit_a[evse] - before_a[evse]) > 1e-9
        if held_by[evse] >= 0:
            cause[evse] = held_by[evse]
        if limit_a[evse] < smooth_a[evse] - 1e-6:
            cause[evse] = codes[0]
            if lowered_by[evse] >= 0:
                cause[evse] = codes[1] if in_flight[evse] else codes[2]
                row[evse] = lowered_by[evse]
        if runaway[evse]:
            cause[evse] = codes[4]
        elif adrift[evse] and present[evse]:
            cause[evse] = codes[3]
        if runaway[evse] or adrift[evse]:
            drawn[evse] = max(drawn[evse], reserved_a[evse])
    return result, sent, loads(Grid(*fields), columns, drawn)


@njit(cache=True)
def bounds_by_draw(
    takes_a: Floats,
    limit_a: Floats,
    current_a: Floats,
    sampled_s: Floats,
    changed_s: Floats,
    usable: Bools,
    present: Bools,
    since_s: float,
    settle_s: float,
    step_a: float,
) -> Floats:
    """Return the most each vehicle seems to take, (n,); inf where nothing is known.

    One that draws clearly less than it may is bounded two steps above its draw, so that others get the rest; one that draws
    all it may gets one step more with a sample, unless its bound is more than a step above its limit already: no draw
    can tell what it would take of more than that. Three steps lower a bound, two are left and within one it rises, so
    that a steady draw moves none, also where the limit is rounded down by up to a step. Only samples newer than since_s,
    and taken settle_s after the limit last changed, tell anything.
    """
    result = takes_a.copy()
    for evse in range(result.size):
        if not present[evse]:
            result[evse] = np.inf
            continue
        if limit_a[evse] <= 0.0 or not usable[evse] or sampled_s[evse] <= since_s:
            continue
        if sampled_s[evse] < changed_s[evse] + settle_s:
            continue
        if current_a[evse] < min(limit_a[evse], result[evse]) - 3.0 * step_a:
            result[evse] = current_a[evse] + 2.0 * step_a
        elif current_a[evse] >= limit_a[evse] - step_a and result[evse] <= limit_a[evse] + step_a:
            result[evse] += step_a
    return result


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
    result = np.empty((5, current_a.size))
    current, energy, sampled, heard, start = result[0], result[1], result[2], result[3], result[4]
    current[:], energy[:], sampled[:], heard[:], start[:] = current_a, energy_wh, sampled_s, heard_s, start_wh
    for told in range(evses.size):
        evse = evses[told]
        lag_s = time_s - told_s[told]
        moment_s = told_s[told] if 0.0 <= lag_s <= never_set_s else time_s
        heard[evse] = max(heard[evse], time_s)
        if moment_s >= sampled[evse]:
            current[evse], energy[evse], sampled[evse] = told_a[told], told_wh[told], moment_s
    is_first = False
    for evse in range(start.size):
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
) -> tuple[Floats, Bools, bool]:
    """Return each outlet's ceiling, the age of its reading and what it may draw whatever is decided, (3, n); whether its
    station is silent, its reading usable, it is adrift, and it can be given a limit, (4, n); and whether any is silent.
    """
    count = sampled_s.size
    floats, bools = np.empty((3, count)), np.empty((4, count), dtype=np.bool_)
    ceiling_a = ceilings(limit_a, earlier_a, earlier_until_s, sure_until_s, followed, offline_a, now_s)
    any_silent = False
    for evse in range(count):
        age_s = max(now_s - sampled_s[evse], 0.0)
        is_silent = not (max(now_s - heard_s[evse], 0.0) < silent_s)
        is_adrift = is_silent or now_s >= sure_until_s[evse]
        any_silent = any_silent or is_silent
        floats[0, evse], floats[1, evse] = ceiling_a[evse], age_s
        floats[2, evse] = max_a[evse] if cannot_stop[evse] else (ceiling_a[evse] if is_adrift else 0.0)
        bools[0, evse], bools[1, evse], bools[2, evse] = is_silent, age_s < silent_s, is_adrift
        bools[3, evse] = not (is_adrift or cannot_stop[evse])
    return floats, bools, any_silent

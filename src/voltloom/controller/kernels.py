"""Array kernels of the cycle: leases, evidence, service and causes over EVSE columns. Compiled; each returns new arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.site.network import Bools, Floats, Ints


@njit(cache=True)
def ceilings(
    limit_a: Floats,
    earlier_a: Floats,
    earlier_until_s: Floats,
    sure_until_s: Floats,
    followed: Bools,
    offline_a: Floats,
    now_s: float,
) -> Floats:
    """Return the most each EVSE may still draw under any limit that may be in force, (n,)."""
    ceiling = limit_a.copy()
    for evse in range(ceiling.size):
        if not followed[evse] and now_s < earlier_until_s[evse]:
            ceiling[evse] = max(ceiling[evse], earlier_a[evse])
        if now_s >= sure_until_s[evse]:
            ceiling[evse] = max(ceiling[evse], offline_a[evse])
    return ceiling


@njit(cache=True)
def newly_followed(
    followed: Bools,
    usable: Bools,
    serial: Ints,
    confirmed_serial: Ints,
    sampled_s: Floats,
    confirmed_s: Floats,
    current_a: Floats,
    most_a: Floats,
) -> tuple[Bools, bool]:
    """Return who follows its newest limit, (n,): confirmed, and seen at most at most_a since; and whether any is new."""
    result = followed.copy()
    any_new = False
    for evse in range(result.size):
        if followed[evse] or not usable[evse] or confirmed_serial[evse] != serial[evse]:
            continue
        if sampled_s[evse] >= confirmed_s[evse] and current_a[evse] <= most_a[evse]:
            result[evse] = True
            any_new = True
    return result, any_new


@njit(cache=True)
def service_since(
    idle_since_s: Floats,
    served_since_s: Floats,
    wants_power: Bools,
    present: Bools,
    limit_a: Floats,
    now_s: float,
) -> tuple[Floats, Floats]:
    """Return since when each session waits at zero although it wants power, and is served; inf where it does not."""
    idle = np.full(limit_a.size, np.inf)
    served = np.full(limit_a.size, np.inf)
    for evse in range(limit_a.size):
        if limit_a[evse] > 0.0:
            if present[evse]:
                served[evse] = min(served_since_s[evse], now_s)
        elif wants_power[evse]:
            idle[evse] = min(idle_since_s[evse], now_s)
    return idle, served


@njit(cache=True)
def lasting_s(since_s: Floats, now_s: float) -> Floats:
    """Return how long something has lasted, (n,); 0 where it does not (since inf)."""
    result = np.zeros(since_s.size)
    for evse in range(since_s.size):
        if since_s[evse] < np.inf:
            result[evse] = now_s - since_s[evse]
    return result


@njit(cache=True)
def energy_since(energy_wh: Floats, start_wh: Floats, present: Bools) -> Floats:
    """Return the energy of each running session by the outlet's register, (n,); 0 where a register is unknown."""
    result = np.zeros(energy_wh.size)
    for evse in range(result.size):
        since_start = energy_wh[evse] - start_wh[evse]
        if present[evse] and np.isfinite(since_start):
            result[evse] = since_start
    return result


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
def last_causes(
    proposed_cause: Ints,
    proposed_row: Ints,
    held_by: Ints,
    smooth_a: Floats,
    limit_a: Floats,
    lowered_by: Ints,
    in_flight: Bools,
    is_silent: Bools,
    runaway: Bools,
    codes: Ints,
) -> tuple[Ints, Ints]:
    """Return the cause and the binding row of every limit, (n,): the last rule that fixed it.

    codes: the numbers for a pilot step, in flight, the envelope, a silent station and a runaway.
    """
    cause = proposed_cause.copy()
    row = proposed_row.copy()
    for evse in range(cause.size):
        if held_by[evse] >= 0:
            cause[evse] = held_by[evse]
        if limit_a[evse] < smooth_a[evse] - 1e-6:
            cause[evse] = codes[0]
            if lowered_by[evse] >= 0:
                cause[evse] = codes[1] if in_flight[evse] else codes[2]
                row[evse] = lowered_by[evse]
        if runaway[evse]:
            cause[evse] = codes[4]
        elif is_silent[evse]:
            cause[evse] = codes[3]
    return cause, row


@njit(cache=True)
def to_send(
    changed: Bools,
    lease_until_s: Floats,
    serial: Ints,
    confirmed_serial: Ints,
    lease_s: float,
    now_s: float,
) -> tuple[Bools, int]:
    """Return which limits go out, (n,), and how many: changed, unconfirmed for a while, or their lease is half over."""
    send = changed.copy()
    count = 0
    for evse in range(send.size):
        if lease_s > 0.0:
            left_s = lease_until_s[evse] - now_s
            unheard = confirmed_serial[evse] < serial[evse] and left_s < lease_s * 0.9
            send[evse] = send[evse] or unheard or left_s < lease_s / 2
        count += send[evse]
    return send, count


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

    One that draws clearly less than it may is bounded one step above its draw, so that others get the rest; one that
    draws all it may gets one step more with every sample. Only samples newer than since_s, and taken settle_s after
    the limit last changed, tell anything.
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
        if current_a[evse] < min(limit_a[evse], result[evse]) - 2.0 * step_a:
            result[evse] = current_a[evse] + step_a
        elif current_a[evse] >= limit_a[evse] - step_a and result[evse] < np.inf:
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
def confirmed(
    evses: Ints,
    told_serial: Ints,
    time_s: float,
    confirmed_serial: Ints,
    confirmed_s: Floats,
    sure_until_s: Floats,
    serial: Ints,
    lease_until_s: Floats,
    previous_serial: Ints,
    previous_until_s: Floats,
) -> tuple[Ints, Floats, bool]:
    """Return the newest confirmed serials (n,), when they were confirmed and until when a lease surely holds (2, n), after
    confirmations (k,); and whether any is new.

    Of a lease before the last two the end is not known any more; an older certainty stands.
    """
    newest = confirmed_serial.copy()
    moments = np.empty((2, newest.size))
    moments[0], moments[1] = confirmed_s, sure_until_s
    is_new = False
    for told in range(evses.size):
        evse = evses[told]
        if told_serial[told] <= newest[evse]:
            continue
        is_new = True
        newest[evse] = told_serial[told]
        moments[0, evse] = time_s
        if newest[evse] == serial[evse]:
            moments[1, evse] = max(sure_until_s[evse], lease_until_s[evse])
        elif newest[evse] >= previous_serial[evse]:
            moments[1, evse] = max(sure_until_s[evse], previous_until_s[evse])
    return newest, moments, is_new


@njit(cache=True)
def ages(sampled_s: Floats, heard_s: Floats, now_s: float, silent_s: float) -> tuple[Floats, Bools, Bools]:
    """Return the age of each outlet's reading, whether its station is silent, and whether the reading is usable, (n,)."""
    age = np.empty(sampled_s.size)
    is_silent = np.empty(sampled_s.size, dtype=np.bool_)
    usable = np.empty(sampled_s.size, dtype=np.bool_)
    for evse in range(age.size):
        age[evse] = max(now_s - sampled_s[evse], 0.0)
        is_silent[evse] = not (max(now_s - heard_s[evse], 0.0) < silent_s)
        usable[evse] = age[evse] < silent_s
    return age, is_silent, usable

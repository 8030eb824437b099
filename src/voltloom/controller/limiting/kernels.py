"""Array kernels from proposals to limits, over EVSE columns: smooth, enforce, conclude, and choose what goes out.

One compiled call a cycle: the way into one and out of it costs more than the numbers inside. Each returns new arrays.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.controller.leases.kernels import to_send
from voltloom.decision.reason import Cause
from voltloom.safety.kernels import enforced, is_within, loads_full_row, lowered
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Grid, GridFields, Ints

RAMP, DEADBAND, DWELL = int(Cause.RAMP), int(Cause.DEADBAND), int(Cause.DWELL)
SHARED, PRIORITY = int(Cause.SHARED), int(Cause.PRIORITY)
PILOT_STEP, IN_FLIGHT, ENVELOPE = int(Cause.PILOT_STEP), int(Cause.IN_FLIGHT), int(Cause.ENVELOPE)
STATION_SILENT, DISOBEYED = int(Cause.STATION_SILENT), int(Cause.DISOBEYED)

SmoothingRules = tuple[float, float, float, float, float]


@njit(cache=True)
def limited(
    fields: GridFields,
    pilot_start: Ints,
    pilots_a: Floats,
    wanted_a: Floats,
    wanted_cause: Ints,
    wanted_row: Ints,
    column: Ints,
    min_a: Floats,
    max_a: Floats,
    present: Bools,
    wants_power: Bools,
    keeps_minimum: Bools,
    controllable: Bools,
    reserved_a: Floats,
    ceiling_a: Floats,
    adrift: Bools,
    runaway: Bools,
    before_a: Floats,
    lease_until_s: Floats,
    serial: Ints,
    confirmed_serial: Ints,
    log: Floats,
    value_s: Floats,
    changed_s: Floats,
    fell_s: Floats,
    idle_since_s: Floats,
    served_since_s: Floats,
    now_s: float,
    smoothing: SmoothingRules,
    reserves_in_flight: bool,
    holds_falls: bool,
    lease_s: float,
) -> tuple[Floats, Ints, Bools, Floats, Ints]:
    """Return the limits and since when each session waits and is served (3, n), the causes and binding rows (2, n), which
    changed (n,), the load of every row under the limits and what is reserved (m,), and the EVSEs whose limits go out (k,).

    wanted_*: what the architecture proposes. A session waits that is at zero although it may draw; inf where it does not,
    and where it is not served. holds_falls: small falls that nothing needs may wait.
    """
    smooth_a, held_by = held_back(wanted_a, before_a, min_a, changed_s, fell_s, now_s, smoothing)
    # Without reserves in flight an earlier limit is taken to be gone as soon as a newer one is sent.
    ceiling = ceiling_a if reserves_in_flight else smooth_a
    if reserves_in_flight:
        hold_low(fields, column, ceiling, controllable, reserved_a, (before_a, value_s), smooth_a, held_by)
    limit_a, lowered_by, in_flight, _ = enforced(
        fields, column, smooth_a, controllable, reserved_a, ceiling, min_a, pilot_start, pilots_a
    )
    reasons = causes_of(wanted_cause, wanted_row, held_by, smooth_a, limit_a, lowered_by, in_flight)
    if holds_falls:
        bounds = controllable, reserved_a, max_a, wanted_a
        keep_high(fields, column, bounds, (before_a, changed_s), limit_a, reasons, now_s, smoothing)
    count = limit_a.size
    floats, sent, drawn_a = np.full((3, count), np.inf), np.empty(count, dtype=np.bool_), limit_a.copy()
    serve(floats, limit_a, present, wants_power | keeps_minimum, idle_since_s, served_since_s, now_s)
    for evse in range(count):
        sent[evse] = abs(limit_a[evse] - before_a[evse]) > 1e-9
        if runaway[evse]:
            reasons[0, evse] = DISOBEYED
        elif adrift[evse] and present[evse]:
            reasons[0, evse] = STATION_SILENT
        if runaway[evse] or adrift[evse]:
            drawn_a[evse] = max(drawn_a[evse], reserved_a[evse])
    row_load_a = loads(Grid(*fields), column, drawn_a)
    evses = to_send(sent, lease_until_s, serial, confirmed_serial, log, lease_s, now_s)
    return floats, reasons, sent, row_load_a, evses


@njit(cache=True, inline="always")
def serve(
    floats: Floats,
    limit_a: Floats,
    present: Bools,
    may_draw: Bools,
    idle_since_s: Floats,
    served_since_s: Floats,
    now_s: float,
) -> None:
    """Note each limit and since when its session waits and is served under it, in the three rows of what `limited` returns."""
    for evse in range(limit_a.size):
        floats[0, evse] = limit_a[evse]
        if limit_a[evse] > 0.0:
            if present[evse]:
                floats[2, evse] = min(served_since_s[evse], now_s)
        elif may_draw[evse]:
            floats[1, evse] = min(idle_since_s[evse], now_s)


@njit(cache=True, inline="always")
def held_back(
    wanted_a: Floats,
    before_a: Floats,
    min_a: Floats,
    changed_s: Floats,
    fell_s: Floats,
    now_s: float,
    rules: SmoothingRules,
) -> tuple[Floats, Ints]:
    """Return limits that rise within the rules of `smoothing`, and the cause of each that was held back, -1 elsewhere, (n,).

    rules: ramp in A/s, how far back it climbs at most, how long it gathers before a step, deadband, dwell; 0 switches a
    rule off.
    """
    ramp_a_per_s, memory_s, gather_s, deadband_a, dwell_s = rules
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
                # Half a ramp now would leave less than a deadband, and that waits for a dwell.
                is_early = before > 0.0 and still_s < gather_s - 1e-3
                limit[evse], held_by[evse] = before if is_early else climbed, RAMP
        is_small = limit[evse] - before < deadband_a and before > 0.0
        if deadband_a > 0.0 and is_small and still_s < dwell_s:
            limit[evse], held_by[evse] = before, DEADBAND
        if dwell_s > 0.0 and now_s - fell_s[evse] < dwell_s:
            limit[evse], held_by[evse] = before, DWELL
    return limit, held_by


@njit(cache=True)
def hold_low(
    fields: GridFields,
    column: Ints,
    ceiling_a: Floats,
    controllable: Bools,
    reserved_a: Floats,
    sent: tuple[Floats, Floats],
    smooth_a: Floats,
    held_by: Ints,
) -> None:
    """Hold smooth_a (n,) back where a row may be over its rating under all that may be in force, and note the cause in held_by.

    There a rise below a ceiling that an outlet only may have is one as well: who has not confirmed its limit does not rise, the
    others into what is left beside those at their ceilings and the confirmed limits. sent: the limits sent last, and since when they surely arrived, inf
    for not confirmed, (n,) each.
    """
    grid, (before_a, value_s) = Grid(*fields), sent
    full = loads_full_row(grid, column, np.where(controllable, ceiling_a, reserved_a))
    if not full.any():
        return
    surely = controllable & (value_s < np.inf)
    held_a = np.where(surely, before_a, np.where(controllable, ceiling_a, reserved_a))
    rise_a = np.where(surely, np.maximum(smooth_a - held_a, 0.0), 0.0)
    spaced_a, _ = lowered(grid, column, held_a, rise_a, False)
    for evse in range(smooth_a.size):
        most_a = spaced_a[evse] if surely[evse] else before_a[evse]
        if full[evse] and smooth_a[evse] > max(most_a, before_a[evse]) + 1e-9:
            smooth_a[evse], held_by[evse] = max(most_a, before_a[evse]), IN_FLIGHT


@njit(cache=True)
def keep_high(
    fields: GridFields,
    column: Ints,
    bounds: tuple[Bools, Floats, Floats, Floats],
    sent: tuple[Floats, Floats],
    limit_a: Floats,
    reasons: Ints,
    now_s: float,
    rules: SmoothingRules,
) -> None:
    """Let safe limits (n,) stay where they stood in place of a fall under the deadband that no row needs, and note the cause.

    Only what an architecture shares out waits, for a dwell at most: not what a vehicle, an operator or the envelope asks for.
    A row is safe under what was enforced; where it would be over its rating with all falls on it held, none of them is. A rise
    that waits for others to fall counts as if it were there: it would wait for a dwell otherwise.
    bounds: whom a limit binds, what the others may draw, the most each vehicle may be given, and what is proposed for it.
    sent: the limits sent last, and when each changed, (n,) each.
    """
    grid, (controllable, reserved_a, max_a, wanted_a), (before_a, changed_s) = Grid(*fields), bounds, sent
    deadband_a, dwell_s = rules[3], rules[4]
    kept_a, waits, any_waits = limit_a.copy(), np.zeros(limit_a.size, dtype=np.bool_), False
    for evse in range(limit_a.size):
        if not controllable[evse]:
            kept_a[evse] = max(limit_a[evse], reserved_a[evse])
            continue
        if reasons[0, evse] == IN_FLIGHT:
            kept_a[evse] = max(limit_a[evse], wanted_a[evse])
        fall_a, is_shared = before_a[evse] - limit_a[evse], reasons[0, evse] in (SHARED, PRIORITY)
        is_small = 1e-9 < fall_a < deadband_a and limit_a[evse] > 0.0
        if is_shared and is_small and before_a[evse] <= max_a[evse] and now_s - changed_s[evse] < dwell_s:
            kept_a[evse], waits[evse], any_waits = before_a[evse], True, True
    if not any_waits:
        return
    full = loads_full_row(grid, column, kept_a)
    for evse in range(limit_a.size):
        if waits[evse] and full[evse]:
            kept_a[evse], waits[evse] = limit_a[evse], False
    if not grid.worst_draw and not is_within(grid, column, kept_a):
        return  # at the limits alone a load may grow where a current falls
    for evse in range(limit_a.size):
        if waits[evse]:
            limit_a[evse], reasons[0, evse] = kept_a[evse], DEADBAND


@njit(cache=True, inline="always")
def causes_of(
    wanted_cause: Ints,
    wanted_row: Ints,
    held_by: Ints,
    smooth_a: Floats,
    limit_a: Floats,
    lowered_by: Ints,
    in_flight: Bools,
) -> Ints:
    """Return the cause and the binding row of every limit by the rule that fixed it last, (2, n)."""
    reasons = np.empty((2, limit_a.size), dtype=np.int64)
    for evse in range(limit_a.size):
        cause, row = wanted_cause[evse], wanted_row[evse]
        if held_by[evse] >= 0:
            cause = held_by[evse]
        if limit_a[evse] < smooth_a[evse] - 1e-6:
            cause = PILOT_STEP
            if lowered_by[evse] >= 0:
                cause = IN_FLIGHT if in_flight[evse] else ENVELOPE
                row = lowered_by[evse]
        reasons[0, evse], reasons[1, evse] = cause, row
    return reasons


@njit(cache=True)
def moves_after(changed_s: Floats, fell_s: Floats, before_a: Floats, after_a: Floats, now_s: float) -> Floats:
    """Return when each limit last changed and last fell, (2, n)."""
    result = np.empty((2, changed_s.size))
    for evse in range(changed_s.size):
        rise_a = after_a[evse] - before_a[evse]
        result[0, evse] = now_s if abs(rise_a) > 1e-9 else changed_s[evse]
        result[1, evse] = now_s if rise_a < -1e-9 else fell_s[evse]
    return result

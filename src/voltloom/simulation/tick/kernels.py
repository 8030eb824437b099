"""One step of a run, compiled: what flows, what is measured, and whether any checker has a reason to look closely.

The quick tests suspect too much rather than too little: the checkers themselves find out, and find the words.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numba.extending import register_jitable

from voltloom.decision.reason import Cause
from voltloom.simulation.columns import StationColumns, VehicleColumns, WorldColumns, columns_in
from voltloom.simulation.kernels import HEAT_TO_TRIP, TRIP_AT_ONCE, carry, flow, warm, without_reason
from voltloom.simulation.tick.columns import (
    BECAME_FULL,
    OPENED,
    PILOTS,
    REASONS,
    RECORDS,
    REFUSED,
    SENT,
    SETPOINTS,
    Books,
    Decided,
    DecidedFields,
    LimitBooks,
    RunArrays,
    RunColumns,
    RunFields,
    Watched,
    rows_in,
    run_in,
)
from voltloom.site.network import Floats, Grid, Ints

TOLERANCE_A = 1e-6
TOLERANCE_WH = 1e-3
ENVELOPE = int(Cause.ENVELOPE)
GREATEST_CAUSE = int(max(Cause))

for _function in (columns_in, rows_in, run_in):  # compiled code may call them too
    register_jitable(_function)


@njit(cache=True)
def one_step(step: int, now_s: float, arrays: RunFields, outcome: DecidedFields, is_decided: bool) -> int:
    """Let constant currents flow for a step and note all that is measured; return what happened, as a sum of signs."""
    world, grid, others = arrays
    run = run_in(RunArrays(WorldColumns(*world), Grid(*grid), *others))
    decided = Decided(*outcome)
    vehicles, stations, rows, rules = run.vehicles, run.stations, run.rows, run.rules
    signs = 0
    if flow(vehicles, stations, now_s, rules.step_s) > 0:
        signs |= BECAME_FULL
    ratio = carry(run.grid, vehicles.column, stations.current_a, rows.other_a, rows.load_a)
    opened, overload_a = warm(
        rows.load_a,
        run.grid.rating_a,
        rows.heat_ratio,
        rows.is_open,
        rules.decay_ratio,
        HEAT_TO_TRIP,
        TRIP_AT_ONCE,
    )
    run.books.opened[0] = opened
    if opened >= 0:
        signs |= OPENED
    run.books.max_load_ratio[step] = ratio
    run.books.overload_a_s[0] += overload_a * rules.step_s
    for row in run.books.top_rows:
        run.books.peak_a[0] = max(run.books.peak_a[0], rows.load_a[row])
    note_power(run.books, vehicles, stations, step, now_s)
    if is_decided:
        signs |= note_decision(run.limits, decided, vehicles.visit, now_s, rules.dwell_s)
        signs |= suspect_commands(run.watched, decided, vehicles)
    return signs | suspect_columns(run, decided.after_a, is_decided)


@njit(cache=True, inline="always")
def note_power(
    books: Books, vehicles: VehicleColumns, stations: StationColumns, step: int, now_s: float
) -> None:
    """Note every EVSE's power, their sum, and who draws for the first time."""
    # A field of a bundle costs far more to look up than an array: once before the loop.
    drawn_w, has_drawn, visit = stations.power_w, vehicles.has_drawn, vehicles.visit
    evse_w, first_power_s = books.evse_w, books.first_power_s
    power_w = 0.0
    for evse in range(drawn_w.size):
        power_w += drawn_w[evse]
        evse_w[step, evse] = drawn_w[evse]
        if has_drawn[evse] and np.isnan(first_power_s[visit[evse]]):
            first_power_s[visit[evse]] = now_s
    books.power_w[step] = power_w


@njit(cache=True, inline="always")
def note_decision(limits: LimitBooks, decided: Decided, visit: Ints, now_s: float, dwell_s: float) -> int:
    """Note how limits moved, and the row of the digest; return SENT where a command goes out."""
    count, signs, lowered = visit.size, 0, 0
    sent, cause, after_a, digest, row = (
        decided.sent,
        decided.cause,
        decided.after_a,
        limits.digest,
        decided.row,
    )
    for evse in range(count):
        if sent[evse]:
            signs = SENT
        lowered += cause[evse] == ENVELOPE
        digest[row, evse] = after_a[evse]
        digest[row, count + evse] = 2.0 * cause[evse] + (1.0 if sent[evse] else 0.0)
    limits.counts[2] += lowered
    changes, reversals = count_moves(
        after_a,
        limits.limit_a,
        visit,
        limits.visit,
        limits.direction,
        limits.turned_s,
        now_s,
        dwell_s,
    )
    limits.counts[0] += changes
    limits.counts[1] += reversals
    return signs


@njit(cache=True, inline="always")
def suspect_commands(watched: Watched, decided: Decided, vehicles: VehicleColumns) -> int:
    """Return whether a command may be no pilot, or not what was decided, or a change may lack its reason; forget commands."""
    signs = 0
    before_a, after_a, sent = decided.before_a, decided.after_a, decided.sent
    if without_reason(before_a, after_a, sent, decided.cause, vehicles.is_there, GREATEST_CAUSE) >= 0:
        signs |= REASONS
    is_told, told_a, told = watched.is_told, watched.told_a, 0
    for evse in range(after_a.size):
        if not is_told[evse]:
            if sent[evse] or not abs(after_a[evse] - before_a[evse]) <= TOLERANCE_A:
                signs |= REASONS
            continue
        told += 1
        is_told[evse] = False
        limit_a = told_a[evse]
        if not abs(limit_a - after_a[evse]) <= TOLERANCE_A:
            signs |= REASONS
        if not is_offered(watched, evse, limit_a):
            signs |= PILOTS
    return signs if told == decided.told else signs | REASONS | PILOTS


@njit(cache=True)
def is_offered(watched: Watched, evse: int, limit_a: float) -> bool:
    """Return whether an outlet can offer a current."""
    if limit_a == 0.0 or (watched.least_a[evse] <= limit_a < 0.0):
        return True
    # Not a number is neither above nor below anything.
    if not watched.min_a[evse] - TOLERANCE_A <= limit_a <= watched.max_a[evse] + TOLERANCE_A:
        return False
    first, end = watched.pilot_start[evse], watched.pilot_start[evse + 1]
    if first == end:
        return limit_a < np.inf
    nearest_a = np.inf
    for position in range(first, end):
        nearest_a = min(nearest_a, abs(watched.pilots_a[position] - limit_a))
    return nearest_a <= TOLERANCE_A


@njit(cache=True, inline="always")
def suspect_columns(run: RunColumns, after_a: Floats, is_decided: bool) -> int:
    """Return whether limits may not fit, a register may be wrong, or somebody barred may get power."""
    # A field of a bundle costs far more to look up than an array: once before the loop.
    vehicles, stations = run.vehicles, run.stations
    barred, last_wh = run.watched.barred, run.watched.register_wh
    register_wh, left_wh, is_there = stations.register_wh, vehicles.left_wh, vehicles.is_there
    is_authorised, limit_a = stations.is_authorised, stations.held_a
    held_a, decided_a = np.zeros(after_a.size), np.zeros(after_a.size)
    signs, is_wrong, is_held = 0, False, True
    for evse in range(after_a.size):
        if barred[0, evse] or barred[1, evse]:
            signs |= REFUSED
        if register_wh[evse] < last_wh[evse] or left_wh[evse] < -TOLERANCE_WH:
            is_wrong = True
        if is_there[evse]:
            # What is fed back makes no room for what others draw.
            decided_a[evse] = max(after_a[evse], 0.0)
            if is_authorised[evse]:
                held_a[evse] = max(limit_a[evse], 0.0)
        is_held = is_held and held_a[evse] == decided_a[evse]
    if is_wrong:
        signs |= RECORDS  # whose checker then remembers the registers
    else:
        last_wh[:] = register_wh
    load_a = np.zeros(run.rows.load_a.size)
    grid = judging(run.grid, run.rules.worst_draw)
    if is_decided and not carry(grid, vehicles.column, decided_a, load_a, load_a) <= 1.0 + TOLERANCE_A:
        signs |= SETPOINTS
    if is_decided and is_held and not run.rules.follows_meters:
        return signs  # once more the same limits
    load_a[:] = 0.0
    if run.rules.follows_meters:
        load_a[:] = run.rows.other_a
    if not carry(grid, vehicles.column, held_a, load_a, load_a) <= 1.0 + TOLERANCE_A:
        signs |= SETPOINTS
    return signs


@njit(cache=True, inline="always")
def judging(grid: Grid, worst_draw: bool) -> Grid:
    """Return the grid with the loads that limits are judged by."""
    return Grid(
        grid.start,
        grid.row,
        grid.coefficient,
        grid.group,
        grid.unit_x,
        grid.unit_y,
        grid.row_is_plain,
        grid.rating_a,
        worst_draw,
    )


@njit(cache=True, inline="always")
def count_moves(
    after_a: Floats,
    limit_a: Floats,
    visit: Ints,
    last_visit: Ints,
    direction: Ints,
    turned_s: Floats,
    now_s: float,
    dwell_s: float,
) -> tuple[int, int]:
    """Return how many limits of present vehicles changed, and how many changed back within a dwell time; remember them."""
    changes, reversals = 0, 0
    for evse in range(after_a.size):
        change = after_a[evse] - limit_a[evse]
        limit_a[evse] = after_a[evse]
        if visit[evse] != last_visit[evse]:
            direction[evse] = 0
            last_visit[evse] = visit[evse]
        if abs(change) <= 1e-6 or visit[evse] < 0:
            continue
        changes += 1
        towards = 1 if change > 0.0 else -1
        if direction[evse] * towards < 0 and now_s - turned_s[evse] < dwell_s:
            reversals += 1
        direction[evse] = towards
        turned_s[evse] = now_s
    return changes, reversals

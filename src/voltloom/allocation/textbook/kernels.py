"""Array kernels of the textbook rules: who is served, in which order, how much, and why, in one compiled call each."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.allocation.kernels import CLOSE, divided, explained, round_robin_fill
from voltloom.site.kernels import load_at, pilot_below, reach_at, sums_of
from voltloom.site.network import Bools, Floats, Grid, GridFields, Ints

# acnportal 0.3.3 halves the interval of possible currents until it is this short, and calls what exceeds a rating by
# less than that feasible.
HALVED_TO_A = 0.01
BORNE_A = 1e-5


@njit(cache=True)
def in_order(key: Floats, candidates: Bools) -> Ints:
    """Return the candidates, least key first; equal keys in the order of the EVSEs."""
    chosen = np.flatnonzero(candidates)
    return chosen[np.argsort(key[chosen], kind="mergesort")]


# A call with arrays and a field of a bundle cost far more than the few numbers behind them, because numba counts every
# reference in and out. So helpers of the inner loop take the place of their calls, and fields are looked up before it.
@njit(inline="always")
def _add(sums: Floats, delta_a: float, first: int, end: int, rows: Ints, groups: Ints, part: Floats) -> None:
    """Add a current to the sums of the rows of a column, whose entries are first to end - 1."""
    for entry in range(first, end):
        sums[rows[entry], groups[entry]] += part[entry] * delta_a


@njit(inline="always")
def _bears(
    sums: Floats,
    delta_a: float,
    first: int,
    end: int,
    rows: Ints,
    groups: Ints,
    part: Floats,
    unit_x: Floats,
    unit_y: Floats,
    every_draw: Bools,
    rating_a: Floats,
) -> bool:
    """Return whether every row bears so much more current in a column, as far as the published simulator minds."""
    _add(sums, delta_a, first, end, rows, groups, part)
    bears = True
    for entry in range(first, end):
        row = rows[entry]
        bears = bears and load_at(sums, unit_x, unit_y, row, every_draw[row]) <= rating_a[row] + BORNE_A
    _add(sums, -delta_a, first, end, rows, groups, part)
    return bears


@njit(cache=True)
def halved_fill(
    grid: Grid,
    columns: Ints,
    start_a: Floats,
    order: Ints,
    min_a: Floats,
    upper_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
) -> tuple[Floats, Ints]:
    """Give each in turn as much as fits, found as the published simulator finds it; shapes as in `kernels.greedy_fill`.

    Where the upper bound does not fit, the interval up to it is halved until it is short, and its lower end is given.
    With listed pilots it is the largest that fits.
    """
    start, rows, groups, part = grid.start, grid.row, grid.group, grid.coefficient
    unit_x, unit_y, rating_a = grid.unit_x, grid.unit_y, grid.rating_a
    every = np.logical_and(grid.worst_draw, ~grid.row_is_plain)
    current = start_a.copy()
    binding = np.full(columns.size, -1, dtype=np.int64)
    sums, rise = sums_of(grid, columns, start_a), np.zeros(3)
    for evse in order:
        first, end = start[columns[evse]], start[columns[evse] + 1]
        base, upper = current[evse], upper_a[evse]
        room, binding_row = np.inf, -1
        for entry in range(first, end):
            row = rows[entry]
            rise[groups[entry]] = part[entry]
            reach = reach_at(sums, rise, unit_x, unit_y, row, rating_a[row], every[row])
            rise[groups[entry]] = 0.0
            if reach < room:
                room, binding_row = reach, row
        if base + room < upper - CLOSE:
            binding[evse] = binding_row
        if pilot_start[evse] < pilot_start[evse + 1]:
            wanted = min(upper, base + room)
            given = max(base, pilot_below(pilot_start, pilots_a, evse, wanted, min_a[evse]))
        else:
            whole = upper - base
            step, count, steps = whole, 1.0, 0.0
            while step > HALVED_TO_A:
                step, count = step / 2.0, count * 2.0
            if _bears(sums, whole, first, end, rows, groups, part, unit_x, unit_y, every, rating_a):
                step, steps = whole, 1.0
            elif count > 1.0:
                steps = min(np.floor(room / step), count - 1.0)
                more = (steps + 1.0) * step
                if steps < count - 1.0 and _bears(
                    sums, more, first, end, rows, groups, part, unit_x, unit_y, every, rating_a
                ):
                    steps += 1.0
            given = base + steps * step
            if given < min_a[evse] - CLOSE:
                given = base
        _add(sums, given - base, first, end, rows, groups, part)
        current[evse] = given
    return current, binding


@njit(cache=True)
def textbook_shares(
    fields: GridFields,
    columns: Ints,
    key: Floats,
    controllable: Bools,
    wants_power: Bools,
    keeps_minimum: Bools,
    reserved_a: Floats,
    requested_wh: Floats,
    delivered_wh: Floats,
    w_per_a: Floats,
    min_a: Floats,
    max_a: Floats,
    is_dynamic: Bools,
    idle_cause: Ints,
    setpoint_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
    periods_per_hour: float,
    step_a: float,
    limited_by: int,
    causes: Ints,
) -> tuple[Floats, Ints]:
    """Return proposed currents (n,), and their causes and binding rows (2, n).

    key: who comes first. step_a: by equal steps in turn; 0 for the most that fits, one after another. The rest as in
    `kernels.divided` and `kernels.explained`.
    """
    grid = Grid(*fields)
    candidates, courtesy, fixed, upper = divided(
        controllable,
        wants_power,
        keeps_minimum,
        reserved_a,
        requested_wh - delivered_wh,
        periods_per_hour / w_per_a,
        min_a,
        max_a,
        True,
    )
    order = in_order(key, candidates)
    if step_a > 0.0:
        current, row = round_robin_fill(grid, columns, fixed, order, upper, pilot_start, pilots_a, step_a)
    else:
        current, row = halved_fill(grid, columns, fixed, order, min_a, upper, pilot_start, pilots_a)
    proposed, cause, binding = explained(
        current,
        upper,
        candidates,
        courtesy,
        controllable,
        is_dynamic,
        idle_cause,
        setpoint_a,
        row,
        limited_by,
        causes,
    )
    reasons = np.empty((2, key.size), dtype=np.int64)
    reasons[0], reasons[1] = cause, binding
    return proposed, reasons

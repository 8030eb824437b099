"""Array kernels of the textbook rules: who is served, in which order, how much, and why, in one compiled call each."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.allocation.kernels import CLOSE, divided, explained, round_robin_fill
from voltloom.site.kernels import add_current, load_of_row, pilot_below, room_of, sums_of
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


@njit(cache=True)
def _bears(grid: Grid, sums: Floats, column: int, delta_a: float) -> bool:
    """Return whether every row bears so much more current in a column, as far as the published simulator minds."""
    add_current(grid, sums, column, delta_a)
    bears = True
    for entry in range(grid.start[column], grid.start[column + 1]):
        row = grid.row[entry]
        bears = bears and load_of_row(grid, sums, row) <= grid.rating_a[row] + BORNE_A
    add_current(grid, sums, column, -delta_a)
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
    current = start_a.copy()
    binding = np.full(columns.size, -1, dtype=np.int64)
    sums = sums_of(grid, columns, start_a)
    for evse in order:
        column, base, upper = columns[evse], current[evse], upper_a[evse]
        room, row = room_of(grid, sums, column)
        if base + room < upper - CLOSE:
            binding[evse] = row
        if pilot_start[evse] < pilot_start[evse + 1]:
            wanted = min(upper, base + room)
            given = max(base, pilot_below(pilot_start, pilots_a, evse, wanted, min_a[evse]))
        else:
            step, count = upper - base, 1.0
            while step > HALVED_TO_A:
                step, count = step / 2.0, count * 2.0
            steps = 0.0
            if _bears(grid, sums, column, upper - base):
                step, steps = upper - base, 1.0
            elif count > 1.0:
                steps = min(np.floor(room / step), count - 1.0)
                if steps < count - 1.0 and _bears(grid, sums, column, (steps + 1.0) * step):
                    steps += 1.0
            given = base + steps * step
            if given < min_a[evse] - CLOSE:
                given = base
        add_current(grid, sums, column, given - base)
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

"""Array kernels over the grid: how loaded a row is, and how much more a column may draw.

`sums` is (m, 3): per row and angle group the arithmetic sum of the currents. Everything is compiled; the same
kernels serve the live cycle, the simulated one and the sweeps.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from voltloom.site.network import Bools, Floats, Grid, Ints

ROUNDING_RATIO = 1e-12  # of a squared current


@njit(cache=True)
def sums_of(grid: Grid, columns: Ints, current_a: Floats) -> Floats:
    """Return the group sums (m, 3) of currents (n,) flowing in the given columns."""
    start, rows, groups, coefficient = grid.start, grid.row, grid.group, grid.coefficient
    sums = np.zeros((grid.rating_a.size, 3))
    for evse in range(columns.size):
        if current_a[evse] != 0.0:
            for entry in range(start[columns[evse]], start[columns[evse] + 1]):
                sums[rows[entry], groups[entry]] += coefficient[entry] * current_a[evse]
    return sums


@njit(cache=True, forceinline=True)
def add_current(grid: Grid, sums: Floats, column: int, delta_a: float) -> None:
    """Add a current to the sums of every row its column loads."""
    rows, groups, coefficient = grid.row, grid.group, grid.coefficient
    for entry in range(grid.start[column], grid.start[column + 1]):
        sums[rows[entry], groups[entry]] += coefficient[entry] * delta_a


@njit(cache=True, inline="always")
def load_at(sums: Floats, unit_x: Floats, unit_y: Floats, row: int, every_draw: bool) -> float:
    """Return a row's load as `load_of_row` does, from arrays alone."""
    x0, y0 = sums[row, 0] * unit_x[row, 0], sums[row, 0] * unit_y[row, 0]
    x1, y1 = sums[row, 1] * unit_x[row, 1], sums[row, 1] * unit_y[row, 1]
    x2, y2 = sums[row, 2] * unit_x[row, 2], sums[row, 2] * unit_y[row, 2]
    worst = math.hypot(x0 + x1 + x2, y0 + y1 + y2)
    if every_draw:
        worst = max(worst, math.hypot(x0 + x1, y0 + y1), math.hypot(x0 + x2, y0 + y2))
        worst = max(worst, math.hypot(x1 + x2, y1 + y2), sums[row, 0], sums[row, 1], sums[row, 2])
    return worst


@njit(cache=True)
def load_of_row(grid: Grid, sums: Floats, row: int) -> float:
    """Return a row's load: at the setpoints, or the worst over every draw up to them."""
    return load_at(sums, grid.unit_x, grid.unit_y, row, grid.worst_draw and not grid.row_is_plain[row])


@njit(cache=True)
def loads_of(grid: Grid, sums: Floats) -> Floats:
    """Return the load (m,) of every row under its group sums (m, 3)."""
    unit_x, unit_y, is_plain, worst_draw = grid.unit_x, grid.unit_y, grid.row_is_plain, grid.worst_draw
    result = np.empty(len(sums))
    for row in range(result.size):
        result[row] = load_at(sums, unit_x, unit_y, row, worst_draw and not is_plain[row])
    return result


@njit(cache=True)
def loads(grid: Grid, columns: Ints, current_a: Floats) -> Floats:
    """Return the load (m,) of every row under currents (n,)."""
    return loads_of(grid, sums_of(grid, columns, current_a))


@njit(cache=True)
def rows_under(grid: Grid, columns: Ints, chosen: Bools) -> Bools:
    """Return which rows any of the chosen EVSEs (n,) loads, (m,)."""
    result = np.zeros(grid.rating_a.size, dtype=np.bool_)
    for evse in range(chosen.size):
        if chosen[evse]:
            for entry in range(grid.start[columns[evse]], grid.start[columns[evse] + 1]):
                result[grid.row[entry]] = True
    return result


@njit(cache=True, forceinline=True)
def _reach(x: float, y: float, step_x: float, step_y: float, radius: float) -> float:
    """Return how often a step can be added to a phasor before its length passes a radius; 0 if it is past.

    A phasor on the circle, to rounding, is not past it: a step that leads back inside has room.
    """
    length = step_x * step_x + step_y * step_y
    if length <= 0.0:
        return np.inf
    excess = x * x + y * y - radius * radius
    if excess > ROUNDING_RATIO * radius * radius or radius <= 0.0:
        return 0.0
    excess = min(excess, 0.0)
    along = x * step_x + y * step_y
    return max(0.0, (-along + math.sqrt(along * along - length * excess)) / length)


@njit(cache=True, inline="always")
def reach_at(
    sums: Floats,
    rise: Floats,
    unit_x: Floats,
    unit_y: Floats,
    row: int,
    rating_a: float,
    every_draw: bool,
) -> float:
    """Return a row's reach as `reach_of_row` does, from arrays alone."""
    reach = np.inf
    for subset in range(7, 0, -1):
        x = y = step_x = step_y = 0.0
        for group in range(3):
            if subset >> group & 1:
                x += sums[row, group] * unit_x[row, group]
                y += sums[row, group] * unit_y[row, group]
                step_x += rise[group] * unit_x[row, group]
                step_y += rise[group] * unit_y[row, group]
        reach = min(reach, _reach(x, y, step_x, step_y, rating_a))
        if not every_draw:
            break
    return reach


@njit(cache=True)
def reach_of_row(grid: Grid, sums: Floats, rise: Floats, row: int) -> float:
    """Return how often a rise (3,) of a row's group sums fits before the row is full.

    With worst draws every subset of groups must stay within the rating, otherwise only their full sum.
    """
    every_draw = grid.worst_draw and not grid.row_is_plain[row]
    return reach_at(sums, rise, grid.unit_x, grid.unit_y, row, grid.rating_a[row], every_draw)


@njit(cache=True, forceinline=True)
def room_of(grid: Grid, sums: Floats, column: int) -> tuple[float, int]:
    """Return how much more current a column may draw, and the row that binds (-1 for none)."""
    rows, groups, coefficient, rating_a = grid.row, grid.group, grid.coefficient, grid.rating_a
    unit_x, unit_y, is_plain, worst_draw = grid.unit_x, grid.unit_y, grid.row_is_plain, grid.worst_draw
    room, binding = np.inf, -1
    rise = np.zeros(3)
    for entry in range(grid.start[column], grid.start[column + 1]):
        row = rows[entry]
        rise[groups[entry]] = coefficient[entry]
        every_draw = worst_draw and not is_plain[row]
        reach = reach_at(sums, rise, unit_x, unit_y, row, rating_a[row], every_draw)
        rise[groups[entry]] = 0.0
        if reach < room:
            room, binding = reach, row
    return room, binding


@njit(cache=True, inline="always")
def pilot_below(pilot_start: Ints, pilots_a: Floats, evse: int, limit_a: float, min_a: float) -> float:
    """Return the largest current an EVSE can offer that is at most a limit: 0 or at least its minimum.

    An EVSE without listed pilots offers any current from its minimum up.
    """
    if limit_a < min_a - 1e-9:
        return 0.0
    if pilot_start[evse] == pilot_start[evse + 1]:
        return limit_a
    for position in range(pilot_start[evse + 1] - 1, pilot_start[evse] - 1, -1):
        pilot: float = pilots_a[position]
        if pilot <= limit_a + 1e-9 and pilot >= min_a - 1e-9:
            return pilot
    return 0.0

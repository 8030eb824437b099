"""The safety envelope: outside every architecture, last in the cycle, and it only lowers.

It knows nothing of who asked for what. It takes limits that somebody wants and what may still be drawn under limits
given earlier, and returns limits under which no circuit, cabinet or phasor row is over its rating on any phase,
whatever each vehicle draws up to its limit. The argument:

1. A controllable EVSE draws at most the limit it holds. An uncontrollable one is counted at `fixed_a`.
2. `wanted` is lowered until the worst load of wanted and fixed currents together is within every rating.
3. A limit sent earlier may still be in force (`ceiling_a`: the most that may still be drawn). What rises above
   its ceiling is lowered until the worst load of all ceilings plus the rises is within every rating: lower first,
   wait for the effect, then raise. Where the ceilings alone are over (a rating was cut), nothing rises.
4. Where the uncontrollable ones alone are over, those of them that load such a row are told to stop: most vehicles
   that take more than they are offered still take nothing when offered nothing.
5. Rounding to pilots only lowers, and worst loads never grow when a current falls.
6. A limit that stands a little higher afterwards, because a small fall waits (`controller.limiting.kernels.keep_high`), does so only
   where 2 holds for all such limits together; it is no rise, so 3 does not ask.

So at every moment each EVSE draws at most max(ceiling, limit), which 3 keeps within the ratings unless a rating fell
under what was already allowed; then 2 makes the limits fit the new rating at once.

`enforced` is the whole of it; what stands before it are its parts. Array kernels, compiled; each returns new arrays.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.site.kernels import loads, loads_of, pilot_below, reach_of_row, sums_of
from voltloom.site.network import Bools, Floats, Grid, GridFields, Ints

TOLERANCE_A = 1e-6  # rounding only; no fuse knows a microampere


@njit(cache=True)
def unexplained_draw(
    grid: Grid, columns: Ints, unheard: Bools, unexplained_a: Floats, usable: Bools
) -> Floats:
    """Return the most each unheard EVSE can be drawing by what meters above it show and nobody explains, (n,).

    unexplained_a (m,): what usable (m,) meters tell beyond the outlets heard and the most that other load was planned
    to take. 0 for EVSEs that were heard, and for those with no usable meter above them: nobody sees those.
    """
    result = np.zeros(unheard.size)
    for evse in range(unheard.size):
        if not unheard[evse]:
            continue
        least_a = np.inf
        for entry in range(grid.start[columns[evse]], grid.start[columns[evse] + 1]):
            row = grid.row[entry]
            if usable[row] and grid.coefficient[entry] > 0.0:
                least_a = min(least_a, unexplained_a[row] / grid.coefficient[entry])
        if least_a < np.inf:
            result[evse] = max(least_a, 0.0)
    return result


@njit(cache=True)
def lowered(
    grid: Grid, columns: Ints, base_a: Floats, movable_a: Floats, by_magnitude: bool
) -> tuple[Floats, Ints]:
    """Return base + the part of movable that fits every row, (n,), and the row that lowered each (-1 for none).

    Each row finds the share of all movable current on it that fits beside the base; an EVSE takes the least share
    of the rows it loads. A worst-draw load never falls when a current rises, so what fits each row alone fits all
    of them together. Loads at the setpoints only have no such order; `by_magnitude` takes the sum of magnitudes
    instead, which is never less than the load and has it.
    """
    total = base_a + movable_a
    lowered_by = np.full(total.size, -1, dtype=np.int64)
    full = sums_of(grid, columns, total)
    # A field of a bundle costs far more to look up than an array: once before the loops.
    rating_a, start, rows = grid.rating_a, grid.start, grid.row
    load_a = loads_of(grid, full)
    share = np.ones(rating_a.size)
    base = full
    tight = False
    for row in range(share.size):
        load = full[row].sum() if by_magnitude else load_a[row]
        if load <= rating_a[row] + TOLERANCE_A:
            continue
        if not tight:
            base = sums_of(grid, columns, base_a)
        tight = True
        if by_magnitude:
            moving = full[row].sum() - base[row].sum()
            share[row] = (rating_a[row] - base[row].sum()) / moving if moving > 0.0 else 0.0
        else:
            share[row] = reach_of_row(grid, base, full[row] - base[row], row)
        share[row] = min(1.0, max(0.0, share[row]))
    if not tight:
        return total, lowered_by
    for evse in range(total.size):
        if movable_a[evse] <= 0.0:
            continue
        least = 1.0
        for entry in range(start[columns[evse]], start[columns[evse] + 1]):
            if share[rows[entry]] < least:
                least = share[rows[entry]]
                lowered_by[evse] = rows[entry]
        total[evse] = base_a[evse] + least * movable_a[evse]
    return total, lowered_by


@njit(cache=True)
def is_within(grid: Grid, columns: Ints, current_a: Floats) -> bool:
    """Return whether no row is over its rating."""
    is_over = loads(grid, columns, current_a) > np.maximum(grid.rating_a, 0.0) + TOLERANCE_A
    return not is_over.any()


@njit(cache=True)
def loads_full_row(grid: Grid, columns: Ints, current_a: Floats) -> Bools:
    """Return whether each EVSE loads a row that is over its rating under these currents, (n,)."""
    is_over = loads(grid, columns, current_a) > np.maximum(grid.rating_a, 0.0) + TOLERANCE_A
    start, rows = grid.start, grid.row
    result = np.zeros(current_a.size, dtype=np.bool_)
    for evse in range(result.size):
        for entry in range(start[columns[evse]], start[columns[evse] + 1]):
            result[evse] = result[evse] or is_over[rows[entry]]
    return result


@njit(cache=True)
def _fitting(
    grid: Grid,
    columns: Ints,
    base_a: Floats,
    movable_a: Floats,
    min_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
) -> tuple[Floats, Ints]:
    """Return base + movable lowered into the ratings and rounded down to pilots, and the row that lowered each."""
    limit, lowered_by = lowered(grid, columns, base_a, movable_a, False)
    for attempt in range(2):
        for evse in range(limit.size):
            if movable_a[evse] > 0.0:
                limit[evse] = pilot_below(pilot_start, pilots_a, evse, limit[evse], min_a[evse])
        if grid.worst_draw or attempt == 1 or is_within(grid, columns, np.maximum(limit, base_a)):
            break
        limit, lowered_by = lowered(grid, columns, base_a, movable_a, True)
    return limit, lowered_by


@njit(cache=True, inline="always")
def enforced(
    fields: GridFields,
    columns: Ints,
    wanted_a: Floats,
    controllable: Bools,
    fixed_a: Floats,
    ceiling_a: Floats,
    min_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
) -> tuple[Floats, Ints, Bools, bool]:
    """Return limits (n,) that overload nothing and are nowhere above wanted_a; the row that lowered each, or -1 (n,); whether
    it was lowered only because others have not confirmed a lower limit yet (n,); and whether even the fixed currents
    alone are within every rating: if not, that is an alarm no limit can mend. Steps 2 to 4 of the argument above.

    fields: of the grid, with ratings as they may be used now. columns: phases each vehicle uses. controllable: will follow
    the limit sent now. fixed_a: the most the others may draw. ceiling_a: the most a controllable EVSE may still draw under
    limits given earlier. min_a: least current of vehicle and outlet; results are 0 or at least that.
    """
    grid = Grid(*fields)
    count = wanted_a.size
    fixed, wanted, any_fixed = np.zeros(count), np.zeros(count), False
    for evse in range(count):
        if controllable[evse]:
            wanted[evse] = max(wanted_a[evse], 0.0)
        else:
            fixed[evse] = fixed_a[evse]
            any_fixed = True
    limit, lowered_by = _fitting(grid, columns, fixed, wanted, min_a, pilot_start, pilots_a)
    fits = not any_fixed or is_within(grid, columns, fixed)
    in_flight = np.zeros(count, dtype=np.bool_)
    ceiling, rise = np.zeros(count), np.zeros(count)
    rises = False
    for evse in range(count):
        if not controllable[evse]:
            held = min(wanted_a[evse], fixed_a[evse])
            limit[evse] = pilot_below(pilot_start, pilots_a, evse, held, min_a[evse])
            ceiling[evse] = fixed_a[evse]
            continue
        limit[evse] = min(limit[evse], wanted[evse])
        ceiling[evse] = ceiling_a[evse]
        if limit[evse] > ceiling[evse]:
            rise[evse] = limit[evse] - ceiling[evse]
            rises = True
    if not fits:
        full = loads_full_row(grid, columns, fixed)
        for evse in range(count):
            if full[evse] and not controllable[evse]:
                limit[evse] = 0.0
    if rises:
        spaced, spaced_by = _fitting(grid, columns, ceiling, rise, min_a, pilot_start, pilots_a)
        for evse in range(count):
            if rise[evse] > 0.0 and spaced[evse] < limit[evse] - 1e-9:
                in_flight[evse] = True
                lowered_by[evse] = spaced_by[evse]
                limit[evse] = spaced[evse]
    return limit, lowered_by, in_flight, fits

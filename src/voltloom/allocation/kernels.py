"""Array kernels of the allocation rules, over EVSE columns. Compiled; each returns new arrays.

Shared inputs: `columns` (n,) grid column of each EVSE; `fixed_a` (n,) currents that are not up for division (silent,
disobedient EVSEs), 0 elsewhere; `order` EVSEs by priority, first served first.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.site.kernels import add_current, load_of_row, pilot_below, reach_of_row, room_of, sums_of
from voltloom.site.network import Bools, Floats, Grid, Ints

CLOSE = 1e-9


@njit(cache=True)
def laxities(
    requested_wh: Floats,
    delivered_wh: Floats,
    departure_s: Floats,
    max_a: Floats,
    w_per_a: Floats,
    now_s: float,
    assumed: tuple[float, float, float],
) -> Floats:
    """Return how long each session could be left without power and still be served in time, (n,).

    assumed: the need of one who told none, the least of it that is always left, and seconds per hour.
    """
    laxity = np.empty(requested_wh.size)
    for evse in range(laxity.size):
        need_wh = max(requested_wh[evse] - delivered_wh[evse], 0.0)
        if not need_wh < np.inf:
            need_wh = max(assumed[1], assumed[0] - delivered_wh[evse])
        laxity[evse] = departure_s[evse] - now_s - need_wh * assumed[2] / (max_a[evse] * w_per_a[evse])
    return laxity


@njit(cache=True)
def divided(
    controllable: Bools,
    wants_power: Bools,
    keeps_minimum: Bools,
    reserved_a: Floats,
    need_wh: Floats,
    a_per_wh: Floats,
    min_a: Floats,
    max_a: Floats,
    whole_periods: bool,
) -> tuple[Bools, Bools, Floats, Floats]:
    """Return candidates, those of courtesy, fixed currents and upper bounds, (n,) each (see `sharing.Division`).

    a_per_wh: (n,) the current that delivers one watt-hour in a period.
    """
    count = controllable.size
    candidates = np.zeros(count, dtype=np.bool_)
    courtesy = np.zeros(count, dtype=np.bool_)
    fixed = np.zeros(count)
    upper = np.zeros(count)
    for evse in range(count):
        if not controllable[evse]:
            fixed[evse] = reserved_a[evse]
        elif wants_power[evse] or keeps_minimum[evse]:
            candidates[evse] = True
            courtesy[evse] = keeps_minimum[evse] and not whole_periods
        upper[evse] = min(max_a[evse], max(need_wh[evse], 0.0) * a_per_wh[evse])
        if courtesy[evse]:
            upper[evse] = min_a[evse]
        elif not whole_periods:
            upper[evse] = max(upper[evse], min_a[evse])
    return candidates, courtesy, fixed, upper


@njit(cache=True)
def explained(
    current_a: Floats,
    upper_a: Floats,
    candidates: Bools,
    courtesy: Bools,
    controllable: Bools,
    is_dynamic: Bools,
    idle_cause: Ints,
    setpoint_a: Floats,
    binding_row: Ints,
    limited_by: int,
    causes: Ints,
) -> tuple[Floats, Ints, Ints]:
    """Return proposed currents, their causes and binding rows, (n,) each.

    causes: the numbers for at its own maximum, a fixed allocation, waiting below the minimum, and out of control; then
    the idle causes that bar an EVSE from any current. Out of control, it is told to stay where it is or, barred, to stop.
    """
    at_maximum, fixed, below, silent = causes[0], causes[1], causes[2], causes[3]
    proposed = np.zeros(current_a.size)
    cause = idle_cause.copy()
    binding = np.full(current_a.size, -1, dtype=np.int64)
    for evse in range(current_a.size):
        if not controllable[evse]:
            is_barred = (causes[4:] == idle_cause[evse]).any()
            proposed[evse], cause[evse] = 0.0 if is_barred else setpoint_a[evse], silent
            continue
        if not candidates[evse]:
            continue
        proposed[evse] = current_a[evse]
        at_most = current_a[evse] >= upper_a[evse] - 1e-6
        if not at_most:
            binding[evse] = binding_row[evse]
        if courtesy[evse]:
            continue
        if current_a[evse] <= 0.0:
            cause[evse] = below
        elif not is_dynamic[evse]:
            cause[evse] = fixed
        else:
            cause[evse] = at_maximum if at_most else limited_by
    return proposed, cause, binding


@njit(cache=True)
def admitted(grid: Grid, columns: Ints, fixed_a: Floats, order: Ints, min_a: Floats) -> tuple[Bools, Ints]:
    """Return who can have their minimum together, taken in order, (n,), and the row that kept each out (-1)."""
    sums = sums_of(grid, columns, fixed_a)
    chosen = np.zeros(columns.size, dtype=np.bool_)
    binding = np.full(columns.size, -1, dtype=np.int64)
    for evse in order:
        room, row = room_of(grid, sums, columns[evse])
        if room >= min_a[evse] - CLOSE:
            chosen[evse] = True
            add_current(grid, sums, columns[evse], min_a[evse])
        else:
            binding[evse] = row
    return chosen, binding


@njit(cache=True)
def greedy_fill(
    grid: Grid,
    columns: Ints,
    start_a: Floats,
    order: Ints,
    min_a: Floats,
    upper_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
) -> tuple[Floats, Ints]:
    """Give each in turn as much as fits: currents (n,) and the row that binds each (-1 at its upper bound).

    start_a: (n,) what everybody holds from the beginning (fixed currents, admitted minimums). A result is 0, or at
    least the EVSE's minimum and one of its pilots.
    """
    current = start_a.copy()
    binding = np.full(columns.size, -1, dtype=np.int64)
    sums = sums_of(grid, columns, start_a)
    for evse in order:
        room, row = room_of(grid, sums, columns[evse])
        wanted = min(upper_a[evse], current[evse] + room)
        given = max(current[evse], pilot_below(pilot_start, pilots_a, evse, wanted, min_a[evse]))
        if current[evse] + room < upper_a[evse] - CLOSE:
            binding[evse] = row
        add_current(grid, sums, columns[evse], given - current[evse])
        current[evse] = given
    return current, binding


@njit(cache=True)
def _overloads(grid: Grid, sums: Floats, column: int, delta_a: float) -> int:
    """Add a current to the sums if every row bears it; return the first row that does not (-1: added)."""
    add_current(grid, sums, column, delta_a)
    for entry in range(grid.start[column], grid.start[column + 1]):
        row = grid.row[entry]
        if load_of_row(grid, sums, row) > grid.rating_a[row] + CLOSE:
            add_current(grid, sums, column, -delta_a)
            return int(row)
    return -1


@njit(cache=True)
def _sure_rounds(
    grid: Grid,
    columns: Ints,
    sums: Floats,
    order: Ints,
    running: Bools,
    steps_left: Ints,
    step_a: float,
) -> int:
    """Return how many whole rounds of one step for everybody surely fit: also by the sum of magnitudes."""
    rise = np.zeros(sums.shape)
    rounds = -1
    for evse in order:
        if running[evse]:
            rounds = steps_left[evse] if rounds < 0 else min(rounds, steps_left[evse])
            add_current(grid, rise, columns[evse], step_a)
    for row in range(grid.rating_a.size):
        each = rise[row, 0] + rise[row, 1] + rise[row, 2]
        if each > 0.0:
            rounds = min(rounds, int((grid.rating_a[row] - load_of_row(grid, sums, row)) / each) - 1)
    return max(0, rounds)


@njit(cache=True)
def round_robin_fill(
    grid: Grid,
    columns: Ints,
    start_a: Floats,
    order: Ints,
    upper_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
    step_a: float,
) -> tuple[Floats, Ints]:
    """Give each in turn one step more until nobody's next step fits (the textbook round robin).

    An EVSE with pilots steps from pilot to pilot, one without by step_a. Rounds that surely fit for everybody are
    taken in one leap.
    """
    current = start_a.copy()
    level = np.zeros(columns.size, dtype=np.int64)
    steps_left = np.zeros(columns.size, dtype=np.int64)
    binding = np.full(columns.size, -1, dtype=np.int64)
    running = np.zeros(columns.size, dtype=np.bool_)
    running[order] = True
    by_steps = pilots_a.size == 0
    sums = sums_of(grid, columns, start_a)
    moved = True
    while moved:
        moved = False
        if by_steps:
            for evse in order:
                steps_left[evse] = int((upper_a[evse] + CLOSE - start_a[evse]) / step_a) - level[evse]
            leap = _sure_rounds(grid, columns, sums, order, running, steps_left, step_a)
            for evse in order:
                if running[evse] and leap > 0:
                    level[evse] += leap
                    wanted = start_a[evse] + level[evse] * step_a
                    add_current(grid, sums, columns[evse], wanted - current[evse])
                    current[evse] = wanted
        for evse in order:
            if not running[evse]:
                continue
            level[evse] += 1
            begin = pilot_start[evse]
            count = pilot_start[evse + 1] - begin
            if count > 0:
                wanted = pilots_a[begin + level[evse]] if level[evse] < count else np.inf
            else:
                wanted = start_a[evse] + level[evse] * step_a
            moved = True
            if wanted > upper_a[evse] + CLOSE:
                running[evse] = False
                continue
            row = _overloads(grid, sums, columns[evse], wanted - current[evse])
            if row >= 0:
                running[evse] = False
                binding[evse] = row
                continue
            current[evse] = wanted
    return current, binding


@njit(cache=True)
def max_min_fill(
    grid: Grid,
    columns: Ints,
    start_a: Floats,
    members: Ints,
    weight: Floats,
    upper_a: Floats,
) -> tuple[Floats, Ints]:
    """Divide by weighted lexicographic max-min: nobody's share per weight can grow without a smaller one shrinking.

    members: the EVSEs to divide among; they hold start_a (their minimum) whatever the level. A common level rises;
    a member rises with it once level * weight passes its start, and stops at its upper bound or when a row it loads
    is full. Returns currents (n,) and the row that stopped each (-1 at its upper bound). Exact for linear rows; for
    phasor rows members are stopped when more of their current would lengthen the full phasor.
    """
    current = start_a.copy()
    binding = np.full(columns.size, -1, dtype=np.int64)
    sums = sums_of(grid, columns, start_a)
    running = np.zeros(columns.size, dtype=np.bool_)
    for evse in members:
        running[evse] = upper_a[evse] > current[evse] + CLOSE
    level = 0.0
    for _ in range(4 * members.size + 4):
        # The members that rise now, and how far the level can go before one joins or reaches its bound.
        rise = np.zeros(sums.shape)
        span = np.inf
        rising = 0
        for evse in members:
            if not running[evse]:
                continue
            start = current[evse] / weight[evse]
            if start > level + CLOSE:
                span = min(span, start - level)
                continue
            rising += 1
            span = min(span, upper_a[evse] / weight[evse] - level)
            add_current(grid, rise, columns[evse], weight[evse])
        if rising == 0 and span == np.inf:
            break
        full_row = -1
        if rising > 0:
            for row in range(grid.rating_a.size):
                if rise[row, 0] + rise[row, 1] + rise[row, 2] > 0.0:
                    reach = reach_of_row(grid, sums, rise[row], row)
                    if reach < span:
                        span, full_row = reach, row
        for evse in members:
            if running[evse] and current[evse] / weight[evse] <= level + CLOSE:
                current[evse] = min(upper_a[evse], weight[evse] * (level + span))
                if current[evse] >= upper_a[evse] - CLOSE:
                    running[evse] = False
        level += span
        sums = sums_of(grid, columns, current)
        if full_row >= 0:
            _stop_at(grid, columns, members, sums, full_row, current, weight, level, running, binding)
    return current, binding


@njit(cache=True)
def _stop_at(
    grid: Grid,
    columns: Ints,
    members: Ints,
    sums: Floats,
    full_row: int,
    current: Floats,
    weight: Floats,
    level: float,
    running: Bools,
    binding: Ints,
) -> None:
    """Stop the rising members that load a full row; those it would only relieve go on if any other could stop."""
    x = y = 0.0
    for group in range(3):
        x += sums[full_row, group] * grid.unit_x[full_row, group]
        y += sums[full_row, group] * grid.unit_y[full_row, group]
    for lengthening_only in (True, False):
        stopped = False
        for evse in members:
            if not running[evse] or current[evse] / weight[evse] > level + CLOSE:
                continue
            for entry in range(grid.start[columns[evse]], grid.start[columns[evse] + 1]):
                if grid.row[entry] != full_row:
                    continue
                group = grid.group[entry]
                along = x * grid.unit_x[full_row, group] + y * grid.unit_y[full_row, group]
                if along > 0.0 or not lengthening_only:
                    running[evse] = False
                    binding[evse] = full_row
                    stopped = True
        if stopped:
            return


@njit(cache=True)
def quantised(
    grid: Grid,
    columns: Ints,
    wanted_a: Floats,
    order: Ints,
    min_a: Floats,
    upper_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
) -> Floats:
    """Round currents down to pilots, then give what that freed in rounds of one pilot each, in order, while it fits.

    wanted_a: (n,) every current of the site; only those in `order` are rounded.
    """
    current = wanted_a.copy()
    for evse in order:
        current[evse] = pilot_below(pilot_start, pilots_a, evse, wanted_a[evse], min_a[evse])
    sums = sums_of(grid, columns, current)
    gave = True
    while gave:
        gave = False
        for evse in order:
            for position in range(pilot_start[evse], pilot_start[evse + 1]):
                pilot = pilots_a[position]
                if pilot <= current[evse] + CLOSE or pilot < min_a[evse] - CLOSE:
                    continue
                room, _ = room_of(grid, sums, columns[evse])
                if pilot <= upper_a[evse] + CLOSE and pilot - current[evse] <= room:
                    add_current(grid, sums, columns[evse], pilot - current[evse])
                    current[evse] = pilot
                    gave = True
                break
    return current

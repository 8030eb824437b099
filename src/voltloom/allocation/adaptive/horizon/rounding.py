"""The first step of a plan as stations can carry it out: nothing or at least the minimum, and the currents they offer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voltloom.allocation.kernels import admitted, greedy_fill, quantised
from voltloom.allocation.sharing import Division, TurnRules, turns
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools, Floats, Ints

# A vehicle starts where the plan gives it this part of its minimum, and goes on until the plan gives it less than the other.
STARTS_RATIO = 0.5
STAYS_RATIO = 0.1
# Where changes are to be few, one smaller than this waits: the plan is made anew before it matters.
HOLD_A = 2.0


def as_it_is(snapshot: SiteSnapshot, todo: Division, who: Ints, first_a: Floats) -> tuple[Floats, Ints]:
    """Return currents (n,) and binding rows where stations offer any current: the plan's, as far as they fit."""
    target = todo.fixed_a.copy()
    target[who] = np.maximum(np.minimum(first_a, todo.upper_a[who]), todo.fixed_a[who])
    order = who[np.argsort(-first_a, kind="stable")]
    return _filled(snapshot, todo, todo.fixed_a, order, target)


def with_minimums(
    snapshot: SiteSnapshot,
    todo: Division,
    who: Ints,
    first_a: Floats,
    rules: TurnRules,
    again: Callable[[Bools], Floats],
    *,
    fills: bool,
) -> tuple[Floats, Ints]:
    """Return currents (n,) and binding rows where it is nothing or at least the minimum.

    again: given who is on (k,), the first step of a plan in which those have their minimum and nobody else anything.
    fills: what is left over is given away, too.
    """
    planned = np.zeros(todo.min_a.size)
    planned[who] = first_a
    served = snapshot.setpoint_a > 0.0
    goes = planned >= np.where(served, STAYS_RATIO, STARTS_RATIO) * todo.min_a
    keeps, overdue, blocked = _turns(snapshot, todo, who, planned, rules)
    goes = (goes | keeps | overdue) & todo.candidates
    members = who[goes[who]]
    order = members[np.lexsort((-planned[members], ~served[members], ~overdue[members], ~keeps[members]))]
    is_on, kept_out = admitted(snapshot.grid, snapshot.sessions.column, todo.fixed_a, order, todo.min_a)
    off_a = np.where(is_on, np.maximum(todo.min_a - planned, 0.0), planned)[who]
    if off_a.max(initial=0.0) > 0.05:
        planned[who] = again(is_on[who])
    holds = is_on & _holding(snapshot, planned, rules)
    planned = np.where(holds, snapshot.setpoint_a, planned)
    start = np.where(is_on, todo.min_a, todo.fixed_a)
    network, grid, columns = snapshot.network, snapshot.grid, snapshot.sessions.column
    target = np.where(is_on, np.clip(planned, todo.min_a, np.maximum(todo.upper_a, todo.min_a)), start)
    going = np.flatnonzero(is_on)
    by_size = going[np.lexsort((-planned[going], ~holds[going]))]
    fitting, binding = _fitting(snapshot, todo, start, by_size, target)
    current = fitting
    if network.pilots_a.size:
        short = target - np.floor(target)
        by_rest = going[np.lexsort((-snapshot.setpoint_a[going], -short[going].round(3)))]
        room_a = np.minimum(np.maximum(todo.upper_a, start), np.ceil(target - 1e-6) + 1e-6)
        current = quantised(
            grid, columns, fitting, by_rest, todo.min_a, room_a, network.pilot_start, network.pilots_a
        )
    if fills:
        upper = np.maximum(todo.upper_a, start)
        current, rows = greedy_fill(
            grid, columns, current, by_size, todo.min_a, upper, network.pilot_start, network.pilots_a
        )
        binding = np.where(rows >= 0, rows, binding)
    binding = np.where(is_on, binding, np.where(kept_out >= 0, kept_out, blocked))
    return current, binding


def _turns(
    snapshot: SiteSnapshot, todo: Division, who: Ints, planned: Floats, rules: TurnRules
) -> tuple[Bools, Bools, Ints]:
    """Return who keeps its turn, who has waited too long, and the row that keeps each out, (n,)."""
    nobody = np.zeros(planned.size, dtype=np.bool_)
    if rules.wait_limit_s <= 0.0:
        return nobody, nobody, np.full(planned.size, -1, dtype=np.int64)
    found = turns(snapshot, todo, who[np.argsort(-planned[who], kind="stable")], rules)
    return found.held, found.overdue & found.let_in, found.blocked_by


def _holding(snapshot: SiteSnapshot, planned: Floats, rules: TurnRules) -> Bools:
    """Return whose limit stays, (n,): the change would be small, or a fall before the dwell time is over.

    They fit together, as they did before; who rises or starts takes what they leave, and a minimum comes before them all.
    """
    if rules.dwell_s <= 0.0:
        return np.zeros(planned.size, dtype=np.bool_)
    setpoint = snapshot.setpoint_a
    is_small = np.abs(planned - setpoint) < HOLD_A
    is_early = (planned < setpoint) & (snapshot.now_s - snapshot.changed_s < rules.dwell_s)
    holds: Bools = (setpoint > 0.0) & (is_small | is_early)
    return holds


def _filled(
    snapshot: SiteSnapshot, todo: Division, start: Floats, order: Ints, target: Floats
) -> tuple[Floats, Ints]:
    network = snapshot.network
    return greedy_fill(
        snapshot.grid,
        snapshot.sessions.column,
        start,
        order,
        todo.min_a,
        target,
        network.pilot_start,
        network.pilots_a,
    )


def _fitting(
    snapshot: SiteSnapshot, todo: Division, start: Floats, order: Ints, target: Floats
) -> tuple[Floats, Ints]:
    """Return the targets as far as they fit, of any size: rounding comes after."""
    anything = np.zeros(start.size + 1, dtype=np.int64)
    return greedy_fill(
        snapshot.grid,
        snapshot.sessions.column,
        start,
        order,
        todo.min_a,
        target,
        anything,
        np.empty(0),
    )

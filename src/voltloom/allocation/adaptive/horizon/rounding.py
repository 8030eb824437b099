"""The first step of a plan as stations can carry it out: nothing or at least the minimum, and the currents they offer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.capping import held_within, risen_within
from voltloom.allocation.kernels import admitted, greedy_fill, quantised
from voltloom.allocation.sharing import Division, TurnRules, turns
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Ints

# A vehicle starts where the plan gives it this part of its minimum, and goes on until the plan gives it less than the other.
STARTS_RATIO = 0.5
STAYS_RATIO = 0.1
# Where changes are to be few, one smaller than this waits: the plan is made anew before it matters.
HOLD_A = 2.0


def as_it_is(snapshot: SiteSnapshot, todo: Division, who: Ints, first_a: Floats) -> tuple[Floats, Ints]:
    """Return currents (n,) and binding rows where stations offer any current: the plan's, as far as they fit."""
    target_a = todo.fixed_a.copy()
    target_a[who] = np.maximum(np.minimum(first_a, todo.upper_a[who]), todo.fixed_a[who])
    order = who[np.argsort(-first_a, kind="stable")]
    return _filled(snapshot, todo, todo.fixed_a, order, target_a)


class Wish(NamedTuple):
    """The first step of a plan. who, first_a: (k,) EVSEs and what it gives them. fills: what is left over is given away, too.

    rank: (k,) 0 comes first. waits: (k,) whose energy is cheaper later, or not worth its price. most_w: what all may draw
    together where the plan gives them less, inf where no peak costs.
    again: given who is on (k,), the first step of a plan in which those have their minimum and nobody else anything.
    """

    who: Ints
    first_a: Floats
    again: Callable[[Bools], Floats]
    fills: bool
    rank: Ints
    waits: Bools
    most_w: float


def with_minimums(
    snapshot: SiteSnapshot, todo: Division, wish: Wish, rules: TurnRules
) -> tuple[Floats, Ints]:
    """Return currents (n,) and binding rows where it is nothing or at least the minimum."""
    who = wish.who
    planned_a = np.zeros(todo.min_a.size)
    planned_a[who] = wish.first_a
    rank = np.zeros(todo.min_a.size, dtype=np.int64)
    rank[who] = wish.rank
    served = snapshot.setpoint_a > 0.0
    goes = planned_a >= np.where(served, STAYS_RATIO, STARTS_RATIO) * todo.min_a
    keeps, overdue, blocked = _turns(snapshot, todo, who, planned_a, rules)
    overdue &= ~_may_wait(snapshot, todo, who[wish.waits & (overdue & ~goes)[who]], planned_a)
    goes = (goes | keeps | overdue) & todo.candidates
    members = who[goes[who]]
    standing = (rank[members], ~overdue[members], ~keeps[members])
    order = members[np.lexsort((-planned_a[members], ~served[members], *standing))]
    is_on, kept_out = admitted(snapshot.grid, snapshot.sessions.column, todo.fixed_a, order, todo.min_a)
    off_a = np.where(is_on, np.maximum(todo.min_a - planned_a, 0.0), planned_a)[who]
    if off_a.max(initial=0.0) > 0.05:
        planned_a[who] = wish.again(is_on[who])
    holds = is_on & _holding(snapshot, planned_a, rules)
    w_per_a = snapshot.sessions.w_per_a
    holds = held_within(holds, snapshot.setpoint_a, np.where(is_on, planned_a, 0.0), w_per_a, wish.most_w)
    most_w = max(wish.most_w, float(np.where(is_on, planned_a, 0.0) @ w_per_a))
    planned_a = np.where(holds, snapshot.setpoint_a, planned_a)
    start_a = np.where(is_on, todo.min_a, todo.fixed_a)
    network, grid, columns = snapshot.network, snapshot.grid, snapshot.sessions.column
    target_a = np.where(is_on, np.clip(planned_a, todo.min_a, np.maximum(todo.upper_a, todo.min_a)), start_a)
    going = np.flatnonzero(is_on)
    by_size = going[np.lexsort((-planned_a[going], ~holds[going], rank[going]))]
    kept_a = start_a
    if rules.dwell_s > 0.0:
        by_rank = going[np.lexsort((~holds[going], rank[going]))]
        kept_a = _kept(snapshot, todo, (start_a, target_a), by_rank, rules.dwell_s)
    fitting, binding = _fitting(snapshot, todo, kept_a, by_size, target_a)
    current = fitting
    if network.pilots_a.size:
        short = target_a - np.floor(target_a)
        by_rest = going[np.lexsort((-snapshot.setpoint_a[going], -short[going].round(3), rank[going]))]
        room_a = np.minimum(np.maximum(todo.upper_a, start_a), np.ceil(target_a - 1e-6) + 1e-6)
        pilots = network.pilot_start, network.pilots_a
        current = quantised(grid, columns, fitting, by_rest, todo.min_a, room_a, *pilots)
        if np.isfinite(most_w):
            floor_a = quantised(grid, columns, fitting, by_rest, todo.min_a, fitting, *pilots)
            current = risen_within(floor_a, current, by_rest, w_per_a, most_w)
    if wish.fills:
        upper = np.maximum(todo.upper_a, start_a)
        current, rows = greedy_fill(
            grid, columns, current, by_size, todo.min_a, upper, network.pilot_start, network.pilots_a
        )
        binding = np.where(rows >= 0, rows, binding)
    binding = np.where(is_on, binding, np.where(kept_out >= 0, kept_out, blocked))
    return current, binding


def _turns(
    snapshot: SiteSnapshot, todo: Division, who: Ints, planned_a: Floats, rules: TurnRules
) -> tuple[Bools, Bools, Ints]:
    """Return who keeps its turn, who has waited too long, and the row that keeps each out, (n,)."""
    nobody = np.zeros(planned_a.size, dtype=np.bool_)
    if rules.wait_limit_s <= 0.0:
        return nobody, nobody, np.full(planned_a.size, -1, dtype=np.int64)
    found = turns(snapshot, todo, who[np.argsort(-planned_a[who], kind="stable")], rules)
    return found.held, found.overdue & found.let_in, found.blocked_by


def _may_wait(snapshot: SiteSnapshot, todo: Division, evses: Ints, planned_a: Floats) -> Bools:
    """Return which of some EVSEs wait for a better time and not for a turn, (n,): the plan leaves room for their minimum."""
    grid, columns = snapshot.grid, snapshot.sessions.column
    left_a = grid.rating_a - loads(grid, columns, np.maximum(planned_a, todo.fixed_a))
    waits = np.zeros(planned_a.size, dtype=np.bool_)
    for evse in evses:
        entries = slice(grid.start[columns[evse]], grid.start[columns[evse] + 1])
        waits[evse] = (
            left_a[grid.row[entries]] >= np.abs(grid.coefficient[entries]) * todo.min_a[evse]
        ).all()
    return waits


def _holding(snapshot: SiteSnapshot, planned_a: Floats, rules: TurnRules) -> Bools:
    """Return whose limit stays, (n,): the change would be small, or a fall before the dwell time is over.

    They fit together, as they did before; who rises or starts takes what they leave, and a minimum comes before them all.
    """
    if rules.dwell_s <= 0.0:
        return np.zeros(planned_a.size, dtype=np.bool_)
    setpoint = snapshot.setpoint_a
    is_small = np.abs(planned_a - setpoint) < HOLD_A
    is_early = (planned_a < setpoint) & (snapshot.now_s - snapshot.changed_s < rules.dwell_s)
    holds: Bools = (setpoint > 0.0) & (is_small | is_early)
    return holds


def _kept(
    snapshot: SiteSnapshot, todo: Division, bounds_a: tuple[Floats, Floats], order: Ints, dwell_s: float
) -> Floats:
    """Return what everybody has before anybody rises, (n,): what it had, as far as the plan wants it and it fits.

    bounds_a: from where each begins and what the plan wants, (n,). Without it a rise, or another's minimum, would take back what
    somebody had just been given; where something must be taken, it is from who has had it for a dwell time.
    """
    start_a, target_a = bounds_a
    is_new = snapshot.now_s - snapshot.changed_s[order] < dwell_s
    had_a = np.maximum(start_a, np.minimum(target_a, snapshot.setpoint_a))
    kept_a, _ = _fitting(snapshot, todo, start_a, order[np.argsort(~is_new, kind="stable")], had_a)
    return kept_a


def _filled(
    snapshot: SiteSnapshot, todo: Division, start_a: Floats, order: Ints, target_a: Floats
) -> tuple[Floats, Ints]:
    network = snapshot.network
    return greedy_fill(
        snapshot.grid,
        snapshot.sessions.column,
        start_a,
        order,
        todo.min_a,
        target_a,
        network.pilot_start,
        network.pilots_a,
    )


def _fitting(
    snapshot: SiteSnapshot, todo: Division, start_a: Floats, order: Ints, target_a: Floats
) -> tuple[Floats, Ints]:
    """Return the targets as far as they fit, of any size: rounding comes after."""
    anything = np.zeros(start_a.size + 1, dtype=np.int64)
    return greedy_fill(
        snapshot.grid,
        snapshot.sessions.column,
        start_a,
        order,
        todo.min_a,
        target_a,
        anything,
        np.empty(0),
    )

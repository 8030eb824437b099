"""The rows of a site in every stretch: plain ones as linear rows, rows of several angles as second-order cones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from voltloom.bound.flows import Flows
from voltloom.bound.program import CONE_ROWS, Rows
from voltloom.bound.stays import Stays
from voltloom.site.network import GROUPS_PER_ROW, Bools, Floats, Grid, Ints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SiteRows:
    """What keeps a site's rows. kept_count, possible_count: rows times stretches that may bind, and that there are."""

    linear: Rows
    cones: Rows
    kept_count: int
    possible_count: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Entries:
    """What each flow adds to each row it loads: pair = stretch * rows + row, the amperes at 1 and their direction."""

    flow: Ints
    pair: Ints
    group: Ints
    most_a: Floats
    unit_x: Floats
    unit_y: Floats


def site_rows(stays: Stays, flows: Flows, grid: Grid, limit_a: Floats) -> SiteRows:
    """Return the rows of the stretches in which they may bind; limit_a: (stretches, m).

    What flows counts, at its true angle, whatever the scenario's control counts: a control that judges by the worst draw
    keeps |sum| <= limit too, so the bound is never too low. A row that cannot be full whoever draws what is left out.
    """
    rows = limit_a.shape[1]
    entries = _entries(stays, flows, grid, rows)
    by_group_a = np.bincount(
        entries.pair * GROUPS_PER_ROW + entries.group,
        weights=entries.most_a,
        minlength=limit_a.size * GROUPS_PER_ROW,
    )
    sums_a = by_group_a.astype(np.float64).reshape(*limit_a.shape, GROUPS_PER_ROW)
    may_bind = _worst_a(sums_a, grid) > limit_a
    has_group = (sums_a > 0.0).reshape(-1, GROUPS_PER_ROW)
    is_line, turn = _on_a_line(has_group, grid)
    bends = may_bind.ravel() & ~is_line
    straight = may_bind.ravel() & is_line
    return SiteRows(
        linear=_linear(entries, straight, turn, limit_a.ravel()),
        cones=_cones(entries, bends, limit_a.ravel()),
        kept_count=int(may_bind.sum()),
        possible_count=int(has_group.any(axis=1).sum()),
    )


def _entries(stays: Stays, flows: Flows, grid: Grid, rows: int) -> _Entries:
    column = stays.column[flows.stay]
    counts = grid.start[column + 1] - grid.start[column]
    flow = np.repeat(np.arange(column.size), counts)
    within = np.arange(flow.size) - np.repeat(np.cumsum(counts) - counts, counts)
    entry = grid.start[column][flow] + within
    row, group = grid.row[entry], grid.group[entry]
    return _Entries(
        flow=flow,
        pair=flows.stretch[flow] * rows + row,
        group=group,
        most_a=grid.coefficient[entry] * stays.most_a[flows.stay[flow]],
        unit_x=grid.unit_x[row, group],
        unit_y=grid.unit_y[row, group],
    )


def _worst_a(sums_a: Floats, grid: Grid) -> Floats:
    """Return the most that every row may carry in every stretch, (stretches, m), whoever draws what.

    The length of a sum of phasors is convex in each current, so it is greatest where each group draws all or nothing.
    """
    worst_a: Floats = np.zeros(sums_a.shape[:2])
    for size in range(1, GROUPS_PER_ROW + 1):
        for subset in combinations(range(GROUPS_PER_ROW), size):
            groups = list(subset)
            x = (sums_a[..., groups] * grid.unit_x[:, groups]).sum(axis=-1)
            y = (sums_a[..., groups] * grid.unit_y[:, groups]).sum(axis=-1)
            worst_a = np.maximum(worst_a, np.hypot(x, y))
    return worst_a


def _on_a_line(has_group: Bools, grid: Grid) -> tuple[Bools, Floats]:
    """Return which pairs' groups all lie on one line, and the direction of that line (pairs, 2)."""
    rows = len(grid.unit_x)
    row = np.arange(len(has_group)) % rows
    first = has_group.argmax(axis=1)
    turn = np.stack([grid.unit_x[row, first], grid.unit_y[row, first]], axis=1)
    across = grid.unit_x[row] * turn[:, 1:] - grid.unit_y[row] * turn[:, :1]
    return np.all(~has_group | (np.abs(across) < 1e-9), axis=1), turn


def _linear(entries: _Entries, straight: Bools, turn_weight: Floats, limit_a: Floats) -> Rows:
    """Return -limit <= sum <= limit along the line; the lower half only where something flows against it."""
    mine = np.flatnonzero(straight[entries.pair])
    pair = entries.pair[mine]
    along = entries.unit_x[mine] * turn_weight[pair, 0] + entries.unit_y[mine] * turn_weight[pair, 1]
    weight = entries.most_a[mine] * along / limit_a[pair]
    against = np.zeros(straight.size, dtype=np.bool_)
    against[pair[along < 0.0]] = True
    upper, lower = np.cumsum(straight) - 1, np.cumsum(against) - 1
    count = int(straight.sum())
    both = np.flatnonzero(against[pair])
    return Rows(
        row=np.concatenate([upper[pair], count + lower[pair[both]]]),
        column=np.concatenate([entries.flow[mine], entries.flow[mine][both]]),
        weight=np.concatenate([weight, -weight[both]]),
        most_weight=np.ones(count + int(against.sum())),
    )


def _cones(entries: _Entries, bends: Bools, limit_a: Floats) -> Rows:
    mine = np.flatnonzero(bends[entries.pair])
    pair = entries.pair[mine]
    first = CONE_ROWS * (np.cumsum(bends) - 1)[pair]
    part = entries.most_a[mine] / limit_a[pair]
    radius_and_phasor = np.array([1.0, 0.0, 0.0])
    weight = np.concatenate([part * entries.unit_x[mine], part * entries.unit_y[mine]])
    real = np.flatnonzero(np.abs(weight) > 1e-12)  # a right angle's cosine is no current
    return Rows(
        row=np.concatenate([first + 1, first + 2])[real],
        column=np.tile(entries.flow[mine], 2)[real],
        weight=weight[real],
        most_weight=np.tile(radius_and_phasor, int(bends.sum())),
    )

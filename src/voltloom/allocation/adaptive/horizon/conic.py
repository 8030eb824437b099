"""The plan by a general solver: sparse arrays filled directly into Clarabel, an interior-point method for cones."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import clarabel
import numpy as np
from scipy import sparse

from voltloom.allocation.adaptive.horizon.flow_rows import (
    Columns,
    Kinds,
    add_balances,
    add_bounds,
    add_sums,
    charging_entries,
    columns_of,
    costs_of,
    kinds_of,
    read_back,
)
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.rows import Parts, entries, joined
from voltloom.site.network import Bools, Floats, Ints

MOST_ROUNDS = 60
TOLERANCE = 1e-6
GOOD = ("Solved", "AlmostSolved")


class Layout(NamedTuple):
    """The unknowns: the current of each vehicle (slots,) in each step in which it is there, the peak, and flows where there are any."""

    unit: Ints
    step: Ints
    flows: Columns | None
    kinds: Kinds | None
    width: int

    @property
    def currents(self) -> Ints:
        """Return where the currents stand, (slots,); the peak follows them."""
        return np.arange(self.unit.size)

    @property
    def loads(self) -> tuple[Ints, Ints, Ints]:
        """Return what loads limits: a vehicle of each, its step and its column, (c,): currents, with flows the sums of each kind."""
        if self.flows is None or self.kinds is None:
            return self.unit, self.step, self.currents
        count, steps = self.flows.sums.shape
        return np.repeat(self.kinds.first, steps), np.tile(np.arange(steps), count), self.flows.sums.ravel()


def solved(problem: Problem) -> Answer:
    """Return the plan; is_exact False where the solver did not reach it."""
    demand, limits, peak, flows = problem
    present = demand.high_a > 0.0
    unit, step = np.nonzero(present)
    begin = unit.size + (peak is not None)
    kinds = kinds_of(problem) if flows is not None else None
    columns = columns_of(flows, begin, kinds.first.size) if flows is not None and kinds is not None else None
    layout = Layout(unit, step, columns, kinds, begin if columns is None else columns.end)
    binding = _may_bind(problem)
    is_line = limits.is_line[:, None]
    lines, cones = np.nonzero(binding & is_line), np.nonzero(binding & ~is_line)
    parts = Parts()
    _add_needs(parts, problem, layout)
    line_at = parts.height
    place = np.full(binding.shape, -1)
    place[lines] = np.arange(lines[0].size)
    loads, at, where = layout.loads
    weights = entries(place[:, at], np.abs(limits.weight)[:, loads], where)
    if flows is not None and columns is not None:
        weights = joined(weights, charging_entries(flows, columns, place))
    parts.add(*weights, limits.rating_a[lines])
    if peak is not None:
        _add_peak(parts, problem, layout)
    if columns is not None:
        add_bounds(parts, problem, columns)
    straight = parts.height
    _add_cones(parts, problem, layout, cones)
    bent = parts.height
    if columns is not None and kinds is not None:
        add_sums(parts, problem, columns, kinds, unit, step)
        add_balances(parts, problem, columns, unit, step)
    shapes = [clarabel.NonnegativeConeT(straight), *(_cone() for _ in range(cones[0].size))]
    if parts.height > bent:
        shapes.append(clarabel.ZeroConeT(parts.height - bent))
    cost, curvature = _objective(problem, layout)
    whole, count = parts.whole(), layout.width
    matrix = sparse.csc_matrix((whole.weight, (whole.row, whole.column)), (parts.height, count))
    curved = np.flatnonzero(curvature)
    quadratic = sparse.csc_matrix((curvature[curved], (curved, curved)), (count, count))
    found = clarabel.DefaultSolver(quadratic, cost, matrix, whole.most_weight, shapes, _settings()).solve()
    values, duals = np.array(found.x), np.array(found.z)
    current = np.zeros(present.shape)
    current[present] = values[: unit.size]
    prices = np.zeros(binding.shape)
    prices[lines] = duals[line_at : line_at + lines[0].size]
    prices[cones] = duals[straight:bent:3]
    is_exact = str(found.status) in GOOD and bool(np.isfinite(values).all())
    peak_kw = float(values[unit.size]) if peak is not None else np.nan
    stored = None
    if columns is not None:
        current, stored = read_back(problem, columns, values, current)
    return Answer(current, peak_kw, prices, is_exact, int(found.iterations), stored)


def _objective(problem: Problem, layout: Layout) -> tuple[Floats, Floats]:
    """Return what each unknown costs, and its curvature."""
    demand, _, peak, flows = problem
    unit, step = layout.unit, layout.step
    kwh, stiffness = demand.kwh_per_a[unit, step], demand.stiffness_per_a[unit, step]
    worth = demand.worth_per_kwh
    if flows is not None:  # of a vehicle that may feed back what counts is what it holds in the end
        worth = worth.copy()
        worth[flows.givers.place] = 0.0
    linear = demand.cost_per_a[unit, step] - worth[unit] * kwh - stiffness * demand.reference_a[unit, step]
    costs, curvatures = [linear], [stiffness]
    if peak is not None:
        costs.append(np.array([peak.price_per_kw]))
        curvatures.append(np.zeros(1))
    if flows is not None and layout.flows is not None:
        more = costs_of(flows, layout.flows, demand.worth_per_kwh)
        costs.append(more[0])
        curvatures.append(more[1])
    return np.concatenate(costs), np.concatenate(curvatures)


def _add_needs(parts: Parts, problem: Problem, layout: Layout) -> None:
    """Add the bounds of currents, and that nobody gets more than was asked for; who may feed back has other rows for that."""
    demand, flows, unit = problem.demand, problem.flows, layout.unit
    parts.bounded(layout.currents, demand.low_a[unit, layout.step], demand.high_a[unit, layout.step])
    kwh = demand.kwh_per_a[unit, layout.step]
    if flows is None:
        parts.add(unit, layout.currents, kwh, demand.need_kwh)
        return
    takes_only = np.ones(demand.need_kwh.size, dtype=np.bool_)
    takes_only[flows.givers.place] = False
    number, mine = np.cumsum(takes_only) - 1, takes_only[unit]
    parts.add(number[unit[mine]], layout.currents[mine], kwh[mine], demand.need_kwh[takes_only])


def _may_bind(problem: Problem) -> Bools:
    """Return which limits may bind at which step, (k, t): their load could pass the rating."""
    most = np.abs(problem.limits.weight) @ problem.demand.high_a
    if problem.flows is not None:
        stores = problem.flows.stores
        most = most + (stores.a_per_kw @ stores.charge_kw)[:, None]
    result: Bools = most > problem.limits.rating_a
    return result


def _add_peak(parts: Parts, problem: Problem, layout: Layout) -> None:
    """Add that no step's power passes the peak, and that what is paid for is no use saving."""
    peak, unit = problem.peak, layout.unit
    assert peak is not None, "only a problem with a charge on the peak has a row for it"
    steps = peak.base_kw.size
    at = unit.size
    power, other_kw = (layout.step, layout.currents, peak.kw_per_a[unit]), peak.base_kw
    if layout.flows is not None:
        power, other_kw = (np.arange(steps), layout.flows.drawn, np.ones(steps)), np.zeros(steps)
    highest = (np.arange(steps), np.full(steps, at), np.full(steps, -1.0))
    parts.add(*joined(power, highest), -other_kw)
    parts.add(np.zeros(1, dtype=np.int64), np.array([at]), np.array([-1.0]), np.array([-peak.least_kw]))


def _add_cones(parts: Parts, problem: Problem, layout: Layout, cones: tuple[Ints, ...]) -> None:
    """Add the limits on currents of several angles, three rows each: what is borne, and both parts of the sum."""
    limits, flows = problem.limits, problem.flows
    place = np.full(limits.rating_a.shape, -1)
    place[cones[0], cones[1]] = 3 * np.arange(cones[0].size)
    bound = np.zeros(3 * cones[0].size)
    bound[::3] = limits.rating_a[cones[0], cones[1]]
    of_one, at, where = layout.loads
    turned = -limits.weight[:, of_one]
    along = entries(np.where(place >= 0, place + 1, -1)[:, at], turned.real, where)
    across = entries(np.where(place >= 0, place + 2, -1)[:, at], turned.imag, where)
    loads = joined(along, across)
    if flows is not None and layout.flows is not None:
        loads = joined(loads, charging_entries(flows, layout.flows, place))
    parts.add(*loads, bound)


@cache
def _cone() -> clarabel.SecondOrderConeT:
    return clarabel.SecondOrderConeT(3)


@cache
def _settings() -> clarabel.DefaultSettings:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_iter = MOST_ROUNDS
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = TOLERANCE
    settings.presolve_enable = False
    settings.max_threads = 1
    return settings

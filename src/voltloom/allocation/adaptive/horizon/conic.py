"""The plan by a general solver: sparse arrays filled directly into Clarabel, an interior-point method for cones."""

from __future__ import annotations

from functools import cache

import clarabel
import numpy as np
from scipy import sparse

from voltloom.allocation.adaptive.horizon.problem import Answer, Peak, Problem
from voltloom.site.network import Bools, Floats, Ints

MOST_ROUNDS = 60
TOLERANCE = 1e-6
GOOD = ("Solved", "AlmostSolved")


def solved(problem: Problem) -> Answer:
    """Return the plan; is_exact False where the solver did not reach it."""
    demand, limits, peak = problem
    present = demand.high_a > 0.0
    unit, step = np.nonzero(present)
    slots = unit.size
    variables = slots + (peak is not None)
    low, high = demand.low_a[present], demand.high_a[present]
    kwh, stiffness = demand.kwh_per_a[present], demand.stiffness_per_a[present]
    linear = (
        demand.cost_per_a[present]
        - demand.worth_per_kwh[unit] * kwh
        - stiffness * demand.reference_a[present]
    )
    cost = np.concatenate([linear, [peak.price_per_kw]]) if peak is not None else linear
    binding = _may_bind(problem)
    parts = _Parts(variables)
    everything = np.arange(slots)
    parts.add(everything, everything, np.full(slots, -1.0), -low)
    parts.add(everything, everything, np.ones(slots), high)
    parts.add(unit, everything, kwh, demand.need_kwh)
    lines, cones = (
        np.nonzero(binding & limits.is_line[:, None]),
        np.nonzero(binding & ~limits.is_line[:, None]),
    )
    place = np.full(binding.shape, -1)
    place[lines] = np.arange(lines[0].size)
    line_at = parts.height
    parts.add(*_entries(place[:, step], np.abs(limits.weight)[:, unit], everything), limits.rating_a[lines])
    if peak is not None:
        _add_peak(parts, peak, unit, step)
    straight = parts.height
    place[:] = -1
    place[cones] = 3 * np.arange(cones[0].size)
    bound = np.zeros(3 * cones[0].size)
    bound[::3] = limits.rating_a[cones]
    turned = -limits.weight[:, unit]
    along = _entries(np.where(place >= 0, place + 1, -1)[:, step], turned.real, everything)
    across = _entries(np.where(place >= 0, place + 2, -1)[:, step], turned.imag, everything)
    rows, columns, values = (np.concatenate(pair) for pair in zip(along, across, strict=True))
    parts.add(rows, columns, values, bound)
    matrix, right = parts.whole()
    quadratic = sparse.csc_matrix(
        (stiffness, np.arange(slots), np.minimum(np.arange(variables + 1), slots)), (variables, variables)
    )
    kinds = [clarabel.NonnegativeConeT(straight), *(_cone() for _ in range(cones[0].size))]
    found = clarabel.DefaultSolver(quadratic, cost, matrix, right, kinds, _settings()).solve()
    values, duals = np.array(found.x), np.array(found.z)
    current = np.zeros(present.shape)
    current[present] = values[:slots]
    prices = np.zeros(binding.shape)
    prices[lines] = duals[line_at : line_at + lines[0].size]
    prices[cones] = duals[straight::3]
    is_exact = str(found.status) in GOOD and bool(np.isfinite(current).all())
    peak_kw = float(values[-1]) if peak is not None else np.nan
    return Answer(current, peak_kw, prices, is_exact, int(found.iterations))


class _Parts:
    """Rows of the constraint matrix while they are collected."""

    def __init__(self, variables: int) -> None:
        self.variables = variables
        self.height = 0
        self._rows: list[Ints] = []
        self._columns: list[Ints] = []
        self._values: list[Floats] = []
        self._bounds: list[Floats] = []

    def add(self, rows: Ints, columns: Ints, per_unit: Floats, bound_a: Floats) -> None:
        """Add rows `per_unit @ x <= bound_a` (or in a cone), numbered from 0 in this part."""
        self._rows.append(rows + self.height)
        self._columns.append(columns)
        self._values.append(per_unit)
        self._bounds.append(bound_a)
        self.height += bound_a.size

    def whole(self) -> tuple[sparse.csc_matrix, Floats]:
        """Return the matrix and the right side."""
        matrix = sparse.csc_matrix(
            (np.concatenate(self._values), (np.concatenate(self._rows), np.concatenate(self._columns))),
            (self.height, self.variables),
        )
        return matrix, np.concatenate(self._bounds)


def _entries(rows: Ints, per_a: Floats, columns: Ints) -> tuple[Ints, Ints, Floats]:
    """Return (row, column, value) of the entries whose row is not -1 and whose value is not 0, from (k, slots) arrays."""
    limit, slot = np.nonzero((rows >= 0) & (per_a != 0.0))
    return rows[limit, slot], columns[slot], per_a[limit, slot]


def _may_bind(problem: Problem) -> Bools:
    """Return which limits may bind at which step, (k, t): their load could pass the rating."""
    most = np.abs(problem.limits.weight) @ problem.demand.high_a
    result: Bools = most > problem.limits.rating_a
    return result


def _add_peak(parts: _Parts, peak: Peak, unit: Ints, step: Ints) -> None:
    """Add that no step's power passes the peak, and that what is paid for is no use saving."""
    steps = peak.base_kw.size
    slots = np.arange(unit.size)
    last = parts.variables - 1
    rows = np.concatenate([step, np.arange(steps)])
    columns = np.concatenate([slots, np.full(steps, last)])
    values = np.concatenate([peak.kw_per_a[unit], np.full(steps, -1.0)])
    parts.add(rows, columns, values, -peak.base_kw)
    parts.add(np.zeros(1, dtype=np.int64), np.array([last]), np.array([-1.0]), np.array([-peak.least_kw]))


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

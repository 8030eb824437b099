"""A convex program with linear rows and second-order cones, filled directly as sparse arrays, and its solution.

minimise weights @ x, where every linear row keeps A @ x <= most, every equation A @ x == most, and every cone (three
rows on end) keeps hypot(of the last two) <= the first, each counted as most - A @ x. Nobody models in words here: the
arrays go to Clarabel as they are (docs/decisions/0017-clarabel.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import clarabel
import numpy as np
from scipy import sparse

from voltloom.bound.failing import SolverFailedError
from voltloom.site.network import Floats, Ints

CONE_ROWS = 3
MOST_GAP_RATIO = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How the solver is set. regularisation_weight: added to the diagonal. step_ratio: of the way to the border it goes."""

    scales_rows: bool = False
    regularisation_weight: float = 1e-8
    step_ratio: float = 0.99
    tolerance_ratio: float = 1e-8


# Our rows are scaled already. Some programs halt short of the tolerance under one setting and are solved under the next.
ATTEMPTS = (
    Attempt(),
    Attempt(regularisation_weight=1e-6),
    Attempt(step_ratio=0.9),
    Attempt(scales_rows=True, regularisation_weight=1e-7),
    Attempt(regularisation_weight=1e-7, step_ratio=0.9, tolerance_ratio=1e-7),
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Sparse rows; the entries of each array belong together. most_weight: (rows,), the right-hand side."""

    row: Ints
    column: Ints
    weight: Floats
    most_weight: Floats


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Program:
    """A program over as many variables as there are weights. cones: three rows each."""

    weights: Floats
    linear: tuple[Rows, ...]
    equations: tuple[Rows, ...] = ()
    cones: tuple[Rows, ...] = ()

    @property
    def row_count(self) -> int:
        """Return how many rows it has, those of cones included."""
        return sum(rows.most_weight.size for rows in (*self.linear, *self.equations, *self.cones))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Solution:
    """The optimum of a program. weights: x. value_weight: the objective; no x has a lower one than proven_weight."""

    weights: Floats
    value_weight: float
    proven_weight: float
    iterations: int

    @property
    def gap_ratio(self) -> float:
        """Return how far value and proof are apart, by the greater of value and 1."""
        return abs(self.value_weight - self.proven_weight) / max(1.0, abs(self.value_weight))


def stacked(blocks: Sequence[Rows]) -> Rows:
    """Return rows below one another."""
    if not blocks:
        none = np.zeros(0, dtype=np.int64)
        return Rows(row=none, column=none, weight=np.zeros(0), most_weight=np.zeros(0))
    starts = np.cumsum([0, *(block.most_weight.size for block in blocks)])
    return Rows(
        row=np.concatenate([block.row + start for block, start in zip(blocks, starts[:-1], strict=True)]),
        column=np.concatenate([block.column for block in blocks]),
        weight=np.concatenate([block.weight for block in blocks]),
        most_weight=np.concatenate([block.most_weight for block in blocks]),
    )


def solved(program: Program) -> Solution:
    """Return the optimum of a program.

    Raises SolverFailedError where the solver reports anything else, or a proof that is too far from its optimum.
    """
    parts = [stacked(blocks) for blocks in (program.equations, program.linear, program.cones)]
    rows = stacked(parts)
    equations, linear, cones = (part.most_weight.size for part in parts)
    count = program.weights.size
    matrix = sparse.csc_matrix((rows.weight, (rows.row, rows.column)), shape=(rows.most_weight.size, count))
    kinds = [clarabel.ZeroConeT(equations)] if equations else []
    kinds += [clarabel.NonnegativeConeT(linear)] if linear else []
    kinds += [clarabel.SecondOrderConeT(CONE_ROWS)] * (cones // CONE_ROWS)
    nothing = sparse.csc_matrix((count, count))
    said = []
    for attempt in ATTEMPTS:
        settings = _settings(attempt)
        solver = clarabel.DefaultSolver(nothing, program.weights, matrix, rows.most_weight, kinds, settings)
        found = solver.solve()
        if found.status == clarabel.SolverStatus.Solved:
            return _proven(found)
        said.append(f"{found.status} after {found.iterations} iterations")
    raise SolverFailedError(
        f"the solver does not report that it solved it, but {'; then '.join(said)}: no bound"
    )


def _settings(attempt: Attempt) -> clarabel.DefaultSettings:
    settings = clarabel.DefaultSettings()
    settings.verbose = False
    settings.max_threads = 1  # the same sums in the same order everywhere
    settings.equilibrate_enable = attempt.scales_rows
    settings.static_regularization_constant = attempt.regularisation_weight
    settings.max_step_fraction = attempt.step_ratio
    settings.tol_gap_abs = settings.tol_gap_rel = settings.tol_feas = attempt.tolerance_ratio
    settings.iterative_refinement_max_iter = 50  # exacter than by default: the last digits are what halts
    settings.iterative_refinement_stop_ratio = 1.5
    return settings


def _proven(found: clarabel.DefaultSolution) -> Solution:
    solution = Solution(
        weights=np.array(found.x),
        value_weight=float(found.obj_val),
        proven_weight=float(found.obj_val_dual),
        iterations=int(found.iterations),
    )
    if solution.gap_ratio > MOST_GAP_RATIO:
        raise SolverFailedError(f"optimum and proof are {solution.gap_ratio:.1e} apart: no bound")
    return solution

"""Programs small enough to solve by hand, and what the solver says of those that have no optimum."""

import numpy as np
import pytest

from voltloom.bound.failing import SolverFailedError
from voltloom.bound.program import Program, Rows, solved


def rows(entries: list[list[float]], most: list[float]) -> Rows:
    matrix = np.array(entries)
    row, column = np.nonzero(matrix)
    return Rows(row=row, column=column, weight=matrix[row, column], most_weight=np.array(most))


def test_a_linear_program_ends_in_its_corner() -> None:
    program = Program(
        weights=np.array([-1.0, -2.0]),
        linear=(rows([[-1, 0], [0, -1]], [0, 0]), rows([[1, 1], [0, 1]], [4, 3])),
    )

    found = solved(program)

    assert found.weights == pytest.approx([1.0, 3.0])
    assert found.value_weight == pytest.approx(-7.0)
    assert found.gap_ratio < 1e-6


def test_a_cone_ends_on_its_circle() -> None:
    cone = rows([[0, 0], [1, 0], [0, 1]], [1, 0, 0])

    found = solved(Program(weights=np.array([-1.0, -1.0]), linear=(), cones=(cone,)))

    assert found.weights == pytest.approx([0.5**0.5] * 2, abs=1e-6)


def test_an_equation_holds() -> None:
    program = Program(
        weights=np.array([1.0, 3.0]),
        linear=(rows([[-1, 0], [0, -1]], [0, 0]),),
        equations=(rows([[1, 1]], [2]),),
    )

    assert solved(program).weights == pytest.approx([2.0, 0.0], abs=1e-6)


def test_what_cannot_be_kept_is_an_error_and_no_figure() -> None:
    program = Program(weights=np.array([1.0]), linear=(rows([[-1], [1]], [0, -1]),))

    with pytest.raises(SolverFailedError, match=r"PrimalInfeasible.*no bound"):
        solved(program)


def test_what_has_no_end_is_an_error_and_no_figure() -> None:
    program = Program(weights=np.array([-1.0]), linear=(rows([[-1]], [0]),))

    with pytest.raises(SolverFailedError, match=r"DualInfeasible.*no bound"):
        solved(program)

"""Survival curves: what is beyond a point, given what has passed."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.forecast.spreads import (
    given_passed,
    means_given,
    probability_beyond,
    quantiles_given,
    survival_of,
)

GRID = np.arange(0.0, 11.0)
LEVELS = np.array([0.1, 0.5, 0.9])
samples = st.lists(st.floats(0.0, 10.0), min_size=1, max_size=30).map(np.array)


def evenly(count: int = 1) -> np.ndarray:
    """Return curves of what is spread evenly from 0 to 10."""
    return np.tile(1.0 - GRID / 10.0, (count, 1))


def test_a_curve_tells_what_part_of_the_weight_lies_beyond_each_point() -> None:
    survival = survival_of(GRID, np.array([2.5, 2.5, 7.0, 11.0]), np.array([1.0, 1.0, 1.0, 1.0]))

    assert survival[[0, 2, 3, 6, 7, 10]] == pytest.approx([1.0, 1.0, 0.5, 0.5, 0.25, 0.25])


def test_what_is_spread_evenly_stays_so_over_the_rest() -> None:
    passed = np.array([0.0, 6.0])

    found = quantiles_given(GRID, evenly(2), passed, LEVELS)

    assert found == pytest.approx(np.array([[1.0, 5.0, 9.0], [6.4, 8.0, 9.6]]))
    assert means_given(GRID, evenly(2), passed) == pytest.approx([5.0, 8.0])


def test_the_chance_of_more_is_that_of_the_rest() -> None:
    found = given_passed(GRID, evenly(), np.array([6.0]), np.array([[2.0, 6.0, 7.0, 9.0, 12.0]]))

    assert found == pytest.approx(np.array([[1.0, 1.0, 0.75, 0.25, 0.0]]))


def test_beyond_the_grid_nothing_more_is_expected() -> None:
    passed = np.array([12.0])

    assert quantiles_given(GRID, evenly(), passed, LEVELS) == pytest.approx(np.array([[12.0, 12.0, 12.0]]))
    assert means_given(GRID, evenly(), passed) == pytest.approx([12.0])
    assert given_passed(GRID, evenly(), passed, np.array([[11.0, 13.0]])).tolist() == [[1.0, 0.0]]


@given(drawn=samples, passed=st.floats(0.0, 12.0))
def test_quantiles_rise_and_never_lie_before_what_has_passed(drawn: np.ndarray, passed: float) -> None:
    survival = survival_of(GRID, drawn, np.ones(drawn.size))[None, :]

    found = quantiles_given(GRID, survival, np.array([passed]), np.linspace(0.0, 1.0, 9))[0]

    assert (np.diff(found) >= 0.0).all()
    assert found[0] >= passed


@given(drawn=samples, passed=st.floats(0.0, 9.9))
def test_the_chance_to_go_on_falls_with_time(drawn: np.ndarray, passed: float) -> None:
    survival = survival_of(GRID, drawn, np.ones(drawn.size))[None, :]

    found = given_passed(GRID, survival, np.array([passed]), np.linspace(0.0, 12.0, 25)[None, :])[0]

    assert (np.diff(found) <= 1e-12).all()
    assert found[0] == 1.0
    assert 0.0 <= found[-1] <= 1.0


@given(drawn=samples, level=st.floats(0.01, 0.99))
def test_a_quantile_is_exceeded_with_the_probability_it_is_told_for(drawn: np.ndarray, level: float) -> None:
    survival = 0.99 * survival_of(GRID, drawn, np.ones(drawn.size)) + 0.01 * evenly()[0]

    at = quantiles_given(GRID, survival[None, :], np.zeros(1), np.array([level]))

    start = probability_beyond(GRID, survival[None, :], np.zeros((1, 1)))[0, 0]
    assert probability_beyond(GRID, survival[None, :], at)[0, 0] == pytest.approx(start * (1.0 - level))

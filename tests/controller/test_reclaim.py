"""What a vehicle leaves is given to others, and a draw that stays as it is moves no bound."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voltloom.controller.kernels import bounds_by_draw

STEP_A = 1.0
NOTHING_KNOWN = math.inf


def bound_after(takes_a: float, limit_a: float, draw_a: float) -> float:
    """Return the bound after one fresh sample of a draw under a limit that has stood for long."""
    found = bounds_by_draw(
        np.array([takes_a]),
        np.array([limit_a]),
        np.array([draw_a]),
        np.array([1000.0]),
        np.array([0.0]),
        np.array([True]),
        np.array([True]),
        940.0,
        30.0,
        STEP_A,
    )
    return float(found[0])


def test_a_vehicle_that_leaves_more_than_three_steps_is_bounded_two_above_its_draw() -> None:
    assert bound_after(NOTHING_KNOWN, 16.0, 10.0) == 12.0
    assert bound_after(NOTHING_KNOWN, 16.0, 13.5) == NOTHING_KNOWN


def test_a_bounded_vehicle_that_draws_all_it_may_gets_a_step_more() -> None:
    assert bound_after(12.0, 12.0, 11.5) == 13.0


def test_a_bound_that_a_lower_limit_keeps_from_being_tried_does_not_rise() -> None:
    assert bound_after(12.0, 9.0, 9.0) == 12.0


def test_a_vehicle_nothing_was_reclaimed_from_has_no_bound() -> None:
    assert bound_after(NOTHING_KNOWN, 12.0, 12.0) == NOTHING_KNOWN


@given(draw_a=st.floats(0.5, 32.0), takes_a=st.floats(6.0, 32.0))
def test_a_steady_draw_comes_to_rest_also_where_limits_are_whole_and_rise_late(
    draw_a: float, takes_a: float
) -> None:
    bound_a, limit_a, limits = takes_a, 16.0, []
    for sample in range(200):
        bound_a = bound_after(bound_a, limit_a, min(draw_a, limit_a))
        wanted_a = max(6.0, math.floor(min(32.0, bound_a)))
        if wanted_a < limit_a or sample % 5 == 0:  # a fall at once, a rise after a dwell
            limit_a = wanted_a
        limits.append(limit_a)

    assert len(set(limits[150:])) == 1

"""What a vehicle leaves is given to others, and a draw that stays as it is moves no bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.controller.desk import desk_for
from tests.places import row_of
from voltloom.controller.kernels import bounds_by_draw
from voltloom.session.events import EvseReadings

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
        np.array([940.0]),
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


def test_a_reading_that_comes_after_a_younger_cycle_still_tells_what_a_vehicle_takes() -> None:
    desk = desk_for(row_of(2, rating_a=40.0))
    for now_s in range(0, 600, 30):
        desk.cycle(float(now_s))
    assert desk.limit_a.tolist() == pytest.approx([19.6, 19.6])
    desk.memory, _, _ = desk.controller.decide(desk.memory, 601.0)  # on another station's word

    late = EvseReadings(
        time_s=601.5,
        evses=np.array([0]),
        sampled_s=np.array([600.0]),
        current_a=np.array([8.0]),
        energy_wh=np.array([math.nan]),
    )
    desk.hear(late)
    desk.memory, decision, _ = desk.controller.decide(desk.memory, 602.0)
    desk.memory, again, _ = desk.controller.decide(desk.memory, 603.0)

    assert decision.after_a[0] == again.after_a[0] == 10.0  # two steps above its draw
    assert desk.memory.service.judged_s[0] == 600.0

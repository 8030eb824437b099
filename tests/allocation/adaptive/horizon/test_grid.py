"""Steps of a plan cover its horizon, short ones first."""

from __future__ import annotations

import numpy as np
import pytest

from voltloom.allocation.adaptive.horizon.grid import LADDER, SHORTEST_S, steps_s

HOUR_S = 3600.0


@pytest.mark.parametrize("horizon_s", [1.0, 299.0, 300.0, 301.0, 900.0, 4 * HOUR_S, 36 * HOUR_S])
def test_steps_cover_the_horizon_and_no_step_begins_after_it(horizon_s: float) -> None:
    length_s = steps_s(30.0, horizon_s)

    assert length_s.sum() >= horizon_s - 1e-6
    assert length_s[:-1].sum() < horizon_s


def test_steps_never_grow_shorter_and_the_first_is_five_minutes() -> None:
    length_s = steps_s(30.0, 36 * HOUR_S)

    assert length_s[0] == SHORTEST_S
    assert (np.diff(length_s) >= 0.0).all()
    assert length_s.size < 40


def test_where_a_control_period_is_longer_it_is_the_first_step() -> None:
    length_s = steps_s(900.0, 2 * HOUR_S)

    assert length_s[:3].tolist() == [900.0, 900.0, 900.0]


def test_a_horizon_beyond_the_longest_ladder_takes_all_of_it() -> None:
    assert steps_s(30.0, 1e9).size == sum(count for count, _ in LADDER)

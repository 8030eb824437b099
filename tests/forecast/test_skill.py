"""How good forecasts were."""

import math

import numpy as np
import pytest

from voltloom.forecast.skill import judged, unjudged


def test_before_any_outcome_nothing_is_claimed() -> None:
    skill = unjudged()

    assert skill.outcomes_count == 0
    assert math.isnan(skill.mean_error_score)
    assert math.isnan(skill.error_ratio)
    assert math.isnan(skill.covered_ratio)


def test_errors_losses_and_coverage_are_what_they_are_by_hand() -> None:
    quantiles = np.array([[8.0, 10.0, 12.0], [8.0, 10.0, 12.0]])

    skill = judged(unjudged(), quantiles, naive=np.array([14.0, 10.0]), outcomes=np.array([11.0, 6.0]))

    assert skill.mean_error_score == pytest.approx((1.0 + 4.0) / 2)
    assert skill.error_ratio == pytest.approx(5.0 / 7.0)
    # 11: 0.1 * 3, 0.5 * 1, 0.1 * 1. 6: 0.9 * 2, 0.5 * 4, 0.1 * 6.
    assert skill.pinball_score == pytest.approx([0.3 + 1.8, 0.5 + 2.0, 0.1 + 0.6])
    assert skill.mean_pinball_score == pytest.approx(5.3 / 3 / 2)
    assert (skill.below_count, skill.above_count) == (1, 0)
    assert skill.covered_ratio == 0.5


def test_naive_taken_for_every_quantile_has_a_pinball_ratio_of_one() -> None:
    naive = np.array([3.0, 5.0, 9.0])
    outcomes = np.array([4.0, 5.5, 2.0])

    skill = judged(unjudged(), np.repeat(naive[:, None], 3, axis=1), naive, outcomes)

    assert skill.pinball_ratio == pytest.approx(1.0)
    assert skill.error_ratio == pytest.approx(1.0)


def test_an_outcome_for_which_a_number_is_missing_counts_for_nobody() -> None:
    quantiles = np.array([[1.0, 2.0, 3.0], [np.nan, 2.0, 3.0], [1.0, 2.0, 3.0]])

    skill = judged(unjudged(), quantiles, np.array([2.0, 2.0, np.nan]), np.array([2.5, 2.5, 2.5]))

    assert skill.outcomes_count == 1
    assert skill.naive_score == 0.5


def test_in_pieces_or_at_once_the_sums_are_the_same() -> None:
    draw = np.random.default_rng(1)
    quantiles = np.sort(draw.normal(size=(20, 3)), axis=1)
    naive, outcomes = draw.normal(size=20), draw.normal(size=20)

    at_once = judged(unjudged(), quantiles, naive, outcomes)
    half = judged(unjudged(), quantiles[:9], naive[:9], outcomes[:9])
    in_pieces = judged(half, quantiles[9:], naive[9:], outcomes[9:])

    assert in_pieces.outcomes_count == at_once.outcomes_count == 20
    assert in_pieces.pinball_score == pytest.approx(at_once.pinball_score)
    assert in_pieces.naive_score == pytest.approx(at_once.naive_score)
    assert half.outcomes_count == 9

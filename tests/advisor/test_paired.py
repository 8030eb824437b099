"""Paired differences: what counts as a difference between two architectures, and what is noise."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from voltloom.advisor.paired import Sessions, Unit, interval_of, paired, student_t, units_needed


def sized(days: dict[str, str]) -> Sessions:
    return Sessions(day_of=days, size_of=dict.fromkeys(days, 1.0))


@given(confidence=st.floats(0.5, 0.999), freedom=st.integers(1, 150))
def test_the_interval_is_as_wide_as_the_textbook_says(confidence: float, freedom: int) -> None:
    expected = stats.t.ppf(0.5 + confidence / 2, freedom)

    found = student_t(confidence, freedom)

    assert found == pytest.approx(expected, rel=1e-6)


def test_days_that_go_either_way_name_no_winner() -> None:
    chance = np.random.default_rng(1)
    first = {f"s{n}": float(chance.normal(10_000.0, 3_000.0)) for n in range(200)}
    second = {f"s{n}": float(chance.normal(10_000.0, 3_000.0)) for n in range(200)}
    days = {f"s{n}": f"day {n % 20:02}" for n in range(200)}

    found = paired(first, second, sized(days), comparisons=1)

    assert found.unit is Unit.DAY
    assert found.unit_count == 20
    assert found.is_noise


def test_a_little_more_on_every_day_is_a_difference() -> None:
    chance = np.random.default_rng(2)
    second = {f"s{n}": float(chance.normal(10_000.0, 3_000.0)) for n in range(200)}
    first = {key: value + float(chance.normal(100.0, 30.0)) for key, value in second.items()}
    days = {f"s{n}": f"day {n % 20:02}" for n in range(200)}

    found = paired(first, second, sized(days), comparisons=6)

    assert found.is_above_zero
    assert found.mean_per_unit == pytest.approx(100.0, rel=0.1)  # each session; ten of them a day


def test_one_single_day_is_judged_by_its_sessions_and_says_so() -> None:
    first = {"a": 5.0, "b": 6.0, "c": 7.0}
    second = {"a": 1.0, "b": 2.0, "c": 3.5}

    found = paired(first, second, sized(dict.fromkeys("abc", "2019-10-01")), comparisons=1)

    assert found.unit is Unit.SESSION
    assert found.unit_count == 3


def test_one_single_session_shows_nothing() -> None:
    found = paired({"a": 9.0}, {"a": 1.0}, sized({"a": "2019-10-01"}), comparisons=1)

    assert found.is_noise
    assert found.low_per_unit == -math.inf


def test_the_same_runs_differ_by_nothing() -> None:
    found = interval_of([0.0] * 30, unit=Unit.DAY, comparisons=4)

    assert found.is_noise
    assert (found.low_per_unit, found.high_per_unit) == (0.0, 0.0)
    assert units_needed(found) is None


def test_what_only_rounding_tells_apart_is_no_difference() -> None:
    exact = [0.0] * 5
    rounded = [3e-15, -1e-15, 2e-15, 2e-15, 1e-15]

    for values in (exact, rounded):
        found = interval_of(values, [19.0] * 5, unit=Unit.SESSION, comparisons=4)
        assert found.is_noise
        assert (found.mean_per_unit, found.low_per_unit, found.high_per_unit) == (0.0, 0.0, 0.0)


def test_runs_on_other_sessions_cannot_be_compared() -> None:
    with pytest.raises(KeyError, match="b"):
        paired({"a": 1.0}, {"a": 1.0, "b": 2.0}, sized({"a": "x", "b": "x"}), comparisons=1)


def test_more_comparisons_ask_for_more_certainty() -> None:
    values = [1.0, 2.0, 0.5, 1.5, 1.0, 0.2]

    one = interval_of(values, unit=Unit.DAY, comparisons=1)
    many = interval_of(values, unit=Unit.DAY, comparisons=12)

    assert many.low_per_unit < one.low_per_unit < one.mean_per_unit


def test_noise_tells_how_many_days_would_settle_it() -> None:
    found = interval_of([3.0, -1.0, 2.0, -1.5, 2.5, -1.0], unit=Unit.DAY, comparisons=1)

    assert found.is_noise
    assert (units_needed(found) or 0) > found.unit_count


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=60), st.sampled_from([1, 3, 12]))
def test_the_interval_of_days_of_equal_size_is_the_textbook_paired_t(
    values: list[float], comparisons: int
) -> None:
    found = interval_of(values, unit=Unit.DAY, comparisons=comparisons)

    half = (
        stats.t.ppf(1 - 0.025 / comparisons, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    )
    low, high = np.mean(values) - half, np.mean(values) + half
    assert found.low_per_unit <= found.mean_per_unit <= found.high_per_unit
    assert found.low_per_unit == pytest.approx(low, rel=1e-6, abs=1e-3)
    assert found.high_per_unit == pytest.approx(high, rel=1e-6, abs=1e-3)


def test_quiet_sundays_do_not_pass_for_noise() -> None:
    sessions_a_day = [50, 48, 52, 51, 49, 3, 4]
    gained = [0.5 * n for n in sessions_a_day]  # half a kWh for every session, every day

    by_total = interval_of(gained, unit=Unit.DAY, comparisons=24)
    by_size = interval_of(gained, sessions_a_day, unit=Unit.DAY, comparisons=24)

    assert by_total.is_noise
    assert by_size.is_above_zero
    assert by_size.mean_per_unit == pytest.approx(0.5)

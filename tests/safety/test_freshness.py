"""The age of a reading: what it costs in margin, and whose clock counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voltloom.safety.freshness import Freshness, age_s, freshness, row_margin, sample_time_s, silent
from voltloom.safety.settings import SafetySettings

SETTINGS = SafetySettings(stale_s=120.0, silent_s=300.0, margin_ratio=0.02, stale_margin_ratio=0.10)


def test_a_meter_that_falls_silent_costs_margin_first_and_is_then_not_used_at_all() -> None:
    ages = np.array([0.0, 120.0, 165.0, 210.0, 255.0, 299.9, 300.0, 1e6])

    margin_ratio, usable = row_margin(ages, SETTINGS)

    assert margin_ratio.round(3).tolist() == [0.02, 0.02, 0.04, 0.06, 0.08, 0.1, 0.1, 0.1]
    assert usable.tolist() == [True] * 6 + [False] * 2


def test_levels_are_told_by_name() -> None:
    ages = np.array([0.0, 120.0, 121.0, 210.0, 211.0, 299.0, 300.0, np.inf, np.nan])

    levels = freshness(ages, SETTINGS)

    assert [Freshness(x).name for x in levels] == [
        *["FRESH"] * 2, *["AGEING"] * 2, *["STALE"] * 2, *["SILENT"] * 3,
    ]  # fmt: skip


def test_a_circuit_without_a_meter_keeps_the_plain_margin_on_its_planned_load() -> None:
    margin_ratio, usable = row_margin(np.array([np.inf]), SETTINGS)

    assert margin_ratio.tolist() == [0.02]
    assert not usable.any()


def test_a_site_that_does_not_follow_meters_plans_without_them() -> None:
    margin_ratio, usable = row_margin(np.array([0.0]), SafetySettings(follows_meters=False))

    assert margin_ratio.tolist() == [0.02]
    assert not usable.any()


@given(st.lists(st.floats(0.0, 1e7), min_size=2, max_size=20), st.floats(0.0, 900.0), st.floats(0.0, 900.0))
def test_an_older_reading_never_gets_a_smaller_margin(
    ages: list[float], stale_s: float, silent_s: float
) -> None:
    settings = SafetySettings(stale_s=stale_s, silent_s=silent_s)

    margin_ratio, usable = row_margin(np.array(sorted(ages)), settings)

    assert (np.diff(margin_ratio) >= -1e-12).all()
    assert (np.diff(usable.astype(int)) <= 0).all()
    assert ((margin_ratio >= settings.margin_ratio) & (margin_ratio <= settings.stale_margin_ratio)).all()


def test_an_unknown_age_is_silence() -> None:
    assert silent(np.array([np.nan, np.inf, 300.0, 299.0]), SETTINGS).tolist() == [True, True, True, False]


def test_a_station_whose_clock_says_1970_or_tomorrow_is_as_old_as_its_message() -> None:
    received = np.full(4, 1.7e9)
    stamps = np.array([12.0, 1.7e9 + 86_400.0, np.nan, 1.7e9 + 0.5])

    ages = age_s(1.7e9 + 30.0, sample_time_s(stamps, received))

    assert ages.tolist() == [30.0] * 4


def test_a_reading_queued_while_the_station_was_offline_is_as_old_as_it_says() -> None:
    moment = sample_time_s(np.array([1.7e9 - 7200.0]), np.array([1.7e9]))

    assert age_s(1.7e9, moment).tolist() == [7200.0]


def test_what_was_never_heard_is_endlessly_old() -> None:
    never = np.array([-np.inf, np.nan])

    ages = age_s(1.7e9, sample_time_s(never, never))

    assert ages.tolist() == [np.inf, np.inf]


@given(st.floats(allow_nan=True), st.floats(0.0, 2e9), st.floats(0.0, 1e6))
def test_no_clock_makes_a_reading_younger_than_its_arrival(
    stamp: float, received_s: float, later_s: float
) -> None:
    moment = sample_time_s(np.array([stamp]), np.array([received_s]))

    assert age_s(received_s + later_s, moment)[0] >= later_s - 1e-6

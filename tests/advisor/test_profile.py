"""The load profile: what comes when, for how long, and how many at once."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.advisor.profile import Profile, Stays, profile_of, profile_text, stays_of_rows
from voltloom.advisor.profile_picture import png_of, profile_figure, profile_page, svg_of
from voltloom.simulation.sessions_file import load_sessions

SAMPLE = Path(__file__).resolve().parents[2] / "scenarios" / "data" / "caltech_2019-10.csv"
MONDAY_S = 1_704_672_000.0  # 8 January 2024, 0:00 UTC


def profile(stays_h: Sequence[tuple[float, float]], energy_kwh: float = 10.0) -> Profile:
    """Return the profile of stays given in hours after Monday."""
    columns = Stays(
        arrival_s=np.array([MONDAY_S + a * 3600 for a, _ in stays_h]),
        departure_s=np.array([MONDAY_S + d * 3600 for _, d in stays_h]),
        energy_wh=np.full(len(stays_h), energy_kwh * 1000),
    )
    return profile_of(columns, name="yard", time_zone="UTC")


def test_cars_at_once_are_counted_for_each_day_also_those_of_the_night() -> None:
    found = profile([(8, 12), (9, 10), (10, 11), (20, 30), (26, 27), (80, 81)])

    # Monday 2 (one left as another came), Tuesday 2 (one from the night), Wednesday 0, Thursday 1
    assert found.days == 4
    assert (found.concurrency.at(50), found.concurrency.at(100)) == (1.0, 2.0)
    assert found.busiest_day == date(2024, 1, 8)


def test_arrivals_are_means_over_days_of_their_kind() -> None:
    found = profile([(8.5, 9), (8.6, 9), (32.5, 33), (5 * 24 + 10, 5 * 24 + 11)])

    assert found.weekday_per_hour[8] == pytest.approx(3 / 5)
    assert found.weekend_per_hour[10] == 1.0
    assert sum(found.weekday_per_hour) == pytest.approx(3 / 5)


def test_the_implied_power_is_energy_by_stay() -> None:
    found = profile([(0, 2), (1, 3)], energy_kwh=10.0)

    assert found.implied_power_w.at(100) == pytest.approx(5000.0)
    assert found.mean_load_w.at(100) == pytest.approx(10_000.0)


@given(
    st.lists(
        st.tuples(st.integers(min_value=0, max_value=200), st.integers(min_value=0, max_value=60)),
        min_size=1,
        max_size=40,
    )
)
def test_the_most_cars_at_once_are_what_counting_by_hand_gives(starts: list[tuple[int, int]]) -> None:
    stays_h = [(float(start), float(start + length)) for start, length in starts]

    found = profile(stays_h)

    last_day_h = 24 * (max(start for start, _ in starts) // 24 + 1)
    by_hand = max(sum(1 for a, d in stays_h if a <= hour < d) for hour in range(last_day_h))
    assert found.concurrency.at(100) == by_hand


def test_no_sessions_have_no_profile() -> None:
    with pytest.raises(ValueError, match="no sessions"):
        profile([])


def test_the_shipped_month_has_its_profile_as_text_json_and_pictures() -> None:
    rows = load_sessions(SAMPLE).rows

    found = profile_of(stays_of_rows(rows), name="caltech", time_zone="America/Los_Angeles")

    assert (found.sessions, found.days, found.sessions_per_day.at(100)) == (930, 31, 50.0)
    assert "930 sessions" in profile_text(found)
    assert found.as_json()["max_concurrency"] == {
        "p50": 23.0,
        "p90": 28.0,
        "p95": 30.0,
        "p99": 30.0,
        "p100": 30.0,
    }
    assert svg_of(profile_figure(found)) == svg_of(profile_figure(found))
    assert png_of(profile_figure(found)).startswith(b"\x89PNG")
    assert profile_page(found).count("<svg") == 1

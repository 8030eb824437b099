"""Long series cut for pictures: never too long, never without their peak."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.advisor.made_runs import Deed, a_result, a_scenario
from voltloom.advisor.series import busiest_day, concurrency, day_bounds_s, thinned


@given(st.lists(st.floats(0.0, 1e6), min_size=1, max_size=3_000), st.integers(1, 600))
def test_a_thinned_series_is_short_and_keeps_its_peak(values: list[float], most: int) -> None:
    power_w = np.array(values)

    time_s, cut_w = thinned(np.arange(len(values), dtype=np.float64), power_w, most)

    assert len(time_s) == len(cut_w) <= max(most, 1)
    assert cut_w.max() == power_w.max()
    assert time_s[0] == 0.0


def test_a_day_has_23_hours_when_clocks_go_forward() -> None:
    begin_s, end_s = day_bounds_s("2024-03-31", "Europe/Berlin")

    assert end_s - begin_s == 23 * 3_600.0


def test_the_load_profile_counts_who_is_plugged_in() -> None:
    result = a_result(a_scenario(days=3), "parallel", "none", 1, Deed())

    hours_h, mean_count, high_count = concurrency(result.trace.sessions, "America/Los_Angeles")

    assert mean_count[np.searchsorted(hours_h, 12.0)] == 3.0
    assert high_count.max() == 3.0
    assert mean_count[0] == 0.0


def test_the_busiest_day_is_the_first_of_equals() -> None:
    result = a_result(a_scenario(days=3), "parallel", "none", 1, Deed())

    assert busiest_day(result, "America/Los_Angeles") == "2019-10-01"

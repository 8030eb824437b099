"""The peak worth planning for."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.forecast.peak import DayVisits, flattened_peak_w, peak_target_w, with_peak

HOUR_S = 3600.0
EMPTY_W = np.zeros(24)


def day(*visits: tuple[float, float, float], most_w: float = 10_000.0) -> DayVisits:
    """Return visits from (arrival in h, departure in h, kWh)."""
    arrival_h, departure_h, energy_kwh = np.array(visits).T
    return DayVisits(
        arrival_s=arrival_h * HOUR_S,
        departure_s=departure_h * HOUR_S,
        energy_wh=energy_kwh * 1000.0,
        most_w=np.full(arrival_h.size, most_w),
    )


def test_one_vehicle_is_spread_over_its_stay() -> None:
    assert flattened_peak_w(day((8, 18, 20)), 0.0, HOUR_S, EMPTY_W) == pytest.approx(2000.0)


def test_the_tightest_window_counts() -> None:
    visits = day((8, 18, 20), (10, 12, 8), (10, 12, 8))

    # 16 kWh must flow from 10 to 12; the long stay goes round them.
    assert flattened_peak_w(visits, 0.0, HOUR_S, EMPTY_W) == pytest.approx(8000.0)


def test_charging_goes_round_the_building() -> None:
    base_w = EMPTY_W.copy()
    base_w[12:14] = 5000.0

    assert flattened_peak_w(day((10, 16, 8)), 0.0, HOUR_S, base_w) == pytest.approx(5000.0)
    assert flattened_peak_w(day((10, 16, 20)), 0.0, HOUR_S, base_w) == pytest.approx(5000.0)
    assert flattened_peak_w(day((10, 16, 26)), 0.0, HOUR_S, base_w) == pytest.approx(6000.0)


def test_a_vehicle_cannot_charge_outside_the_window_faster_than_it_can() -> None:
    # 8 to 10 with 9 kWh at 5 kW: at most 5 in one of the hours, so at least 4 in the other.
    visits = day((8, 10, 9), (9, 10, 3), most_w=5000.0)

    assert flattened_peak_w(visits, 0.0, HOUR_S, EMPTY_W) == pytest.approx(7000.0)


def test_energy_beyond_what_the_stay_allows_asks_for_no_peak() -> None:
    assert flattened_peak_w(day((8, 9, 40)), 0.0, HOUR_S, EMPTY_W) == pytest.approx(10_000.0)


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 4), st.floats(0.0, 30.0)), min_size=1, max_size=12)
)
def test_the_peak_lies_between_the_mean_and_everybody_at_once(rows: list[tuple[int, int, float]]) -> None:
    visits = day(*((float(at), float(at + stay), kwh) for at, stay, kwh in rows))

    peak_w = flattened_peak_w(visits, 0.0, HOUR_S, EMPTY_W)

    possible_wh = np.minimum(visits.energy_wh, 10_000.0 * (visits.departure_s - visits.arrival_s) / HOUR_S)
    assert peak_w >= possible_wh.sum() / 24.0 - 1e-6
    assert peak_w <= 10_000.0 * len(rows) + 1e-6


def test_the_more_days_are_left_the_higher_the_peak_worth_planning_for() -> None:
    peaks_w = np.arange(1000.0, 31_000.0, 1000.0)

    targets_w = [peak_target_w(peaks_w, days_left, 0.0) for days_left in (1, 5, 30)]

    assert targets_w == sorted(targets_w)
    assert targets_w[0] == pytest.approx(15_500.0)  # the median of a single day
    assert targets_w[-1] == pytest.approx(30_000.0, rel=0.02)


def test_a_peak_that_is_paid_already_is_used() -> None:
    assert peak_target_w(np.array([5000.0, 6000.0]), 3, 20_000.0) == 20_000.0
    assert peak_target_w(np.zeros(0), 30, 4000.0) == 4000.0
    assert peak_target_w(np.array([5000.0]), 0, 4000.0) == 4000.0


def test_old_peaks_are_forgotten() -> None:
    peaks_w = np.zeros(0)
    for number in range(100):
        peaks_w = with_peak(peaks_w, float(number), kept=30)

    assert peaks_w.tolist() == [float(number) for number in range(70, 100)]

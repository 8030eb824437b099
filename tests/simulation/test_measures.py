"""Figures that people compare: fairness, reversals, coarse curves, and clocks that do not drift."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.simulation.clock import clock_of
from voltloom.simulation.measures import coarse, jain_fairness, reversals_per_dwell


def test_fairness_is_one_when_all_get_the_same_part_and_a_share_when_one_gets_all() -> None:
    assert jain_fairness(np.array([0.4, 0.4, 0.4])) == pytest.approx(1.0)
    assert jain_fairness(np.array([1.0, 0.0, 0.0, 0.0])) == pytest.approx(0.25)
    assert jain_fairness(np.zeros(3)) == 1.0


def test_reversals_count_for_one_vehicle_and_one_dwell_time() -> None:
    assert reversals_per_dwell(12, plugged_s=3600.0, dwell_s=300.0) == pytest.approx(1.0)
    assert reversals_per_dwell(0, plugged_s=0.0, dwell_s=300.0) == 0.0


@given(st.lists(st.floats(0.0, 20_000.0), min_size=1, max_size=900))
def test_a_coarse_curve_keeps_the_energy_of_the_fine_one(power: list[float]) -> None:
    fine_w = np.array(power, dtype=np.float32)
    times_s = np.arange(0.0, fine_w.size) * np.float64(60.0)

    at_s, mean_w = coarse(times_s, fine_w)

    length_s = np.diff([*at_s, fine_w.size * 60.0])
    assert at_s.size <= 400
    assert float((mean_w * length_s).sum()) == pytest.approx(
        float(fine_w.astype(np.float64).sum()) * 60.0, rel=1e-6, abs=1e-3
    )


@given(
    start_s=st.floats(0.0, 2e9), step_s=st.sampled_from([1.0, 10.0, 60.0, 300.0]), step=st.integers(0, 9999)
)
def test_every_step_begins_where_the_clock_finds_it(start_s: float, step_s: float, step: int) -> None:
    clock = clock_of(
        start_s=start_s, end_s=start_s + 1e4 * step_s, step_s=step_s, period_s=step_s, report_period_s=step_s
    )

    assert clock.step_at(clock.time_s(step)) == step
    assert clock.step_at(clock.time_s(step) + 0.5 * step_s) == step


@pytest.mark.parametrize(
    ("step_s", "period_s", "end_s"), [(60.0, 90.0, 600.0), (60.0, 30.0, 600.0), (60.0, 60.0, 0.0)]
)
def test_a_clock_that_cannot_run_says_why(step_s: float, period_s: float, end_s: float) -> None:
    with pytest.raises(ValueError, match=r"multiple|nothing to run"):
        clock_of(start_s=0.0, end_s=end_s, step_s=step_s, period_s=period_s, report_period_s=60.0)

"""Under a flat price a plan that is made anew every five minutes leaves limits alone."""

from __future__ import annotations

import pytest

from tests.simulation.flat_night import HOUR_S, Night, flat_night
from voltloom.simulation.run import run

PILOTS_A = tuple(map(float, range(6, 33)))


@pytest.mark.parametrize(
    "night",
    [
        pytest.param(Night(), marks=pytest.mark.nightly),
        Night(pilots_a=PILOTS_A),
        pytest.param(Night(spread_h=1.0), marks=pytest.mark.nightly),
        pytest.param(Night(demand_eur_per_kw=10.0), marks=pytest.mark.nightly),
    ],
    ids=["all at six", "pilots", "within an hour", "demand charge"],
)
def test_a_flat_price_night_has_few_changes_and_no_reversal(night: Night) -> None:
    world = flat_night(night)

    result = run(world, architecture="adaptive-plan", faults="none", seed=1)

    summary = result.summary
    plugged_h = sum(visit.departure_s - visit.arrival_s for visit in world.visits) / HOUR_S
    assert result.breaches == ()
    assert summary.delivered_ratio > 0.99
    assert summary.setpoint_changes_per_session * summary.sessions / plugged_h <= 6.0
    assert summary.reversals_per_dwell == 0.0

"""What a visit could have taken alone is what the physics gives it when nothing holds it back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.small_world import HOUR_S, START_S, played, scenario_of, visit
from voltloom.simulation.vehicle import obtainable_wh
from voltloom.simulation.visits import BatteryKind, BatterySpec


@settings(max_examples=25)
@given(
    kind=st.sampled_from(BatteryKind),
    initial_wh=st.floats(0.0, 60_000.0),
    wants_wh=st.floats(0.0, 50_000.0),
    most_w=st.floats(5_000.0, 30_000.0),
    minutes=st.integers(1, 120),
)
def test_a_car_alone_gets_what_it_could_get(
    kind: BatteryKind, initial_wh: float, wants_wh: float, most_w: float, minutes: int
) -> None:
    car = replace(
        visit(1, wants_wh=wants_wh, max_power_w=most_w, departure_s=START_S + minutes * 60.0),
        battery=BatterySpec(kind=kind, capacity_wh=60_000.0, initial_wh=initial_wh),
    )
    scenario = scenario_of(car, rating_a=100.0)

    result, _ = played(scenario, [32.0, 0.0, 0.0])

    expected_wh = obtainable_wh(scenario.network, 0, car, minutes * 60.0)
    assert result.summary.energy_delivered_wh == pytest.approx(expected_wh, abs=1e-4)
    assert result.summary.unmet_sessions == 0


def test_a_one_phase_car_takes_a_third_and_loads_one_phase_only() -> None:
    car = visit(1, uses_all_phases=False, max_power_w=7_360.0)

    result, _ = played(scenario_of(car), [16.0, 0.0, 0.0])

    assert result.trace.power_w[0] == pytest.approx(16.0 * 230.0)
    assert result.summary.peak_a == pytest.approx(16.0)


def test_a_car_whose_minimum_the_outlet_cannot_offer_could_get_nothing() -> None:
    scenario = scenario_of(visit(1))
    picky = visit(1, min_a=40.0)

    assert obtainable_wh(scenario.network, 0, picky, HOUR_S) == 0.0

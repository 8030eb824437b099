"""What batteries take, beside numbers that acnportal 0.3.3 gave, and how warm a breaker gets."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.places import row_of
from voltloom.simulation.columns import VehicleColumns, empty_vehicles, idle_stations
from voltloom.simulation.kernels import flow, taken_wh, two_stage_soc, warm
from voltloom.site.network import network_of

NETWORK = network_of(row_of(1, rating_a=100.0))

# capacity, initial, most power, transition, offered power, step; energy of three steps in a row (Wh, W, s).
# Battery.charge and Linear2StageBattery._charge without noise.
ACNPORTAL = [
    (False, 40000.0, 31000.0, 6600.0, 0.8, 6656.0, 300.0, (550.0, 550.0, 550.0)),
    (False, 40000.0, 36000.0, 6600.0, 0.8, 3328.0, 300.0, (277.3333333333333,) * 3),
    (False, 24000.0, 23900.0, 3300.0, 0.7, 7360.0, 900.0, (100.00000000000142, 0.0, 0.0)),
    (False, 8000.0, 0.0, 11000.0, 0.9, 11040.0, 1800.0, (5500.0, 2500.0, 0.0)),
    (True, 40000.0, 10000.0, 6600.0, 0.8, 6656.0, 300.0, (549.9999999999994,) * 3),
    (True, 40000.0, 31000.0, 6600.0, 0.8, 6656.0, 300.0, (550.0, 549.3775960489522, 524.9170292478623)),
    (
        *(True, 40000.0, 36000.0, 6600.0, 0.8, 3328.0, 300.0),
        (265.75983633155613, 248.10276367981388, 231.618826212574),
    ),
    (
        *(True, 24000.0, 23900.0, 3300.0, 0.7, 7360.0, 900.0),
        (10.826237614693035, 9.654163405794058, 8.608980735771432),
    ),
    (True, 8000.0, 0.0, 11000.0, 0.9, 11040.0, 1800.0, (5500.0, 2493.078643837504, 6.914204341517128)),
    (True, 60000.0, 47500.0, 6656.0, 0.8, 1664.0, 3600.0, (1664.0, 1664.0, 1664.0)),
    (
        *(True, 85000.0, 84999.0, 50000.0, 0.8, 2400.0, 60.0),
        (0.047837540332884565, 0.045549110072040655, 0.04337015268029987),
    ),
]


def a_vehicle(**values: float) -> VehicleColumns:
    vehicles = empty_vehicles(NETWORK, draw_ratio=1.0)
    given_values = {"is_there": True, "left_wh": np.inf, "min_a": 6.0, "max_w": 11_040.0} | values
    for name, value in given_values.items():
        getattr(vehicles, name)[0] = value
    return vehicles


@pytest.mark.parametrize("case", ACNPORTAL)
def test_a_battery_takes_what_it_takes_in_acn_sim(
    case: tuple[bool, float, float, float, float, float, float, tuple[float, ...]],
) -> None:
    two_stage, capacity, initial, most, transition, offered, step, expected = case
    vehicles = a_vehicle(
        is_two_stage=two_stage,
        capacity_wh=capacity,
        charge_wh=initial,
        max_w=most,
        transition_soc_ratio=transition,
    )

    taken = []
    for _ in expected:
        taken.append(taken_wh(vehicles, 0, offered, step))
        vehicles.charge_wh[0] += taken[-1]

    assert taken == pytest.approx(expected, rel=1e-9, abs=1e-8)


@given(
    soc=st.floats(0.0, 1.0),
    offered=st.floats(0.0, 3.0),
    transition=st.floats(0.0, 0.99),
    share=st.floats(0.01, 1.0),
)
def test_a_tapering_battery_never_overfills_nor_takes_more_than_is_offered(
    soc: float, offered: float, transition: float, share: float
) -> None:
    after = two_stage_soc(soc, offered, transition, share)

    assert soc - 1e-12 <= after <= 1.0
    assert after - soc <= offered + 1e-12


@given(soc=st.floats(0.0, 0.999), transition=st.floats(0.05, 0.95), share=st.floats(0.05, 1.0))
def test_two_half_steps_fill_a_tapering_battery_as_one_whole_step(
    soc: float, transition: float, share: float
) -> None:
    whole = two_stage_soc(soc, 0.4, transition, share)

    halves = two_stage_soc(two_stage_soc(soc, 0.2, transition, share), 0.2, transition, share)

    assert halves == pytest.approx(whole, abs=1e-12)


def energy_under(limit_a: float, vehicles: VehicleColumns, steps: int = 1) -> float:
    stations = idle_stations(NETWORK)
    stations.is_authorised[0] = True
    stations.held_a[0] = limit_a
    for step in range(steps):
        flow(vehicles, stations, step * 60.0, 60.0)
    return float(vehicles.delivered_wh[0])


def test_a_vehicle_offered_less_than_its_minimum_draws_nothing() -> None:
    assert energy_under(5.9, a_vehicle(capacity_wh=50_000.0)) == 0.0
    assert energy_under(6.0, a_vehicle(capacity_wh=50_000.0)) == pytest.approx(6.0 * 690.0 / 60.0)


def test_a_fixed_vehicle_stays_at_the_current_it_started_with() -> None:
    vehicles = a_vehicle(capacity_wh=50_000.0, is_fixed=True)
    stations = idle_stations(NETWORK)
    stations.is_authorised[0] = True

    drawn = []
    for step, limit_a in enumerate([10.0, 16.0, 6.0, 0.0, 8.0]):
        stations.held_a[0] = limit_a
        flow(vehicles, stations, step * 60.0, 60.0)
        drawn.append(float(stations.current_a[0]))

    assert drawn == pytest.approx([10.0, 10.0, 10.0, 0.0, 8.0])


def test_a_disobedient_vehicle_draws_its_most_whenever_it_is_offered_anything() -> None:
    vehicles = a_vehicle(capacity_wh=50_000.0, ignores_limit=True)

    assert energy_under(6.0, vehicles) == pytest.approx(11_040.0 / 60.0)


def test_nothing_flows_before_the_token_is_accepted_or_without_power() -> None:
    vehicles, stations = a_vehicle(capacity_wh=50_000.0), idle_stations(NETWORK)
    stations.held_a[0] = 16.0

    flow(vehicles, stations, 0.0, 60.0)
    stations.is_authorised[0], stations.has_power[0] = True, False
    flow(vehicles, stations, 60.0, 60.0)

    assert vehicles.delivered_wh[0] == 0.0


def time_to_open_s(ratio: float, longest_s: int = 3600) -> float:
    heat, is_open = np.zeros(1), np.zeros(1, dtype=bool)
    for second in range(longest_s):
        opened, _ = warm(np.array([ratio]), np.ones(1), heat, is_open, math.exp(-1.0 / 270.0), 1.13**2, 5.0)
        if opened == 0:
            return second + 1.0
    return math.inf


def test_a_breaker_opens_within_the_conventional_times() -> None:
    assert time_to_open_s(1.13) == math.inf  # IEC 60898-1: not within the hour
    assert time_to_open_s(1.45) <= 3600.0  # within the hour
    assert 60.0 <= time_to_open_s(2.0) <= 120.0
    assert time_to_open_s(2.55) <= 60.0
    assert time_to_open_s(5.1) == 1.0

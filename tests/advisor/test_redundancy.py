"""Uptime arithmetic, and the promise that all vehicles are ready by morning."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.advisor.made_runs import Deed, a_result, a_scenario
from voltloom.advisor.redundancy import check_promise, next_time_s, redundancy_for

ZONE = "America/Los_Angeles"


def test_three_nines_from_two_controllers_of_99_percent() -> None:
    found = redundancy_for(0.999, controller_ratio=0.99, station_ratio=0.98, stations_needed=10)

    assert found.controllers == 2
    assert found.reached_ratio == pytest.approx(0.9999)
    assert found.down_h_per_year == pytest.approx(8.766)


def test_spare_outlets_are_the_fewest_that_reach_the_target() -> None:
    found = redundancy_for(0.95, controller_ratio=0.99, station_ratio=0.9, stations_needed=1)

    assert found.spare_stations == 1  # one of two: 1 - 0.1 * 0.1 = 0.99; one of one is only 0.9


def test_an_availability_that_is_hopeless_is_told_so() -> None:
    found = redundancy_for(0.999999, controller_ratio=0.2, station_ratio=0.5, stations_needed=3)

    assert found.controllers is None


@given(target=st.floats(0.5, 0.9999), one=st.floats(0.5, 0.999))
def test_the_number_of_controllers_reaches_the_target_and_one_less_does_not(
    target: float, one: float
) -> None:
    found = redundancy_for(target, controller_ratio=one, station_ratio=0.99, stations_needed=1)

    if found.controllers is not None:
        assert 1 - (1 - one) ** found.controllers >= target
        assert found.controllers == 1 or 1 - (1 - one) ** (found.controllers - 1) < target


def test_the_promise_is_broken_by_a_vehicle_that_is_not_full_in_time() -> None:
    world = a_scenario(days=2)
    result = a_result(
        world, "sequential", "none", 1, Deed(delivered_wh=lambda day, k: 10_000.0 - 4_000.0 * k)
    )

    check = check_promise(result, ready_by="16:00", wanted_ratio=1.0, time_zone=ZONE)

    assert check.vehicles == 6
    assert check.ready == 2
    assert not check.is_kept
    assert check.late[0][0] == "s-0-1"
    assert check.late[0][1] == pytest.approx(4_000.0)


def test_energy_that_comes_after_the_hour_does_not_count() -> None:
    world = a_scenario(days=1)
    late = Deed(wait_s=lambda day, k: 5 * 3_600.0)
    result = a_result(world, "sequential", "none", 1, late)

    check = check_promise(result, ready_by="14:00", wanted_ratio=1.0, time_zone=ZONE)

    assert check.ready == 0


def test_a_promise_about_no_vehicle_is_not_called_kept() -> None:
    world = a_scenario(days=1)
    result = a_result(world, "parallel", "none", 1, Deed())

    check = check_promise(result, ready_by="23:00", wanted_ratio=1.0, time_zone=ZONE)

    assert check.vehicles == 0
    assert not check.is_kept


def test_the_hour_is_local_on_the_day_the_clocks_change() -> None:
    zone = ZoneInfo("Europe/Berlin")
    evening = datetime(2024, 3, 30, 20, 0, tzinfo=zone).timestamp()

    due_s = next_time_s(evening, "07:00", zone)

    assert due_s - evening == 10 * 3_600.0  # eleven hours on the clock, one of them does not exist

"""Limits, delays and reactions of what is watched for safety."""

import numpy as np
import pytest

from voltloom.session.alarms import CATALOGUE
from voltloom.session.events import HardwareFault
from voltloom.session.monitoring import MONITORS, REACTIONS, Quantity, Watch, unwatched, watched

LIMITS_A = np.array([16.0, 16.0, 0.0])


def watch_for(seconds: range, currents_a: list[float]) -> Watch:
    watch = unwatched(3)
    for now_s in seconds:
        watch = watched(watch, Quantity.CURRENT_OVER_LIMIT, float(now_s), np.array(currents_a), LIMITS_A)
    return watch


def test_a_vehicle_over_its_limit_for_a_minute_is_disobedient_and_its_neighbours_are_not() -> None:
    before, after = (
        watch_for(range(0, 51, 10), [20.0, 16.5, 0.5]),
        watch_for(range(0, 61, 10), [20.0, 16.5, 0.5]),
    )

    assert list(before.tripped) == [False, False, False]
    assert list(after.tripped) == [True, False, False]


def test_a_moment_within_the_limit_starts_the_delay_anew() -> None:
    watch = watch_for(range(0, 51, 10), [20.0, 0.0, 0.0])
    watch = watched(watch, Quantity.CURRENT_OVER_LIMIT, 55.0, np.array([10.0, 0.0, 0.0]), LIMITS_A)
    watch = watched(watch, Quantity.CURRENT_OVER_LIMIT, 70.0, np.array([20.0, 0.0, 0.0]), LIMITS_A)

    assert not watch.tripped.any()


def test_a_meter_that_says_nothing_neither_accuses_nor_acquits() -> None:
    watch = watch_for(range(0, 51, 10), [20.0, 0.0, 0.0])

    watch = watched(watch, Quantity.CURRENT_OVER_LIMIT, 60.0, np.full(3, np.nan), LIMITS_A)

    assert list(watch.tripped) == [True, False, False]


def test_low_voltage_is_found_from_below() -> None:
    nominal_v = np.full(3, 230.0)
    watch = unwatched(3)
    for now_s in (0.0, 60.0):
        watch = watched(watch, Quantity.VOLTAGE_LOW, now_s, np.array([180.0, 200.0, 260.0]), nominal_v)

    assert list(watch.tripped) == [True, False, False]


@pytest.mark.parametrize("quantity", Quantity)
def test_every_watched_quantity_has_delay_reaction_and_advice(quantity: Quantity) -> None:
    monitor = MONITORS[quantity]

    assert monitor.delay_s > 0.0
    assert CATALOGUE[monitor.alarm].next_step


@pytest.mark.parametrize("fault", HardwareFault)
def test_every_fault_a_station_can_report_has_a_reaction_and_advice(fault: HardwareFault) -> None:
    _, kind = REACTIONS[fault]

    assert CATALOGUE[kind].next_step

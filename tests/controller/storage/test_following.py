"""A plan's step as batteries follow it: at the meter where the plan is about the meter, else at their own terminals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.controller.storage.test_rule import batteries
from voltloom.controller.storage.following import PlanStep, followed
from voltloom.controller.storage.settings import StorageSettings
from voltloom.decision.storage import NO_USE, BatterySetpoint, PlannedUse, StorageCause

FREE = StorageSettings()


def told(
    planned_w: float,
    grid_w: float,
    site_w: float,
    *,
    peak_w: float = math.inf,
    settings: StorageSettings = FREE,
    soc_ratio: float = 0.5,
) -> tuple[float, StorageCause]:
    """Return what one battery of 10 kW does under a step of a plan."""
    step = PlanStep(np.array([planned_w]), grid_w, peak_w, (NO_USE,))
    found = followed(step, site_w, np.array([soc_ratio]), np.zeros(1), batteries(10_000.0), settings)
    return float(found.power_w[0]), StorageCause(int(found.cause[0]))


def test_it_does_what_is_planned_whatever_the_site_draws() -> None:
    assert told(6_000.0, 10_000.0, 4_000.0) == (6_000.0, StorageCause.PLANNED)
    assert told(6_000.0, 10_000.0, 9_000.0) == (6_000.0, StorageCause.PLANNED)
    assert told(0.0, 4_000.0, 9_000.0) == (0.0, StorageCause.PLANNED)


def test_where_the_plan_neither_buys_nor_sells_it_keeps_the_meter_at_nothing() -> None:
    assert told(-4_000.0, 0.0, 5_500.0) == (-5_500.0, StorageCause.OWN_USE)
    assert told(4_000.0, 0.0, -2_500.0) == (2_500.0, StorageCause.SURPLUS)
    assert told(4_000.0, 0.0, 2_500.0)[0] == 0.0, "the sun is gone: it does not buy instead"
    assert told(-4_000.0, 0.0, -2_500.0)[0] == 0.0


def test_a_meter_is_not_kept_at_the_same_value_to_the_watt() -> None:
    left_w = {round(site_w + told(-4_000.0, 0.0, site_w)[0], 6) for site_w in (4_031.0, 5_512.0, 6_377.0)}

    assert left_w == {31.0, 12.0, 77.0}


def test_where_the_plan_draws_its_peak_it_keeps_the_meter_there() -> None:
    assert told(-4_000.0, 20_000.0, 26_000.0, peak_w=20_000.0) == (-6_000.0, StorageCause.PEAK)
    assert told(-4_000.0, 20_000.0, 15_000.0, peak_w=20_000.0)[0] == 0.0


def test_a_battery_at_rest_takes_what_comes_above_the_planned_peak() -> None:
    assert told(0.0, 20_000.0, 23_000.0, peak_w=20_000.0) == (-3_000.0, StorageCause.PEAK)
    assert told(0.0, 20_000.0, 20_000.0, peak_w=20_000.0)[0] == 0.0


def test_what_the_plan_uses_on_the_site_is_not_sold() -> None:
    assert told(-4_000.0, 2_000.0, 1_000.0)[0] == -1_000.0
    assert told(-4_000.0, -3_000.0, 1_000.0)[0] == -4_000.0, "where it is planned to be sold it is"


def test_charging_makes_no_peak_and_an_operators_target_holds() -> None:
    assert told(6_000.0, 10_000.0, 17_000.0, peak_w=20_000.0)[0] == 3_000.0
    target = StorageSettings(peak_w=15_000.0)
    assert told(6_000.0, 10_000.0, 12_000.0, settings=target)[0] == 3_000.0
    assert told(0.0, 10_000.0, 18_000.0, settings=target) == (-3_000.0, StorageCause.PEAK)


def test_what_would_be_given_away_is_stored() -> None:
    step = PlanStep(np.zeros(1), 1_000.0, math.inf, (NO_USE,), gives_surplus_away=True)

    found = followed(step, -2_000.0, np.array([0.5]), np.zeros(1), batteries(10_000.0), FREE)

    assert found.power_w.tolist() == [2_000.0]
    assert found.cause.tolist() == [int(StorageCause.SURPLUS)]


def test_a_full_an_empty_and_an_unknown_battery_rest() -> None:
    assert told(6_000.0, 10_000.0, 4_000.0, soc_ratio=0.95) == (0.0, StorageCause.FULL)
    assert told(-6_000.0, 10_000.0, 20_000.0, soc_ratio=0.05) == (0.0, StorageCause.EMPTY)
    assert told(6_000.0, 10_000.0, 4_000.0, soc_ratio=math.nan) == (0.0, StorageCause.SILENT)


@given(
    planned=st.lists(st.floats(-20_000.0, 20_000.0), min_size=1, max_size=3),
    grid_w=st.floats(-20_000.0, 40_000.0),
    site_w=st.floats(-40_000.0, 60_000.0),
    peak_w=st.one_of(st.just(math.inf), st.floats(1_000.0, 60_000.0)),
    target_w=st.one_of(st.just(math.inf), st.floats(1_000.0, 60_000.0)),
)
def test_no_battery_is_told_what_it_cannot_do_nor_to_make_a_peak(
    planned: list[float], grid_w: float, site_w: float, peak_w: float, target_w: float
) -> None:
    most_w = [9_000.0, 4_000.0, 2_000.0][: len(planned)]
    step = PlanStep(np.array(planned), grid_w, peak_w, (NO_USE,) * len(planned))
    settings = StorageSettings(peak_w=target_w, deadband_w=0.0)
    storage, soc = batteries(*most_w), np.full(len(planned), 0.5)

    power_w = followed(step, site_w, soc, np.zeros(len(planned)), storage, settings).power_w

    assert (np.abs(power_w) <= np.array(most_w) + 1e-6).all()
    together_w = float(power_w.sum())
    if together_w > 0.0:
        assert site_w + together_w <= max(min(peak_w, target_w), site_w) + 1e-6


@pytest.mark.parametrize(
    ("after_w", "use", "words"),
    [
        (
            5_000.0,
            PlannedUse(7_200.0, 0.20, 0.32, "EUR", 2),
            "the plan uses it in 2.0 h, when a kWh costs 12 ct more",
        ),
        (
            -5_000.0,
            PlannedUse(7_200.0, 0.32, 0.20, "EUR", 2),
            "it charges again in 2.0 h, when a kWh costs 12 ct less",
        ),
        (0.0, PlannedUse(3_600.0, 0.2, 0.2, "EUR", 2), "it waits until it is of more use in 1.0 h"),
        (5_000.0, NO_USE, "the plan keeps it for later"),
        (-5_000.0, NO_USE, "what was stored is worth most now"),
    ],
)
def test_a_battery_says_what_the_plan_has_it_for(after_w: float, use: PlannedUse, words: str) -> None:
    setpoint = BatterySetpoint(
        time_s=0.0,
        battery_id="cellar",
        cause=StorageCause.PLANNED,
        before_w=0.0,
        after_w=after_w,
        site_w=1_000.0,
        soc_ratio=0.5,
        target_w=math.inf,
        age_s=1.0,
        use=use,
    )

    assert setpoint.sentence().endswith(f"{words}.")
    assert (setpoint.record()["planned"] is None) is (use is NO_USE)

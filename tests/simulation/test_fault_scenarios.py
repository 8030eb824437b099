"""The shipped days of trouble: nothing is breached, and the cars get nearly what they get on a day without it."""

from __future__ import annotations

from functools import cache

import pytest

from voltloom.simulation.run import run
from voltloom.simulation.scenario_file import load_scenario
from voltloom.simulation.scenario_layers import shipped_folder
from voltloom.simulation.summary import RunSummary

FOLDER = shipped_folder() / "faults"
# What a day of trouble may cost, as a share of what was asked for.
COST_RATIO = {
    "station_offline": 0.10,
    "vehicle_flapping": 0.12,
    "message_chaos": 0.10,
    "controller_crash": 0.06,
    "power_cut": 0.06,
}


@cache
def a_good_day(architecture: str) -> RunSummary:
    scenario = load_scenario(str(FOLDER / "base.toml"))
    result = run(scenario, architecture=architecture, faults="none", seed=scenario.seed)
    assert result.breaches == ()
    return result.summary


@pytest.mark.parametrize("architecture", [pytest.param("parallel", marks=pytest.mark.nightly), "adaptive"])
@pytest.mark.parametrize("name", COST_RATIO)
def test_a_day_of_trouble_breaches_nothing_and_costs_little(name: str, architecture: str) -> None:
    scenario = load_scenario(str(FOLDER / f"{name}.toml"))

    trouble = run(scenario, architecture=architecture, faults="severe", seed=scenario.seed)
    all_well = a_good_day(architecture)

    assert trouble.breaches == ()
    assert trouble.trace.faults, "something did go wrong"
    assert trouble.summary.breaker_trips == 0
    assert all_well.delivered_ratio > 0.7
    cost_ratio = all_well.delivered_ratio - trouble.summary.delivered_ratio
    assert cost_ratio < COST_RATIO[name]


def test_every_file_of_trouble_is_played() -> None:
    files = {file.stem for file in FOLDER.glob("*.toml")}

    stories = {name for name in files if name.startswith("drift_")}
    assert files - stories == {*COST_RATIO, "base"}

"""The source's story: a drifting meter makes the adaptive controller trip the main breaker. With the safeguards on it does not."""

from __future__ import annotations

import pytest

from voltloom.simulation.run import run
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.scenario_layers import shipped_folder
from voltloom.simulation.summary import RunResult

FOLDER = shipped_folder() / "faults"
OFF = ("control.safety.checks_plausibility=false", "control.safety.margin_ratio=0")


def drift(
    file: str, architecture: str, assignments: tuple[str, ...] = (), faults: str = "severe"
) -> RunResult:
    scenario = load_scenario(str(FOLDER / f"{file}.toml"), Overrides(assignments=assignments))
    return run(scenario, architecture=architecture, faults=faults, seed=scenario.seed)


@pytest.mark.parametrize("architecture", ["adaptive", "parallel"])
def test_a_controller_that_believes_a_drifting_meter_trips_the_main_breaker(architecture: str) -> None:
    result = drift("drift_trips_the_breaker_unguarded", architecture)

    assert [breach.checker for breach in result.breaches] == ["breaker"]
    assert result.breaches[0].what.startswith("main/L1 opened")
    assert result.summary.breaker_trips > 0
    assert result.summary.degraded_s == 0.0, "it never doubted anything"


@pytest.mark.parametrize("architecture", ["adaptive", "parallel"])
@pytest.mark.parametrize("gain_per_hour", [-0.3, -2.0])
def test_with_the_safeguards_on_the_breaker_holds_and_the_cars_charge(
    architecture: str, gain_per_hour: float
) -> None:
    speed = (f"faults.severe.0.magnitude_ratio={gain_per_hour}",)

    result = drift("drift_trips_the_breaker", architecture, speed)

    assert result.breaches == ()
    assert result.summary.breaker_trips == 0
    assert result.summary.degraded_s > 0.0, "the meter was doubted"
    assert result.summary.delivered_ratio > 0.8


def test_switching_the_safeguards_off_by_hand_trips_it_too_and_without_the_drift_nothing_happens() -> None:
    by_hand = drift("drift_trips_the_breaker", "adaptive", OFF)
    all_well = drift("drift_trips_the_breaker", "adaptive", OFF, faults="none")

    assert [breach.checker for breach in by_hand.breaches] == ["breaker"]
    assert all_well.breaches == ()

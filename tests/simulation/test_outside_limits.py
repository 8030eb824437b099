"""Limits from outside in a simulated day: told by the scenario, kept by every architecture, seen by a checker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.simulation.small_world import HOUR_S, START_S, played, scenario_of, visit
from tests.simulation.stress_world import (
    ARCHITECTURES,
    limited_breach_of,
    limited_world,
    stress_world,
)
from voltloom.controller.settings import ControlSettings
from voltloom.decision.reason import Cause
from voltloom.simulation.faults import FaultKind, FaultSpec, Restart
from voltloom.simulation.outside_limits import OutsideLimitSpec, limits_at
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.scenario_layers import shipped_folder
from voltloom.site.mistakes import PlanError
from voltloom.site.outside import LimitKind, LimitSource

EVENING = OutsideLimitSpec(id="evening", limit_a=16.0, told_s=1800.0, start_s=3600.0, length_s=3600.0)


def limited(*specs: OutsideLimitSpec, faults: tuple[FaultSpec, ...] = ()) -> Scenario:
    scenario = scenario_of(
        *(visit(n) for n in (1, 2, 3)),
        hours=4.0,
        rating_a=60.0,
        step_s=30.0,
        settings=ControlSettings(period_s=60.0),
        faults=faults,
    )
    return replace(scenario, outside_limits=specs)


def load_a(scenario: Scenario, architecture: str, from_s: float, to_s: float, faults: str = "none") -> float:
    """Return the most that flowed between two times after the start, on each phase."""
    result = run(scenario, architecture=architecture, faults=faults, seed=1)
    assert result.breaches == ()
    trace = result.trace
    inside = (trace.time_s >= START_S + from_s) & (trace.time_s < START_S + to_s)
    return float(trace.power_w[inside].max()) / 690.0


@pytest.mark.parametrize("architecture", ["sequential", "parallel", "adaptive", "llf"])
def test_every_architecture_keeps_a_limit_from_its_beginning_to_its_end(architecture: str) -> None:
    scenario = limited(EVENING)

    during_a = load_a(scenario, architecture, 3600.0, 7200.0)

    assert 6.0 <= during_a <= 16.0
    assert load_a(scenario, architecture, 1800.0, 3500.0) > 16.0 or architecture == "sequential"
    assert load_a(limited(), architecture, 3600.0, 7200.0) > 16.0 or architecture == "sequential"


def test_the_last_changes_name_who_limits_the_site() -> None:
    scenario = limited(replace(EVENING, length_s=4 * HOUR_S))

    result = run(scenario, architecture="parallel", faults="none", seed=1)

    trace = result.trace
    is_limited = trace.time_s >= START_S + 3600.0
    assert set(trace.limit_w[is_limited]) == {3 * 230.0 * 16.0}
    assert set(trace.limit_w[~is_limited]) == {3 * 230.0 * 60.0}
    named = [point.reason.imposed for point in result.trace.changes if point.reason.imposed is not None]
    assert named
    assert {(one.source, one.limit_id) for one in named} == {(LimitSource.GRID_OPERATOR, "evening")}


def test_a_controller_that_forgot_everything_is_told_the_limit_again() -> None:
    crash = FaultSpec(
        kind=FaultKind.CONTROLLER_CRASH, start_s=4000.0, length_s=120.0, restart=Restart.NOTHING
    )
    scenario = limited(replace(EVENING, length_s=8000.0), faults=(crash,))

    assert load_a(scenario, "parallel", 4800.0, 11_000.0, faults="some") <= 16.0


def test_what_is_replaced_withdrawn_or_a_target_binds_nobody_longer() -> None:
    first = replace(EVENING, told_s=0.0, start_s=0.0, length_s=10_000.0)
    second = replace(first, limit_a=30.0, told_s=3000.0)
    gone = replace(first, id="other", limit_a=8.0, withdrawn_s=600.0)
    target = replace(first, id="third", limit_a=5.0, kind=LimitKind.TARGET)
    scenario = limited(first, second, gone, target)

    assert limits_at(scenario, START_S + 300.0).tolist() == [8.0] * 3
    assert limits_at(scenario, START_S + 900.0).tolist() == [16.0] * 3
    assert limits_at(scenario, START_S + 3100.0).tolist() == [30.0] * 3
    assert np.isinf(limits_at(scenario, START_S + 10_001.0)).all()


def test_a_controller_that_does_not_care_about_a_limit_is_found_out() -> None:
    scenario = limited(EVENING)

    result, _ = played(scenario, [10.0, 10.0, 10.0])

    assert [breach.checker for breach in result.breaches] == ["outside"]
    assert result.breaches[0].time_s >= START_S + 3600.0
    assert "limited to 16.00 A" in result.breaches[0].what


@pytest.mark.parametrize("kind", LimitKind)
def test_nobody_counts_as_starved_where_a_limit_leaves_no_room_for_a_minimum(kind: LimitKind) -> None:
    long = replace(EVENING, limit_a=3.0, told_s=0.0, start_s=600.0, length_s=12_000.0, kind=kind)
    scenario = replace(limited(long), end_s=START_S + 5 * HOUR_S)

    result = run(scenario, architecture="parallel", faults="none", seed=1)
    delivered_wh = [outcome.delivered_wh for outcome in result.trace.sessions]

    assert result.breaches == ()
    assert min(delivered_wh) > 1000.0  # they went on after it


def test_without_a_limit_no_checker_looks_and_no_cause_is_from_outside() -> None:
    result = run(limited(), architecture="parallel", faults="none", seed=1)

    assert Cause.LIMIT_REACHED not in {point.reason.cause for point in result.trace.changes}


def test_a_scenario_file_says_who_limits_what_and_every_mistake_by_its_path(tmp_path: Path) -> None:
    file = tmp_path / "limited.toml"
    text = f"""
base = "{shipped_folder() / "faults" / "base.toml"}"

[[outside_limit]]
id = "evening"
limit_a = 25.0
start_s = 36000.0
length_s = 7200.0

[[outside_limit]]
id = "row"
source = "energy_management"
circuit = "row_a"
power_w = 6900.0
told_s = 40000.0
start_s = 40000.0
length_s = 1000.0
"""
    file.write_text(text, encoding="utf-8")
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(text.replace('"row_a"', '"row_z"').replace("25.0", "-25.0"), encoding="utf-8")
    twice = tmp_path / "twice.toml"
    twice.write_text(text.replace("power_w", "limit_a = 5.0\npower_w"), encoding="utf-8")

    scenario = load_scenario(str(file))
    paths = []
    for bad in (wrong, twice):
        with pytest.raises(PlanError) as caught:
            load_scenario(str(bad), Overrides())
        paths += [mistake.path for mistake in caught.value.mistakes]
    result = run(scenario, architecture="adaptive", faults="none", seed=1)

    assert [(s.id, s.source) for s in scenario.outside_limits] == [
        ("evening", LimitSource.GRID_OPERATOR),
        ("row", LimitSource.ENERGY_MANAGEMENT),
    ]
    assert paths == [
        "outside_limit.evening.limit_a",
        "outside_limit.row.circuit",
        "outside_limit.row.limit_a",
    ]
    assert result.breaches == ()


@pytest.mark.parametrize(
    "seed", [*range(8), *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(8, 40))]
)
def test_limits_hold_among_mixed_faults(seed: int) -> None:
    assert limited_breach_of(seed) == ""


def test_the_limited_worlds_are_those_of_the_seeds_and_limits_beside() -> None:
    plain, under = stress_world(5), limited_world(5)

    assert plain.outside_limits == ()
    assert len(under.outside_limits) >= 3
    assert replace(under, outside_limits=()).visits == plain.visits
    assert under.faults == plain.faults
    assert len(ARCHITECTURES) == 9

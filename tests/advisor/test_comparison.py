"""Running a comparison: the order of the plan, the same numbers in one process as in two, failures that say where."""

from pathlib import Path

import pytest

from tests.cli.small_site import write_small_site
from voltloom.advisor.comparison import Case, RunFailedError, compare, plan_cases, run_cases
from voltloom.advisor.study import StudyPlan, busiest_days, study, verdict_of, without_one
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import load_scenario


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    return load_scenario(str(write_small_site(tmp_path_factory.mktemp("small"))))


def test_the_plan_is_ordered_by_faults_then_architecture_then_seed() -> None:
    cases = plan_cases(("parallel", "adaptive", "parallel"), ("none", "mild"), (1, 2))

    assert [(c.faults, c.architecture, c.seed) for c in cases][:4] == [
        ("none", "parallel", 1),
        ("none", "parallel", 2),
        ("none", "adaptive", 1),
        ("none", "adaptive", 2),
    ]
    assert len(cases) == 8


def test_two_processes_give_the_same_runs_in_the_same_order_as_one(world: Scenario) -> None:
    cases = plan_cases(("sequential", "parallel"), ("none", "mild"), (1,))

    one = compare(world, cases, jobs=1)
    two = compare(world, cases, jobs=2)

    assert [r.summary.determinism_digest for r in one.results] == [
        r.summary.determinism_digest for r in two.results
    ]
    assert [(r.summary.architecture, r.summary.faults) for r in two.results] == [
        (c.architecture, c.faults) for c in cases
    ]
    assert one.fault_levels == two.fault_levels == ("none", "mild")


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_cannot_be_finished_is_named(world: Scenario, jobs: int) -> None:
    cases = (
        Case(architecture="parallel", faults="none", seed=1),
        Case(architecture="nonsense", faults="mild", seed=7),
    )

    with pytest.raises(RunFailedError, match=r"nonsense, faults mild, seed 7: .*choose one of"):
        run_cases((world,), cases, jobs=jobs)


def test_progress_ends_with_everything_done(world: Scenario) -> None:
    heard: list[list[float]] = []

    run_cases(
        (world,),
        plan_cases(("parallel",), ("none",), (1, 2)),
        jobs=1,
        progress=lambda done: heard.append(list(done)),
    )

    assert heard[-1] == [1.0, 1.0]
    assert all(0.0 <= part <= 1.0 for parts in heard for part in parts)


def test_an_operator_who_stops_a_comparison_is_obeyed(world: Scenario) -> None:
    def stop(done: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_cases((world,), plan_cases(("parallel", "adaptive"), ("none",), (1,)), jobs=2, progress=stop)


def test_a_study_probes_that_the_same_day_gives_the_same_run(world: Scenario) -> None:
    plan = StudyPlan(
        architectures=("parallel", "adaptive"),
        fault_levels=("none",),
        seeds=(1,),
        jobs=1,
        growth_each_ratio=(1.4,),
    )

    found = study(world, plan)

    assert all(p.is_repeatable for p in found.probes)
    assert [p.sessions for p in found.probes] == [3, 3]
    assert found.growth[0].growth_ratio == 1.4
    assert found.growth[0].wanted_count == 1
    assert found.growth[0].added_count == 0  # all three outlets are taken at that time of day
    assert verdict_of(found).growth == found.growth


def test_the_busiest_day_keeps_its_sessions_and_one_less_is_one_less(world: Scenario) -> None:
    assert busiest_days(world, 1).visits == world.visits
    assert len(without_one(world).visits) == len(world.visits) - 1


def test_the_busiest_day_of_several_is_the_one_with_most_arrivals(tmp_path: Path) -> None:
    world = load_scenario(str(write_small_site(tmp_path, days=3)))

    day = busiest_days(world, 1)

    assert len(day.visits) == 3
    assert day.end_s - day.start_s < 86_400.0
    assert len(busiest_days(world, 2).visits) == 6

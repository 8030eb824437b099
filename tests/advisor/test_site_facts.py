"""What a scenario itself says to the checklist, and what was answered counting more."""

from pathlib import Path

import pytest

from tests.cli.small_site import write_small_site
from voltloom.advisor.checklist import Family
from voltloom.advisor.requirements import read_answers
from voltloom.advisor.site_facts import context_of, facts_of
from voltloom.advisor.study import Study, StudyPlan, study
from voltloom.simulation.scenario_file import load_scenario


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Study:
    folder: Path = tmp_path_factory.mktemp("small")
    world = load_scenario(str(write_small_site(folder)))
    return study(world, StudyPlan(architectures=("parallel",), fault_levels=("none",), seeds=(1,), jobs=1))


def test_the_sessions_tell_how_many_come_at_once_and_that_power_is_short(found: Study) -> None:
    facts = facts_of(found)

    assert facts.max_concurrent == 3
    assert facts.power_is_limited
    assert facts.limit_w == pytest.approx(20.0 * 3 * 230.0, rel=0.05)


def test_what_was_answered_counts_more_than_what_the_record_shows(found: Study) -> None:
    answers = read_answers({"load": {"max_concurrent_count": 40}, "power": {"is_unlimited": True}})

    context = context_of(found, answers)

    assert context.prior is not None
    assert context.prior.items[0].favours == (Family.ADAPTIVE,)
    assert context.prior.items[1].answer == "unlimited"


def test_an_uptime_target_and_a_promise_are_both_answered(found: Study) -> None:
    answers = read_answers({"uptime": {"target_ratio": 0.999, "ready_by": "13:00", "ready_ratio": 0.5}})

    context = context_of(found, answers)

    assert context.redundancy is not None
    assert context.redundancy.controllers == 2
    assert [p.architecture for p in context.promises] == ["parallel"]

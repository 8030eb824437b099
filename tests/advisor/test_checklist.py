"""The checklist of the source: its bounds exactly as printed, unknown answers silent, ties to the simpler."""

import pytest

from voltloom.advisor.checklist import Family, complexity_rank, family_of, prior_of
from voltloom.advisor.requirements import Answers, read_answers


@pytest.mark.parametrize(
    ("count", "family"),
    [
        (0, Family.SEQUENTIAL),
        (2, Family.SEQUENTIAL),
        (3, Family.PARALLEL),
        (10, Family.PARALLEL),
        (11, Family.ADAPTIVE),
    ],
)
def test_concurrency_alone_points_as_the_checklist_says(count: int, family: Family) -> None:
    prior = prior_of(Answers(), max_concurrent=count, power_is_limited=None)

    assert prior.family is family
    assert prior.answered == 1


def test_nothing_answered_speaks_for_nothing() -> None:
    prior = prior_of(Answers(), max_concurrent=None, power_is_limited=None)

    assert prior.points == (0, 0, 0)
    assert prior.answered == 0


def test_a_large_limited_depot_that_grows_is_adaptive() -> None:
    answers = read_answers(
        {
            "uptime": {"target_ratio": 0.999},
            "integration": {"needs": ["ems", "billing", "grid_operator", "v2g"]},
            "plan": {"budget": "high", "growth_ratio": 2.0},
        }
    )

    prior = prior_of(answers, max_concurrent=40, power_is_limited=True)

    assert prior.points == (0, 2, 6)
    assert prior.family is Family.ADAPTIVE


def test_high_integration_without_resources_speaks_for_nothing() -> None:
    answers = read_answers({"integration": {"needs": ["v2g"]}, "plan": {"budget": "low"}})

    prior = prior_of(answers, max_concurrent=None, power_is_limited=None)

    assert prior.points == (1, 0, 0)  # the budget alone


def test_a_tie_goes_to_the_simpler() -> None:
    prior = prior_of(Answers(), max_concurrent=None, power_is_limited=False)

    assert prior.points == (1, 1, 0)
    assert prior.family is Family.SEQUENTIAL


def test_every_registered_architecture_has_its_place_from_simple_to_complex() -> None:
    names = ["adaptive-edf", "llf", "parallel-tiered", "sequential", "parallel", "adaptive", "rr"]

    ordered = sorted(names, key=complexity_rank)

    assert ordered[0] == "sequential"
    assert {family_of(n) for n in ordered[1:4]} == {Family.PARALLEL}
    assert ordered.index("parallel") < ordered.index("parallel-tiered")
    assert {family_of(n) for n in ordered[4:]} == {Family.ADAPTIVE}

"""A plan's page where vehicles are many and where they feed back: each can be told apart, and what is fed back is shown."""

from __future__ import annotations

import re

from tests.simulation.small_world import scenario_of, visit
from tests.simulation.test_discharge import giver, two_way
from voltloom.advisor.plan_outcome import outcome_of
from voltloom.advisor.plan_picture import plan_page
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.play import PlanWish, Play
from voltloom.simulation.run import played
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult


def planned(scenario: Scenario) -> RunResult:
    play = Play(
        scenario=scenario,
        architecture="adaptive-plan",
        faults="none",
        seed=1,
        checks=CheckPlan(),
        plan_wish=PlanWish(),
    )
    return played(play)


def test_where_vehicles_are_many_each_has_its_number_in_picture_and_table() -> None:
    world = scenario_of(*(visit(k) for k in range(1, 15)), outlets=14, rating_a=250.0, hours=0.1)
    result = planned(world)
    outcome = outcome_of(world, result)
    assert outcome is not None

    page = plan_page(world, result, outcome)

    told = set(re.findall(r"<text[^>]*>(\d+)</text>", page))
    assert {str(number) for number in range(1, 15)} <= told
    assert "<th>number</th>" in page
    assert "by its number in the table" in page


def test_what_is_fed_back_stands_below_zero_and_in_the_table() -> None:
    world = two_way(giver(), hours=0.1)
    result = planned(world)
    outcome = outcome_of(world, result)
    assert outcome is not None
    current_a = outcome.plan.current_a.copy()
    current_a[0, :2] = -8.0
    both_ways = outcome._replace(plan=outcome.plan._replace(current_a=current_a))

    page = plan_page(world, result, both_ways)

    assert "below zero what it feeds back" in page
    assert "to feed back, kWh" in page
    assert "to feed back, kWh" not in plan_page(world, result, outcome)

"""Least cost on shipped scenarios with a demand charge: where nearly no plan delivers the most energy, a proven figure comes out."""

from datetime import date

import pytest

from voltloom.bound.bounding import EXCESS_RATIO, Bound, bound_of
from voltloom.bound.setting import Aim, Objective
from voltloom.simulation.scenario_file import Overrides, load_scenario


def least_cost(name: str, last: date | None = None) -> Bound:
    first = None if last is None else last
    world = load_scenario(name, Overrides(first_day=first, last_day=last))
    return bound_of(world, Aim(objective=Objective.COST))


def check(found: Bound) -> None:
    assert found.money is not None
    assert found.gap_ratio < 1e-4  # of the cost; of what energy is worth it is a hundredth
    assert found.excess_ratio < EXCESS_RATIO
    assert found.delivered_ratio > 0.99
    assert found.money.demand_minor > 0


def test_a_night_of_the_depot_has_a_least_cost_and_says_what_it_leaves() -> None:
    found = least_cost("depot", date(2024, 1, 8))

    check(found)
    assert any("each of them would cost more than 100 EUR" in note for note in found.left_out)


@pytest.mark.nightly
@pytest.mark.parametrize("name", ["depot", "caltech_sample"])
def test_whole_scenarios_have_a_least_cost(name: str) -> None:
    check(least_cost(name))

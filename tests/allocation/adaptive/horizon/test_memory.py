"""When a plan still holds, and what another architecture or group leaves of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import planner, two_cars
from voltloom.allocation.adaptive.horizon.planner import is_current
from voltloom.allocation.contract import AllocationMemory
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot

BOTH = np.array([0, 1])


@pytest.fixture(name="plan")
def _plan() -> Plan:
    plan = planner().allocate(two_cars(), AllocationMemory())[1].plan
    assert plan is not None
    return plan


def rated(ratio: float) -> SiteSnapshot:
    snapshot = two_cars(60.0)
    return snapshot._replace(grid=snapshot.grid._replace(rating_a=snapshot.grid.rating_a * ratio))


def test_a_young_plan_for_the_same_cars_holds(plan: Plan) -> None:
    assert is_current(plan, two_cars(270.0), BOTH, 300.0)


@pytest.mark.parametrize(
    "changed",
    [
        two_cars(300.0),
        two_cars(60.0, serial=np.array([1, 3])),
        two_cars(60.0, departure_s=np.array([36_000.0, 7_200.0])),
        two_cars(60.0, departure_s=np.array([36_000.0, np.inf])),
        two_cars(60.0, requested_wh=np.array([20_000.0, 15_000.0])),
        two_cars(60.0, requested_wh=np.array([np.inf, 20_000.0])),
        rated(0.95),
        rated(1.05),
    ],
    ids=[
        "too old",
        "another car",
        "leaves earlier",
        "departure forgotten",
        "wants less",
        "need forgotten",
        "less power",
        "more power",
    ],
)
def test_a_plan_ends_with_its_time_or_with_what_it_was_made_for(plan: Plan, changed: SiteSnapshot) -> None:
    assert not is_current(plan, changed, BOTH, 300.0)


def test_a_plan_ends_when_a_car_leaves_or_is_full(plan: Plan) -> None:
    assert not is_current(plan, two_cars(60.0), BOTH[:1], 300.0)


def test_a_station_that_states_another_need_each_second_gets_a_plan_in_half_a_minute_and_no_sooner(
    plan: Plan,
) -> None:
    talking = [
        two_cars(second, requested_wh=np.array([20_000.0, 20_000.0 + 1000.0 * second]))
        for second in np.arange(1.0, 60.0)
    ]

    memory, made_s = AllocationMemory(plan=plan), set()
    for snapshot in talking:
        _, memory = planner().allocate(snapshot, memory)
        assert memory.plan is not None
        made_s.add(memory.plan.made_s)

    assert made_s == {0.0, 30.0}


def test_a_need_that_is_rounded_otherwise_ends_no_plan(plan: Plan) -> None:
    assert is_current(plan, two_cars(60.0, requested_wh=np.array([20_050.0, 19_700.0])), BOTH, 300.0)


def test_a_meters_noise_ends_no_plan(plan: Plan) -> None:
    assert is_current(plan, rated(0.985), BOTH, 300.0)


def test_an_unknown_departure_is_no_change(plan: Plan) -> None:
    unknown: dict[str, Any] = {"departure_s": np.array([np.inf, 36_000.0])}
    made = planner().allocate(two_cars(**unknown), AllocationMemory())[1].plan

    assert made is not None
    assert is_current(made, two_cars(60.0, **unknown), BOTH, 300.0)


def test_a_current_plan_is_kept_and_an_old_one_replaced() -> None:
    _, first = planner().allocate(two_cars(), AllocationMemory())
    _, kept = planner().allocate(two_cars(270.0), first)
    _, new = planner().allocate(two_cars(300.0), kept)

    assert kept.plan is first.plan
    assert new.plan is not None
    assert new.plan.made_s == 300.0

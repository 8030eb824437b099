"""The first step as stations carry it out: nothing or at least the minimum, at currents they offer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import RULES, peak_of, planner, seen
from tests.places import L1, L2, L3, row_of, site_of
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.sharing import TurnRules
from voltloom.decision.outlook import Outlook
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.topology import Circuit, Evse, Wiring

HOUR_S = 3600.0


def shared(
    snapshot: SiteSnapshot, objective: Objective = Objective.ENERGY, rules: TurnRules = RULES
) -> Proposals:
    return planner(settings=PlanningSettings(objective=objective), rules=rules).allocate(
        snapshot, AllocationMemory()
    )[0]


def with_pilots(count: int, rating_a: float, pilots_a: tuple[float, ...]) -> SiteSnapshot:
    return seen(
        site_of(
            [Circuit(circuit_id="grid", parent_id="", rating_a=rating_a)],
            [
                Evse(
                    evse_id=f"a{number}",
                    circuit_id="grid",
                    wiring=Wiring.THREE_PHASE,
                    phases=(L1, L2, L3),
                    min_a=6.0,
                    max_a=32.0,
                    pilots_a=pilots_a,
                )
                for number in range(count)
            ],
        )
    )


def test_more_cars_than_minimums_fit_are_not_thinned_out_below_it() -> None:
    current_a = shared(seen(row_of(4, rating_a=15.0))).current_a

    assert sorted(current_a.tolist())[:2] == [0.0, 0.0]
    assert sorted(current_a.tolist())[2] >= 6.0
    assert current_a.sum() == pytest.approx(15.0)


def test_whoever_is_being_served_stays_when_a_newcomer_is_no_more_urgent() -> None:
    snapshot = seen(row_of(2, rating_a=10.0))._replace(
        setpoint_a=np.array([0.0, 10.0]), served_s=np.array([0.0, 60.0]), measured_a=np.array([0.0, 10.0])
    )

    assert shared(snapshot).current_a.tolist() == [0.0, 10.0]


def test_whoever_has_waited_half_the_bound_comes_next() -> None:
    snapshot = seen(row_of(2, rating_a=10.0))._replace(
        setpoint_a=np.array([0.0, 10.0]), served_s=np.array([0.0, 4000.0]), idle_s=np.array([3700.0, 0.0])
    )

    assert shared(snapshot).current_a.tolist() == [10.0, 0.0]


@pytest.mark.parametrize("pilots_a", [(0.0, 8.0, 16.0, 24.0, 32.0), tuple(map(float, range(6, 33)))])
def test_only_currents_that_a_station_offers_are_proposed(pilots_a: tuple[float, ...]) -> None:
    current_a = shared(with_pilots(3, 50.5, pilots_a)).current_a

    assert set(current_a.tolist()) <= {0.0, *pilots_a}
    assert 40.0 <= current_a.sum() <= 50.5


@pytest.mark.parametrize("pilots_a", [(), tuple(float(pilot) for pilot in range(6, 33))])
def test_limits_that_would_be_held_or_rounded_up_make_no_peak_above_the_planned_one(
    pilots_a: tuple[float, ...],
) -> None:
    """Twenty kW are 29 A for four cars; they have 36, and a fall of less than 2 A would wait."""
    outlook = Outlook(np.zeros(1), np.array([0.3]), 10.0, 900.0, 0.0, 1e7, 0.0, True, 9)
    cars = with_pilots(4, 100.0, pilots_a) if pilots_a else seen(row_of(4, rating_a=100.0))
    cars = cars._replace(outlook=outlook, setpoint_a=np.full(4, 9.0), served_s=np.full(4, 5000.0))
    paid = AllocationMemory(peak_seen=peak_of(20.0)._replace(judged_s=0.0))  # today teaches nothing yet

    proposals, memory = planner(settings=PlanningSettings(objective=Objective.COST)).allocate(cars, paid)

    assert memory.plan is not None
    assert memory.plan.basis is not None
    assert memory.plan.basis.peak_kw == pytest.approx(20.0, abs=0.1)
    assert 25.0 * 0.69 < float(proposals.current_a.sum()) * 0.69 <= 20.1


def test_what_costs_too_much_now_is_left_off_and_told_as_planned() -> None:
    outlook = Outlook(np.array([0.0, 2 * HOUR_S]), np.array([0.50, 0.10]), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)
    snapshot = seen(row_of(1, rating_a=40.0))._replace(outlook=outlook)

    proposals = shared(snapshot, Objective.COST)

    assert proposals.current_a.tolist() == [0.0]
    assert proposals.cause.tolist() == [int(Cause.PLANNED)]
    assert proposals.queue.expected_start_s[0] == pytest.approx(2 * HOUR_S, abs=1800.0)


def test_who_has_waited_for_a_cheaper_hour_however_long_does_not_start_in_a_dear_one() -> None:
    outlook = Outlook(np.array([0.0, 4 * HOUR_S]), np.array([0.50, 0.10]), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)
    roomy = seen(row_of(2, rating_a=40.0))._replace(
        outlook=outlook, idle_s=np.array([3 * HOUR_S, 3 * HOUR_S])
    )
    for_want_of_power = seen(row_of(2, rating_a=10.0))._replace(
        setpoint_a=np.array([0.0, 10.0]), served_s=np.array([0.0, 4000.0]), idle_s=np.array([3700.0, 0.0])
    )

    assert shared(roomy, Objective.COST).current_a.tolist() == [0.0, 0.0]
    flat = Outlook(np.array([0.0]), np.array([0.30]), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)
    turned = shared(for_want_of_power._replace(outlook=flat), Objective.COST).current_a
    assert turned == pytest.approx([10.0, 0.0], abs=0.01)


def test_a_car_that_suspended_itself_keeps_its_minimum_beside_the_plan_where_nobody_needs_it() -> None:
    asleep: dict[str, Any] = {
        "wants_power": np.array([True, False]),
        "keeps_minimum": np.array([False, True]),
    }

    roomy = shared(seen(row_of(2, rating_a=50.0), **asleep)).current_a
    narrow = shared(seen(row_of(2, rating_a=32.0), **asleep)).current_a

    assert roomy.tolist() == [32.0, 6.0]
    assert narrow.tolist() == [32.0, 0.0]

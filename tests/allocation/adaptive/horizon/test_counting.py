"""Plans that count with those who are likely still to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import planner
from tests.places import row_of, sessions_at, site_of, snapshot_of
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.settings import Arrivals, Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.allocation.contract import AllocationMemory
from voltloom.allocation.groups import grouped
from voltloom.controller.canary.sharing import among
from voltloom.decision.expected import Expected
from voltloom.decision.outlook import Outlook
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.forecast.comers import Comers
from voltloom.site.network import network_of
from voltloom.site.topology import Circuit, Site

HOUR_S = 3600.0
NOBODY = PlanningSettings(arrivals=Arrivals.NOBODY)


def branch(rating_a: float = 24.0) -> Site:
    """Return three outlets under one fuse; the first and the last share one of 16 A below it."""
    row = row_of(3, rating_a=rating_a, min_a=0.0)
    small = Circuit(circuit_id="small", parent_id="grid", rating_a=16.0)
    evses = tuple(
        replace(evse, circuit_id="small") if number != 1 else evse for number, evse in enumerate(row.evses)
    )
    return site_of([*row.circuits, small], evses)


def coming(
    *visits: tuple[int, float, float, float], share_count: float = 1.0, now_s: float = 0.0
) -> Expected:
    """Return what is expected: (outlet, arrival in h, departure in h, kWh) each."""
    evse, arrival_h, departure_h, kwh = (np.array(column) for column in zip(*visits, strict=True))
    comers = Comers(
        evse.astype(np.int64),
        now_s + HOUR_S * arrival_h,
        now_s + HOUR_S * departure_h,
        1000.0 * kwh,
        np.full(evse.size, share_count),
    )
    unknown = np.full(3, np.nan)
    return Expected(np.zeros(1), np.zeros(0), unknown, unknown, comers)


def two_of_three(expected: Expected | None, site: Site | None = None, **given: object) -> SiteSnapshot:
    """Return two cars at the first two outlets, each with 6 h and 33 kWh to go: a third of what the fuse gives in that time."""
    site = branch() if site is None else site
    network = network_of(site)
    here = np.array([True, True, False])
    sessions = sessions_at(
        network,
        present=here,
        wants_power=here,
        requested_wh=np.full(3, 33_000.0),
        departure_s=np.full(3, 6 * HOUR_S),
        min_a=np.zeros(3),
    )
    return snapshot_of(site, sessions=sessions, expected=expected, **given)


def plan_of(snapshot: SiteSnapshot, settings: PlanningSettings | None = None) -> Plan:
    _, memory = planner(settings=settings).allocate(snapshot, AllocationMemory())
    assert memory.plan is not None
    return memory.plan


def test_whose_fuse_will_be_wanted_later_is_charged_first() -> None:
    """Who comes to the small circuit in 3 h fills it: whoever is there now must be done by then, and the other can wait."""
    alone, expected = plan_of(two_of_three(None)), plan_of(two_of_three(coming((2, 3.0, 6.0, 33.0))))

    assert alone.current_a[:, 0] == pytest.approx([12.0, 12.0], abs=0.5)
    assert np.subtract(*expected.current_a[:, 0]) > 4.0
    assert expected.basis is not None
    left_kwh = expected.basis.expected_kw @ np.diff(expected.edge_s) / HOUR_S
    assert left_kwh == pytest.approx(33.0, rel=0.05)  # everybody can have everything


def test_what_is_expected_takes_nothing_from_those_who_are_there() -> None:
    """Where all that is there can have its energy, it has it, whoever may come: a kWh of theirs counts more."""
    plan = plan_of(two_of_three(coming((2, 0.1, 6.0, 200.0))))
    hours, kw_per_a = np.diff(plan.edge_s) / HOUR_S, 0.69

    assert (plan.current_a * hours).sum(axis=1) * kw_per_a == pytest.approx([33.0, 33.0], abs=0.2)


def test_the_plan_shows_what_it_leaves_to_them_and_no_row_of_theirs() -> None:
    plan = plan_of(two_of_three(coming((2, 7.0, 10.0, 33.0))))

    assert plan.current_a.shape[0] == 2
    assert plan.basis is not None
    assert plan.basis.need_kwh.size == plan.basis.evse.size == 2
    assert plan.basis.expected_kw.shape == (plan.edge_s.size - 1,)
    expected_kwh = plan.basis.expected_kw @ np.diff(plan.edge_s) / HOUR_S
    assert expected_kwh == pytest.approx(3 * 16 * 0.69, rel=0.02)
    assert not plan.basis.expected_kw[plan.edge_s[1:] <= 7.0 * HOUR_S].any()


def one_phase_car(expected: Expected | None, **given: object) -> SiteSnapshot:
    """Return one car on one phase of the small circuit, with 6 h and 20 kWh to go: 5.4 h of what it can take."""
    site = branch()
    network = network_of(site)
    here, one = np.array([True, False, False]), np.zeros(3, dtype=np.bool_)
    sessions = sessions_at(
        network,
        present=here,
        wants_power=here,
        column=network.columns(one),
        w_per_a=network.power_per_a(one),
        requested_wh=np.full(3, 20_000.0),
        departure_s=np.full(3, 6 * HOUR_S),
        min_a=np.full(3, 6.0),
    )
    return snapshot_of(site, sessions=sessions, expected=expected, **given)


@pytest.mark.parametrize("share_count", [0.2, 1.0, 5.0])
@pytest.mark.parametrize("after_h", [0.01, 0.2, 2.0])
@pytest.mark.parametrize("guaranteed_kwh", [0.0, 5.0])
def test_a_car_on_one_phase_is_worth_more_than_three_phases_that_may_come(
    share_count: float, after_h: float, guaranteed_kwh: float
) -> None:
    """An ampere of theirs would deliver three times as much."""
    settings = PlanningSettings(guaranteed_kwh=guaranteed_kwh)
    snapshot = one_phase_car(coming((2, after_h, 6.0, 60.0), share_count=share_count))

    proposals, memory = planner(settings=settings).allocate(snapshot, AllocationMemory())

    assert proposals.current_a[0] == pytest.approx(16.0, abs=0.1)
    plan = memory.plan
    assert plan is not None
    planned_kwh = (plan.current_a[0] * np.diff(plan.edge_s)).sum() / HOUR_S * 0.23
    assert planned_kwh == pytest.approx(20.0, abs=0.1)


def test_nothing_is_kept_for_those_to_come_until_the_next_plan() -> None:
    plan = plan_of(two_of_three(coming(*[(2, 0.02, 6.0, 50.0)] * 3)))

    assert plan.basis is not None
    assert not plan.basis.expected_kw[plan.edge_s[:-1] < PlanningSettings().replan_s].any()
    assert plan.current_a[:, 0].sum() == pytest.approx(24.0, abs=0.2)  # all that the fuse gives


def test_who_has_waited_for_nobody_has_lost_nothing() -> None:
    """Visits are expected to begin minutes from now, all day long, and never come."""
    made, memory, taken_wh = planner(), AllocationMemory(), np.zeros(3)
    for cycle in range(72):
        now_s = cycle * HOUR_S / 12.0
        snapshot = two_of_three(coming((2, 0.05, 6.0, 60.0), (2, 0.5, 6.0, 60.0), now_s=now_s))
        proposals, memory = made.allocate(snapshot._replace(now_s=now_s, delivered_wh=taken_wh), memory)
        taken_wh = taken_wh + proposals.current_a * 690.0 / 12.0

    assert taken_wh[:2] == pytest.approx([33_000.0, 33_000.0], rel=0.01)


def test_a_solver_that_fails_with_them_is_asked_without_them() -> None:
    def fails_with_three(problem: Problem) -> Answer:
        if problem.demand.need_kwh.size > 2:
            raise ArithmeticError
        return solved(problem)

    snapshot = two_of_three(coming((2, 3.0, 6.0, 33.0)))

    _, memory = planner(fails_with_three).allocate(snapshot, AllocationMemory())

    assert memory.plan is not None
    assert not memory.plan.is_failed
    assert memory.plan.basis is not None
    assert memory.plan.basis.expected_kw.size == 0


def test_a_visit_of_one_day_in_five_counts_a_fifth() -> None:
    plan = plan_of(two_of_three(coming((2, 7.0, 10.0, 33.0), share_count=0.2)))

    assert plan.basis is not None
    assert plan.basis.expected_kw @ np.diff(plan.edge_s) / HOUR_S == pytest.approx(6.6, rel=0.02)
    assert plan.basis.expected_kw.max() <= 0.2 * 32 * 0.69 + 0.05  # a fifth of its current


def test_nobody_is_counted_where_the_operator_says_so() -> None:
    plan = plan_of(two_of_three(coming((2, 3.0, 6.0, 33.0))), NOBODY)

    assert np.array_equal(plan.current_a, plan_of(two_of_three(None), NOBODY).current_a)
    assert plan.basis is not None
    assert plan.basis.expected_kw.size == 0


PRICES = Outlook(np.zeros(1), np.array([0.2]), 10.0, 900.0, 0.0, 2e6, 0.0, True, 9)


def test_the_least_cost_counts_with_nobody() -> None:
    """There what is not delivered weighs ten times its price: what is only expected would buy peaks."""
    settings = PlanningSettings(objective=Objective.COST)

    plan = plan_of(two_of_three(coming((2, 3.0, 6.0, 33.0)), outlook=PRICES), settings)

    assert np.array_equal(plan.current_a, plan_of(two_of_three(None, outlook=PRICES), settings).current_a)


def test_what_is_expected_uses_a_peak_and_buys_none() -> None:
    settings = PlanningSettings(objective=Objective.PROFIT, sell_price_per_kwh=0.8)
    many = coming(*[(evse, 2.0, 8.0, 40.0) for evse in (0, 1, 2) for _ in range(10)])
    site = row_of(3, rating_a=1000.0, min_a=0.0)

    plan = plan_of(two_of_three(many, site, outlook=PRICES), settings)
    alone = plan_of(two_of_three(None, site, outlook=PRICES), settings)

    basis = plan.basis
    assert basis is not None
    assert alone.basis is not None
    assert basis.expected_kw.max() > 1.0
    together_kw = basis.kw_per_a @ plan.current_a + basis.expected_kw
    assert basis.peak_kw == pytest.approx(alone.basis.peak_kw, abs=0.01)
    assert together_kw.max() <= basis.peak_kw + 0.05
    assert basis.row.min() >= 0  # the peak is no circuit


def test_what_costs_more_than_seven_tenths_of_what_it_earns_is_not_kept_for_those_to_come() -> None:
    settings = PlanningSettings(objective=Objective.PROFIT, sell_price_per_kwh=0.25)
    free_of_charge = PRICES._replace(demand_price_per_kw=0.0)

    plan = plan_of(two_of_three(coming((2, 7.0, 9.0, 5.0)), outlook=free_of_charge), settings)

    assert plan.basis is not None
    assert plan.basis.expected_kw.max() < 0.01
    assert plan.current_a.max() > 10.0


def test_who_should_have_come_by_now_is_no_longer_counted() -> None:
    """What was expected is a few minutes old when a plan is made."""
    late = coming((2, 0.0, 6.0, 33.0))

    plan = plan_of(two_of_three(late))

    assert plan.basis is not None
    assert plan.basis.expected_kw.size == 0


def test_cars_that_must_have_their_minimum_are_planned_beside_those_who_may_come() -> None:
    """Each needs 14 A at least and only one can have it, so the plan is made once more with that settled."""
    snapshot = two_of_three(coming((2, 3.0, 6.0, 33.0)))
    snapshot = snapshot._replace(sessions=snapshot.sessions._replace(min_a=np.full(3, 14.0)))

    proposals, _ = planner().allocate(snapshot, AllocationMemory())

    assert proposals.current_a[0] == pytest.approx(16.0, abs=0.5)
    assert proposals.current_a[1:].tolist() == [0.0, 0.0]


def test_a_group_counts_only_with_those_who_come_to_its_own_outlets() -> None:
    snapshot = two_of_three(coming((2, 7.0, 10.0, 11.0), (1, 7.0, 10.0, 7.0)), branch(100.0))
    members = np.array([False, True, False])
    made = grouped(planner(), {"staff": (planner(), members)})

    _, memory = made.allocate(snapshot, AllocationMemory())

    left_kwh = []
    for part in memory.parts:
        assert part.plan is not None
        assert part.plan.basis is not None
        left_kwh.append(part.plan.basis.expected_kw @ np.diff(part.plan.edge_s) / HOUR_S)
    assert left_kwh == pytest.approx([7.0, 11.0], rel=0.03)


def test_a_candidate_on_trial_counts_only_with_those_who_come_to_its_own_outlets() -> None:
    """As a group does: what it is judged by must not be made harder by others' visits."""
    snapshot = two_of_three(coming((2, 0.5, 6.0, 60.0)))
    in_force, _ = planner().allocate(snapshot, AllocationMemory())

    own = among(snapshot, in_force, np.array([True, False, False]))

    assert own.expected is not None
    assert own.expected.comers is not None
    assert own.expected.comers.evse.size == 0

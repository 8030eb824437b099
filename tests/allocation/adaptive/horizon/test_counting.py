"""Plans that count with those who are likely still to come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import planner
from tests.places import row_of, sessions_at, site_of, snapshot_of
from voltloom.allocation.adaptive.horizon.settings import Arrivals, Objective, PlanningSettings
from voltloom.allocation.contract import AllocationMemory
from voltloom.allocation.groups import grouped
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


def test_a_visit_of_one_day_in_five_counts_a_fifth() -> None:
    plan = plan_of(two_of_three(coming((2, 7.0, 10.0, 33.0), share_count=0.2)))

    assert plan.basis is not None
    assert plan.basis.expected_kw @ np.diff(plan.edge_s) / HOUR_S == pytest.approx(6.6, rel=0.02)
    assert plan.basis.expected_kw.max() <= 0.2 * 32 * 0.69 + 0.05  # a fifth of its current


def test_nobody_is_counted_where_the_operator_says_so() -> None:
    told, knows_nothing = two_of_three(coming((2, 3.0, 6.0, 33.0))), two_of_three(None)

    for settings in (NOBODY, replace(NOBODY, objective=Objective.ENERGY)):
        plan = plan_of(told, settings)
        assert np.array_equal(plan.current_a, plan_of(knows_nothing, settings).current_a)
        assert plan.basis is not None
        assert plan.basis.expected_kw.size == 0


PRICES = Outlook(np.zeros(1), np.array([0.2]), 10.0, 900.0, 0.0, 2e6, 0.0, True, 9)


def test_the_least_cost_counts_with_nobody() -> None:
    """There what is not delivered weighs ten times its price: what is only expected would buy peaks."""
    settings = PlanningSettings(objective=Objective.COST)

    plan = plan_of(two_of_three(coming((2, 3.0, 6.0, 33.0)), outlook=PRICES), settings)

    assert np.array_equal(plan.current_a, plan_of(two_of_three(None, outlook=PRICES), settings).current_a)


def test_what_is_expected_is_part_of_a_planned_peak_and_of_its_price() -> None:
    settings = PlanningSettings(objective=Objective.PROFIT, sell_price_per_kwh=0.8)

    plan = plan_of(two_of_three(coming((2, 3.0, 6.0, 33.0)), outlook=PRICES), settings)

    basis = plan.basis
    assert basis is not None
    assert basis.expected_kw.max() > 1.0
    together_kw = basis.kw_per_a @ plan.current_a + basis.expected_kw
    assert together_kw.max() <= basis.peak_kw + 0.01


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

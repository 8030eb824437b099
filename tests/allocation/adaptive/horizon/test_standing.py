"""Whose energy comes first: what was guaranteed before everything, then tier by tier, then by haste and weight."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.allocation.adaptive.horizon.places import planner, seen
from tests.places import row_of
from voltloom.allocation.adaptive.horizon.building import edges_s, problem_of
from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.pricing import valued
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.allocation.adaptive.horizon.standing import standing_of
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.sharing import division
from voltloom.decision.outlook import Outlook
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats, network_of

HOUR_S = 3600.0
MANY = settings(max_examples=max(20, settings().max_examples))
NOISE_KWH = 0.02


def place(count: int, rating_a: float, **columns: Any) -> SiteSnapshot:
    return seen(row_of(count, rating_a=rating_a), **columns)


def first_step(snapshot: SiteSnapshot, settings: PlanningSettings | None = None) -> Proposals:
    return planner(settings=settings).allocate(snapshot, AllocationMemory())[0]


def planned(
    snapshot: SiteSnapshot, settings: PlanningSettings, outlook: Outlook | None
) -> tuple[Problem, Answer]:
    todo = division(snapshot)
    who = np.flatnonzero(todo.candidates)
    edge_s = edges_s(snapshot, who)
    value = valued(settings, outlook, None, edge_s)
    problem = problem_of(snapshot, todo, who, edge_s, value, None)
    answer = checked(problem, solved)
    assert answer is not None
    return problem, answer


def test_a_higher_tier_is_served_first_and_the_other_told_so() -> None:
    hasty = place(
        2, 32.0, tier=np.array([1, 0]), departure_s=np.array([HOUR_S, HOUR_S]), min_a=np.array([0.0, 0.0])
    )

    proposals = first_step(hasty)

    assert proposals.current_a == pytest.approx([0.0, 32.0], abs=0.01)
    assert proposals.cause.tolist() == [int(Cause.OUTRANKED), int(Cause.VEHICLE_MAXIMUM)]


def test_where_both_have_time_a_tier_takes_nothing_from_the_next() -> None:
    roomy = place(2, 32.0, tier=np.array([1, 0]), departure_s=np.array([8 * HOUR_S, 8 * HOUR_S]))

    problem, answer = planned(roomy, PlanningSettings(), None)

    given_kwh = (answer.current_a * problem.demand.kwh_per_a).sum(axis=1)
    assert given_kwh == pytest.approx([20.0, 20.0], abs=NOISE_KWH)


def test_what_was_guaranteed_comes_before_a_higher_tier_and_before_any_price() -> None:
    dear = Outlook(np.array([0.0]), np.array([0.90]), 15.0, 900.0, 0.0, 1e7, 0.0, True, 9)
    snapshot = place(
        2,
        32.0,
        tier=np.array([0, 1]),
        departure_s=np.array([HOUR_S, HOUR_S]),
        min_a=np.array([0.0, 0.0]),
        requested_wh=np.array([30_000.0, 30_000.0]),
    )._replace(outlook=dear, delivered_wh=np.array([6_000.0, 1_000.0]))
    profit = PlanningSettings(objective=Objective.PROFIT, guaranteed_kwh=5.0)

    nothing = first_step(snapshot, PlanningSettings(objective=Objective.PROFIT))
    something = first_step(snapshot, profit)
    all_equal = first_step(snapshot._replace(delivered_wh=np.array([1_000.0, 1_000.0])), profit)

    assert nothing.current_a == pytest.approx([0.0, 0.0], abs=0.01)
    assert something.current_a == pytest.approx([0.0, 32.0], abs=0.01)
    assert all_equal.current_a == pytest.approx([32.0, 0.0], abs=0.01)


def test_who_shares_a_full_circuit_with_others_that_lack_their_guarantee_is_told_so() -> None:
    snapshot = place(3, 48.0, departure_s=np.array([HOUR_S, HOUR_S, HOUR_S]))._replace(
        delivered_wh=np.array([0.0, 0.0, 6_000.0])
    )

    proposals = first_step(snapshot, PlanningSettings(guaranteed_kwh=5.0))

    assert proposals.current_a[:2].sum() == pytest.approx(48.0)
    assert int(Cause.GUARANTEED) in proposals.cause[:2]
    assert proposals.cause[2] == int(Cause.OTHERS_OWED)


def test_a_guarantee_is_met_with_the_need_where_that_is_less() -> None:
    snapshot = place(2, 40.0, requested_wh=np.array([3_000.0, 20_000.0]))._replace(
        delivered_wh=np.array([3_000.0, 3_000.0])
    )

    assert standing_of(snapshot, np.array([0, 1]), 5.0).is_guaranteed.tolist() == [False, True]


def test_of_equals_the_heavier_comes_first() -> None:
    snapshot = place(2, 32.0, weight=np.array([1.0, 2.0]), departure_s=np.array([3 * HOUR_S, 3 * HOUR_S]))

    current_a = first_step(snapshot).current_a

    assert current_a[1] > current_a[0]


@st.composite
def crowds(draw: st.DrawFn) -> SiteSnapshot:
    """Vehicles of several tiers on one fuse, some on one phase, that cannot all be served."""
    count = draw(st.integers(2, 7))
    some = st.lists(st.integers(0, 3), min_size=count, max_size=count)
    site = row_of(count, rating_a=draw(st.floats(10.0, 90.0)))
    stay_h = draw(st.lists(st.floats(0.3, 9.0), min_size=count, max_size=count))
    need_kwh = draw(st.lists(st.floats(1.0, 60.0), min_size=count, max_size=count))
    delivered_kwh = draw(st.lists(st.sampled_from([0.0, 10.0]), min_size=count, max_size=count))
    all_phases = np.array(draw(st.lists(st.booleans(), min_size=count, max_size=count)))
    network = network_of(site)
    return seen(
        site,
        tier=np.array(draw(some)),
        departure_s=np.array(stay_h) * HOUR_S,
        requested_wh=np.array(need_kwh) * 1000.0 + np.array(delivered_kwh) * 1000.0,
        column=network.columns(all_phases),
        w_per_a=network.power_per_a(all_phases),
    )._replace(delivered_wh=np.array(delivered_kwh) * 1000.0)


@MANY
@given(
    snapshot=crowds(),
    objective=st.sampled_from((Objective.ENERGY, Objective.COST)),
    guaranteed_kwh=st.sampled_from([0.0, 5.0]),
)
def test_nobody_gets_energy_that_one_of_a_higher_rank_could_have_had_on_the_same_row_at_the_same_time(
    snapshot: SiteSnapshot, objective: Objective, guaranteed_kwh: float
) -> None:
    outlook = Outlook(np.array([0.0, 4 * HOUR_S]), np.array([0.5, 0.1]), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)
    choice = PlanningSettings(objective=objective, guaranteed_kwh=guaranteed_kwh)

    problem, answer = planned(snapshot, choice, outlook)

    demand, everybody = problem.demand, np.arange(answer.current_a.shape[0])
    rank = standing_of(snapshot, everybody, guaranteed_kwh).rank
    given_kwh = (answer.current_a * demand.kwh_per_a).sum(axis=1)
    loaded = np.abs(problem.limits.weight) > 1e-9
    for first in np.flatnonzero(given_kwh < demand.need_kwh - 2 * NOISE_KWH):
        wants: Floats = demand.high_a[first] - answer.current_a[first]
        for other in np.flatnonzero(rank > rank[first]):
            if (loaded[:, first] & ~loaded[:, other]).any():
                continue  # what the other leaves is not all that the first would need
            could_have_a = np.minimum(wants, answer.current_a[other])
            assert (could_have_a * demand.kwh_per_a[first]).sum() < NOISE_KWH, (first, other)

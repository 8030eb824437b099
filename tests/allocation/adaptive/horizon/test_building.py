"""The problem of a snapshot: bounds, needs and limits as the site has them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import seen
from tests.places import L1, L2, L3, row_of, site_of
from voltloom.allocation.adaptive.horizon.building import (
    ASSUMED_STAY_S,
    LEAST_STAY_S,
    LONGEST_S,
    edges_s,
    problem_of,
    stays_s,
)
from voltloom.allocation.adaptive.horizon.pricing import valued
from voltloom.allocation.adaptive.horizon.problem import Problem
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.sharing import ASSUMED_NEED_WH, division
from voltloom.decision.outlook import Outlook
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.kernels import loads
from voltloom.site.network import network_of
from voltloom.site.topology import Circuit, Evse, Phase, PhasorLimit, Site, Wiring

KW_PER_A = 0.69
ANGLES_DEG = (30.0, -90.0, 150.0)


def built(
    snapshot: SiteSnapshot, last: Plan | None = None, settings: PlanningSettings | None = None
) -> Problem:
    """Return the problem of everybody who wants power, for energy alone where settings tell nothing else."""
    todo = division(snapshot)
    who = np.flatnonzero(todo.candidates & ~todo.courtesy)
    edge_s = edges_s(snapshot, who)
    value = valued(settings or PlanningSettings(), snapshot.outlook, None, edge_s)
    return problem_of(snapshot, todo, who, edge_s, value, last)


def one_car(**columns: Any) -> SiteSnapshot:
    return seen(row_of(1, rating_a=40.0), **columns)


def test_who_leaves_in_the_middle_of_a_step_has_that_part_of_it() -> None:
    demand = built(one_car(departure_s=np.array([1050.0]))).demand

    assert demand.high_a[0].tolist() == pytest.approx([32.0, 32.0, 32.0, 32.0 * 150.0 / 900.0])
    assert float((demand.high_a * demand.kwh_per_a).sum()) == pytest.approx(32.0 * KW_PER_A * 1050.0 / 3600.0)


def test_who_leaves_before_the_others_may_have_nothing_after() -> None:
    demand = built(seen(row_of(2, rating_a=40.0), departure_s=np.array([600.0, 7200.0]))).demand

    assert (demand.high_a[0, 2:] == 0.0).all()
    assert demand.high_a[1].min() > 0.0


@pytest.mark.parametrize(
    ("stayed_s", "left_s"),
    [(0.0, ASSUMED_STAY_S), (7200.0, ASSUMED_STAY_S - 7200.0), (90_000.0, LEAST_STAY_S)],
)
def test_an_untold_departure_comes_nearer_as_time_goes_on(stayed_s: float, left_s: float) -> None:
    snapshot = one_car(arrival_s=np.array([0.0]), departure_s=np.array([np.inf]))

    assert stays_s(snapshot._replace(now_s=stayed_s), np.array([0])).tolist() == [left_s]


def test_who_tells_no_departure_is_expected_to_stay_a_working_day() -> None:
    snapshot = one_car(departure_s=np.array([np.inf]))

    assert stays_s(snapshot, np.array([0])).tolist() == [ASSUMED_STAY_S]


@pytest.mark.parametrize(("departure_s", "stay_s"), [(-500.0, 30.0), (10.0, 30.0), (1e9, LONGEST_S)])
def test_who_should_be_gone_is_planned_for_one_period_and_nobody_for_ever(
    departure_s: float, stay_s: float
) -> None:
    snapshot = one_car(departure_s=np.array([departure_s]))

    assert stays_s(snapshot, np.array([0])).tolist() == [stay_s]


def test_an_unknown_need_is_the_usual_one_less_what_was_delivered() -> None:
    snapshot = one_car(requested_wh=np.array([np.inf]))._replace(delivered_wh=np.array([4_000.0]))

    assert built(snapshot).demand.need_kwh.tolist() == [(ASSUMED_NEED_WH - 4_000.0) / 1000.0]


def test_what_cannot_be_moved_lowers_the_ratings() -> None:
    snapshot = seen(row_of(2, rating_a=40.0))._replace(
        controllable=np.array([True, False]), reserved_a=np.array([0.0, 10.0])
    )

    assert set(built(snapshot).limits.rating_a.ravel().round(9)) == {30.0}


def test_where_more_is_reserved_than_fits_nothing_is_left_and_no_limit_is_negative() -> None:
    snapshot = seen(row_of(2, rating_a=40.0))._replace(
        controllable=np.array([True, False]), reserved_a=np.array([0.0, 50.0])
    )

    assert set(built(snapshot).limits.rating_a.ravel()) == {0.0}


def _on(phases: tuple[Phase, ...], number: int) -> Evse:
    return Evse(
        evse_id=f"e{number}",
        circuit_id="grid",
        wiring=Wiring.LINE_TO_LINE,
        phases=phases,
        max_a=32.0,
        angle_deg=ANGLES_DEG[number],
    )


def three_pairs() -> Site:
    """Return outlets whose currents cancel where a sum of all three is limited."""
    circuit = Circuit(circuit_id="grid", parent_id="", rating_a=50.0)
    everything = PhasorLimit(limit_id="sum", coefficients=(1.0, 1.0, 1.0), rating_a=20.0)
    pairs = [(L1, L2), (L2, L3), (L3, L1)]
    return site_of([circuit], [_on(pair, number) for number, pair in enumerate(pairs)], [everything])


@pytest.mark.parametrize("worst_draw", [True, False])
def test_loads_between_phases_are_limited_at_every_draw_where_the_site_asks_for_it(worst_draw: bool) -> None:
    site = three_pairs()
    grid = network_of(site).grid._replace(worst_draw=worst_draw)
    snapshot = seen(site)._replace(grid=grid)

    limits = built(snapshot).limits

    members = {tuple(np.flatnonzero(row).tolist()) for row in np.abs(limits.weight) > 1e-9}
    # What cancels while all three flow must fit when one of them stops.
    assert ({(0,), (1,), (2,)} <= members) is worst_draw
    assert ((0, 1, 2) in members) is not worst_draw


def test_every_limit_that_the_kernels_judge_by_is_in_the_problem() -> None:
    site, rng = three_pairs(), np.random.default_rng(1)
    snapshot = seen(site)
    limits = built(snapshot).limits

    for _ in range(50):
        current_a = rng.uniform(0.0, 32.0, 3)
        ours = (np.abs(limits.weight @ current_a) / limits.rating_a[:, 0]).max()
        theirs = (loads(snapshot.grid, snapshot.sessions.column, current_a) / snapshot.grid.rating_a).max()
        assert ours == pytest.approx(theirs)


def test_the_last_plan_is_the_reference_at_the_same_time_of_the_same_session() -> None:
    snapshot = seen(row_of(2, rating_a=40.0), serial=np.array([7, 8]), departure_s=np.array([1200.0, 1200.0]))
    edge_s = np.array([-300.0, 0.0, 300.0, 600.0])
    last = Plan(
        -300.0,
        edge_s,
        np.array([8, 3]),
        np.array([[1.0, 2.0, 3.0], [9.0, 9.0, 9.0]]),
        np.zeros(2),
        np.zeros(1),
    )

    reference_a = built(snapshot, last).demand.reference_a

    assert reference_a[0].tolist() == [0.0, 0.0, 0.0, 0.0]  # 7 is new to it
    assert reference_a[1].tolist() == [2.0, 3.0, 0.0, 0.0]  # and 8 has no plan after ten minutes


@pytest.mark.parametrize("replan_s", [300.0, 1800.0])
def test_who_is_to_be_ready_soon_may_charge_until_the_next_plan(replan_s: float) -> None:
    """It stays for another hour and a quarter of ten, so its two hours before it leaves have begun."""
    cost = PlanningSettings(objective=Objective.COST, replan_s=replan_s)
    late = one_car(now_s=31_500.0, departure_s=np.array([36_000.0]), requested_wh=np.array([1_000.0]))
    outlook = Outlook(np.zeros(1), np.array([0.3]), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)

    problem = built(late._replace(outlook=outlook), settings=cost)

    begin_s = edges_s(late, np.array([0]))[:-1] - late.now_s
    assert (problem.demand.high_a[0, begin_s < replan_s] > 0.0).all()
    assert problem.demand.high_a[0, -1] == 0.0

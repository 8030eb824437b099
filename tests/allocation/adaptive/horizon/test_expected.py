"""A plan that goes by forecasts: how long vehicles stay, what they take, and what their day teaches of the peak."""

from __future__ import annotations

import numpy as np
import pytest

from tests.places import row_of, sessions_at, snapshot_of
from voltloom.allocation.adaptive.horizon.building import edges_s, needs_kwh, problem_of, stays_s
from voltloom.allocation.adaptive.horizon.flowing import Around, other_load_kw, with_flows
from voltloom.allocation.adaptive.horizon.hindsight import empty_day, with_visits
from voltloom.allocation.adaptive.horizon.pricing import valued
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.sharing import division
from voltloom.decision.expected import Expected
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import network_of

NOW_S, HOUR_S = 100_000.0, 3600.0
WHO = np.arange(3)


def snapshot(expected: Expected | None) -> SiteSnapshot:
    """Three vehicles since an hour: the first two told 5 h to go and 20 kWh, 2 kWh of which were taken, the third nothing."""
    site = row_of(3, rating_a=100.0)
    sessions = sessions_at(
        network_of(site),
        arrival_s=np.full(3, NOW_S - HOUR_S),
        departure_s=np.array([NOW_S + 5 * HOUR_S, NOW_S + 5 * HOUR_S, np.inf]),
        requested_wh=np.array([20_000.0, 20_000.0, np.inf]),
        serial=np.array([1, 2, 3]),
    )
    return snapshot_of(
        site, now_s=NOW_S, sessions=sessions, delivered_wh=np.full(3, 2000.0), expected=expected
    )


def expected() -> Expected:
    """The first leaves in 2 h and takes 6 kWh yet, the third in 3 h after 4; nothing is known of the second."""
    return Expected(
        edge_s=np.zeros(1),
        other_kw=np.zeros(0),
        departure_s=np.array([NOW_S + 2 * HOUR_S, np.nan, NOW_S + 3 * HOUR_S]),
        need_wh=np.array([6000.0, np.nan, 4000.0]),
    )


def test_forecasts_take_the_place_of_what_is_told_where_there_are_any() -> None:
    by_forecast, as_told = snapshot(expected()), snapshot(None)

    assert stays_s(by_forecast, WHO) / HOUR_S == pytest.approx([2.0, 5.0, 3.0])
    assert stays_s(as_told, WHO) / HOUR_S == pytest.approx([5.0, 5.0, 7.0])
    assert needs_kwh(by_forecast, WHO) == pytest.approx([6.0, 18.0, 4.0])
    assert needs_kwh(as_told, WHO) == pytest.approx([18.0, 18.0, 8.0])


def test_nobody_is_expected_to_take_more_than_was_asked_for() -> None:
    greedy = expected()._replace(need_wh=np.array([50_000.0, np.nan, 50_000.0]))

    assert needs_kwh(snapshot(greedy), WHO) == pytest.approx([18.0, 18.0, 50.0])


def test_a_day_teaches_the_peak_by_what_vehicles_are_expected_to_take() -> None:
    nothing = np.zeros(1)
    outlook = Outlook(nothing, nothing, 10.0, 900.0, 0.0, 1e9, NOW_S - 8 * HOUR_S, True, 10)

    day = with_visits(empty_day(outlook), snapshot(expected()))

    assert day.need_kwh == pytest.approx([8.0, 20.0, 6.0])
    assert (day.departure_s - NOW_S) / HOUR_S == pytest.approx([2.0, 5.0, 3.0])


def test_a_gap_in_what_is_expected_of_the_building_leaves_the_hours_after_it_known() -> None:
    gap = expected()._replace(
        edge_s=NOW_S + HOUR_S * np.array([0.0, 2.0, 4.0]), other_kw=np.array([np.nan, 30.0])
    )
    draws = snapshot(gap)._replace(other_w=5_000.0)
    edge_s = NOW_S + HOUR_S * np.array([0.0, 1.0, 2.0, 2.5, 4.0, 5.0])

    load_kw = other_load_kw(draws, division(draws), edge_s)

    assert load_kw == pytest.approx([5.0, 5.0, 30.0, 30.0, 5.0])


def test_what_vehicles_are_expected_to_take_counts_also_of_those_that_may_feed_back() -> None:
    """The first has 2 of 20 kWh and is expected to take 6; the second has more than it asked for."""
    settings = PlanningSettings(objective=Objective.COST)
    nothing = np.zeros(1)
    told = snapshot(expected())
    outlook = Outlook(nothing, np.array([0.3]), 0.0, 900.0, 0.0, 1e9, 0.0, True, 10)
    sessions = told.sessions._replace(most_discharge_a=np.array([16.0, 16.0, 16.0]))
    may = told._replace(sessions=sessions, outlook=outlook, delivered_wh=np.array([2000.0, 21_000.0, 2000.0]))
    todo, edge_s = division(may), edges_s(may, WHO)
    value = valued(settings, outlook, None, edge_s)

    problem = problem_of(may, todo, WHO, edge_s, value, None)
    flows = with_flows(problem, may, todo, WHO, Around(settings, value, edge_s, None)).flows

    assert flows is not None
    assert flows.givers.short_kwh == pytest.approx([6.0, -1.0, 4.0])

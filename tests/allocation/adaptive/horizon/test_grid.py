"""Steps of a plan cover its horizon, short ones first."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.allocation.adaptive.horizon.places import seen
from tests.places import row_of
from voltloom.allocation.adaptive.horizon.building import edges_s
from voltloom.allocation.adaptive.horizon.grid import (
    LADDER,
    MORE_RATIO,
    SHORTEST_S,
    steps_s,
    with_prices,
)
from voltloom.decision.outlook import Outlook
from voltloom.site.network import Floats

HOUR_S = 3600.0
EVENING_S = 21.0 * HOUR_S


@pytest.mark.parametrize("horizon_s", [1.0, 299.0, 300.0, 301.0, 900.0, 4 * HOUR_S, 36 * HOUR_S])
def test_steps_cover_the_horizon_and_no_step_begins_after_it(horizon_s: float) -> None:
    length_s = steps_s(30.0, horizon_s)

    assert length_s.sum() >= horizon_s - 1e-6
    assert length_s[:-1].sum() < horizon_s


def test_steps_never_grow_shorter_and_the_first_is_five_minutes() -> None:
    length_s = steps_s(30.0, 36 * HOUR_S)

    assert length_s[0] == SHORTEST_S
    assert (np.diff(length_s) >= 0.0).all()
    assert length_s.size < 40


def test_where_a_control_period_is_longer_it_is_the_first_step() -> None:
    length_s = steps_s(900.0, 2 * HOUR_S)

    assert length_s[:3].tolist() == [900.0, 900.0, 900.0]


def test_a_horizon_beyond_the_longest_ladder_takes_all_of_it() -> None:
    assert steps_s(30.0, 1e9).size == sum(count for count, _ in LADDER)


def priced(at_h: list[float], price_per_kwh: list[float]) -> Outlook:
    return Outlook(np.array(at_h) * HOUR_S, np.array(price_per_kwh), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)


def edges_for(outlook: Outlook, now_s: float, period_s: float, horizon_s: float) -> Floats:
    plain = now_s + np.concatenate([[0.0], np.cumsum(steps_s(period_s, horizon_s))])
    return with_prices(plain, outlook, period_s, now_s + horizon_s)


def test_a_plan_for_prices_has_no_step_across_a_change_and_ends_with_the_last_stay() -> None:
    outlook = priced([20.0, 23.0, 31.0, 31.25], [0.3, 0.2, 0.3, 0.35])
    now_s, end_s = EVENING_S + 437.0, 33.6 * HOUR_S

    edge_s = edges_for(outlook, now_s, 30.0, end_s - now_s)

    assert {23.0 * HOUR_S, 31.0 * HOUR_S, 31.25 * HOUR_S} <= set(edge_s.tolist())
    assert edge_s[[0, -1]].tolist() == [now_s, end_s]
    assert edge_s[:4].tolist() == [now_s, now_s + 300.0, now_s + 600.0, now_s + 900.0]


def test_a_plan_for_energy_alone_looks_at_no_price() -> None:
    snapshot = seen(row_of(1, rating_a=40.0), 437.0)._replace(outlook=priced([0.0, 1.0], [0.3, 0.2]))

    edge_s = edges_s(snapshot, np.array([0]))

    assert HOUR_S not in edge_s
    assert HOUR_S in edges_s(snapshot, np.array([0]), snapshot.outlook)


@given(
    now_s=st.floats(0.0, 86_400.0),
    period_s=st.sampled_from([1.0, 30.0, 300.0, 420.0, 900.0]),
    horizon_s=st.floats(1.0, 36 * HOUR_S),
    prices=st.lists(st.floats(-0.1, 0.9), min_size=300, max_size=300),
)
def test_whatever_the_prices_steps_come_in_order_start_with_a_period_and_are_bounded_in_number(
    now_s: float, period_s: float, horizon_s: float, prices: list[float]
) -> None:
    quarters = priced((np.arange(300) / 4.0).tolist(), prices)

    edge_s = edges_for(quarters, now_s, period_s, horizon_s)

    assert edge_s[0] == now_s
    assert edge_s[-1] >= now_s + horizon_s - 1e-6
    assert (np.diff(edge_s) > 0.0).all()
    assert edge_s[1] - now_s >= period_s - 0.01
    assert edge_s.size - 1 <= (1.0 + MORE_RATIO) * steps_s(period_s, horizon_s).size

"""What prices are to a plan, and the highest power of the month as it was measured."""

from __future__ import annotations

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import peak_of
from tests.places import row_of, snapshot_of
from voltloom.allocation.adaptive.horizon.pricing import DEAR, mean_price, valued, with_readings
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot

HOUR_S = 3600.0
MONTH_END_S = 30 * 86_400.0
SITE = row_of(1, rating_a=40.0)


def prices(*price: float, demand: float = 0.0, month_start_s: float = 0.0) -> Outlook:
    """Return prices that change every hour."""
    start_s = HOUR_S * np.arange(len(price), dtype=np.float64)
    return Outlook(start_s, np.array(price), demand, 900.0, month_start_s, MONTH_END_S, 0.0, True, 9)


def drawing(now_s: float, current_a: float, outlook: Outlook) -> SiteSnapshot:
    return snapshot_of(SITE, now_s=now_s, measured_a=np.array([current_a]), outlook=outlook)


def test_a_step_across_a_change_costs_the_mean_and_the_last_price_stays() -> None:
    edge_s = np.array([1800.0, 5400.0, 7200.0, 9 * HOUR_S])

    assert mean_price(prices(0.10, 0.30), edge_s).tolist() == pytest.approx([0.20, 0.30, 0.30])


def test_for_energy_alone_prices_are_nothing() -> None:
    value = valued(PlanningSettings(), prices(0.1, 0.3, demand=15.0), None, np.array([0.0, 300.0]))

    assert value.cost_per_kwh.tolist() == [0.0]
    assert value.price_per_kw == 0.0


@pytest.mark.parametrize("price", [(0.1, 0.4), (-0.1, 0.05), (0.0, 0.0), (-0.3, -0.1)])
def test_for_cost_what_was_asked_for_is_worth_more_than_any_price(price: tuple[float, float]) -> None:
    settings = PlanningSettings(objective=Objective.COST)

    value = valued(settings, prices(*price), None, np.array([0.0, HOUR_S, 2 * HOUR_S]))

    assert np.isfinite(value.cost_per_kwh).all()
    assert np.abs(value.cost_per_kwh).max() <= 1.0 / DEAR + 1e-12


def test_for_cost_what_was_asked_for_is_worth_more_than_its_carbon_costs() -> None:
    dirty = prices(0.05, 0.05)._replace(carbon_g_per_kwh=np.array([500.0, 700.0]))
    costly = PlanningSettings(objective=Objective.COST, carbon_price_per_t=2_000.0)

    value = valued(costly, dirty, None, np.array([0.0, HOUR_S, 2 * HOUR_S]))

    assert value.cost_per_kwh.max() <= 1.0 / DEAR + 1e-9


def test_for_profit_a_kwh_costs_its_part_of_what_it_is_sold_for() -> None:
    settings = PlanningSettings(objective=Objective.PROFIT, sell_price_per_kwh=0.25)

    value = valued(settings, prices(0.10, 0.50), None, np.array([0.0, HOUR_S, 2 * HOUR_S]))

    assert value.cost_per_kwh.tolist() == pytest.approx([0.4, 2.0])


def test_a_peak_that_was_reached_is_paid_for_where_there_is_such_a_charge() -> None:
    settings = PlanningSettings(objective=Objective.COST)
    outlook, edge_s = prices(0.1, demand=15.0), np.array([0.0, 300.0])

    this = valued(settings, outlook, peak_of(7.0), edge_s)
    none = valued(settings, prices(0.1), peak_of(7.0), edge_s)

    assert (this.paid_kw, none.paid_kw) == (7.0, 0.0)
    assert this.price_per_kw > 0.0
    assert none.price_per_kw == 0.0


def test_the_highest_quarter_of_an_hour_counts_as_its_mean() -> None:
    outlook = prices(0.1, demand=15.0)
    found = peak_of(0.0)
    for second in range(0, 1801, 60):
        current_a = 32.0 if 0 < second <= 450 else 0.0  # half of the first quarter at 22.08 kW
        found = with_readings(found, drawing(float(second), current_a, outlook), 900.0)

    assert found.highest_kw == pytest.approx(22.08 * 420.0 / 900.0, rel=0.1)
    assert found.interval == 2


def test_hours_in_which_nobody_looked_make_no_peak() -> None:
    old = peak_of(5.0)._replace(drawn_kwh=0.5, seen_s=300.0)

    found = with_readings(old, drawing(5 * HOUR_S, 32.0, prices(0.1, demand=15.0)), 900.0)

    assert found.highest_kw <= 22.08
    assert found.drawn_kwh == pytest.approx(0.0)

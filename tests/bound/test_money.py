"""Least cost and most profit: worlds whose optimum can be told by hand, billed as `bill_of` bills."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from tests.bound.worlds import START_S, car, tariff_of, world
from tests.places import row_of
from tests.simulation.small_world import HOUR_S
from voltloom.bound.bounding import Bound, bound_of
from voltloom.bound.plans import best_plan
from voltloom.bound.setting import Aim, NoTariffError, Objective, Setting, setting_of
from voltloom.bound.stretches import stretches_between
from voltloom.simulation.scenario import Scenario
from voltloom.site.network import network_of
from voltloom.site.tariff import bill_of
from voltloom.site.topology import Battery

ROW = row_of(2, rating_a=40.0)
LONG = {"departure_s": START_S + 4 * HOUR_S, "wants_wh": 20_000.0}


def best(scenario: Scenario, objective: Objective, sell_price_per_kwh: float = 0.3) -> Bound:
    return bound_of(scenario, Aim(objective=objective, sell_price_per_kwh=sell_price_per_kwh))


def test_energy_is_bought_while_it_is_cheap() -> None:
    tariff = tariff_of([(0, 0.30), (240, 0.10)])  # cheap from 04:00 on
    place = world(ROW, [car("a1", **LONG)], tariff=tariff)

    found = best(place, Objective.COST)

    assert found.delivered_ratio == pytest.approx(1.0, abs=2e-6)
    assert found.money is not None
    assert found.money.cost_minor == 200  # 20 kWh at 0.10; the last two hours suffice at 22 kW
    assert found.power_w[:24] == pytest.approx(np.zeros(24), abs=1.0)


def test_a_demand_charge_makes_the_power_flat() -> None:
    place = world(
        ROW, [car("a1", **LONG)], tariff=tariff_of([(0, 0.20)], demand_per_kw=10.0, interval_s=300.0)
    )

    found = best(place, Objective.COST)

    assert found.money is not None
    assert found.peak_w == pytest.approx(5_000.0, abs=2.0)
    assert found.money.energy_minor == 400
    assert found.money.demand_minor == pytest.approx(5_000, abs=2)


def test_the_demand_charge_counts_the_mean_of_its_interval() -> None:
    tariff = tariff_of([(0, 0.0)], demand_per_kw=10.0, interval_s=3600.0)
    visit = car("a1", departure_s=START_S + 1800.0, wants_wh=9_000.0)

    found = best(world(ROW, [visit], step_s=200.0, tariff=tariff), Objective.COST)

    assert found.peak_w == pytest.approx(9_000.0, abs=2.0)  # 18 kW for half of the hour


def test_what_costs_more_than_it_earns_is_not_sold() -> None:
    tariff = tariff_of([(0, 0.10)], demand_per_kw=1.0, interval_s=300.0)
    place = world(ROW, [car("a1", **LONG)], tariff=tariff)

    # A kW for four hours earns 4 * (price - 0.10) and costs 1.
    assert best(place, Objective.PROFIT, 0.34).energy_delivered_wh == pytest.approx(0.0, abs=1.0)
    assert best(place, Objective.PROFIT, 0.36).energy_delivered_wh == pytest.approx(20_000.0, rel=1e-6)


def test_days_that_never_meet_share_the_peak_of_their_month() -> None:
    tariff = tariff_of([(0, 0.0)], demand_per_kw=1.5, interval_s=300.0)
    first = car("a1", wants_wh=10_000.0)
    second = car("a2", arrival_s=START_S + 2 * HOUR_S, departure_s=START_S + 3 * HOUR_S, wants_wh=6_000.0)
    place = world(ROW, [first, second], tariff=tariff)

    found = best(place, Objective.PROFIT, 1.0)

    # Up to 6 kW a kW serves both (2 for 1.5); beyond that only the first (1 for 1.5).
    assert found.money is not None
    assert found.peak_w == pytest.approx(6_000.0, abs=2.0)
    assert found.money.profit_minor == pytest.approx(300, abs=1)


def test_a_stay_across_two_intervals_may_fill_the_halves_it_has_of_them() -> None:
    tariff = tariff_of([(0, 0.0)], demand_per_kw=10.0, interval_s=3600.0)
    visit = car("a1", arrival_s=START_S + 1800.0, departure_s=START_S + 9000.0, wants_wh=8_000.0)

    found = best(world(ROW, [visit], tariff=tariff), Objective.COST)

    # Half an hour, an hour and half an hour, each with a mean of a third of 8 kW.
    assert found.peak_w == pytest.approx(8_000.0 / 3.0, abs=2.0)


def test_each_local_month_has_a_peak_of_its_own() -> None:
    month_s = datetime(2024, 2, 1, tzinfo=UTC).timestamp()
    tariff = tariff_of([(0, 0.0)], demand_per_kw=10.0, interval_s=900.0)
    before = car("a1", arrival_s=month_s - 2 * HOUR_S, departure_s=month_s - HOUR_S, wants_wh=10_000.0)
    across = car("a2", arrival_s=month_s - HOUR_S, departure_s=month_s + HOUR_S, wants_wh=10_000.0)
    place = world(ROW, [before, across], tariff=tariff)
    place = replace(place, start_s=month_s - 2 * HOUR_S, end_s=month_s + HOUR_S)

    found = best(place, Objective.COST)

    # January's peak is paid for by the first car: the second charges all it wants before midnight.
    assert found.money is not None
    assert found.money.demand_minor == pytest.approx(10_000, abs=3)
    assert found.energy_delivered_wh == pytest.approx(20_000.0, rel=1e-5)


def every_step(setting: Setting) -> Setting:
    """Return the setting with each step a stretch of its own."""
    clock = setting.clock
    of_step = np.repeat(
        np.arange(setting.stretches.length_s.size), setting.stretches.end_step - setting.stretches.first_step
    )
    return replace(
        setting,
        stretches=stretches_between(np.ones(clock.steps, dtype=np.bool_), clock),
        limit_a=setting.limit_a[of_step],
        price_per_kwh=setting.price_per_kwh[of_step],
    )


@pytest.mark.parametrize("objective", list(Objective))
def test_stretches_lose_nothing_against_single_steps(objective: Objective) -> None:
    tariff = tariff_of([(0, 0.30), (190, 0.10), (250, 0.2)], demand_per_kw=0.2, interval_s=900.0)
    visits = [
        car("a1", arrival_s=START_S + 400.0, departure_s=START_S + 9_000.0, wants_wh=15_000.0),
        car("a2", arrival_s=START_S + 3_700.0, departure_s=START_S + 12_000.0, wants_wh=50_000.0),
    ]
    setting = setting_of(world(ROW, visits, step_s=100.0, tariff=tariff), objective)
    aim = Aim(objective=objective, sell_price_per_kwh=0.3)

    together, apart = best_plan(setting, aim), best_plan(every_step(setting), aim)

    assert together.flows.stay.size < apart.flows.stay.size / 3
    assert together.value_weight == pytest.approx(apart.value_weight, rel=1e-6)


def test_the_bill_is_the_value_the_solver_found() -> None:
    tariff = tariff_of([(0, 0.30), (190, 0.10), (251, 0.2)], demand_per_kw=0.2, interval_s=700.0)
    visits = [car("a1", **LONG), car("a2", arrival_s=START_S + 3_700.0, departure_s=START_S + 12_000.0)]
    place = world(ROW, visits, step_s=300.0, tariff=tariff)  # steps that do not fit into the intervals

    found = best(place, Objective.PROFIT, 0.4)
    plan = best_plan(setting_of(place, Objective.PROFIT), found.aim)

    bill = bill_of(tariff, place.start_s, place.step_s, found.power_w * place.step_s / 3600.0)
    assert found.money is not None
    assert found.money.cost_minor == bill.total_minor
    assert found.money.profit_minor == pytest.approx(-100.0 * plan.value_weight, abs=1.0)


def test_money_without_a_tariff_is_refused() -> None:
    with pytest.raises(NoTariffError, match="small has no tariff"):
        best(world(ROW, [car("a1")]), Objective.COST)


def test_a_bound_says_what_of_a_site_it_does_not_count() -> None:
    battery = Battery(
        battery_id="cellar", circuit_id="grid", phases=(), capacity_wh=1e4, charge_w=1e3, discharge_w=1e3
    )
    gives = replace(ROW, evses=tuple(replace(evse, discharge_a=16.0) for evse in ROW.evses))
    tariff = tariff_of([(0, 0.20)])
    plain = world(ROW, [car("a1", **LONG)], tariff=tariff)
    stores = replace(plain, site=replace(ROW, batteries=(battery,)))
    feeds = replace(plain, site=gives, network=network_of(gives))

    assert best(plain, Objective.COST).left_out == ()
    assert "batteries" in best(stores, Objective.COST).left_out[0]
    assert "feed back" in best(feeds, Objective.PROFIT).left_out[0]
    assert best(feeds, Objective.ENERGY).left_out == ()
    assert best(feeds, Objective.PROFIT).as_json()["left_out"]

"""Plans that place batteries and let vehicles feed back, from snapshots to proposals, records and bytes."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import planner
from tests.places import row_of, sessions_at, snapshot_of
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.contract import AllocationMemory
from voltloom.controller.storage.following import step_of
from voltloom.decision.expected import Expected
from voltloom.decision.outlook import Outlook
from voltloom.decision.plan import Plan
from voltloom.decision.plan_record import plan_record
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.decision.storage import BatteriesNow
from voltloom.live.frozen import frozen, thawed
from voltloom.site.network import network_of
from voltloom.site.storage import storage_of
from voltloom.site.topology import Battery, Phase, Site

HOUR_S = 3600.0
COST = PlanningSettings(objective=Objective.COST, vehicle_wear_per_kwh=0.02)


def prices(*per_kwh: float, demand_per_kw: float = 0.0) -> Outlook:
    """Return prices that change every six hours."""
    start_s = np.array([6.0 * HOUR_S * number for number in range(len(per_kwh))])
    return Outlook(start_s, np.array(per_kwh), demand_per_kw, 900.0, 0.0, 2e6, 0.0, True, 9, currency="EUR")


def with_battery(site: Site) -> Site:
    battery = Battery(
        battery_id="cellar",
        circuit_id="grid",
        phases=tuple(Phase),
        capacity_wh=20_000.0,
        charge_w=10_000.0,
        discharge_w=10_000.0,
        wear_eur_per_kwh=0.01,
    )
    return replace(site, batteries=(battery,))


def cellar(soc_ratio: float = 0.5, **given: object) -> SiteSnapshot:
    """Return a site with a battery and one outlet, at which nobody wants power."""
    site = with_battery(row_of(1, rating_a=80.0))
    network = network_of(site)
    storage = storage_of(site, network)
    assert storage is not None
    nobody = {"present": np.zeros(1, dtype=bool), "wants_power": np.zeros(1, dtype=bool)}
    base: dict[str, object] = {
        "sessions": sessions_at(network, **nobody),
        "batteries": BatteriesNow(storage, np.array([soc_ratio]), np.zeros(1)),
        "other_w": 4_000.0,
        "outlook": prices(0.10, 0.40),
    }
    return snapshot_of(site, **(base | given))


def feeding(**given: object) -> SiteSnapshot:
    """Return two vehicles that have what they asked for; the first may feed back, and it is dear for six hours."""
    site = row_of(2, rating_a=80.0)
    columns = {
        "requested_wh": np.full(2, 20_000.0),
        "departure_s": np.full(2, 11.0 * HOUR_S),
        "most_discharge_a": np.array([16.0, 0.0]),
    }
    base: dict[str, object] = {
        "sessions": sessions_at(network_of(site), **columns),
        "delivered_wh": np.full(2, 20_000.0),
        "spare_wh": np.array([80_000.0, 0.0]),
        "room_wh": np.array([10_000.0, 0.0]),
        "other_w": 8_000.0,
        "outlook": prices(0.40, 0.10),
    }
    return snapshot_of(site, **(base | given))


def made(snapshot: SiteSnapshot, settings: PlanningSettings = COST) -> Plan:
    _, memory = planner(settings=settings).allocate(snapshot, AllocationMemory())
    assert memory.plan is not None
    return memory.plan


def test_a_battery_is_planned_for_also_where_no_vehicle_wants_power() -> None:
    plan = made(cellar())

    assert plan.edge_s[-1] >= 24.0 * HOUR_S
    assert plan.basis is not None
    assert plan.basis.battery_ids == ("cellar",)
    cheap, dear = plan.edge_s[1:] <= 6.0 * HOUR_S, plan.edge_s[:-1] >= 6.0 * HOUR_S
    assert (plan.battery_w[0, cheap] >= 0.0).all()
    assert plan.battery_w[0, dear].min() == pytest.approx(-4_000.0, abs=50.0), "no more than the site draws"
    held = plan.basis.stored_ratio[0]
    assert held.max() == pytest.approx(1.0, abs=0.01)
    assert held.min() == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize("objective", [Objective.ENERGY, Objective.COST])
def test_where_money_does_not_count_or_its_charge_is_unknown_a_battery_is_left_to_its_rule(
    objective: Objective,
) -> None:
    snapshot = cellar(np.nan if objective is Objective.COST else 0.5)

    _, memory = planner(settings=replace(COST, objective=objective)).allocate(snapshot, AllocationMemory())

    assert memory.plan is None


def test_a_forecast_of_the_building_takes_the_place_of_what_it_draws_now() -> None:
    sunny = Expected(
        HOUR_S * np.array([0.0, 6.0, 30.0]), np.array([-3.0, 5.0]), np.array([np.nan]), np.array([np.nan])
    )

    plan = made(cellar(0.05, expected=sunny, outlook=prices(0.3, 0.3)))

    sunny_steps = plan.edge_s[1:] <= 6.0 * HOUR_S
    assert plan.battery_w[0, sunny_steps] == pytest.approx(3_000.0, abs=30.0), (
        "all the sun, and nothing that costs"
    )


def test_a_peak_counts_all_that_the_site_draws() -> None:
    peaky = cellar(0.5, outlook=prices(0.2, 0.2, demand_per_kw=9.0), other_w=12_000.0)

    plan = made(peaky)

    assert plan.basis is not None
    assert plan.basis.peak_kw == pytest.approx(float(plan.basis.grid_kw.max()), abs=0.05)
    assert plan.basis.peak_kw < 12.0


def test_a_metered_site_without_other_load_charges_its_vehicles_under_a_demand_charge() -> None:
    site = row_of(1, rating_a=80.0)
    short = snapshot_of(
        site,
        sessions=sessions_at(
            network_of(site), requested_wh=np.full(1, 10_000.0), departure_s=np.full(1, HOUR_S)
        ),
        other_w=0.0,
        outlook=prices(0.3, 0.1, demand_per_kw=15.0),
    )

    plan = made(short, replace(COST, ready_before_s=0.0))

    assert plan.basis is not None
    given_kwh = float((plan.current_a * np.diff(plan.edge_s)).sum()) / HOUR_S * plan.basis.kw_per_a[0]
    assert given_kwh == pytest.approx(9.6, abs=0.1), "all of it within the hour, but for the careful 4 %"


def test_a_vehicle_that_may_feeds_back_while_it_is_dear_and_the_other_is_left_alone() -> None:
    proposals, memory = planner(settings=COST).allocate(feeding(), AllocationMemory())

    assert proposals.current_a[0] == pytest.approx(-8_000.0 / 690.0, abs=0.1)
    assert proposals.current_a[1] >= 0.0
    assert proposals.cause[0] == int(Cause.NEED_MET)  # what it is told where feeding back is not granted
    assert memory.plan is not None
    assert memory.plan.current_a[0].max() > 1.0, "and has it again before it leaves"


@pytest.mark.parametrize(
    "why",
    [
        {"other_w": 400.0},  # 0.6 A are no discharge
        {"spare_wh": np.zeros(2)},
        {"controllable": np.zeros(2, dtype=bool)},
        {"outlook": prices(0.12, 0.10)},  # losses and wear cost more
        {"outlook": None},
    ],
)
def test_nothing_is_fed_back_where_it_may_not_or_does_not_pay(why: dict[str, object]) -> None:
    proposals, _ = planner(settings=COST).allocate(feeding(**why), AllocationMemory())

    assert (proposals.current_a >= 0.0).all()


def test_who_may_feed_back_but_does_not_and_has_all_it_asked_for_is_told_so() -> None:
    proposals, _ = planner(settings=COST).allocate(feeding(other_w=400.0), AllocationMemory())

    assert proposals.current_a[0] == 0.0
    assert proposals.cause[0] == int(Cause.NEED_MET)


@pytest.mark.parametrize("delivered_kwh", [4.0, 5.0, 5.5])
def test_what_was_guaranteed_is_not_fed_back(delivered_kwh: float) -> None:
    profit = replace(COST, objective=Objective.PROFIT, guaranteed_kwh=5.0)
    snapshot = feeding(delivered_wh=np.array([1000.0 * delivered_kwh, 20_000.0]), outlook=prices(0.9, 0.8))

    plan = made(snapshot, profit)

    assert plan.basis is not None
    into_kwh = np.cumsum(plan.current_a[0] * np.diff(plan.edge_s)) / HOUR_S * plan.basis.kw_per_a[0]
    assert delivered_kwh + into_kwh.min() >= min(delivered_kwh, 5.0) - 0.05


@pytest.mark.parametrize("delivered_kwh", [0.0, 4.0])
def test_however_dear_it_is_a_vehicle_leaves_with_what_it_came_with(delivered_kwh: float) -> None:
    """It may feed back 80 kWh down to its driver's floor, and what it has got here at most for good."""
    profit = replace(COST, objective=Objective.PROFIT)
    delivered_wh = np.array([1000.0 * delivered_kwh, 20_000.0])

    plan = made(feeding(delivered_wh=delivered_wh, outlook=prices(0.9, 0.8)), profit)

    assert plan.basis is not None
    stored_a = np.where(
        plan.current_a[0] < 0.0, plan.current_a[0] / profit.vehicle_kept_ratio, plan.current_a[0]
    )
    into_kwh = float((stored_a * np.diff(plan.edge_s)).sum()) / HOUR_S * plan.basis.kw_per_a[0]
    assert into_kwh == pytest.approx(-delivered_kwh, abs=0.1)


def test_no_more_is_fed_back_than_the_site_draws_by_now_where_nothing_is_to_be_sold() -> None:
    made_by, snapshot = planner(settings=COST), feeding()
    _, memory = made_by.allocate(snapshot, AllocationMemory())

    later = snapshot._replace(now_s=60.0, other_w=2_000.0, measured_a=np.array([-11.0, 1.0]))
    proposals, _ = made_by.allocate(later, memory)
    selling = replace(COST, export_price_per_kwh=0.4)
    sold, _ = planner(settings=selling).allocate(snapshot, AllocationMemory())

    assert proposals.current_a[0] == pytest.approx(-(2_000.0 + 690.0) / 690.0, abs=0.05)
    assert sold.current_a[0] == pytest.approx(-16.0, abs=0.1), "where it pays it is sold"


def test_who_charges_has_no_less_room_when_another_feeds_back() -> None:
    needs = feeding(delivered_wh=np.array([20_000.0, 0.0]), outlook=prices(0.40, 0.40))
    site = row_of(2, rating_a=10.0)
    tight = needs._replace(grid=network_of(site).grid)

    proposals, _ = planner(settings=COST).allocate(tight, AllocationMemory())

    assert proposals.current_a[1] <= 10.0 + 1e-6


def test_a_recorded_plan_with_batteries_reads_back_bit_for_bit_and_is_json() -> None:
    snapshot = cellar()
    memory = AllocationMemory(plan=made(snapshot))

    again = thawed(frozen(memory))

    assert frozen(again) == frozen(memory)
    record = plan_record(again.plan, snapshot.network, "Europe/Amsterdam", {})
    assert json.loads(json.dumps(record, allow_nan=False)) == record
    batteries, steps = record["batteries"], record["steps"]
    assert isinstance(batteries, list)
    assert isinstance(steps, list)
    (battery,) = batteries
    assert battery["battery"] == "cellar"
    assert len(battery["power_kw"]) == len(battery["soc_ratio"]) == len(steps)
    assert steps[0]["grid_kw"] == pytest.approx(4.0 + battery["power_kw"][0], abs=0.01)


def test_where_the_solver_fails_rules_rule_cars_and_batteries_alike() -> None:
    def breaks(problem: Problem) -> Answer:
        raise RuntimeError("no memory left")

    snapshot = cellar()

    _, memory = planner(breaks, COST).allocate(snapshot, AllocationMemory())

    assert memory.plan is not None
    assert memory.plan.is_failed
    assert snapshot.batteries is not None
    assert step_of(memory.plan, snapshot.batteries.network, 0.0) is None


def test_a_dear_tonne_of_carbon_moves_a_battery_where_prices_do_not() -> None:
    flat = prices(0.2, 0.2)._replace(carbon_g_per_kwh=np.array([100.0, 700.0]))

    alone = made(cellar(outlook=flat))
    charged = made(cellar(outlook=flat), replace(COST, carbon_price_per_t=400.0))

    first = alone.edge_s[1:] <= 6.0 * HOUR_S
    assert (alone.battery_w[0, first] <= 0.0).all()
    assert charged.battery_w[0, first].max() > 1_000.0

"""A night under the planner: what it tells of waiting, prices and the limit that binds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.simulation.small_world import HOUR_S, PLAIN, START_S, scenario_of, visit
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.decision.explain import Around, driver_sentence
from voltloom.decision.plan import Planned
from voltloom.decision.reason import Cause
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.tariff import PriceSeries, Tariff

CHEAP_S = START_S + 2 * HOUR_S


def night(
    objective: Objective = Objective.COST, *, wants_wh: float = 12_000.0, rating_a: float = 40.0
) -> Scenario:
    """Return four hours of two cars; after two hours power costs 11 ct less."""
    prices = PriceSeries(
        start_s=(int(START_S), int(CHEAP_S)),
        price_nano_per_kwh=(310_000_000, 200_000_000),
        end_s=int(START_S + 24 * HOUR_S),
    )
    tariff = Tariff(name="night", currency="EUR", time_zone="Europe/Amsterdam", series=prices)
    settings = replace(PLAIN, planning=PlanningSettings(objective=objective))
    visits = [visit(k, wants_wh=wants_wh, stated_wh=wants_wh) for k in (1, 2)]
    return replace(scenario_of(*visits, rating_a=rating_a, hours=4.0, settings=settings), tariff=tariff)


def played(scenario: Scenario, architecture: str = "adaptive-plan") -> RunResult:
    return run(scenario, architecture=architecture, faults="none", seed=1)


def told(result: RunResult) -> list[Planned]:
    return [c.reason.planned for c in result.trace.changes if c.reason.planned is not None]


def test_cars_with_time_are_told_from_when_on_power_is_cheaper() -> None:
    result = played(night())

    waits = [c for c in result.trace.changes if c.reason.cause is Cause.PLANNED and c.reason.after_a == 0.0]
    assert waits
    planned = waits[0].reason.planned
    assert planned is not None
    assert abs(planned.starts_s - CHEAP_S) <= 900.0
    assert planned.price_now_per_kwh - planned.price_then_per_kwh == pytest.approx(0.11, abs=0.005)
    around = Around(time_zone="Europe/Amsterdam", now_s=waits[0].time_s)
    assert "11 ct/kWh cheaper." in driver_sentence(waits[0].reason, around)


def test_a_full_fuse_is_named_with_what_an_ampere_more_is_worth() -> None:
    result = played(night(Objective.ENERGY, wants_wh=20_000.0, rating_a=12.0))

    rows = [planned for planned in told(result) if planned.circuit]
    assert rows
    assert {planned.circuit for planned in rows} == {"grid"}
    assert all(planned.currency == "" for planned in rows)  # energy counts here, not money
    assert max(planned.shadow_per_ah for planned in rows) == pytest.approx(
        0.69, rel=0.05
    )  # three phases of 230 V


def test_an_architecture_that_does_not_plan_tells_no_plan() -> None:
    result = played(night(), "adaptive")

    assert result.trace.changes
    assert told(result) == []

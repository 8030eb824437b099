"""A battery under a plan, from prices to what flows: it buys cheap, gives when it is dear, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.bound.worlds import tariff_of
from tests.simulation.small_world import START_S
from tests.simulation.test_storage import stored
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.controller.settings import StorageSettings
from voltloom.decision.storage import StorageCause
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.tariff import bill_of

HOUR_MIN = 60


def priced(*, follows_plan: bool = True) -> Scenario:
    """Return a site that draws 6.9 kW, with a price that rises sixfold after two of four hours."""
    storage = StorageSettings(follows_plan=follows_plan)
    world = stored(hours=4.0, soc_ratio=0.2, storage=storage)
    begin_min = int(START_S % 86_400.0) // 60
    tariff = tariff_of([(0, 0.10), (begin_min + 2 * HOUR_MIN, 0.60)])
    planning = PlanningSettings(objective=Objective.COST)
    return replace(world, tariff=tariff, control=replace(world.control, planning=planning))


def paid_minor(world: Scenario, result: RunResult) -> int:
    assert world.tariff is not None
    assert result.storage is not None
    bought_wh = result.storage.grid_w.clip(0.0) * result.storage.step_s / 3600.0
    bill = bill_of(world.tariff, world.start_s, result.storage.step_s, bought_wh)
    return bill.total_minor + result.storage.wear_minor


def test_a_plan_charges_a_battery_while_it_is_cheap_and_pays_less_than_its_rule() -> None:
    results = {}
    for follows in (True, False):
        world = priced(follows_plan=follows)
        results[follows] = run(world, architecture="adaptive-plan", faults="none", seed=1)
        assert results[follows].breaches == ()

    by_plan = results[True]
    assert by_plan.storage is not None
    half = by_plan.storage.power_w.shape[0] // 2
    assert by_plan.storage.power_w[:half].max() > 2_000.0
    assert by_plan.storage.power_w[half + 4 :].min() < -3_000.0
    assert by_plan.storage.grid_w.min() > -300.0, "nothing is sold but what a meter's delay gives away"
    causes = {change.cause for change in by_plan.storage.changes}
    assert StorageCause.PLANNED in causes
    charging = [c for c in by_plan.storage.changes if c.cause is StorageCause.PLANNED and c.after_w > 0.0]
    assert any("when a kWh costs 50 ct more" in change.sentence() for change in charging)
    assert paid_minor(priced(), by_plan) < paid_minor(priced(), results[False])


def test_under_another_architecture_a_battery_keeps_to_its_rule() -> None:
    result = run(priced(), architecture="adaptive", faults="none", seed=1)

    assert result.storage is not None
    assert StorageCause.PLANNED not in {change.cause for change in result.storage.changes}
    assert np.isfinite(result.storage.soc_ratio).all()

"""Tiers where energy comes from the site's own sun as well as from the grid."""

from __future__ import annotations

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import planner
from tests.allocation.adaptive.horizon.test_stored_plans import prices
from tests.places import row_of, sessions_at, snapshot_of
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.contract import AllocationMemory
from voltloom.decision.expected import Expected
from voltloom.decision.plan import Plan
from voltloom.site.network import Floats, network_of

HOUR_S = 3600.0
SUNNY_S = 6.0 * HOUR_S


def two_tiers(sun_kw: float, settings: PlanningSettings) -> Plan:
    """Return the plan of two vehicles that stay eleven hours and want 10 kWh each; while the sun shines a kWh costs four times as much."""
    site, unknown = row_of(2, rating_a=80.0), np.full(2, np.nan)
    snapshot = snapshot_of(
        site,
        sessions=sessions_at(
            network_of(site),
            requested_wh=np.full(2, 10_000.0),
            departure_s=np.full(2, 11.0 * HOUR_S),
            tier=np.array([0, 1]),
        ),
        other_w=-1000.0 * sun_kw,
        outlook=prices(0.40, 0.10),
        expected=Expected(
            np.array([0.0, SUNNY_S, 36.0 * HOUR_S]), np.array([-sun_kw, 2.0]), unknown, unknown
        ),
    )
    _, memory = planner(settings=settings).allocate(snapshot, AllocationMemory())
    assert memory.plan is not None
    return memory.plan


def in_the_sun_kwh(plan: Plan) -> Floats:
    assert plan.basis is not None
    hours = (np.minimum(plan.edge_s[1:], SUNNY_S) - np.minimum(plan.edge_s[:-1], SUNNY_S)) / HOUR_S
    found: Floats = plan.current_a @ hours * plan.basis.kw_per_a
    return found


def test_a_higher_tier_takes_what_the_sun_gives_before_it_buys() -> None:
    plan = two_tiers(6.0, PlanningSettings(objective=Objective.COST))

    assert in_the_sun_kwh(plan) == pytest.approx([10.0, 10.0], abs=0.1)


def test_nobody_buys_beyond_what_a_kwh_earns_but_all_take_the_sun() -> None:
    poor = PlanningSettings(objective=Objective.PROFIT, sell_price_per_kwh=0.08)

    plan = two_tiers(2.0, poor)

    assert plan.basis is not None
    assert plan.current_a[:, plan.edge_s[:-1] >= SUNNY_S] == pytest.approx(0.0, abs=0.05)
    assert plan.basis.grid_kw[plan.edge_s[1:] <= SUNNY_S].max() <= 0.05
    assert in_the_sun_kwh(plan).sum() == pytest.approx(12.0, abs=0.2)

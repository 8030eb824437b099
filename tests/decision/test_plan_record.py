"""A plan as a table and as JSON: what is promised, who is short, and why."""

from __future__ import annotations

import json

import numpy as np
import pytest

from tests.decision.test_plan import HOUR_S, NIGHT_S, ZONE, network, plan
from voltloom.decision.plan import Plan
from voltloom.decision.plan_record import plan_record, vehicle_plans


def needing(need_kwh: float, *, toll: float = 0.0, hours: float = 8.0) -> Plan:
    """Return the night's plan for a vehicle with another need that leaves after some hours."""
    made = plan(toll=toll)
    assert made.basis is not None
    basis = made.basis._replace(need_kwh=np.array([need_kwh]))
    return made._replace(basis=basis, departure_s=np.array([NIGHT_S + hours * HOUR_S]))


@pytest.mark.parametrize(
    ("made", "short_kwh", "why"),
    [
        (needing(44.16), 0.0, "waits for 22:00, 11 ct/kWh cheaper"),
        (needing(50.0, toll=0.01), 5.84, "grid is full while it is here"),
        (needing(50.0), 5.84, "more is not worth its price"),
        (needing(50.0, hours=2.0), 5.84, "its stay is too short: 44.2 kWh at most, even alone"),
    ],
)
def test_every_vehicle_is_promised_its_energy_or_told_why_not(made: Plan, short_kwh: float, why: str) -> None:
    (one,) = vehicle_plans(made, network(), ZONE)

    assert one.evse_id == "a2"
    assert (one.planned_kwh, one.short_kwh) == pytest.approx((44.16, short_kwh))
    assert one.why == why


def test_the_record_is_json_with_every_step_vehicle_and_limit() -> None:
    made = needing(50.0, toll=0.01)

    record = plan_record(made, network(), ZONE, {7: "s7"})

    assert json.loads(json.dumps(record, allow_nan=False)) == record
    assert (record["made"], record["currency"], record["peak_kw"]) == (
        "2023-11-15T17:00:00.000Z",
        "EUR",
        None,
    )
    steps, vehicles, limits = record["steps"], record["vehicles"], record["limits"]
    assert isinstance(steps, list)
    assert isinstance(vehicles, list)
    assert isinstance(limits, list)
    assert [step["price_per_kwh"] for step in steps] == [0.31] * 4 + [0.20] * 4
    assert (vehicles[0]["session"], vehicles[0]["is_short"]) == ("s7", True)
    assert vehicles[0]["current_a"] == [0.0] * 4 + [16.0] * 4
    assert [row["row"] for row in limits[0]["rows"]] == ["grid/L1", "grid/L2"]
    assert limits[0]["shadow_price_per_ah"] == pytest.approx([0.045] * 8)


def test_a_plan_that_failed_says_so_and_nothing_else() -> None:
    failed = plan()._replace(basis=None, is_failed=True)

    record = plan_record(failed, network(), ZONE, {})

    assert (record["is_failed"], record["vehicles"], record["steps"]) == (True, [], [])
    assert vehicle_plans(failed, network(), ZONE) == ()

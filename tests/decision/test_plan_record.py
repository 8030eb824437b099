"""A plan as a table and as JSON: what is planned, who is short, and why."""

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
def test_every_vehicle_is_told_what_it_gets_or_why_it_falls_short(
    made: Plan, short_kwh: float, why: str
) -> None:
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


def test_what_is_fed_back_is_told_beside_what_is_taken() -> None:
    made = needing(33.12)
    current_a = made.current_a.copy()
    current_a[0, :2] = -8.0

    both_ways = made._replace(current_a=current_a)
    (one,) = vehicle_plans(both_ways, network(), ZONE)
    record = plan_record(both_ways, network(), ZONE, {})

    assert one.planned_back_kwh == pytest.approx(2 * 8.0 * 0.69)
    assert one.planned_kwh == pytest.approx(4 * 16.0 * 0.69 - one.planned_back_kwh)
    assert one.why == "feeds back now and takes it again"
    steps = record["steps"]
    assert isinstance(steps, list)
    assert [step["vehicles_kw"] for step in steps[1:5]] == pytest.approx([-5.52, 0.0, 0.0, 11.04])


def test_a_solvers_noise_is_neither_charging_nor_feeding_back() -> None:
    made = needing(44.16)
    current_a = made.current_a.copy()

    for noise_a in (-1e-4, 1e-4):
        current_a[0, 0] = noise_a
        (one,) = vehicle_plans(made._replace(current_a=current_a), network(), ZONE)
        assert one.why == "waits for 22:00, 11 ct/kWh cheaper"


def test_a_departure_is_told_with_where_it_is_from() -> None:
    made = needing(50.0)
    assert made.basis is not None
    likely_s = NIGHT_S + 6.0 * HOUR_S
    untold = made._replace(departure_s=np.array([np.inf]))
    basis = made.basis._replace(departure_s=np.array([likely_s]), is_forecast=np.array([True]))

    plans = [
        made,
        untold._replace(basis=basis),
        untold._replace(basis=basis._replace(is_forecast=np.array([False]))),
    ]

    told = [vehicle_plans(each, network(), ZONE)[0] for each in plans]
    assert [one.departure_from for one in told] == ["told", "forecast", "assumed"]
    assert [one.departure_s for one in told] == [NIGHT_S + 8.0 * HOUR_S, likely_s, likely_s]

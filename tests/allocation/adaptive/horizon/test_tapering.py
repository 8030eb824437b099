"""Batteries that take the less the fuller they are: how late a plan may leave the last of their energy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import seen
from tests.places import row_of
from voltloom.allocation.adaptive.horizon.building import edges_s, problem_of
from voltloom.allocation.adaptive.horizon.pricing import valued
from voltloom.allocation.adaptive.horizon.problem import Demand
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.sharing import division
from voltloom.decision.outlook import Outlook
from voltloom.simulation.kernels import accepted_wh
from voltloom.site.network import Floats

FLAT = Outlook(np.zeros(1), np.array([0.3]), 0.0, 900.0, 0.0, 1e7, 0.0, True, 9)
WHO = np.array([0])
KW_PER_A, MOST_A = 0.69, 16.0
HOUR_S, STEP_S = 3600.0, 60.0


def van(
    stay_h: float = 13.0,
    soc_ratio: float = 0.5,
    delivered_kwh: float = 0.0,
    measured_a: float = 0.0,
    objective: Objective = Objective.COST,
) -> tuple[Demand, Floats]:
    """Return what a van of 76 kWh that came half full and wants to be full may be given, and the steps' edges (t + 1,)."""
    columns: dict[str, Any] = {
        "requested_wh": np.array([38_000.0]),
        "departure_s": np.array([stay_h * HOUR_S]),
        "soc_ratio": np.array([soc_ratio]),
        "max_a": np.array([MOST_A]),
    }
    snapshot = seen(row_of(1, rating_a=40.0), **columns)._replace(
        outlook=FLAT,
        delivered_wh=np.array([1000.0 * delivered_kwh]),
        measured_a=np.array([measured_a]),
    )
    edge_s = edges_s(snapshot, WHO)
    value = valued(PlanningSettings(objective=objective), FLAT, None, edge_s)
    return problem_of(snapshot, division(snapshot), WHO, edge_s, value, None).demand, edge_s


def missing_ratio(demand: Demand, edge_s: Floats) -> float:
    """Return what a simulated van lacks of its need when it is charged as late as these bounds allow."""
    can_kwh = (demand.high_a * demand.kwh_per_a)[0]
    later_kwh = np.cumsum(can_kwh[::-1])[::-1]
    need_kwh = float(demand.need_kwh[0])
    first = int(np.flatnonzero(later_kwh >= need_kwh).max(initial=0))
    held_wh = 1000.0 * (76.0 - need_kwh)
    for step in range(first, can_kwh.size):
        offered_w = 1000.0 * KW_PER_A * float(demand.high_a[0, step])
        for _ in range(round(float(np.diff(edge_s)[step]) / STEP_S)):
            held_wh += accepted_wh(offered_w, STEP_S, 11_040.0, 76_000.0, held_wh, 0.8)
    return (76.0 - held_wh / 1000.0) / need_kwh


def test_however_late_a_plan_charges_a_tapering_van_leaves_with_next_to_all_it_asked_for() -> None:
    known, unknown = van(), van(soc_ratio=float("nan"))

    assert missing_ratio(*known) < 0.01
    assert missing_ratio(*unknown) > missing_ratio(*known)
    assert (np.diff(known[0].high_a[0]) <= 1e-9).all(), "less and less"
    assert known[0].high_a[0, 0] == MOST_A


def test_for_energy_and_for_profit_no_bound_is_on_the_last_of_the_energy() -> None:
    for objective in (Objective.ENERGY, Objective.PROFIT):
        demand, _ = van(objective=objective)

        assert demand.high_a[0, :-1] == pytest.approx(MOST_A)


@pytest.mark.parametrize("stay_h", [0.05, 0.5, 2.0, 4.0])
def test_who_cannot_be_full_in_time_may_take_all_it_can_at_once(stay_h: float) -> None:
    demand, edge_s = van(stay_h=stay_h)

    at_once = edge_s[:-1] < min(900.0, stay_h * HOUR_S)
    assert demand.high_a[0, at_once][:-1] == pytest.approx(MOST_A)
    taken_kwh = accepted_wh(11_040.0, stay_h * HOUR_S, 11_040.0, 76_000.0, 38_000.0, 0.8) / 1000.0
    assert float((demand.high_a * demand.kwh_per_a).sum()) >= 0.99 * taken_kwh


def test_a_battery_that_takes_full_current_near_its_end_needs_no_such_time() -> None:
    slow, _ = van(delivered_kwh=36.0, stay_h=4.0)
    quick, _ = van(delivered_kwh=36.0, stay_h=4.0, measured_a=MOST_A)

    later = slice(4, -1)
    assert (quick.high_a[0, later] > slow.high_a[0, later]).all()


def test_who_has_all_of_it_or_is_full_is_bounded_by_nothing_that_is_no_number() -> None:
    for demand, _ in (
        van(delivered_kwh=38.0),
        van(delivered_kwh=40.0),
        van(soc_ratio=1.0),
        van(soc_ratio=0.999),
    ):
        assert np.isfinite(demand.high_a).all()
        assert (demand.high_a >= 0.0).all()

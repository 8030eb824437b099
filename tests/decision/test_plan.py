"""What a plan means for one vehicle: when it goes on, at what price, and which limit holds it back."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.places import row_of
from voltloom.decision.explain import Around, driver_sentence, operator_record, planned_words
from voltloom.decision.plan import Basis, Plan, Planned, planned_kwh, planned_of
from voltloom.decision.reason import Cause, Reason
from voltloom.site.network import Floats, Network, network_of

NIGHT_S = 1_700_067_600.0  # 15 November 2023, 18:00 in Berlin
HOUR_S = 3600.0
ZONE = "Europe/Berlin"


def network() -> Network:
    return network_of(row_of(2, rating_a=40.0))


def plan(*, worth_per_kwh: float = 3.0, toll: float = 0.0) -> Plan:
    """Return a plan of eight hours for the second outlet: nothing until 22:00, then 16 A; 31 ct until then, 20 ct after."""
    steps = 8
    current_a = np.where(np.arange(steps) < 4, 0.0, 16.0)[None, :]
    basis = Basis(
        evse=np.array([1]),
        column=network().columns(np.ones(2, dtype=np.bool_))[1:],
        need_kwh=np.array([50.0]),
        kw_per_a=np.array([0.69]),
        max_a=np.array([32.0]),
        price_per_kwh=np.where(np.arange(steps) < 4, 0.31, 0.20),
        worth_per_kwh=worth_per_kwh,
        currency="EUR",
        minor_digits=2,
        row=np.array([0, 1]),
        left_a=np.array([40.0, 40.0]),
        toll_per_a=np.vstack([np.full(steps, toll), np.full(steps, toll / 2.0)]),
        peak_kw=math.nan,
    )
    edge_s: Floats = NIGHT_S + HOUR_S * np.arange(steps + 1, dtype=np.float64)
    return Plan(NIGHT_S, edge_s, np.array([7]), current_a, edge_s[-1:], np.full(3, 40.0), basis=basis)


def reason(planned: Planned | None, before_a: float = 6.0) -> Reason:
    return Reason(
        cause=Cause.PLANNED,
        before_a=before_a,
        after_a=0.0,
        binding_row="",
        headroom_a=math.inf,
        age_s=1.0,
        architecture="adaptive-plan",
        mode="chosen",
        planned=planned,
    )


def test_a_vehicle_that_waits_for_a_lower_price_reads_until_when_and_how_much_cheaper() -> None:
    planned = planned_of(plan(), network(), 1, NIGHT_S + 60.0, -1)

    assert planned is not None
    assert planned.starts_s == NIGHT_S + 4 * HOUR_S
    assert (planned.price_now_per_kwh, planned.price_then_per_kwh) == pytest.approx((0.31, 0.20))
    around = Around(time_zone=ZONE, now_s=NIGHT_S, lifts_s=planned.starts_s)
    assert (
        driver_sentence(reason(planned), around)
        == "Paused: your car has time and waits for 22:00, when power is 11 ct/kWh cheaper."
    )
    assert planned_words(planned, NIGHT_S, ZONE) == "waits for 22:00, 11 ct/kWh cheaper"


def test_the_operator_reads_the_limit_that_binds_and_what_an_ampere_more_is_worth() -> None:
    planned = planned_of(plan(toll=0.02), network(), 1, NIGHT_S, -1)

    record = operator_record(reason(planned), "a2", NIGHT_S, ZONE)
    assert record["planned"] == {
        "starts": "2023-11-15T21:00:00Z",
        "price_now_per_kwh": 0.31,
        "price_then_per_kwh": 0.2,
        "currency": "EUR",
        "circuit": "grid",
        "shadow_price_per_ah": 0.09,
        "sentence": "Waits for 22:00, 11 ct/kWh cheaper; grid is full: an ampere more on each phase for an hour is worth 9 ct.",
    }


def test_where_prices_do_not_count_none_is_told_and_a_limit_is_worth_energy() -> None:
    planned = planned_of(plan(worth_per_kwh=math.nan, toll=0.5), network(), 1, NIGHT_S, -1)

    assert planned is not None
    assert math.isnan(planned.price_now_per_kwh)
    around = Around(time_zone=ZONE, now_s=NIGHT_S)
    assert (
        driver_sentence(reason(planned), around)
        == "Paused: your car has time, and more of its energy is planned from 22:00 on."
    )
    words = planned_words(planned, NIGHT_S, ZONE)
    assert (
        words == "waits for 22:00; grid is full: an ampere more on each phase for an hour is worth 0.75 kWh"
    )


def test_a_plan_says_nothing_of_an_outlet_it_does_not_know_or_where_it_failed() -> None:
    assert planned_of(plan(), network(), 0, NIGHT_S, -1) is None
    assert planned_of(plan()._replace(basis=None), network(), 1, NIGHT_S, -1) is None
    assert operator_record(reason(None), "a1", NIGHT_S, ZONE)["planned"] is None


def test_after_the_last_rise_nothing_is_waited_for() -> None:
    planned = planned_of(plan(), network(), 1, NIGHT_S + 5 * HOUR_S, -1)

    assert planned is not None
    assert math.isnan(planned.starts_s)
    slower = replace(reason(planned), after_a=5.0)
    around = Around(time_zone=ZONE, now_s=NIGHT_S)
    assert (
        driver_sentence(slower, around)
        == "Slower now: your car has time, and the plan gives it no more than this."
    )
    assert (
        driver_sentence(reason(planned), around)
        == "Paused: no more energy is planned for your car before it leaves."
    )


def test_what_is_planned_adds_up() -> None:
    made = plan()

    assert made.basis is not None
    assert planned_kwh(made, made.basis) == pytest.approx([4 * 16.0 * 0.69])


def test_a_price_is_told_of_the_hour_that_it_holds_in() -> None:
    made = plan()
    assert made.basis is not None
    dear_until = made.basis.price_per_kwh.copy()
    dear_until[:] = dear_until[0]

    planned = planned_of(
        made._replace(basis=made.basis._replace(price_per_kwh=dear_until)), network(), 1, NIGHT_S, -1
    )

    assert planned is not None
    assert planned.price_then_per_kwh == planned.price_now_per_kwh

"""A vehicle may be discharged only with its driver's consent, and that is part of what the driver states."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from tests.session.world import after, handshake, plugged_in, session
from voltloom.session.events import NeedStated
from voltloom.session.need import ImplausibleNeed, Need, need_of

KNOWN: dict[str, Any] = {
    "time_s": 0.0,
    "evse": 0,
    "energy_wh": 20_000.0,
    "departure_s": 36_000.0,
    "soc_ratio": 0.5,
    "floor_ratio": 0.3,
    "battery_wh": 60_000.0,
}


def test_floor_battery_and_state_of_charge_together_are_consent() -> None:
    need = need_of(NeedStated(**KNOWN), now_s=0.0)

    assert need.may_feed_back
    assert (need.floor_ratio, need.battery_wh) == (0.3, 60_000.0)


@pytest.mark.parametrize("field", ["floor_ratio", "battery_wh", "soc_ratio"])
@pytest.mark.parametrize("unknown", [math.nan, math.inf])
def test_without_any_one_of_them_nothing_is_consented(field: str, unknown: float) -> None:
    need = need_of(NeedStated(**(KNOWN | {field: unknown})), now_s=0.0)

    assert not need.may_feed_back


def test_a_need_that_says_nothing_of_it_is_no_consent() -> None:
    assert not Need(energy_wh=1.0, soc_ratio=0.5).may_feed_back


@pytest.mark.parametrize(
    ("field", "value", "remedy"),
    [
        ("floor_ratio", 30.0, "divide a percentage by 100"),
        ("floor_ratio", -0.1, "divide a percentage by 100"),
        ("battery_wh", 0.0, "state what it holds when it is full"),
        ("battery_wh", 6e7, "state it in Wh"),
    ],
)
def test_what_cannot_be_true_is_refused_with_field_and_remedy(field: str, value: float, remedy: str) -> None:
    with pytest.raises(ImplausibleNeed) as refused:
        need_of(NeedStated(**(KNOWN | {field: value})), now_s=0.0)

    assert (refused.value.field, refused.value.remedy) == (field, remedy)


DRIVER = NeedStated(**KNOWN | {"time_s": 60.0})
VEHICLE = NeedStated(
    time_s=120.0, evse=0, energy_wh=9000.0, departure_s=7200.0, soc_ratio=0.6, is_from_vehicle=True
)


def test_a_vehicle_that_states_its_needs_anew_leaves_its_drivers_consent() -> None:
    seat = after(plugged_in(), DRIVER, VEHICLE).seat

    assert session(seat).need == Need(
        energy_wh=9000.0, departure_s=7200.0, soc_ratio=0.6, floor_ratio=0.3, battery_wh=60_000.0
    )


def test_a_driver_who_states_a_need_without_a_floor_takes_consent_back_whatever_the_vehicle_said() -> None:
    seat = after(plugged_in(), DRIVER, VEHICLE, replace(DRIVER, time_s=180.0, floor_ratio=math.nan)).seat

    assert not session(seat).need.may_feed_back


def test_a_vehicle_cannot_consent_for_its_driver() -> None:
    seat = after(plugged_in(), replace(VEHICLE, floor_ratio=0.1, battery_wh=60_000.0)).seat

    assert not session(seat).need.may_feed_back


def test_a_vehicles_need_that_cannot_be_true_leaves_the_consent_and_a_drivers_takes_it_back() -> None:
    wrong = replace(VEHICLE, departure_s=1.0)

    kept = after(plugged_in(), DRIVER, wrong)
    ended = after(plugged_in(), DRIVER, replace(wrong, is_from_vehicle=False))

    assert session(kept).need.floor_ratio == 0.3
    assert math.isnan(session(ended).need.floor_ratio)
    assert len(kept.alarms) == len(ended.alarms) == 1


def test_a_vehicle_can_say_that_it_does_not_feed_back_while_its_driver_would_let_it() -> None:
    can = replace(handshake(30.0), discharges=True)

    facts = session(after(plugged_in(), can, DRIVER, VEHICLE, handshake(120.0)))

    assert facts.need.may_feed_back
    assert not facts.capability.discharges


@pytest.mark.parametrize("is_vehicle_first", [False, True])
def test_what_driver_and_vehicle_say_before_the_plug_in_both_count(is_vehicle_first: bool) -> None:
    early = (replace(DRIVER, time_s=10.0), replace(VEHICLE, time_s=10.0))

    seat = after(*(reversed(early) if is_vehicle_first else early), plugged_in(20.0)).seat

    assert session(seat).need.floor_ratio == 0.3

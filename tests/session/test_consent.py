"""A vehicle may be discharged only with its driver's consent, and that is part of what the driver states."""

from __future__ import annotations

import math
from typing import Any

import pytest

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

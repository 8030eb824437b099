"""What drivers and operators read of a vehicle that feeds back."""

from __future__ import annotations

import math
from dataclasses import replace

from voltloom.decision.explain import Around, driver_sentence, operator_record
from voltloom.decision.plan import Planned
from voltloom.decision.reason import Cause, Reason

EVENING_S = 1_700_000_000.0  # 14 November 2023, 23:13:20 in Berlin
AROUND = Around(time_zone="Europe/Berlin", now_s=EVENING_S)
PLANNED = Planned(
    starts_s=EVENING_S + 2800.0,
    price_now_per_kwh=0.43,
    price_then_per_kwh=0.13,
    currency="EUR",
    minor_digits=2,
    circuit="",
    shadow_per_ah=0.0,
)
FEEDS = Reason(
    cause=Cause.FEEDS_BACK,
    before_a=0.0,
    after_a=-10.0,
    binding_row="",
    headroom_a=math.inf,
    age_s=4.0,
    architecture="adaptive-plan",
    mode="chosen",
    planned=PLANNED,
)


def test_a_driver_reads_until_when_and_what_is_kept() -> None:
    assert driver_sentence(FEEDS, AROUND) == (
        "Feeding back: power is dear until 00:00, 30 ct/kWh cheaper from then on, "
        "and your car keeps at least the charge you asked for."
    )


def test_without_a_plan_a_driver_still_reads_what_is_kept() -> None:
    sentence = driver_sentence(replace(FEEDS, planned=None), AROUND)

    assert sentence == (
        "Feeding back: your car helps the site for a while and keeps at least the charge you asked for."
    )


def test_an_operator_reads_how_much() -> None:
    record = operator_record(FEEDS, "A1", EVENING_S, "Europe/Berlin")

    assert record["change"] == "feeds_back"
    assert record["after_a"] == -10.0
    planned = record["planned"]
    assert isinstance(planned, dict)
    assert planned["sentence"] == "Feeds back 10 A until 00:00, when power is 30 ct/kWh cheaper."


def test_a_driver_reads_that_the_floor_ends_it() -> None:
    at_floor = replace(FEEDS, cause=Cause.AT_FLOOR, before_a=-10.0, after_a=0.0, planned=None)

    assert driver_sentence(at_floor, AROUND) == (
        "Waiting: your car's charge is near the least you allow, so it feeds back little or nothing."
    )

"""Cost against unmet energy: means over days with their intervals, and the report as a picture."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.advisor.made_runs import FLAT_TARIFF, Deed, a_scenario, a_study
from voltloom.advisor.report import Origin, report_html
from voltloom.advisor.report_png import report_png
from voltloom.advisor.study import verdict_of
from voltloom.advisor.trade_off import trade_off

HALF = Deed(delivered_wh=lambda day, k: 5_000.0)
UNEVEN = Deed(delivered_wh=lambda day, k: 10_000.0 - 100.0 * day)
PNG = b"\x89PNG\r\n\x1a\n"


def test_a_point_is_the_mean_over_days_and_what_a_kwh_cost() -> None:
    found = a_study(
        {("sequential", "none"): HALF, ("parallel", "none"): UNEVEN},
        scenario=a_scenario(days=10, tariff=FLAT_TARIFF),
    )

    half, uneven = trade_off(found.comparison)

    assert half.unmet == pytest.approx((15_000.0, 15_000.0, 15_000.0))  # three visits a day
    assert half.cost == pytest.approx((30.0, 30.0, 30.0))
    assert uneven.days_count == 10
    assert uneven.unmet.mean_per_unit == pytest.approx(3 * 450.0)
    assert 0.0 < uneven.unmet.low_per_unit < uneven.unmet.mean_per_unit < uneven.unmet.high_per_unit


def test_without_a_tariff_there_is_no_cost_and_one_day_has_no_interval() -> None:
    found = a_study({("sequential", "none"): HALF}, scenario=a_scenario(days=1))

    (point,) = trade_off(found.comparison)

    assert point.cost is None
    assert math.isinf(point.unmet.high_per_unit)


def test_repeats_under_other_seeds_are_no_further_days() -> None:
    once = a_study({("sequential", "mild"): UNEVEN}, seeds=(1,))
    twice = a_study({("sequential", "mild"): UNEVEN}, seeds=(1, 2))

    assert trade_off(once.comparison) == trade_off(twice.comparison)


def test_nobody_is_unmet_by_less_than_nothing() -> None:
    one_bad_day = Deed(delivered_wh=lambda day, k: 0.0 if day == 3 else 10_000.0)

    (point,) = trade_off(a_study({("sequential", "none"): one_bad_day}).comparison)

    assert point.unmet.low_per_unit == 0.0


def test_report_and_picture_show_it() -> None:
    world = replace(a_scenario(days=6, tariff=FLAT_TARIFF), title="A $1 <yard>")
    deeds = {(name, level): UNEVEN for level in ("none", "mild") for name in ("sequential", "parallel: slow")}
    found = a_study(deeds, scenario=world)
    verdict, origin = verdict_of(found), Origin(command="voltloom compare made", source="made")

    picture = report_png(found, verdict, origin)

    assert "Cost against unmet energy" in report_html(found, verdict, origin)
    assert picture.startswith(PNG)
    assert picture == report_png(found, verdict, origin)
    assert int.from_bytes(picture[16:20], "big") == 1200
    plain = report_png(a_study({("sequential", "none"): HALF}), verdict, origin)
    assert int.from_bytes(plain[20:24], "big") < int.from_bytes(
        picture[20:24], "big"
    )  # no prices, no scatter

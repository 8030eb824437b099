"""The prices of the coming hours: a tariff's, or those a service told while they are new enough."""

from dataclasses import replace

import numpy as np
import pytest

from tests.controller.desk import Desk
from tests.places import row_of
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.controller.outlooks import HORIZON_S, LASTS_S, Outlooks, has_moved
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.outlook import Outlook
from voltloom.session.events import PricesTold
from voltloom.site.network import network_of
from voltloom.site.tariff import NANO, PriceSeries, Season, Tariff

NOON_S = 1_768_388_400.0  # 14 January 2026, 11:00 UTC
DAY_S, HOUR_S = 86_400, 3600
STANDING = Tariff(
    name="standing",
    currency="EUR",
    time_zone="Europe/Berlin",
    seasons=(
        Season(
            season_id="all",
            first=(1, 1),
            last=(12, 31),
            weekdays=frozenset(range(7)),
            start_min=(0,),
            price_nano_per_kwh=(250_000_000,),
            demand_nano_per_kw=9 * NANO,
        ),
    ),
)
MIDNIGHT_S = int(NOON_S) - 11 * HOUR_S
# Two days whose price is their hour in cents, the second a euro dearer.
TOLD = PriceSeries(
    start_s=tuple(MIDNIGHT_S + hour * HOUR_S for hour in range(48)),
    price_nano_per_kwh=tuple((hour % 24) * 10_000_000 + (hour // 24) * NANO for hour in range(48)),
    end_s=MIDNIGHT_S + 2 * DAY_S,
)


def price_at(outlook: Outlook | None, time_s: float) -> float:
    assert outlook is not None
    return float(outlook.price_per_kwh[np.searchsorted(outlook.start_s, time_s, side="right") - 1])


def test_what_a_service_told_takes_the_tariffs_place_and_the_demand_charge_stays() -> None:
    outlook = Outlooks(STANDING).at(NOON_S, TOLD)

    assert price_at(outlook, NOON_S) == pytest.approx(0.11)
    assert price_at(outlook, NOON_S + DAY_S) == pytest.approx(1.11)
    assert outlook is not None
    assert outlook.demand_price_per_kw == 9.0
    assert outlook.told_until_s == TOLD.end_s


def test_after_the_last_price_told_those_of_the_last_day_stand_in() -> None:
    outlook = Outlooks(STANDING).at(NOON_S + DAY_S, TOLD)

    assert price_at(outlook, NOON_S + 2 * DAY_S) == pytest.approx(1.11)
    assert price_at(outlook, NOON_S + 2 * DAY_S + HORIZON_S - DAY_S - HOUR_S) == pytest.approx(1.10)


def test_prices_that_are_days_old_give_way_to_the_standing_tariff() -> None:
    outlooks = Outlooks(STANDING)

    still = outlooks.at(TOLD.end_s + LASTS_S - HOUR_S, TOLD)
    old = outlooks.at(TOLD.end_s + LASTS_S, TOLD)

    assert price_at(still, TOLD.end_s + LASTS_S - HOUR_S) == pytest.approx(1.23)
    assert price_at(old, TOLD.end_s + LASTS_S) == pytest.approx(0.25)
    assert old is not None
    assert old.told_until_s == TOLD.end_s


def test_new_prices_count_at_once_also_within_the_hour() -> None:
    outlooks = Outlooks(STANDING)

    before, after = outlooks.at(NOON_S), outlooks.at(NOON_S + 60.0, TOLD)

    assert price_at(before, NOON_S) == pytest.approx(0.25)
    assert price_at(after, NOON_S) == pytest.approx(0.11)
    assert outlooks.at(NOON_S + 120.0, TOLD) is after


def test_an_hour_of_prices_alone_is_repeated() -> None:
    hour = PriceSeries(start_s=(int(NOON_S),), price_nano_per_kwh=(400_000_000,), end_s=int(NOON_S) + HOUR_S)

    outlook = Outlooks(STANDING).at(NOON_S, hour)

    assert price_at(outlook, NOON_S + 30 * HOUR_S) == pytest.approx(0.4)


def told_otherwise(hour: int, by_nano: int) -> PriceSeries:
    """Return what was told with another price in one hour."""
    prices = list(TOLD.price_nano_per_kwh)
    prices[hour] += by_nano
    return replace(TOLD, price_nano_per_kwh=tuple(prices))


def test_prices_have_moved_where_an_hour_to_come_costs_more_than_a_little_else() -> None:
    later, before = told_otherwise(20, 50_000_000), told_otherwise(5, 50_000_000)

    assert has_moved(None, TOLD, NOON_S)
    assert has_moved(TOLD, later, NOON_S)
    assert not has_moved(TOLD, before, NOON_S)
    assert not has_moved(TOLD, told_otherwise(20, 1_000_000), NOON_S)
    assert not has_moved(TOLD, replace(TOLD), NOON_S)


def test_a_first_price_of_tomorrow_moves_what_stood_in_for_it() -> None:
    today = replace(
        TOLD,
        start_s=TOLD.start_s[:24],
        price_nano_per_kwh=TOLD.price_nano_per_kwh[:24],
        end_s=MIDNIGHT_S + DAY_S,
    )

    assert has_moved(today, TOLD, NOON_S)


def test_a_plan_is_made_anew_as_soon_as_prices_have_moved_and_only_then() -> None:
    site = row_of(2, rating_a=100.0)
    settings = ControlSettings(planning=PlanningSettings(objective=Objective.COST))
    controller = SiteController(site=site, network=network_of(site), settings=settings, tariff=STANDING)
    desk = Desk(
        controller=controller,
        network=network_of(site),
        memory=controller.start(NOON_S, "adaptive-plan"),
        limit_a=np.zeros(2),
    )
    desk.plug_in(0, NOON_S)
    desk.hear(PricesTold(time_s=NOON_S, series=TOLD))

    def made_s(now_s: float, *told: PriceSeries) -> float:
        desk.hear(*(PricesTold(time_s=now_s, series=each) for each in told))
        desk.cycle(now_s)
        plan = desk.memory.allocation.plan
        assert plan is not None
        return plan.made_s - NOON_S

    first_s = made_s(NOON_S + 30.0)
    for step in range(2, 12):  # what is told about a new vehicle renews it as well
        first_s = made_s(NOON_S + 30.0 * step)
    moments_s = [first_s + NOON_S + 30.0 * step for step in (1, 2, 3)]
    dearer = told_otherwise(13, 50_000_000)

    assert made_s(moments_s[0], replace(TOLD)) == first_s
    assert made_s(moments_s[1], dearer) == first_s + 60.0
    assert made_s(moments_s[2], replace(dearer)) == first_s + 60.0

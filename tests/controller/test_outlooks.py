"""The prices of the coming hours: a tariff's, or those a service told while they are new enough."""

import numpy as np
import pytest

from voltloom.controller.outlooks import HORIZON_S, LASTS_S, Outlooks
from voltloom.decision.outlook import Outlook
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

"""A tariff as an outlook: the prices of the coming hours, worked out once an hour and when a service tells new ones."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.decision.outlook import Outlook
from voltloom.site.network import Floats
from voltloom.site.tariff import NANO, PriceSeries, PriceStep, Tariff, TariffError, price_steps
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

HORIZON_S = 48 * SECONDS_PER_HOUR
LASTS_S = (
    2 * SECONDS_PER_DAY
)  # how long a day's prices stand in for later ones; after a week-end they are another market's
PRICE_MOVED_RATIO = (
    0.02  # of the mean price: what a plan gains by less is less than what it costs to change limits
)


class Outlooks:
    """Outlooks under one tariff. It remembers the last one made: the same moment and prices always give the same outlook."""

    def __init__(self, tariff: Tariff | None) -> None:
        self._tariff = tariff
        self._hour = -1
        self._told: PriceSeries | None = None
        self._made: Outlook | None = None

    def at(self, now_s: float, told: PriceSeries | None = None) -> Outlook | None:
        """Return the outlook of a moment, None where no tariff is known or it ends before.

        told: prices by moment that take the tariff's place while they are new enough; its demand charge stays.
        """
        hour = int(now_s // SECONDS_PER_HOUR)
        if self._tariff is not None and (hour != self._hour or told is not self._told):
            self._made = _outlook(self._tariff, told, hour * SECONDS_PER_HOUR)
            self._hour, self._told = hour, told
        return self._made


def _outlook(tariff: Tariff, told: PriceSeries | None, begin_s: float) -> Outlook | None:
    """Return the prices from a full hour on; of a tariff's own series that ends within the horizon, those there are."""
    end_s = begin_s + HORIZON_S
    if tariff.series is not None:
        end_s = min(end_s, float(tariff.series.end_s))
    priced = tariff
    if told is not None and _holds(told, begin_s):
        end_s = begin_s + HORIZON_S
        priced = replace(tariff, series=_prolonged(told, end_s))
    try:
        steps = price_steps(priced, begin_s, end_s) if end_s > begin_s else ()
    except TariffError:
        return None
    if not steps:
        return None
    zone = ZoneInfo(tariff.time_zone)
    local = datetime.fromtimestamp(begin_s, UTC).astimezone(zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    days = [local.date() + timedelta(days=n) for n in range(31)]
    workdays_left = sum(day.month == local.month and day.weekday() < 5 for day in days)
    return Outlook(
        start_s=np.array([step.start_s for step in steps]),
        price_per_kwh=np.array([step.price_per_kwh for step in steps]),
        demand_price_per_kw=tariff.demand_nano_at(begin_s) / NANO,
        demand_interval_s=tariff.demand_interval_s,
        month_start_s=datetime(local.year, local.month, 1, tzinfo=zone).timestamp(),
        month_end_s=datetime(year, month, 1, tzinfo=zone).timestamp(),
        day_start_s=datetime(local.year, local.month, local.day, tzinfo=zone).timestamp(),
        is_workday=local.weekday() < 5,
        workdays_left=workdays_left,
        told_until_s=math.inf if told is None else float(told.end_s),
        currency=tariff.currency,
        minor_digits=tariff.minor_digits,
        carbon_g_per_kwh=_carbon_g(priced, steps),
    )


def has_moved(before: PriceSeries | None, told: PriceSeries, now_s: float) -> bool:
    """Return whether prices of the coming hours differ from those known before by enough to plan anew."""
    if before is None or not _holds(before, now_s) or not _holds(told, now_s):
        return True
    end_s = now_s + HORIZON_S
    series = [_prolonged(each, end_s) for each in (before, told)]
    moments_s = sorted({now_s, *(s for each in series for s in each.start_s if now_s < s < end_s)})
    prices = np.array([[_price_nano(each, moment_s) for moment_s in moments_s] for each in series])
    moved = np.abs(prices[0] - prices[1]) > PRICE_MOVED_RATIO * np.abs(prices[1]).mean()
    return bool(moved.any())


def _holds(told: PriceSeries, begin_s: float) -> bool:
    """Return whether told prices are new enough at a moment to take the tariff's place."""
    return told.start_s[0] <= begin_s < told.end_s + LASTS_S


def _price_nano(series: PriceSeries, moment_s: float) -> int:
    return series.price_nano_per_kwh[bisect_right(series.start_s, moment_s) - 1]


def _carbon_g(tariff: Tariff, steps: tuple[PriceStep, ...]) -> Floats | None:
    """Return how much CO2 comes with a kWh of each step, None where any of it is unknown."""
    found: Floats = np.array([tariff.carbon_g_at(step.start_s) for step in steps])
    return found if np.isfinite(found).all() else None


def _prolonged(told: PriceSeries, end_s: float) -> PriceSeries:
    """Return prices until a moment at least: after the last that was told, those of the last day told, again and again."""
    day_s = int(SECONDS_PER_DAY)
    place = bisect_right(told.start_s, told.end_s - day_s) - 1
    first_s = told.end_s - day_s if place >= 0 else told.start_s[0]
    starts = (first_s, *told.start_s[max(place, 0) + 1 :])
    prices = told.price_nano_per_kwh[max(place, 0) :]
    length_s = told.end_s - first_s
    start_s, price_nano, until_s = list(told.start_s), list(told.price_nano_per_kwh), told.end_s
    while until_s < end_s:
        start_s += [until_s + start - first_s for start in starts]
        price_nano += prices
        until_s += length_s
    return PriceSeries(start_s=tuple(start_s), price_nano_per_kwh=tuple(price_nano), end_s=until_s)

"""What energy and the highest demand cost, exactly: integers inside, rounded once, in the site's own local time.

A price follows the clock on the wall: on the day the clocks change a tariff has 23 or 25 hours. Prices are integers
in 1e-9 of the currency per kWh (or kW), energy is counted in mWh, and only a bill's total is rounded, to minor units.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

NANO = 1_000_000_000
MWH_PER_KWH = 1_000_000
QUARTER_HOUR_S = 900.0


class TariffError(ValueError):
    """A tariff has no price, or several, for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """Prices of some days of the year.

    first, last: (month, day), both included; last before first goes over the new year. weekdays: 0 is Monday.
    start_min: minutes after local midnight from which each price holds, the first is 0. prices in 1e-9 currency.
    """

    season_id: str
    first: tuple[int, int]
    last: tuple[int, int]
    weekdays: frozenset[int]
    start_min: tuple[int, ...]
    price_nano_per_kwh: tuple[int, ...]
    demand_nano_per_kw: int

    def holds_on(self, day: date) -> bool:
        """Return whether these prices hold on a local day."""
        here = (day.month, day.day)
        if self.first <= self.last:
            in_season = self.first <= here <= self.last
        else:
            in_season = here >= self.first or here <= self.last
        return in_season and day.weekday() in self.weekdays


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceSeries:
    """Prices by moment, such as day-ahead prices: each holds from its start_s to the next, the last until end_s.

    carbon_g_per_kwh: how much CO2 comes with each; empty where that is unknown.
    """

    start_s: tuple[int, ...]
    price_nano_per_kwh: tuple[int, ...]
    end_s: int
    carbon_g_per_kwh: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A tariff by season and time of use, or by a series of prices, with a demand charge, and prices for a session's time.

    charging_nano_per_h: while energy flows; idle_nano_per_h: from then until the end. Only a session's bill has these.
    minor_digits: 2 where 100 minor units are one of the currency. demand_interval_s: the demand charge counts the
    mean power over intervals of this length, once for each local calendar month.
    """

    name: str
    currency: str
    time_zone: str
    seasons: tuple[Season, ...] = ()
    series: PriceSeries | None = None
    series_demand_nano_per_kw: int = 0
    minor_digits: int = 2
    demand_interval_s: float = QUARTER_HOUR_S
    charging_nano_per_h: int = 0
    idle_nano_per_h: int = 0

    def season_at(self, time_s: float) -> Season:
        """Return the season of a moment.

        Raises TariffError where none or several hold.
        """
        day = _local(self.time_zone, time_s).date()
        holding = [season for season in self.seasons if season.holds_on(day)]
        if len(holding) != 1:
            names = ", ".join(f"'{s.season_id}'" for s in holding)
            what = f"{names} hold at once" if holding else "no schedule holds"
            raise TariffError(f"tariff '{self.name}': {what} on {day:%A %Y-%m-%d}")
        return holding[0]

    def price_nano_at(self, time_s: float) -> int:
        """Return the price in 1e-9 of the currency per kWh.

        Raises TariffError where the tariff says nothing.
        """
        if self.series is not None:
            position = bisect_right(self.series.start_s, time_s) - 1
            if position < 0 or time_s >= self.series.end_s:
                moment = _local(self.time_zone, time_s)
                raise TariffError(f"tariff '{self.name}': no price for {moment:%Y-%m-%d %H:%M}")
            return self.series.price_nano_per_kwh[position]
        season = self.season_at(time_s)
        moment = _local(self.time_zone, time_s)
        minute = moment.hour * 60 + moment.minute
        return season.price_nano_per_kwh[bisect_right(season.start_min, minute) - 1]

    def carbon_g_at(self, time_s: float) -> float:
        """Return how many grams of CO2 come with a kWh, NaN where the tariff does not tell."""
        series = self.series
        if series is None or not series.carbon_g_per_kwh:
            return math.nan
        position = bisect_right(series.start_s, time_s) - 1
        return series.carbon_g_per_kwh[position] if position >= 0 and time_s < series.end_s else math.nan

    def demand_nano_at(self, time_s: float) -> int:
        """Return the demand charge in 1e-9 of the currency per kW and month."""
        if self.series is not None:
            return self.series_demand_nano_per_kw
        return self.season_at(time_s).demand_nano_per_kw


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceStep:
    """A stretch of time with one price."""

    start_s: float
    end_s: float
    price_nano_per_kwh: int

    @property
    def price_per_kwh(self) -> float:
        """Return the price in the currency, for plans and pictures; bills use the integer."""
        return self.price_nano_per_kwh / NANO


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthPeak:
    """The highest mean power of a local month and what it costs, in minor units, not rounded. at_s: when it began."""

    at_s: float
    peak_w: int
    cost_minor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a stretch of time costs; total_minor = energy_minor + demand_minor. months: each bears its whole demand charge."""

    total_minor: int
    energy_minor: int
    demand_minor: int
    energy_wh: int
    peak_w: int
    months: tuple[MonthPeak, ...] = ()


def price_steps(tariff: Tariff, start_s: float, end_s: float) -> tuple[PriceStep, ...]:
    """Return the prices from start to end, one step for each change.

    Raises TariffError where the tariff says nothing.
    """
    changes = sorted(moment for moment in _changes(tariff, start_s, end_s) if start_s < moment < end_s)
    steps: list[PriceStep] = []
    for begin, end in zip([start_s, *changes], [*changes, end_s], strict=True):
        price = tariff.price_nano_at(begin)
        is_like = bool(steps) and steps[-1].price_nano_per_kwh == price
        if is_like and same_carbon(tariff, steps[-1].start_s, begin):
            begin = steps.pop().start_s
        steps.append(PriceStep(start_s=begin, end_s=end, price_nano_per_kwh=price))
    return tuple(steps)


def same_carbon(tariff: Tariff, one_s: float, other_s: float) -> bool:
    """Return whether as much CO2 comes with a kWh at one moment as at another, as far as it is known."""
    one_g, other_g = tariff.carbon_g_at(one_s), tariff.carbon_g_at(other_s)
    return one_g == other_g or (math.isnan(one_g) and math.isnan(other_g))


def bill_of(tariff: Tariff, start_s: float, step_s: float, energy_wh: Floats) -> Bill:
    """Return the bill for energies (t,) drawn in steps of equal length.

    Energy inside a step counts as drawn evenly. Raises TariffError where the tariff says nothing.
    """
    times_s = start_s + step_s * np.arange(energy_wh.size + 1, dtype=np.float64)
    total_wh = np.concatenate([[0.0], np.cumsum(energy_wh)])
    steps = price_steps(tariff, start_s, float(times_s[-1])) if energy_wh.size else ()
    energy_cost = Fraction(0)
    for step in steps:
        begin_wh, end_wh = np.interp([step.start_s, step.end_s], times_s, total_wh)
        energy_mwh = round(float(end_wh) * 1000.0) - round(float(begin_wh) * 1000.0)
        energy_cost += Fraction(energy_mwh * step.price_nano_per_kwh, MWH_PER_KWH * NANO)
    peaks = _monthly_peaks(tariff, times_s, total_wh)
    costs = [Fraction(peak_w * tariff.demand_nano_at(at_s), 1000 * NANO) for peak_w, at_s in peaks]
    demand_cost = sum(costs, Fraction(0))
    minor = 10**tariff.minor_digits
    total_minor = round((energy_cost + demand_cost) * minor)
    energy_minor = round(energy_cost * minor)
    return Bill(
        total_minor=total_minor,
        energy_minor=energy_minor,
        demand_minor=total_minor - energy_minor,
        energy_wh=round(float(total_wh[-1])),
        peak_w=max((peak_w for peak_w, _ in peaks), default=0),
        months=tuple(
            MonthPeak(at_s=at_s, peak_w=peak_w, cost_minor=float(cost * minor))
            for (peak_w, at_s), cost in zip(peaks, costs, strict=True)
        ),
    )


def _monthly_peaks(tariff: Tariff, times_s: Floats, total_wh: Floats) -> list[tuple[int, float]]:
    """Return (highest mean power, when) of each local month."""
    length_s = tariff.demand_interval_s
    begin_s = np.arange(np.floor(times_s[0] / length_s) * length_s, times_s[-1], length_s)
    drawn_wh = np.interp(begin_s + length_s, times_s, total_wh) - np.interp(begin_s, times_s, total_wh)
    power_w = np.rint(drawn_wh * SECONDS_PER_HOUR / length_s).astype(np.int64)
    begin_s, peaks, first = begin_s.clip(times_s[0]), [], 0

    def month_of(time_s: float) -> tuple[int, int]:
        moment = _local(tariff.time_zone, float(time_s))
        return moment.year, moment.month

    while first < begin_s.size:
        end = bisect_right(begin_s, month_of(begin_s[first]), lo=first, key=month_of)
        top = first + int(power_w[first:end].argmax())
        peaks.append((int(power_w[top]), float(begin_s[top])))
        first = end
    return peaks


def _changes(tariff: Tariff, start_s: float, end_s: float) -> set[float]:
    """Return the moments at which the price may change."""
    if tariff.series is not None:
        return {float(s) for s in tariff.series.start_s}
    # Clocks change on whole hours, so between whole hours a wall clock runs evenly.
    changes = {float(s) for s in range(int(start_s // 3600) * 3600, int(end_s) + 3600, 3600)}
    zone = _zone(tariff.time_zone)
    day = _local(tariff.time_zone, start_s).date()
    last = _local(tariff.time_zone, end_s).date()
    minutes = sorted({minute for season in tariff.seasons for minute in season.start_min})
    while day <= last:
        for minute in minutes:
            wall = time(minute // 60, minute % 60)
            for fold in (0, 1):
                changes.add(datetime.combine(day, wall.replace(fold=fold), zone).timestamp())
        day += timedelta(days=1)
    return changes


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _local(time_zone: str, time_s: float) -> datetime:
    return datetime.fromtimestamp(time_s, UTC).astimezone(_zone(time_zone))

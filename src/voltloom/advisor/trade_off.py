"""What energy costs against what stays unmet: for each architecture the mean over the days, with how far it may be off. No run of its own."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from voltloom.advisor.comparison import Comparison
from voltloom.advisor.energy_cost import PriceTable
from voltloom.advisor.measured import day_of_s
from voltloom.advisor.paired import Unit, interval_of
from voltloom.simulation.summary import RunResult, SessionOutcome


class Span(NamedTuple):
    """A mean, and the 95 % interval over the days; infinite with fewer than two days."""

    mean_per_unit: float
    low_per_unit: float
    high_per_unit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePoint:
    """One architecture at one fault level. unmet: Wh a day that vehicles could have taken and did not get. cost: minor units a kWh, without
    the demand charge; None where there is no tariff, or nothing flowed. days_count: what the intervals rest on.
    """

    architecture: str
    faults: str
    days_count: int
    unmet: Span
    cost: Span | None


TRADE_WORDS = (
    "Each mark is one architecture, the mean over its days of arrival, with bars for the 95 % interval of that mean; further left and further down "
    "is better. Unmet is what vehicles could have taken during their stay and did not get. The price of a kWh leaves out the demand charge, which is "
    "a month's. Bars that overlap settle nothing: the paired differences compare the same visits."
)


def trade_off(comparison: Comparison) -> tuple[TradePoint, ...]:
    """Return a point for each architecture and fault level, in the order run. Seeds of a day count as one day."""
    scenario = comparison.scenario
    zone = ZoneInfo(scenario.site.time_zone)
    prices = None
    if scenario.tariff is not None:
        prices = PriceTable.of(scenario.tariff, scenario.start_s, scenario.end_s)
    return tuple(
        _point(architecture, faults, comparison.of(architecture, faults), zone, prices)
        for faults in comparison.fault_levels
        for architecture in comparison.architectures
    )


def _point(
    architecture: str, faults: str, results: tuple[RunResult, ...], zone: ZoneInfo, prices: PriceTable | None
) -> TradePoint:
    unmet_wh = _by_day(results, zone, lambda s: max(0.0, s.obtainable_wh - s.delivered_wh))
    days = sorted(unmet_wh)
    runs_count = max(1, len(results))
    cost = None
    if prices is not None:
        cost_minor = _by_day(results, zone, prices.cost_minor)
        flowed_wh = _by_day(results, zone, prices.energy_wh)
        if sum(flowed_wh.values()) > 0.0:
            cost = _span([cost_minor[day] for day in days], [flowed_wh[day] / 1000.0 for day in days])
    return TradePoint(
        architecture=architecture,
        faults=faults,
        days_count=len(days),
        unmet=_span([unmet_wh[day] / runs_count for day in days], None),
        cost=cost,
    )


def _by_day(
    results: tuple[RunResult, ...], zone: ZoneInfo, value: Callable[[SessionOutcome], float]
) -> dict[str, float]:
    """Return sums by the local day of arrival."""
    sums: dict[str, float] = {}
    for result in results:
        for session in result.trace.sessions:
            day = day_of_s(session.arrival_s, zone)
            sums[day] = sums.get(day, 0.0) + value(session)
    return sums


def _span(values_per_unit: list[float], sizes_per_unit: list[float] | None) -> Span:
    found = interval_of(values_per_unit, sizes_per_unit, unit=Unit.DAY, comparisons=1)
    low_per_unit = found.low_per_unit
    if sizes_per_unit is None and math.isfinite(low_per_unit):
        low_per_unit = max(0.0, low_per_unit)  # nobody can be unmet by less than nothing
    return Span(found.mean_per_unit, low_per_unit, found.high_per_unit)

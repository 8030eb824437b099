"""What the runs of a comparison say: numbers by architecture and fault level, and paired differences between two."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from statistics import fmean
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from voltloom.advisor.account import Account, account_of, mean_account, objective_of, sell_minor_per_kwh
from voltloom.advisor.comparison import Comparison
from voltloom.advisor.energy_cost import PriceTable, mean_price_minor_per_wh, profits_minor
from voltloom.advisor.paired import Interval, Sessions, paired
from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.simulation.summary import Breach, RunResult, SessionOutcome

UNMET_BELOW_RATIO: Final = 0.99  # of what the vehicle could have taken: the definition in `RunSummary`


class Metric(Enum):
    """What two architectures are compared by, session by session."""

    DELIVERED = "delivered"  # part of the energy asked for
    UNMET = "unmet"  # part of the sessions
    COST = "cost"  # of a kWh, without the demand charge, as part of the champion's
    PROFIT = "profit"  # the demand charge counted, as part of what the champion sold; where profit is what the site is for
    WAIT = "wait"  # seconds until the first power, a session


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One architecture at one fault level: means over the seeds, sums of what must not happen. NaN where unknown."""

    architecture: str
    faults: str
    runs: int
    sessions: int
    delivered_ratio: float
    delivered_wh: float
    unmet_count: float
    failed_count: float
    wait_s_median: float
    wait_s_p95: float
    peak_w: float
    load_factor_ratio: float
    cost_minor: float
    cost_minor_per_kwh: float
    changes_per_session: float
    reversals_per_dwell: float
    jain_fairness: float
    decision_ms_p95: float
    degraded_s: float
    overload_a_s: float
    breaker_trips: int
    lowerings_count: float
    alarm_count: float
    breaches: tuple[Breach, ...]
    account: Account

    @property
    def is_safe(self) -> bool:
        """Return whether nothing tripped and no checker objected."""
        return not self.breaches and self.breaker_trips == 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Challenger minus champion by one metric at one fault level; positive is more, whether that is good or not."""

    metric: Metric
    faults: str
    challenger: str
    champion: str
    interval: Interval
    matters_from_per_unit: float  # below this nobody would build anything for it

    @property
    def gain(self) -> int:
        """Return 1 where the challenger is better beyond noise by what matters, -1 where worse, else 0."""
        mean = self.interval.mean_per_unit
        if self.interval.is_noise or abs(mean) < self.matters_from_per_unit:
            return 0
        is_more = mean > 0.0
        return 1 if is_more is (self.metric in MORE_IS_BETTER) else -1

    @property
    def is_open(self) -> bool:
        """Return whether the challenger may still be better by more than one would give away."""
        open_from = OPEN_FROM.get(self.metric)
        if open_from is None or self.gain < 0:
            return False
        possible = (
            self.interval.high_per_unit if self.metric in MORE_IS_BETTER else -self.interval.low_per_unit
        )
        return possible > open_from


POINTS: Final = frozenset({Metric.DELIVERED, Metric.UNMET, Metric.PROFIT})  # told in points of percent
MORE_IS_BETTER: Final = frozenset({Metric.DELIVERED, Metric.PROFIT})
MATTERS_FROM: Final = MappingProxyType(
    {
        Metric.DELIVERED: 0.005,
        Metric.UNMET: 0.005,
        Metric.COST: 0.02,
        Metric.PROFIT: 0.01,
        Metric.WAIT: 300.0,
    }
)
# What a simpler architecture may at most be worse by and still be called enough: points of service, or of what is sold.
OPEN_FROM: Final = MappingProxyType({Metric.DELIVERED: 0.02, Metric.UNMET: 0.05, Metric.PROFIT: 0.02})


def measure(comparison: Comparison, architecture: str, faults: str) -> Measured:
    """Return the numbers of one architecture at one fault level."""
    results = comparison.of(architecture, faults)
    summaries = [r.summary for r in results]

    def mean(field: Callable[[RunResult], float]) -> float:
        known = [float(v) for v in map(field, results) if math.isfinite(v)]
        return fmean(known) if known else math.nan

    cost_minor = mean(lambda r: r.summary.cost_minor)
    delivered_wh = mean(lambda r: r.summary.energy_delivered_wh)
    return Measured(
        architecture=architecture,
        faults=faults,
        runs=len(results),
        sessions=summaries[0].sessions,
        delivered_ratio=mean(lambda r: r.summary.delivered_ratio),
        delivered_wh=delivered_wh,
        unmet_count=mean(lambda r: r.summary.unmet_sessions),
        failed_count=mean(lambda r: r.summary.failed_sessions),
        wait_s_median=mean(_median_wait_s),
        wait_s_p95=mean(lambda r: r.summary.wait_s_p95),
        peak_w=max(s.peak_w for s in summaries),
        load_factor_ratio=mean(_load_factor_ratio),
        cost_minor=cost_minor,
        cost_minor_per_kwh=1000.0 * cost_minor / delivered_wh if delivered_wh > 0.0 else math.nan,
        changes_per_session=mean(lambda r: r.summary.setpoint_changes_per_session),
        reversals_per_dwell=mean(lambda r: r.summary.reversals_per_dwell),
        jain_fairness=mean(lambda r: r.summary.jain_fairness),
        decision_ms_p95=mean(lambda r: r.summary.decision_ms_p95),
        degraded_s=mean(lambda r: r.summary.degraded_s),
        overload_a_s=max(s.overload_a_s for s in summaries),
        breaker_trips=sum(s.breaker_trips for s in summaries),
        lowerings_count=mean(lambda r: r.summary.envelope_lowerings),
        alarm_count=mean(lambda r: r.summary.alarms),
        breaches=tuple(b for r in results for b in r.breaches),
        account=mean_account([account_of(comparison.scenario, r) for r in results]),
    )


def measure_all(comparison: Comparison) -> tuple[Measured, ...]:
    """Return the numbers of every architecture at every fault level, in the order run."""
    return tuple(
        measure(comparison, architecture, faults)
        for faults in comparison.fault_levels
        for architecture in comparison.architectures
    )


def differences(
    comparison: Comparison, *, challenger: str, champion: str, faults: str, comparisons: int
) -> tuple[Difference, ...]:
    """Return challenger minus champion by every metric, on the same sessions and seeds.

    DELIVERED, UNMET and COST as parts of all energy asked for, of all sessions, of the champion's cost; WAIT as
    seconds a session. COST only where the scenario has a tariff; the challenger's energy is compared with what it
    would have cost at the champion's mean price, so that whoever delivers less is not the cheaper one. PROFIT only where the
    scenario's objective is profit.
    """
    first, second = comparison.of(challenger, faults), comparison.of(champion, faults)
    day_of = _days(first, comparison.scenario.site.time_zone)
    found = []
    pairs = {
        metric: (_by_session(first, value), _by_session(second, value))
        for metric, value in _values(comparison, second).items()
    }
    if is_for_profit(comparison):
        pairs[Metric.PROFIT] = _profits(comparison, first), _profits(comparison, second)
    for metric, (theirs, ours) in pairs.items():
        sizes = Sessions(day_of=day_of, size_of=_by_session(second, _size_of(metric, comparison)))
        interval = paired(theirs, ours, sizes, comparisons=comparisons)
        found.append(
            Difference(
                metric=metric,
                faults=faults,
                challenger=challenger,
                champion=champion,
                interval=interval,
                matters_from_per_unit=MATTERS_FROM[metric],
            )
        )
    return tuple(found)


def is_unmet(session: SessionOutcome) -> bool:
    """Return whether a session got under 99 % of what its vehicle could have taken."""
    return session.delivered_wh < UNMET_BELOW_RATIO * session.obtainable_wh


def waited_s(session: SessionOutcome) -> float:
    """Return the time from plug-in to the first power; a session that never got any waited its whole stay."""
    if math.isfinite(session.wait_s):
        return session.wait_s
    return max(0.0, session.departure_s - session.plugged_in_s)


def day_of_s(time_s: float, zone: ZoneInfo) -> str:
    """Return the local date of a moment, as YYYY-MM-DD."""
    return datetime.fromtimestamp(time_s, zone).date().isoformat()


def _values(
    comparison: Comparison, champions: tuple[RunResult, ...]
) -> dict[Metric, Callable[[SessionOutcome], float]]:
    """Return how each metric is read off a session."""
    values: dict[Metric, Callable[[SessionOutcome], float]] = {
        Metric.DELIVERED: lambda s: s.delivered_wh,
        Metric.UNMET: lambda s: float(is_unmet(s)),
        Metric.WAIT: waited_s,
    }
    prices = _prices(comparison)
    if prices is not None:
        usual = mean_price_minor_per_wh(prices, (s for r in champions for s in r.trace.sessions))
        values[Metric.COST] = lambda s: prices.cost_minor(s) - usual * prices.energy_wh(s)
    return values


def is_for_profit(comparison: Comparison) -> bool:
    """Return whether a site is run for profit."""
    return objective_of(comparison.scenario) is Objective.PROFIT


def _profits(comparison: Comparison, results: tuple[RunResult, ...]) -> dict[str, float]:
    prices = _prices(comparison)
    assert prices is not None, "profits are asked for only where there are prices"
    sold_at = sell_minor_per_kwh(comparison.scenario)
    return {
        f"{result.summary.seed}/{name}": earned_minor
        for result in results
        for name, earned_minor in profits_minor(prices, result, sold_at).items()
    }


def _prices(comparison: Comparison) -> PriceTable | None:
    scenario = comparison.scenario
    if scenario.tariff is None:
        return None
    return PriceTable.of(scenario.tariff, scenario.start_s, scenario.end_s)


def _size_of(metric: Metric, comparison: Comparison) -> Callable[[SessionOutcome], float]:
    """Return what a session counts for: the energy asked for, the champion's cost, what it was sold, or one session."""
    prices = _prices(comparison)
    if metric is Metric.DELIVERED:
        return lambda s: s.requested_wh if math.isfinite(s.requested_wh) else s.obtainable_wh
    if metric is Metric.COST and prices is not None:
        return prices.cost_minor
    if metric is Metric.PROFIT:
        sold_at = sell_minor_per_kwh(comparison.scenario)
        return lambda s: sold_at * s.delivered_wh / 1000.0
    return lambda s: 1.0


def _by_session(results: tuple[RunResult, ...], value: Callable[[SessionOutcome], float]) -> dict[str, float]:
    return {f"{r.summary.seed}/{s.session_id}": value(s) for r in results for s in r.trace.sessions}


def _days(results: tuple[RunResult, ...], time_zone: str) -> dict[str, str]:
    zone = ZoneInfo(time_zone)
    return {
        f"{r.summary.seed}/{s.session_id}": day_of_s(s.arrival_s, zone)
        for r in results
        for s in r.trace.sessions
    }


def _median_wait_s(result: RunResult) -> float:
    waits_s = sorted(waited_s(s) for s in result.trace.sessions if not s.is_refused)
    return waits_s[len(waits_s) // 2] if waits_s else math.nan


def _load_factor_ratio(result: RunResult) -> float:
    power_w = result.trace.power_w
    peak_w = float(power_w.max()) if len(power_w) else 0.0
    return float(power_w.mean()) / peak_w if peak_w > 0.0 else math.nan

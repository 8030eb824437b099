"""What a plan's energy and its highest demand cost, as weights and rows that count as `site/tariff.bill_of` counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.bound.flows import Flows
from voltloom.bound.program import Rows
from voltloom.bound.stretches import Stretches, changes_in
from voltloom.simulation.clock import Clock
from voltloom.site.network import Bools, Floats, Ints
from voltloom.site.tariff import NANO, QUARTER_HOUR_S, Tariff, price_steps
from voltloom.units import kw_from_w


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Demand:
    """The demand charge: one variable for each local month, its highest mean power as a part of the most there can be.

    rows: keep every interval's mean below its month's variable. price_weight: (months,), what each costs at 1. most_per_kw: the
    highest of the months' prices.
    """

    rows: Rows
    price_weight: Floats
    most_per_kw: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Intervals:
    """Demand intervals: the first and last stretch of each and the number of its month, (i,)."""

    begin_s: Floats
    first: Ints
    last: Ints
    month: Ints


def prices_of(tariff: Tariff, clock: Clock) -> Floats:
    """Return the price of energy in each step in the currency per kWh, (steps,); the mean where it changes inside one.

    Raises TariffError where the tariff says nothing.
    """
    begin_s = clock.start_s + clock.step_s * np.arange(clock.steps)
    steps = price_steps(tariff, clock.start_s, clock.time_s(clock.steps))
    starts_s = np.array([step.start_s for step in steps])
    price_per_kwh = np.array([step.price_per_kwh for step in steps])
    first = np.searchsorted(starts_s, begin_s, side="right") - 1
    last = np.searchsorted(starts_s, begin_s + clock.step_s, side="left") - 1
    found_per_kwh: Floats = price_per_kwh[first]
    for step in np.flatnonzero(last > first):
        edges_s = [begin_s[step], *starts_s[first[step] + 1 : last[step] + 1], begin_s[step] + clock.step_s]
        price = price_per_kwh[first[step] : last[step] + 1]
        found_per_kwh[step] = float(np.average(price, weights=np.diff(edges_s)))
    return found_per_kwh


def demand_of(tariff: Tariff, clock: Clock, flows: Flows, stretches: Stretches) -> Demand:
    """Return the demand charge over some flows, its variables standing right behind them.

    Where a tariff has several prices for demand in one month the lowest counts: a bound may be too high.
    """
    length_s = tariff.demand_interval_s
    edge_s = clock.start_s + clock.step_s * np.append(stretches.first_step, clock.steps)
    begin_s = np.arange(np.floor(edge_s[0] / length_s) * length_s, edge_s[-1], length_s)
    month, price_per_kw = _months(tariff, begin_s.clip(edge_s[0]))
    intervals = _Intervals(
        begin_s=begin_s,
        first=np.searchsorted(edge_s, begin_s.clip(edge_s[0]), side="right") - 1,
        last=np.searchsorted(edge_s, (begin_s + length_s).clip(max=edge_s[-1]), side="left") - 1,
        month=month,
    )
    in_stretch = np.argsort(flows.stretch, kind="stable")
    from_flow = np.searchsorted(flows.stretch[in_stretch], np.arange(edge_s.size))
    unit_w = max(float(np.bincount(flows.stretch, weights=flows.most_w, minlength=1).max()), 1.0)
    rows: list[Ints] = []
    columns: list[Ints] = []
    weights: list[Floats] = []
    for interval in np.flatnonzero(_speaks(intervals, edge_s, length_s)):
        mine = in_stretch[from_flow[intervals.first[interval]] : from_flow[intervals.last[interval] + 1]]
        if mine.size == 0:
            continue
        stretch, from_s = flows.stretch[mine], begin_s[interval]
        overlap_s = np.minimum(edge_s[stretch + 1], from_s + length_s) - np.maximum(edge_s[stretch], from_s)
        columns.append(np.append(mine, flows.stay.size + month[interval]))
        weights.append(np.append(flows.most_w[mine] / unit_w * overlap_s / length_s, -1.0))
        rows.append(np.full(mine.size + 1, len(rows)))
    peaks, count = np.arange(price_per_kw.size), len(rows)
    return Demand(
        rows=Rows(
            row=np.concatenate([*rows, count + peaks]),
            column=np.concatenate([*columns, flows.stay.size + peaks]),
            weight=np.concatenate([*weights, np.full(peaks.size, -1.0)]),  # no peak is below zero
            most_weight=np.zeros(count + peaks.size),
        ),
        price_weight=price_per_kw * kw_from_w(unit_w),
        most_per_kw=float(price_per_kw.max(initial=0.0)),
    )


def month_changes(tariff: Tariff, clock: Clock) -> Bools:
    """Return in which steps a local month begins, (steps,): each has a demand charge of its own."""
    begin_s = clock.start_s + clock.step_s * np.arange(clock.steps, dtype=np.float64)
    month, _ = _months(tariff, begin_s)
    return changes_in(month[:, np.newaxis].astype(np.float64))


def _speaks(intervals: _Intervals, edge_s: Floats, length_s: float) -> Bools:
    """Return which intervals need a row: of those that lie in one stretch, and so have one mean, the first of a month."""
    first, last, month, begin_s = intervals.first, intervals.last, intervals.month, intervals.begin_s
    is_alike = (first[1:] == first[:-1]) & (last[1:] == last[:-1]) & (first[1:] == last[1:])
    is_alike &= (
        (month[1:] == month[:-1]) & (begin_s[:-1] >= edge_s[0]) & (begin_s[1:] + length_s <= edge_s[-1])
    )
    return np.concatenate([np.ones(1, dtype=np.bool_), ~is_alike])


def _months(tariff: Tariff, moments_s: Floats) -> tuple[Ints, Floats]:
    """Return the number of each moment's local month, (k,), and each month's lowest demand price per kW."""
    zone = ZoneInfo(tariff.time_zone)
    quarter, of_quarter = np.unique(np.floor(moments_s / QUARTER_HOUR_S), return_inverse=True)
    seen_s = quarter * QUARTER_HOUR_S  # no zone's month begins within a quarter of an hour
    local = [datetime.fromtimestamp(float(moment_s), UTC).astimezone(zone) for moment_s in seen_s]
    names, of_name = np.unique([12 * moment.year + moment.month for moment in local], return_inverse=True)
    price_per_kw = np.array([tariff.demand_nano_at(float(moment_s)) for moment_s in seen_s]) / NANO
    lowest_per_kw = np.array([price_per_kw[of_name == number].min() for number in range(names.size)])
    return of_name[of_quarter].astype(np.int64), lowest_per_kw

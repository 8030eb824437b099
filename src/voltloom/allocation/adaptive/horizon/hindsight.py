"""What past days teach about the peak that pays: each was planned anew with all its visits known, under several peaks.

A demand charge is paid once a month for its highest power. Too high a peak on one day is paid for all of it, and a plan that
does not know who will still come begins too low and ends too high. So a finished workday is looked at once more, and the peak
under which such days earn most beside its charge is free to use from the next morning on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.memory import DaySeen, PeakSeen
from voltloom.allocation.adaptive.horizon.pricing import mean_price, worth_of
from voltloom.allocation.adaptive.horizon.problem import Answer, Demand, Limits, Peak, Problem
from voltloom.allocation.adaptive.horizon.settings import PlanningSettings
from voltloom.allocation.sharing import assumed_need_wh
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

PEAKS_KW = 1.0 * 1.03 ** np.arange(256)  # up to 1.9 MW
PARTS = np.array([0.2, 0.3, 0.4, 0.48, 0.55, 0.61, 0.67, 0.73, 0.79, 0.85, 0.91, 0.96])
STEP_S = 900.0
LONGEST_S = 24 * SECONDS_PER_HOUR
JUDGED_EVERY_S = 900.0
NEXT_TO_NOTHING = 1e-3
FIRST_DAYS = 3  # so long a day's visits count before it is over
# Every month looked at needed 7 % (a campus) to a quarter (an institute) of what its outlets could draw: this is little risk.
OUTLETS_RATIO = 0.05
PAYS_WITHIN_H = 6.0  # of use each workday


def empty_day(outlook: Outlook) -> DaySeen:
    """Return a day nobody has come on yet."""
    nothing = np.zeros(0)
    return DaySeen(
        outlook.day_start_s, outlook.is_workday, nothing.astype(np.int64), nothing, nothing, nothing, nothing
    )


def with_visits(day: DaySeen, snapshot: SiteSnapshot) -> DaySeen:
    """Return the day with those who are here now, as they state their needs, and with those who left."""
    sessions, now_s = snapshot.sessions, snapshot.now_s
    here = np.flatnonzero(sessions.present & (sessions.serial > 0))
    serial = sessions.serial[here]
    gone = ~np.isin(day.serial, serial) & (day.departure_s > now_s)
    if not here.size and not gone.any():
        return day
    departure = np.where(gone, now_s, day.departure_s)
    asked = sessions.requested_wh[here]
    need = (
        np.where(np.isfinite(asked), asked, snapshot.delivered_wh[here] + assumed_need_wh(snapshot)[here])
        / 1000.0
    )
    leaves = sessions.departure_s[here]
    leaves = np.where(
        np.isfinite(leaves), leaves, np.maximum(now_s, sessions.arrival_s[here]) + 8 * SECONDS_PER_HOUR
    )
    if (
        snapshot.expected is not None
    ):  # what was typed is twice what is taken, and would teach too high a peak
        likely_s, likely_wh = snapshot.expected.departure_s[here], snapshot.expected.need_wh[here]
        leaves = np.where(np.isfinite(likely_s), likely_s, leaves)
        need = np.where(np.isfinite(likely_wh), (snapshot.delivered_wh[here] + likely_wh) / 1000.0, need)
    most_kw = sessions.max_a[here] * sessions.w_per_a[here] / 1000.0
    order = np.argsort(day.serial, kind="stable")
    place = np.searchsorted(day.serial[order], serial)
    known = np.zeros(here.size, dtype=np.bool_)
    inside = place < order.size
    known[inside] = day.serial[order][place[inside]] == serial[inside]
    rows = order[place[known]]
    needs, mosts = day.need_kwh.copy(), day.most_kw.copy()
    departure[rows], needs[rows] = leaves[known], need[known]
    mosts[rows] = np.maximum(mosts[rows], most_kw[known])
    new = ~known & (sessions.arrival_s[here] >= day.start_s)
    return day._replace(
        serial=np.concatenate([day.serial, serial[new]]),
        arrival_s=np.concatenate([day.arrival_s, sessions.arrival_s[here][new]]),
        departure_s=np.concatenate([departure, leaves[new]]),
        need_kwh=np.concatenate([needs, need[new]]),
        most_kw=np.concatenate([mosts, most_kw[new]]),
    )


def first_kw(snapshot: SiteSnapshot, outlook: Outlook, settings: PlanningSettings) -> float:
    """Return the peak to begin with before any day has taught one: a little of what all outlets could draw, where that soon pays."""
    network = snapshot.network
    outlets_kw = float(network.max_a @ network.w_per_a[1]) / 1000.0
    begin_s = outlook.start_s[0]
    price = float(mean_price(outlook, np.array([begin_s, begin_s + LONGEST_S]))[0])
    earned = (worth_of(settings, outlook) - price) * PAYS_WITHIN_H * outlook.workdays_left
    return OUTLETS_RATIO * outlets_kw if earned >= outlook.demand_price_per_kw else 0.0


def with_day(
    seen: PeakSeen, outlook: Outlook, settings: PlanningSettings, solver: Callable[[Problem], Answer]
) -> PeakSeen:
    """Return what is known once a day is over: a workday's worth under each peak, and the peak that pays best in the days left."""
    day = seen.today
    fresh = seen._replace(today=empty_day(outlook))
    if day.is_workday and day.serial.size:
        curve = worth_by_peak(day, outlook, worth_of(settings, outlook), solver)
        if curve is not None:
            fresh = fresh._replace(worth_kwh=seen.worth_kwh + curve, workdays=seen.workdays + 1)
    if not fresh.workdays:
        return fresh
    return fresh._replace(target_kw=_best_kw(fresh.worth_kwh / fresh.workdays, outlook, settings))


def with_today(
    seen: PeakSeen,
    outlook: Outlook,
    settings: PlanningSettings,
    solver: Callable[[Problem], Answer],
    now_s: float,
) -> PeakSeen:
    """Return what the visits of one of the first days tell so far, beside the days before: less than it will be, the careful side."""
    day = seen.today
    is_late = seen.workdays >= FIRST_DAYS or (seen.workdays > 0 and not day.is_workday)
    if is_late or not day.serial.size or now_s < seen.judged_s + JUDGED_EVERY_S:
        return seen
    curve = worth_by_peak(day, outlook, worth_of(settings, outlook), solver)
    if curve is None:
        return seen._replace(judged_s=now_s)
    best_kw = _best_kw((seen.worth_kwh + curve) / (seen.workdays + 1), outlook, settings)
    return seen._replace(judged_s=now_s, target_kw=max(seen.target_kw, best_kw))


def _best_kw(day_worth_kwh: Floats, outlook: Outlook, settings: PlanningSettings) -> float:
    """Return the peak under which such days (k,) earn most beside its charge until the month ends: what is past earns no more."""
    charge = outlook.demand_price_per_kw / worth_of(settings, outlook) * PEAKS_KW
    return float(PEAKS_KW[int(np.argmax(outlook.workdays_left * day_worth_kwh - charge))])


def worth_by_peak(
    day: DaySeen, outlook: Outlook, worth_per_kwh: float, solver: Callable[[Problem], Answer]
) -> Floats | None:
    """Return what a day would have been worth under each of PEAKS_KW, (k,), None where that cannot be told.

    Prices are taken from the outlook at the same time of day: a day's prices are forgotten when it is over.
    """
    begin_s = day.start_s
    end_s = min(float(day.departure_s.max()), begin_s + LONGEST_S + 12 * SECONDS_PER_HOUR)
    edge_s = np.arange(begin_s, end_s + STEP_S, STEP_S)
    length = STEP_S / SECONDS_PER_HOUR
    days_on = np.ceil((outlook.start_s[0] - begin_s) / LONGEST_S) * LONGEST_S
    price = mean_price(outlook, edge_s + days_on)
    share = (
        np.minimum(edge_s[1:], day.departure_s[:, None]) - np.maximum(edge_s[:-1], day.arrival_s[:, None])
    ) / STEP_S
    high = day.most_kw[:, None] * np.clip(share, 0.0, 1.0)
    shape = high.shape
    demand = Demand(
        low_a=np.zeros(shape),
        high_a=high,
        cost_per_a=np.broadcast_to(price / worth_per_kwh * length, shape),
        kwh_per_a=np.full(shape, length),
        stiffness_per_a=np.full(shape, 1e-7),
        reference_a=np.zeros(shape),
        need_kwh=day.need_kwh,
        worth_per_kwh=np.ones(shape[0]),
    )
    whole = Limits(
        np.ones((1, shape[0]), dtype=np.complex128),
        np.full((1, shape[1]), np.inf),
        np.ones(1, dtype=np.bool_),
    )
    peak = Peak(np.ones(shape[0]), np.zeros(shape[1]), 0.0, NEXT_TO_NOTHING)
    free = checked(Problem(demand, whole, peak), solver)
    if free is None:
        return None
    full_kw = max(float(free.current_a.sum(axis=0).max()), NEXT_TO_NOTHING)
    peaks, worths = [0.0], [0.0]
    for part in PARTS:
        bound = whole._replace(rating_a=np.full((1, shape[1]), part * full_kw))
        bounded = checked(Problem(demand, bound, None), solver)
        if bounded is None:
            return None
        peaks.append(part * full_kw)
        worths.append(_worth(demand, bounded.current_a))
    found: Floats = np.interp(PEAKS_KW, [*peaks, full_kw], [*worths, _worth(demand, free.current_a)])
    return found


def _worth(demand: Demand, current_a: Floats) -> float:
    return float((current_a * (demand.kwh_per_a - demand.cost_per_a)).sum())

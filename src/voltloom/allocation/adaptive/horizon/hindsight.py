"""What past days teach about the peak that pays: each was planned anew with all its visits known, under several peaks.

A demand charge is paid once a month for its highest power. Too high a peak on one day is paid for all of it, and a plan that
does not know who will still come begins too low and ends too high. So a finished workday is looked at once more (`day_worth.py`), and
the peak that is better bought now than waited for (`waiting.py`) is free to use from the next morning on.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voltloom.allocation.adaptive.horizon.day_worth import worth_by_peak
from voltloom.allocation.adaptive.horizon.memory import DAY_STEP_S, DaySeen, PeakSeen
from voltloom.allocation.adaptive.horizon.pricing import mean_price, worth_of
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.waiting import peak_to_buy_kw, usual_peak_kw
from voltloom.allocation.sharing import assumed_need_wh
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

LONGEST_S = 24 * SECONDS_PER_HOUR
DAY_STEPS = int((LONGEST_S + 12 * SECONDS_PER_HOUR) / DAY_STEP_S)
JUDGED_EVERY_S = 900.0
FIRST_DAYS = 3  # so long a day's visits count before it is over
# Every month looked at needed 7 % (a campus) to a quarter (an institute) of what its outlets could draw: this is little risk.
OUTLETS_RATIO = 0.05
PAYS_WITHIN_H = 6.0  # of use each workday
OFF_RATIO = 0.5  # of a usual day's worth: a day worth less is a day off
LEAST_KWH = 1e-3


def empty_day(outlook: Outlook) -> DaySeen:
    """Return a day nobody has come on yet."""
    nothing = np.zeros(0)
    begin_s = outlook.day_start_s
    # Of a day that is under way the prices until now are those of the same time tomorrow.
    later_s = np.ceil((outlook.start_s[0] - begin_s) / LONGEST_S) * LONGEST_S
    price = mean_price(outlook, begin_s + later_s + DAY_STEP_S * np.arange(DAY_STEPS + 1))
    serial = nothing.astype(np.int64)
    return DaySeen(begin_s, outlook.is_workday, serial, nothing, nothing, nothing, nothing, price)


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


def in_next_month(seen: PeakSeen, begun: PeakSeen, snapshot: SiteSnapshot) -> PeakSeen:
    """Return a month that begins with what days before it taught, and with last month's peak where all that a site draws is known."""
    paid_kw = seen.highest_kw if np.isfinite(snapshot.other_w) else 0.0
    return seen._replace(
        month_start_s=begun.month_start_s,
        highest_kw=begun.highest_kw,
        interval=begun.interval,
        drawn_kwh=begun.drawn_kwh,
        seen_s=begun.seen_s,
        target_kw=max(seen.target_kw, paid_kw),
    )


def with_day(
    seen: PeakSeen, outlook: Outlook, settings: PlanningSettings, solver: Callable[[Problem], Answer]
) -> PeakSeen:
    """Return what is known once a day is over: what a workday was worth under each peak, and the peak to buy for the days left."""
    day = seen.today
    fresh = seen._replace(today=empty_day(outlook))
    if day.is_workday and day.serial.size:
        curve = worth_by_peak(day, worth_of(settings, outlook), solver)
        if curve is not None:
            fresh = _with_curve(fresh, curve, _variance_ratio(day))
    if not fresh.workdays:
        return fresh
    return fresh._replace(target_kw=_target_kw(fresh, outlook, settings))


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
    curve = worth_by_peak(day, worth_of(settings, outlook), solver)
    if curve is None:
        return seen._replace(judged_s=now_s)
    likely_kw = _target_kw(_with_curve(seen, curve, _variance_ratio(day)), outlook, settings)
    return seen._replace(judged_s=now_s, target_kw=max(seen.target_kw, likely_kw))


def _target_kw(seen: PeakSeen, outlook: Outlook, settings: PlanningSettings) -> float:
    charge_kwh = outlook.demand_price_per_kw / worth_of(settings, outlook)
    if settings.objective is Objective.COST:
        return usual_peak_kw(seen, outlook.workdays_left, charge_kwh)
    return peak_to_buy_kw(seen, outlook.workdays_left, charge_kwh)


def _with_curve(seen: PeakSeen, curve_kwh: Floats, variance_ratio: float) -> PeakSeen:
    """Return what is known with one more workday. Of two kinds of days, of which one is worth less than half, that one counts as off."""
    if seen.workdays:
        usual_kwh = float(seen.worth_kwh[-1]) / seen.workdays
        if curve_kwh[-1] < OFF_RATIO * usual_kwh:
            return seen._replace(days_off=seen.days_off + 1)
        if usual_kwh < OFF_RATIO * curve_kwh[-1]:
            were_off = seen.days_off + seen.workdays
            return seen._replace(
                worth_kwh=curve_kwh, workdays=1, days_off=were_off, variance_ratio=variance_ratio
            )
    return seen._replace(
        worth_kwh=seen.worth_kwh + curve_kwh,
        workdays=seen.workdays + 1,
        variance_ratio=seen.variance_ratio + variance_ratio,
    )


def _variance_ratio(day: DaySeen) -> float:
    """Return by how much the energy of a day like this varies, as a logarithm, if visits come independently of each other."""
    return float((day.need_kwh**2).sum() / max(float(day.need_kwh.sum()), LEAST_KWH) ** 2)

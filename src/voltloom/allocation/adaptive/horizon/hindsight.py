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

PEAKS_KW = 2.0 * 1.12 ** np.arange(60)
PARTS = np.array([0.25, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
STEP_S = 900.0
LONGEST_S = 24 * SECONDS_PER_HOUR
FINE_KW = np.geomspace(PEAKS_KW[0], PEAKS_KW[-1], 2000)
NEXT_TO_NOTHING = 1e-3


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


def with_day(
    seen: PeakSeen, outlook: Outlook, settings: PlanningSettings, solver: Callable[[Problem], Answer]
) -> PeakSeen:
    """Return what is known once a day is over: a workday's worth under each peak, and the peak that pays best."""
    day = seen.today
    fresh = seen._replace(today=empty_day(outlook))
    if not day.is_workday or not day.serial.size:
        return fresh
    value = worth_of(settings, outlook)
    curve = worth_by_peak(day, outlook, value, solver)
    if curve is None:
        return fresh
    worth, workdays = seen.worth + curve, seen.workdays + 1
    month = np.interp(FINE_KW, PEAKS_KW, worth) * (outlook.workdays_count / workdays)
    best = int(np.argmax(month - outlook.demand_price_per_kw / value * FINE_KW))
    return fresh._replace(worth=worth, workdays=workdays, target_kw=float(FINE_KW[best]))


def worth_by_peak(
    day: DaySeen, outlook: Outlook, value: float, solver: Callable[[Problem], Answer]
) -> Floats | None:
    """Return what a day would have been worth under each of PEAKS_KW, (60,), None where that cannot be told.

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
        cost=np.broadcast_to(price / value * length, shape),
        kwh_per_a=np.full(shape, length),
        stiffness=np.full(shape, 1e-7),
        reference_a=np.zeros(shape),
        need_kwh=day.need_kwh,
        worth=np.ones(shape[0]),
    )
    whole = Limits(
        np.ones((1, shape[0]), dtype=np.complex128),
        np.full((1, shape[1]), np.inf),
        np.ones(1, dtype=np.bool_),
    )
    peak = Peak(np.ones(shape[0]), np.zeros(shape[1]), 0.0, NEXT_TO_NOTHING)
    free_kw = checked(Problem(demand, whole, peak), solver)
    if free_kw is None:
        return None
    full_kw = max(float(free_kw.sum(axis=0).max()), NEXT_TO_NOTHING)
    peaks, worths = [0.0], [0.0]
    for part in PARTS:
        bound = whole._replace(rating=np.full((1, shape[1]), part * full_kw))
        bound_kw = checked(Problem(demand, bound, None), solver)
        if bound_kw is None:
            return None
        peaks.append(part * full_kw)
        worths.append(_worth(demand, bound_kw))
    found: Floats = np.interp(PEAKS_KW, [*peaks, full_kw], [*worths, _worth(demand, free_kw)])
    return found


def _worth(demand: Demand, current: Floats) -> float:
    return float((current * (demand.kwh_per_a - demand.cost)).sum())

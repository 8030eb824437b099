"""Who is likely still to come: those who came on the last like days, each counted by the share of those days.

Workdays are alike, and days of a weekend. What counts is not how much comes but where, when and for how long: outlets between other phases or on
other circuits share other limits. So each visit is kept as one; where they are very many, like ones are joined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.forecast.local_time import DayKind, LocalMoment, kind_of_weekday
from voltloom.forecast.visits import Visits
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

LIKE_DAYS = 5
COMERS_AHEAD_S = 12 * SECONDS_PER_HOUR  # so far those who plan look for them
LEAST_WH = 100.0  # of a visit that counts
MOST_ROWS = 64
# How near visits must begin and end to be joined: the finest that makes them few enough.
JOINED_S = ((900.0, 3600.0), (1800.0, 3600.0), (3600.0, 7200.0), (7200.0, 14_400.0), (14_400.0, 86_400.0))
DAYS_A_WEEK = 7


class Comers(NamedTuple):
    """Visits that are likely still to come, (v,). evse: where. share_count: how many of each are expected, below 1 where not all like days
    saw it. need_wh: of one.
    """

    evse: Ints
    arrival_s: Floats
    departure_s: Floats
    need_wh: Floats
    share_count: Floats


def comers_of(
    visits: Visits, alike: Ints, now: LocalMoment, now_s: float, ahead_s: float, *, by_told: bool
) -> Comers:
    """Return who is likely to come within some time, at most a day.

    alike: (n,) a number for each EVSE, the same for those that load the same limits. by_told: they need what drivers asked for, where that
    was more than they got; where limits are short, what they got tells too little. Visits whose outlet is not known are left out.
    """
    if by_told:
        visits = visits._replace(energy_wh=np.fmax(visits.energy_wh, visits.typed_wh))
    parts = [_of_day(visits, now, now_s, ahead_s, days_on) for days_on in (0, 1)]
    found = Comers(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))
    if found.evse.size <= MOST_ROWS:
        return found
    joined = found
    for apart_s in JOINED_S:
        joined = _joined(found, alike, apart_s)
        if joined.evse.size <= MOST_ROWS:
            break
    most = np.argsort(-joined.need_wh * joined.share_count, kind="stable")[:MOST_ROWS]
    return Comers._make(column[np.sort(most)] for column in joined)


def _of_day(visits: Visits, now: LocalMoment, now_s: float, ahead_s: float, days_on: int) -> Comers:
    """Return who is likely to come in that time on this day or the next, from the like days before this one."""
    day = now.day + days_on
    is_alike = (visits.kind == DayKind.WORKDAY) == (_kind_of(day) is DayKind.WORKDAY)
    days = np.unique(visits.day[is_alike & (visits.day < now.day)])[-LIKE_DAYS:]
    is_usable: Bools = (visits.evse >= 0) & (visits.energy_wh >= LEAST_WH) & (visits.dwell_s > 0.0)
    mine = np.flatnonzero(np.isin(visits.day, days) & is_usable)
    arrival_s = now_s + visits.of_day_s[mine] - now.of_day_s + days_on * SECONDS_PER_DAY
    comes = (arrival_s > now_s) & (arrival_s < now_s + ahead_s)
    mine, arrival_s = mine[comes], arrival_s[comes]
    share_count = np.full(mine.size, 1.0 / max(days.size, 1))
    return Comers(
        visits.evse[mine], arrival_s, arrival_s + visits.dwell_s[mine], visits.energy_wh[mine], share_count
    )


def _kind_of(day: int) -> DayKind:
    """Return the kind of a day as `LocalMoment` counts them; day 1 was a Monday."""
    return kind_of_weekday((day - 1) % DAYS_A_WEEK)


def _joined(comers: Comers, alike: Ints, apart_s: tuple[float, float]) -> Comers:
    """Return the same visits with those as one that load the same limits, begin within one time of each other and end within another."""
    begin_s, end_s = apart_s
    key = np.stack([alike[comers.evse], comers.arrival_s // begin_s, comers.departure_s // end_s])
    _, first, which = np.unique(key, axis=1, return_index=True, return_inverse=True)
    which = which.reshape(-1)
    share_count: Floats = np.bincount(which, comers.share_count).astype(np.float64)

    def mean(of: Floats) -> Floats:
        found: Floats = np.bincount(which, comers.share_count * of) / share_count
        return found

    return Comers(
        comers.evse[first],
        mean(comers.arrival_s),
        mean(comers.departure_s),
        mean(comers.need_wh),
        share_count,
    )

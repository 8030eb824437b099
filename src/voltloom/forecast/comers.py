"""Who is likely still to come: those who came on the last like days, each counted by the share of those days.

Workdays are alike, and days of a weekend. What counts is not how much comes but where, when and for how long: outlets between other phases or on
other circuits share other limits. So each visit is kept as one; where they are very many, like ones are joined.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.forecast.local_time import SATURDAY, LocalMoment, local_moment, time_of
from voltloom.forecast.visits import KEPT_VISITS, NOBODY, Visits
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

LIKE_DAYS = 5
OLDEST_DAYS = 28  # older ones tell of another season
COMERS_AHEAD_S = 12 * SECONDS_PER_HOUR  # so far those who plan look for them
LEAST_WH = 100.0  # of a visit that counts
MOST_ROWS = 64
# How near visits must begin and end to be joined: the finest that makes them few enough.
JOINED_S = ((900.0, 3600.0), (1800.0, 3600.0), (3600.0, 7200.0), (7200.0, 14_400.0), (14_400.0, 86_400.0))
DAYS_A_WEEK = 7
SAME_S = 1.0
CHANGE_S = 2 * SECONDS_PER_HOUR  # that clocks are moved by, at most


class Comers(NamedTuple):
    """Visits that are likely still to come, (v,). evse: where. share_count: how many of each are expected, below 1 where not all like days
    saw it. need_wh: of one.
    """

    evse: Ints
    arrival_s: Floats
    departure_s: Floats
    need_wh: Floats
    share_count: Floats


class Outlets(NamedTuple):
    """Where they come to. alike, phases: (n,) a number for each EVSE, the same for those that load the same limits as strongly, and for
    those on the same phases of the grid connection. free_s: (n,) when each is free, -inf where it is now.
    """

    time_zone: str
    alike: Ints
    phases: Ints
    free_s: Floats


def comers_of(visits: Visits, outlets: Outlets, here: Ints, now_s: float, *, by_told: bool) -> Comers:
    """Return who is likely to come within COMERS_AHEAD_S.

    here: users who are there. by_told: they need what drivers asked for, where that was more than they got; where limits are short, what they
    got tells too little. Left out are visits whose outlet is not known, and those of users who are there or were today.
    """
    now = local_moment(outlets.time_zone, now_s)
    came = np.concatenate([here, visits.user[visits.day == now.day]])
    if by_told:
        visits = visits._replace(energy_wh=np.fmax(visits.energy_wh, visits.typed_wh))
    today = _of_day(visits, now, outlets.time_zone, now_s, now.day)
    tomorrow = _of_day(visits, now, outlets.time_zone, now_s, now.day + 1)
    fresh = ~np.isin(today.user, came[came != NOBODY])
    parts = zip(today.comers, tomorrow.comers, strict=True)
    found = _at_free_outlets(Comers(*(np.concatenate([one[fresh], other]) for one, other in parts)), outlets)
    return found if found.evse.size <= MOST_ROWS else _few(found, outlets)


class _OfDay(NamedTuple):
    comers: Comers
    user: Ints


def _of_day(visits: Visits, now: LocalMoment, time_zone: str, now_s: float, day: int) -> _OfDay:
    """Return who comes on a day within the time if it is as the like days before now, and who that was."""
    days = _like_days(visits, now.day, day)
    is_usable: Bools = (visits.evse >= 0) & (visits.energy_wh >= LEAST_WH) & (visits.dwell_s > 0.0)
    away_s = visits.of_day_s - now.of_day_s + (day - now.day) * SECONDS_PER_DAY
    is_usable &= (away_s > -CHANGE_S) & (away_s < COMERS_AHEAD_S + CHANGE_S)
    mine = np.flatnonzero(np.isin(visits.day, days) & is_usable)
    arrival_s = now_s + away_s[mine]
    if abs(time_of(time_zone, now.day, now.of_day_s + COMERS_AHEAD_S) - now_s - COMERS_AHEAD_S) > SAME_S:
        # The clocks change meanwhile. Thousands of visits one by one cost as much as a plan, so only then.
        arrival_s = np.array(
            [time_of(time_zone, day, of_day_s) for of_day_s in visits.of_day_s[mine].tolist()]
        )
    share_count = np.full(mine.size, 1.0 / max(days.size, 1))
    leaves_s = arrival_s + visits.dwell_s[mine]
    comers = Comers(visits.evse[mine], arrival_s, leaves_s, visits.energy_wh[mine], share_count)
    comes = (arrival_s > now_s) & (arrival_s < now_s + COMERS_AHEAD_S)
    return _OfDay(Comers._make(column[comes] for column in comers), visits.user[mine][comes])


def _like_days(visits: Visits, before: int, day: int) -> Ints:
    """Return the last days like one of which all is known, with or without visits, before a day."""
    if not visits.day.size:
        return visits.day
    is_cut = visits.day.size >= KEPT_VISITS  # of a full table the oldest day may be kept in part
    oldest = int(visits.day.min()) + is_cut
    days = np.arange(max(oldest, before - OLDEST_DAYS), before)
    is_workday = (days - 1) % DAYS_A_WEEK < SATURDAY
    found: Ints = days[is_workday == ((day - 1) % DAYS_A_WEEK < SATURDAY)][-LIKE_DAYS:]
    return found


def _at_free_outlets(comers: Comers, outlets: Outlets) -> Comers:
    """Return the same visits, none beginning before an outlet like its own is free, and without those for whom none is."""
    free_s = np.full(int(outlets.alike.max(initial=0)) + 1, np.inf)
    np.minimum.at(free_s, outlets.alike, outlets.free_s)
    arrival_s = np.maximum(comers.arrival_s, free_s[outlets.alike[comers.evse]])
    stays = arrival_s < comers.departure_s
    return Comers._make(column[stays] for column in comers._replace(arrival_s=arrival_s))


def _few(comers: Comers, outlets: Outlets) -> Comers:
    """Return the same visits in at most MOST_ROWS, joined as finely as that allows."""
    joined = comers
    for alike, apart_s in (
        *((outlets.alike, each) for each in JOINED_S),
        *((outlets.phases, each) for each in JOINED_S),
    ):
        joined = _joined(comers, alike, apart_s)
        if joined.evse.size <= MOST_ROWS:
            return joined
    most = np.argsort(-joined.need_wh * joined.share_count, kind="stable")[:MOST_ROWS]
    return Comers._make(column[np.sort(most)] for column in joined)


def _joined(comers: Comers, alike: Ints, apart_s: tuple[float, float]) -> Comers:
    """Return the same visits with those as one that load the same limits, begin within one time of each other and end within another."""
    begin_s, end_s = apart_s
    begins = (comers.arrival_s // begin_s).astype(np.int64)
    ends = (comers.departure_s // end_s).astype(np.int64)
    # One whole number for each, in the same order: rows of three are sorted ten times slower.
    begins, ends = begins - begins.min(), ends - ends.min()
    key = (alike[comers.evse] * (begins.max() + 1) + begins) * (ends.max() + 1) + ends
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    share_count: Floats = np.bincount(which, comers.share_count).astype(np.float64)
    part_ratio = comers.share_count / share_count[which]
    arrival_s, departure_s, need_wh = (
        np.bincount(which, part_ratio * column).astype(np.float64)
        for column in (comers.arrival_s, comers.departure_s, comers.need_wh)
    )
    return Comers(comers.evse[first], arrival_s, departure_s, need_wh, share_count)

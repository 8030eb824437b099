"""The visits that a site remembers: a bounded table, the newest last, with what each driver had typed."""

from __future__ import annotations

import hashlib
import math
from typing import NamedTuple

import numpy as np

from voltloom.forecast.local_time import LocalMoment, apart_on_the_clock_s, local_moment
from voltloom.session.need import Need
from voltloom.session.record import SessionRecord
from voltloom.site.network import Floats, Ints

NOWHERE = -1  # the outlet of a visit of which nobody noted it, or of one that is no more
NOBODY = 0  # the user of a visit without an id token: it has no history of its own
# Two visits a day at each outlet for the seventeen days that hold five of a week-end; no fewer and no more than what the others are.
KEPT_VISITS, KEPT_OF_OUTLET, MOST_KEPT = 2000, 35, 20_000
TENTHS_PER_WH = 10.0
NAIVE_APART_S = 1800.0


class Visit(NamedTuple):
    """One visit: whose, when it began, how long it was plugged in, what it took, what the driver had typed, and where.

    evse: its number in the site's order, or `NOWHERE`. user: as `user_number` gives it. typed_stay_s, typed_wh: NaN where nothing was typed; typed_stay_s counts from the arrival.
    dwell_s, energy_wh: NaN while it lasts.
    """

    user: int
    arrival_s: float
    local: LocalMoment
    typed_stay_s: float = math.nan
    typed_wh: float = math.nan
    dwell_s: float = math.nan
    energy_wh: float = math.nan
    evse: int = NOWHERE


class Visits(NamedTuple):
    """Visits that are over as columns (v,), in the order of their ends. kind: a `DayKind`. day: as `LocalMoment` counts it, of the arrival."""

    user: Ints
    arrival_s: Floats
    kind: Ints
    of_day_s: Floats
    dwell_s: Floats
    energy_wh: Floats
    typed_stay_s: Floats
    typed_wh: Floats
    day: Ints
    evse: Ints


def no_visits() -> Visits:
    """Return the memory of a site that has seen nobody."""
    none = np.zeros(0)
    whole = np.zeros(0, dtype=np.int64)
    return Visits(whole, none, whole, none, none, none, none, none, whole, whole)


def user_number(id_token: str) -> int:
    """Return a whole number that stands for an id token; `NOBODY` for an empty one.

    It is not the token: what a forecast remembers names no driver.
    """
    if not id_token:
        return NOBODY
    return int.from_bytes(hashlib.blake2b(id_token.encode(), digest_size=8).digest(), "big", signed=True)


def visit_begun(id_token: str, arrival_s: float, need: Need, time_zone: str, *, evse: int = NOWHERE) -> Visit:
    """Return a visit that goes on, as far as it is known; need: as the driver stated it."""
    stay_s = need.departure_s - arrival_s
    return Visit(
        user=user_number(id_token),
        arrival_s=arrival_s,
        local=local_moment(time_zone, arrival_s),
        typed_stay_s=stay_s if math.isfinite(stay_s) else math.nan,
        typed_wh=need.energy_wh if need.is_known else math.nan,
        evse=evse,
    )


def visit_of(record: SessionRecord, need: Need, time_zone: str, *, evse: int = NOWHERE) -> Visit:
    """Return a visit that is over, from its record and from what the driver stated."""
    begun = visit_begun(record.id_token, record.start_s, need, time_zone, evse=evse)
    energy_wh = math.nan if record.is_quarantined else record.energy_tenth_wh / TENTHS_PER_WH
    return begun._replace(dwell_s=record.stop_s - record.start_s, energy_wh=energy_wh)


def kept_visits(evse_count: int) -> int:
    """Return how many visits a site with some EVSEs remembers."""
    return min(max(KEPT_VISITS, KEPT_OF_OUTLET * evse_count), MOST_KEPT)


def remembered(visits: Visits, visit: Visit, *, kept: int = KEPT_VISITS) -> Visits:
    """Return the memory with one visit more, and without the oldest beyond `kept`.

    A visit without a length or an energy (a wrong clock, a doubted register) teaches nothing and is left out.
    """
    if not (visit.dwell_s >= 0.0 and visit.energy_wh >= 0.0):
        return visits
    row = (
        visit.user,
        visit.arrival_s,
        int(visit.local.kind),
        visit.local.of_day_s,
        visit.dwell_s,
        visit.energy_wh,
        visit.typed_stay_s,
        visit.typed_wh,
        visit.local.day,
        visit.evse,
    )
    return Visits._make(np.append(column, value)[-kept:] for column, value in zip(visits, row, strict=True))


def newest_like(visits: Visits, visit: Visit) -> Ints:
    """Return the place of the newest visit that began within half an hour of the same time on a like day, else of the newest, (1,).

    It is what a seasonal-naive forecast goes by. There must be a visit.
    """
    apart_s = apart_on_the_clock_s(visits.of_day_s, visit.local.of_day_s)
    like = np.flatnonzero((visits.kind == int(visit.local.kind)) & (apart_s <= NAIVE_APART_S))
    return like[-1:] if like.size else np.array([visits.user.size - 1])

"""A moment as the people of a site see it: which day, what kind of day, how long after its midnight."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY

SATURDAY = 5
SUNDAY = 6


class DayKind(IntEnum):
    """Days that resemble each other."""

    WORKDAY = 0
    SATURDAY = 1
    SUNDAY = 2


class LocalMoment(NamedTuple):
    """A moment on the wall clock. day: counted from 1 January of the year 1. of_day_s: by the clock's hands, so that
    09:00 is 09:00 also on the day the clocks change.
    """

    day: int
    kind: DayKind
    of_day_s: float


def kind_of_weekday(weekday: int) -> DayKind:
    """Return the kind of a weekday; 0 is Monday."""
    if weekday == SATURDAY:
        return DayKind.SATURDAY
    return DayKind.SUNDAY if weekday == SUNDAY else DayKind.WORKDAY


def local_moment(time_zone: str, time_s: float) -> LocalMoment:
    """Return a moment of Unix time as a site in a time zone sees it."""
    moment = datetime.fromtimestamp(time_s, UTC).astimezone(_zone(time_zone))
    of_day_s = moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
    return LocalMoment(day=moment.toordinal(), kind=kind_of_weekday(moment.weekday()), of_day_s=of_day_s)


def time_of(time_zone: str, day: int, of_day_s: float) -> float:
    """Return the Unix time at which the clocks of a time zone show a time of a day, as `local_moment` counts them."""
    naive = datetime.fromordinal(day) + timedelta(seconds=of_day_s)
    return naive.replace(tzinfo=_zone(time_zone)).timestamp()


def apart_on_the_clock_s(of_day_s: Floats, other_s: float) -> Floats:
    """Return how far times of day (n,) are from another one, (n,); 23:30 is an hour from 00:30."""
    apart_s = np.abs(of_day_s - other_s)
    nearer_s: Floats = np.minimum(apart_s, SECONDS_PER_DAY - apart_s)
    return nearer_s


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

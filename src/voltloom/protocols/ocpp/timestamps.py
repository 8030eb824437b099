"""Time stamps as stations write them: with a zone, without, in local time, from 1970. Both times are kept.

What a station says is used where it can be true; else the time of receipt stands in, and the doubt is told.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from enum import Enum
from typing import Final, NamedTuple

EARLIEST_S: Final = (
    1_262_304_000.0  # 2010-01-01: no station that speaks OCPP-J is older; its clock was never set
)
MAX_AHEAD_S: Final = 300.0  # a clock that is a little fast is no finding
NEAR_S: Final = 900.0  # close enough to the receipt to tell which zone was meant


class ClockDoubt(Enum):
    """What is odd about a time stamp."""

    UNREADABLE = "unreadable"
    NEVER_SET = "never_set"
    ZONE_MISSING = "zone_missing"
    LOCAL_TIME = "local_time"  # the site's wall clock, written without a zone or as if it were UTC
    AHEAD = "ahead"


class Stamp(NamedTuple):
    """When something happened. told_s: as the station wrote it, NaN where that cannot be read."""

    time_s: float
    told_s: float
    doubt: ClockDoubt | None = None


def read_stamp(text: str, received_s: float, local_offset_s: float = 0.0) -> Stamp:
    """Return when something happened by a station's words; seconds of Unix time.

    local_offset_s: what the site's wall clock is ahead of UTC. The past is believed (a station may have been offline),
    the future is not.
    """
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        return Stamp(received_s, math.nan, ClockDoubt.UNREADABLE)
    doubt = None
    if told.tzinfo is None:
        doubt, told = ClockDoubt.ZONE_MISSING, told.replace(tzinfo=UTC)
    told_s = _seconds(told)
    if not told_s >= EARLIEST_S:
        return Stamp(received_s, told_s, ClockDoubt.NEVER_SET)
    if local_offset_s != 0.0:
        local_s = told_s - local_offset_s
        is_local = abs(local_s - received_s) <= NEAR_S < abs(told_s - received_s)
        if is_local and told.utcoffset() == UTC.utcoffset(None):
            return Stamp(min(local_s, received_s), told_s, ClockDoubt.LOCAL_TIME)
    if told_s > received_s + MAX_AHEAD_S:
        return Stamp(received_s, told_s, ClockDoubt.AHEAD)
    return Stamp(min(told_s, received_s), told_s, doubt)


def read_ahead(text: str) -> float:
    """Return a time to come (a departure) in seconds of Unix time; NaN where it cannot be read, UTC without a zone."""
    try:
        told = datetime.fromisoformat(text.strip())
    except ValueError:
        return math.nan
    told_s = _seconds(told if told.tzinfo is not None else told.replace(tzinfo=UTC))
    return told_s if math.isfinite(told_s) else math.nan


def stamp_text(time_s: float) -> str:
    """Return a time as OCPP writes it, in UTC with milliseconds."""
    text = datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def _seconds(told: datetime) -> float:
    try:
        return told.timestamp()
    except (OverflowError, ValueError):
        return -math.inf

"""Long series cut to what a picture can show: at most so many points, no peak lost, steps kept as steps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.advisor.measured import day_of_s
from voltloom.simulation.summary import RunResult, SessionOutcome
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

MOST_POINTS: Final = 600
BINS_A_DAY: Final = 96


def thinned(time_s: Floats, values_w: Floats, most: int = MOST_POINTS) -> tuple[Floats, Floats]:
    """Return at most `most` points of steps that each hold until the next; each keeps the highest it stands for."""
    if len(time_s) <= most:
        return time_s, values_w
    size = -(-len(time_s) // most)
    starts = np.arange(0, len(time_s), size)
    highest: Floats = np.maximum.reduceat(values_w, starts)
    return time_s[starts], highest


def day_bounds_s(day: str, time_zone: str) -> tuple[float, float]:
    """Return when a local day begins and ends, Unix seconds; 23 or 25 hours when the clocks change."""
    zone = ZoneInfo(time_zone)
    begin = datetime.fromisoformat(day)
    end = begin + timedelta(days=1)
    return begin.replace(tzinfo=zone).timestamp(), end.replace(tzinfo=zone).timestamp()


def busiest_day(result: RunResult, time_zone: str) -> str:
    """Return the local day on which most energy was asked for, the first of equals; "" where nothing was."""
    zone = ZoneInfo(time_zone)
    asked_wh: dict[str, float] = {}
    for session in result.trace.sessions:
        day = day_of_s(session.arrival_s, zone)
        asked_wh[day] = asked_wh.get(day, 0.0) + session.obtainable_wh
    return max(sorted(asked_wh), key=lambda d: asked_wh[d], default="")


def hours_into(time_s: Floats, begin_s: float) -> Floats:
    """Return hours since a moment."""
    hours_h: Floats = (time_s - begin_s) / SECONDS_PER_HOUR
    return hours_h


def concurrency(sessions: tuple[SessionOutcome, ...], time_zone: str) -> tuple[Floats, Floats, Floats]:
    """Return (time of day in h, mean, 95th percentile over the days) of vehicles plugged in, in quarter hours."""
    zone = ZoneInfo(time_zone)
    if not sessions:
        return np.zeros(0), np.zeros(0), np.zeros(0)
    first_s = min(s.arrival_s for s in sessions)
    last_s = max(s.departure_s for s in sessions)
    midnight = datetime.fromtimestamp(first_s, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days = int((last_s - midnight.timestamp()) // SECONDS_PER_DAY) + 1
    edges_s = midnight.timestamp() + np.arange(days * BINS_A_DAY) * SECONDS_PER_DAY / BINS_A_DAY
    begins = np.sort([s.plugged_in_s if np.isfinite(s.plugged_in_s) else s.departure_s for s in sessions])
    ends = np.sort([s.departure_s for s in sessions])
    count = np.searchsorted(begins, edges_s, side="right") - np.searchsorted(ends, edges_s, side="right")
    by_day = count.reshape(days, BINS_A_DAY).astype(np.float64)
    hours_h = np.arange(BINS_A_DAY) * 24.0 / BINS_A_DAY
    return hours_h, by_day.mean(axis=0), np.percentile(by_day, 95, axis=0)

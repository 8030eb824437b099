"""What a building will draw: the mean of like days, and today's departure from it for as long as such departures last."""

from __future__ import annotations

import numpy as np

from voltloom.forecast.days import Curve, Measured, Now, ahead
from voltloom.forecast.local_time import local_moment
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY


def step_at(time_zone: str, time_s: float, step_s: float) -> Now:
    """Return the step of the local day that holds a moment; on the wall clock, so 09:00 is the same step all year."""
    here = local_moment(time_zone, time_s)
    # Noon of the day after is on that day, also where the clocks change.
    tomorrow = local_moment(time_zone, time_s - here.of_day_s + 1.5 * SECONDS_PER_DAY)
    return Now(day=here.day, step=int(here.of_day_s // step_s), kind=here.kind, next_kind=tomorrow.kind)


def load_ahead(memory: Measured, now: Now, count: int, probability: Floats) -> Curve:
    """Return the building's mean power in W in the next `count` steps, (count,), and its quantiles (count, k).

    A building only draws: nothing is below 0. NaN until a like day is over.
    """
    curve = ahead(memory, now, count, probability)
    return Curve(np.maximum(curve.mean, 0.0), np.maximum(curve.quantiles, 0.0))

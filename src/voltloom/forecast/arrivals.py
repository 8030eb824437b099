"""Who is still to come: arrivals in each step of the hours ahead, and the load if each charges at once.

Counts are negative-binomial: Poisson around a mean curve of like days, times one factor for the whole day, because a site
has busy and quiet days. How much days differ is learned from their totals; what came today so far moves the factor. Those
who charge at a moment are a thinned stream of the same arrivals, so their number has the same kind of distribution.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from voltloom.forecast.days import Curve, DaySettings, Measured, Now, like_weights
from voltloom.forecast.local_time import apart_on_the_clock_s
from voltloom.forecast.spreads import survival_of
from voltloom.forecast.visits import Visits
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

SETTINGS = DaySettings(half_life_days=28, other_kind_weight=0.0)
SMOOTH_S = 1800.0  # spread of the kernel that smooths the mean curve over the time of day
LIKE_S = 5400.0  # visits that begin this near to each other take like energies
NEARLY_EVEN = 1e4  # days that differ less than chance alone have this shape
PRIOR_DAYS = 0.5  # how many days without arrivals a site that knows nothing has seen


class Arrivals(NamedTuple):
    """What is to come in h steps. arriving: arrivals in each. energy_wh: (h,) what one arrival takes in all, on average.

    load: mean power in W of those to come, if each charges at once, without those who are there already.
    shape_count: how even days are: the variance of a mean m is m + m ** 2 / shape_count.
    """

    arriving: Curve
    energy_wh: Floats
    load: Curve
    shape_count: float


class _Expected(NamedTuple):
    """mean_count: (h,) arrivals expected in each step; shape_count: see Arrivals."""

    mean_count: Floats
    shape_count: float


def arrivals_ahead(
    memory: Measured, visits: Visits, now: Now, count: int, power_w: float, probability: Floats
) -> Arrivals:
    """Return the arrivals of the next `count` steps, at most a day of them, at some probability (k,).

    memory: arrivals in each step of the days. power_w: what a vehicle draws until it has its energy. The energies are those
    of the visits at like times of day.
    """
    steps_count = memory.today.size
    step_s = SECONDS_PER_DAY / steps_count
    begin_s = (now.step + np.arange(count, dtype=np.float64)) % steps_count * step_s
    expected = _expected(memory, now, count)
    still = _still_charging(visits, begin_s, power_w, step_s)
    energy_wh = still.sum(axis=1) * power_w * step_s / SECONDS_PER_HOUR
    charging = np.zeros(count)
    for lag in range(count):
        charging[lag:] += expected.mean_count[: count - lag] * still[: count - lag, lag]
    return Arrivals(
        arriving=Curve(
            expected.mean_count, count_quantiles(expected.mean_count, expected.shape_count, probability)
        ),
        energy_wh=energy_wh,
        load=Curve(
            charging * power_w,
            power_w * count_quantiles(charging, expected.shape_count, probability).astype(float),
        ),
        shape_count=expected.shape_count,
    )


def count_quantiles(mean_count: Floats, shape_count: float, probability: Floats) -> Floats:
    """Return the least whole numbers that are reached with some probability (k,), (h, k).

    Negative-binomial with means (h,) and one shape; a large shape is Poisson.
    """
    most = int(np.ceil(_far(float(mean_count.max(initial=0.0)), shape_count)))
    number = np.arange(1, most + 1)
    failing = mean_count / (mean_count + shape_count)
    first = shape_count * np.log1p(-failing)
    with np.errstate(divide="ignore"):
        ratio_log = np.log((number + shape_count - 1.0) / number)[None, :] + np.log(failing)[:, None]
    chance = np.exp(first[:, None] + np.concatenate([np.zeros((first.size, 1)), ratio_log.cumsum(axis=1)], 1))
    reached = chance.cumsum(axis=1)
    found: Floats = (reached[:, None, :] < probability[None, :, None]).sum(axis=2).astype(np.float64)
    return found


def _far(mean_count: float, shape_count: float) -> float:
    """Return a number that is hardly ever exceeded."""
    return mean_count + 12.0 * math.sqrt(mean_count + mean_count**2 / shape_count) + 12.0


def _expected(memory: Measured, now: Now, count: int) -> _Expected:
    steps_count = memory.today.size
    days = memory.days
    place = now.step + np.arange(count)
    curve = _mean_curve(memory, now.day, now.kind)
    weights = like_weights(days, now.day, now.kind, SETTINGS) * (days.day < now.day)
    shape_count = _shape(np.nansum(days.values, axis=1), weights)
    # A gamma factor of mean 1: arrivals so far make it surer and move it.
    so_far_count, expected_count = 0.0, 0.0
    if memory.day == now.day:
        so_far_count = float(np.nansum(memory.today[: now.step]))
        expected_count = float(curve[: now.step][np.isfinite(memory.today[: now.step])].sum())
    factor = (shape_count + so_far_count) / (shape_count + expected_count)
    today = curve[place[place < steps_count]] * factor
    tomorrow = _mean_curve(memory, now.day + 1, now.next_kind)[place[place >= steps_count] - steps_count]
    return _Expected(np.concatenate([today, tomorrow]), shape_count + so_far_count)


def _mean_curve(memory: Measured, day: int, kind: int) -> Floats:
    """Return the mean arrivals of days of one kind before a day, smoothed over the time of day, (t,)."""
    days = memory.days
    steps_count = memory.today.size
    weights = like_weights(days, day, kind, SETTINGS) * (days.day < day)
    mean = (weights[:, None] * np.nan_to_num(days.values)).sum(axis=0) / (weights.sum() + PRIOR_DAYS)
    step_s = SECONDS_PER_DAY / steps_count
    of_day_s = np.arange(steps_count, dtype=np.float64) * step_s
    kernel = np.exp(-0.5 * (apart_on_the_clock_s(of_day_s, 0.0) / SMOOTH_S) ** 2)
    smooth = np.fft.irfft(np.fft.rfft(mean) * np.fft.rfft(kernel / kernel.sum()), steps_count)
    found: Floats = np.maximum(smooth, 0.0)
    return found


def _shape(totals_count: Floats, weights: Floats) -> float:
    """Return how even days are, from their totals (d,): large where they differ by no more than chance."""
    total_weight = weights.sum()
    if np.count_nonzero(weights) < 2:
        return 4.0  # days of a site that is hardly known may differ by half
    mean_count = (weights @ totals_count) / total_weight
    spare = 1.0 - (weights**2).sum() / total_weight**2
    variance = weights @ (totals_count - mean_count) ** 2 / (total_weight * spare)
    beyond_chance = variance - mean_count
    if mean_count <= 0.0 or beyond_chance <= 0.0:
        return NEARLY_EVEN
    return float(min(mean_count**2 / beyond_chance, NEARLY_EVEN))


def _still_charging(visits: Visits, begin_s: Floats, power_w: float, step_s: float) -> Floats:
    """Return the probability that who arrives at times of day (h,) still charges 0, 1, 2, ... steps later, (h, h).

    The mean over each step. All 0 before any visit.
    """
    count = begin_s.size
    if visits.user.size == 0:
        return np.zeros((count, count))
    grid_wh = power_w * step_s / SECONDS_PER_HOUR * (np.arange(count, dtype=np.float64) + 0.5)
    rows = []
    for at_s in begin_s:
        weights = np.exp(-0.5 * (apart_on_the_clock_s(visits.of_day_s, at_s) / LIKE_S) ** 2) + 1e-9
        rows.append(survival_of(grid_wh, visits.energy_wh, weights))
    return np.array(rows)

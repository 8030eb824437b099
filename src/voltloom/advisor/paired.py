"""Paired differences between two architectures on the same sessions: is it a difference, or is it noise?

A day is the unit: days repeat, sessions of one day share its queue. Student's t gives the interval; the error that
may be made is divided by the number of comparisons (Bonferroni), so that looking at many pairs names no lucky winner.
With fewer than `DAYS_NEEDED` days the sessions are the unit, and what is found holds for these sessions only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

DAYS_NEEDED: Final = 5
ERROR_RATIO: Final = 0.05  # chance of naming any winner where there is none
ROUNDING: Final = (
    1e-12  # equal numbers leave a rest of this size, which would pass for a difference or for variation
)
NORMAL_FROM_COUNT: Final = 200  # with more degrees of freedom t is the normal distribution to three digits


class Unit(Enum):
    """What was counted as one independent observation."""

    DAY = "day"
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The mean of paired differences, for each unit of size, and what it could as well have been.

    unit_count: observations. confidence_ratio: of this interval, after sharing the error among all comparisons.
    deviation_per_unit: the standard deviation of the differences.
    """

    unit: Unit
    unit_count: int
    mean_per_unit: float
    low_per_unit: float
    high_per_unit: float
    deviation_per_unit: float
    confidence_ratio: float

    @property
    def is_above_zero(self) -> bool:
        """Return whether the whole interval is positive."""
        return self.low_per_unit > 0.0

    @property
    def is_below_zero(self) -> bool:
        """Return whether the whole interval is negative."""
        return self.high_per_unit < 0.0

    @property
    def is_noise(self) -> bool:
        """Return whether zero is inside: no difference is shown."""
        return not (self.is_above_zero or self.is_below_zero)


def interval_of(
    differences_per_unit: Sequence[float] | NDArray[np.float64],
    sizes_per_unit: Sequence[float] | NDArray[np.float64] | None = None,
    *,
    unit: Unit,
    comparisons: int,
) -> Interval:
    """Return the interval of the mean difference; with fewer than two observations it is everything.

    With sizes it is the difference for each unit of size (the ratio estimator): a Sunday with three sessions does not
    pass for noise beside a Monday with fifty. Differences that are all alike are taken as they are: nothing varied.
    """
    values = np.asarray(differences_per_unit, dtype=np.float64)
    sizes = np.ones(len(values)) if sizes_per_unit is None else np.asarray(sizes_per_unit, dtype=np.float64)
    count, size = len(values), float(sizes.sum())
    confidence_ratio = 1.0 - ERROR_RATIO / max(1, comparisons)
    mean = float(values.sum()) / size if size > 0.0 else 0.0
    mean = 0.0 if abs(mean) <= ROUNDING else mean
    if count < 2 or size <= 0.0:
        half, deviation = math.inf, math.nan
    else:
        rest = values - mean * sizes
        deviation = math.sqrt(float(rest @ rest) / (count - 1)) * count / size
        deviation = 0.0 if deviation <= ROUNDING * max(1.0, abs(mean)) else deviation
        half = student_t(confidence_ratio, count - 1) * deviation / math.sqrt(count)
    return Interval(
        unit=unit,
        unit_count=count,
        mean_per_unit=mean,
        low_per_unit=mean - half,
        high_per_unit=mean + half,
        deviation_per_unit=deviation,
        confidence_ratio=confidence_ratio,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """What each session counts for: its local day, and its size (energy asked for, or 1)."""

    day_of: Mapping[str, str]
    size_of: Mapping[str, float]


def paired(
    first_per_session: Mapping[str, float],
    second_per_session: Mapping[str, float],
    sessions: Sessions,
    *,
    comparisons: int,
) -> Interval:
    """Return the interval of first minus second for each unit of size, by day, or by session where days are few.

    Keys are sessions (with their seed, where several were run). Repeats of a day under other seeds are one day: they
    say nothing about other days.
    Raises KeyError naming a session that only one of the two has: the runs were not paired.
    """
    unpaired = set(first_per_session) ^ set(second_per_session)
    if unpaired:
        raise KeyError(min(unpaired))
    by_day: dict[str, list[float]] = {}
    for key, value in first_per_session.items():
        sums = by_day.setdefault(sessions.day_of[key], [0.0, 0.0])
        sums[0] += value - second_per_session[key]
        sums[1] += sessions.size_of[key]
    if len(by_day) >= DAYS_NEEDED:
        pairs = [by_day[day] for day in sorted(by_day)]
        unit = Unit.DAY
    else:
        pairs = [
            [first_per_session[key] - second_per_session[key], sessions.size_of[key]]
            for key in sorted(first_per_session)
        ]
        unit = Unit.SESSION
    return interval_of([d for d, _ in pairs], [x for _, x in pairs], unit=unit, comparisons=comparisons)


def units_needed(interval: Interval) -> int | None:
    """Return how many observations would show the mean as it stands, None where more would hardly help."""
    size = abs(interval.mean_per_unit)
    if not interval.is_noise or not size or not interval.deviation_per_unit > 0.0:
        return None
    t = student_t(interval.confidence_ratio, interval.unit_count - 1)
    needed = math.ceil((t * interval.deviation_per_unit / size) ** 2) + 1
    return needed if needed <= 100 * max(interval.unit_count, 1) else None


def student_t(confidence_ratio: float, freedom_count: int) -> float:
    """Return t so that a Student variable lies within ±t with this probability.

    Source: the closed forms for whole degrees of freedom, Abramowitz and Stegun 26.7.3 and 26.7.4, by bisection.
    """
    if freedom_count > NORMAL_FROM_COUNT:
        return NormalDist().inv_cdf(0.5 + confidence_ratio / 2.0)
    low, high = 0.0, math.pi / 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        if _within(middle, freedom_count) < confidence_ratio:
            low = middle
        else:
            high = middle
    return math.tan((low + high) / 2.0) * math.sqrt(freedom_count)


def _within(angle_rad: float, freedom_count: int) -> float:
    """Return P(|t| < tan(angle) * sqrt(freedom))."""
    cosine, sine = math.cos(angle_rad), math.sin(angle_rad)
    is_odd = freedom_count % 2 == 1
    if freedom_count == 1:
        return 2.0 * angle_rad / math.pi
    term = cosine if is_odd else 1.0
    total = term
    for k in range(3 if is_odd else 2, freedom_count - 1, 2):
        term *= (k - 1) / k * cosine * cosine
        total += term
    return 2.0 / math.pi * (angle_rad + sine * total) if is_odd else sine * total

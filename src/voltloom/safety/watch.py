"""What the plausibility rules share: verdicts with hysteresis, and extremes over a sliding window of time.

A verdict falls with the first bad sample and heals only after `recover_s` of good ones, twice as long after each
relapse: a drifting meter contradicts others only now and then, and looks well between. Only new samples count: a
reading that is not renewed neither heals nor worsens, its age is the business of `freshness.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np

from voltloom.site.network import Bools, Floats, Ints

BUCKETS = 3
MOST_DOUBLINGS_COUNT = 6
RELAPSE_S = 86_400.0  # a new doubt within a day of being trusted again is a relapse


class Verdict(IntEnum):
    """What is wrong with a reading. Columns hold the number, people read the name."""

    GOOD = 0
    MISSING = 1  # never a reading: nothing to doubt, nothing to use
    OUT_OF_RANGE = 2  # not a number, or beyond what any fuse lets pass
    SIGN_FLIPPED = 3  # negative where nothing can feed back, or moves against what it measures
    FROZEN = 4  # does not move while what it measures does
    DRIFTING = 5  # its gain is wrong: it moves too little or too much, or leaves its energy register
    CONTRADICTS = 6  # less than what is measured below it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing:
    """The verdict on each reading, (k,): since when, the last moment that spoke against it, and its relapses."""

    verdict: Ints
    since_s: Floats
    suspect_s: Floats
    relapse_count: Ints


def first_standing(count: int) -> Standing:
    """Return the standing of readings that never came."""
    return Standing(
        verdict=np.full(count, int(Verdict.MISSING)),
        since_s=np.full(count, -np.inf),
        suspect_s=np.full(count, -np.inf),
        relapse_count=np.zeros(count, dtype=np.int64),
    )


def judged(standing: Standing, found: Ints, is_new: Bools, sampled_s: Floats, recover_s: float) -> Standing:
    """Return the standing after new samples, (k,); found: the `Verdict` on each new sample by itself."""
    bad = is_new & (found != Verdict.GOOD)
    healing = is_new & ~bad & (standing.verdict != Verdict.GOOD)
    if not bad.any() and not healing.any():
        return standing
    wait_s = recover_s * 2.0**standing.relapse_count
    healed = healing & ((standing.verdict == Verdict.MISSING) | (sampled_s - standing.suspect_s >= wait_s))
    verdict = np.where(bad, found, np.where(healed, int(Verdict.GOOD), standing.verdict))
    again = np.where(sampled_s - standing.suspect_s < RELAPSE_S + wait_s, standing.relapse_count + 1, 0)
    fell = bad & (standing.verdict == Verdict.GOOD)
    return Standing(
        verdict=verdict,
        since_s=np.where(verdict != standing.verdict, sampled_s, standing.since_s),
        suspect_s=np.where(bad, sampled_s, standing.suspect_s),
        relapse_count=np.where(fell, np.minimum(again, MOST_DOUBLINGS_COUNT), standing.relapse_count),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extremes:
    """Least and greatest values of the last moments: buckets of half the width, (3, k), newest first.

    Together they reach back between one and one and a half times the width they were kept with.
    """

    low_a: Floats
    high_a: Floats
    bucket_start_s: float

    @property
    def lowest_a(self) -> Floats:
        """Return the least value in the window, (k,)."""
        lowest: Floats = self.low_a.min(axis=0)
        return lowest

    @property
    def highest_a(self) -> Floats:
        """Return the greatest value in the window, (k,)."""
        highest: Floats = self.high_a.max(axis=0)
        return highest


def first_extremes(count: int) -> Extremes:
    """Return a window that has seen nothing."""
    return Extremes(
        low_a=np.full((BUCKETS, count), np.inf),
        high_a=np.full((BUCKETS, count), -np.inf),
        bucket_start_s=-np.inf,
    )


def extended(window: Extremes, value_a: Floats, now_s: float, width_s: float) -> Extremes:
    """Return the window with the values that hold now, (k,)."""
    elapsed_s = now_s - window.bucket_start_s
    bucket_s = width_s / (BUCKETS - 1)
    if 0.0 <= elapsed_s < bucket_s:
        if ((value_a >= window.low_a[0]) & (value_a <= window.high_a[0])).all():
            return window
        low_a, high_a = window.low_a.copy(), window.high_a.copy()
        np.minimum(low_a[0], value_a, out=low_a[0])
        np.maximum(high_a[0], value_a, out=high_a[0])
        return replace(window, low_a=low_a, high_a=high_a)
    # After a long gap only what held up to now is recent: the newest bucket stands for all of the gap.
    older = [0, 1] if 0.0 <= elapsed_s < bucket_s * BUCKETS else [0, 0]
    return Extremes(
        low_a=np.concatenate((value_a[None, :], window.low_a[older])),
        high_a=np.concatenate((value_a[None, :], window.high_a[older])),
        bucket_start_s=now_s,
    )

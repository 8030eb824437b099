"""How good forecasts were, beside a seasonal-naive one: sums that grow by every outcome, as one frozen value."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from voltloom.forecast.spreads import Amounts
from voltloom.site.network import Floats

# The quantiles by which every forecast is judged; the outer two hold the 80 % band.
JUDGED_LEVELS: Floats = np.array([0.1, 0.5, 0.9])
BAND_SHARE = 0.8


class Skill(NamedTuple):
    """Sums over the outcomes so far, in the unit of what is forecast.

    error_score, naive_score: absolute errors of the median and of the seasonal-naive forecast. pinball_score: (3,) losses at
    JUDGED_LEVELS. below_count, above_count: outcomes outside the 80 % band.
    """

    outcomes_count: int
    error_score: float
    naive_score: float
    pinball_score: Floats
    below_count: int
    above_count: int

    @property
    def mean_error_score(self) -> float:
        """Return the mean absolute error of the median; NaN before any outcome."""
        return _ratio(self.error_score, self.outcomes_count)

    @property
    def mean_pinball_score(self) -> float:
        """Return the mean pinball loss over JUDGED_LEVELS; NaN before any outcome."""
        return _ratio(float(self.pinball_score.mean()), self.outcomes_count)

    @property
    def error_ratio(self) -> float:
        """Return the mean absolute error over that of seasonal-naive: below 1 is better; NaN where that has none."""
        return _ratio(self.error_score, self.naive_score)

    @property
    def pinball_ratio(self) -> float:
        """Return the pinball loss over that of seasonal-naive taken for every quantile, which is half its error."""
        return _ratio(float(self.pinball_score.mean()), 0.5 * self.naive_score)

    @property
    def covered_ratio(self) -> float:
        """Return how much of the outcomes the 80 % band held; near 0.8 is honest; NaN before any outcome."""
        outside_count = self.below_count + self.above_count
        return _ratio(self.outcomes_count - outside_count, self.outcomes_count)


def unjudged() -> Skill:
    """Return the skill before any outcome."""
    return Skill(0, 0.0, 0.0, np.zeros(JUDGED_LEVELS.size), 0, 0)


def judged(skill: Skill, quantiles: Amounts, naive: Amounts, outcomes: Amounts) -> Skill:
    """Return the skill with outcomes (n,) more, forecast as quantiles (n, 3) at JUDGED_LEVELS and naively as (n,).

    Outcomes for which a number is missing (NaN) are left out of all sums, so that both sides are judged by the same.
    """
    known = np.isfinite(outcomes) & np.isfinite(naive) & np.isfinite(quantiles).all(axis=1)
    quantiles, naive, outcomes = quantiles[known], naive[known], outcomes[known]
    above = outcomes[:, None] - quantiles
    losses = np.maximum(JUDGED_LEVELS * above, (JUDGED_LEVELS - 1.0) * above)
    return Skill(
        outcomes_count=skill.outcomes_count + int(known.sum()),
        error_score=skill.error_score + float(np.abs(above[:, 1]).sum()),
        naive_score=skill.naive_score + float(np.abs(outcomes - naive).sum()),
        pinball_score=skill.pinball_score + losses.sum(axis=0),
        below_count=skill.below_count + int((above[:, 0] < 0.0).sum()),
        above_count=skill.above_count + int((above[:, 2] > 0.0).sum()),
    )


def _ratio(part_score: float, whole_score: float) -> float:
    return part_score / whole_score if whole_score else math.nan

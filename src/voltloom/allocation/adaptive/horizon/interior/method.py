"""The plan by our own interior-point method: exact within a tolerance, in a bounded number of rounds, checked at the end."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.interior.answer.kernels import read_back
from voltloom.allocation.adaptive.horizon.interior.arrange.kernels import Given, arranged
from voltloom.allocation.adaptive.horizon.interior.kernels import planned
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.site.network import Floats

MOST_ROUNDS = 60
AIM_GAP_RATIO = 1e-8
SOUND_GAP_RATIO = 1e-6
EXCESS_RATIO = 1e-6
# Beside the steepest, of many small errors added up. Where a peak is dear and there are a hundred rows it comes to 8e-6, and the plan
# is still better than the general solver's by 1e-7 to 1e-6 of its worth.
SLOPE_RATIO = 1e-5


class Found(NamedTuple):
    """current_a: (n, t). peak_kw: NaN without a charge. price_per_a: (k, t) of limits. price_per_kwh: (n,) of needs.

    gap_ratio: what is left, beside the objective. excess_ratio: the most that a
    bound is passed, beside the bound and at least 1. slope_ratio: the most that prices miss the objective's slope, beside the steepest.
    """

    current_a: Floats
    peak_kw: float
    price_per_a: Floats
    price_per_kwh: Floats
    rounds: int
    gap_ratio: float
    excess_ratio: float
    slope_ratio: float


def solved(problem: Problem) -> Answer:
    """Return the plan; is_exact False where the method did not reach it, or its answer did not stand the check."""
    found = found_for(problem)
    return Answer(found.current_a, found.peak_kw, found.price_per_a, is_sound(found), found.rounds)


def found_for(problem: Problem) -> Found:
    """Return all that the method found: also what a kWh of each vehicle's need is worth, and how good the answer is."""
    peak = problem.peak
    given = given_of(problem)
    form, order = arranged(given[:])
    point, rounds, gap_ratio = planned(form, AIM_GAP_RATIO, MOST_ROUNDS)
    current_a, peak_kw, price, worth, excess_ratio, slope_ratio = read_back(given[:], form, order, point)
    if peak is not None and not peak.price_per_kw > 0.0:
        peak_kw = max(peak.least_kw, float((peak.base_kw + peak.kw_per_a @ current_a).max()))
    return Found(current_a, peak_kw, price, worth, int(rounds), gap_ratio, excess_ratio, slope_ratio)


def given_of(problem: Problem) -> Given:
    """Return the problem's arrays as the kernels take them."""
    demand, limits, peak, _ = problem
    shape = demand.high_a.shape
    has_price = peak is not None and peak.price_per_kw > 0.0
    return Given(
        _plain(demand.low_a),
        _plain(demand.high_a),
        _plain(demand.cost_per_a),
        _plain(demand.kwh_per_a),
        _plain(demand.stiffness_per_a),
        _plain(demand.reference_a),
        _plain(demand.need_kwh),
        _plain(demand.worth_per_kwh),
        _plain(limits.weight, np.complex128),
        _plain(limits.rating_a),
        _plain(limits.is_line, np.bool_),
        _plain(peak.kw_per_a if peak is not None else np.zeros(shape[0])),
        _plain(peak.base_kw if peak is not None else np.zeros(shape[1])),
        np.array([1.0 * has_price, peak.least_kw, peak.price_per_kw]) if peak is not None else np.zeros(3),
    )


def is_sound(found: Found) -> bool:
    """Return whether the answer is the best within the tolerances, and keeps every bound."""
    is_finite = bool(np.isfinite(found.current_a).all() and np.isfinite(found.price_per_a).all())
    return (
        is_finite
        and found.gap_ratio <= SOUND_GAP_RATIO
        and found.excess_ratio <= EXCESS_RATIO
        and found.slope_ratio <= SLOPE_RATIO
    )


def _plain(values: np.ndarray, kind: type = np.float64) -> np.ndarray:
    """Return the array as the kernels are compiled for: in C order, writable; a copy only where it is not."""
    return np.require(values, kind, ("C", "W"))

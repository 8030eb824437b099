"""What a day that is over was worth under each peak, all its visits known: a curve that rises, ever less steeply.

It is found between points on it. Such a curve lies beneath the lines through the points on either side of a gap; the next point is looked for where
these meet, in the gap where they meet furthest above the curve so far. A day has a knee, up to which every kW is used all day
and beyond which hardly any is, so points at fixed places would miss it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.memory import DAY_STEP_S, DaySeen
from voltloom.allocation.adaptive.horizon.problem import Answer, Demand, Limits, Peak, Problem
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

PEAKS_KW = 1.0 * 1.03 ** np.arange(256)  # up to 1.9 MW
MOST_POINTS = 14  # between the first and the last
KNOWN_RATIO = 1e-3  # of the day's worth: nearer to the curve is near enough
NEXT_TO_NOTHING = 1e-3
SAME_SLOPE = 1e-9
LEAST_KW = 1e-3


def worth_by_peak(day: DaySeen, worth_per_kwh: float, solver: Callable[[Problem], Answer]) -> Floats | None:
    """Return what a day would have been worth under each of PEAKS_KW, (k,), in delivered kWh, None where that cannot be told."""
    if not day.price_per_kwh.size:
        return None
    demand = _demand(day, worth_per_kwh)
    count, steps = demand.high_a.shape
    whole = Limits(
        np.ones((1, count), dtype=np.complex128),
        np.full((1, steps), np.inf),
        np.ones(1, dtype=np.bool_),
    )
    peak = Peak(np.ones(count), np.zeros(steps), 0.0, NEXT_TO_NOTHING)
    free = checked(Problem(demand, whole, peak), solver)
    if free is None:
        return None
    full_kw = max(float(free.current_a.sum(axis=0).max()), NEXT_TO_NOTHING)
    steepest_h = float((demand.kwh_per_a - demand.cost_per_a).max(axis=0).clip(0.0).sum())
    peaks_kw, worths_kwh = np.array([0.0, full_kw]), np.array([0.0, _worth(demand, free.current_a)])
    for _ in range(MOST_POINTS):
        above_kwh, meet_kw = _meetings(peaks_kw, worths_kwh, steepest_h)
        gap = int(np.argmax(above_kwh))
        if above_kwh[gap] <= max(KNOWN_RATIO * worths_kwh[-1], 0.0):
            break
        bound = whole._replace(rating_a=np.full((1, steps), meet_kw[gap]))
        bounded = checked(Problem(demand, bound, None), solver)
        if bounded is None:
            return None
        peaks_kw = np.insert(peaks_kw, gap + 1, meet_kw[gap])
        worths_kwh = np.insert(worths_kwh, gap + 1, _worth(demand, bounded.current_a))
    found: Floats = np.interp(PEAKS_KW, peaks_kw, worths_kwh)
    return found


def _demand(day: DaySeen, worth_per_kwh: float) -> Demand:
    """Return the visits of a day as a problem's demand in kW, by the day's own prices."""
    steps = min(int(np.ceil((day.departure_s.max() - day.start_s) / DAY_STEP_S)), day.price_per_kwh.size)
    edge_s = day.start_s + DAY_STEP_S * np.arange(max(steps, 1) + 1)
    length_h = DAY_STEP_S / SECONDS_PER_HOUR
    present_s = np.minimum(edge_s[1:], day.departure_s[:, None]) - np.maximum(
        edge_s[:-1], day.arrival_s[:, None]
    )
    high_kw = day.most_kw[:, None] * np.clip(present_s / DAY_STEP_S, 0.0, 1.0)
    shape = high_kw.shape
    price = day.price_per_kwh[: shape[1]] / worth_per_kwh * length_h
    return Demand(
        low_a=np.zeros(shape),
        high_a=high_kw,
        cost_per_a=np.broadcast_to(price, shape),
        kwh_per_a=np.full(shape, length_h),
        stiffness_per_a=np.full(shape, 1e-7),
        reference_a=np.zeros(shape),
        need_kwh=day.need_kwh,
        worth_per_kwh=np.ones(shape[0]),
    )


def _meetings(peaks_kw: Floats, worths_kwh: Floats, steepest_h: float) -> tuple[Floats, Floats]:
    """Return how far above the curve through points (k,) the lines beside each gap meet, and at which peaks, (k - 1,).

    steepest_h: slope that the curve cannot pass, in kWh for a kW. After the last point it is level.
    """
    wide_kw = np.diff(peaks_kw)
    slope = np.diff(worths_kwh) / wide_kw
    before = np.concatenate([[steepest_h], slope[:-1]])
    after = np.concatenate([slope[1:], [0.0]])
    bends = np.maximum(before - after, SAME_SLOPE)
    on_kw = ((slope - after) / bends).clip(0.0, 1.0) * wide_kw
    is_inside = (on_kw > LEAST_KW) & (on_kw < wide_kw - LEAST_KW)
    return np.where(is_inside, on_kw * (before - slope), 0.0), peaks_kw[:-1] + on_kw


def _worth(demand: Demand, current_a: Floats) -> float:
    return float((current_a * (demand.kwh_per_a - demand.cost_per_a)).sum())

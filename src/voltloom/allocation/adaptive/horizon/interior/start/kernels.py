"""A first point that keeps every bound and whose prices explain its currents, so that only the gap is left to close."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.allocation.adaptive.horizon.interior.form import Form, Point
from voltloom.site.network import Floats

NEARER = 0.5  # how far towards the low bounds a step's currents go when they load a limit too much
MOST_TIMES = 60
KEPT_RATIO = 0.1  # of what is left of a limit at the low bounds


@njit(cache=True, error_model="numpy")
def room_for_point(form: Form) -> Point:
    """Return a point of zeros."""
    shape, rows, count = form.free_share.shape, form.bound_a.size, form.need_kwh.size
    return Point(
        np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape), np.zeros(shape),
        np.zeros(rows), np.zeros(rows), np.zeros(form.head_a.size), np.zeros(count), np.zeros(count), np.zeros(3),
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def start(form: Form, point: Point, first_gap: float) -> bool:
    """Fill a point; return False where the low bounds alone leave nothing of a limit, or a vehicle's bounds are one."""
    steps, count = form.free_share.shape
    share = np.zeros(count)
    for i in range(count):
        whole = 0.0
        for step in range(steps):
            whole += form.kwh_per_a[step, i] * (form.high_a[step, i] - form.low_a[step, i])
        share[i] = 0.5 * min(1.0, form.need_kwh[i] / whole) if form.has_need[i] else 0.5
    for step in range(steps):
        if not _place(form, point, step, share):
            return False
    for i in range(count):
        left = form.need_kwh[i]
        for step in range(steps):
            left -= form.kwh_per_a[step, i] * (point.x_a[step, i] - form.low_a[step, i])
        point.left_kwh[i] = left if form.has_need[i] else 1.0
        if form.has_need[i] and not left > 0.0:
            return False
        point.price_per_kwh[i] = first_gap / left if form.has_need[i] else 0.0
    _price_rows(form, point, first_gap)
    _price_currents(form, point, first_gap)
    return True


@njit(cache=True, error_model="numpy")
def _place(form: Form, point: Point, step: int, share: Floats) -> bool:
    """Choose the currents of a step so that each limit keeps a part of what it has at the low bounds."""
    first, last, wide = form.row_start[step], form.row_start[step + 1], share.size
    least, rise = np.zeros(last - first), np.zeros(last - first)
    for g in range(form.weight.shape[1]):
        low = up = 0.0
        for j in range(form.kind_start[g], form.kind_end[step, g]):
            low += form.free_share[step, j] * form.low_a[step, j]
            up += form.free_share[step, j] * share[j] * (form.high_a[step, j] - form.low_a[step, j])
        for r in range(first, last):
            least[r - first] += form.weight[form.row_weight[r], g] * low
            rise[r - first] += form.weight[form.row_weight[r], g] * up
    part, is_kept = 1.0, False
    for _ in range(MOST_TIMES):
        is_kept = True
        for b in range(form.block_start[step], form.block_start[step + 1]):
            r = form.block_row[b]
            at, was = form.bound_a[r] - least[r - first], form.bound_a[r]
            now = at - part * rise[r - first]
            if form.is_cone[b]:
                at2 = form.bound_a[r + 1] - least[r + 1 - first]
                now2 = at2 - part * rise[r + 1 - first]
                was = form.head_a[b] - np.sqrt(at * at + at2 * at2)
                is_kept &= was > 0.0 and form.head_a[b] - np.sqrt(now * now + now2 * now2) > KEPT_RATIO * was
            elif form.border_weight[r] == 0.0:
                is_kept &= at > 0.0 and now > KEPT_RATIO * at
        if is_kept:
            break
        part *= NEARER
    for j in range(wide):
        width = form.high_a[step, j] - form.low_a[step, j]
        point.below_a[step, j] = part * share[j] * width
        point.above_a[step, j] = width - point.below_a[step, j]
        point.x_a[step, j] = (form.low_a[step, j] + point.below_a[step, j]) * form.free_share[step, j]
    for r in range(first, last):
        point.slack_a[r] = form.bound_a[r] - least[r - first] - part * rise[r - first]
    return is_kept


@njit(cache=True, error_model="numpy")
def _price_rows(form: Form, point: Point, gap: float) -> None:
    """Price what is left of each limit so that each adds the same to the gap; the peak's prices add up to its charge."""
    if form.peak_kw[0] > 0.0:
        peak, whole = form.peak_kw[1], 0.0
        for r in range(form.bound_a.size):
            if form.border_weight[r] != 0.0:
                peak = max(peak, -point.slack_a[r])
        peak += 0.1 * (abs(peak) + 1.0)
        point.peak_kw[0], point.peak_kw[1] = peak, peak - form.peak_kw[1]
        whole = 1.0 / point.peak_kw[1]
        for r in range(form.bound_a.size):
            if form.border_weight[r] != 0.0:
                point.slack_a[r] += peak
                whole += 1.0 / point.slack_a[r]
        point.peak_kw[2] = form.peak_kw[2] / whole / point.peak_kw[1]
        for r in range(form.bound_a.size):
            if form.border_weight[r] != 0.0:
                point.price_per_a[r] = form.peak_kw[2] / whole / point.slack_a[r]
    for b in range(form.head_a.size):
        r = form.block_row[b]
        if form.is_cone[b]:
            s0, s1, s2 = form.head_a[b], point.slack_a[r], point.slack_a[r + 1]
            scale = gap / (s0 * s0 - s1 * s1 - s2 * s2)
            point.head_per_a[b] = s0 * scale
            point.price_per_a[r], point.price_per_a[r + 1] = -s1 * scale, -s2 * scale
        elif form.border_weight[r] == 0.0:
            point.price_per_a[r] = gap / point.slack_a[r]


@njit(cache=True, error_model="numpy")
def _price_currents(form: Form, point: Point, gap: float) -> None:
    """Price the bounds of each current so that both prices together are the objective's slope."""
    for step in range(form.free_share.shape[0]):
        for g in range(form.weight.shape[1]):
            rows_slope = 0.0
            for r in range(form.row_start[step], form.row_start[step + 1]):
                rows_slope += point.price_per_a[r] * form.weight[form.row_weight[r], g]
            for j in range(form.kind_start[g], form.kind_end[step, g]):
                if form.free_share[step, j] == 0.0:
                    continue
                slope = form.cost_per_a[step, j] + form.stiffness_per_a[step, j] * point.x_a[step, j]
                slope += form.kwh_per_a[step, j] * point.price_per_kwh[j] + rows_slope
                below, above = gap / point.below_a[step, j], gap / point.above_a[step, j]
                point.below_per_a[step, j] = max(below, above + slope)
                point.above_per_a[step, j] = max(above, below - slope)

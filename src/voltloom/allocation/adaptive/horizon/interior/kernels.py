"""The rounds of the interior-point method: Mehrotra's predictor and corrector with Nesterov-Todd scaling, both kinds of feasibility kept.

The first point keeps every bound and every slope, and a step keeps them too, so that a round only has the gap to close. Slacks
and prices each go as far as they can.
Source: Vandenberghe, The CVXOPT linear and quadratic cone program solvers, sections 4 to 7.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.allocation.adaptive.horizon.interior.cone.kernels import (
    depth,
    haste,
    product,
    quotient,
    scaled,
    scaling,
    unscaled,
)
from voltloom.allocation.adaptive.horizon.interior.form import Form, FormFields, Point, PointFields
from voltloom.allocation.adaptive.horizon.interior.start.kernels import room_for_point, start
from voltloom.allocation.adaptive.horizon.interior.system.kernels import (
    Factors,
    factored,
    room_for_factors,
    solve,
)
from voltloom.site.network import Floats

FIRST_GAP = 10.0  # of each pair of a slack and its price, beside a steepest slope of 1
NEAR_BOUND = 0.99  # how far towards the nearest bound a step goes
TOO_SHORT = 1e-7
LEAST_LEFT_RATIO = (
    0.1  # of the gap that a round aims at: a bolder aim loses the middle, and the next rounds are short
)


@njit(cache=True, error_model="numpy")
def planned(fields: FormFields, tolerance: float, most_rounds: int) -> tuple[PointFields, int, float]:
    """Return the last point, how many rounds led there, and the gap left; the rounds end where that is within the tolerance.

    fields: a form's, as `form[:]` gives them. The gap is counted beside the objective, or beside 1 where the objective is less.
    """
    form = Form(*fields)
    point, move, bend = room_for_point(form), room_for_point(form), room_for_point(form)
    if not start(form, point, FIRST_GAP):
        return _fields(point), 0, np.inf
    factors = room_for_factors(form)
    turn = np.zeros((form.head_a.size, 8))  # eta, w, lambda / its depth, 1 / depth of each cone
    right, row_right = np.zeros(form.free_share.shape), np.zeros(form.bound_a.size)
    degree = _degree(form)
    gap, rounds = _gap(form, point), 0
    while gap > tolerance * max(1.0, abs(_objective(form, point))) and rounds < most_rounds:
        need_diagonal = point.left_kwh / point.price_per_kwh
        _scale(form, point, factors, turn)
        corner = point.peak_kw[2] / point.peak_kw[1] if form.peak_kw[0] > 0.0 else 1.0
        if not factored(form, factors, need_diagonal, corner):
            break
        _clear(bend)
        _direct(form, point, factors, turn, move, bend, 0.0, right, row_right)
        first, second = _haste(form, point, turn, move)
        near, far = min(1.0, 1.0 / max(first, 1e-300)), min(1.0, 1.0 / max(second, 1e-300))
        _bend(form, turn, move, bend)
        left = _left(form, point, move, near, far) / gap
        aim = max(min(left * left * left, 1.0), LEAST_LEFT_RATIO) * gap / degree
        _direct(form, point, factors, turn, move, bend, aim, right, row_right)
        first, second = _haste(form, point, turn, move)
        near, far = min(1.0, NEAR_BOUND / max(first, 1e-300)), min(1.0, NEAR_BOUND / max(second, 1e-300))
        if not max(near, far) > TOO_SHORT:
            break
        _advance(form, point, move, near, far)
        gap = _gap(form, point)
        rounds += 1
    return _fields(point), rounds, gap / max(1.0, abs(_objective(form, point)))


@njit(cache=True, error_model="numpy", inline="always")
def _fields(p: Point) -> PointFields:
    return (
        p.x_a, p.below_a, p.above_a, p.below_per_a, p.above_per_a, p.slack_a, p.price_per_a, p.head_per_a,
        p.left_kwh, p.price_per_kwh, p.peak_kw,
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _degree(form: Form) -> float:
    """Return the number of pairs of a slack and a price; a cone is one."""
    degree: float = 2.0 * form.free_share.sum() + form.has_need.sum() + form.head_a.size + form.peak_kw[0]
    return degree


@njit(cache=True, error_model="numpy")
def _objective(form: Form, point: Point) -> float:
    """Return what the plan costs, less a constant."""
    steps, count = form.free_share.shape
    total: float = form.peak_kw[2] * point.peak_kw[0]
    for step in range(steps):
        for j in range(count):
            x = point.x_a[step, j]
            total += (form.cost_per_a[step, j] + 0.5 * form.stiffness_per_a[step, j] * x) * x
    return total


@njit(cache=True, error_model="numpy")
def _gap(form: Form, point: Point) -> float:
    """Return the sum of every slack times its price: how far the plan is from the best, at most."""
    steps, count = form.free_share.shape
    total: float = point.peak_kw[1] * point.peak_kw[2]
    for step in range(steps):
        for j in range(count):
            total += point.below_a[step, j] * point.below_per_a[step, j]
            total += point.above_a[step, j] * point.above_per_a[step, j]
    for i in range(count):
        total += point.left_kwh[i] * point.price_per_kwh[i]
    for r in range(form.bound_a.size):
        total += point.slack_a[r] * point.price_per_a[r]
    for b in range(form.head_a.size):
        total += form.head_a[b] * point.head_per_a[b]
    return total


@njit(cache=True, error_model="numpy")
def _left(form: Form, point: Point, move: Point, near: float, far: float) -> float:
    """Return the gap after steps of two lengths."""
    total: float = (point.peak_kw[1] + near * move.peak_kw[1]) * (point.peak_kw[2] + far * move.peak_kw[2])
    for step in range(form.free_share.shape[0]):
        for j in range(form.free_share.shape[1]):
            d = near * move.x_a[step, j]
            total += (point.below_a[step, j] + d) * (
                point.below_per_a[step, j] + far * move.below_per_a[step, j]
            )
            total += (point.above_a[step, j] - d) * (
                point.above_per_a[step, j] + far * move.above_per_a[step, j]
            )
    for i in range(point.left_kwh.size):
        total += (point.left_kwh[i] + near * move.left_kwh[i]) * (
            point.price_per_kwh[i] + far * move.price_per_kwh[i]
        )
    for r in range(form.bound_a.size):
        total += (point.slack_a[r] + near * move.slack_a[r]) * (
            point.price_per_a[r] + far * move.price_per_a[r]
        )
    for b in range(form.head_a.size):
        total += form.head_a[b] * (point.head_per_a[b] + far * move.head_per_a[b])
    return max(total, 0.0)


@njit(cache=True, error_model="numpy")
def _clear(point: Point) -> None:
    point.below_a[:] = 0.0
    point.above_a[:] = 0.0
    point.slack_a[:] = 0.0
    point.head_per_a[:] = 0.0
    point.left_kwh[:] = 0.0
    point.peak_kw[:] = 0.0


@njit(cache=True, error_model="numpy")
def _scale(form: Form, point: Point, factors: Factors, turn: Floats) -> None:
    """Fill the diagonals that this point gives the equations."""
    free, stiffness, inverse = form.free_share, form.stiffness_per_a, factors.inverse_gain
    below, above, low, high = point.below_a, point.above_a, point.below_per_a, point.above_per_a
    for step in range(free.shape[0]):
        for j in range(free.shape[1]):
            bend = low[step, j] / below[step, j] + high[step, j] / above[step, j]
            inverse[step, j] = free[step, j] / (stiffness[step, j] + bend + (1.0 - free[step, j]))
    for b in range(form.head_a.size):
        r = form.block_row[b]
        if not form.is_cone[b]:
            factors.scaling_gain[r, 0] = point.slack_a[r] / point.price_per_a[r]
            continue
        z = (point.head_per_a[b], point.price_per_a[r], point.price_per_a[r + 1])
        eta, w0, w1, w2 = scaling(form.head_a[b], point.slack_a[r], point.slack_a[r + 1], z[0], z[1], z[2])
        turn[b, 0], turn[b, 1], turn[b, 2], turn[b, 3] = eta, w0, w1, w2
        u0, u1, u2 = scaled(eta, w0, w1, w2, z)
        per_depth = 1.0 / depth(u0, u1, u2)
        turn[b, 4], turn[b, 5], turn[b, 6], turn[b, 7] = (
            u0 * per_depth,
            u1 * per_depth,
            u2 * per_depth,
            per_depth,
        )
        square = eta * eta
        part = 2.0 * square / (1.0 + 2.0 * (w1 * w1 + w2 * w2))
        factors.scaling_gain[r, 0] = square - part * w1 * w1
        factors.scaling_gain[r + 1, 0] = square - part * w2 * w2
        factors.scaling_gain[r, 1] = -part * w1 * w2


@njit(cache=True, error_model="numpy")
def _direct(
    form: Form, point: Point, factors: Factors, turn: Floats, move: Point, bend: Point, aim: float,
    right: Floats, row_right: Floats,
) -> None:  # fmt: skip
    """Fill the move that brings every product of slack and price to the aim; bend holds what the first order misses."""
    free, below, above, low, high = (
        form.free_share,
        point.below_a,
        point.above_a,
        point.below_per_a,
        point.above_per_a,
    )
    bend_below, bend_above, dx = bend.below_a, bend.above_a, move.x_a
    for step in range(free.shape[0]):
        for j in range(free.shape[1]):
            goal = aim * free[step, j]
            right[step, j] = (high[step, j] + (bend_above[step, j] - goal) / above[step, j]) - (
                low[step, j] + (bend_below[step, j] - goal) / below[step, j]
            )
    heads = _row_right(form, point, turn, bend, aim, row_right)
    need_right = point.left_kwh + (bend.left_kwh - aim) / point.price_per_kwh
    for i in range(need_right.size):
        if not form.has_need[i]:
            need_right[i] = 0.0
    peak_right = 0.0
    if form.peak_kw[0] > 0.0:
        peak_right = -point.peak_kw[2] - (bend.peak_kw[1] - aim) / point.peak_kw[1]
    rows, needs = move.price_per_a, move.price_per_kwh
    dq = solve(form, factors, right, row_right, need_right, peak_right, dx, rows, needs)
    move.peak_kw[0] = move.peak_kw[1] = dq
    if form.peak_kw[0] > 0.0:
        move.peak_kw[2] = peak_right - point.peak_kw[2] / point.peak_kw[1] * dq
    d_low, d_high = move.below_per_a, move.above_per_a
    for step in range(free.shape[0]):
        for j in range(free.shape[1]):
            goal, d = aim * free[step, j], dx[step, j]
            d_low[step, j] = -low[step, j] - (low[step, j] * d + bend_below[step, j] - goal) / below[step, j]
            d_high[step, j] = (
                -high[step, j] + (high[step, j] * d - bend_above[step, j] + goal) / above[step, j]
            )
    _slacks(form, move)
    for b in range(form.head_a.size):
        if form.is_cone[b]:
            r = form.block_row[b]
            w0, w1, w2, square = turn[b, 1], turn[b, 2], turn[b, 3], turn[b, 0] * turn[b, 0]
            across = 2.0 * square * w0 * (w1 * rows[r] + w2 * rows[r + 1])
            move.head_per_a[b] = -(heads[b] + across) / (square * (1.0 + 2.0 * (w1 * w1 + w2 * w2)))


@njit(cache=True, error_model="numpy")
def _row_right(form: Form, point: Point, turn: Floats, bend: Point, aim: float, row_right: Floats) -> Floats:
    """Fill the right side of the limits' rows, a cone's head eliminated; return what belongs to the heads."""
    heads = np.zeros(form.head_a.size)
    for b in range(heads.size):
        r = form.block_row[b]
        if not form.is_cone[b]:
            row_right[r] = point.slack_a[r] + (bend.slack_a[r] - aim) / point.price_per_a[r]
            continue
        eta, w0, w1, w2 = turn[b, 0], turn[b, 1], turn[b, 2], turn[b, 3]
        missed = (bend.head_per_a[b] - aim, bend.slack_a[r], bend.slack_a[r + 1])
        r0, r1, r2 = scaled(
            eta, w0, w1, w2, quotient((turn[b, 4], turn[b, 5], turn[b, 6]), turn[b, 7], missed)
        )
        heads[b] = form.head_a[b] + r0
        part = 2.0 * w0 / (1.0 + 2.0 * (w1 * w1 + w2 * w2)) * heads[b]
        row_right[r] = point.slack_a[r] + r1 - part * w1
        row_right[r + 1] = point.slack_a[r + 1] + r2 - part * w2
    return heads


@njit(cache=True, error_model="numpy")
def _slacks(form: Form, move: Point) -> None:
    """Fill how the slacks of limits and needs change with the currents."""
    weight, dx, kwh, left, change = form.weight, move.x_a, form.kwh_per_a, move.left_kwh, move.slack_a
    kinds = weight.shape[1]
    sums = np.zeros(kinds)
    left[:] = 0.0
    for step in range(dx.shape[0]):
        for g in range(kinds):
            sums[g] = 0.0
            for j in range(form.kind_start[g], form.kind_end[step, g]):
                sums[g] += dx[step, j]
                left[j] -= kwh[step, j] * dx[step, j]
        for r in range(form.row_start[step], form.row_start[step + 1]):
            total = form.border_weight[r] * move.peak_kw[0]
            for g in range(kinds):
                total += weight[form.row_weight[r], g] * sums[g]
            change[r] = -total


@njit(cache=True, error_model="numpy")
def _haste(form: Form, point: Point, turn: Floats, move: Point) -> tuple[float, float]:
    """Return the reciprocals of the longest steps that leave every slack, and every price, positive."""
    first, second = 0.0, 0.0
    below, above, low, high = point.below_a, point.above_a, point.below_per_a, point.above_per_a
    dx, d_low, d_high = move.x_a, move.below_per_a, move.above_per_a
    for step in range(dx.shape[0]):
        for j in range(form.free_share.shape[1]):
            d = dx[step, j]
            first = max(first, -d / below[step, j] if d < 0.0 else d / above[step, j])
            if form.free_share[step, j] > 0.0:
                second = max(second, -d_low[step, j] / low[step, j], -d_high[step, j] / high[step, j])
    for i in range(point.left_kwh.size):
        if form.has_need[i]:
            first = max(first, -move.left_kwh[i] / point.left_kwh[i])
            second = max(second, -move.price_per_kwh[i] / point.price_per_kwh[i])
    for b in range(form.head_a.size):
        r = form.block_row[b]
        if form.is_cone[b]:
            eta, w0, w1, w2 = turn[b, 0], turn[b, 1], turn[b, 2], turn[b, 3]
            at = (turn[b, 4], turn[b, 5], turn[b, 6])
            first = max(
                first,
                haste(at, turn[b, 7], unscaled(eta, w0, w1, w2, (0.0, move.slack_a[r], move.slack_a[r + 1]))),
            )
            change = (move.head_per_a[b], move.price_per_a[r], move.price_per_a[r + 1])
            second = max(second, haste(at, turn[b, 7], scaled(eta, w0, w1, w2, change)))
        else:
            first = max(first, -move.slack_a[r] / point.slack_a[r])
            second = max(second, -move.price_per_a[r] / point.price_per_a[r])
    if form.peak_kw[0] > 0.0:
        first = max(first, -move.peak_kw[1] / point.peak_kw[1])
        second = max(second, -move.peak_kw[2] / point.peak_kw[2])
    return first, second


@njit(cache=True, error_model="numpy")
def _bend(form: Form, turn: Floats, move: Point, bend: Point) -> None:
    """Fill the products of changes that a first-order step misses."""
    dx, d_low, d_high, bend_below, bend_above = (
        move.x_a,
        move.below_per_a,
        move.above_per_a,
        bend.below_a,
        bend.above_a,
    )
    for step in range(dx.shape[0]):
        for j in range(form.free_share.shape[1]):
            bend_below[step, j] = dx[step, j] * d_low[step, j]
            bend_above[step, j] = -dx[step, j] * d_high[step, j]
    for i in range(move.left_kwh.size):
        bend.left_kwh[i] = move.left_kwh[i] * move.price_per_kwh[i]
    for b in range(form.head_a.size):
        r = form.block_row[b]
        if form.is_cone[b]:
            eta, w0, w1, w2 = turn[b, 0], turn[b, 1], turn[b, 2], turn[b, 3]
            change = unscaled(eta, w0, w1, w2, (0.0, move.slack_a[r], move.slack_a[r + 1]))
            price = scaled(
                eta, w0, w1, w2, (move.head_per_a[b], move.price_per_a[r], move.price_per_a[r + 1])
            )
            bend.head_per_a[b], bend.slack_a[r], bend.slack_a[r + 1] = product(change, price)
        else:
            bend.slack_a[r] = move.slack_a[r] * move.price_per_a[r]
    bend.peak_kw[1] = move.peak_kw[1] * move.peak_kw[2]


@njit(cache=True, error_model="numpy")
def _advance(form: Form, point: Point, move: Point, near: float, far: float) -> None:
    """Move slacks by `near` of the move and prices by `far`.

    A current that moves further than the prices bends the objective's slope; one of the two prices of its bounds takes that up.
    """
    for step in range(form.free_share.shape[0]):
        for j in range(form.free_share.shape[1]):
            d = near * move.x_a[step, j]
            point.x_a[step, j] += d
            point.below_a[step, j] += d
            point.above_a[step, j] -= d
            bent = (near - far) * form.stiffness_per_a[step, j] * move.x_a[step, j]
            point.below_per_a[step, j] += far * move.below_per_a[step, j] + max(bent, 0.0)
            point.above_per_a[step, j] += far * move.above_per_a[step, j] + max(-bent, 0.0)
    for r in range(form.bound_a.size):
        point.slack_a[r] += near * move.slack_a[r]
        point.price_per_a[r] += far * move.price_per_a[r]
    for b in range(form.head_a.size):
        point.head_per_a[b] += far * move.head_per_a[b]
    for i in range(point.left_kwh.size):
        point.left_kwh[i] += near * move.left_kwh[i]
        point.price_per_kwh[i] += far * move.price_per_kwh[i]
    point.peak_kw[0] += near * move.peak_kw[0]
    point.peak_kw[1] += near * move.peak_kw[1]
    point.peak_kw[2] += far * move.peak_kw[2]

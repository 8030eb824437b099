"""The equations of a round: one small matrix for each step's limits, one for all vehicles' needs, the peak as a border.

With D the diagonal of the currents, G_t = P Z the rows of step t (Z sums the currents of a kind), F_t their scaling, E_t the kWh per
ampere:

    D dx + G' y + E' e = p,   G dx - F y + b dq = r,   E dx - w e = s,   b' y + (z dq + d) / l = 0

dx goes first, then every y_t through C_t = F_t + P Z D^-1 Z' P' = L L', which leaves the vehicles' matrix
S = V - sum (E D^-1 Z') Y_t' Y_t (Z D^-1 E'), V = diag(w + E D^-1 E'), with Y_t = L^-1 P, and dq last. Where vehicles outnumber
the kinds of all steps, S is not made (`ties`). Loops are written so that a compiler
may use wide registers without changing the order of any sum: the same bits on every machine.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

from voltloom.allocation.adaptive.horizon.interior.form import Form
from voltloom.allocation.adaptive.horizon.interior.system.ties.kernels import (
    are_fewer,
    fill_ties,
    gather,
    spread,
)
from voltloom.site.network import Floats

PANEL = 16
TILE = 512


class Factors(NamedTuple):
    """inverse_gain: (t, n) D^-1. need_share: (t, n) E D^-1. scaling_gain: (r, 2) F by row: its diagonal, what joins it to the next.

    step_gain: (r, most rows of a step) L, its diagonal inverted. kind_weight: (r, g) Y. border_weight: (r,) L^-1 b.
    own_gain: (n,) V. need_gain: upper R with S = R' R, its diagonal inverted, (n, n); of N where that is smaller. tie_weight:
    (t, g, g) W of `ties`, empty where S is made. need_weight: (2, n) S's border and S^-1 times it. corner_gain: (1,) of dq.
    """

    inverse_gain: Floats
    need_share: Floats
    scaling_gain: Floats
    step_gain: Floats
    kind_weight: Floats
    border_weight: Floats
    own_gain: Floats
    need_gain: Floats
    tie_weight: Floats
    need_weight: Floats
    corner_gain: Floats


@njit(cache=True, error_model="numpy")
def room_for_factors(form: Form) -> Factors:
    """Return arrays of the right shapes."""
    steps, count = form.free_share.shape
    rows, most = form.bound_a.size, 1
    for step in range(steps):
        most = max(most, form.row_start[step + 1] - form.row_start[step])
    kinds = form.weight.shape[1]
    ties = steps if are_fewer(form) else 0
    size = ties * kinds if ties else count
    return Factors(
        np.zeros((steps, count)),
        np.zeros((steps, count)),
        np.zeros((rows, 2)),
        np.zeros((rows, most)),
        np.zeros((rows, kinds)),
        np.zeros(rows),
        np.zeros(count),
        np.zeros((size, size)),
        np.zeros((ties, kinds, kinds)),
        np.zeros((2, count)),
        np.zeros(1),
    )


@njit(cache=True, error_model="numpy")
def factored(form: Form, factors: Factors, need_diagonal: Floats, corner: float) -> bool:
    """Factor all; D^-1 and F lie in factors. need_diagonal: (n,) w. Return False where rounding left no positive matrix."""
    steps, count = form.free_share.shape
    kinds = form.weight.shape[1]
    diagonal, kwh, inverse, share = (
        factors.own_gain,
        form.kwh_per_a,
        factors.inverse_gain,
        factors.need_share,
    )
    middle, edges = np.zeros((steps, kinds, kinds)), np.zeros((steps, kinds))
    for i in range(count):
        diagonal[i] = need_diagonal[i] if form.has_need[i] else 1.0
    for step in range(steps):
        for i in range(count):
            share[step, i] = kwh[step, i] * inverse[step, i]
            diagonal[i] += kwh[step, i] * share[step, i]
        if not _factor_step(form, factors, step, middle[step], edges[step]):
            return False
    if not _factor_all(form, factors, middle):
        return False
    if form.peak_kw[0] > 0.0:
        edge, solved, start, end = (
            factors.need_weight[0],
            factors.need_weight[1],
            form.kind_start,
            form.kind_end,
        )
        edge[:] = 0.0
        for r in range(form.bound_a.size):
            corner += factors.border_weight[r] * factors.border_weight[r]
        for step in range(steps):
            for g in range(kinds):
                for i in range(start[g], end[step, g]):
                    edge[i] += share[step, i] * edges[step, g]
        solved[:] = edge
        _solve_all(form, factors, solved)
        for i in range(count):
            corner += edge[i] * solved[i]
    factors.corner_gain[0] = corner
    return True


@njit(cache=True, error_model="numpy")
def _factor_all(form: Form, factors: Factors, middle: Floats) -> bool:
    """Factor the vehicles' matrix, or what stands for it; return whether it was positive. middle: (t, g, g) Y' Y."""
    needs, share, diagonal = factors.need_gain, factors.need_share, factors.own_gain
    if factors.tie_weight.size:
        fill_ties(form, share, middle, diagonal, factors.tie_weight, needs)
    else:
        needs[:] = 0.0
        for i in range(diagonal.size):
            needs[i, i] = diagonal[i]
        _join(form, share, middle, needs)
    return factor_needs(needs, needs.shape[0])


@njit(cache=True, error_model="numpy")
def _solve_all(form: Form, factors: Factors, y: Floats) -> None:
    """Replace y, (n,), by S^-1 y."""
    if not factors.tie_weight.size:
        solve_needs(factors.need_gain, y)
        return
    share, diagonal, weight = factors.need_share, factors.own_gain, factors.tie_weight
    sums, change = np.zeros(factors.need_gain.shape[0]), np.zeros(y.size)
    for i in range(y.size):
        y[i] /= diagonal[i]
    spread(form, share, weight, y, sums)
    solve_needs(factors.need_gain, sums)
    gather(form, share, weight, sums, change)
    for i in range(y.size):
        y[i] += change[i] / diagonal[i]


@njit(cache=True, error_model="numpy")
def _factor_step(form: Form, factors: Factors, step: int, middle: Floats, edges: Floats) -> bool:
    """Fill L, Y and the border of one step, Y' Y and Y' times the border; return whether its matrix was positive."""
    first, last, kinds = form.row_start[step], form.row_start[step + 1], form.weight.shape[1]
    weight, number, inverse, soft = form.weight, form.row_weight, factors.inverse_gain, factors.scaling_gain
    small, kind, border = factors.step_gain, factors.kind_weight, factors.border_weight
    sums, mine = np.zeros(kinds), np.zeros(kinds)
    for g in range(kinds):
        for j in range(form.kind_start[g], form.kind_end[step, g]):
            sums[g] += inverse[step, j]
    for r in range(first, last):
        row = number[r]
        for g in range(kinds):
            mine[g] = weight[row, g] * sums[g]
        for c in range(first, r + 1):
            total, other = 0.0, number[c]
            for g in range(kinds):
                total += mine[g] * weight[other, g]
            small[r, c - first] = total
        small[r, r - first] += soft[r, 0]
        if r > first:
            small[r, r - first - 1] += soft[r - 1, 1]
        border[r] = form.border_weight[r]
        for g in range(kinds):
            kind[r, g] = weight[row, g]
        for c in range(first, r):
            total = small[r, c - first]
            for k in range(c - first):
                total -= small[r, k] * small[c, k]
            pull = total * small[c, c - first]
            small[r, c - first] = pull
            border[r] -= pull * border[c]
            for g in range(kinds):
                kind[r, g] -= pull * kind[c, g]
        total = small[r, r - first]
        for k in range(r - first):
            total -= small[r, k] * small[r, k]
        if not total > 0.0:
            return False
        scale = 1.0 / math.sqrt(total)
        small[r, r - first] = scale
        border[r] *= scale
        for g in range(kinds):
            kind[r, g] *= scale
            edges[g] += kind[r, g] * border[r]
        for h in range(kinds):
            for g in range(h, kinds):
                middle[h, g] += kind[r, h] * kind[r, g]
    return True


@njit(cache=True, error_model="numpy")
def _join(form: Form, share: Floats, middle: Floats, needs: Floats) -> None:
    """Subtract from the vehicles' matrix, its upper half, what all steps' limits tie together."""
    start, end = form.kind_start, form.kind_end
    steps, kinds = end.shape
    count = share.shape[1]
    # Four steps at a time; steps of zeros fill the last four up.
    pull = np.zeros(((steps + 3) & ~3, count))
    for h in range(kinds):
        for step in range(steps):
            for g in range(h, kinds):
                tie = middle[step, h, g]
                for j in range(start[g], end[step, g]):
                    pull[step, j] = tie * share[step, j]
        for i in range(start[h], start[h + 1]):
            first, last = np.uint64(i), np.uint64(count)
            for step in range(0, steps, 4):
                if i >= end[step, h]:  # nor is it there later
                    break
                a0 = share[step, i]
                a1 = share[step + 1, i] if step + 1 < steps else 0.0
                a2 = share[step + 2, i] if step + 2 < steps else 0.0
                a3 = share[step + 3, i] if step + 3 < steps else 0.0
                for j in range(first, last):
                    needs[i, j] -= (a0 * pull[step, j] + a1 * pull[step + 1, j]) + (
                        a2 * pull[step + 2, j] + a3 * pull[step + 3, j]
                    )


@njit(cache=True, error_model="numpy")
def factor_needs(s: Floats, count: int) -> bool:
    """Put R of s = R' R into s's upper half, the diagonal inverted; return whether s was positive."""
    for first in range(0, count, PANEL):
        last = min(first + PANEL, count)
        for k in range(first, last):
            if not s[k, k] > 0.0:
                return False
            inverse = 1.0 / math.sqrt(s[k, k])
            s[k, k] = inverse
            end = np.uint64(count)
            for j in range(np.uint64(k + 1), end):
                s[k, j] *= inverse
            for i in range(k + 1, last):
                pull = s[k, i]
                for j in range(np.uint64(i), end):
                    s[i, j] -= pull * s[k, j]
        if last < count:
            _subtract_panel(s, first, last, count)
    return True


@njit(cache=True, error_model="numpy")
def _subtract_panel(s: Floats, first: int, last: int, count: int) -> None:
    """Subtract from s[i, j], last <= i <= j < count, the products of its columns i and j over the rows of a panel, a multiple of 4."""
    for left in range(last, count, TILE):
        right = min(left + TILE, count)
        for i in range(last, right):
            begin, end = np.uint64(max(left, i)), np.uint64(right)
            for k in range(first, last, 4):
                u0, u1, u2, u3 = s[k, i], s[k + 1, i], s[k + 2, i], s[k + 3, i]
                for j in range(begin, end):
                    s[i, j] -= (u0 * s[k, j] + u1 * s[k + 1, j]) + (u2 * s[k + 2, j] + u3 * s[k + 3, j])


@njit(cache=True, error_model="numpy")
def solve_needs(r: Floats, y: Floats) -> None:
    """Replace y by (R' R)^-1 y; both of the same size."""
    count = y.size
    for k in range(count):
        y[k] *= r[k, k]
        pull = y[k]
        for j in range(np.uint64(k + 1), np.uint64(count)):
            y[j] -= pull * r[k, j]
    for k in range(count - 1, -1, -1):
        s0, s1, s2, s3 = y[k], 0.0, 0.0, 0.0
        whole = k + 1 + ((count - k - 1) & ~3)
        for j in range(k + 1, whole, 4):
            s0 -= r[k, j] * y[j]
            s1 -= r[k, j + 1] * y[j + 1]
            s2 -= r[k, j + 2] * y[j + 2]
            s3 -= r[k, j + 3] * y[j + 3]
        for j in range(whole, count):
            s0 -= r[k, j] * y[j]
        y[k] = ((s0 + s1) + (s2 + s3)) * r[k, k]


@njit(cache=True, error_model="numpy")
def solve(
    form: Form, factors: Factors, right: Floats, row_right: Floats, need_right: Floats, peak_right: float,
    dx: Floats, dy: Floats, de: Floats,
) -> float:  # fmt: skip
    """Solve for dx, (t, n), dy, (r,), de, (n,), and return dq. right: (t, n), row_right: (r,), need_right: (n,), peak_right: -d/l."""
    steps, count = dx.shape
    kinds, begin, end = form.weight.shape[1], form.kind_start, form.kind_end
    inverse, share, weight, number = factors.inverse_gain, factors.need_share, form.weight, form.row_weight
    small, kind, border, start = factors.step_gain, factors.kind_weight, factors.border_weight, form.row_start
    sums, pulls = np.zeros(kinds), np.zeros(kinds)
    for i in range(count):
        de[i] = -need_right[i]
    for step in range(steps):
        first = start[step]
        for g in range(kinds):
            pulls[g] = sums[g] = 0.0
            for j in range(begin[g], end[step, g]):
                sums[g] += inverse[step, j] * right[step, j]
        for r in range(first, start[step + 1]):
            total = -row_right[r]
            for g in range(kinds):
                total += weight[number[r], g] * sums[g]
            for c in range(first, r):
                total -= small[r, c - first] * dy[c]
            total *= small[r, r - first]
            dy[r] = total
            peak_right -= border[r] * total
            for g in range(kinds):
                pulls[g] += kind[r, g] * total
        for g in range(kinds):
            for j in range(begin[g], end[step, g]):
                de[j] += share[step, j] * (right[step, j] - pulls[g])
    _solve_all(form, factors, de)
    dq = 0.0
    if form.peak_kw[0] > 0.0:
        for i in range(count):
            peak_right += factors.need_weight[0, i] * de[i]
        dq = peak_right / factors.corner_gain[0]
        for i in range(count):
            de[i] -= factors.need_weight[1, i] * dq
    for step in range(steps):
        _back(form, factors, right, step, dq, sums, dx, dy, de)
    return dq


@njit(cache=True, error_model="numpy")
def _back(
    form: Form, factors: Factors, right: Floats, step: int, dq: float, sums: Floats, dx: Floats, dy: Floats, de: Floats,
) -> None:  # fmt: skip
    """Finish dy and dx of one step, given de and dq."""
    kinds, begin, end = sums.size, form.kind_start, form.kind_end
    small, kind, border = factors.step_gain, factors.kind_weight, factors.border_weight
    inverse, share, weight, kwh = factors.inverse_gain, factors.need_share, form.weight, form.kwh_per_a
    first, last = form.row_start[step], form.row_start[step + 1]
    for g in range(kinds):
        sums[g] = 0.0
        for j in range(begin[g], end[step, g]):
            sums[g] += share[step, j] * de[j]
    for r in range(last - 1, first - 1, -1):
        total = dy[r] + border[r] * dq
        for g in range(kinds):
            total -= kind[r, g] * sums[g]
        for k in range(r + 1, last):
            total -= small[k, r - first] * dy[k]
        dy[r] = total * small[r, r - first]
    for g in range(kinds):
        pull = 0.0
        for r in range(first, last):
            pull += dy[r] * weight[form.row_weight[r], g]
        for j in range(begin[g], end[step, g]):
            dx[step, j] = inverse[step, j] * (right[step, j] - pull - kwh[step, j] * de[j])

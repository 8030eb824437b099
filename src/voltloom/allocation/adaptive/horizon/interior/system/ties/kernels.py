"""The vehicles' matrix S = V - (W Z U)' (W Z U) by what steps tie together, where those ties are fewer than the vehicles.

V is diagonal, U holds each vehicle's share in each step, Z sums a kind, W' W is what a step's limits tie between kinds. Then

    S^-1 = V^-1 + V^-1 U' Z' W' N^-1 W Z U V^-1,  N = I - W Z U V^-1 U' Z' W'

which has one row for each kind and step, and costs nothing more when more vehicles of the same kinds come (Woodbury).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from voltloom.allocation.adaptive.horizon.interior.form import Form
from voltloom.site.network import Floats

LEAST_PIVOT_RATIO = 1e-14  # what is left of a diagonal by rounding alone


@njit(cache=True, error_model="numpy")
def are_fewer(form: Form) -> bool:
    """Return whether there are fewer ties than vehicles."""
    steps, count = form.free_share.shape
    fewer: bool = steps * form.weight.shape[1] < count
    return fewer


@njit(cache=True, error_model="numpy")
def fill_ties(
    form: Form, share: Floats, middle: Floats, diagonal: Floats, tie_weight: Floats, ties: Floats
) -> None:
    """Fill W, (t, g, g), and the upper half of N, (t g, t g). share: (t, n) U, middle: (t, g, g) upper halves of W' W, diagonal: (n,) V."""
    steps, kinds = middle.shape[0], middle.shape[1]
    for step in range(steps):
        _root(middle[step], tie_weight[step])
    ties[:] = 0.0
    together = np.zeros((steps, steps))
    for g in range(kinds):
        _sum_kind(
            share[:, form.kind_start[g] : form.kind_start[g + 1]].T.copy(),
            diagonal[form.kind_start[g] :],
            together,
        )
        for first in range(steps):
            for last in range(first, steps):
                both = together[first, last]
                if both == 0.0:
                    continue
                for a in range(g + 1):
                    pull = tie_weight[first, a, g] * both
                    for b in range(g + 1):
                        ties[first * kinds + a, last * kinds + b] -= pull * tie_weight[last, b, g]
    for row in range(ties.shape[0]):
        ties[row, row] += 1.0


@njit(cache=True, error_model="numpy")
def _root(square: Floats, root: Floats) -> None:
    """Fill the upper W with W' W = square, whose upper half is given; a row that rounding alone would make is left empty."""
    kinds = square.shape[0]
    root[:] = 0.0
    for a in range(kinds):
        pivot = square[a, a]
        for k in range(a):
            pivot -= root[k, a] * root[k, a]
        if not pivot > LEAST_PIVOT_RATIO * square[a, a]:
            continue
        root[a, a] = math.sqrt(pivot)
        for b in range(a + 1, kinds):
            total = square[a, b]
            for k in range(a):
                total -= root[k, a] * root[k, b]
            root[a, b] = total / root[a, a]


@njit(cache=True, error_model="numpy")
def _sum_kind(share: Floats, diagonal: Floats, together: Floats) -> None:
    """Fill the upper half of U V^-1 U' of one kind, (t, t). share: (vehicles of it, t), diagonal: theirs first."""
    count, steps = share.shape
    together[:] = 0.0
    for i in range(count):
        end = steps
        while end > 0 and share[i, end - 1] == 0.0:
            end -= 1
        inverse, wide = 1.0 / diagonal[i], np.uint64(end)
        for first in range(end):
            part = share[i, first] * inverse
            for last in range(np.uint64(first), wide):
                together[first, last] += part * share[i, last]


@njit(cache=True, error_model="numpy")
def spread(form: Form, share: Floats, tie_weight: Floats, values: Floats, sums: Floats) -> None:
    """Fill W Z U values, (t g,), of values (n,)."""
    steps, kinds = tie_weight.shape[0], tie_weight.shape[1]
    kind_sums = np.zeros(kinds)
    for step in range(steps):
        for g in range(kinds):
            kind_sums[g] = 0.0
            for j in range(form.kind_start[g], form.kind_end[step, g]):
                kind_sums[g] += share[step, j] * values[j]
        for a in range(kinds):
            total = 0.0
            for g in range(a, kinds):
                total += tie_weight[step, a, g] * kind_sums[g]
            sums[step * kinds + a] = total


@njit(cache=True, error_model="numpy")
def gather(form: Form, share: Floats, tie_weight: Floats, sums: Floats, values: Floats) -> None:
    """Add U' Z' W' sums, (t g,), to values (n,)."""
    steps, kinds = tie_weight.shape[0], tie_weight.shape[1]
    for step in range(steps):
        for g in range(kinds):
            pull = 0.0
            for a in range(g + 1):
                pull += tie_weight[step, a, g] * sums[step * kinds + a]
            for j in range(form.kind_start[g], form.kind_end[step, g]):
                values[j] += share[step, j] * pull

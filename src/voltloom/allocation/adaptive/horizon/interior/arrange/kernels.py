"""The solver's form of a problem: bounds that say what can be reached, only limits that may bind, vehicles by kind, money near 1."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from voltloom.allocation.adaptive.horizon.interior.form import FormFields
from voltloom.site.network import Bools, Floats, Ints

LEAST_WIDTH_A = 1e-9  # bounds that are closer leave no choice
LITTLE_ROOM_RATIO = (
    1e-3  # of what its vehicles could draw; then a cone is looked at as a line, in case it is nearly one
)
DIRECTIONS = 24
LEAST_SIDE_COEFFICIENT = 0.05
LEAST_HEAD_RATIO = (
    2e-7  # a cone without room has no inside: it is given this much, of what its vehicles could draw
)


class Given(NamedTuple):
    """The problem's arrays (problem.py) in one tuple. peak_kw: whether there is a charge, the least, its price."""

    low_a: Floats
    high_a: Floats
    cost_per_a: Floats
    kwh_per_a: Floats
    stiffness_per_a: Floats
    reference_a: Floats
    need_kwh: Floats
    worth_per_kwh: Floats
    weight: np.ndarray  # complex
    rating_a: Floats
    is_line: Bools
    each_kw_per_a: Floats
    base_kw: Floats
    peak_kw: Floats


class Order(NamedTuple):
    """How to read the form. vehicle: (n,) which one stands there. top_a: (n, t) reachable bound. is_free: (n, t).

    block_limit, block_step: (b,), the peak after all limits. size_weight: (k,) every limit was divided by. money_factor: so was money.
    """

    vehicle: Ints
    top_a: Floats
    is_free: Bools
    block_limit: Ints
    block_step: Ints
    size_weight: Floats
    money_factor: float


GivenFields = tuple[
    Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats,
    np.ndarray,  # complex
    Floats, Bools, Floats, Floats, Floats,
]  # fmt: skip
OrderFields = tuple[Ints, Floats, Bools, Ints, Ints, Floats, float]


@njit(cache=True, error_model="numpy")
def arranged(fields: GivenFields) -> tuple[FormFields, OrderFields]:
    """Return the fields of the form and of how to read it. fields: `given[:]`."""
    given = Given(*fields)
    limits, count = given.weight.shape
    top, room = _reachable(given)
    free = top - given.low_a > LEAST_WIDTH_A
    size = np.ones(limits + 1)
    for k in range(limits):
        largest = np.abs(given.weight[k]).max() if count else 0.0
        size[k] = largest if largest > 0.0 else 1.0
    active, most = _may_bind(given, top, free, size)
    rows, row_at, width = _rows(given, active, size)
    kind, kinds = _kinds(rows)
    last = np.zeros(count, dtype=np.int64)
    steps = given.low_a.shape[1]
    for i in range(count):
        for step in range(steps):
            if free[i, step]:
                last[i] = step + 1
    vehicle = np.argsort(kind * (steps + 1) + steps - last, kind="mergesort")
    money = 0.0
    for i in range(count):
        for step in range(steps):
            if free[i, step]:
                money = max(money, abs(_slope(given, i, step)))
    if not money > 0.0:
        money = 1.0
    weight = np.zeros((rows.shape[0], kinds))
    for i in range(count):
        weight[:, kind[i]] = rows[:, i]
    share, low, high, cost, stiffness, kwh, need, has_need = _slots(given, top, free, vehicle, room, money)
    start, end = _spans(kind, kinds, last, vehicle, steps)
    row_start, row_weight, bound, border, block_start, block_row, is_cone, head, block_limit, block_step = (
        _blocks(given, free, rows, row_at, width, active, most, size)
    )
    peak = np.array([given.peak_kw[0], given.peak_kw[1], given.peak_kw[2] / money])
    form = (
        share, low, high, cost, stiffness, kwh, need, has_need, start, end, weight, row_start, row_weight, bound, border,
        block_start, block_row, is_cone, head, peak,
    )  # fmt: skip
    return form, (vehicle, top, free, block_limit, block_step, size, money)


@njit(cache=True, error_model="numpy")
def _slope(given: Given, i: int, step: int) -> float:
    pull = given.stiffness_per_a[i, step] * given.reference_a[i, step]
    slope: float = given.cost_per_a[i, step] - given.worth_per_kwh[i] * given.kwh_per_a[i, step] - pull
    return slope


@njit(cache=True, error_model="numpy")
def _reachable(given: Given) -> tuple[Floats, Floats]:
    """Return high_a less what the need and each line leave out of reach with all else at its low bound, and the room of needs."""
    low, top, kwh = given.low_a, given.high_a.copy(), given.kwh_per_a
    count, steps = low.shape
    room = given.need_kwh.copy()
    for i in range(count):
        for step in range(steps):
            room[i] -= kwh[i, step] * low[i, step]
        for step in range(steps):
            if kwh[i, step] > 0.0:
                top[i, step] = min(top[i, step], low[i, step] + max(room[i], 0.0) / kwh[i, step])
    for k in range(given.weight.shape[0]):
        for step in range(steps):
            _narrow(given, k, step, top)
    return top, room


@njit(cache=True, error_model="numpy")
def _narrow(given: Given, k: int, step: int, top: Floats) -> None:
    """Lower the bounds of a step to what one limit alone could bear: a line, or a cone with hardly any room."""
    weight, low = given.weight[k], given.low_a
    along = np.abs(weight)
    left = given.rating_a[k, step]
    if not given.is_line[k]:
        whole = 0.0
        for i in range(along.size):
            whole += along[i] * top[i, step]
        if left > LITTLE_ROOM_RATIO * whole:
            return
        along, is_bounded = _side(weight, top[:, step] - low[:, step])
        if not is_bounded:
            return
    for i in range(along.size):
        left -= along[i] * low[i, step]
    for i in range(along.size):
        if along[i] > 0.0:
            top[i, step] = min(top[i, step], low[i, step] + max(left, 0.0) / along[i])


@njit(cache=True, error_model="numpy")
def _side(weight: np.ndarray, width: Floats) -> tuple[Floats, bool]:  # complex
    """Return the parts of the weights along the direction on whose side they all are, and whether there is one."""
    best, chosen = 0.0, np.zeros(weight.size)
    for turn in range(DIRECTIONS):
        angle = 2.0 * np.pi * turn / DIRECTIONS
        along, least = weight.real * np.cos(angle) + weight.imag * np.sin(angle), 1.0
        for i in range(weight.size):
            if width[i] > LEAST_WIDTH_A and abs(weight[i]) > 0.0:
                least = min(least, along[i] / abs(weight[i]))
        if least > best + LEAST_WIDTH_A:
            best, chosen = least, along
    return chosen, best > LEAST_SIDE_COEFFICIENT


@njit(cache=True, error_model="numpy")
def _may_bind(given: Given, top: Floats, free: Bools, size: Floats) -> tuple[Bools, Floats]:
    """Return which limits (the peak last) may bind at which step, (k + 1, t), and the load that no draw exceeds."""
    limits, count = given.weight.shape
    steps = top.shape[1]
    active, most = np.zeros((limits + 1, steps), dtype=np.bool_), np.zeros((limits + 1, steps))
    for k in range(limits):
        for i in range(count):
            part = abs(given.weight[k, i]) / size[k]
            if part > 0.0:
                for step in range(steps):
                    most[k, step] += part * max(abs(top[i, step]), abs(given.low_a[i, step]))
        for step in range(steps):
            active[k, step] = most[k, step] > given.rating_a[k, step] / size[k]
    if given.peak_kw[0] > 0.0:
        for step in range(steps):
            most[limits, step] = given.base_kw[step]
            for i in range(count):
                most[limits, step] += given.each_kw_per_a[i] * (
                    top[i, step] if free[i, step] else given.low_a[i, step]
                )
            active[limits, step] = most[limits, step] > given.peak_kw[1]
    return active, most


@njit(cache=True, error_model="numpy")
def _rows(given: Given, active: Bools, size: Floats) -> tuple[Floats, Ints, Ints]:
    """Return the rows of the limits that bind anywhere, (w, n), where each limit's begin, and how many it has."""
    limits, count = given.weight.shape
    row_at, width, total = np.zeros(limits + 1, dtype=np.int64), np.zeros(limits + 1, dtype=np.int64), 0
    for k in range(limits + 1):
        row_at[k] = total
        if active[k].any():
            width[k] = 1 if k == limits or given.is_line[k] else 2
            total += width[k]
    rows = np.zeros((total, count))
    for k in range(limits + 1):
        for i in range(count):
            if width[k] == 2:
                rows[row_at[k], i] = -given.weight[k, i].real / size[k]
                rows[row_at[k] + 1, i] = -given.weight[k, i].imag / size[k]
            elif width[k] == 1:
                rows[row_at[k], i] = (
                    given.each_kw_per_a[i] if k == limits else abs(given.weight[k, i]) / size[k]
                )
    return rows, row_at, width


@njit(cache=True, error_model="numpy")
def _kinds(rows: Floats) -> tuple[Ints, int]:
    """Return the kind of each vehicle, (n,): those whose columns are the same; and how many kinds there are."""
    height, count = rows.shape
    kind, first, kinds = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64), 0
    for i in range(count):
        found = -1
        for g in range(kinds):
            is_same = True
            for r in range(height):
                is_same &= rows[r, i] == rows[r, first[g]]
            if is_same:
                found = g
                break
        if found < 0:
            first[kinds], found = i, kinds
            kinds += 1
        kind[i] = found
    return kind, max(kinds, 1)


@njit(cache=True, error_model="numpy")
def _slots(
    given: Given, top: Floats, free: Bools, vehicle: Ints, room: Floats, money: float
) -> tuple[Floats, Floats, Floats, Floats, Floats, Floats, Floats, Bools]:
    """Return the form's arrays of currents and needs, in its order of fields."""
    count, steps = top.shape
    share, low, high = np.zeros((steps, count)), np.zeros((steps, count)), np.ones((steps, count))
    cost, stiffness, kwh = np.zeros((steps, count)), np.zeros((steps, count)), np.zeros((steps, count))
    has_need, need = np.zeros(count, dtype=np.bool_), np.zeros(count)
    for j in range(count):
        i = vehicle[j]
        need[j], reach = room[i], 0.0
        for step in range(steps):
            if free[i, step]:
                reach += given.kwh_per_a[i, step] * (top[i, step] - given.low_a[i, step])
        has_need[j] = reach > max(room[i], 0.0)
        for step in range(steps):
            if free[i, step]:
                share[step, j], low[step, j], high[step, j] = 1.0, given.low_a[i, step], top[i, step]
                cost[step, j] = _slope(given, i, step) / money
                stiffness[step, j] = given.stiffness_per_a[i, step] / money
                kwh[step, j] = given.kwh_per_a[i, step] if has_need[j] else 0.0
    return share, low, high, cost, stiffness, kwh, need, has_need


@njit(cache=True, error_model="numpy")
def _spans(kind: Ints, kinds: int, last: Ints, vehicle: Ints, steps: int) -> tuple[Ints, Ints]:
    """Return where each kind's vehicles begin, (g + 1,), and where those that are still there end, (t, g)."""
    start, end = np.zeros(kinds + 1, dtype=np.int64), np.zeros((steps, kinds), dtype=np.int64)
    for j in range(vehicle.size):
        start[kind[vehicle[j]] + 1] = j + 1
    for step in range(steps):
        end[step] = start[:kinds]
        for j in range(vehicle.size):
            if last[vehicle[j]] > step:
                end[step, kind[vehicle[j]]] = j + 1
    return start, end


@njit(cache=True, error_model="numpy")
def _blocks(
    given: Given,
    free: Bools,
    rows: Floats,
    row_at: Ints,
    width: Ints,
    active: Bools,
    most: Floats,
    size: Floats,
) -> tuple[Ints, Ints, Floats, Floats, Ints, Ints, Bools, Floats, Ints, Ints]:
    """Return the form's arrays of rows and blocks, in its order of fields, and the limit and step of each block."""
    limits, steps = width.size - 1, active.shape[1]
    blocks, tall = active.sum(), 0
    for k in range(limits + 1):
        tall += active[k].sum() * width[k]
    row_start, block_start = np.zeros(steps + 1, dtype=np.int64), np.zeros(steps + 1, dtype=np.int64)
    row_weight, bound, border = np.zeros(tall, dtype=np.int64), np.zeros(tall), np.zeros(tall)
    block_row, is_cone, head = (
        np.zeros(blocks, dtype=np.int64),
        np.zeros(blocks, dtype=np.bool_),
        np.ones(blocks),
    )
    block_limit, block_step = np.zeros(blocks, dtype=np.int64), np.zeros(blocks, dtype=np.int64)
    b = r = 0
    for step in range(steps):
        for k in range(limits + 1):
            if not active[k, step]:
                continue
            block_limit[b], block_step[b], block_row[b], is_cone[b] = k, step, r, width[k] == 2
            if k == limits:
                bound[r], border[r] = -given.base_kw[step], -1.0
            elif is_cone[b]:
                rating = given.rating_a[k, step] / size[k]
                least = LEAST_HEAD_RATIO * min(most[k, step], 1.0)
                head[b] = max(rating, least) if rating >= 0.0 else rating
            else:
                bound[r] = given.rating_a[k, step] / size[k]
            for row in range(row_at[k], row_at[k] + width[k]):
                row_weight[r] = row
                for i in range(free.shape[0]):
                    if not free[i, step]:
                        bound[r] -= rows[row, i] * given.low_a[i, step]
                r += 1
            b += 1
        row_start[step + 1], block_start[step + 1] = r, b
    return (
        row_start,
        row_weight,
        bound,
        border,
        block_start,
        block_row,
        is_cone,
        head,
        block_limit,
        block_step,
    )

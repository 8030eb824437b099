"""The answer read back from the solver's form, and checked against the problem as it was given."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.allocation.adaptive.horizon.interior.arrange.kernels import (
    Given,
    GivenFields,
    Order,
    OrderFields,
)
from voltloom.allocation.adaptive.horizon.interior.form import Form, FormFields, Point, PointFields
from voltloom.site.network import Floats


@njit(cache=True, error_model="numpy")
def read_back(
    given_fields: GivenFields, form_fields: FormFields, order_fields: OrderFields, point_fields: PointFields
) -> tuple[Floats, float, Floats, Floats, float, float]:
    """Return the plan, (n, t), its peak, the prices of limits, (k, t), and needs, (n,), and how far off they are.

    The first of these is the most that a bound is passed, beside the bound and at least 1; the second the most that
    prices miss the objective's slope, beside the steepest.
    """
    given, form, order, point = (
        Given(*given_fields),
        Form(*form_fields),
        Order(*order_fields),
        Point(*point_fields),
    )
    count, steps = given.low_a.shape
    current, value = given.low_a.copy(), np.zeros(count)
    for j in range(count):
        i = order.vehicle[j]
        value[i] = point.price_per_kwh[j] * order.money_factor
        for step in range(steps):
            if order.is_free[i, step]:
                x = given.low_a[i, step] + point.below_a[step, j]
                current[i, step] = min(x, given.high_a[i, step])
    price = np.zeros_like(given.rating_a)
    for b in range(order.block_limit.size):
        k = order.block_limit[b]
        if k < given.weight.shape[0]:
            scaled = point.head_per_a[b] if form.is_cone[b] else point.price_per_a[form.block_row[b]]
            price[k, order.block_step[b]] = scaled * order.money_factor / order.size_weight[k]
    peak = np.nan
    if given.peak_kw[0] > 0.0:
        peak = _peak_kw(given, current)
    return current, peak, price, value, _excess_ratio(given, current), _slope_ratio(form, point)


@njit(cache=True, error_model="numpy")
def _peak_kw(given: Given, current: Floats) -> float:
    """Return the power to be paid for."""
    peak: float = given.peak_kw[1]
    for step in range(current.shape[1]):
        total = given.base_kw[step]
        for i in range(current.shape[0]):
            total += given.each_kw_per_a[i] * current[i, step]
        peak = max(peak, total)
    return peak


@njit(cache=True, error_model="numpy")
def _excess_ratio(given: Given, current: Floats) -> float:
    """Return the most that a plan passes a bound of the problem; NaN where a number of the problem is."""
    count, steps = current.shape
    worst = 0.0
    if np.isnan(_sum_of_all(given)):
        return np.nan
    for i in range(count):
        energy = 0.0
        for step in range(steps):
            energy += given.kwh_per_a[i, step] * current[i, step]
            worst = max(
                worst, current[i, step] - given.high_a[i, step], given.low_a[i, step] - current[i, step]
            )
        worst = max(worst, (energy - given.need_kwh[i]) / max(1.0, given.need_kwh[i]))
    for k in range(given.weight.shape[0]):
        for step in range(steps):
            along = across = 0.0
            for i in range(count):
                along += given.weight[k, i].real * current[i, step]
                across += given.weight[k, i].imag * current[i, step]
            rating = given.rating_a[k, step]
            worst = max(worst, (np.sqrt(along * along + across * across) - rating) / max(1.0, rating))
    return worst


@njit(cache=True, error_model="numpy")
def _sum_of_all(given: Given) -> float:
    """Return a number that is NaN if any of the problem's is: comparisons alone would pass one by."""
    whole: float = given.low_a.sum() + given.high_a.sum() + given.cost_per_a.sum() + given.kwh_per_a.sum()
    whole += given.stiffness_per_a.sum() + given.reference_a.sum() + given.need_kwh.sum()
    whole += given.worth_per_kwh.sum() + given.rating_a.sum() + np.abs(given.weight).sum()
    whole += given.each_kw_per_a.sum() + given.base_kw.sum() + given.peak_kw.sum()
    return whole


@njit(cache=True, error_model="numpy")
def _slope_ratio(form: Form, point: Point) -> float:
    """Return the most that the prices of a current's bounds differ from the objective's slope."""
    worst = 0.0
    for step in range(form.free_share.shape[0]):
        for g in range(form.weight.shape[1]):
            rows = 0.0
            for r in range(form.row_start[step], form.row_start[step + 1]):
                rows += point.price_per_a[r] * form.weight[form.row_weight[r], g]
            for j in range(form.kind_start[g], form.kind_end[step, g]):
                if form.free_share[step, j] > 0.0:
                    slope = form.cost_per_a[step, j] + form.stiffness_per_a[step, j] * point.x_a[step, j]
                    slope += rows + form.kwh_per_a[step, j] * point.price_per_kwh[j]
                    slope += point.above_per_a[step, j] - point.below_per_a[step, j]
                    worst = max(worst, abs(slope))
    return worst

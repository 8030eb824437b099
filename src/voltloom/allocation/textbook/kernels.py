"""Array kernels of the textbook rules: who is served, in which order, how much, and why, in one compiled call each."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.allocation.kernels import divided, explained, greedy_fill, round_robin_fill
from voltloom.site.network import Bools, Floats, Grid, GridFields, Ints


@njit(cache=True)
def in_order(key: Floats, candidates: Bools) -> Ints:
    """Return the candidates, least key first; equal keys in the order of the EVSEs."""
    chosen = np.flatnonzero(candidates)
    return chosen[np.argsort(key[chosen], kind="mergesort")]


@njit(cache=True)
def textbook_shares(
    fields: GridFields,
    columns: Ints,
    key: Floats,
    controllable: Bools,
    wants_power: Bools,
    keeps_minimum: Bools,
    reserved_a: Floats,
    requested_wh: Floats,
    delivered_wh: Floats,
    w_per_a: Floats,
    min_a: Floats,
    max_a: Floats,
    is_dynamic: Bools,
    idle_cause: Ints,
    setpoint_a: Floats,
    pilot_start: Ints,
    pilots_a: Floats,
    periods_per_hour: float,
    step_a: float,
    limited_by: int,
    causes: Ints,
) -> tuple[Floats, Ints]:
    """Return proposed currents (n,), and their causes and binding rows (2, n).

    key: who comes first. step_a: by equal steps in turn; 0 for the most that fits, one after another. The rest as in
    `kernels.divided` and `kernels.explained`.
    """
    grid = Grid(*fields)
    candidates, courtesy, fixed, upper = divided(
        controllable,
        wants_power,
        keeps_minimum,
        reserved_a,
        requested_wh - delivered_wh,
        periods_per_hour / w_per_a,
        min_a,
        max_a,
        True,
    )
    order = in_order(key, candidates)
    if step_a > 0.0:
        current, row = round_robin_fill(grid, columns, fixed, order, upper, pilot_start, pilots_a, step_a)
    else:
        current, row = greedy_fill(grid, columns, fixed, order, min_a, upper, pilot_start, pilots_a)
    proposed, cause, binding = explained(
        current,
        upper,
        candidates,
        courtesy,
        controllable,
        is_dynamic,
        idle_cause,
        setpoint_a,
        row,
        limited_by,
        causes,
    )
    reasons = np.empty((2, key.size), dtype=np.int64)
    reasons[0], reasons[1] = cause, binding
    return proposed, reasons

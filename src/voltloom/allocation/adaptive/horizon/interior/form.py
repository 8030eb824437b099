"""The problem as the solver's kernels take it: steps first, vehicles of one kind side by side, limits as rows.

Vehicles that load every limit alike are one kind, because limits see only the sum of their currents. Every constraint is a row
`weights @ sums + slack = bound`. A line or the peak is one row with slack >= 0; a cone is two rows, whose slacks are the two
sides of the load's phasor, under a constant head, its rating.
"""

from __future__ import annotations

from typing import NamedTuple

from voltloom.site.network import Bools, Floats, Ints


class Form(NamedTuple):
    """For t steps, n vehicles of g kinds, w different rows; b blocks (a line, a cone or the peak at one step) and their r rows.

    free_share: (t, n) 1 where a current may be chosen, 0 elsewhere. low_a, high_a: (t, n), 0 and 1 where nothing is chosen.
    cost_per_a, stiffness_per_a: (t, n) the objective's slope at 0 A and its growth. kwh_per_a: (t, n), 0 for a vehicle whose need
    cannot bind. need_kwh: (n,) left above low_a. has_need: (n,). kind_start: (g + 1,). kind_end: (t, g) after the last vehicle of the
    kind that is there. weight: (w, g). row_start: (t + 1,), row_weight: (r,) which of the weights, bound_a: (r,), border_weight:
    (r,) of the peak. block_start: (t + 1,), block_row: (b,) its first row, is_cone: (b,), head_a: (b,) of cones.
    peak_kw: (3,) whether there is a charge (1 or 0), the least, its price.
    """

    free_share: Floats
    low_a: Floats
    high_a: Floats
    cost_per_a: Floats
    stiffness_per_a: Floats
    kwh_per_a: Floats
    need_kwh: Floats
    has_need: Bools
    kind_start: Ints
    kind_end: Ints
    weight: Floats
    row_start: Ints
    row_weight: Ints
    bound_a: Floats
    border_weight: Floats
    block_start: Ints
    block_row: Ints
    is_cone: Bools
    head_a: Floats
    peak_kw: Floats


class Point(NamedTuple):
    """Where the method is: currents, what is left of every bound (slack), and the price of every bound.

    x_a, below_a, above_a, below_per_a, above_per_a: (t, n): current, current - low, high - current, and their prices.
    slack_a, price_per_a: (r,). head_per_a: (b,) the price of a cone's head. left_kwh, price_per_kwh: (n,).
    peak_kw: (3,) the peak, what it is above the least, the price of that.
    """

    x_a: Floats
    below_a: Floats
    above_a: Floats
    below_per_a: Floats
    above_per_a: Floats
    slack_a: Floats
    price_per_a: Floats
    head_per_a: Floats
    left_kwh: Floats
    price_per_kwh: Floats
    peak_kw: Floats


# The same fields in the same order: what goes through Python between two compiled calls (docs/decisions/0003-numba-kernels.md).
FormFields = tuple[
    Floats, Floats, Floats, Floats, Floats, Floats, Floats, Bools, Ints, Ints, Floats, Ints, Ints, Floats, Floats, Ints, Ints,
    Bools, Floats, Floats,
]  # fmt: skip
PointFields = tuple[
    Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats, Floats,
]  # fmt: skip

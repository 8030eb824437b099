"""The plan's problem as arrays, stated in docs/optimiser.md: n vehicles, t steps, k limits.

Energies are in kWh and money in the tariff's currency, so that numbers are near 1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.site.network import Bools, Floats, Ints

Phasors = NDArray[np.complex128]


class Demand(NamedTuple):
    """What vehicles may and want to take.

    low_a, high_a: (n, t) bounds; 0 where it is gone. cost_per_a: (n, t) of one ampere in a step. kwh_per_a: (n, t) its energy.
    stiffness_per_a: (n, t) of the pull towards reference_a, (n, t). need_kwh: (n,). worth_per_kwh: (n,) of a kWh delivered.
    """

    low_a: Floats
    high_a: Floats
    cost_per_a: Floats
    kwh_per_a: Floats
    stiffness_per_a: Floats
    reference_a: Floats
    need_kwh: Floats
    worth_per_kwh: Floats


class Limits(NamedTuple):
    """What the site bears. weight: (k, n) complex, the phasor of one ampere. rating_a: (k, t). is_line: (k,) all of one angle.

    row: (k,) the network's row that each stands for; a row with several angles may stand in several.
    """

    weight: Phasors
    rating_a: Floats
    is_line: Bools
    row: Ints = np.zeros(0, dtype=np.int64)


class Peak(NamedTuple):
    """A charge on the highest power. kw_per_a: (n,). base_kw: (t,) of other load. least_kw: already paid for. price_per_kw: of one kW."""

    kw_per_a: Floats
    base_kw: Floats
    least_kw: float
    price_per_kw: float


class Problem(NamedTuple):
    """A plan to be made; peak None where no charge is on it."""

    demand: Demand
    limits: Limits
    peak: Peak | None


class Answer(NamedTuple):
    """A plan. current_a: (n, t). peak_kw: NaN without a charge. price_per_a: (k, t) of each limit, in currency per ampere. is_exact: whether the solver says so."""

    current_a: Floats
    peak_kw: float
    price_per_a: Floats
    is_exact: bool
    rounds: int

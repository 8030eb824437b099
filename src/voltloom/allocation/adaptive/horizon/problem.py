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


class Stores(NamedTuple):
    """Stationary batteries, (b,); power at their terminals, both kinds positive.

    start_kwh: in the cells now; least_kwh, most_kwh: what they may hold. charge_ratio, discharge_ratio: into the cells and out
    of them. wear_per_kwh: of a kWh in or out. end_worth_per_kwh: of one that is left at the end; kept_worth_per_kwh: beside it of those up to kept_kwh, which peaks that
    nobody foresees may need. reference_kw: (b, t) of the last
    plan, charge positive. a_per_kw: (k, b) what charging adds to each limit.
    """

    charge_kw: Floats
    discharge_kw: Floats
    start_kwh: Floats
    least_kwh: Floats
    most_kwh: Floats
    charge_ratio: Floats
    discharge_ratio: Floats
    wear_per_kwh: Floats
    end_worth_per_kwh: Floats
    kept_kwh: Floats
    kept_worth_per_kwh: Floats
    reference_kw: Floats
    a_per_kw: Floats


class Givers(NamedTuple):
    """Vehicles that may feed back, (v,). place: their rows in `Demand`. most_a: (v, t) on each phase, 0 where they are gone.

    spare_kwh: what they hold above their drivers' floors; room_kwh: what they take yet. short_kwh: what is still asked for,
    below 0 where they hold more than that. least_end_kwh: what they hold more in the end than now at least, never above 0. kept_ratio: what is left of a kWh that was stored and fed back. wear_per_kwh: of one
    that is fed back and charged again.
    """

    place: Ints
    most_a: Floats
    spare_kwh: Floats
    room_kwh: Floats
    short_kwh: Floats
    least_end_kwh: Floats
    kept_ratio: float
    wear_per_kwh: float


class Flows(NamedTuple):
    """What flows beside charging, and what is bought and sold at the grid connection in t steps; then `Demand` has no prices.

    length_h: (t,). other_kw: (t,) of what is neither a vehicle nor a battery, generation negative. buy_per_kwh, sell_per_kwh: (t,)
    the second never above the first. kw_per_a: (n,) of vehicles. back_a: (k,) what each limit bears of what is fed back.
    """

    length_h: Floats
    other_kw: Floats
    buy_per_kwh: Floats
    sell_per_kwh: Floats
    kw_per_a: Floats
    back_a: Floats
    stores: Stores
    givers: Givers


class Problem(NamedTuple):
    """A plan to be made; peak None where no charge is on it, flows None where nothing but charging is planned."""

    demand: Demand
    limits: Limits
    peak: Peak | None
    flows: Flows | None = None


class Stored(NamedTuple):
    """What a plan does beside charging. given_a: (n, t) fed back by vehicles, positive. battery_kw: (b, t) charge positive.

    stored_kwh: (b, t) at the end of each step. grid_kw: (t,) bought, or sold where negative.
    """

    given_a: Floats
    battery_kw: Floats
    stored_kwh: Floats
    grid_kw: Floats


class Answer(NamedTuple):
    """A plan. current_a: (n, t). peak_kw: NaN without a charge. price_per_a: (k, t) of each limit, in currency per ampere. is_exact: whether the solver says so.

    stored: None for a problem without flows.
    """

    current_a: Floats
    peak_kw: float
    price_per_a: Floats
    is_exact: bool
    rounds: int
    stored: Stored | None = None

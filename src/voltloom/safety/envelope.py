"""The safety envelope: outside every architecture, last in the cycle, and it only lowers.

It knows nothing of who asked for what. It takes limits that somebody wants and what may still be drawn under limits
given earlier, and returns limits under which no circuit, cabinet or phasor row is over its rating on any phase,
whatever each vehicle draws up to its limit. The argument:

1. A controllable EVSE draws at most the limit it holds. An uncontrollable one is counted at `fixed_a`.
2. `wanted` is lowered until the worst load of wanted and fixed currents together is within every rating.
3. A limit sent earlier may still be in force (`ceiling_a`: the most that may still be drawn). What rises above
   its ceiling is lowered until the worst load of all ceilings plus the rises is within every rating: lower first,
   wait for the effect, then raise. Where the ceilings alone are over (a rating was cut), nothing rises.
4. Rounding to pilots only lowers, and worst loads never grow when a current falls.

So at every moment each EVSE draws at most max(ceiling, limit), which 3 keeps within the ratings unless a rating fell
under what was already allowed; then 2 makes the limits fit the new rating at once.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.safety.kernels import floored_to_pilots, is_within, lowered
from voltloom.site.network import Bools, Floats, Grid, Ints, Network


class Allowed(NamedTuple):
    """What the envelope lets through: limit_a (n,), lowered_by (n,) row that lowered each or -1.

    in_flight: (n,) whether it was lowered only because others have not confirmed a lower limit yet. fits: whether
    even the fixed currents alone are within every rating; False is an alarm, no limit can mend it.
    """

    limit_a: Floats
    lowered_by: Ints
    in_flight: Bools
    fits: bool


def enforce(
    network: Network, grid: Grid, columns: Ints, wanted_a: Floats, claims: Claims, min_a: Floats
) -> Allowed:
    """Return limits (n,) that overload nothing and are nowhere above wanted_a.

    grid: ratings as they may be used now. columns: (n,) phases each vehicle uses. min_a: (n,) least current of
    vehicle and outlet; results are 0 or at least that.
    """
    controllable = claims.controllable
    fixed = np.where(controllable, 0.0, claims.fixed_a)
    wanted = np.where(controllable, np.maximum(wanted_a, 0.0), 0.0)
    fitting, lowered_by = _within(grid, columns, fixed, wanted, network, min_a)
    limit = np.where(controllable, np.minimum(fitting, wanted), np.minimum(wanted_a, claims.fixed_a))
    ceiling = np.where(controllable, claims.ceiling_a, claims.fixed_a)
    in_flight = np.zeros(limit.size, dtype=np.bool_)
    rises = controllable & (limit > ceiling)
    if rises.any():
        rise = np.where(rises, limit - ceiling, 0.0)
        spaced, spaced_by = _within(grid, columns, ceiling, rise, network, min_a)
        spaced = np.where(rises, np.minimum(spaced, limit), limit)
        in_flight = spaced < limit - 1e-9
        lowered_by = np.where(in_flight, spaced_by, lowered_by)
        limit = spaced
    return Allowed(
        limit_a=limit,
        lowered_by=lowered_by,
        in_flight=in_flight,
        fits=bool(is_within(grid, columns, fixed)),
    )


class Claims(NamedTuple):
    """What is drawn or may be drawn whatever is decided now, (n,).

    controllable: will follow the limit sent now. fixed_a: the most the others may draw. ceiling_a: the most a
    controllable EVSE may still draw under limits given earlier.
    """

    controllable: Bools
    fixed_a: Floats
    ceiling_a: Floats


def _within(
    grid: Grid, columns: Ints, base_a: Floats, movable_a: Floats, network: Network, min_a: Floats
) -> tuple[Floats, Ints]:
    """Return base + movable lowered into the ratings and rounded down to pilots, and the row that lowered each."""
    limit, lowered_by = lowered(grid, columns, base_a, movable_a, by_magnitude=False)
    moves = movable_a > 0.0
    rounded = np.where(moves, floored_to_pilots(limit, min_a, network.pilot_start, network.pilots_a), limit)
    if not grid.worst_draw and not is_within(grid, columns, np.maximum(rounded, base_a)):
        limit, lowered_by = lowered(grid, columns, base_a, movable_a, by_magnitude=True)
        rounded = np.where(
            moves, floored_to_pilots(limit, min_a, network.pilot_start, network.pilots_a), limit
        )
    return rounded, lowered_by

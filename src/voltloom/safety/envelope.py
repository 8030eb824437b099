"""The safety envelope: outside every architecture, last in the cycle, and it only lowers.

It knows nothing of who asked for what. It takes limits that somebody wants and what may still be drawn under limits
given earlier, and returns limits under which no circuit, cabinet or phasor row is over its rating on any phase,
whatever each vehicle draws up to its limit. The argument:

1. A controllable EVSE draws at most the limit it holds. An uncontrollable one is counted at `fixed_a`.
2. `wanted` is lowered until the worst load of wanted and fixed currents together is within every rating.
3. A limit sent earlier may still be in force (`ceiling_a`: the most that may still be drawn). What rises above
   its ceiling is lowered until the worst load of all ceilings plus the rises is within every rating: lower first,
   wait for the effect, then raise. Where the ceilings alone are over (a rating was cut), nothing rises.
4. Where the uncontrollable ones alone are over, those of them that load such a row are told to stop: most vehicles
   that take more than they are offered still take nothing when offered nothing.
5. Rounding to pilots only lowers, and worst loads never grow when a current falls.

So at every moment each EVSE draws at most max(ceiling, limit), which 3 keeps within the ratings unless a rating fell
under what was already allowed; then 2 makes the limits fit the new rating at once.
"""

from __future__ import annotations

from typing import NamedTuple

from voltloom.safety.kernels import enforced
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
    limit_a, lowered_by, in_flight, fits = enforced(
        grid[:],
        columns,
        wanted_a,
        claims.controllable,
        claims.fixed_a,
        claims.ceiling_a,
        min_a,
        network.pilot_start,
        network.pilots_a,
    )
    return Allowed(limit_a=limit_a, lowered_by=lowered_by, in_flight=in_flight, fits=fits)


class Claims(NamedTuple):
    """What is drawn or may be drawn whatever is decided now, (n,).

    controllable: will follow the limit sent now. fixed_a: the most the others may draw. ceiling_a: the most a
    controllable EVSE may still draw under limits given earlier.
    """

    controllable: Bools
    fixed_a: Floats
    ceiling_a: Floats

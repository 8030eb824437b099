"""The envelope without the cycle around it: its kernel, with names for what goes in and comes out."""

from __future__ import annotations

from typing import NamedTuple

from voltloom.safety.kernels import enforced
from voltloom.site.network import Bools, Floats, Grid, Ints, Network


class Allowed(NamedTuple):
    """What `safety.kernels.enforced` returns, in its order."""

    limit_a: Floats
    lowered_by: Ints
    in_flight: Bools
    fits: bool


class Claims(NamedTuple):
    """What is drawn or may be drawn whatever is decided now, (n,), as `safety.kernels.enforced` takes it."""

    controllable: Bools
    fixed_a: Floats
    ceiling_a: Floats


def enforce(
    network: Network, grid: Grid, columns: Ints, wanted_a: Floats, claims: Claims, min_a: Floats
) -> Allowed:
    return Allowed(
        *enforced(grid[:], columns, wanted_a, *claims, min_a, network.pilot_start, network.pilots_a)
    )

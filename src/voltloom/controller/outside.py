"""Limits from outside as a cycle keeps them: which are in force, what each row may carry, and which limits they explain."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from voltloom.controller.sensing import Bases, bases_of
from voltloom.controller.settings import ControlSettings
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision
from voltloom.site.network import Floats, Grid, Network
from voltloom.site.outside import Imposed, LimitKind, LimitSource

# Where a full row is why, the limit that made it full is the cause.
_BY_ROW: Final = [
    int(cause)
    for cause in (
        *(Cause.SHARED, Cause.PRIORITY, Cause.BELOW_MINIMUM, Cause.ENVELOPE, Cause.FALLBACK_EQUAL),
        *(Cause.OUTRANKED, Cause.GUARANTEED, Cause.OTHERS_OWED),
    )
]


class InForce(NamedTuple):
    """What binds in a cycle. rating_a: (m,) the rating or the tightest limit. less_a: (m,) what targets take from that."""

    limits: tuple[Imposed, ...]
    rating_a: Floats
    less_a: Floats


def with_limit(limits: tuple[Imposed, ...], told: Imposed) -> tuple[Imposed, ...]:
    """Return the limits with another one, which takes the place of its namesake of the same source."""
    return (*without_limit(limits, told.limit.source, told.limit.limit_id), told)


def without_limit(limits: tuple[Imposed, ...], source: LimitSource, limit_id: str) -> tuple[Imposed, ...]:
    """Return the limits without one that is withdrawn."""
    return tuple(each for each in limits if (each.limit.source, each.limit.limit_id) != (source, limit_id))


def lasting(limits: tuple[Imposed, ...], now_s: float) -> tuple[Imposed, ...]:
    """Return the limits that have not ended."""
    return tuple(each for each in limits if now_s < each.limit.until_s)


def in_force(
    limits: tuple[Imposed, ...], rating_a: Floats, settings: ControlSettings, now_s: float
) -> InForce | None:
    """Return what binds in a cycle, None for nothing. rating_a: of each row, (m,).

    A limit counts from the last cycle before it begins, so that it is kept when it does.
    """
    binding = tuple(each for each in limits if each.limit.from_s <= now_s + settings.period_s)
    if not binding:
        return None
    hard_a, soft_a = rating_a.copy(), rating_a.copy()
    for each in binding:
        rows = list(each.rows)
        kept_a = soft_a if each.limit.kind is LimitKind.TARGET else hard_a
        kept_a[rows] = np.minimum(kept_a[rows], each.rating_a)
    less_a = np.maximum(hard_a - soft_a, 0.0) * (1.0 - settings.safety.margin_ratio)
    return InForce(binding, hard_a, less_a)


def aimed(grid: Grid, outside: InForce) -> Grid:
    """Return the grid as the allocation may use it, targets kept."""
    return grid._replace(rating_a=grid.rating_a - outside.less_a)


def explained(decision: Decision, outside: InForce) -> Decision:
    """Return a decision whose causes name the limit from outside wherever it is what made a row full."""
    row = decision.binding_row
    is_bound = (outside.rating_a < decision.network.grid.rating_a) | (outside.less_a > 0.0)
    by_limit = (row >= 0) & is_bound[row] & np.isin(decision.cause, _BY_ROW)
    cause = np.where(by_limit, int(Cause.LIMIT_REACHED), decision.cause)
    return decision._replace(cause=cause, outside=outside.limits)


def under_limits(
    outside: tuple[Imposed, ...], bases: Bases, network: Network, settings: ControlSettings, now_s: float
) -> tuple[Bases, tuple[Imposed, ...], InForce | None]:
    """Return the bases under limits from outside, those limits that last, and what they come to, None where none is."""
    if not outside:
        return bases, outside, None
    outside = lasting(outside, now_s)
    binding = in_force(outside, network.grid.rating_a, settings, now_s)
    if binding is not None:
        bases = bases_of(network, settings.safety, binding.rating_a)
    return bases, outside, binding

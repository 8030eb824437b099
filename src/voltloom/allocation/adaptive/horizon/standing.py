"""Whose energy comes first: what each session was guaranteed, then tier by tier."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import SECONDS_PER_HOUR

# A kWh of one rank is worth so many times one of the next. A single-phase vehicle fills a row with a third of a three-phase one's
# energy, and even at the end of its stay, where haste leaves 0.4 of its worth, it must come before the next rank.
RANK_RATIO = 8.0
WIDEST_RATIO = 1000.0  # of the highest to the lowest: more, and the lowest is lost in the solver's noise
SHORTEST_H = 0.25
FULL_A = 1.0  # a row with less room than that is full


class Standing(NamedTuple):
    """Of the vehicles of a plan, (k,). rank: 0 comes first. is_guaranteed: has got less than it was guaranteed."""

    rank: Ints
    is_guaranteed: Bools


def standing_of(snapshot: SiteSnapshot, who: Ints, guaranteed_kwh: float) -> Standing:
    """Return how some EVSEs' vehicles stand: whoever lacks guaranteed energy before everybody else, each by tier."""
    sessions = snapshot.sessions
    tier = sessions.tier[who]
    promised_wh = promised_of(snapshot, who, guaranteed_kwh)
    is_guaranteed: Bools = snapshot.delivered_wh[who] < promised_wh - 1e-6
    span = int(tier.max(initial=0) - tier.min(initial=0)) + 1
    _, rank = np.unique(tier + span * ~is_guaranteed, return_inverse=True)
    return Standing(rank.astype(np.int64), is_guaranteed)


def promised_of(snapshot: SiteSnapshot, who: Ints, guaranteed_kwh: float) -> Floats:
    """Return what each is guaranteed since it came, in Wh, (k,): no more than it asked for."""
    promised_wh: Floats = np.minimum(guaranteed_kwh * 1000.0, snapshot.sessions.requested_wh[who])
    return promised_wh


def factors_of(standing: Standing) -> Floats:
    """Return by how much all that a vehicle's energy is worth and costs counts more than the last rank's, (k,)."""
    below = standing.rank.max(initial=0) - standing.rank
    last = max(1, int(below.max(initial=0)))
    factor: Floats = min(RANK_RATIO, WIDEST_RATIO ** (1.0 / last)) ** below.astype(np.float64)
    return factor


def worth_of_each(
    standing: Standing, highest_cost_per_kwh: float, price_per_kw: float, stay_s: Floats
) -> Floats:
    """Return what a kWh of each is worth before its factor, (k,): 1, or more than it can cost where it was guaranteed.

    stay_s: (k,) within which a kW more at the peak can deliver it.
    """
    hours = np.maximum(stay_s / SECONDS_PER_HOUR, SHORTEST_H)
    dearest = 1.0 + max(highest_cost_per_kwh, 0.0) + price_per_kw / hours
    worth: Floats = np.where(standing.is_guaranteed, dearest, 1.0)
    return worth


def with_ranks_told(
    snapshot: SiteSnapshot, who: Ints, standing: Standing, current_a: Floats, cause: Ints
) -> Ints:
    """Return the causes (n,) with the ranks told: who is limited by a row that a higher rank fills, and whose guarantee is served.

    current_a: (n,) proposed. A row that serves no higher tier is filled by those who lack guaranteed energy.
    """
    told = cause.copy()
    limited = np.isin(cause[who], [int(Cause.PRIORITY), int(Cause.BELOW_MINIMUM)])
    owed = limited & standing.is_guaranteed & (current_a[who] > 0.0)
    told[who[owed]] = int(Cause.GUARANTEED)
    if standing.rank.max(initial=0) == 0:
        return told
    grid, column = snapshot.grid, snapshot.sessions.column
    is_full = loads(grid, column, current_a) > grid.rating_a - FULL_A
    first = np.full(grid.rating_a.size, np.iinfo(np.int64).max)  # the first rank served on each row
    highest = first.copy()  # the same of tiers
    rows = [grid.row[grid.start[column[evse]] : grid.start[column[evse] + 1]] for evse in who]
    tier = snapshot.sessions.tier[who]
    for place in np.flatnonzero(current_a[who] > 0.0):
        first[rows[place]] = np.minimum(first[rows[place]], standing.rank[place])
        highest[rows[place]] = np.minimum(highest[rows[place]], tier[place])
    for place in np.flatnonzero(limited):
        mine = rows[place]
        taken = mine[is_full[mine] & (first[mine] < standing.rank[place])]
        if taken.size:
            by_tier = bool((highest[taken] < tier[place]).any())
            told[who[place]] = int(Cause.OUTRANKED if by_tier else Cause.OTHERS_OWED)
    return told

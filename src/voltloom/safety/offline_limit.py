"""The limit each station falls back to by itself, chosen so that all of them together are safe on every row.

With nobody in charge each vehicle may draw its station's offline limit on the phases that load a row most, beside
the planned other load. Currents of unlike angle are added as magnitudes, which is never less than what flows. The
share is max-min fair (nobody could have more without someone who has less losing), then rounded down to a current the
station can offer: 0 or at least its minimum. "Cannot be made safe" is an answer, with the row and by how much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.site.network import Bools, Floats, Network

_TOLERANCE_RATIO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OfflineLimits:
    """The answer: limit_a (n,), all 0 where it is not safe.

    tightest_row: the row with the least room left, "" when nothing loads any row; the row that fails when not safe.
    room_a: what is left there; negative: missing (W for a cabinet).
    """

    limit_a: Floats
    is_safe: bool
    tightest_row: str
    room_a: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overload:
    """A row that offline limits would overload (W for a cabinet)."""

    row_id: str
    load_a: float
    rating_a: float


def offline_limits(network: Network, other_load_a: Floats, minimum_a: Floats | None = None) -> OfflineLimits:
    """Return the offline limits of a site.

    other_load_a: (m,) planned worst other load of each row. minimum_a: (n,) what an outlet must keep whatever
    happens (a station that cannot be told less); 0 elsewhere and by default.
    Where there is not enough for the minimum of all, outlets get 0 one by one, the last of the site first.
    """
    load_ratio = _worst_loads(network)
    required_a = np.zeros(len(network.evse_ids)) if minimum_a is None else minimum_a
    headroom_a = network.grid.rating_a - other_load_a
    slack_a = headroom_a - load_ratio @ required_a
    worst = int(np.argmin(slack_a / network.grid.rating_a))
    if slack_a[worst] < -_TOLERANCE_RATIO * network.grid.rating_a[worst]:
        return OfflineLimits(
            limit_a=np.zeros_like(required_a),
            is_safe=False,
            tightest_row=network.row_ids[worst],
            room_a=float(slack_a[worst]),
        )
    limit_a = _offered(network, required_a, load_ratio, headroom_a)
    used = load_ratio @ limit_a > 0.0
    room_a = headroom_a - load_ratio @ limit_a
    if not used.any():
        return OfflineLimits(limit_a=limit_a, is_safe=True, tightest_row="", room_a=float("inf"))
    tightest = int(np.argmin(np.where(used, room_a / network.grid.rating_a, np.inf)))
    return OfflineLimits(
        limit_a=limit_a,
        is_safe=True,
        tightest_row=network.row_ids[tightest],
        room_a=float(room_a[tightest]),
    )


def verify(limit_a: Floats, network: Network, other_load_a: Floats) -> tuple[Overload, ...]:
    """Return every row that these limits would overload: none when they are safe.

    Adds up entry by entry, without the matrix that `offline_limits` works on, so that one checks the other.
    """
    grid, count = network.grid, len(network.evse_ids)
    load_a = [float(a) for a in other_load_a]
    for evse in range(count):
        worst: dict[int, float] = {}
        for column in (evse, evse + count):
            here: dict[int, float] = {}
            for entry in range(grid.start[column], grid.start[column + 1]):
                row = int(grid.row[entry])
                here[row] = here.get(row, 0.0) + abs(float(grid.coefficient[entry])) * float(limit_a[evse])
            worst = {row: max(worst.get(row, 0.0), here.get(row, 0.0)) for row in worst.keys() | here.keys()}
        for row, add_a in worst.items():
            load_a[row] += add_a
    return tuple(
        Overload(row_id=row_id, load_a=load_a[row], rating_a=float(grid.rating_a[row]))
        for row, row_id in enumerate(network.row_ids)
        if load_a[row] > grid.rating_a[row] * (1.0 + 2.0 * _TOLERANCE_RATIO)
    )


def _worst_loads(network: Network) -> Floats:
    """Return the load of each row per ampere of each outlet, (m, n), on the phases that load it most."""
    grid, count = network.grid, len(network.evse_ids)
    load_ratio = np.zeros((len(network.row_ids), 2 * count))
    column = np.repeat(np.arange(2 * count), np.diff(grid.start))
    np.add.at(load_ratio, (grid.row, column), np.abs(grid.coefficient))
    worst: Floats = np.maximum(load_ratio[:, :count], load_ratio[:, count:])
    return worst


def _offered(network: Network, required_a: Floats, load_ratio: Floats, headroom_a: Floats) -> Floats:
    """Return fair shares that the stations can offer, (n,)."""
    most_a = np.array([_rounded_down(network, evse, network.max_a[evse]) for evse in range(len(required_a))])
    least_a = np.array([_least_offer_a(network, evse) for evse in range(len(required_a))])
    serves = most_a > 0.0
    while True:
        share_a = _fair_shares(load_ratio, headroom_a, required_a, np.where(serves, most_a, required_a))
        starved = serves & (share_a < least_a * (1.0 - _TOLERANCE_RATIO)) & (required_a < least_a)
        if not starved.any():
            break
        poorest_a = share_a[starved].min() * (1.0 + _TOLERANCE_RATIO)
        serves[np.flatnonzero(starved & (share_a <= poorest_a))[-1]] = False
    offered_a = np.array([_rounded_down(network, evse, share) for evse, share in enumerate(share_a)])
    held_a: Floats = np.maximum(offered_a, required_a)
    return held_a


def _fair_shares(load_ratio: Floats, headroom_a: Floats, least_a: Floats, most_a: Floats) -> Floats:
    """Return the max-min fair currents between least and most, (n,), by raising one common level.

    load_ratio: (m, n); headroom_a: (m,), enough for all at their least.
    """
    share_a, level_a = least_a.astype(np.float64), 0.0
    fixed: Bools = most_a <= least_a
    while not fixed.all():
        rising = ~fixed & (share_a <= level_a)
        waiting = ~fixed & ~rising
        steps_a = [float(share_a[waiting].min()) - level_a] if waiting.any() else []
        if rising.any():
            steps_a.append(float(most_a[rising].min()) - level_a)
            slope, room_a = (
                load_ratio[:, rising].sum(axis=1),
                np.maximum(headroom_a - load_ratio @ share_a, 0.0),
            )
            steps_a += list((room_a[slope > 0.0] / slope[slope > 0.0]).tolist())
        level_a += max(min(steps_a), 0.0)
        share_a[rising] = level_a
        room_a = headroom_a - load_ratio @ share_a
        full = room_a <= _TOLERANCE_RATIO * np.maximum(np.abs(headroom_a), 1.0)
        blocked = (load_ratio[full] > 0.0).any(axis=0)
        fixed = fixed | (rising & (blocked | (share_a >= most_a)))
    return share_a


def _rounded_down(network: Network, evse: int, current_a: float) -> float:
    """Return the greatest current the outlet can offer that is no more, 0 when it is under its minimum."""
    tolerant_a = current_a * (1.0 + _TOLERANCE_RATIO)
    pilots_a = network.pilots_a[network.pilot_start[evse] : network.pilot_start[evse + 1]]
    if pilots_a.size:
        fitting_a = pilots_a[pilots_a <= min(tolerant_a, network.max_a[evse])]
        offered_a = float(fitting_a.max()) if fitting_a.size else 0.0
    else:
        # One decimal is what a charging profile can say (OCPP 1.6).
        offered_a = float(np.floor(min(tolerant_a, network.max_a[evse]) * 10.0) / 10.0)
    return offered_a if offered_a >= network.min_a[evse] else 0.0


def _least_offer_a(network: Network, evse: int) -> float:
    """Return the smallest current above 0 the outlet can offer."""
    pilots_a = network.pilots_a[network.pilot_start[evse] : network.pilot_start[evse + 1]]
    offers_a = pilots_a[pilots_a >= network.min_a[evse]]
    return float(offers_a.min()) if offers_a.size else float(network.min_a[evse])

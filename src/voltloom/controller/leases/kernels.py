"""Array kernels of leases, over EVSE columns. Compiled; each returns new arrays."""

from __future__ import annotations

import numpy as np
from numba import njit

from voltloom.site.network import Bools, Floats, Ints


@njit(cache=True)
def ceilings(
    limit_a: Floats,
    earlier_a: Floats,
    earlier_until_s: Floats,
    sure_until_s: Floats,
    followed: Bools,
    offline_a: Floats,
    now_s: float,
) -> Floats:
    """Return the most each EVSE may still draw under any limit that may be in force, (n,)."""
    ceiling = limit_a.copy()
    for evse in range(ceiling.size):
        if not followed[evse] and now_s < earlier_until_s[evse]:
            ceiling[evse] = max(ceiling[evse], earlier_a[evse])
        if now_s >= sure_until_s[evse]:
            ceiling[evse] = max(ceiling[evse], offline_a[evse])
    return ceiling


@njit(cache=True)
def with_draw(
    ceiling_a: Floats, limit_a: Floats, current_a: Floats, usable: Bools, tolerance_a: float
) -> Floats:
    """Return ceilings (n,) that are nowhere below what a usable reading shows above the newest limit."""
    result = ceiling_a.copy()
    for evse in range(result.size):
        if usable[evse] and current_a[evse] > limit_a[evse] + tolerance_a:
            result[evse] = max(result[evse], current_a[evse])
    return result


@njit(cache=True)
def drawn_anyway(
    limit_a: Floats,
    changed_s: Floats,
    current_a: Floats,
    sampled_s: Floats,
    usable: Bools,
    settle_s: float,
    tolerance: tuple[float, float],
) -> Floats:
    """Return the draw (n,) of those that a usable sample shows above their limit although it has stood for settle_s, 0
    elsewhere.

    tolerance: of the reading, as a part of the limit and in A.
    """
    result = np.zeros(limit_a.size)
    for evse in range(limit_a.size):
        has_settled = usable[evse] and sampled_s[evse] >= changed_s[evse] + settle_s
        if has_settled and current_a[evse] > limit_a[evse] * (1.0 + tolerance[0]) + tolerance[1]:
            result[evse] = current_a[evse]
    return result


@njit(cache=True)
def to_send(
    changed: Bools,
    lease_until_s: Floats,
    serial: Ints,
    confirmed_serial: Ints,
    lease_s: float,
    now_s: float,
) -> Ints:
    """Return the EVSEs whose limits go out, (k,): changed, unconfirmed for a while, or their lease is half over."""
    send = changed
    if lease_s > 0.0:
        send = changed.copy()
        for evse in range(send.size):
            left_s = lease_until_s[evse] - now_s
            unheard = confirmed_serial[evse] < serial[evse] and left_s <= lease_s * 0.9 + 1e-6
            send[evse] = send[evse] or unheard or left_s < lease_s / 2
    return np.flatnonzero(send)


@njit(cache=True)
def grant(
    evses: Ints,
    new_a: Floats,
    now_s: float,
    lease_s: float,
    next_serial: int,
    limit_a: Floats,
    serial: Ints,
    lease_until_s: Floats,
    previous_serial: Ints,
    previous_until_s: Floats,
    earlier_a: Floats,
    earlier_until_s: Floats,
    followed: Bools,
) -> tuple[Floats, Ints, Bools]:
    """Return the fields of `grants.Grants` after limits went out to some EVSEs.

    (5, n): limit, end of its lease, end of the one before, the highest earlier limit, end of the last earlier lease.
    (2, n): serial, and the one before. (n,): who follows its newest limit.
    """
    floats, ints = np.empty((5, limit_a.size)), np.empty((2, limit_a.size), dtype=np.int64)
    floats[0], floats[1], floats[2], floats[3], floats[4] = (
        limit_a,
        lease_until_s,
        previous_until_s,
        earlier_a,
        earlier_until_s,
    )
    ints[0], ints[1] = serial, previous_serial
    obeyed = followed.copy()
    for evse in evses:
        # An earlier limit is gone once the newest was followed, or its own lease is over.
        is_gone = followed[evse] or now_s >= earlier_until_s[evse]
        floats[0, evse] = new_a[evse]
        floats[1, evse] = now_s + lease_s if lease_s > 0.0 else np.inf
        floats[2, evse] = lease_until_s[evse]
        floats[3, evse] = limit_a[evse] if is_gone else max(earlier_a[evse], limit_a[evse])
        floats[4, evse] = lease_until_s[evse] if is_gone else max(earlier_until_s[evse], lease_until_s[evse])
        ints[0, evse], ints[1, evse] = next_serial, serial[evse]
        next_serial += 1
        obeyed[evse] = False
    return floats, ints, obeyed


@njit(cache=True)
def confirmed(
    evses: Ints,
    told_serial: Ints,
    told_until_s: Floats,
    time_s: float,
    confirmed_serial: Ints,
    confirmed_s: Floats,
    sure_until_s: Floats,
    serial: Ints,
    lease_until_s: Floats,
    previous_serial: Ints,
    previous_until_s: Floats,
) -> tuple[Ints, Floats, bool]:
    """Return the newest confirmed serials (n,), when they were confirmed and until when a lease surely holds (2, n), after
    confirmations (k,), each good until told_until_s (k,) or the end of its lease; and whether any is new.

    Of a lease before the last two the end is not known any more; an older certainty stands. A serial that was never sent
    confirms nothing, and must not hide the real confirmations that follow.
    """
    newest = confirmed_serial.copy()
    moments = np.empty((2, newest.size))
    moments[0], moments[1] = confirmed_s, sure_until_s
    is_new = False
    for told in range(evses.size):
        evse = evses[told]
        if told_serial[told] <= newest[evse] or told_serial[told] > serial[evse]:
            continue
        is_new = True
        newest[evse] = told_serial[told]
        moments[0, evse] = time_s
        if newest[evse] == serial[evse]:
            moments[1, evse] = min(told_until_s[told], lease_until_s[evse])
        elif newest[evse] >= previous_serial[evse]:
            sure_s = min(told_until_s[told], previous_until_s[evse])
            moments[1, evse] = max(sure_until_s[evse], sure_s)
    return newest, moments, is_new

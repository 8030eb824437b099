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
    lowering_s: float,
) -> Floats:
    """Return the most each EVSE may still draw under any limit that may be in force, (n,).

    lowering_s: so much before its end a lease counts as over already.
    """
    ceiling = limit_a.copy()
    for evse in range(ceiling.size):
        if not followed[evse] and now_s < earlier_until_s[evse]:
            ceiling[evse] = max(ceiling[evse], earlier_a[evse])
        if now_s + lowering_s >= sure_until_s[evse]:
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
    log: Floats,
    lease_s: float,
    now_s: float,
) -> Ints:
    """Return the EVSEs whose limits go out, (k,): changed, unconfirmed for a while, or their lease is half over.

    Where leases became shorter the newest one still ends with those before: only the log tells when it was sent.
    """
    send = changed
    if lease_s > 0.0:
        send = changed.copy()
        for evse in range(send.size):
            left_s = lease_until_s[evse] - now_s
            waits = left_s <= lease_s * 0.9 + 1e-6
            if left_s > lease_s and confirmed_serial[evse] < serial[evse]:
                place = np.searchsorted(log[FIRST_SERIAL], float(serial[evse]), side="right") - 1
                waits = place < 0 or now_s - log[SENT, place] >= lease_s * 0.1 - 1e-6
            unheard = confirmed_serial[evse] < serial[evse] and waits
            send[evse] = send[evse] or unheard or left_s < lease_s / 2
    return np.flatnonzero(send)


# What `Grants.past_a` and `Grants.log_s` hold, by their first index.
LIMIT, UNTIL, SERIAL = 0, 1, 2
FIRST_SERIAL, SENT, ENDS = 0, 1, 2
PAST_COUNT = 8  # limits of each EVSE that are told apart; beyond that the two oldest count as one


@njit(cache=True)
def push(
    past: Floats, evse: int, limit: tuple[float, float, float], is_gone: bool, now_s: float
) -> tuple[float, float]:
    """Put an EVSE's limit (amperes, end of its lease, serial) in front of its earlier ones in `past`, without those that are
    over, all of them where is_gone; return the highest that is left and when the last of them ends.

    Renewals of one limit are one. Of more than are kept, the two oldest become one: the higher limit and the later end.
    """
    count = 0
    for place in range(PAST_COUNT):
        held = past[LIMIT, place, evse], past[UNTIL, place, evse], past[SERIAL, place, evse]
        past[LIMIT, place, evse], past[UNTIL, place, evse], past[SERIAL, place, evse] = 0.0, -np.inf, -1.0
        if not is_gone and held[UNTIL] > now_s:
            past[LIMIT, count, evse], past[UNTIL, count, evse], past[SERIAL, count, evse] = held
            count += 1
    limit_a, until_s, serial = limit
    if until_s > now_s:
        if count and past[LIMIT, 0, evse] == limit_a:
            until_s = max(until_s, past[UNTIL, 0, evse])
        else:
            if count == PAST_COUNT:
                last, oldest = count - 2, count - 1
                past[LIMIT, last, evse] = max(past[LIMIT, last, evse], past[LIMIT, oldest, evse])
                past[UNTIL, last, evse] = max(past[UNTIL, last, evse], past[UNTIL, oldest, evse])
                count -= 1
            for place in range(count, 0, -1):
                past[:, place, evse] = past[:, place - 1, evse]
        past[LIMIT, 0, evse], past[UNTIL, 0, evse], past[SERIAL, 0, evse] = limit_a, until_s, serial
    return past[LIMIT, :, evse].max(), past[UNTIL, :, evse].max()


@njit(cache=True)
def grant(
    evses: Ints,
    new_a: Floats,
    now_s: float,
    until_s: float,
    next_serial: int,
    limit_a: Floats,
    serial: Ints,
    lease_until_s: Floats,
    value_serial: Ints,
    value_s: Floats,
    past: Floats,
    earlier_a: Floats,
    earlier_until_s: Floats,
    followed: Bools,
) -> tuple[Floats, Ints, Floats, Bools]:
    """Return the fields of `grants.Grants` after limits went out to some EVSEs, all until one moment.

    (5, n): limit, end of its lease, since when its value surely arrived, the highest earlier limit, end of the last earlier
    lease. (2, n): serial, and the first of this value. (3, PAST_COUNT, n): past. (n,): who follows its newest limit.
    """
    floats, ints = np.empty((5, limit_a.size)), np.empty((2, limit_a.size), dtype=np.int64)
    floats[0], floats[1], floats[2], floats[3], floats[4] = (
        limit_a,
        lease_until_s,
        value_s,
        earlier_a,
        earlier_until_s,
    )
    ints[0], ints[1] = serial, value_serial
    obeyed, before = followed.copy(), past.copy()
    for evse in evses:
        # An earlier limit is gone once the newest was followed, or its own lease is over.
        is_gone = followed[evse] or now_s >= earlier_until_s[evse]
        held = limit_a[evse], lease_until_s[evse], float(serial[evse])
        floats[3, evse], floats[4, evse] = push(before, evse, held, is_gone, now_s)
        if new_a[evse] != limit_a[evse]:
            ints[1, evse], floats[2, evse] = next_serial, np.inf
        floats[0, evse], floats[1, evse] = new_a[evse], until_s
        ints[0, evse] = next_serial
        next_serial += 1
        obeyed[evse] = False
    return floats, ints, before, obeyed


@njit(cache=True)
def confirmed(
    evses: Ints,
    told_serial: Ints,
    told_until_s: Floats,
    time_s: float,
    log: Floats,
    confirmed_serial: Ints,
    confirmed_s: Floats,
    sure_until_s: Floats,
    mark_serial: Ints,
    mark_s: Floats,
    round_trip_s: Floats,
    serial: Ints,
    lease_until_s: Floats,
    value_serial: Ints,
    value_s: Floats,
    void_serial: Ints,
) -> tuple[Ints, Floats, bool]:
    """Return the newest confirmed serials and those to watch (2, n); when they were confirmed, until when a lease surely holds,
    when those to watch were confirmed, the round trips, and since when the newest value surely arrived (5, n), after
    confirmations (k,), each good until told_until_s (k,) or the end of its lease; and whether any is new.

    Of a lease too long ago for the log the end is not known any more; an older certainty stands. A serial that was never
    sent confirms nothing, and must not hide the real confirmations that follow; one from before a restart says nothing of
    what the station holds since.
    """
    serials = np.empty((2, serial.size), dtype=np.int64)
    serials[0], serials[1] = confirmed_serial, mark_serial
    moments = np.empty((5, serial.size))
    moments[0], moments[1], moments[2] = confirmed_s, sure_until_s, mark_s
    moments[3], moments[4] = round_trip_s, value_s
    is_new = False
    for told in range(evses.size):
        evse, known = evses[told], told_serial[told]
        if known <= serials[0, evse] or known > serial[evse]:
            continue
        is_new = True
        place = np.searchsorted(log[FIRST_SERIAL], float(known), side="right") - 1
        serials[0, evse], moments[0, evse] = known, time_s
        if serials[1, evse] < 0:
            serials[1, evse], moments[2, evse] = known, time_s
        if known >= value_serial[evse] and moments[4, evse] == np.inf:
            moments[4, evse] = time_s
        if place >= 0:
            trip_s = max(time_s - log[SENT, place], 0.0)
            moments[3, evse] = max(trip_s, 0.9 * moments[3, evse] + 0.1 * trip_s)
        if known == serial[evse]:
            moments[1, evse] = min(told_until_s[told], lease_until_s[evse])
        elif known > void_serial[evse] and place >= 0:
            moments[1, evse] = max(moments[1, evse], min(told_until_s[told], log[ENDS, place]))
    return serials, moments, is_new


@njit(cache=True)
def caught_up(
    current_a: Floats,
    sampled_s: Floats,
    believed: Bools,
    tolerance_a: float,
    past: Floats,
    limit_a: Floats,
    earlier_a: Floats,
    earlier_until_s: Floats,
    confirmed_serial: Ints,
    confirmed_s: Floats,
    mark_serial: Ints,
    mark_s: Floats,
) -> tuple[Floats, Floats, Ints, bool]:
    """Return the past (3, PAST_COUNT, n), the highest earlier limit, the end of the last earlier lease and when the watched
    confirmations came (3, n), the watched serials (n,), and whether any changed.

    A believed reading from after a watched confirmation, of no more than the limits since allow, shows that those before are
    gone. Then the newest confirmation is watched: were it always the newest, a reading that is later than it would never come.
    """
    floats, after, serials, is_any = np.empty((3, limit_a.size)), past, mark_serial, False
    floats[0], floats[1], floats[2] = earlier_a, earlier_until_s, mark_s
    for evse in range(limit_a.size):
        if mark_serial[evse] < 0 or not believed[evse] or sampled_s[evse] < mark_s[evse]:
            continue
        most_a = limit_a[evse]
        for place in range(PAST_COUNT):
            if past[SERIAL, place, evse] >= mark_serial[evse]:
                most_a = max(most_a, past[LIMIT, place, evse])
        if not current_a[evse] <= most_a + tolerance_a:
            continue
        if not is_any:
            after, serials, is_any = past.copy(), mark_serial.copy(), True
        for place in range(PAST_COUNT):
            if after[SERIAL, place, evse] < mark_serial[evse]:
                after[LIMIT, place, evse], after[UNTIL, place, evse] = 0.0, -np.inf
                after[SERIAL, place, evse] = -1.0
        floats[0, evse] = after[LIMIT, :, evse].max()
        floats[1, evse] = after[UNTIL, :, evse].max()
        is_newer = confirmed_serial[evse] > mark_serial[evse]
        serials[evse] = confirmed_serial[evse] if is_newer else -1
        floats[2, evse] = confirmed_s[evse] if is_newer else np.inf
    return after, floats, serials, is_any

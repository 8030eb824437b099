"""Which limits may be in force: every limit sent is a lease, and an earlier one counts until it is surely gone.

An EVSE holds the newest limit that reached it, until that lease ends; then it falls back to its offline limit by
itself. So what it may still draw (the ceiling) is the highest of: the limit sent last; an earlier one, until the
station confirmed the newest and its current followed, or the earlier lease ended; and the offline limit, from the
moment no lease that surely reached it lasts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.kernels import (
    ENDS,
    PAST_COUNT,
    SENT,
    SERIAL,
    UNTIL,
    caught_up,
    ceilings,
    confirmed,
    grant,
    push,
)
from voltloom.decision.command import SetLimits
from voltloom.safety.settings import SafetySettings
from voltloom.session.events import LimitsAcknowledged
from voltloom.site.network import Bools, Floats, Ints

LOG_S = 3600.0  # no lease is longer (live/config/tables.py), and no answer later counts
LOG_STEP_S = 1.0  # commands nearer to each other are one, with its lease, unless theirs is longer by more
FREE_TRIP_RATIO = 0.1  # of a lease: what is not confirmed after that is sent again anyway
GROWTH = 2.0  # of leases, in each second: as fast as a trip that is still under way can make them grow


class Grants(NamedTuple):
    """Limits by EVSE, (n,).

    limit_a, serial, lease_until_s: sent last. value_serial, value_s: the first serial of that limit, renewals left out, and
    since when it surely arrived (inf: nobody knows that it did). past_a: (3, PAST_COUNT, n) earlier limits that may be in
    force, ends of their leases and serials, the newest first. earlier_a, earlier_until_s: the highest of them, and the last
    end. confirmed_serial, confirmed_s: newest acknowledgement. mark_serial, mark_s: the one that a reading is awaited for, -1
    and inf for none. sure_until_s: when the last lease ends that surely reached the station. round_trip_s: how late
    confirmations have been lately. void_serial: what was sent up to there does not tell what a station holds that restarted
    since. followed: the newest limit was acknowledged and the current has followed it since. log_s: (3, l) first serial, time
    and end of the leases of each command of the last hour. next_serial: for the next command.
    """

    limit_a: Floats
    serial: Ints
    lease_until_s: Floats
    value_serial: Ints
    value_s: Floats
    past_a: Floats
    earlier_a: Floats
    earlier_until_s: Floats
    confirmed_serial: Ints
    confirmed_s: Floats
    mark_serial: Ints
    mark_s: Floats
    sure_until_s: Floats
    round_trip_s: Floats
    void_serial: Ints
    followed: Bools
    log_s: Floats
    next_serial: int


def unknown_grants(max_a: Floats, now_s: float, lease_s: float, longest_s: float) -> Grants:
    """Return what a controller must assume that has just started: any limit may be in force for the longest lease."""
    count = max_a.size
    none = np.full(count, -1, dtype=np.int64)
    earlier_until_s = np.full(count, now_s + max(lease_s, longest_s) if lease_s > 0.0 else np.inf)
    return Grants(
        limit_a=np.zeros(count),
        serial=np.zeros(count, dtype=np.int64),
        lease_until_s=np.full(count, -np.inf),
        value_serial=np.zeros(count, dtype=np.int64),
        value_s=np.full(count, np.inf),
        past_a=_pushed(_no_past(count), max_a, earlier_until_s, 0, now_s),
        earlier_a=max_a.copy(),
        earlier_until_s=earlier_until_s,
        confirmed_serial=none,
        confirmed_s=np.full(count, -np.inf),
        mark_serial=none,
        mark_s=np.full(count, np.inf),
        sure_until_s=np.full(count, now_s + lease_s if lease_s > 0.0 else np.inf),
        round_trip_s=np.zeros(count),
        void_serial=none,
        followed=np.zeros(count, dtype=np.bool_),
        log_s=np.empty((3, 0)),
        # Milliseconds: a controller that lost its memory still begins above what stations have heard.
        next_serial=max(1, int(now_s * 1000.0)),
    )


def _no_past(count: int) -> Floats:
    past_a = np.zeros((3, PAST_COUNT, count))
    past_a[UNTIL], past_a[SERIAL] = -np.inf, -1.0
    return past_a


def _pushed(past_a: Floats, limit_a: Floats, until_s: Floats, serial: int, now_s: float) -> Floats:
    """Return a past (3, PAST_COUNT, n) with a limit of every EVSE, (n,), in front."""
    after = past_a.copy()
    for evse in range(limit_a.size):
        push(after, evse, (float(limit_a[evse]), float(until_s[evse]), float(serial)), False, now_s)
    return after


def granted(grants: Grants, evses: Ints, limit_a: Floats, *, now_s: float, lease_s: float) -> Grants:
    """Return the grants after sending limits (n,) to some EVSEs (k,).

    No lease ends before one that was given earlier, also where leases become shorter: what is sure of the earlier one is sure
    of all that came after it.
    """
    log_s = grants.log_s
    until_s = now_s + lasts_s(grants, lease_s, now_s) if lease_s > 0.0 else np.inf
    is_one = bool(log_s.size) and now_s - log_s[SENT, -1] < LOG_STEP_S
    if is_one and until_s <= log_s[ENDS, -1] + LOG_STEP_S:
        until_s = float(log_s[ENDS, -1])
    else:
        kept = int(np.searchsorted(log_s[SENT], now_s - LOG_S))
        newest = np.array([[float(grants.next_serial)], [now_s], [until_s]])
        log_s = np.concatenate((log_s[:, kept:], newest), axis=1)
    floats, (serial, value_serial), past_a, followed = grant(
        evses,
        limit_a,
        now_s,
        until_s,
        grants.next_serial,
        grants.limit_a,
        grants.serial,
        grants.lease_until_s,
        grants.value_serial,
        grants.value_s,
        grants.past_a,
        grants.earlier_a,
        grants.earlier_until_s,
        grants.followed,
    )
    held_a, lease_until_s, value_s, earlier_a, earlier_until_s = floats
    return Grants(
        limit_a=held_a,
        serial=serial,
        lease_until_s=lease_until_s,
        value_serial=value_serial,
        value_s=value_s,
        past_a=past_a,
        earlier_a=earlier_a,
        earlier_until_s=earlier_until_s,
        confirmed_serial=grants.confirmed_serial,
        confirmed_s=grants.confirmed_s,
        mark_serial=grants.mark_serial,
        mark_s=grants.mark_s,
        sure_until_s=grants.sure_until_s,
        round_trip_s=grants.round_trip_s,
        void_serial=grants.void_serial,
        followed=followed,
        log_s=log_s,
        next_serial=grants.next_serial + evses.size,
    )


def lasts_s(grants: Grants, lease_s: float, now_s: float) -> float:
    """Return how long a lease of lease_s would hold that is given now: none ends before one that was given earlier."""
    log_s = grants.log_s
    if lease_s > 0.0 and log_s.size and log_s[ENDS, -1] < np.inf:
        return max(lease_s, float(log_s[ENDS, -1]) - now_s)
    return lease_s


def put_out(
    grants: Grants, evses: Ints, limit_a: Floats, *, now_s: float, lease_s: float
) -> tuple[Grants, SetLimits]:
    """Return the grants after limits (k,) were sent to EVSEs (k,), and the command that sends them; limit_a: (n,)."""
    after = granted(grants, evses, limit_a, now_s=now_s, lease_s=lease_s)
    command = SetLimits(
        time_s=now_s,
        evses=evses,
        limit_a=limit_a[evses],
        lease_until_s=after.lease_until_s[evses],
        serial=after.serial[evses],
    )
    return after, command


def acknowledged(grants: Grants, told: LimitsAcknowledged) -> Grants:
    """Return the grants after stations confirmed limits; confirmations of older limits change nothing."""
    until_s = np.full(told.evses.size, np.inf) if told.until_s is None else told.until_s
    (newest, mark_serial), moments, is_new = confirmed(
        told.evses,
        told.serial,
        until_s,
        told.time_s,
        grants.log_s,
        grants.confirmed_serial,
        grants.confirmed_s,
        grants.sure_until_s,
        grants.mark_serial,
        grants.mark_s,
        grants.round_trip_s,
        grants.serial,
        grants.lease_until_s,
        grants.value_serial,
        grants.value_s,
        grants.void_serial,
    )
    if not is_new:
        return grants
    confirmed_s, sure_until_s, mark_s, round_trip_s, value_s = moments
    return grants._replace(
        confirmed_serial=newest,
        confirmed_s=confirmed_s,
        sure_until_s=sure_until_s,
        mark_serial=mark_serial,
        mark_s=mark_s,
        round_trip_s=round_trip_s,
        value_s=value_s,
    )


def obeyed(grants: Grants, newly: Bools) -> Grants:
    """Return the grants where some EVSEs (n,) follow their newest limit from now on: it was confirmed, and seen obeyed since."""
    return grants._replace(followed=grants.followed | newly)


def overtaken(
    grants: Grants, current_a: Floats, sampled_s: Floats, believed: Bools, tolerance_a: float
) -> Grants:
    """Return the grants without the earlier limits that readings show to be gone, (n,) each: an EVSE holds the confirmed limit or
    a newer one, and draws no more than they allow. believed: the reading is plausible, however old; it speaks of its moment.
    """
    past_a, (earlier_a, earlier_until_s, mark_s), mark_serial, is_any = caught_up(
        current_a,
        sampled_s,
        believed,
        tolerance_a,
        grants.past_a,
        grants.limit_a,
        grants.earlier_a,
        grants.earlier_until_s,
        grants.confirmed_serial,
        grants.confirmed_s,
        grants.mark_serial,
        grants.mark_s,
    )
    if not is_any:
        return grants
    return grants._replace(
        past_a=past_a,
        earlier_a=earlier_a,
        earlier_until_s=earlier_until_s,
        mark_serial=mark_serial,
        mark_s=mark_s,
    )


def booted(grants: Grants, evse: int) -> Grants:
    """Return the grants after a station restarted: it holds its offline limit, or what was on its way to it meanwhile."""
    past_a, followed, void_serial = grants.past_a.copy(), grants.followed.copy(), grants.void_serial.copy()
    earlier_a, earlier_until_s = grants.earlier_a.copy(), grants.earlier_until_s.copy()
    lease_until_s, sure_until_s = grants.lease_until_s.copy(), grants.sure_until_s.copy()
    newest = grants.limit_a.item(evse), lease_until_s.item(evse), float(grants.serial[evse])
    earlier_a[evse], earlier_until_s[evse] = push(past_a, evse, newest, followed.item(evse), -np.inf)
    void_serial[evse] = grants.serial[evse]
    lease_until_s[evse] = sure_until_s[evse] = -np.inf
    followed[evse] = False
    return grants._replace(
        past_a=past_a,
        earlier_a=earlier_a,
        earlier_until_s=earlier_until_s,
        lease_until_s=lease_until_s,
        sure_until_s=sure_until_s,
        void_serial=void_serial,
        followed=followed,
    )


def renewed_unseen(grants: Grants, now_s: float, longest_s: float) -> Grants:
    """Return the grants of a controller that goes on after a restart: no number of a limit is given twice, and the limit known
    last may have been renewed up to now without being kept, so it counts for longest_s beside a newer one. Of those
    renewals nobody knows the numbers: until a limit of now is confirmed, no reading shows that they are gone.
    """
    next_serial = max(grants.next_serial + grants.serial.size, int(now_s * 1000.0))
    until_s = np.full(grants.limit_a.size, now_s + longest_s if longest_s > 0.0 else np.inf)
    is_gone = grants.followed | (now_s >= grants.earlier_until_s)
    earlier_a = np.where(is_gone, grants.limit_a, np.maximum(grants.earlier_a, grants.limit_a))
    return grants._replace(
        serial=np.full(until_s.size, next_serial - 1),
        past_a=_pushed(_no_past(until_s.size), earlier_a, until_s, next_serial - 1, now_s),
        earlier_a=earlier_a,
        earlier_until_s=until_s,
        followed=np.zeros(until_s.size, dtype=np.bool_),
        next_serial=next_serial,
    )


class Pace(NamedTuple):
    """How long limits hold now, and how long before a lease ends unconfirmed others are lowered. is_slow: leases that are given
    now last longer than usual. round_trip_s: how late confirmations are, 0 where leases have room for it.
    """

    lease_s: float
    lowering_s: float
    is_slow: bool
    round_trip_s: float


def pace_of(grants: Grants, settings: SafetySettings, period_s: float, now_s: float) -> Pace:
    """Return the pace at which limits come through.

    A lease grows by twice what confirmations are late beyond the room it has anyway: before its second half is over, a
    renewal is confirmed. The middle one of the EVSEs that confirmed in the last hour counts: a few bad lines do not speak for
    a site. Room is made `confirm_s` and that lateness before a lease ends, but never where its renewal is merely due.
    """
    lease_s, trip_s = settings.lease_s, 0.0
    free_s = FREE_TRIP_RATIO * lease_s
    if lease_s > 0.0 and settings.longest_lease_s > lease_s and (grants.round_trip_s > free_s).any():
        trips_s = grants.round_trip_s[grants.confirmed_s > now_s - LOG_S]
        middle_s = float(np.median(trips_s)) if trips_s.size else 0.0
        trip_s = middle_s if middle_s > free_s else 0.0
        lease_s = min(lease_s + 2.0 * max(0.0, trip_s - free_s), reserve_s(grants, settings, now_s))
    lowering_s = min(settings.confirm_s + trip_s, lease_s / 2.0 - 1.5 * period_s)
    # Where leases become shorter again, those that are given now still end with the long ones before.
    is_slow = lasts_s(grants, lease_s, now_s) > settings.lease_s + LOG_STEP_S
    return Pace(lease_s, max(0.0, lowering_s), is_slow, trip_s)


def reserve_s(grants: Grants, settings: SafetySettings, now_s: float) -> float:
    """Return how long a lease can last at the most that is given by now, whatever has been heard since the last one that is known.

    Leases grow no faster than `GROWTH`. So a controller that goes on after a restart knows what its last leases can have become.
    """
    longest_s = max(settings.lease_s, settings.longest_lease_s)
    if settings.lease_s <= 0.0 or not grants.log_s.size:
        return longest_s if settings.lease_s > 0.0 else 0.0
    sent_s, ends_s = float(grants.log_s[SENT, -1]), float(grants.log_s[ENDS, -1])
    return min(max(settings.lease_s, ends_s - sent_s) + GROWTH * max(now_s - sent_s, 0.0), longest_s)


def ceiling_a(grants: Grants, offline_a: Floats, now_s: float, lowering_s: float = 0.0) -> Floats:
    """Return the most each EVSE may still draw under any limit that may be in force, (n,)."""
    ceiling: Floats = ceilings(
        grants.limit_a,
        grants.earlier_a,
        grants.earlier_until_s,
        grants.sure_until_s,
        grants.followed,
        offline_a,
        now_s,
        lowering_s,
    )
    return ceiling

"""Which limits may be in force: every limit sent is a lease, and an earlier one counts until it is surely gone.

An EVSE holds the newest limit that reached it, until that lease ends; then it falls back to its offline limit by
itself. So what it may still draw (the ceiling) is the highest of: the limit sent last; an earlier one, until the
station confirmed the newest and its current followed, or the earlier lease ended; and the offline limit, from the
moment no lease that surely reached it lasts.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.kernels import ceilings, confirmed, grant
from voltloom.decision.command import SetLimits
from voltloom.session.events import LimitsAcknowledged
from voltloom.site.network import Bools, Floats, Ints


class Grants(NamedTuple):
    """Limits by EVSE, (n,).

    limit_a, serial, lease_until_s: sent last. previous_serial, previous_until_s: sent before that. earlier_a,
    earlier_until_s: the highest earlier limit that may be in force, and when the last earlier lease ends.
    confirmed_serial, confirmed_s: newest acknowledgement. sure_until_s: when the last lease ends that surely reached
    the station. followed: the newest limit was acknowledged and the current has followed it since. next_serial: for
    the next command.
    """

    limit_a: Floats
    serial: Ints
    lease_until_s: Floats
    previous_serial: Ints
    previous_until_s: Floats
    earlier_a: Floats
    earlier_until_s: Floats
    confirmed_serial: Ints
    confirmed_s: Floats
    sure_until_s: Floats
    followed: Bools
    next_serial: int


def unknown_grants(max_a: Floats, now_s: float, lease_s: float) -> Grants:
    """Return what a controller must assume that has just started: any limit may be in force for one lease."""
    count = max_a.size
    return Grants(
        limit_a=np.zeros(count),
        serial=np.zeros(count, dtype=np.int64),
        lease_until_s=np.full(count, -np.inf),
        previous_serial=np.zeros(count, dtype=np.int64),
        previous_until_s=np.full(count, -np.inf),
        earlier_a=max_a.copy(),
        earlier_until_s=np.full(count, now_s + lease_s if lease_s > 0.0 else np.inf),
        confirmed_serial=np.full(count, -1, dtype=np.int64),
        confirmed_s=np.full(count, -np.inf),
        sure_until_s=np.full(count, now_s + lease_s if lease_s > 0.0 else np.inf),
        followed=np.zeros(count, dtype=np.bool_),
        # Milliseconds: a controller that lost its memory still begins above what stations have heard.
        next_serial=max(1, int(now_s * 1000.0)),
    )


def granted(grants: Grants, evses: Ints, limit_a: Floats, *, now_s: float, lease_s: float) -> Grants:
    """Return the grants after sending limits (n,) to some EVSEs (k,)."""
    floats, (serial, previous_serial), followed = grant(
        evses,
        limit_a,
        now_s,
        lease_s,
        grants.next_serial,
        grants.limit_a,
        grants.serial,
        grants.lease_until_s,
        grants.previous_serial,
        grants.previous_until_s,
        grants.earlier_a,
        grants.earlier_until_s,
        grants.followed,
    )
    held_a, lease_until_s, previous_until_s, earlier_a, earlier_until_s = floats
    return Grants(
        limit_a=held_a,
        serial=serial,
        lease_until_s=lease_until_s,
        previous_serial=previous_serial,
        previous_until_s=previous_until_s,
        earlier_a=earlier_a,
        earlier_until_s=earlier_until_s,
        confirmed_serial=grants.confirmed_serial,
        confirmed_s=grants.confirmed_s,
        sure_until_s=grants.sure_until_s,
        followed=followed,
        next_serial=grants.next_serial + evses.size,
    )


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
    newest, (confirmed_s, sure_until_s), is_new = confirmed(
        told.evses,
        told.serial,
        until_s,
        told.time_s,
        grants.confirmed_serial,
        grants.confirmed_s,
        grants.sure_until_s,
        grants.serial,
        grants.lease_until_s,
        grants.previous_serial,
        grants.previous_until_s,
    )
    if not is_new:
        return grants
    return grants._replace(confirmed_serial=newest, confirmed_s=confirmed_s, sure_until_s=sure_until_s)


def obeyed(grants: Grants, newly: Bools) -> Grants:
    """Return the grants where some EVSEs (n,) follow their newest limit from now on: it was confirmed, and seen obeyed since."""
    return grants._replace(followed=grants.followed | newly)


def booted(grants: Grants, evse: int) -> Grants:
    """Return the grants after a station restarted: it holds its offline limit, no lease."""
    lease_until_s, sure_until_s = grants.lease_until_s.copy(), grants.sure_until_s.copy()
    lease_until_s[evse] = sure_until_s[evse] = -np.inf
    followed = grants.followed.copy()
    followed[evse] = False
    return grants._replace(lease_until_s=lease_until_s, sure_until_s=sure_until_s, followed=followed)


def ceiling_a(grants: Grants, offline_a: Floats, now_s: float) -> Floats:
    """Return the most each EVSE may still draw under any limit that may be in force, (n,)."""
    ceiling: Floats = ceilings(
        grants.limit_a,
        grants.earlier_a,
        grants.earlier_until_s,
        grants.sure_until_s,
        grants.followed,
        offline_a,
        now_s,
    )
    return ceiling

"""What operators ordered for visits by hand: bounds on what an architecture may give, and who comes before all others.

A bound is the visit's own maximum for as long as it lasts, so every architecture and every fallback keeps it; the envelope comes
after both and only lowers.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from voltloom.allocation.contract import Proposals
from voltloom.allocation.kernels import admitted, greedy_fill
from voltloom.allocation.sharing import division
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SessionColumns, SiteSnapshot
from voltloom.session.events import OutletOrdered
from voltloom.session.facts import SessionFacts
from voltloom.session.outlet_order import OutletOrder
from voltloom.site.network import Bools, Floats, Ints

CLOSE_A: Final = 1.0  # the largest step between two currents that a station can offer
# With no circuit full, what these tell of one at its bound is the bound.
_BY_BOUND: Final = [
    int(cause)
    for cause in (Cause.VEHICLE_MAXIMUM, Cause.SHARED, Cause.PRIORITY, Cause.PILOT_STEP, Cause.FALLBACK_EQUAL)
]


def with_order(
    orders: tuple[OutletOrder, ...], event: OutletOrdered, visit: SessionFacts | None
) -> tuple[OutletOrder, ...]:
    """Return the orders with another one in the place of what was ordered for the same outlet. visit: the one there."""
    others = tuple(one for one in orders if one.evse != event.evse)
    if visit is None or (event.most_a is None and not event.is_boosted):
        return others
    told = OutletOrder(event.evse, visit.serial, event.most_a, event.is_boosted, event.until_s)
    return (*others, told)


def lasting(
    orders: tuple[OutletOrder, ...], sessions: SessionColumns, now_s: float
) -> tuple[OutletOrder, ...]:
    """Return the orders that have not ended and whose visit is still there."""
    return tuple(
        one
        for one in orders
        if now_s < one.until_s and sessions.present[one.evse] and sessions.serial[one.evse] == one.serial
    )


def most_a(orders: tuple[OutletOrder, ...], count: int) -> Floats:
    """Return the most that each outlet may be given by orders that last, (n,); inf where nobody ordered anything."""
    found = np.full(count, np.inf)
    for one in orders:
        if one.most_a is not None:
            found[one.evse] = one.most_a
    return found


def under_orders(snapshot: SiteSnapshot, orders: tuple[OutletOrder, ...]) -> SiteSnapshot:
    """Return a snapshot in which visits take no more than was ordered; below its minimum a vehicle gets nothing."""
    orders = lasting(orders, snapshot.sessions, snapshot.now_s)
    if not orders:
        return snapshot
    sessions = snapshot.sessions
    bound_a = most_a(orders, sessions.max_a.size)
    paused = bound_a < sessions.min_a
    wanting = paused & (sessions.wants_power | sessions.keeps_minimum)
    feeds_a = np.minimum(sessions.most_discharge_a, np.where(paused, 0.0, bound_a))
    return snapshot._replace(
        sessions=sessions._replace(
            wants_power=sessions.wants_power & ~paused,
            keeps_minimum=sessions.keeps_minimum & ~paused,
            idle_cause=np.where(wanting, int(Cause.ORDERED), sessions.idle_cause),
            max_a=np.where(paused, sessions.max_a, np.minimum(sessions.max_a, bound_a)),
            most_discharge_a=np.where(_boosted(orders, paused.size), 0.0, feeds_a),
        )
    )


def told(proposals: Proposals, orders: tuple[OutletOrder, ...], snapshot: SiteSnapshot) -> Proposals:
    """Return proposals whose cause is the order wherever one is all that bounds a vehicle."""
    orders = lasting(orders, snapshot.sessions, snapshot.now_s)
    if not orders:
        return proposals
    bound_a = most_a(orders, proposals.current_a.size)
    is_bound = (proposals.current_a > 0.0) & (proposals.current_a > bound_a - CLOSE_A)
    by_order = is_bound & (proposals.binding_row < 0) & np.isin(proposals.cause, _BY_BOUND)
    return proposals._replace(cause=np.where(by_order, int(Cause.ORDERED), proposals.cause))


class First(NamedTuple):
    """Who comes before all others, (n,), with what they get and the row that binds each (-1: none); what is left for the rest."""

    members: Bools
    current_a: Floats
    binding_row: Ints
    rest: SiteSnapshot


def first_of(snapshot: SiteSnapshot, orders: tuple[OutletOrder, ...]) -> First | None:
    """Return what the boosted get, None where nobody is.

    They have their minimum first, then those who are being served keep theirs (slower before paused), then the boosted
    get all that is left, the longest visit first.
    """
    orders = lasting(orders, snapshot.sessions, snapshot.now_s)
    if not any(one.is_boosted for one in orders):
        return None
    todo, sessions, network = division(snapshot), snapshot.sessions, snapshot.network
    members = _boosted(orders, todo.candidates.size) & todo.candidates & ~todo.courtesy
    if not members.any():
        return None
    served = todo.candidates & ~todo.courtesy & ~members & (snapshot.setpoint_a > 0.0)
    by_serial = np.argsort(sessions.serial, kind="stable")
    own, others = by_serial[members[by_serial]], by_serial[served[by_serial]]
    order = np.concatenate([own, others])
    let_in, blocked_by = admitted(snapshot.grid, sessions.column, todo.fixed_a, order, todo.min_a)
    current_a, binding_row = greedy_fill(
        snapshot.grid,
        sessions.column,
        np.where(let_in, todo.min_a, todo.fixed_a),
        own[let_in[own]],
        todo.min_a,
        np.maximum(todo.upper_a, todo.min_a),
        network.pilot_start,
        network.pilots_a,
    )
    rest = snapshot._replace(
        controllable=snapshot.controllable & ~members,
        reserved_a=np.where(members, current_a, snapshot.reserved_a),
    )
    return First(members, current_a, np.where(let_in, binding_row, blocked_by), rest)


def joined(rest: Proposals, first: First) -> Proposals:
    """Return the proposals of all: those of the boosted in place of what was proposed for them."""
    members = first.members
    cause = np.where(first.current_a > 0.0, int(Cause.BOOSTED), int(Cause.BELOW_MINIMUM))
    return rest._replace(
        current_a=np.where(members, first.current_a, rest.current_a),
        cause=np.where(members, cause, rest.cause),
        binding_row=np.where(members, first.binding_row, rest.binding_row),
        queue=rest.queue._replace(
            place=np.where(members, 0, rest.queue.place),
            expected_start_s=np.where(members, np.nan, rest.queue.expected_start_s),
        ),
    )


def _boosted(orders: tuple[OutletOrder, ...], count: int) -> Bools:
    found = np.zeros(count, dtype=np.bool_)
    for one in orders:
        found[one.evse] = one.is_boosted
    return found

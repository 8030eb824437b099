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
_BY_SHARE: Final = [int(Cause.SHARED), int(Cause.PRIORITY)]
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
    """Who comes before all others, (n,), with what they get and the row that binds each (-1: none); what is left for the rest.

    own: those of them that have their minimum, in their order. upper_a: the most each may get. behind: the others who get no
    more than their minimum, by_row: the row on which they make room, -1 elsewhere.
    """

    members: Bools
    current_a: Floats
    binding_row: Ints
    rest: SiteSnapshot
    own: Ints
    upper_a: Floats
    behind: Bools
    by_row: Ints


def first_of(snapshot: SiteSnapshot, orders: tuple[OutletOrder, ...]) -> First | None:
    """Return what the boosted get, None where nobody is.

    They have their minimum first, then everybody else who wants power has it, as far as minimums fit: who is being served
    (slower before paused), then who waits longest. The boosted get what is above that, the longest visit first.
    """
    orders = lasting(orders, snapshot.sessions, snapshot.now_s)
    if not any(one.is_boosted for one in orders):
        return None
    todo, sessions, network = division(snapshot), snapshot.sessions, snapshot.network
    members = _boosted(orders, todo.candidates.size) & todo.candidates & ~todo.courtesy
    if not members.any():
        return None
    others = todo.candidates & ~todo.courtesy & ~members
    by_serial = np.argsort(sessions.serial, kind="stable")
    is_waiting = snapshot.setpoint_a <= 0.0
    by_wait = np.lexsort((sessions.serial, -np.where(is_waiting, snapshot.idle_s, 0.0), is_waiting))
    own = by_serial[members[by_serial]]
    order = np.concatenate([own, by_wait[others[by_wait]]])
    let_in, blocked_by = admitted(snapshot.grid, sessions.column, todo.fixed_a, order, todo.min_a)
    own = own[let_in[own]]
    upper_a = np.maximum(todo.upper_a, todo.min_a)
    current_a, binding_row = greedy_fill(
        snapshot.grid,
        sessions.column,
        np.where(let_in, todo.min_a, todo.fixed_a),
        own,
        todo.min_a,
        upper_a,
        network.pilot_start,
        network.pilots_a,
    )
    by_row = _bound_by(snapshot, set(binding_row[own].tolist()) - {-1}, others)
    behind = (by_row >= 0) & (sessions.max_a > sessions.min_a)
    rest = snapshot._replace(
        controllable=snapshot.controllable & ~members,
        reserved_a=np.where(members, current_a, snapshot.reserved_a),
        sessions=sessions._replace(max_a=np.where(behind, sessions.min_a, sessions.max_a)),
    )
    binding_row = np.where(let_in, binding_row, blocked_by)
    return First(members, current_a, binding_row, rest, own, upper_a, behind, by_row)


def _bound_by(snapshot: SiteSnapshot, rows: set[int], others: Bools) -> Ints:
    """Return the row on which each of the others makes room for the boosted, (n,), -1 for none. rows: that bind a boosted one."""
    grid, column = snapshot.grid, snapshot.sessions.column
    found = np.full(others.size, -1, dtype=np.int64)
    for evse in others.nonzero()[0].tolist() if rows else []:
        loaded = grid.row[grid.start[column[evse]] : grid.start[column[evse] + 1]].tolist()
        found[evse] = next((row for row in loaded if row in rows), -1)
    return found


def joined(rest: Proposals, first: First, snapshot: SiteSnapshot) -> Proposals:
    """Return the proposals of all: those of the boosted in place of what was proposed for them.

    What the others do not take of their minimums goes to the boosted. Where no circuit binds, it is the vehicle that takes no more.
    """
    members, behind, network = first.members, first.behind, snapshot.network
    taken_a = np.where(snapshot.controllable, rest.current_a.clip(0.0), snapshot.reserved_a)
    current_a, binding_row = greedy_fill(
        snapshot.grid,
        snapshot.sessions.column,
        np.where(members, first.current_a, taken_a),
        first.own,
        snapshot.sessions.min_a,
        first.upper_a,
        network.pilot_start,
        network.pilots_a,
    )
    binding_row = np.where(np.isin(np.arange(members.size), first.own), binding_row, first.binding_row)
    served = np.where(binding_row >= 0, int(Cause.BOOSTED), int(Cause.VEHICLE_MAXIMUM))
    cause = np.where(current_a > 0.0, served, int(Cause.BELOW_MINIMUM))
    yields = behind & (rest.current_a > 0.0) & np.isin(rest.cause, _BY_BOUND)
    yields |= _shares_what_is_left(snapshot, rest, members, current_a)
    rest_cause = np.where(yields, int(Cause.AFTER_BOOST), rest.cause)
    return rest._replace(
        current_a=np.where(members, current_a, rest.current_a),
        cause=np.where(members, cause, rest_cause),
        binding_row=np.where(members, binding_row, np.where(yields & behind, first.by_row, rest.binding_row)),
        queue=rest.queue._replace(
            place=np.where(members, 0, rest.queue.place),
            expected_start_s=np.where(members, np.nan, rest.queue.expected_start_s),
        ),
    )


def _shares_what_is_left(snapshot: SiteSnapshot, rest: Proposals, members: Bools, current_a: Floats) -> Bools:
    """Return whom a row holds back that a boosted one loads with more than they get, (n,)."""
    grid, column = snapshot.grid, snapshot.sessions.column
    first_a = np.zeros(grid.rating_a.size)  # the most that a boosted one takes of each row
    for evse in members.nonzero()[0].tolist():
        loaded = grid.row[grid.start[column[evse]] : grid.start[column[evse] + 1]]
        first_a[loaded] = np.maximum(first_a[loaded], current_a[evse])
    is_held = np.isin(rest.cause, _BY_SHARE) & (rest.binding_row >= 0) & (rest.current_a > 0.0)
    held: Bools = is_held & (first_a[rest.binding_row] > rest.current_a)
    return held


def _boosted(orders: tuple[OutletOrder, ...], count: int) -> Bools:
    found = np.zeros(count, dtype=np.bool_)
    for one in orders:
        found[one.evse] = one.is_boosted
    return found

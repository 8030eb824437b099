"""What is stored, fed back, bought and sold, as unknowns and rows behind those of charging.

Bought energy costs at least what sold energy brings, so that of one step only one of the two is not 0 in an optimum: the net
power is priced as sold, and what of it is above 0 pays the difference. Limits and the net power see only the sum of the currents of
vehicles that load them alike (a kind), which keeps the rows short: that is half of the time or more.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.problem import Flows, Problem, Stored, Stores
from voltloom.allocation.adaptive.horizon.rows import Parts, entries, joined
from voltloom.site.network import Floats, Ints

# How strongly a battery's power is drawn to the last plan's: ties only, ten times less than a current's.
STIFFNESS_PER_KW = 2e-5
# What flows last of all costs this much more than what flows now: of equal plans it is stored and used early, before the future
# turns out another one.
LATE_PER_KWH = 1e-3
LEAST_SPREAD = 1e-6  # bought energy costs this much more than sold energy brings, or nothing would bound it
LEAST_KEPT_KWH = 1e-3  # an unknown between 0 and 0 leaves an interior-point method nowhere to walk
# What is kept for peaks that nobody foresees and is there now: a little more than a delivered kWh, so that vehicles that are there
# wait for the grid and do not spend it. A peak of the building may.
RESERVE_PER_KWH = 1.05
NEXT_TO_NOTHING_KW = 0.02  # of a battery: what an interior-point method leaves of nothing


class Columns(NamedTuple):
    """Where the unknowns of flows stand. given: (v, t), -1 where a vehicle is gone. charge, discharge, held: (b, t).

    net: (v, t) energy into a vehicle since now. served: (v,) of what was asked for. kept: (b,) of what is left; spared: of what is kept now, all the time. sums: (q, t) currents of
    each kind of vehicles. drawn, bought: (t,) net power, and what of it is bought. begin, end: the first, and one behind the last.
    """

    given: Ints
    charge: Ints
    discharge: Ints
    held: Ints
    net: Ints
    served: Ints
    kept: Ints
    spared: Ints
    sums: Ints
    drawn: Ints
    bought: Ints
    begin: int
    end: int


class Kinds(NamedTuple):
    """Vehicles that load every limit alike and draw the same for an ampere. first: (q,) one of each; kind: (n,) of each vehicle."""

    first: Ints
    kind: Ints


def kinds_of(problem: Problem) -> Kinds:
    """Return the kinds of a problem's vehicles."""
    weight = problem.limits.weight
    looks = np.vstack([weight.real, weight.imag, _flows(problem).kw_per_a]).round(9)
    _, first, kind = np.unique(looks, axis=1, return_index=True, return_inverse=True)
    return Kinds(first, kind.ravel())


def columns_of(flows: Flows, first: int, kinds_count: int) -> Columns:
    """Return where the unknowns stand, from the column `first` on."""
    begin = first
    stores, givers = flows.stores.charge_kw.size, flows.givers.place.size
    steps = flows.length_h.size
    can_give = flows.givers.most_a > 0.0
    given = np.full((givers, steps), -1)
    count = int(can_give.sum())
    given[can_give] = begin + np.arange(count)
    begin += count
    found = []
    for rows in (stores, stores, stores, givers):
        found.append(begin + np.arange(rows * steps).reshape(rows, steps))
        begin += rows * steps
    served = begin + np.arange(givers)
    kept = begin + givers + np.arange(stores)
    spared = kept + stores
    begin += givers + 2 * stores
    sums = begin + np.arange(kinds_count * steps).reshape(kinds_count, steps)
    begin += sums.size
    drawn, bought = begin + np.arange(steps), begin + steps + np.arange(steps)
    end = begin + 2 * steps
    charge, discharge, held, net = found
    return Columns(given, charge, discharge, held, net, served, kept, spared, sums, drawn, bought, first, end)


def costs_of(flows: Flows, columns: Columns, worth_per_kwh: Floats) -> tuple[Floats, Floats]:
    """Return what each of these unknowns costs, and its curvature, (f,) each in their order. worth_per_kwh: (n,) of vehicles."""
    first, count = columns.begin, columns.end - columns.begin
    cost, curvature = np.zeros(count), np.zeros(count)
    stores, givers, hours = flows.stores, flows.givers, flows.length_h
    late = LATE_PER_KWH * (np.cumsum(hours) - hours) / hours.sum() * hours
    can_give = columns.given >= 0
    kw = flows.kw_per_a[givers.place]
    cost[columns.given[can_give] - first] = (kw[:, None] * (givers.wear_per_kwh * hours + late))[can_give]
    wear = stores.wear_per_kwh[:, None] * hours + late
    # The pull towards the last plan is on each kind of flow apart, so that neither wakes the other.
    pull = STIFFNESS_PER_KW * hours
    charged, given = np.maximum(stores.reference_kw, 0.0), np.maximum(-stores.reference_kw, 0.0)
    cost[columns.charge - first] = wear - pull * charged
    cost[columns.discharge - first] = wear - pull * given
    for kind in (columns.charge, columns.discharge):
        curvature[kind - first] = np.broadcast_to(pull, kind.shape)
    cost[columns.held[:, -1] - first] = -stores.end_worth_per_kwh
    cost[columns.kept - first] = -stores.kept_worth_per_kwh
    cost[columns.spared - first] = np.where(stores.kept_worth_per_kwh > 0.0, -RESERVE_PER_KWH, 0.0)
    cost[columns.served - first] = -worth_per_kwh[givers.place]
    cost[columns.drawn - first] = flows.sell_per_kwh * hours
    cost[columns.bought - first] = np.maximum(flows.buy_per_kwh - flows.sell_per_kwh, LEAST_SPREAD) * hours
    return cost, curvature


def add_bounds(parts: Parts, problem: Problem, columns: Columns) -> None:
    """Add what bounds each of these unknowns, what is bought, and what limits bear of what is fed back."""
    flows, limits = _flows(problem), problem.limits
    stores, givers, steps = flows.stores, flows.givers, flows.length_h.size
    giver, given_step = np.nonzero(columns.given >= 0)
    given = columns.given[giver, given_step]
    parts.bounded(given, np.zeros(given.size), givers.most_a[giver, given_step])
    for kind, most in ((columns.charge, stores.charge_kw), (columns.discharge, stores.discharge_kw)):
        parts.bounded(kind.ravel(), np.zeros(kind.size), np.repeat(most, steps))
    least = np.minimum(stores.least_kwh, stores.start_kwh)
    parts.bounded(
        columns.held.ravel(),
        np.repeat(least, steps),
        np.repeat(np.maximum(stores.most_kwh, stores.start_kwh), steps),
    )
    most = np.repeat(np.maximum(givers.room_kwh, givers.short_kwh)[:, None], steps, axis=1)
    most[:, -1] = np.maximum(givers.short_kwh, 0.0)
    least = np.repeat(-givers.spare_kwh[:, None], steps, axis=1)
    least[:, -1] = np.maximum(-givers.spare_kwh, givers.least_end_kwh - LEAST_KEPT_KWH)
    parts.bounded(columns.net.ravel(), least.ravel(), np.maximum(most, 0.0).ravel())
    each = np.arange(givers.place.size)
    parts.add(each, columns.served, np.ones(each.size), givers.short_kwh)
    parts.add(
        *joined((each, columns.served, np.ones(each.size)), (each, columns.net[:, -1], -np.ones(each.size))),
        np.zeros(each.size),
    )
    each = np.arange(columns.kept.size)
    parts.bounded(columns.kept, np.zeros(each.size), np.maximum(stores.kept_kwh, LEAST_KEPT_KWH))
    kept = (each, columns.kept, np.ones(each.size))
    parts.add(*joined(kept, (each, columns.held[:, -1], -np.ones(each.size))), np.zeros(each.size))
    now_kwh = np.minimum(stores.kept_kwh, stores.start_kwh)
    parts.bounded(columns.spared, np.zeros(each.size), np.maximum(now_kwh, LEAST_KEPT_KWH))
    row = np.arange(columns.held.size)
    spared = (row, np.repeat(columns.spared, steps), np.ones(row.size))
    parts.add(*joined(spared, (row, columns.held.ravel(), -np.ones(row.size))), np.zeros(row.size))
    every, ones = np.arange(steps), np.ones(steps)
    parts.add(every, columns.bought, -ones, np.zeros(steps))
    parts.add(*joined((every, columns.drawn, ones), (every, columns.bought, -ones)), np.zeros(steps))
    back = np.abs(limits.weight)[:, givers.place]
    alone = back @ givers.most_a + (stores.a_per_kw @ stores.discharge_kw)[:, None]
    limit, at = np.nonzero(alone > flows.back_a[:, None])
    place = np.full(alone.shape, -1)
    place[limit, at] = np.arange(limit.size)
    by_vehicle = entries(place[:, given_step], back[:, giver], given)
    store, store_step = np.indices(columns.discharge.shape)
    per_kw = stores.a_per_kw[:, store.ravel()]
    by_store = entries(place[:, store_step.ravel()], per_kw, columns.discharge.ravel())
    parts.add(*joined(by_vehicle, by_store), flows.back_a[limit])


def add_sums(parts: Parts, problem: Problem, columns: Columns, kinds: Kinds, unit: Ints, step: Ints) -> None:
    """Add the equations of the sums of currents and of the net power of each step in kW. unit, step: (slots,) of the currents."""
    flows, steps = _flows(problem), columns.drawn.size
    row = np.arange(columns.sums.size).reshape(columns.sums.shape)
    of_kind = (row[kinds.kind[unit], step], np.arange(unit.size), -np.ones(unit.size))
    parts.add(*joined((row.ravel(), columns.sums.ravel(), np.ones(row.size)), of_kind), np.zeros(row.size))
    giver, given_step = np.nonzero(columns.given >= 0)
    given = columns.given[giver, given_step]
    every = np.arange(steps)
    by_store = np.tile(every, columns.charge.shape[0])
    ones = np.ones(by_store.size)
    parts.add(
        *joined(
            (every, columns.drawn, np.ones(steps)),
            (
                np.tile(every, kinds.first.size),
                columns.sums.ravel(),
                -np.repeat(flows.kw_per_a[kinds.first], steps),
            ),
            (given_step, given, flows.kw_per_a[flows.givers.place[giver]]),
            (by_store, columns.charge.ravel(), -ones),
            (by_store, columns.discharge.ravel(), ones),
        ),
        flows.other_kw,
    )


def add_balances(parts: Parts, problem: Problem, columns: Columns, unit: Ints, step: Ints) -> None:
    """Add the equations of what is held at the end of each step."""
    flows, demand = _flows(problem), problem.demand
    stores, givers, hours = flows.stores, flows.givers, flows.length_h
    count, steps = columns.held.shape
    row = np.arange(count * steps).reshape(count, steps)
    ones = np.ones(row.size)
    begins = np.zeros(row.shape)
    begins[:, 0] = stores.start_kwh
    parts.add(
        *joined(
            (row.ravel(), columns.held.ravel(), ones),
            (row[:, 1:].ravel(), columns.held[:, :-1].ravel(), -np.ones(row[:, 1:].size)),
            (row.ravel(), columns.charge.ravel(), (-stores.charge_ratio[:, None] * hours).ravel()),
            (row.ravel(), columns.discharge.ravel(), (hours / stores.discharge_ratio[:, None]).ravel()),
        ),
        begins.ravel(),
    )
    row = np.arange(columns.net.size).reshape(-1, steps)
    number = np.full(demand.need_kwh.size, -1)
    number[givers.place] = np.arange(givers.place.size)
    slot = np.flatnonzero(number[unit] >= 0)
    charged = demand.kwh_per_a[unit[slot], step[slot]]
    giver, given_step = np.nonzero(columns.given >= 0)
    taken = demand.kwh_per_a[givers.place[giver], given_step] / givers.kept_ratio
    parts.add(
        *joined(
            (row.ravel(), columns.net.ravel(), np.ones(row.size)),
            (row[:, 1:].ravel(), columns.net[:, :-1].ravel(), -np.ones(row[:, 1:].size)),
            (row[number[unit[slot]], step[slot]], slot, -charged),
            (row[giver, given_step], columns.given[giver, given_step], taken),
        ),
        np.zeros(row.size),
    )


def charging_entries(flows: Flows, columns: Columns, place: Ints) -> tuple[Ints, Ints, Floats]:
    """Return what batteries' charging adds to limits whose rows are place (k, t), -1 for none."""
    store, step = np.indices(columns.charge.shape)
    per_kw = flows.stores.a_per_kw[:, store.ravel()]
    return entries(place[:, step.ravel()], per_kw, columns.charge.ravel())


def read_back(
    problem: Problem, columns: Columns, weights: Floats, current_a: Floats
) -> tuple[Floats, Stored]:
    """Return the currents (n, t) and what is stored, each flow in one direction only, what is held added up anew."""
    flows, demand = _flows(problem), problem.demand
    stores, givers, hours = flows.stores, flows.givers, flows.length_h
    given_a = np.zeros(current_a.shape)
    giver, step = np.nonzero(columns.given >= 0)
    given_a[givers.place[giver], step] = weights[columns.given[giver, step]].clip(0.0)
    both = (given_a > 0.0) & (current_a > demand.low_a)
    into = current_a - given_a / givers.kept_ratio
    one_way_a = np.where(into > demand.low_a, into, demand.low_a)
    back_a = (np.maximum(demand.low_a - into, 0.0)) * givers.kept_ratio
    current_a, given_a = np.where(both, one_way_a, current_a), np.where(both, back_a, given_a)
    charge, discharge = weights[columns.charge].clip(0.0), weights[columns.discharge].clip(0.0)
    cells_kw = stores.charge_ratio[:, None] * charge - discharge / stores.discharge_ratio[:, None]
    battery_kw = np.where(
        cells_kw > 0.0, cells_kw / stores.charge_ratio[:, None], cells_kw * stores.discharge_ratio[:, None]
    )
    cells_kw = np.where(np.abs(battery_kw) < NEXT_TO_NOTHING_KW, 0.0, cells_kw)
    cells_kw, stored_kwh = _within(stores, cells_kw, hours)
    battery_kw = np.where(
        cells_kw > 0.0, cells_kw / stores.charge_ratio[:, None], cells_kw * stores.discharge_ratio[:, None]
    )
    grid_kw = flows.other_kw + flows.kw_per_a @ (current_a - given_a) + battery_kw.sum(axis=0)
    return current_a, Stored(given_a, battery_kw, stored_kwh, grid_kw)


def _within(stores: Stores, cells_kw: Floats, length_h: Floats) -> tuple[Floats, Floats]:
    """Return powers into cells (b, t) lowered to what they can hold, and what they hold at the end of each step.

    What was left out as next to nothing adds up over a day.
    """
    kept_kw, held_kwh = np.empty_like(cells_kw), np.empty_like(cells_kw)
    held = stores.start_kwh
    least = np.minimum(stores.least_kwh, stores.start_kwh)
    most = np.maximum(stores.most_kwh, stores.start_kwh)
    for step, hours in enumerate(length_h):
        kept_kw[:, step] = np.clip(cells_kw[:, step], (least - held) / hours, (most - held) / hours)
        held = held + kept_kw[:, step] * hours
        held_kwh[:, step] = held
    return kept_kw, held_kwh


def _flows(problem: Problem) -> Flows:
    assert problem.flows is not None, "only problems with flows have rows for them"
    return problem.flows

"""Circuits and cabinets as bars against their limits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.grants import ceiling_a
from voltloom.decision.explain import imposed_words
from voltloom.decision.record import Decision
from voltloom.live.running import LiveSite
from voltloom.site.kernels import loads
from voltloom.site.network import Floats
from voltloom.site.outside import LimitKind
from voltloom.site.topology import Site
from voltloom.units import kw_from_w
from voltloom.web.console.shapes import NodeNow, PhaseNow
from voltloom.web.views import newest, rounded

NAMES_MARGIN = "the controller's safety margin"


class Tree:
    """Who hangs on what, worked out once. below: of each circuit and cabinet, the outlets (columns) under it."""

    def __init__(self, site: Site) -> None:
        parents = {each.circuit_id: each.parent_id for each in site.circuits}
        self.parents = parents
        self.below: dict[str, list[int]] = {name: [] for name in parents}
        self.below |= {each.cabinet_id: [] for each in site.cabinets}
        for place, evse in enumerate(site.evses):
            for name in self.path(evse.circuit_id):
                self.below[name].append(place)
            if evse.cabinet_id:
                self.below[evse.cabinet_id].append(place)
        self.roots = [name for name, parent in parents.items() if not parent]
        self.feeders = self._feeders(site)

    def path(self, circuit: str) -> list[str]:
        """Return a circuit and all that feed it, the grid connection last."""
        found = []
        while circuit:
            found.append(circuit)
            circuit = self.parents[circuit]
        return found

    def feeder_of(self, circuit: str) -> str:
        """Return which feeder of the chart a circuit belongs to."""
        return next((name for name in self.path(circuit) if name in self.feeders), circuit)

    def _feeders(self, site: Site) -> list[str]:
        """Return the circuits that part the site best for a chart: the first level on which there are two, at most six."""
        level = list(self.roots)
        while True:
            loaded = [name for name in level if self.below[name]]
            deeper = [name for name, parent in self.parents.items() if parent in level]
            own = {evse.circuit_id for evse in site.evses} & set(level)
            if len(loaded) > 1 or not deeper or own or len(deeper) > MOST_FEEDERS:
                return loaded or level
            level = deeper


MOST_FEEDERS = 6


class Flows(NamedTuple):
    """What flows where, below 0 what is given back. outlets_kw: of each, None where unknown. batteries_kw: of each circuit that has some."""

    outlets_kw: Sequence[float | None]
    batteries_kw: Mapping[str, float]

    def below_kw(self, tree: Tree, name: str) -> float:
        """Return what flows to all outlets and batteries below a circuit or cabinet."""
        outlets_kw = sum(self.outlets_kw[evse] or 0.0 for evse in tree.below[name])
        return outlets_kw + sum(
            flow_kw for circuit, flow_kw in self.batteries_kw.items() if name in tree.path(circuit)
        )


def nodes_now(site: LiveSite, tree: Tree, flows: Flows) -> list[NodeNow]:
    """Return every circuit and cabinet."""
    network = site.network
    rows: dict[str, list[int]] = {}
    for row, circuit in enumerate(network.row_circuit):
        rows.setdefault(circuit, []).append(row)
    reserved_a = _reserved_a(site)
    return [_node(site, tree, name, rows[name], flows, reserved_a) for name in tree.below if name in rows]


def _reserved_a(site: LiveSite) -> Floats | None:
    """Return the load of every row under all limits that may be in force, (m,); None before the first decision."""
    decision, memory, network = newest(site), site.loop.memory, site.network
    if decision is None:
        return None
    ceiling = ceiling_a(memory.grants, network.offline_a, site.clock.now_s())
    most_a = loads(network.grid, memory.columns.column, np.maximum(ceiling, decision.after_a))
    reserved_a: Floats = np.maximum(most_a, decision.row_load_a)
    return reserved_a


def _node(
    site: LiveSite, tree: Tree, name: str, rows: list[int], flows: Flows, reserved_a: Floats | None
) -> NodeNow:
    network, decision, readings = site.network, newest(site), site.loop.memory.readings
    is_circuit, voltage_v = name in tree.parents, site.config.site.voltage_v
    now_s, stale_s = site.clock.now_s(), site.config.settings.safety.stale_s
    rating_a = network.grid.rating_a[rows]
    is_metered = bool(network.is_metered[rows].all()) and bool(
        (now_s - readings.row_sampled_s[rows] <= max(stale_s, 60.0)).all()
    )
    measured_a = readings.row_a[rows]
    limit_a = rating_a if decision is None else carried_a(site, decision, rows, is_metered=is_metered)
    kw_per_unit = kw_from_w(voltage_v) if is_circuit else kw_from_w(1.0)
    known_kw = flows.below_kw(tree, name)
    load_kw = float(measured_a.sum()) * kw_per_unit if is_metered else known_kw
    flowing_a = measured_a if is_metered else None if decision is None else decision.row_load_a[rows]
    worst_a = None if reserved_a is None else reserved_a[rows]
    if worst_a is not None and is_metered:
        worst_a = worst_a + _beside_a(site, rows)
    headroom_kw = (
        None if flowing_a is None else round(float((limit_a - flowing_a).min()) * len(rows) * kw_per_unit, 3)
    )
    return NodeNow(
        id=name,
        parent=(tree.parents.get(name) or None) if is_circuit else None,
        kind="circuit" if is_circuit else "cabinet",
        is_metered=is_metered,
        rating_kw=rounded(float(rating_a.sum()) * kw_per_unit),
        limit_kw=rounded(float(limit_a.sum()) * kw_per_unit),
        limit_owner=_owner(site, rows, lowered=bool((limit_a < rating_a - 0.05).any())),
        load_kw=rounded(load_kw),
        other_kw=rounded(load_kw - known_kw) if is_metered else None,
        headroom_kw=headroom_kw if headroom_kw is None or is_metered else max(0.0, headroom_kw),
        phases=[
            PhaseNow(
                phase=network.row_ids[row].partition("/")[2],
                rating_a=float(rating_a[at]),
                limit_a=rounded(limit_a[at]),
                load_a=rounded(measured_a[at]) if is_metered else None,
                worst_a=None if worst_a is None else rounded(worst_a[at]),
            )
            for at, row in enumerate(rows)
        ],
    )


def _beside_a(site: LiveSite, rows: Sequence[int]) -> Floats:
    """Return what a meter reads, (k,), or is taken to, beside the outlets below it."""
    other = site.loop.memory.watches.other_load
    beside_a: Floats = np.maximum(other.held_a, other.meter_a - other.below_most_a)[rows]
    return beside_a


def carried_a(site: LiveSite, decision: Decision, rows: Sequence[int], *, is_metered: bool) -> Floats:
    """Return what rows may carry, (k,), in the sense of what is shown beside it: a meter's reading has the building in it."""
    limit_a = decision.row_rating_a[rows]
    if is_metered:  # a decision tells what is left to outlets
        limit_a = limit_a + _beside_a(site, rows)
    carried: Floats = np.minimum(limit_a, site.network.grid.rating_a[rows])
    return carried


def _owner(site: LiveSite, rows: list[int], *, lowered: bool) -> str | None:
    """Return who made a limit lower than its rating, in words."""
    now_s = site.clock.now_s()
    inside = [
        each
        for each in site.loop.memory.outside
        if each.limit.kind is LimitKind.LIMIT
        and each.limit.from_s <= now_s < each.limit.until_s
        and set(each.rows) & set(rows)
    ]
    if inside:
        tightest = min(inside, key=lambda each: each.rating_a)
        return imposed_words(tightest.limit, now_s, site.config.site.time_zone)
    return NAMES_MARGIN if lowered else None


def binding_circuit(site: LiveSite) -> str | None:
    """Return the circuit that holds most outlets back in the newest decision, None where none does."""
    decision = newest(site)
    if decision is None:
        return None
    rows = [decision.row_of(int(evse)) for evse in (decision.binding_row >= 0).nonzero()[0]]
    names = [site.network.row_circuit[row] for row in rows if row >= 0]
    if not names:
        return None
    return max(dict.fromkeys(names), key=names.count)

"""A site plan as TOML tables → `Site`, or every mistake in it at once, by path."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from voltloom.site.discharge_plan import discharge_mistakes
from voltloom.site.kernels import loads
from voltloom.site.mistakes import Mistake, PlanError, joined, shaped
from voltloom.site.network import Floats, Network, network_of
from voltloom.site.plan_checks import (
    checked_circuits,
    checked_evses,
    checked_phasor_limits,
    checked_site,
    pilots_of,
    rotations_of,
)
from voltloom.site.plan_tables import CircuitTable, EvseTable, PhasorLimitTable, SiteTable
from voltloom.site.storage import kept_charge_a
from voltloom.site.storage_plan import (
    batteries_of,
    checked_storage,
    circuits_above,
    export_mistakes,
    pvs_of,
)
from voltloom.site.topology import Cabinet, Circuit, Evse, Phase, PhasorLimit, Site, Wiring
from voltloom.units import w_from_kw


def site_of(table: Mapping[str, object], *, path: str = "site") -> Site:
    """Return the site that a `[site]` table describes.

    Raises PlanError with every mistake of shape and structure.
    """
    mistakes: list[Mistake] = []
    plan = shaped(table, SiteTable, path, mistakes)
    if plan is not None:
        found: list[Mistake] = []
        for check in (
            checked_site,
            checked_circuits,
            checked_evses,
            checked_phasor_limits,
            checked_storage,
        ):
            check(plan, path, found)
        told = {mistake.path for mistake in mistakes}
        mistakes += [mistake for mistake in found if mistake.path not in told]
    if mistakes or plan is None:
        raise PlanError(mistakes)
    site = _built(plan)
    unsafe = [*_offline_mistakes(site, path), *export_mistakes(site, network_of(site), path)]
    if unsafe := [*unsafe, *discharge_mistakes(site, path)]:
        raise PlanError(unsafe)
    return site


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteNames:
    """What a plan, even one with mistakes, calls its parts: for checks of what refers to them."""

    evse_ids: frozenset[str]
    limit_ids: frozenset[str]
    groups: frozenset[str]


def names_in(table: Mapping[str, object]) -> SiteNames:
    """Return the names in a plan, leaving out what has no shape."""
    plan = shaped(table, SiteTable, "", [])
    blocks = plan.evse if plan is not None else []
    return SiteNames(
        evse_ids=frozenset(evse_id for block in blocks for evse_id in block.evse_ids()),
        limit_ids=_limit_ids(plan) if plan is not None else frozenset(),
        groups=frozenset(block.group for block in blocks if block.group),
    )


def _limit_ids(plan: SiteTable) -> frozenset[str]:
    ids = [circuit.id for circuit in plan.circuit] + [cabinet.id for cabinet in plan.cabinet]
    return frozenset([*ids, *(limit.id for limit in plan.phasor_limit)])


def _built(plan: SiteTable) -> Site:
    """Return the site of a plan without mistakes."""
    evses = tuple(evse for block in plan.evse for evse in _evses(plan, block))
    site = Site(
        name=plan.name,
        time_zone=plan.time_zone,
        voltage_v=plan.voltage_v or (plan.between_phases_v or 0.0) / math.sqrt(3.0),
        between_phases_v=plan.between_phases_v or (plan.voltage_v or 0.0) * math.sqrt(3.0),
        circuits=tuple(_circuit(plan, circuit) for circuit in plan.circuit),
        cabinets=tuple(Cabinet(cabinet_id=c.id, power_w=w_from_kw(c.power_kw)) for c in plan.cabinet),
        evses=evses,
        phasor_limits=tuple(_phasor_limit(plan, limit) for limit in plan.phasor_limit),
        transformer_w=w_from_kw(plan.transformer.rating_kw) if plan.transformer else math.nan,
        batteries=batteries_of(plan),
        pvs=pvs_of(plan),
    )
    return _with_automatic_offline_limits(plan, site)


def _rating_a(plan: SiteTable, item: CircuitTable | PhasorLimitTable) -> float:
    if item.rating_a is not None:
        return item.rating_a
    assert item.rating_a_per_transformer_kw is not None
    assert plan.transformer is not None
    return item.rating_a_per_transformer_kw * plan.transformer.rating_kw


def _circuit(plan: SiteTable, circuit: CircuitTable) -> Circuit:
    needs_meter = _carries_other_load(plan, circuit.id) or circuit.id in circuits_above(plan, plan.battery)
    return Circuit(
        circuit_id=circuit.id,
        parent_id=circuit.parent,
        rating_a=_rating_a(plan, circuit),
        phases=tuple(Phase[p] for p in circuit.phases),
        other_load_a=circuit.other_load_a,
        is_metered=circuit.metered if circuit.metered is not None else needs_meter,
        feeds_back=circuit.feeds_back or circuit.id in circuits_above(plan, [*plan.battery, *plan.pv]),
    )


def _carries_other_load(plan: SiteTable, circuit_id: str) -> bool:
    """Return whether a circuit or one below it has other load."""
    return any(
        (circuit.other_load_a > 0.0 and circuit.id == circuit_id)
        or (circuit.parent == circuit_id and _carries_other_load(plan, circuit.id))
        for circuit in plan.circuit
    )


def _evses(plan: SiteTable, block: EvseTable) -> list[Evse]:
    ids = block.evse_ids()
    offline_a = block.offline_a if block.offline_a is not None else plan.offline_a
    places = list(zip(block.x_m, block.y_m, strict=False)) or [(math.nan, math.nan)] * len(ids)
    return [
        Evse(
            evse_id=evse_id,
            circuit_id=block.circuit,
            wiring=Wiring(block.wiring),
            phases=tuple(Phase[p] for p in rotation),
            min_a=block.min_a,
            max_a=block.max_a,
            pilots_a=pilots_of(block),
            offline_a=0.0 if offline_a == "auto" else offline_a,
            discharge_a=block.discharge_a,
            angle_deg=block.angle_deg,
            cabinet_id=block.cabinet,
            efficiency_ratio=block.efficiency_ratio,
            group=block.group,
            x_m=x_m,
            y_m=y_m,
        )
        for evse_id, rotation, (x_m, y_m) in zip(ids, rotations_of(block), places, strict=True)
    ]


def _phasor_limit(plan: SiteTable, limit: PhasorLimitTable) -> PhasorLimit:
    given = limit.coefficients
    coefficients = tuple(
        given.get(evse_id, given.get(block.name, 0.0)) for block in plan.evse for evse_id in block.evse_ids()
    )
    return PhasorLimit(limit_id=limit.id, coefficients=coefficients, rating_a=_rating_a(plan, limit))


def _with_automatic_offline_limits(plan: SiteTable, site: Site) -> Site:
    """Return the site with "auto" offline limits set.

    In their order the outlets hold their minimum by themselves as long as the site bears that, the others nothing.
    """
    automatic = [
        block.offline_a is None and plan.offline_a == "auto" for block in plan.evse for _ in block.evse_ids()
    ]
    network = network_of(site)
    offline_a = network.offline_a.copy()
    for evse in np.flatnonzero(automatic):
        offline_a[evse] = network.min_a[evse]
        if _overloaded_rows(site, network, offline_a):
            offline_a[evse] = 0.0
    return _with_offline_limits(site, offline_a.tolist())


def _with_offline_limits(site: Site, offline_a: Sequence[float]) -> Site:
    evses = tuple(replace(e, offline_a=a) for e, a in zip(site.evses, offline_a, strict=True))
    return replace(site, evses=evses)


def _overloaded_rows(site: Site, network: Network, offline_a: Floats) -> list[tuple[str, float, float]]:
    """Return (row, load, rating) of the rows that all offline limits, the planned other load and what batteries without a
    watchdog go on charging with would overload.

    Phases unknown.
    """
    columns = network.columns(np.ones(len(network.evse_ids), dtype=np.bool_))
    load = loads(network.grid, columns, offline_a) + network.planned_other_a + kept_charge_a(site, network)
    over = load > network.grid.rating_a + 1e-6  # rounding only
    return [(network.row_ids[r], float(load[r]), float(network.grid.rating_a[r])) for r in over.nonzero()[0]]


def _offline_mistakes(site: Site, path: str) -> list[Mistake]:
    network = network_of(site)
    keeps = any(battery.keeps_power for battery in site.batteries)
    what = (
        "offline limits, other load and batteries that keep their power"
        if keeps
        else "offline limits and other load"
    )
    return [
        Mistake(
            path=joined(path, ["offline_a"]),
            value="",
            problem=(f"cannot be made safe: {what} add up to {load:.1f} on {row}, which bears {rating:.1f}"),
            remedy='Lower offline_a or the other load, or write offline_a = "auto".',
        )
        for row, load, rating in _overloaded_rows(site, network, network.offline_a)
    ]

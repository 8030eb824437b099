"""The tables of batteries and PV in a site plan: what must hold of them, and what becomes of them."""

from __future__ import annotations

import math
from collections.abc import Iterable

from voltloom.site.mistakes import Mistake, did_you_mean, joined
from voltloom.site.network import Network
from voltloom.site.plan_checks import add, told_twice
from voltloom.site.plan_tables import BatteryTable, CircuitTable, PvTable, SiteTable
from voltloom.site.storage import overfed
from voltloom.site.topology import Battery, Phase, Pv, Site
from voltloom.units import w_from_kw, wh_from_kwh


def checked_storage(plan: SiteTable, path: str, mistakes: list[Mistake]) -> None:
    """Add what is wrong with batteries and PV: unknown circuits and phases, limits that leave nothing."""
    told_twice(mistakes, path, [*(b.id for b in plan.battery), *(pv.id for pv in plan.pv)])
    circuits = {circuit.id: circuit for circuit in plan.circuit}
    for battery in plan.battery:
        where = joined(path, ["battery", battery.id])
        _check_place(battery, circuits, where, mistakes)
        if battery.min_soc_ratio >= battery.max_soc_ratio:
            problem = f"is not below max_soc_ratio {battery.max_soc_ratio:g}"
            add(mistakes, where, ["min_soc_ratio"], battery.min_soc_ratio, problem, "Leave it room between.")
    for pv in plan.pv:
        where = joined(path, ["pv", pv.id])
        _check_place(pv, circuits, where, mistakes)
        if (pv.latitude_deg is None) is not (pv.longitude_deg is None):
            missing = "latitude_deg" if pv.latitude_deg is None else "longitude_deg"
            add(mistakes, where, [missing], "", "missing", "Give both, or neither.")


def circuits_above(plan: SiteTable, items: Iterable[BatteryTable | PvTable]) -> frozenset[str]:
    """Return the circuits at or below which some batteries or PV are."""
    parents = {circuit.id: circuit.parent for circuit in plan.circuit}
    found: set[str] = set()
    for item in items:
        above = item.circuit
        while above in parents and above not in found:
            found.add(above)
            above = parents[above]
    return frozenset(found)


def batteries_of(plan: SiteTable) -> tuple[Battery, ...]:
    """Return the batteries of a plan without mistakes."""
    return tuple(
        Battery(
            battery_id=item.id,
            circuit_id=item.circuit,
            phases=_phases(plan, item),
            capacity_wh=wh_from_kwh(item.capacity_kwh),
            charge_w=w_from_kw(item.charge_kw),
            discharge_w=w_from_kw(item.charge_kw if item.discharge_kw is None else item.discharge_kw),
            charge_efficiency_ratio=item.charge_efficiency_ratio,
            discharge_efficiency_ratio=item.discharge_efficiency_ratio,
            min_soc_ratio=item.min_soc_ratio,
            max_soc_ratio=item.max_soc_ratio,
            wear_eur_per_kwh=item.wear_eur_per_kwh,
            keeps_power=item.keeps_power,
        )
        for item in plan.battery
    )


def pvs_of(plan: SiteTable) -> tuple[Pv, ...]:
    """Return the PV plants of a plan without mistakes."""
    return tuple(
        Pv(
            pv_id=item.id,
            circuit_id=item.circuit,
            phases=_phases(plan, item),
            peak_w=w_from_kw(item.peak_kw),
            latitude_deg=math.nan if item.latitude_deg is None else item.latitude_deg,
            longitude_deg=math.nan if item.longitude_deg is None else item.longitude_deg,
            tilt_deg=item.tilt_deg,
            azimuth_deg=item.azimuth_deg,
        )
        for item in plan.pv
    )


def export_mistakes(site: Site, network: Network, path: str) -> list[Mistake]:
    """Return a mistake for every row that does not bear all that may feed in while nothing draws."""
    return [
        Mistake(
            path=path,
            value="",
            problem=(
                f"cannot be made safe: batteries and PV may feed {row.fed_a:.1f} A into {row.row_id}, "
                f"which bears {row.rating_a:.1f}"
            ),
            remedy="Lower discharge_kw or peak_kw, or connect them elsewhere.",
        )
        for row in overfed(site, network)
    ]


def _check_place(
    item: BatteryTable | PvTable, circuits: dict[str, CircuitTable], where: str, mistakes: list[Mistake]
) -> None:
    circuit = circuits.get(item.circuit)
    if circuit is None:
        remedy = did_you_mean(item.circuit, list(circuits)) if item.circuit else "Name its circuit."
        add(mistakes, where, ["circuit"], item.circuit, "unknown circuit", remedy)
    elif foreign := [phase for phase in item.phases if phase not in circuit.phases]:
        problem = f"{', '.join(foreign)} is not on circuit '{circuit.id}'"
        add(mistakes, where, ["phases"], item.phases, problem, f"It has {', '.join(circuit.phases)}.")
    elif len(set(item.phases)) < len(item.phases):
        add(mistakes, where, ["phases"], item.phases, "names a phase twice", "Name each once.")


def _phases(plan: SiteTable, item: BatteryTable | PvTable) -> tuple[Phase, ...]:
    of_circuit = next(circuit.phases for circuit in plan.circuit if circuit.id == item.circuit)
    return tuple(Phase[phase] for phase in item.phases or of_circuit)

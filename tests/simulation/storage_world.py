"""Worlds of the stress test with PV and batteries on them. Repeat one: python -m tests.simulation.storage_world SEED."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from tests.simulation.fed_world import fed_world, played
from tests.simulation.seeds import play
from tests.simulation.stress_world import HOUR_S, START_S, architecture_of
from voltloom.controller.settings import StorageSettings
from voltloom.simulation.faults import FaultKind, FaultSpec, lies_about_circuits
from voltloom.simulation.scenario import Scenario
from voltloom.site.network import network_of
from voltloom.site.storage import overfed
from voltloom.site.topology import Battery, Phase, Site

PHASES = ((Phase.L2,), tuple(Phase), tuple(Phase))
KINDS = (FaultKind.BATTERY_OFFLINE, FaultKind.BATTERY_IGNORES_POWER, FaultKind.BATTERY_TRIPS)


def storage_world(seed: int, hours: float = 4.0) -> Scenario:
    """Return the world of a seed with one to three batteries. Of four, two have PV and all that goes wrong, two no PV: one
    with batteries that trip, fall silent or disobey, one without faults, so that checkers look that need calm.
    """
    world = fed_world(seed, hours)
    rng = np.random.default_rng([seed, 0xBA77])
    if seed % 2:
        world = replace(world, site=replace(world.site, pvs=()), generation=None)
    site = _with_batteries(world.site, rng)
    network = network_of(site)
    peak_a = float(rng.uniform(0.3, 0.9)) * float(network.grid.rating_a[network.is_root].min())
    storage = StorageSettings(
        peak_w=peak_a * 3.0 * site.voltage_v if rng.integers(3) else float("inf"),
        peak_soc_ratio=float(rng.uniform(0.0, 0.8)),
        covers_own_use=bool(rng.integers(2)),
    )
    faults = [spec for spec in world.faults["mixed"] if seed % 2 == 0]
    if seed % 4 != 1 and not lies_about_circuits(
        faults
    ):  # what a battery that disobeys takes, a meter must be able to tell
        faults += [_fault(kind, rng, hours) for kind in KINDS]
    return replace(
        world,
        site=site,
        network=network,
        control=replace(world.control, storage=storage),
        battery_soc_ratio=float(rng.uniform(0.05, 1.0)),
        faults=MappingProxyType({"none": (), "mixed": tuple(faults)}),
    )


def breach_of(seed: int, hours: float = 4.0) -> str:
    """Return what went wrong under a seed, "" when nothing did."""
    breaches = played(storage_world(seed, hours), seed).breaches
    return "; ".join(
        f"seed {seed}, {architecture_of(seed)}: {b.checker}: {b.what}, {b.time_s - START_S:.0f} s"
        for b in breaches
    )


def _fault(kind: FaultKind, rng: np.random.Generator, hours: float) -> FaultSpec:
    return FaultSpec(kind=kind, count=2, spread_s=hours * HOUR_S, length_s=float(rng.uniform(60.0, 2400.0)))


def _with_batteries(site: Site, rng: np.random.Generator) -> Site:
    batteries: tuple[Battery, ...] = ()
    for number in range(int(rng.integers(1, 4))):
        circuit = site.circuits[int(rng.integers(len(site.circuits)))]
        phases = PHASES[int(rng.integers(len(PHASES)))]
        w_per_a = len(phases) * site.voltage_v
        battery = Battery(
            battery_id=f"b{number}",
            circuit_id=circuit.circuit_id,
            phases=phases,
            capacity_wh=float(rng.uniform(2_000.0, 30_000.0)),
            charge_w=float(rng.uniform(3.0, 25.0)) * w_per_a,
            discharge_w=float(rng.uniform(1.0, 25.0)) * w_per_a,
            min_soc_ratio=0.05,
        )
        if not overfed(replace(site, batteries=(*batteries, battery)), network_of(site)):
            batteries = (*batteries, battery)
    feeding = {above for battery in batteries for above in (battery.circuit_id, "grid")}
    circuits = tuple(replace(c, feeds_back=c.feeds_back or c.circuit_id in feeding) for c in site.circuits)
    return replace(site, circuits=circuits, batteries=batteries)


if __name__ == "__main__":
    sys.exit(min(play(breach_of, sys.argv[1:]), 99))

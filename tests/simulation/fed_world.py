"""Worlds of the stress test with PV on them that jumps and collapses. Repeat one: python -m tests.simulation.fed_world SEED."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from tests.simulation.seeds import play
from tests.simulation.stress_world import HOUR_S, START_S, architecture_of, stress_world
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.run import run
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.network import Floats, network_of
from voltloom.site.storage import overfed, pv_row_a
from voltloom.site.topology import Phase, Pv, Site

JUMP_S = 60.0
PHASES = ((Phase.L1,), (Phase.L2, Phase.L3), tuple(Phase), tuple(Phase))


def fed_world(seed: int, hours: float = 4.0) -> Scenario:
    """Return the stress world of a seed with PV as large as a fuse bears, of which a cloud may take all in one step.

    Without other load beyond the plan: where PV hides it, no meter shows it and nobody could know (docs/faults.md).
    """
    world = stress_world(seed, hours)
    rng = np.random.default_rng([seed, 0x5017])
    site = _with_pv(world.site, rng)
    network = network_of(site)
    faults = tuple(spec for spec in world.faults["mixed"] if spec.kind is not FaultKind.GRID_LIMIT_CUT)
    collapses = FaultSpec(
        kind=FaultKind.PV_COLLAPSES,
        count=6,
        spread_s=hours * HOUR_S,
        length_s=float(rng.uniform(30.0, 1800.0)),
        magnitude_ratio=float(rng.choice([0.0, 0.1])),
    )
    start_s: Floats = np.arange(START_S, START_S + hours * HOUR_S, JUMP_S)
    part_ratio = rng.choice([0.0, 0.3, 1.0, 1.0], (start_s.size, 1))
    peak_a = sum(pv_row_a(site, network, pv, pv.peak_w) for pv in site.pvs)
    return replace(
        world,
        site=site,
        network=network,
        generation=OtherLoad(start_s=start_s, current_a=part_ratio * peak_a),
        faults=MappingProxyType({"none": (), "mixed": (*faults, collapses)}),
    )


def dark(world: Scenario) -> Scenario:
    """Return the same world with PV that gives nothing."""
    assert world.generation is not None
    nothing = replace(world.generation, current_a=np.zeros_like(world.generation.current_a))
    return replace(world, generation=nothing)


def played(world: Scenario, seed: int) -> RunResult:
    """Return what becomes of a world."""
    return run(
        world, architecture=architecture_of(seed), faults="mixed", seed=seed, checks=CheckPlan(stops=False)
    )


def breach_of(seed: int, hours: float = 4.0) -> str:
    """Return what went wrong under a seed, "" when nothing did."""
    breaches = played(fed_world(seed, hours), seed).breaches
    return "; ".join(
        f"seed {seed}, {architecture_of(seed)}: {b.checker}: {b.what}, {b.time_s - START_S:.0f} s"
        for b in breaches
    )


def _with_pv(site: Site, rng: np.random.Generator) -> Site:
    """Return the site with one to three plants on any circuits, together as large as every fuse bears."""
    plants: tuple[Pv, ...] = ()
    for number in range(int(rng.integers(1, 4))):
        circuit = site.circuits[int(rng.integers(len(site.circuits)))]
        phases = PHASES[int(rng.integers(len(PHASES)))]
        peak_a = circuit.rating_a * float(rng.uniform(0.2, 0.9))
        one = Pv(
            pv_id=f"pv{number}",
            circuit_id=circuit.circuit_id,
            phases=phases,
            peak_w=peak_a * len(phases) * site.voltage_v,
        )
        if not overfed(replace(site, pvs=(*plants, one)), network_of(site)):
            plants = (*plants, one)
    feeding = {above for pv in plants for above in (pv.circuit_id, "grid")}
    circuits = tuple(replace(c, feeds_back=c.circuit_id in feeding) for c in site.circuits)
    return replace(site, circuits=circuits, pvs=plants)


if __name__ == "__main__":
    sys.exit(min(play(breach_of, sys.argv[1:]), 99))

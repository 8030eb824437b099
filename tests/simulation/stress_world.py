"""Small random sites full of random faults: a world for each seed. Repeat one: python -m tests.simulation.stress_world SEED [HOURS]."""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.controller.settings import ControlSettings
from voltloom.safety.offline_limit import offline_limits
from voltloom.simulation.faults import FaultKind, FaultSpec, lies_about_circuits, mixed_faults
from voltloom.simulation.outside_limits import OutsideLimitSpec
from voltloom.simulation.run import run
from voltloom.simulation.scenario import OtherLoad, Scenario, StationSettings, VehicleSettings
from voltloom.simulation.summary import RunResult
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import Floats, Network, network_of
from voltloom.site.outside import LimitKind, LimitSource
from voltloom.site.tariff import NANO, Season, Tariff
from voltloom.site.topology import Circuit, Evse, Phase, Site, Wiring

L1, L2, L3 = Phase.L1, Phase.L2, Phase.L3
START_S = 1_700_000_000.0
HOUR_S = 3600.0
RULES = (
    "sequential",
    "parallel",
    "parallel-weighted",
    "parallel-tiered",
    "adaptive",
    "adaptive-edf",
    "adaptive-soc",
    "adaptive-tier",
)
PLANNED = "adaptive-plan"
ARCHITECTURES = (*RULES, PLANNED)
PLANNED_EACH = 5  # every fifth seed plans, each objective in turn; 5 and the number of rules share no factor
ROTATIONS = {
    Wiring.SINGLE_PHASE: ((L1,), (L2,), (L3,)),
    Wiring.LINE_TO_LINE: ((L1, L2), (L2, L3), (L3, L1)),
    Wiring.THREE_PHASE: ((L1, L2, L3), (L2, L3, L1), (L3, L1, L2)),
}
WIRINGS = (Wiring.SINGLE_PHASE, Wiring.THREE_PHASE, Wiring.THREE_PHASE, Wiring.LINE_TO_LINE)
PACES = (
    (30.0, 15.0, 30.0),
    (30.0, 30.0, 30.0),
    (60.0, 20.0, 60.0),
    (60.0, 30.0, 30.0),
)  # cycle, step, report
OTHER_STEP_S = 300.0
CUT_RATIO = 0.2  # what `mixed_faults` takes away beyond the plan
JUMP_RATIO = 0.5
BORNE_RATIO = 0.13  # IEC 60898-1: what a breaker bears beyond its rating for ever


def architecture_of(seed: int) -> str:
    """Return the architecture that a seed is run under: a plan every few seeds, otherwise each of the rules in turn."""
    return PLANNED if seed % PLANNED_EACH == PLANNED_EACH - 1 else RULES[seed % len(RULES)]


def objective_of(seed: int) -> Objective:
    """Return what a seed that plans plans for."""
    return tuple(Objective)[seed // PLANNED_EACH % len(Objective)]


def stress_world(seed: int, hours: float = 4.0) -> Scenario:
    """Return the world of a seed: site, cars, building and faults all drawn from it."""
    rng = np.random.default_rng([seed, 0x57E55])
    site = _site(rng)
    metered = tuple(circuit.circuit_id for circuit in site.circuits if circuit.is_metered)
    faults = mixed_faults(seed, 0.5, hours * HOUR_S, metered=metered)
    if lies_about_circuits(faults):
        site = _with_small_building(site)
    if rng.integers(2):
        site, faults = _with_offline_limits(site), _without_the_unseen(faults)
    if _jumps_beyond_catching(site):
        faults = _without(FaultKind.VEHICLE_IGNORES_LIMIT, faults)
    network = network_of(site)
    period_s, step_s, report_period_s = PACES[int(rng.integers(len(PACES)))]
    return Scenario(
        name=f"stress {seed}",
        site=site,
        network=network,
        visits=_visits(rng, site, network, hours),
        start_s=START_S,
        end_s=START_S + hours * HOUR_S,
        step_s=step_s,
        control=ControlSettings(period_s=period_s, planning=PlanningSettings(objective=objective_of(seed))),
        other_load=_other_load(rng, network, hours),
        vehicles=VehicleSettings(reaction_s=float(rng.choice([0.0, 5.0, 20.0]))),
        stations=StationSettings(
            report_period_s=report_period_s, delay_s=0.5, jitter_s=float(rng.choice([2.0, 15.0]))
        ),
        faults=MappingProxyType({"none": (), "mixed": faults}),
        tariff=_tariff(np.random.default_rng([seed, 0x7A21])),
        seed=seed,
    )


def _tariff(rng: np.random.Generator) -> Tariff:
    """Return prices that change five times a day, one of them perhaps negative, and perhaps a charge on the peak."""
    cents = rng.integers(-5, 40, 5)
    demand_eur_per_kw = float(rng.choice([0.0, 5.0, 15.0]))
    season = Season(
        season_id="always",
        first=(1, 1),
        last=(12, 31),
        weekdays=frozenset(range(7)),
        start_min=(0, 300, 660, 960, 1260),
        price_nano_per_kwh=tuple(int(cent) * NANO // 100 for cent in cents),
        demand_nano_per_kw=round(demand_eur_per_kw * NANO),
    )
    return Tariff(name="stress", currency="EUR", time_zone="Europe/Amsterdam", seasons=(season,))


def limited_world(seed: int, hours: float = 4.0) -> Scenario:
    """Return the world of a seed with limits from outside beside; they are drawn from a stream of their own."""
    world, rng = stress_world(seed, hours), np.random.default_rng([seed, 0x0115])
    return replace(
        world, outside_limits=tuple(_outside_limit(rng, hours) for _ in range(int(rng.integers(3, 9))))
    )


def _outside_limit(rng: np.random.Generator, hours: float) -> OutsideLimitSpec:
    """Return a limit or target somewhere in the tree; ids are few, so that some take the place of others."""
    most_a, in_watts = float(rng.uniform(0.0, 50.0)), bool(rng.integers(2))
    told_s = float(rng.uniform(0.0, hours)) * HOUR_S
    return OutsideLimitSpec(
        id=("a", "b", "c")[int(rng.integers(3))],
        source=(LimitSource.GRID_OPERATOR, LimitSource.ENERGY_MANAGEMENT)[int(rng.integers(2))],
        circuit=("", "grid", "row", "hall")[int(rng.integers(4))],
        limit_a=None if in_watts else most_a,
        power_w=most_a * 690.0 if in_watts else None,
        told_s=told_s,
        start_s=told_s + float(rng.choice([-60.0, 0.0, 900.0])),
        length_s=float(rng.uniform(0.1, 1.5)) * HOUR_S,
        withdrawn_s=told_s + float(rng.choice([math.inf, 1200.0])),
        kind=LimitKind.TARGET if rng.random() < 0.2 else LimitKind.LIMIT,
    )


def stressed(seed: int, hours: float = 4.0) -> RunResult:
    """Return what becomes of the world of a seed."""
    return run(stress_world(seed, hours), architecture=architecture_of(seed), faults="mixed", seed=seed)


def limited_breach_of(seed: int, hours: float = 4.0) -> str:
    """Return what went wrong under a seed with limits from outside, "" when nothing did."""
    world = limited_world(seed, hours)
    breaches = run(world, architecture=architecture_of(seed), faults="mixed", seed=seed).breaches
    return (
        ""
        if not breaches
        else f"seed {seed}: {breaches[0].checker}: {breaches[0].what}, {breaches[0].time_s - START_S:.0f} s"
    )


def breach_of(seed: int, hours: float = 4.0) -> str:
    """Return what went wrong under a seed and the command that repeats it, "" when nothing did."""
    breaches = stressed(seed, hours).breaches
    if not breaches:
        return ""
    first = breaches[0]
    return (
        f"seed {seed}, {architecture_of(seed)}: {first.checker}: {first.what}, {first.time_s - START_S:.0f} s after "
        f"the start\n    python -m tests.simulation.stress_world {seed} {hours:g}"
    )


def _site(rng: np.random.Generator) -> Site:
    """Return a grid connection with a row and a hall under it, and four to ten outlets."""
    circuits = (
        _circuit(rng, "grid", "", rating_a=(40.0, 100.0), most_other_a=12.0, is_metered=True),
        _circuit(
            rng, "row", "grid", rating_a=(32.0, 64.0), most_other_a=0.0, is_metered=bool(rng.integers(2))
        ),
        _circuit(
            rng, "hall", "grid", rating_a=(32.0, 64.0), most_other_a=8.0, is_metered=bool(rng.integers(2))
        ),
    )
    evses = tuple(_evse(rng, number) for number in range(int(rng.integers(4, 11))))
    return Site(
        name="stress",
        time_zone="Europe/Amsterdam",
        voltage_v=230.0,
        between_phases_v=400.0,
        circuits=circuits,
        evses=evses,
    )


def _circuit(
    rng: np.random.Generator,
    circuit_id: str,
    parent_id: str,
    *,
    rating_a: tuple[float, float],
    most_other_a: float,
    is_metered: bool,
) -> Circuit:
    return Circuit(
        circuit_id=circuit_id,
        parent_id=parent_id,
        rating_a=float(rng.uniform(*rating_a)),
        other_load_a=float(rng.uniform(0.0, most_other_a)),
        is_metered=is_metered,
    )


def _evse(rng: np.random.Generator, number: int) -> Evse:
    wiring = WIRINGS[int(rng.integers(len(WIRINGS)))]
    max_a = float(rng.choice([16.0, 32.0]))
    pilots_a = tuple(float(a) for a in range(6, int(max_a) + 1)) if rng.integers(2) else ()
    return Evse(
        evse_id=f"e{number}",
        circuit_id=("row", "hall")[int(rng.integers(2))],
        wiring=wiring,
        phases=ROTATIONS[wiring][int(rng.integers(3))],
        max_a=max_a,
        pilots_a=pilots_a,
    )


SILENCING = {
    FaultKind.CONTROLLER_CRASH,
    FaultKind.POWER_CUT,
    FaultKind.STATION_OFFLINE,
    FaultKind.MESSAGE_LOSS,
}


def _without_the_unseen(faults: tuple[FaultSpec, ...]) -> tuple[FaultSpec, ...]:
    """Return the faults without vehicles that ignore their limit, where silence may leave one to its station alone.

    A station that keeps more than nothing by itself then offers it, and it takes all it can: no offline limit is safe
    for it, and nobody is there to see it (docs/faults.md). Half of all worlds have stations that keep nothing.
    """
    if not any(spec.kind in SILENCING for spec in faults):
        return faults
    return _without(FaultKind.VEHICLE_IGNORES_LIMIT, faults)


def _jumps_beyond_catching(site: Site) -> bool:
    """Say whether one vehicle that takes all its outlet has lifts a full grid connection by more than half its rating.

    A warm breaker opens at one and a half times its rating in about a minute: a cycle, a report and a reaction take as
    long, so no controller at this pace is in time (docs/faults.md). Its station's own cut-off has to be.
    """
    rating_a = next(circuit.rating_a for circuit in site.circuits if not circuit.parent_id)
    return max(evse.max_a - evse.min_a for evse in site.evses) > JUMP_RATIO * rating_a


def _without(kind: FaultKind, faults: tuple[FaultSpec, ...]) -> tuple[FaultSpec, ...]:
    return tuple(spec for spec in faults if spec.kind is not kind)


def _with_offline_limits(site: Site) -> Site:
    """Return the site with stations that keep as much without a lease as is safe, sudden other load included."""
    network = network_of(site)
    safe = offline_limits(network, network.planned_other_a + CUT_RATIO * network.grid.rating_a)
    evses = tuple(replace(evse, offline_a=float(a)) for evse, a in zip(site.evses, safe.limit_a, strict=True))
    return replace(site, evses=evses)


def _with_small_building(site: Site) -> Site:
    """Return the site with no more building on any circuit than its breaker bears beyond its rating."""
    network = network_of(site)
    most_ratio = float((network.planned_other_a / network.grid.rating_a).max())
    scale_ratio = min(1.0, BORNE_RATIO / most_ratio) if most_ratio > 0.0 else 1.0
    circuits = tuple(
        replace(circuit, other_load_a=circuit.other_load_a * scale_ratio) for circuit in site.circuits
    )
    return replace(site, circuits=circuits)


def _visits(rng: np.random.Generator, site: Site, network: Network, hours: float) -> tuple[Visit, ...]:
    """Return cars that come one after the other to each outlet."""
    found: list[Visit] = []
    for number, evse in enumerate(site.evses):
        arrival_s = max(START_S + float(rng.uniform(-1.0, 1.0)) * HOUR_S / 2, START_S)
        count = 0
        while arrival_s < START_S + hours * HOUR_S:
            visit = _visit(rng, f"{number}-{count}", evse, network, arrival_s)
            found.append(visit)
            arrival_s = visit.departure_s + float(rng.exponential(900.0)) + 60.0
            count += 1
    return tuple(sorted(found, key=lambda visit: visit.arrival_s))


def _visit(rng: np.random.Generator, name: str, evse: Evse, network: Network, arrival_s: float) -> Visit:
    stay_s = float(rng.exponential(1.5 * HOUR_S)) + 600.0
    wants_wh = float(rng.uniform(2_000.0, 25_000.0))
    capacity_wh = wants_wh / float(rng.uniform(0.2, 0.9))
    uses_all_phases = bool(rng.random() < 0.75)
    w_per_a = float(network.w_per_a[int(uses_all_phases), network.index[evse.evse_id]])
    says_nothing = bool(rng.random() < 0.2)
    return Visit(
        session_id=f"s{name}",
        evse_id=evse.evse_id,
        id_token=f"t{name}",
        arrival_s=arrival_s,
        departure_s=arrival_s + stay_s,
        stated_departure_s=math.nan if says_nothing else arrival_s + stay_s * float(rng.uniform(0.6, 1.4)),
        stated_wh=math.nan if says_nothing else wants_wh * float(rng.uniform(0.8, 2.0)),
        wants_wh=wants_wh,
        max_power_w=w_per_a * min(evse.max_a, float(rng.choice([10.0, 16.0, 32.0]))),
        battery=BatterySpec(
            kind=BatteryKind.TWO_STAGE if rng.integers(2) else BatteryKind.IDEAL,
            capacity_wh=capacity_wh,
            initial_wh=capacity_wh - wants_wh,
        ),
        tier=int(rng.integers(3)),
        uses_all_phases=uses_all_phases,
        phases_known=bool(rng.random() < 0.7),
        # One that cannot follow a falling limit makes offline limits void: nobody holds it to 6 A once leases ended.
        is_dynamic=bool(rng.random() < 0.9) or evse.offline_a > 0.0,
        soc_known=bool(rng.integers(2)),
    )


def _other_load(rng: np.random.Generator, network: Network, hours: float) -> OtherLoad:
    """Return a building that jumps between a third and all of what was planned for it."""
    start_s: Floats = np.arange(START_S, START_S + hours * HOUR_S, OTHER_STEP_S)
    part_ratio = rng.uniform(0.3, 1.0, (start_s.size, 1))
    return OtherLoad(start_s=start_s, current_a=part_ratio * network.planned_other_a)


def main(arguments: list[str]) -> int:
    """Run one seed, or all from one up to another (FIRST..END), and say what broke; return how many did."""
    first, _, end = arguments[0].partition("..")
    hours = float(arguments[1]) if len(arguments) > 1 else 4.0
    broken = 0
    for seed in range(int(first), int(end or int(first) + 1)):
        what = breach_of(seed, hours)
        broken += bool(what)
        sys.stdout.write(f"{what}\n" if what else "" if end else f"seed {seed}: no breach\n")
        sys.stdout.flush()
    return broken


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 99))

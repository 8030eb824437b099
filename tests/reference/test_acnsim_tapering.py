"""Batteries that taper and quantised pilots are ACN-Sim's: its own rules, written on our kernels, deliver what it delivers.

The two rules that acnportal adds in these runs are written out here and nowhere else: everybody's minimum first by
remaining stay ("uninterrupted charging"), and a bound that follows what a vehicle really draws ("simple ramp-down"),
off where the library's lookup by the wrong key keeps it from acting (as shipped) and on where it is mended.
"""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from benchmarks.sweep_lane import World, plug_in, world_of
from benchmarks.worlds import PERIOD_S, TAPERING, garage
from voltloom.allocation.kernels import admitted, greedy_fill
from voltloom.simulation.kernels import taken_wh
from voltloom.site.network import Bools, Floats, Ints

FILE = Path(__file__).parent / "acnsim_week.json"
THRESHOLD_A = 1.0  # of the ramp-down, both ways


class Rampdown:
    """The most each EVSE is given, after what its vehicle drew of what it was given."""

    def __init__(self, max_a: Floats) -> None:
        self.bound_a = max_a.copy()
        self._max_a = max_a

    def begin(self, evse: int) -> None:
        self.bound_a[evse] = self._max_a[evse]

    def follow(self, candidates: Bools, pilot_a: Floats, drawn_a: Floats) -> None:
        falls = candidates & (pilot_a - drawn_a > THRESHOLD_A)
        rises = candidates & ~falls & (self.bound_a - drawn_a < THRESHOLD_A)
        self.bound_a = np.where(falls, drawn_a + THRESHOLD_A, self.bound_a + rises * THRESHOLD_A)
        self.bound_a = self.bound_a.clip(0.0, self._max_a)


def delivered_wh(world: World, rank: Callable[[Ints], Ints], *, ramps_down: bool) -> Floats:
    """Return what acnportal's sorted rule delivers to each visit, on our kernels."""
    outlets, visits, cars = world.outlets, world.visits, world.vehicles
    count = outlets.column.size
    delivered, pilot_a, drawn_a = np.zeros(visits.evse.size), np.zeros(count), np.zeros(count)
    rampdown, coming = Rampdown(outlets.max_a), 0
    for period in range(int(visits.departure.max()) + 1):
        stays = np.array([visit >= 0 and visits.departure[visit] > period for visit in cars.visit])
        cars.visit[~stays] = -1
        is_new = np.zeros(count, dtype=np.bool_)
        while coming < visits.evse.size and visits.arrival[coming] <= period:
            plug_in(cars, visits, coming)
            rampdown.begin(int(visits.evse[coming]))
            is_new[visits.evse[coming]] = True
            coming += 1
        need_a = cars.left_wh * 3600.0 / PERIOD_S / outlets.w_per_a
        candidates = (cars.visit >= 0) & (need_a > outlets.min_a)
        if ramps_down:
            rampdown.follow(candidates & ~is_new, pilot_a, drawn_a)
        pilot_a = _pilots(
            world, rank, candidates, np.minimum(need_a, np.maximum(rampdown.bound_a, outlets.min_a))
        )
        drawn_a = np.zeros(count)
        for evse in map(int, np.flatnonzero(pilot_a > 0.0)):
            energy_wh = taken_wh(cars, evse, pilot_a[evse] * outlets.w_per_a[evse], PERIOD_S)
            cars.charge_wh[evse] += energy_wh
            cars.left_wh[evse] -= energy_wh
            delivered[cars.visit[evse]] += energy_wh
            drawn_a[evse] = energy_wh * 3600.0 / PERIOD_S / outlets.w_per_a[evse]
    return delivered


def _pilots(world: World, rank: Callable[[Ints], Ints], candidates: Bools, upper_a: Floats) -> Floats:
    """Return the minimum for all it fits for, by remaining stay, then as much as fits in the order of the rule."""
    outlets, visits, nothing = world.outlets, world.visits, np.zeros(candidates.size)
    present = np.flatnonzero(candidates)
    leaving = present[np.argsort(visits.departure[world.vehicles.visit[present]], kind="stable")]
    let_in, _ = admitted(world.grid, outlets.column, nothing, leaving, outlets.min_a)
    order = leaving[let_in[leaving]]
    order = order[np.argsort(rank(world.vehicles.visit[order]), kind="stable")]
    pilot_a, _ = greedy_fill(
        world.grid,
        outlets.column,
        np.where(let_in, outlets.min_a, 0.0),
        order,
        outlets.min_a,
        upper_a,
        outlets.pilot_start,
        outlets.pilots_a,
    )
    return pilot_a


@pytest.mark.parametrize("rampdown", ["shipped", "mended"])
@pytest.mark.parametrize("rule", ["fcfs", "edf"])
def test_tapering_batteries_on_quantised_pilots_take_what_they_take_in_acnsim(
    rule: str, rampdown: str
) -> None:
    held = json.loads(FILE.read_text(encoding="utf-8"))
    options = ["--algorithm", rule, "--cap-kw", "40", "--battery", "two_stage", "--pilots", "quantised"]
    options += ["--rampdown", rampdown, "--uninterrupted"]
    known = next(made for made in held["runs"] if made["options"] == options)
    scenario = garage(TAPERING, cap_kw=40.0, first=date(2019, 10, 21), days=7)
    world = world_of(scenario, PERIOD_S)
    moment = world.visits.arrival if rule == "fcfs" else world.visits.departure

    delivered = delivered_wh(world, lambda visits: moment[visits], ramps_down=rampdown == "mended")

    ids = [visit.session_id for visit in sorted(scenario.visits, key=lambda visit: visit.arrival_s)]
    found = dict(zip(ids, delivered, strict=True))
    wanted_wh = float(world.visits.wants_wh.sum())
    assert delivered.sum() / wanted_wh == pytest.approx(known["delivered_ratio"], abs=0.0002)
    apart_wh = [
        abs(found[s] - wh) for s, wh in zip(held["session_ids"], known["session_delivered_wh"], strict=True)
    ]
    assert max(apart_wh) < 60.0  # a step of 1 A for a period is 17.3 Wh; ties of the order fall either way

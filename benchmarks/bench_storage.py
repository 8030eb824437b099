"""Batteries placed by the plan beside their own rule, the same days for both: what the site pays, what wears, what is delivered.

    python -m benchmarks.bench_storage [--days 1.5] [--worlds "yard;depot;vans"] [--set control.planning.x=1]

A day-ahead price needs the reference data beside the checkout; worlds that do are passed over with a word where they are missing.
"""

import argparse
import gzip
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

import numpy as np

from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import SHARED
from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.network import Floats, network_of
from voltloom.site.tariff import Tariff, bill_of
from voltloom.site.tariff_plan import tariff_of
from voltloom.site.topology import Battery, Phase
from voltloom.units import SECONDS_PER_DAY, kwh_from_wh, wh_from_w

PRICES = SHARED / "prices/nl_day_ahead_2015-2024.csv.gz"
CALM = date(
    2024, 11, 11
)  # Mondays: of an autumn with a spread of 8 ct between evening and night, of a winter with 15
WIDE = date(2022, 12, 5)
CHARGES_PER_MWH = 110.0  # taxes and the network on top of the market's price


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One way of control in one world. left_minor: what the batteries hold more at the end than at the start, at the lowest price.

    total_minor: energy, demand and wear less what is left. per_kwh_minor: of a kWh delivered to vehicles.
    """

    world: str
    control: str
    delivered_kwh: float
    delivered_ratio: float
    energy_minor: int
    demand_minor: int
    wear_minor: int
    left_minor: int
    total_minor: int
    per_kwh_minor: float
    peak_kw: float
    exported_kwh: float
    through_kwh: float
    given_kwh: float
    unmet_sessions: int
    cpu_s: float
    decision_ms_p95: float
    breaches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """A way of control. follows_plan: of batteries. feeds_back: whether outlets let vehicles."""

    name: str
    architecture: str
    follows_plan: bool = False
    feeds_back: bool = False


RULES = Control(name="cars and battery by rules", architecture="adaptive")
CARS = Control(name="cars by the plan, battery by its rule", architecture="adaptive-plan")
ALL = Control(name="cars and battery by the plan", architecture="adaptive-plan", follows_plan=True)
ONE_WAY = Control(name="the plan, nobody feeds back", architecture="adaptive-plan")
BOTH_WAYS = Control(name="the plan, vehicles feed back", architecture="adaptive-plan", feeds_back=True)
RULED = Control(name="cars by rules", architecture="adaptive")


def day_ahead(monday: date) -> Tariff | None:
    """Return the Dutch day-ahead prices around a week with the charges on top, None where the data are missing."""
    first, last = (monday - timedelta(days=2)).isoformat(), (monday + timedelta(days=7)).isoformat()
    if not PRICES.is_file():
        return None
    with gzip.open(PRICES, "rt", encoding="utf-8") as file:
        _, *lines = file.read().splitlines()
    kept = []
    for line in lines:
        _, moment, _, price_per_mwh = line.split(",")
        if "/" in moment:  # the newer part of the record has its own way of writing days
            day, month, rest = moment.split("/")
            moment = f"{rest[:4]}-{month}-{day}{rest[4:]}"
        if first <= moment[:10] <= last:
            kept.append(f"{moment},{float(price_per_mwh) + CHARGES_PER_MWH:.4f}")
    columns = {"time": "time", "price": "price"}
    table = {"name": "day ahead", "currency": "EUR", "columns": columns}
    return tariff_of(table, time_zone="Europe/Amsterdam", prices_csv="\n".join(["time,price", *kept]))


def yard(assignments: tuple[str, ...]) -> Scenario:
    """Return the shipped yard with PV, a battery, and a price by day and night."""
    return load_scenario("solar_yard", Overrides(assignments=assignments))


def depot(assignments: tuple[str, ...], monday: date = CALM) -> Scenario | None:
    """Return the shipped depot with a battery of 200 kWh on day-ahead prices."""
    tariff = day_ahead(monday)
    if tariff is None:
        return None
    world = load_scenario("depot", _week(monday, assignments))
    battery = Battery(
        battery_id="container",
        circuit_id="grid",
        phases=tuple(Phase),
        capacity_wh=200_000.0,
        charge_w=80_000.0,
        discharge_w=80_000.0,
        wear_eur_per_kwh=0.02,
    )
    circuits = tuple(
        replace(one, feeds_back=True, is_metered=True) if one.circuit_id == "grid" else one
        for one in world.site.circuits
    )
    site = replace(world.site, batteries=(battery,), circuits=circuits)
    return replace(world, site=site, network=network_of(site), tariff=tariff)


def vans(assignments: tuple[str, ...], monday: date = CALM) -> Scenario | None:
    """Return the shipped depot whose vans may feed back, on day-ahead prices."""
    tariff = day_ahead(monday)
    if tariff is None:
        return None
    return replace(load_scenario("v2g_depot", _week(monday, assignments)), tariff=tariff)


def vans_shipped(assignments: tuple[str, ...]) -> Scenario:
    """Return the shipped depot whose vans may feed back, on its own made-up prices."""
    return load_scenario("v2g_depot", Overrides(assignments=assignments))


def vans_of_lfp(assignments: tuple[str, ...]) -> Scenario | None:
    """Return the depot on day-ahead prices with vans whose cells wear as `site/ageing.py` has it at 200 EUR a kWh."""
    return vans((*assignments, "control.planning.vehicle_wear_per_kwh=0.025"))


def vans_in_a_wide_winter(assignments: tuple[str, ...]) -> Scenario | None:
    """Return the depot in December 2022, when evenings were dear."""
    return vans(assignments, WIDE)


def depot_in_a_wide_winter(assignments: tuple[str, ...]) -> Scenario | None:
    """Return the depot with a battery in December 2022, when evenings were dear."""
    return depot(assignments, WIDE)


def _week(monday: date, assignments: tuple[str, ...]) -> Overrides:
    return Overrides(first_day=monday, last_day=monday + timedelta(days=4), assignments=assignments)


WORLDS: dict[str, tuple[Callable[[tuple[str, ...]], Scenario | None], tuple[Control, ...]]] = {
    "yard": (yard, (RULES, CARS, ALL)),
    "depot": (depot, (RULES, CARS, ALL)),
    "depot, 2022": (depot_in_a_wide_winter, (CARS, ALL)),
    "vans": (vans, (RULED, ONE_WAY, BOTH_WAYS)),
    "vans, LFP": (vans_of_lfp, (ONE_WAY, BOTH_WAYS)),
    "vans, 2022": (vans_in_a_wide_winter, (ONE_WAY, BOTH_WAYS)),
    "vans, shipped prices": (vans_shipped, (ONE_WAY, BOTH_WAYS)),
}


def arranged(world: Scenario, control: Control, days: float) -> Scenario:
    """Return a world as it is played under a way of control, for cost."""
    planning = replace(world.control.planning, objective=Objective.COST)
    storage = replace(world.control.storage, follows_plan=control.follows_plan)
    end_s = min(world.end_s, world.start_s + days * SECONDS_PER_DAY)
    world = replace(world, control=replace(world.control, planning=planning, storage=storage), end_s=end_s)
    if control.feeds_back or not world.network.feeds_from_vehicles:
        return world
    site = replace(world.site, evses=tuple(replace(evse, discharge_a=0.0) for evse in world.site.evses))
    return replace(world, site=site, network=network_of(site))


def drawn_w(world: Scenario, result: RunResult) -> Floats:
    """Return what the site drew from the grid in each step, (T,), export negative."""
    if result.storage is not None:
        return result.storage.grid_w
    root = world.network.is_root
    times_s = world.start_s + result.trace.step_s * np.arange(result.trace.power_w.size)
    step = np.searchsorted(world.other_load.start_s, times_s, side="right") - 1
    other_w: Floats = world.other_load.current_a[step.clip(0)][:, root].sum(axis=1) * world.site.voltage_v
    return other_w + result.trace.power_w


def given_kwh(result: RunResult, end_s: float) -> float:
    """Return what vehicles fed back, as their sampled powers tell."""
    total_wh = 0.0
    for session in result.trace.sessions:
        if session.sample_s.size:
            times_s = np.append(session.sample_s, max(end_s, float(session.sample_s[-1])))
            total_wh += wh_from_w(float((np.diff(times_s) * (-session.sample_w).clip(0.0)).sum()), 1.0)
    return kwh_from_wh(total_wh)


def played(name: str, world: Scenario, control: Control, days: float) -> Row:
    """Return what becomes of a world under a way of control."""
    world = arranged(world, control, days)
    began_s = time.process_time()
    result = run(world, architecture=control.architecture, faults="none", seed=1)
    cpu_s = time.process_time() - began_s
    summary, kept, tariff, step_s = result.summary, result.storage, world.tariff, result.trace.step_s
    assert tariff is not None
    grid_w, given = drawn_w(world, result), given_kwh(result, world.end_s)
    bill = bill_of(tariff, world.start_s, step_s, wh_from_w(1.0, step_s) * grid_w.clip(0.0))
    lowest = min(tariff.price_nano_at(world.start_s + 3600.0 * hour) for hour in range(int(24 * days))) / 1e9
    left_minor = through_kwh = 0.0
    wear_minor = given * world.control.planning.vehicle_wear_per_kwh * 10**tariff.minor_digits
    if kept is not None and kept.ids:
        left_wh = sum(
            battery.capacity_wh * battery.discharge_efficiency_ratio * float(ratio[-1] - ratio[0])
            for battery, ratio in zip(world.site.batteries, kept.soc_ratio.T, strict=True)
        )
        left_minor = kwh_from_wh(left_wh) * lowest * 10**tariff.minor_digits
        wear_minor += kept.wear_minor
        through_kwh = kwh_from_wh(float((kept.charged_wh + kept.discharged_wh).sum()))
    total = bill.total_minor + wear_minor - left_minor
    delivered_kwh = kwh_from_wh(summary.energy_delivered_wh)
    return Row(
        world=name,
        control=control.name,
        delivered_kwh=round(delivered_kwh, 1),
        delivered_ratio=round(summary.delivered_ratio, 4),
        energy_minor=bill.energy_minor,
        demand_minor=bill.demand_minor,
        wear_minor=round(wear_minor),
        left_minor=round(left_minor),
        total_minor=round(total),
        per_kwh_minor=round(total / delivered_kwh, 3),
        peak_kw=round(bill.peak_w / 1000.0, 2),
        exported_kwh=round(kwh_from_wh(wh_from_w(float((-grid_w).clip(0.0).sum()), step_s)), 1),
        through_kwh=round(through_kwh, 1),
        given_kwh=round(given, 1),
        unmet_sessions=summary.unmet_sessions,
        cpu_s=round(cpu_s, 1),
        decision_ms_p95=round(summary.decision_ms_p95, 1),
        breaches=len(result.breaches),
    )


# A run that ends at midnight would leave out what a plan puts off to the cheap hours after it.
NIGHT_AND_HALF = 1.5
DAYS = {"yard": 4.0}


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, print, keep; worlds that are not measured stay as they were kept."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--days", type=float, help="left out, until a noon by which everybody has left, the yard longer"
    )
    parser.add_argument("--worlds", default=";".join(WORLDS))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args(arguments)
    rows = []
    for name in given.worlds.split(";"):
        made, controls = WORLDS[name]
        world = made(tuple(given.set))
        if world is None:
            print(f"no reference data beside the checkout: {name} is left out", file=sys.stderr)
            continue
        for control in controls:
            row = played(name, world, control, given.days or DAYS.get(name, NIGHT_AND_HALF))
            rows.append(row)
            print(
                f"{row.world:<20} {row.control:<38} {row.delivered_kwh:>8.1f} kWh ({100 * row.delivered_ratio:.1f} %)"
                f" {row.energy_minor / 100:>8.2f} + {row.demand_minor / 100:>7.2f} + {row.wear_minor / 100:>6.2f}"
                f" - {row.left_minor / 100:>6.2f} = {row.total_minor / 100:>8.2f}, {row.per_kwh_minor:.2f} a kWh,"
                f" peak {row.peak_kw} kW, sold {row.exported_kwh} kWh, fed back {row.given_kwh} kWh, p95 {row.decision_ms_p95} ms",
                flush=True,
            )
    told = {"date": given.date, **commit(), "machine": machine(), "set": given.set}
    file = RESULTS / "storage.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name in {row.world for row in rows}:
        days = given.days or DAYS.get(name, NIGHT_AND_HALF)
        kept[name] = {**told, "days": days, "rows": [asdict(row) for row in rows if row.world == name]}
    file.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

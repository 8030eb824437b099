"""Run one ACN-Sim simulation and print its outcome as one JSON object; runs inside the acnportal environment only.

Standard library and acnportal, nothing of Voltloom: this is the other side of every comparison. Sessions come either in
the normalised schema (times in UTC, what was delivered counts as the request, as the ACN papers do) or in 5-minute
periods. CPU seconds are those of `Simulator.run()`; imports and reading the file stand apart.
"""

import argparse
import csv
import gzip
import importlib.metadata
import io
import json
import platform
import sys
import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from acnportal import acnsim, algorithms
from acnportal.acnsim.events import EventQueue, PluginEvent
from acnportal.acnsim.models.battery import Battery, Linear2StageBattery, batt_cap_fn
from acnportal.acnsim.models.ev import EV
from acnportal.acnsim.network.sites import caltech_acn
from acnportal.acnsim.network.sites.auto_acn import simple_acn

PERIOD_MIN = 5
VOLTAGE_V = 208
PAUSE_A = 0.1  # an optimiser's zero is rarely exact
TOLD = ("algorithm", "cap_kw", "site", "battery", "pilots", "rampdown", "uninterrupted", "days")
SORT_RULES = {
    "llf": algorithms.least_laxity_first,
    "edf": algorithms.earliest_deadline_first,
    "fcfs": algorithms.first_come_first_served,
    "rr": algorithms.first_come_first_served,
}


class MendedRampdown(algorithms.SimpleRampdown):
    """The library's ramp-down with its bounds found.

    `SimpleRampdown` keeps its bounds by session id, but `apply_upper_bound_estimate` asks for them by station id, finds
    none and applies infinity. At any moment a station holds one session, so the very same bounds handed out under the
    station's name are what the code means. Nothing in the library is edited.
    """

    def get_maximum_rates(self, sessions):
        """Return the bound of each session under the id of the station it is at."""
        bounds = super().get_maximum_rates(sessions)
        return {session.station_id: bounds[session.session_id] for session in sessions}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One session in whole periods since the start of the simulation."""

    session_id: str
    station_id: str
    arrival: int
    departure: int
    stated_departure: int
    requested_kwh: float
    max_power_kw: float
    battery_kwh: float
    initial_kwh: float


def rows_of(path: Path) -> list[dict[str, str]]:
    """Read a CSV, packed or not."""
    raw = path.read_bytes()
    text = gzip.decompress(raw) if path.suffix == ".gz" else raw
    return list(csv.DictReader(io.StringIO(text.decode("utf-8"))))


def period_of(moment: datetime) -> int:
    """Return the 5-minute period of the Unix epoch that a moment lies in."""
    return int(moment.timestamp() / (60 * PERIOD_MIN))


def from_periods(row: dict[str, str]) -> Visit:
    """Return a session of the file of March 2019."""
    return Visit(
        session_id=row["session_id"],
        station_id=row["station_id"],
        arrival=int(row["arrival_period"]),
        departure=int(row["departure_period"]),
        stated_departure=int(row["estimated_departure_period"]),
        requested_kwh=float(row["requested_kwh"]),
        max_power_kw=float(row["max_power_kw"]),
        battery_kwh=float(row["battery_kwh"]),
        initial_kwh=float(row["initial_charge_kwh"]),
    )


def from_moments(row: dict[str, str], offset: int, options: argparse.Namespace) -> Visit:
    """Return a normalised session as acnportal's `get_evs(max_len=144, force_feasible=True)` makes it."""
    arrival = period_of(datetime.fromisoformat(row["arrival"])) - offset
    departure = period_of(datetime.fromisoformat(row["departure"])) - offset
    departure = min(departure, arrival + options.max_stay_periods)
    feasible_kwh = options.max_power_kw * (departure - arrival) * PERIOD_MIN / 60
    requested_kwh = min(float(row["energy_kwh"]), feasible_kwh)
    return Visit(
        session_id=row["session_id"],
        station_id=row["station_id"],
        arrival=arrival,
        departure=departure,
        stated_departure=departure,
        requested_kwh=requested_kwh,
        max_power_kw=options.max_power_kw,
        battery_kwh=requested_kwh,
        initial_kwh=0.0,
    )


def visits_of(options: argparse.Namespace) -> tuple[list[Visit], int]:
    """Return the sessions of the days asked for, and how many were left out for staying less than one period."""
    rows = rows_of(options.sessions)
    if "arrival_period" in rows[0]:
        visits = [from_periods(row) for row in rows]
    else:
        offset = period_of(options.start)
        visits = [from_moments(row, offset, options) for row in rows]
    end = options.days * 24 * 60 // PERIOD_MIN
    wanted = [visit for visit in visits if 0 <= visit.arrival < end]
    kept = [visit for visit in wanted if visit.departure > visit.arrival]
    return kept, len(wanted) - len(kept)


def tapering_battery(visit: Visit) -> Linear2StageBattery:
    """Return the battery that tapers as far as the visit's request just stays feasible, as the library fits it.

    A request cut to what the whole stay can carry is refused for its last rounding error; asked for a billionth less,
    the fit succeeds. (The library also returns a ratio where it means kWh when a vehicle arrives above the transition;
    it is left as it is, since the published tables rest on it.)
    """
    stay = visit.departure - visit.arrival
    try:
        capacity_kwh, initial_kwh = batt_cap_fn(visit.requested_kwh, stay, VOLTAGE_V, PERIOD_MIN)
    except ValueError:
        capacity_kwh, initial_kwh = batt_cap_fn(visit.requested_kwh * (1 - 1e-9), stay, VOLTAGE_V, PERIOD_MIN)
    return Linear2StageBattery(capacity_kwh, initial_kwh, visit.max_power_kw)


def vehicle_of(visit: Visit, battery: str) -> EV:
    """Return the vehicle with the battery asked for."""
    if battery == "two_stage":
        pack = tapering_battery(visit)
    else:
        pack = Battery(visit.battery_kwh, visit.initial_kwh, visit.max_power_kw)
    return EV(
        visit.arrival,
        visit.departure,
        visit.requested_kwh,
        visit.station_id,
        visit.session_id,
        pack,
        estimated_departure=visit.stated_departure,
    )


def rampdown_of(options: argparse.Namespace) -> algorithms.SimpleRampdown | None:
    """Return the ramp-down asked for."""
    estimators = {"off": None, "shipped": algorithms.SimpleRampdown, "mended": MendedRampdown}
    estimator = estimators[options.rampdown]
    return estimator() if estimator else None


def algorithm_of(options: argparse.Namespace) -> algorithms.SortedSchedulingAlgo:
    """Return the scheduling algorithm with the ramp-down asked for."""
    estimator = rampdown_of(options)
    common = {
        "estimate_max_rate": estimator is not None,
        "max_rate_estimator": estimator,
        "uninterrupted_charging": options.uninterrupted,
    }
    if options.algorithm == "rr":
        return algorithms.RoundRobin(SORT_RULES["rr"], continuous_inc=options.increment_a, **common)
    return algorithms.SortedSchedulingAlgo(SORT_RULES[options.algorithm], **common)


def network_of(options: argparse.Namespace) -> acnsim.ChargingNetwork:
    """Return the garage: its eight phasor limits, or one limit on the sum of all currents."""
    garage = caltech_acn(
        basic_evse=options.pilots == "continuous", voltage=VOLTAGE_V, transformer_cap=options.cap_kw
    )
    if options.site == "caltech":
        return garage
    return simple_acn(garage.station_ids, voltage=VOLTAGE_V, aggregate_cap=options.cap_kw)


def simulator_of(options: argparse.Namespace, vehicles: list[EV], algorithm: object) -> acnsim.Simulator:
    """Return a simulation of the vehicles that waits for its run."""
    return acnsim.Simulator(
        network_of(options),
        algorithm,
        EventQueue([PluginEvent(vehicle.arrival, vehicle) for vehicle in vehicles]),
        options.start,
        period=PERIOD_MIN,
        verbose=False,
    )


def timed_run(simulator: acnsim.Simulator) -> tuple[float, list[str]]:
    """Run it; return its CPU seconds and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        began_s = time.process_time()
        simulator.run()
        cpu_s = time.process_time() - began_s
    return cpu_s, sorted({str(warning.message)[:120] for warning in caught})


def pauses_of(simulator: acnsim.Simulator, vehicles: list[EV]) -> int:
    """Return how often any vehicle stood still between two periods in which it charged."""
    pauses = 0
    for vehicle in vehicles:
        row = simulator.network.station_ids.index(vehicle.station_id)
        rates_a = simulator.charging_rates[row, vehicle.arrival : vehicle.departure]
        charging = np.flatnonzero(rates_a > PAUSE_A)
        pauses += int((np.diff(charging) > 1).sum())
    return pauses


def outcome(options: argparse.Namespace) -> dict[str, object]:
    """Build the simulation, run it, and return what came of it."""
    visits, left_out = visits_of(options)
    vehicles = [vehicle_of(visit, options.battery) for visit in visits]
    simulator = simulator_of(options, vehicles, algorithm_of(options))
    cpu_s, warned = timed_run(simulator)
    found: dict[str, object] = {
        "increment_a": options.increment_a if options.algorithm == "rr" else None,
        "left_out_under_one_period": left_out,
        **found_by(options, simulator, vehicles),
        "warnings": warned,
        "cpu_s": cpu_s,
    }
    if options.per_session:
        found["session_delivered_kwh"] = {
            vehicle.session_id: round(vehicle.energy_delivered, 6) for vehicle in vehicles
        }
    return found


def found_by(
    options: argparse.Namespace, simulator: acnsim.Simulator, vehicles: list[EV]
) -> dict[str, object]:
    """Return what was run and what every algorithm is measured by."""
    requested_kwh = sum(vehicle.requested_energy for vehicle in vehicles)
    delivered_kwh = sum(vehicle.energy_delivered for vehicle in vehicles)
    return {
        "program": "acnportal " + importlib.metadata.version("acnportal"),
        "python": platform.python_version(),
        "numpy": importlib.metadata.version("numpy"),
        **{name: getattr(options, name) for name in TOLD},
        "sessions": len(vehicles),
        "requested_kwh": requested_kwh,
        "delivered_kwh": delivered_kwh,
        "delivered_ratio": delivered_kwh / requested_kwh,
        "pauses_per_session": pauses_of(simulator, vehicles) / len(vehicles),
        "peak_a": float(simulator.peak),
        "overload_a": overload_of(simulator),
        "periods": simulator.iteration,
    }


def overload_of(simulator: acnsim.Simulator) -> float:
    """Return the most amperes by which any circuit was beyond its rating, 0 where none was."""
    network = simulator.network
    beyond_a = np.abs(network.constraint_current(simulator.charging_rates)).T - network.magnitudes
    return max(0.0, float(beyond_a.max()))


def parser_of(description: str | None) -> argparse.ArgumentParser:
    """Return the options that say which world is simulated."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--sessions", type=Path, required=True)
    parser.add_argument("--start", type=datetime.fromisoformat, default=datetime(2019, 3, 1, 8, tzinfo=UTC))
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--site", choices=("caltech", "aggregate"), default="caltech")
    parser.add_argument("--cap-kw", type=float, required=True)
    parser.add_argument("--battery", choices=("ideal", "two_stage"), default="ideal")
    parser.add_argument("--pilots", choices=("continuous", "quantised"), default="continuous")
    parser.add_argument("--rampdown", choices=("off", "shipped", "mended"), default="off")
    parser.add_argument("--uninterrupted", action="store_true")
    parser.add_argument("--max-power-kw", type=float, default=6.656)
    parser.add_argument("--max-stay-periods", type=int, default=144)
    parser.add_argument("--per-session", action="store_true")
    return parser


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--algorithm", choices=tuple(SORT_RULES), required=True)
    parser.add_argument("--increment-a", type=float, default=0.1)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    json.dump(outcome(options_of(sys.argv[1:])), sys.stdout, indent=1)
    print()

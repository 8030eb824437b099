"""Run ASA once in ACN-Sim and print its outcome as one JSON object; runs inside the acnportal environment only.

    .venv-acnsim/bin/python -m benchmarks.asa_month --sessions FILE --cap-kw 50 [--objective profit]

Same sessions, network, batteries and pilots as `acnsim_month.py`, and the same figures, with what each decision cost.
"""

import argparse
import importlib.metadata
import json
import sys
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from acnportal.signals.tariffs import TimeOfUseTariff

from benchmarks.acnsim_month import (
    PERIOD_MIN,
    VOLTAGE_V,
    found_by,
    parser_of,
    rampdown_of,
    simulator_of,
    timed_run,
    vehicle_of,
    visits_of,
)
from benchmarks.asa import EQUAL_SHARE_WEIGHT, AdaptiveScheduling, Money

ZONE = ZoneInfo("America/Los_Angeles")
TARIFF = "sce_tou_ev_4_march_2019"


def prices_of(start: datetime, periods: int) -> np.ndarray:
    """Return the price of a kWh in each period, by the local clock."""
    tariff, begin = TimeOfUseTariff(TARIFF), start.astimezone(UTC)
    moments = (begin + timedelta(minutes=PERIOD_MIN * number) for number in range(periods))
    return np.array([tariff.get_tariff(moment.astimezone(ZONE)) for moment in moments])


def money_of(options: argparse.Namespace, last_period: int) -> Money:
    """Return prices up to a period and a longest stay beyond it."""
    return Money(
        revenue_per_kwh=options.revenue_per_kwh,
        prices_per_kwh=prices_of(options.start, last_period + options.max_stay_periods),
        demand_charge_per_kw=TimeOfUseTariff(TARIFF).get_demand_charge(options.start.astimezone(ZONE)),
        days=options.days,
        hint_kw=options.hint_kw,
    )


def bill_of(money: Money, rates_a: np.ndarray, delivered_kwh: float) -> dict[str, float]:
    """Return what the currents (stations, periods) earned and cost, in dollars."""
    power_kw = rates_a.sum(axis=0) * VOLTAGE_V / 1000
    revenue = money.revenue_per_kwh * delivered_kwh
    energy = float(money.prices_per_kwh[: len(power_kw)] @ power_kw) * PERIOD_MIN / 60
    demand = money.demand_charge_per_kw * float(power_kw.max())
    return {
        "revenue_usd": revenue,
        "energy_usd": energy,
        "demand_usd": demand,
        "profit_usd": revenue - energy - demand,
    }


def decisions_of(algorithm: AdaptiveScheduling) -> dict[str, object]:
    """Return what the decisions cost: all that had a vehicle to decide for."""
    cpu_s = np.array([decision.cpu_s for decision in algorithm.decisions])
    wall_s = np.array([decision.wall_s for decision in algorithm.decisions])
    p50_ms, p95_ms = np.quantile(1000 * cpu_s, (0.5, 0.95))
    wall_p50_ms, wall_p95_ms = np.quantile(1000 * wall_s, (0.5, 0.95))
    return {
        "decisions": len(cpu_s),
        "unsolved": sum(not decision.is_solved for decision in algorithm.decisions),
        "decisions_cpu_s": float(cpu_s.sum()),
        "decision_cpu_ms_p50": p50_ms,
        "decision_cpu_ms_p95": p95_ms,
        "decision_wall_ms_p50": wall_p50_ms,
        "decision_wall_ms_p95": wall_p95_ms,
        "most_vehicles": max(decision.vehicles for decision in algorithm.decisions),
    }


def outcome(options: argparse.Namespace) -> dict[str, object]:
    """Build the simulation, run it, and return what came of it."""
    visits, left_out = visits_of(options)
    vehicles = [vehicle_of(visit, options.battery) for visit in visits]
    money = money_of(options, max(visit.departure for visit in visits) + 1)
    algorithm = AdaptiveScheduling(
        quantised=options.pilots == "quantised",
        uninterrupted=options.uninterrupted,
        estimator=rampdown_of(options),
        money=money if options.objective == "profit" else None,
        equal_share_weight=options.equal_share_weight,
        direct=options.direct,
    )
    simulator = simulator_of(options, vehicles, algorithm)
    cpu_s, warned = timed_run(simulator)
    found = found_by(options, simulator, vehicles)
    rates_a = simulator.charging_rates[:, : len(money.prices_per_kwh)]
    return {
        **found,
        "cvxpy": importlib.metadata.version("cvxpy"),
        "clarabel": importlib.metadata.version("clarabel"),
        "objective": options.objective,
        "equal_share_weight": options.equal_share_weight,
        "hint_kw": options.hint_kw,
        "written": "directly" if options.direct else "in CVXPY",
        "left_out_under_one_period": left_out,
        **bill_of(money, rates_a, float(found["delivered_kwh"])),
        "warnings": warned,
        "cpu_s": cpu_s,
        **decisions_of(algorithm),
    }


def options_of(arguments: list[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = parser_of(__doc__)
    parser.add_argument("--objective", choices=("energy", "profit"), default="energy")
    parser.add_argument("--revenue-per-kwh", type=float, default=0.30)
    parser.add_argument("--hint-kw", type=float, default=0.0, help="a peak that is expected anyway")
    parser.add_argument("--equal-share-weight", type=float, default=EQUAL_SHARE_WEIGHT)
    parser.add_argument(
        "--direct", action="store_true", help="the same problem filled into Clarabel directly"
    )
    parser.set_defaults(algorithm="asa")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    json.dump(outcome(options_of(sys.argv[1:])), sys.stdout, indent=1)
    print()

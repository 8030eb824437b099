"""How long a plan takes that places a battery and lets vehicles feed back, beside the same plan without.

python -m benchmarks.storage_time [--vehicles 54] [--givers 12] [--rounds 20]
"""

import argparse
import statistics
import time

import numpy as np

from benchmarks.bench_horizon import instance, lengths_s
from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.problem import Flows, Givers, Peak, Problem, Stores
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.units import SECONDS_PER_HOUR

KW_PER_A = 0.208  # of the garage's outlets


def with_flows(problem: Problem, givers_count: int, seed: int) -> Problem:
    """Return a garage's problem with a battery of 100 kWh, prices, a building, sun, and some vehicles that feed back."""
    chance = np.random.default_rng([seed, 5])
    demand, limits = problem.demand, problem.limits
    count, steps = demand.high_a.shape
    hours = lengths_s(steps) / SECONDS_PER_HOUR
    at_h = np.cumsum(hours)
    other_kw = 30.0 + 20.0 * np.sin(at_h / 24.0 * 2.0 * np.pi) + chance.normal(0.0, 2.0, steps)
    one = np.ones(1)
    stores = Stores(
        charge_kw=40.0 * one,
        discharge_kw=40.0 * one,
        start_kwh=50.0 * one,
        least_kwh=5.0 * one,
        most_kwh=100.0 * one,
        charge_ratio=0.96 * one,
        discharge_ratio=0.96 * one,
        wear_per_kwh=0.006 * one,
        end_worth_per_kwh=0.03 * one,
        kept_kwh=20.0 * one,
        kept_worth_per_kwh=0.05 * one,
        reference_kw=np.zeros((1, steps)),
        a_per_kw=np.ones((limits.rating_a.shape[0], 1)),
    )
    place = np.arange(givers_count)
    givers = Givers(
        place=place,
        most_a=np.minimum(demand.high_a[place], 16.0),
        spare_kwh=chance.uniform(5.0, 30.0, place.size),
        room_kwh=chance.uniform(5.0, 30.0, place.size),
        short_kwh=demand.need_kwh[place],
        least_end_kwh=np.zeros(place.size),
        kept_ratio=0.85,
        wear_per_kwh=0.018,
    )
    flows = Flows(
        length_h=hours,
        other_kw=other_kw,
        buy_per_kwh=0.05 + 0.03 * np.cos(at_h / 12.0 * 2.0 * np.pi),
        sell_per_kwh=np.full(steps, 0.015),
        kw_per_a=np.full(count, KW_PER_A),
        back_a=10.0 * limits.rating_a[:, 0],
        stores=stores,
        givers=givers,
    )
    peak = Peak(np.full(count, KW_PER_A), other_kw, 45.0, 1.0)
    return problem._replace(peak=peak, flows=flows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--vehicles", type=int, default=54)
    parser.add_argument("--givers", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=20)
    given = parser.parse_args()
    for steps in (24, 36, 46, 96):
        ways = {}
        for name in ("without", "with"):
            spent_ms, rounds, failed = [], [], 0
            for seed in range(given.rounds + 1):
                problem = instance(seed, given.vehicles, steps, 50.0)
                if name == "with":
                    problem = with_flows(problem, given.givers, seed)
                began_s = time.process_time()
                answer = checked(problem, solved)
                spent_ms.append(1000.0 * (time.process_time() - began_s))
                failed += answer is None
                rounds.append(0 if answer is None else answer.rounds)
            spent_ms = spent_ms[1:]  # the first compiles
            ways[name] = (
                f"{statistics.median(spent_ms):.1f} ms (p95 {np.quantile(spent_ms, 0.95):.1f}), "
                f"{statistics.median(rounds):.0f} rounds, {failed} without an answer"
            )
        print(f"{steps} steps: without flows {ways['without']}; with {ways['with']}", flush=True)


if __name__ == "__main__":
    main()

"""What lost and late messages and wrong departures cost a plan: `python -m benchmarks.bench_plan_faults [--day 2019-10-02] [--quick]`.

One day of the shipped sample under realistic control, once for each architecture and combination. Prints a table; the numbers
are kept in benchmarks/results/plan_faults.json, each with the code it is of. `--architecture` measures one and keeps the others' rows.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import product
from pathlib import Path
from types import MappingProxyType

from benchmarks.run import RESULTS, commit, machine
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.summary import RunSummary

LOSS_RATIO = (0.0, 0.02, 0.05, 0.1)
DELAY_S = (0.0, 60.0, 120.0, 300.0)
DEPARTURES = ("actual", "typed")
ARCHITECTURES = ("sequential", "parallel", "adaptive", "adaptive-plan")
PATH = RESULTS / "plan_faults.json"
FEW_RATIO = (LOSS_RATIO[0], LOSS_RATIO[-1])


def day_of(day: date, departures: str, loss_ratio: float, delay_s: float) -> Scenario:
    """Return a day of the sample. departures: "actual" or "typed", needs alike. delay_s: at most, evenly drawn."""
    stated = (f"sessions.stated_need={departures}", f"sessions.stated_departure={departures}")
    world = load_scenario("caltech_sample", Overrides(first_day=day, last_day=day, assignments=stated))
    specs: list[FaultSpec] = []
    if loss_ratio > 0.0:
        specs.append(FaultSpec(kind=FaultKind.MESSAGE_LOSS, magnitude_ratio=loss_ratio))
    if delay_s > 0.0:
        specs.append(FaultSpec(kind=FaultKind.MESSAGE_DELAY, jitter_s=delay_s))
    return replace(world, faults=MappingProxyType({"none": (), "link": tuple(specs)}))


def lived(world: Scenario, architecture: str) -> RunSummary:
    """Return what came of a day. Raises AssertionError where a checker saw a breach."""
    result = run(world, architecture=architecture, faults="link", seed=1)
    assert not result.breaches, result.breaches[0]
    return result.summary


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--day", type=date.fromisoformat, default=date(2019, 10, 2))
    parser.add_argument("--quick", action="store_true", help="only the least and the greatest loss")
    parser.add_argument("--architecture", choices=ARCHITECTURES, action="append", help="only these")
    given = parser.parse_args()
    losses = FEW_RATIO if given.quick else LOSS_RATIO
    chosen, code = given.architecture or ARCHITECTURES, commit()
    rows: list[dict[str, object]] = []
    for departures, loss_ratio, delay_s, architecture in product(DEPARTURES, losses, DELAY_S, chosen):
        summary = lived(day_of(given.day, departures, loss_ratio, delay_s), architecture)
        row = {
            "architecture": architecture,
            "departures": departures,
            "loss_ratio": loss_ratio,
            "delay_s": delay_s,
            "delivered_ratio": round(summary.delivered_ratio, 5),
            "energy_delivered_wh": round(summary.energy_delivered_wh),
            "overload_a_s": summary.overload_a_s,
            "breaker_trips": summary.breaker_trips,
            "degraded_s": summary.degraded_s,
            "commit": code["commit"],
        }
        rows.append(row)
        print(" ".join(f"{name}={value}" for name, value in row.items()), flush=True)
    kept = {**machine(), "day": given.day.isoformat(), "rows": rows + others_in(PATH, chosen)}
    PATH.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def others_in(path: Path, chosen: Sequence[str]) -> list[dict[str, object]]:
    """Return the rows kept before of architectures that were not measured now."""
    if set(chosen) == set(ARCHITECTURES) or not path.exists():
        return []
    kept = json.loads(path.read_text(encoding="utf-8"))
    return [row for row in kept["rows"] if row["architecture"] not in chosen]


if __name__ == "__main__":
    main()

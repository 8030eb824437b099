"""A week of decisions: our planner beside the published one written in CVXPY anew in every period, in one run.

    python -m benchmarks.bench_plan_cpu --acnsim-python .venv-acnsim/bin/python

Both plan the week of 21 October 2019 behind 40 kW with ideal batteries. Ours runs before and after the peer, so that a machine
that grows busier shows; its figures are the medians. CPU seconds of whole runs count simulation, those of decisions do not.
"""

import argparse
import json
import statistics
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.asa_peer import WEEK, outcome
from benchmarks.bench_plan import Timed
from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import THREE_PHASE, garage
from voltloom.simulation.play import Play
from voltloom.simulation.run import controller_of, play_with, warm_up
from voltloom.simulation.scenario import Scenario

TARGET = RESULTS / "plan_cpu.json"
PLANNER = "adaptive-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Took:
    """What one run of ours delivered and took."""

    delivered_ratio: float
    overload_a_s: float
    decisions: int
    decisions_cpu_s: float
    run_cpu_s: float


def our_run(scenario: Scenario) -> Took:
    """Play the week once."""
    controller = Timed(controller_of(scenario))
    play = Play(scenario=scenario, architecture=PLANNER, faults="none", seed=1)
    summary = play_with(controller, play).summary
    return Took(
        delivered_ratio=summary.delivered_ratio,
        overload_a_s=summary.overload_a_s,
        decisions=len(controller.cpu_s),
        decisions_cpu_s=sum(controller.cpu_s),
        run_cpu_s=summary.cpu_s,
    )


def told(ours: list[Took], theirs: dict[str, Any]) -> dict[str, float]:
    """Return the medians of ours and how many times as much the peer took."""
    decisions_cpu_s = statistics.median(run.decisions_cpu_s for run in ours)
    run_cpu_s = statistics.median(run.run_cpu_s for run in ours)
    return {
        "ours_delivered_ratio": ours[0].delivered_ratio,
        "theirs_delivered_ratio": theirs["delivered_ratio"],
        "ours_decisions_cpu_s": decisions_cpu_s,
        "theirs_decisions_cpu_s": theirs["decisions_cpu_s"],
        "decisions_times": theirs["decisions_cpu_s"] / decisions_cpu_s,
        "ours_run_cpu_s": run_cpu_s,
        "theirs_run_cpu_s": theirs["cpu_s"],
        "run_times": theirs["cpu_s"] / run_cpu_s,
    }


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--acnsim-python", required=True)
    parser.add_argument("--runs", type=int, default=3, help="of ours, before the peer and after it")
    given = parser.parse_args()
    scenario = garage(THREE_PHASE, cap_kw=WEEK.cap_kw, first=WEEK.first, days=WEEK.days)
    warm_up(scenario, architecture=PLANNER, faults="none", seed=1)
    ours = [our_run(scenario) for _ in range(given.runs)]
    theirs = outcome(WEEK, given.acnsim_python, again=True)
    assert theirs is not None
    ours += [our_run(scenario) for _ in range(given.runs)]
    found = told(ours, theirs)
    for name, value in found.items():
        print(f"{name:36} {value:.5g}")
    kept = {**commit(), "machine": machine(), "found": found, "ours": [asdict(run) for run in ours]}
    TARGET.write_text(json.dumps({**kept, "theirs": theirs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

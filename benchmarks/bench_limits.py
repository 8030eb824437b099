"""How many limits go out on a day of the demo site, and why: `python -m benchmarks.bench_limits [--hours 12] [--noise 0.002]`.

The demo's 24 outlets, its building and real sessions with tapering batteries, in the simulated shell. Every meter is off by chance at each
reading, by the given part of what it shows (standard deviation). Prints a table; the numbers are kept in benchmarks/results/limits.json.
"""

import argparse
import json
import tempfile
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from benchmarks.bench_shells import hours_of
from benchmarks.both_shells import Same, controller_for
from benchmarks.run import RESULTS, commit, machine
from benchmarks.watched import Watched
from voltloom.cli.demo import BUILDING_A
from voltloom.cli.playing import building
from voltloom.controller.memory import ControllerMemory
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision
from voltloom.simulation.faults import FaultKind, FaultSpec, Meter
from voltloom.simulation.play import Play
from voltloom.simulation.run import play_with
from voltloom.simulation.scenario import Scenario, StationSettings, VehicleSettings
from voltloom.simulation.summary import RunResult
from voltloom.virtual.planning import REACTION_S

NOISY: Final = "severe"
BOUNDS_A: Final = (0.1, 0.5, 1.0, 1000.0)


class Counting(Watched[ControllerMemory]):
    """The program's own controller of a run; what goes out is counted.

    sent_count: limits that go out, renewals included. falls, rises: how many of which size; causes: of falls under 1 A.
    """

    def __init__(self, same: Same) -> None:
        super().__init__(controller_for(same))
        self.sent_count = self.cycles_count = 0
        self.falls: Counter[float] = Counter()
        self.rises: Counter[float] = Counter()
        self.causes: Counter[str] = Counter()
        self.occupied_s = 0.0
        self._before_s = same.start_s

    def noted(self, memory: ControllerMemory, decision: Decision) -> None:
        """Count what goes out."""
        self.cycles_count += 1
        self.occupied_s += float(memory.columns.present.sum()) * (decision.now_s - self._before_s)
        self._before_s = decision.now_s
        for evse in decision.sent.nonzero()[0].tolist():
            change_a = float(decision.after_a[evse] - decision.before_a[evse])
            size_a = next(bound_a for bound_a in BOUNDS_A if abs(change_a) < bound_a)
            self.sent_count += 1
            (self.rises if change_a > 0.0 else self.falls)[size_a] += 1
            if -1.0 < change_a < 0.0:
                self.causes[Cause(int(decision.cause[evse])).name] += 1


def played(same: Same, noise_ratio: float) -> tuple[Counting, RunResult]:
    """Return what was counted, and the run."""
    config, network = same.config, same.network
    noises = tuple(
        FaultSpec(kind=FaultKind.METER_NOISY, magnitude_ratio=noise_ratio, meter=meter) for meter in Meter
    )
    offset_s = datetime.fromtimestamp(same.start_s, ZoneInfo(config.site.time_zone)).utcoffset()
    assert offset_s is not None
    scenario = Scenario(
        name="limits",
        site=config.site,
        network=network,
        visits=same.visits,
        start_s=same.start_s,
        end_s=same.end_s,
        step_s=1.0,
        control=config.settings,
        other_load=building(network, same.start_s, BUILDING_A, offset_s.total_seconds()),
        vehicles=VehicleSettings(reaction_s=REACTION_S, tells_maximum=False),
        stations=StationSettings(report_period_s=same.meter_s),
        faults=MappingProxyType({"none": (), "mild": (), NOISY: noises}),
    )
    counting = Counting(same)
    play = Play(
        scenario=scenario,
        architecture=config.settings.architecture,
        faults=NOISY if noise_ratio else "none",
        seed=1,
    )
    return counting, play_with(counting, play)


class Row(NamedTuple):
    """What went out in one run. small_falls_count: under 1 A."""

    architecture: str
    noise_ratio: float
    limits_count: int
    limits_per_vehicle_h: float
    small_falls_count: int
    energy_delivered_kwh: float
    delivered_ratio: float
    overload_a_s: float
    breaches_count: int

    def as_text(self) -> str:
        """Return a row of the table."""
        cells = (
            self.architecture,
            f"{self.noise_ratio:.1%}",
            self.limits_count,
            f"{self.limits_per_vehicle_h:.2f}",
            self.small_falls_count,
            f"{self.energy_delivered_kwh:.2f}",
            f"{self.delivered_ratio:.2%}",
            f"{self.overload_a_s:.1f}",
            self.breaches_count,
        )
        return "| " + " | ".join(map(str, cells)) + " |"


def row_of(architecture: str, noise_ratio: float, counting: Counting, result: RunResult) -> Row:
    """Return what was counted in a run."""
    summary = result.summary
    return Row(
        architecture=architecture,
        noise_ratio=noise_ratio,
        limits_count=counting.sent_count,
        limits_per_vehicle_h=counting.sent_count / (counting.occupied_s / 3600.0),
        small_falls_count=sum(counting.falls[bound_a] for bound_a in BOUNDS_A[:3]),
        energy_delivered_kwh=summary.energy_delivered_wh / 1000.0,
        delivered_ratio=summary.delivered_ratio,
        overload_a_s=summary.overload_a_s,
        breaches_count=len(result.breaches),
    )


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--architectures", default="parallel,adaptive")
    parser.add_argument("--noise", default="0,0.002,0.01", help="standard deviations, parts of what is shown")
    parser.add_argument("--hours", type=float, default=12.0)
    parser.add_argument("--starting", default="2019-10-02T07:00", help="local time of the site")
    parser.add_argument(
        "--causes", action="store_true", help="also tell the sizes of changes and the causes of falls"
    )
    given = parser.parse_args()
    start_s = datetime.fromisoformat(given.starting).replace(tzinfo=ZoneInfo("America/Los_Angeles"))
    print(
        "| architecture | noise | limits | an hour at an outlet | falls < 1 A | kWh | delivered | overload A s | breaches |"
    )
    rows = []
    for name in given.architectures.split(","):
        for noise_ratio in map(float, given.noise.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                same = hours_of(
                    name, "two_stage", start_s.timestamp(), given.hours, Path(folder) / name, is_metered=True
                )
                counting, result = played(same, noise_ratio)
            rows.append(row_of(name, noise_ratio, counting, result))
            print(rows[-1].as_text(), flush=True)
            if given.causes:
                print(counting.falls, counting.rises, counting.causes, counting.cycles_count)
    kept = {**commit(), "machine": machine(), "hours": given.hours, "starting": given.starting}
    text = json.dumps({**kept, "rows": [row._asdict() for row in rows]}, indent=1)
    (RESULTS / "limits.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

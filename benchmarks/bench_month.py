"""A month beside ACN-Sim: the same sessions, the same rules, the same energy, and the CPU seconds of both.

Ours is the full simulated shell (the live controller's code, messages, meters, checkers, measures): once to compile, then the
median of three, two before ACN-Sim's run and one after it, because a busy machine makes CPU seconds dearer for everybody.
ACN-Sim runs once in its own environment. `process_time` around the run alone, imports and files apart.
"""

import csv
import gzip
import json
import statistics
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks.sweep_lane import RULES, run_lane, world_of
from benchmarks.worlds import JPL, PERIOD_S, ROOT, SAMPLE, THREE_PHASE, garage
from voltloom.simulation.run import run
from voltloom.simulation.scenario import Scenario

ZONE = ZoneInfo("America/Los_Angeles")
BEFORE, AFTER = 2, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One measurement: sessions, days, transformer and rule."""

    name: str
    sessions: Path
    first: date
    days: int
    cap_kw: float
    rule: str
    increment_a: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One measurement's outcome; the shares of energy delivered stand beside each other so that nobody has to trust."""

    name: str
    days: int
    cap_kw: float
    rule: str
    increment_a: float
    sessions: int
    acnsim_delivered_ratio: float
    shell_delivered_ratio: float
    lane_delivered_ratio: float
    acnsim_cpu_s: float
    shell_cpu_s: float
    shell_cpu_all_s: list[float]
    lane_cpu_s: float
    shell_times_faster: float
    lane_times_faster: float


def tasks(build: Path, *, quick: bool) -> Iterator[Task]:
    """Yield what is measured: the shipped month, and where the reference data lie a fuller one."""
    sample = Task(
        name="Caltech, October 2019",
        sessions=SAMPLE,
        first=date(2019, 10, 1),
        days=7 if quick else 31,
        cap_kw=40.0,
        rule="",
    )
    yield from _rules(sample)
    if JPL.is_file() and not quick:
        sessions = build / "jpl_on_caltech_2019-10.csv"
        put_on_the_garage(JPL, sessions)
        yield from _rules(
            replace(sample, name="JPL's October 2019 in the garage", sessions=sessions, cap_kw=60.0)
        )


def _rules(task: Task) -> Iterator[Task]:
    for rule in ("llf", "edf", "fcfs"):
        yield replace(task, rule=rule)
    yield replace(task, rule="rr", increment_a=1.0)
    yield replace(
        task, rule="rr", increment_a=0.1, days=7
    )  # ACN-Sim needs ten minutes for a month of this one


def put_on_the_garage(source: Path, target: Path, month: str = "2019-10") -> None:
    """Write a month of another garage with its 52 stations named as 52 of the Caltech garage's 54. month: such as 2019-10."""
    rows = list(csv.DictReader(gzip.decompress(source.read_bytes()).decode("utf-8").splitlines()))
    names = garage(THREE_PHASE, cap_kw=150.0).network.evse_ids
    known = {station: names[i] for i, station in enumerate(sorted({row["station_id"] for row in rows}))}
    wanted = [
        row | {"site": "caltech", "station_id": known[row["station_id"]]}
        for row in rows
        if datetime.fromisoformat(row["arrival"]).astimezone(ZONE).strftime("%Y-%m") == month
    ]
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(wanted)


def measured(task: Task, acnsim_python: str) -> Row:
    """Run both sides of one task."""
    scenario = garage(
        THREE_PHASE,
        cap_kw=task.cap_kw,
        sessions=task.sessions,
        first=task.first,
        days=task.days,
        assignments=(f"control.increment_a={task.increment_a}",) if task.rule == "rr" else (),
    )
    _shell(scenario, task.rule, 1)  # compiles
    before_s, shell_ratio = _shell(scenario, task.rule, BEFORE)
    lane_s, lane_ratio = _lane(scenario, task)
    theirs = _acnsim(task, acnsim_python)
    after_s, _ = _shell(scenario, task.rule, AFTER)
    shell_s = [*before_s, *after_s]
    if theirs["sessions"] != len(scenario.visits):
        raise SystemExit(f"{task.name}: ACN-Sim ran {theirs['sessions']} sessions, we {len(scenario.visits)}")
    acnsim_s = float(theirs["cpu_s"])
    middle_s = statistics.median(shell_s)
    return Row(
        name=task.name,
        days=task.days,
        cap_kw=task.cap_kw,
        rule=task.rule,
        increment_a=task.increment_a,
        sessions=len(scenario.visits),
        acnsim_delivered_ratio=float(theirs["delivered_ratio"]),
        shell_delivered_ratio=shell_ratio,
        lane_delivered_ratio=lane_ratio,
        acnsim_cpu_s=acnsim_s,
        shell_cpu_s=middle_s,
        shell_cpu_all_s=shell_s,
        lane_cpu_s=lane_s,
        shell_times_faster=acnsim_s / middle_s,
        lane_times_faster=acnsim_s / lane_s,
    )


def _shell(scenario: Scenario, rule: str, times: int) -> tuple[list[float], float]:
    """Return the CPU seconds of each of some runs and the share delivered."""
    seconds = []
    ratio = 0.0
    for _ in range(times):
        began_s = time.process_time()
        result = run(scenario, architecture=rule, faults="none", seed=1)
        seconds.append(time.process_time() - began_s)
        if result.breaches:
            raise SystemExit(f"{rule}: {result.breaches[0].what}")
        ratio = result.summary.delivered_ratio
    return seconds, ratio


def _lane(scenario: Scenario, task: Task) -> tuple[float, float]:
    world = world_of(scenario, PERIOD_S)
    seconds = []
    delivered = run_lane(world, RULES[task.rule], task.increment_a, PERIOD_S)
    for _ in range(BEFORE + AFTER):
        began_s = time.process_time()
        delivered = run_lane(world, RULES[task.rule], task.increment_a, PERIOD_S)
        seconds.append(time.process_time() - began_s)
    return statistics.median(seconds), float(delivered.sum() / world.visits.wants_wh.sum())


def _acnsim(task: Task, python: str) -> Mapping[str, float]:
    start = datetime.combine(task.first, datetime.min.time(), ZONE).astimezone(UTC)
    command = [python, str(ROOT / "benchmarks/acnsim_month.py"), "--sessions", str(task.sessions)]
    command += ["--start", start.isoformat(), "--days", str(task.days), "--cap-kw", f"{task.cap_kw:g}"]
    command += ["--algorithm", task.rule, "--increment-a", str(task.increment_a or 0.1)]
    found: Mapping[str, float] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return found


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown."""
    head = (
        "| sessions | kW | rule | delivered: ACN-Sim | shell | lane | CPU s: ACN-Sim | shell | lane | shell × | lane × |\n"
        "|---|---|---|---|---|---|---|---|---|---|---|\n"
    )
    lines = []
    for row in rows:
        rule = f"{row.rule}, {row.increment_a:g} A" if row.increment_a else row.rule
        lines.append(
            f"| {row.name}, {row.days} days, {row.sessions} | {row.cap_kw:g} | {rule} "
            f"| {row.acnsim_delivered_ratio:.3%} | {row.shell_delivered_ratio:.3%} | {row.lane_delivered_ratio:.3%} "
            f"| {row.acnsim_cpu_s:.1f} | {row.shell_cpu_s:.2f} | {row.lane_cpu_s:.3f} "
            f"| {row.shell_times_faster:.0f} | {row.lane_times_faster:.0f} |"
        )
    return head + "\n".join(lines)


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return the rows for a results file."""
    return [asdict(row) for row in rows]

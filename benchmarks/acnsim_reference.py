"""Make tests/reference/*.json: what ACN-Sim delivers, total and session by session, so that tests need no acnportal.

`--acnsim-python` names the interpreter of the acnportal environment (`make bench` builds it). Runs that a file already
holds for the same sessions are kept, so an interrupted run goes on where it stopped.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RULES = (("llf", 0.0), ("edf", 0.0), ("fcfs", 0.0), ("rr", 1.0), ("rr", 0.1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One reference file: the sessions and the runs on them."""

    target: Path
    sessions: Path
    start: str
    days: int
    runs: tuple[tuple[str, ...], ...]


def arguments_of(rule: tuple[str, float], cap_kw: float, *more: str) -> tuple[str, ...]:
    """Return the options of `acnsim_month.py` for one run."""
    name, increment_a = rule
    increment = ("--increment-a", str(increment_a)) if name == "rr" else ()
    return ("--algorithm", name, *increment, "--cap-kw", f"{cap_kw:g}", *more)


def tapering(rampdown: str) -> tuple[str, ...]:
    """Return the options of a tapering battery on quantised pilots."""
    return (
        *("--battery", "two_stage", "--pilots", "quantised"),
        *("--rampdown", rampdown, "--uninterrupted"),
    )


def week_plan() -> Plan:
    """Return a week of the shipped sample, with ideal batteries and with tapering ones on quantised pilots."""
    caps_kw = (20.0, 40.0, 70.0, 150.0)
    exact = [arguments_of(rule, cap) for rule, cap in product(RULES[:4], caps_kw)]
    aggregate = [arguments_of(rule, 40.0, "--site", "aggregate") for rule in RULES[:4]]
    whole_steps = RULES[:4]  # quantised pilots have their own steps: no increment to choose
    real = [
        arguments_of(rule, cap, *tapering(mode))
        for mode, rule, cap in product(("shipped", "mended"), whole_steps, (*caps_kw, 30.0, 50.0, 80.0))
    ]
    fine = [arguments_of(RULES[4], cap) for cap in caps_kw]
    return Plan(
        target=ROOT / "tests/reference/acnsim_week.json",
        sessions=ROOT / "scenarios/data/caltech_2019-10.csv",
        start="2019-10-21T00:00:00-07:00",
        days=7,
        runs=(*exact, *aggregate, *real, *fine),
    )


def march_plan(shared: Path) -> Plan:
    """Return March 2019 at two of the 27 capacities of the published table; the week stands for the other rules."""
    caps_kw = (30.0, 70.0)
    exact = [arguments_of(rule, cap) for rule, cap in product(RULES[:2], caps_kw)]
    return Plan(
        target=ROOT / "tests/reference/acnsim_march.json",
        sessions=shared / "sessions/caltech_2019-03_periods.csv.gz",
        start="2019-03-01T00:00:00-08:00",
        days=60,
        runs=tuple(exact),
    )


def make(plan: Plan, acnsim_python: str) -> None:
    """Run what the file does not hold yet, writing after every run."""
    digest = hashlib.sha256(plan.sessions.read_bytes()).hexdigest()
    held = json.loads(plan.target.read_text(encoding="utf-8")) if plan.target.exists() else {}
    if held.get("sessions_sha256") != digest:
        held = {"runs": []}
    done = {tuple(run["options"]) for run in held["runs"]}
    for options in plan.runs:
        if options in done:
            continue
        print(" ".join(options), file=sys.stderr, flush=True)
        found = outcome(plan, options, acnsim_python)
        delivered = found.pop("session_delivered_kwh")
        run = {
            "options": options,
            "delivered_kwh": round(found["delivered_kwh"], 6),
            "delivered_ratio": round(found["delivered_ratio"], 8),
            "peak_a": round(found["peak_a"], 4),
            "cpu_s": round(found["cpu_s"], 2),
            "session_delivered_wh": [round(1000 * value, 1) for value in delivered.values()],
        }
        held = {
            "made_by": "benchmarks/acnsim_reference.py",
            "programs": {name: found[name] for name in ("program", "python", "numpy")},
            "sessions_file": plan.sessions.name,
            "sessions_sha256": digest,
            "start": plan.start,
            "days": plan.days,
            "requested_kwh": found["requested_kwh"],
            "left_out_under_one_period": found["left_out_under_one_period"],
            "session_ids": list(delivered),
            "runs": [*held["runs"], run],
        }
        write(plan.target, held)


def outcome(plan: Plan, options: tuple[str, ...], acnsim_python: str) -> dict[str, object]:
    """Run ACN-Sim once in its own environment."""
    command = [acnsim_python, str(ROOT / "benchmarks/acnsim_month.py"), "--sessions", str(plan.sessions)]
    command += ["--start", plan.start, "--days", str(plan.days), "--per-session", *options]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def write(target: Path, held: dict[str, object]) -> None:
    """Write one run a line, so that a change of one run is a change of one line."""
    runs = ",\n".join("  " + json.dumps(run) for run in held["runs"])
    head = json.dumps({key: value for key, value in held.items() if key != "runs"}, indent=1)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(f'{head[:-2]},\n "runs": [\n{runs}\n ]\n}}\n', encoding="utf-8")


def main() -> None:
    """Make the week of the shipped sample, and March where the reference data lie beside the checkout."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--acnsim-python", required=True)
    parser.add_argument("--only", choices=("week", "march"), default="week")
    given = parser.parse_args()
    plan = week_plan() if given.only == "week" else march_plan(ROOT.parent / "shared/data")
    make(plan, given.acnsim_python)


if __name__ == "__main__":
    main()

"""`make bench`: measure Voltloom beside ACN-Sim, print the tables, and keep the raw numbers in benchmarks/results/.

python -m benchmarks.run --acnsim-python .venv-acnsim/bin/python [--quick]
"""

import argparse
import importlib.metadata
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from benchmarks.bench_month import as_json, measured, table_of, tasks
from benchmarks.worlds import ROOT, SAMPLE

RESULTS = ROOT / "benchmarks/results"


def machine() -> dict[str, object]:
    """Return what the numbers depend on beside the code; nothing that names the machine."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8").splitlines() if info.exists() else []
    models = {line.partition(":")[2].strip() for line in lines if line.startswith("model name")}
    return {
        "cpu": sorted(models) or [platform.processor()],
        "cores": os.cpu_count(),
        "load_average": list(
            os.getloadavg()
        ),  # above the number of cores: shared with others, dearer for both sides
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in ("numpy", "numba", "voltloom")},
    }


def commit() -> dict[str, str]:
    """Return what was measured, and when it was committed."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%H %cI"]
    told = subprocess.run(command, check=False, capture_output=True, text=True).stdout.split()
    return dict(zip(("commit", "commit_date"), told, strict=False))


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--acnsim-python", required=True, help="interpreter of the environment with acnportal"
    )
    parser.add_argument("--quick", action="store_true", help="a week of the shipped month only")
    parser.add_argument("--rules", default="llf,edf,fcfs,rr")
    parser.add_argument(
        "--october", action="store_true", help="the shipped month only, without weeks; kept in october.json"
    )
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args()
    rows = []
    rules = given.rules.split(",")
    wanted = [t for t in tasks(ROOT / "build", quick=given.quick) if t.rule in rules]
    if given.october:
        wanted = [t for t in wanted if t.sessions == SAMPLE and t.days > 7]
    for task in wanted:
        print(
            f"{task.name}, {task.days} days, {task.rule} {task.increment_a or ''}",
            file=sys.stderr,
            flush=True,
        )
        rows.append(measured(task, given.acnsim_python))
    print(table_of(rows))
    kept = {"date": given.date, **commit(), "machine": machine(), "acnportal": "0.3.3", "rows": as_json(rows)}
    RESULTS.mkdir(parents=True, exist_ok=True)
    target = RESULTS / ("october.json" if given.october else "week.json" if given.quick else "month.json")
    target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"\nThe raw numbers lie at {target.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()

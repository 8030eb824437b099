"""Where a run's CPU time goes: own time of every function, added up by the part of the program it belongs to.

    python benchmarks/where_time_goes.py [--rule llf] [--cap-kw 40] [--days 31] [--functions 25]

The profiler makes calls dearer than they are, so the shares overstate code made of many small calls; the seconds without
it stand beside.
"""

import argparse
import cProfile
import json
import pstats
import time
from collections import defaultdict
from pathlib import Path

from benchmarks.worlds import ROOT, sample_month
from voltloom.simulation.run import run

# First match counts. What no line names (numpy, the standard library) goes to whoever called it.
PARTS = (
    ("src/voltloom/allocation/", "controller: allocation"),
    ("src/voltloom/safety/", "controller: safety"),
    ("src/voltloom/session/", "controller: sessions"),
    ("src/voltloom/decision/", "controller: decision"),
    ("src/voltloom/controller/", "controller: cycle"),
    ("src/voltloom/simulation/link", "simulated link"),
    ("src/voltloom/simulation/check", "checkers"),
    ("src/voltloom/simulation/measure", "measures"),
    ("src/voltloom/simulation/summary", "measures"),
    ("src/voltloom/simulation/trace", "measures"),
    ("src/voltloom/simulation/fault", "faults"),
    ("src/voltloom/simulation/", "physics and loop"),
    ("src/voltloom/site/", "grid kernels"),
)

Function = tuple[str, int, str]


def part_of(function: Function) -> str:
    """Return the part of the program a function belongs to, "" for a library."""
    path = function[0].replace("\\", "/")
    return next((part for piece, part in PARTS if piece in path), "")


def own_seconds(stats: pstats.Stats) -> dict[str, float]:
    """Return own time by part; a library's time goes to whoever called it, through as many libraries as it takes."""
    found: dict[str, float] = defaultdict(float)
    known: dict[Function, dict[str, float]] = {}
    for function, (_, _, own_s, _, _) in stats.stats.items():
        for part, share in _shares(function, stats, known, frozenset()).items():
            found[part] += own_s * share
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _shares(
    function: Function,
    stats: pstats.Stats,
    known: dict[Function, dict[str, float]],
    above: frozenset[Function],
) -> dict[str, float]:
    """Return which parts a function works for, adding up to 1; calls in a circle count for the way in."""
    if part := part_of(function):
        return {part: 1.0}
    if function in known:
        return known[function]
    callers = {caller: told for caller, told in stats.stats[function][4].items() if caller not in above}
    whole_s = sum(told[3] for told in callers.values())
    found: dict[str, float] = defaultdict(float)
    for caller, told in callers.items():
        weight = told[3] / whole_s if whole_s > 0.0 else 1.0 / len(callers)
        for part, share in _shares(caller, stats, known, above | {function}).items():
            found[part] += weight * share
    if not callers:
        found["other"] = 1.0
    if not above:
        known[function] = dict(found)
    return dict(found)


def main() -> None:
    """Run once to compile, once to time, once to profile; print the tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rule", default="llf")
    parser.add_argument("--cap-kw", type=float, default=40.0)
    parser.add_argument("--days", type=int, default=31)
    parser.add_argument("--functions", type=int, default=25)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    scenario = sample_month(cap_kw=given.cap_kw, days=given.days)
    run(scenario, architecture=given.rule, faults="none", seed=1)
    began_s = time.process_time()
    run(scenario, architecture=given.rule, faults="none", seed=1)
    plain_s = time.process_time() - began_s
    profile = cProfile.Profile(time.process_time)
    profile.runcall(run, scenario, architecture=given.rule, faults="none", seed=1)
    stats = pstats.Stats(profile)
    parts = own_seconds(stats)
    total_s = sum(parts.values())
    cycles = next(told[0] for (_, _, name), told in stats.stats.items() if name == "decide")
    print(
        f"{given.rule}, {len(scenario.visits)} sessions, {cycles} cycles (the rest is passed in one go): {plain_s:.2f} s CPU"
    )
    print(f"{plain_s / cycles * 1e6:.0f} µs a cycle; under the profiler {total_s:.2f} s\n")
    for part, own_s in parts.items():
        print(
            f"{part:26s} {own_s / total_s:6.1%}  ≈ {own_s / total_s * plain_s / cycles * 1e6:6.1f} µs a cycle"
        )
    print()
    ranked = sorted(stats.stats.items(), key=lambda item: -item[1][2])[: given.functions]
    for (path, line, name), (_, calls, own_s, whole_s, _) in ranked:
        where = path.replace(str(ROOT) + "/", "")[-60:]
        print(f"{own_s:7.3f} s own {whole_s:7.3f} s with calls {calls:9d} calls  {where}:{line} {name}")
    if given.json:
        shares = {part: own_s / total_s for part, own_s in parts.items()}
        given.json.write_text(json.dumps({"cpu_s": plain_s, "cycles": cycles, "shares": shares}, indent=1))


if __name__ == "__main__":
    main()

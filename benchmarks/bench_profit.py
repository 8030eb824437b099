"""What planning for profit earns in a month beside a clairvoyant, without any hint: table and raw numbers.

    python -m benchmarks.bench_profit [--worlds caltech-2019-10,jpl-2019-10] [--cases ideal,quantised] [--held-out]

Energy is sold at 0.30 USD, SCE TOU-EV-4 with 15.51 USD/kW is paid, behind 150 kW. Ours is the full simulated shell. Rows that are measured
anew take the place of those in results/profit.json; all others stay as they were, each with the commit it was measured at.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path

from benchmarks.bench_month import put_on_the_garage
from benchmarks.bench_plan import CALTECH, REVENUE_PER_KWH, World, profit_of
from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import JPL, MARCH, ROOT, SAMPLE, SHARED
from voltloom.bound.bounding import Bound, bound_of
from voltloom.bound.setting import Aim, Objective
from voltloom.simulation.play import Play
from voltloom.simulation.run import controller_of, play_with, warm_up

CAP_KW = 150.0
TARGET = RESULTS / "profit.json"
REPORTED = ("caltech-2019-10", "caltech-2019-03", "jpl-2019-10")
HELD_OUT = tuple(
    f"{garage}-{month}"
    for month in ("2019-05", "2019-06", "2019-07", "2019-08", "2019-09", "2019-11", "2019-12", "2020-02")
    for garage in ("caltech", "jpl")
)
CASES = {"ideal": "profit", "quantised": "profit, quantised"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One month. rises_kw: the highest power so far in steps of the simulation, by day of the month, where it rose."""

    world: str
    case: str
    sessions: int
    bound_usd: float
    profit_usd: float
    share_of_bound: float
    bound_peak_kw: float
    peak_kw: float
    rises_kw: dict[str, float]
    delivered_ratio: float
    cpu_s: float
    wall_s: float
    bound_cpu_s: float


def world_of(name: str, build: Path) -> World:
    """Return the world of a name such as jpl-2019-10: a garage's month, JPL's visits put on the Caltech garage."""
    site, month = name.split("-", 1)
    first = date.fromisoformat(f"{month}-01")
    days = ((first + timedelta(days=31)).replace(day=1) - first).days
    sessions = CALTECH
    if site == "jpl":
        sessions = build / f"jpl_on_caltech_{month}.csv"
        put_on_the_garage(JPL, sessions, month)
    elif month in ("2019-03", "2019-10"):
        sessions = MARCH if month == "2019-03" else SAMPLE
    return World(name=name, sessions=sessions, first=first, days=days, caps_kw=())


def measured(world: World, case: str) -> Row:
    """Run our planner on a month, and the bound. Raises SolverFailedError where that finds none."""
    skipped = () if world.name in REPORTED else ('sessions.on_bad_row="skip"',)
    scenario = world.scenario(CASES[case], CAP_KW, skipped)
    began_s = time.process_time()
    aim = Aim(objective=Objective.PROFIT, sell_price_per_kwh=REVENUE_PER_KWH)
    bound: Bound = bound_of(scenario, aim)
    bound_cpu_s = time.process_time() - began_s
    assert bound.money is not None
    warm_up(scenario, architecture="adaptive-plan", faults="none", seed=1)
    play = Play(scenario=scenario, architecture="adaptive-plan", faults="none", seed=1)
    began_s, looked_s = time.process_time(), time.perf_counter()
    result = play_with(controller_of(scenario), play)
    cpu_s, wall_s = time.process_time() - began_s, time.perf_counter() - looked_s
    highest_kw, rises_kw, power_kw = 0.0, {}, result.trace.power_w / 1000.0
    steps = round(86_400 / result.trace.step_s)
    for day in range(world.days):
        most_kw = float(power_kw[day * steps : (day + 1) * steps].max(initial=0.0))
        if most_kw > highest_kw:
            highest_kw = rises_kw[str(day + 1)] = round(most_kw, 2)
    profit_usd, best_usd = profit_of(scenario, result), bound.money.profit_minor / 100
    return Row(
        world=world.name,
        case=case,
        sessions=result.summary.sessions,
        bound_usd=best_usd,
        profit_usd=profit_usd,
        share_of_bound=profit_usd / best_usd,
        bound_peak_kw=bound.peak_w / 1000.0,
        peak_kw=result.summary.peak_w / 1000.0,
        rises_kw=rises_kw,
        delivered_ratio=result.summary.delivered_ratio,
        cpu_s=cpu_s,
        wall_s=wall_s,
        bound_cpu_s=bound_cpu_s,
    )


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = [
        "| month | batteries | bound $ | profit $ | share | peak kW | of the bound | rises, day: kW | delivered | CPU s | wall s | bound, CPU s |",
        "|" + "---|" * 12,
    ]
    for row in rows:
        shown = {
            f"{most_kw:.1f}": day for day, most_kw in reversed(row.rises_kw.items())
        }  # the first day of each
        rises = ", ".join(f"{day}: {most_kw}" for most_kw, day in reversed(shown.items()))
        lines.append(
            f"| {row.world} | {row.case} | {row.bound_usd:.2f} | {row.profit_usd:.2f} | {row.share_of_bound:.2%} | {row.peak_kw:.1f} "
            f"| {row.bound_peak_kw:.1f} | {rises} | {row.delivered_ratio:.2%} | {row.cpu_s:.1f} | {row.wall_s:.1f} | {row.bound_cpu_s:.1f} |"
        )
    return "\n".join(lines)


def keep(rows: Sequence[Row], by: dict[str, object]) -> None:
    """Put rows among those kept, each in the place of the one of the same month and batteries. by: what they were measured by."""
    kept = json.loads(TARGET.read_text(encoding="utf-8"))["rows"] if TARGET.exists() else []
    fresh = {(row.world, row.case): {**asdict(row), **by} for row in rows}
    stay = [row for row in kept if (row["world"], row["case"]) not in fresh]
    text = json.dumps({"rows": [*stay, *fresh.values()]}, indent=1, ensure_ascii=False)
    TARGET.write_text(text + "\n", encoding="utf-8")


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", default=",".join(REPORTED))
    parser.add_argument("--cases", default="ideal")
    parser.add_argument(
        "--held-out", action="store_true", help="also the months the rule was chosen by (an hour)"
    )
    given = parser.parse_args()
    if not SHARED.is_dir():
        print("no reference data beside the checkout: only caltech-2019-10 can be measured", file=sys.stderr)
    rows = []
    by: dict[str, object] = {**commit(), "machine": machine()}
    for name in (*given.worlds.split(","), *(HELD_OUT if given.held_out else ())):
        for case in given.cases.split(","):
            print(f"{name}, {case}", file=sys.stderr, flush=True)
            rows.append(measured(world_of(name, ROOT / "build"), case))
            keep(rows, by)
    print(table_of(rows))
    print(f"\nThe raw numbers lie at {TARGET.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()

"""Planning ahead beside the published planner and the clairvoyant bound: the same sessions for all, table and raw numbers.

    python -m benchmarks.bench_plan --acnsim-python .venv-acnsim/bin/python [--quick] [--set control.planning.x=1]

Ours is the full simulated shell. ASA's outcomes are kept in results/asa.json and run anew with --again, since they take
hours. Rows that are measured anew take the place of those kept, each with the commit it was measured at; those of this commit are not measured
again, and with --set nothing is kept. What is not there (an architecture, the bound, the reference data) is passed over with a word.
"""

import argparse
import importlib
import importlib.util
import json
import math
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.asa_peer import CASES, Peer, outcome
from benchmarks.bench_month import put_on_the_garage
from benchmarks.run import RESULTS, commit, machine
from benchmarks.watched import Watched
from benchmarks.worlds import JPL, MARCH, ROOT, SAMPLE, SHARED, TAPERING, THREE_PHASE, garage
from voltloom.allocation.registry import ARCHITECTURES
from voltloom.decision.command import Command
from voltloom.decision.record import Decision
from voltloom.simulation.play import Controller, M, Play
from voltloom.simulation.run import controller_of, play_with, warm_up
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.tariff import NANO, bill_of

CALTECH = SHARED / "sessions/caltech_2019-05_2021-08.csv.gz"
CAPS_KW = (20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0)
OURS = ("llf", "adaptive", "adaptive-plan")
REVENUE_PER_KWH = 0.30
FOR_PROFIT = (
    'control.planning.objective="profit"',
    f"control.planning.sell_price_per_kwh={REVENUE_PER_KWH}",
)
PAUSE_W = 20.0  # 0.1 A, as on the other side
SITES = {
    "ideal": THREE_PHASE,
    "quantised": TAPERING,
    "profit": THREE_PHASE,
    "profit, quantised": TAPERING,
}
PEERS = {
    "ideal": ("ideal",),
    "quantised": ("shipped", "mended"),
    "profit": ("profit", "profit, hint"),
    "profit, quantised": ("profit, mended", "profit, mended, hint"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Sessions and days to plan for, and behind which transformers (none: for profit only, behind 150 kW)."""

    name: str
    sessions: Path
    first: date
    days: int
    caps_kw: tuple[float, ...]

    def scenario(self, case: str, cap_kw: float, assignments: tuple[str, ...]) -> Scenario:
        """Return it behind a transformer, with ideal batteries or with tapering ones on quantised pilots

        Where profit is measured, plans are made for it.
        """
        first = None if self.sessions == MARCH else self.first
        if case.startswith("profit"):
            assignments = (*FOR_PROFIT, *assignments)
        return garage(
            SITES[case],
            cap_kw=cap_kw,
            sessions=self.sessions,
            first=first,
            days=self.days,
            assignments=assignments,
        )

    def peer(self, case: str, cap_kw: float) -> Peer:
        """Return ASA's run on it."""
        options = CASES[case]
        return Peer(sessions=self.sessions, first=self.first, days=self.days, cap_kw=cap_kw, options=options)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One planner in one world. share_of_bound: of what a clairvoyant delivers or earns, NaN where unknown."""

    world: str
    case: str
    cap_kw: float
    planner: str
    sessions: int
    delivered_ratio: float
    share_of_bound: float
    pauses_per_session: float
    overload_a_s: float
    cpu_s: float
    decision_ms_p50: float
    decision_ms_p95: float
    peak_kw: float
    profit_usd: float


class Timed(Watched[M]):
    """A controller whose decisions are timed where any vehicle may charge, as ASA's are."""

    def __init__(self, inner: Controller[M]) -> None:
        super().__init__(inner)
        self.cpu_s: list[float] = []

    def decide(self, memory: M, now_s: float) -> tuple[M, Decision, tuple[Command, ...]]:
        """Return the memory, the decision and the commands of one cycle."""
        began_s = time.process_time()
        memory, decision, commands = self._inner.decide(memory, now_s)
        spent_s = time.process_time() - began_s
        if decision.after_a.any():
            self.cpu_s.append(spent_s)
        return memory, decision, commands


def worlds(build: Path, *, quick: bool) -> Iterator[World]:
    """Yield a week of the sample; else that, its month, and where the reference data lie other months and another garage."""
    yield World(
        name="Caltech, 21-27 October 2019",
        sessions=SAMPLE,
        first=date(2019, 10, 21),
        days=7,
        caps_kw=(30.0, 50.0, 80.0) if quick else (*CAPS_KW, 150.0),
    )
    if quick:
        return
    some_kw = (20.0, 30.0, 40.0, 50.0, 60.0, 80.0)
    october = World(
        name="Caltech, October 2019", sessions=SAMPLE, first=date(2019, 10, 1), days=31, caps_kw=()
    )
    yield october
    yield replace(october, caps_kw=some_kw)
    if not SHARED.is_dir():
        print(
            "no reference data beside the checkout: March, May to August and JPL are left out",
            file=sys.stderr,
        )
        return
    yield World(name="Caltech, March 2019", sessions=MARCH, first=date(2019, 3, 1), days=60, caps_kw=some_kw)
    for month, days in ((5, 31), (6, 30), (7, 31), (8, 31)):
        first = date(2019, month, 1)
        yield World(
            name=f"Caltech, {first:%B} 2019", sessions=CALTECH, first=first, days=days, caps_kw=(50.0,)
        )
    sessions = build / "jpl_on_caltech_2019-10.csv"
    put_on_the_garage(JPL, sessions)
    yield World(
        name="JPL's October 2019 in the garage",
        sessions=sessions,
        first=date(2019, 10, 1),
        days=31,
        caps_kw=(40.0, 60.0, 80.0),
    )


def bound_of(scenario: Scenario, *, is_profit: bool) -> float:
    """Return the share a clairvoyant delivers, or the dollars it earns; NaN where this checkout has no bound."""
    if importlib.util.find_spec("voltloom.bound") is None:
        return float("nan")
    bounding = importlib.import_module("voltloom.bound.bounding")
    setting = importlib.import_module("voltloom.bound.setting")
    objective = setting.Objective.PROFIT if is_profit else setting.Objective.ENERGY
    failed: type[Exception] = bounding.SolverFailedError
    try:
        bound = bounding.bound_of(
            scenario, setting.Aim(objective=objective, sell_price_per_kwh=REVENUE_PER_KWH)
        )
    except failed as why:
        print(f"no bound: {why}", file=sys.stderr)
        return float("nan")
    return float(bound.money.profit_minor / 100 if is_profit else bound.delivered_ratio)


def our_row(world: World, case: str, scenario: Scenario, planner: str) -> Row:
    """Run one of our architectures."""
    warm_up(scenario, architecture=planner, faults="none", seed=1)
    controller = Timed(controller_of(scenario))
    result = play_with(controller, Play(scenario=scenario, architecture=planner, faults="none", seed=1))
    summary = result.summary
    p50_ms, p95_ms = np.quantile(1000.0 * np.array(controller.cpu_s), (0.5, 0.95))
    return Row(
        world=world.name,
        case=case,
        cap_kw=0.0,
        planner=planner,
        sessions=summary.sessions,
        delivered_ratio=summary.delivered_ratio,
        share_of_bound=float("nan"),
        pauses_per_session=pauses_of(result) / summary.sessions,
        overload_a_s=summary.overload_a_s,
        cpu_s=summary.cpu_s,
        decision_ms_p50=float(p50_ms),
        decision_ms_p95=float(p95_ms),
        peak_kw=summary.peak_w / 1000,
        profit_usd=profit_of(scenario, result),
    )


def pauses_of(result: RunResult) -> int:
    """Return how often any vehicle stood still between two steps in which it charged."""
    charging = (np.flatnonzero(session.sample_w > PAUSE_W) for session in result.trace.sessions)
    return sum(int((np.diff(steps) > 1).sum()) for steps in charging)


def profit_of(scenario: Scenario, result: RunResult) -> float:
    """Return revenue less energy less one month's demand charge on the highest power, in dollars, as ASA's is counted."""
    power_w, step_s = result.trace.power_w, result.trace.step_s
    tariff = scenario.tariff
    if tariff is None:
        return float("nan")
    energy_usd = bill_of(tariff, scenario.start_s, step_s, power_w * step_s / 3600).energy_minor / 100
    demand_usd = tariff.demand_nano_at(scenario.start_s) / NANO * result.summary.peak_w / 1000
    return REVENUE_PER_KWH * result.summary.energy_delivered_wh / 1000 - energy_usd - demand_usd


def their_row(world: World, case: str, cap_kw: float, planner: str, found: dict[str, Any]) -> Row:
    """Return ASA's outcome in the same words; its overload is the most amperes beyond a rating, times one period."""
    return Row(
        world=world.name,
        case=case,
        cap_kw=cap_kw,
        planner=planner,
        sessions=found["sessions"],
        delivered_ratio=found["delivered_ratio"],
        share_of_bound=float("nan"),
        pauses_per_session=found["pauses_per_session"],
        overload_a_s=found["overload_a"] * 300.0 if found["overload_a"] > 1e-5 else 0.0,
        cpu_s=found["cpu_s"],
        decision_ms_p50=found["decision_cpu_ms_p50"],
        decision_ms_p95=found["decision_cpu_ms_p95"],
        peak_kw=found["peak_a"] * 0.208,
        profit_usd=found["profit_usd"],
    )


def rows_of(world: World, case: str, cap_kw: float, given: argparse.Namespace) -> Iterator[Row]:
    """Yield everybody's row in one world behind one transformer."""
    scenario = world.scenario(case, cap_kw, tuple(given.set))
    is_profit = case.startswith("profit")
    best = bound_of(scenario, is_profit=is_profit)
    planners = [planner for planner in given.planners.split(",") if planner in ARCHITECTURES]
    rows = [our_row(world, case, scenario, planner) for planner in planners]
    for peer in PEERS[case]:
        asked = world.peer(peer, cap_kw)
        found = outcome(asked, given.acnsim_python, again=given.again)
        if found is None:
            print(f"ASA is not kept for {' '.join(asked.key)}", file=sys.stderr)
        else:
            rows.append(their_row(world, case, cap_kw, f"asa {peer}", found))
    for row in rows:
        reached = row.profit_usd if is_profit else row.delivered_ratio
        yield replace(row, cap_kw=cap_kw, share_of_bound=reached / best)


def cases_of(world: World, wanted: Sequence[str]) -> Iterator[tuple[str, float]]:
    """Yield what is measured in a world of the wanted: batteries or objective, and transformer."""
    for case in wanted:
        if not case.startswith("profit"):
            yield from ((case, cap_kw) for cap_kw in world.caps_kw)
        elif not world.caps_kw:
            yield case, 150.0


def table_of(rows: Sequence[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = [
        "| world | batteries | kW | planner | delivered | of the bound | pauses a session | overload A·s | CPU s "
        "| decision ms p50 | p95 | peak kW | profit $ |",
        "|" + "---|" * 13,
    ]
    for row in rows:
        share = f"{row.share_of_bound:.2%}" if row.share_of_bound == row.share_of_bound else "–"
        lines.append(
            f"| {row.world} | {row.case} | {row.cap_kw:g} | {row.planner} | {row.delivered_ratio:.2%} | {share} "
            f"| {row.pauses_per_session:.2f} | {row.overload_a_s:.3g} | {row.cpu_s:.2f} "
            f"| {row.decision_ms_p50:.2f} | {row.decision_ms_p95:.2f} | {row.peak_kw:.1f} | {row.profit_usd:.2f} |"
        )
    return "\n".join(lines)


def as_json(row: Row) -> dict[str, str | float | None]:
    """Return a row by name; a share of no bound is null."""
    return {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in asdict(row).items()}


def keep(rows: Sequence[Row], target: Path) -> None:
    """Write the raw numbers among those kept, each in the place of the one of the same planner in the same world."""
    by = commit()
    fresh = {_place(row): {**row, **by} for row in map(as_json, rows)}
    stay = [row for row in _kept(target) if _place(row) not in fresh]
    kept = {"machine": machine(), "rows": [*stay, *fresh.values()]}
    RESULTS.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def known(target: Path) -> list[Row]:
    """Return the rows that are kept of the very same commit, so that a list that was broken off goes on."""
    return [_row(row) for row in _kept(target) if row["commit"] == commit().get("commit")]


def _kept(target: Path) -> list[dict[str, Any]]:
    if not target.exists():
        return []
    rows: list[dict[str, Any]] = json.loads(target.read_text(encoding="utf-8"))["rows"]
    return rows


def _place(row: dict[str, Any]) -> tuple[object, ...]:
    return tuple(row[name] for name in ("world", "case", "cap_kw", "planner"))


def _row(kept: dict[str, Any]) -> Row:
    """Return a row that was kept; what is null there is no number."""
    names = {field.name for field in fields(Row)}
    given: dict[str, Any] = {name: math.nan if kept[name] is None else kept[name] for name in names}
    return Row(**given)


def given_options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--acnsim-python", help="runs ASA where it is not kept; without it only what is kept")
    parser.add_argument("--quick", action="store_true", help="one week of the sample at three transformers")
    parser.add_argument("--again", action="store_true", help="run ASA also where it is kept")
    parser.add_argument("--planners", default=",".join(OURS))
    parser.add_argument("--cases", default="+".join(SITES), help="which of these, with + between")
    parser.add_argument("--set", action="append", default=[], help="a setting of our architectures")
    return parser.parse_args()


def main() -> None:
    """Measure, print, keep."""
    given = given_options()
    for planner in given.planners.split(","):
        if planner not in ARCHITECTURES:
            print(f"{planner} is not an architecture of this checkout; it is left out", file=sys.stderr)
    if importlib.util.find_spec("voltloom.bound") is None:
        print("this checkout has no voltloom.bound; shares of it are left out", file=sys.stderr)
    target = RESULTS / ("plan_week.json" if given.quick else "plan.json")
    rows = [] if given.set else known(target)
    there = {(row.world, row.case, row.cap_kw) for row in rows}
    for world in worlds(ROOT / "build", quick=given.quick):
        for case, cap_kw in cases_of(world, given.cases.split("+")):
            if (world.name, case, cap_kw) in there:
                continue
            print(f"{world.name}, {case}, {cap_kw:g} kW", file=sys.stderr, flush=True)
            rows += rows_of(world, case, cap_kw, given)
            if not given.set:
                keep(rows, target)  # hours: what is measured stays also where the rest is broken off
    print(table_of(rows))
    if not given.set:
        print(f"\nThe raw numbers lie at {target.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()

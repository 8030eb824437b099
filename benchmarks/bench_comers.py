"""What it would gain a plan to know, or to expect, who still comes: `python -m benchmarks.bench_comers [--worlds week+October]`.

The planner's own problem on its own steps, solved anew every five minutes for the cars that are there, without the rest of the shell: ideal batteries,
needs and departures told truly. Beside it the same with rows for those who really come, and for those who came on the last like days, each
counted by the share of those days. Prints the gaps to the clairvoyant bound; the numbers of all worlds are
kept in benchmarks/results/comers.json.
"""

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.bench_month import put_on_the_garage
from benchmarks.bench_plan import CALTECH
from benchmarks.run import RESULTS, commit, machine
from benchmarks.worlds import JPL, MARCH, PERIOD_S, ROOT, SAMPLE, THREE_PHASE, garage
from voltloom.allocation.adaptive.horizon.building import STIFFNESS
from voltloom.allocation.adaptive.horizon.grid import steps_s
from voltloom.allocation.adaptive.horizon.problem import Demand, Limits, Phasors, Problem
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.bound.bounding import bound_of
from voltloom.bound.setting import Aim, Setting, setting_of
from voltloom.session.need import MET_WH
from voltloom.simulation.scenario import Scenario
from voltloom.site.network import Floats, Grid, Ints
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

PATH = RESULTS / "comers.json"
AHEAD_S = 12 * SECONDS_PER_HOUR  # a plan that expects somebody looks so far
LIKE_DAYS = 5
SATURDAY = 5
ALL = "August+September+November+week+October+March+JPL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Whom a plan counts with beside those who are there: nobody, "true" or "like days"; and how it hurries.

    worth_ratio: what a kWh of who is only expected counts beside one of who is there.
    """

    name: str
    comers: str = "nobody"
    early_ratio: float = 0.6  # as the planner had it then
    patience_ratio: float = 0.9
    worth_ratio: float = 1.0


RULES = (
    Rule(name="as it was"),
    Rule(name="0.3, 0.65", early_ratio=0.3, patience_ratio=0.65),
    Rule(name="0.3, 0.8", early_ratio=0.3, patience_ratio=0.8),
    Rule(name="who comes is known", comers="true", early_ratio=0.01),
    Rule(name="like days", comers="like days", worth_ratio=0.7),
    Rule(
        name="like days; 0.3, 0.8", comers="like days", early_ratio=0.3, patience_ratio=0.8, worth_ratio=0.7
    ),
)


class Cars(NamedTuple):
    """Cars as columns (n,): arrival_s, departure_s, need_kwh, column, most_a, w_per_a. share_ratio: of each, that is counted."""

    arrival_s: Floats
    departure_s: Floats
    need_kwh: Floats
    column: Ints
    most_a: Floats
    w_per_a: Floats
    share_ratio: Floats

    def those(self, chosen: Ints) -> "Cars":
        """Return some of them."""
        return Cars._make(column[chosen] for column in self)


def cars_of(setting: Setting) -> Cars:
    """Return a setting's stays with times in seconds since the epoch."""
    stays, clock = setting.stays, setting.clock
    return Cars(
        clock.start_s + stays.first_step.astype(np.float64) * clock.step_s,
        clock.start_s + stays.end_step.astype(np.float64) * clock.step_s,
        stays.room_wh / 1000.0,
        stays.column,
        stays.most_a,
        stays.w_per_a,
        np.ones(stays.visit.size),
    )


def like_days_of(cars: Cars, time_zone: str) -> dict[float, Cars]:
    """Return for each day on which somebody comes, by its local midnight, those of the last like days before it as if they came on it."""
    zone = ZoneInfo(time_zone)
    local = [datetime.fromtimestamp(float(moment_s), UTC).astimezone(zone) for moment_s in cars.arrival_s]
    day_s = np.array([_midnight_s(each) for each in local])
    is_workday = np.array([each.weekday() < SATURDAY for each in local])
    found = {}
    for today_s in np.unique(day_s):
        kind = is_workday[day_s == today_s][0]
        before_s = np.unique(day_s[(day_s < today_s) & (is_workday == kind)])[-LIKE_DAYS:]
        mine = np.flatnonzero(np.isin(day_s, before_s))
        shift_s = today_s - day_s[mine]
        each = cars.those(mine)
        found[float(today_s)] = each._replace(
            arrival_s=each.arrival_s + shift_s,
            departure_s=each.departure_s + shift_s,
            share_ratio=np.full(mine.size, 1.0 / max(1, before_s.size)),
        )
    return found


def _midnight_s(local: datetime) -> float:
    return local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()


def phasors_of(grid: Grid) -> Phasors:
    """Return what one ampere in each column adds to each row, (rows, columns)."""
    unit = grid.unit_x + 1j * grid.unit_y
    weight = np.zeros((grid.rating_a.size, grid.start.size - 1), dtype=np.complex128)
    column = np.repeat(np.arange(weight.shape[1]), np.diff(grid.start))
    np.add.at(weight, (grid.row, column), grid.coefficient * unit[grid.row, grid.group])
    return weight


def limits_of(weight: Phasors, rating_a: Floats, steps: int) -> Limits:
    """Return the rows that somebody loads. weight: (rows, n) of the cars that are planned."""
    used = np.flatnonzero((weight != 0.0).any(axis=1))
    mine = weight[used]
    first = mine[np.arange(used.size), np.abs(mine).argmax(axis=1)]
    turned = mine * np.conj(first / np.abs(first))[:, None]
    is_line = (np.abs(turned.imag) < 1e-9).all(axis=1) & (turned.real > -1e-9).all(axis=1)
    return Limits(mine, np.repeat(rating_a[used, None], steps, axis=1), is_line, used)


def demand_of(cars: Cars, edge_s: Floats, rule: Rule, *, is_expected: bool) -> Demand:
    """Return what some cars ask of a plan, as `building.py` does for those who are there."""
    begin_s, length_s = edge_s[:-1], np.diff(edge_s)
    from_s, until_s = np.maximum(cars.arrival_s, edge_s[0]), np.minimum(cars.departure_s, edge_s[-1])
    stay_s = (until_s - from_s)[:, None]
    overlap_s = np.minimum(edge_s[1:], until_s[:, None]) - np.maximum(begin_s, from_s[:, None])
    kwh_per_a = cars.w_per_a[:, None] * length_s / SECONDS_PER_HOUR / 1000.0
    fastest_kwh = cars.most_a * cars.w_per_a * stay_s[:, 0] / SECONDS_PER_HOUR / 1000.0
    slack = np.clip(1.0 - cars.need_kwh / np.maximum(fastest_kwh, 1e-9), 0.0, 1.0)
    elapsed = np.clip(begin_s - from_s[:, None], 0.0, stay_s) / stay_s
    cost = rule.early_ratio * elapsed * (1.0 - rule.patience_ratio * slack)[:, None]
    high_a = np.clip(overlap_s / length_s, 0.0, 1.0) * (cars.most_a * cars.share_ratio)[:, None]
    nothing = np.zeros(high_a.shape)
    return Demand(
        nothing,
        high_a,
        kwh_per_a * (cost + (1.0 - rule.worth_ratio if is_expected else 0.0)),
        kwh_per_a,
        np.broadcast_to(STIFFNESS * length_s / SECONDS_PER_HOUR, high_a.shape),
        nothing,
        cars.need_kwh * cars.share_ratio,
        np.ones(cars.need_kwh.size),
    )


class Played(NamedTuple):
    """What came of a rule: delivered_kwh of all, plans that were made, and how many no solver could."""

    delivered_kwh: float
    plans: int
    failures: int


def played(setting: Setting, time_zone: str, rule: Rule) -> Played:
    """Return what a rule delivers: the first step of a new plan in every step of the setting."""
    cars, weight, clock = cars_of(setting), phasors_of(setting.grid), setting.clock
    like = like_days_of(cars, time_zone) if rule.comers == "like days" else {}
    left_kwh, plans, failures = cars.need_kwh.copy(), 0, 0
    for step in range(clock.steps):
        now_s = clock.time_s(step)
        is_here = (cars.arrival_s <= now_s) & (cars.departure_s > now_s) & (left_kwh > MET_WH / 1000.0)
        here = np.flatnonzero(is_here)
        if not here.size:
            continue
        asking = cars.those(here)._replace(need_kwh=left_kwh[here])
        ahead_s = float((asking.departure_s - now_s).max())
        if rule.comers != "nobody":
            ahead_s = max(ahead_s, AHEAD_S)
        edge_s = now_s + np.concatenate([[0.0], np.cumsum(steps_s(PERIOD_S, ahead_s))])
        to_come = cars if rule.comers == "true" else today_of(like, now_s)
        expected = _within(to_come, edge_s) if to_come is not None else cars.those(here[:0])
        parts = (
            demand_of(asking, edge_s, rule, is_expected=False),
            demand_of(expected, edge_s, rule, is_expected=True),
        )
        demand = Demand(*(np.concatenate(pair) for pair in zip(*parts, strict=True)))
        columns = np.concatenate([asking.column, expected.column])
        limits = limits_of(weight[:, columns], setting.limit_a[0], edge_s.size - 1)
        answer = solved(Problem(demand, limits, None))
        plans, failures = plans + 1, failures + (not answer.is_exact)
        if answer.is_exact:
            first_kwh = answer.current_a[: here.size, 0] * demand.kwh_per_a[: here.size, 0]
            left_kwh[here] -= np.minimum(first_kwh, left_kwh[here])
    return Played(float((cars.need_kwh - left_kwh).sum()), plans, failures)


def today_of(like: dict[float, Cars], now_s: float) -> Cars | None:
    """Return who is expected on the day of a moment, None where nothing is known of such days."""
    begun_s = [day_s for day_s in like if day_s <= now_s < day_s + SECONDS_PER_DAY]
    return like[max(begun_s)] if begun_s else None


def _within(cars: Cars, edge_s: Floats) -> Cars:
    return cars.those(np.flatnonzero((cars.arrival_s > edge_s[0]) & (cars.arrival_s < edge_s[-1] - PERIOD_S)))


def worlds(names: tuple[str, ...]) -> Iterator[tuple[str, float, Scenario]]:
    """Yield the wanted worlds behind their transformers."""
    jpl = ROOT / "build" / "jpl_on_caltech_2019-10.csv"
    if "JPL" in names and not jpl.exists():
        put_on_the_garage(JPL, jpl)
    months = {"August": (8, 31), "September": (9, 30), "November": (11, 30)}
    for name, (month, days) in months.items():
        if name in names:
            first = date(2019, month, 1)
            yield name, 30.0, garage(THREE_PHASE, cap_kw=30.0, sessions=CALTECH, first=first, days=days)
    for cap_kw in (20.0, 30.0, 40.0):
        if "week" in names:
            week = garage(THREE_PHASE, cap_kw=cap_kw, sessions=SAMPLE, first=date(2019, 10, 21), days=7)
            yield "week", cap_kw, week
    for cap_kw in (30.0, 50.0):
        if "October" in names:
            yield "October", cap_kw, garage(THREE_PHASE, cap_kw=cap_kw, first=date(2019, 10, 1))
        if "March" in names:
            yield "March", cap_kw, garage(THREE_PHASE, cap_kw=cap_kw, sessions=MARCH)
    if "JPL" in names:
        yield "JPL", 60.0, garage(THREE_PHASE, cap_kw=60.0, sessions=jpl, first=date(2019, 10, 1))


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", default=ALL, help="which of these; only all of them are kept")
    given = parser.parse_args()
    rows = []
    for name, cap_kw, scenario in worlds(tuple(given.worlds.split("+"))):
        bound = bound_of(scenario, Aim())
        setting = setting_of(scenario, Aim().objective)
        for rule in RULES:
            began_s = time.process_time()
            result = played(setting, scenario.site.time_zone, rule)
            ratio = 1000.0 * result.delivered_kwh / bound.energy_requested_wh
            rows.append(
                {
                    "world": name,
                    "cap_kw": cap_kw,
                    **asdict(rule),
                    "bound_ratio": bound.delivered_ratio,
                    "delivered_ratio": ratio,
                    "plans": result.plans,
                    "failures": result.failures,
                    "cpu_s": time.process_time() - began_s,
                }
            )
            print(
                f"{name} {cap_kw:g} kW, {rule.name}: gap {100.0 * (bound.delivered_ratio - ratio):.3f} point",
                flush=True,
            )
            if given.worlds != ALL:
                continue
            kept = {**commit(), "machine": machine(), "rows": rows}
            PATH.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

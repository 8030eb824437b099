"""One study of a site: the comparison, two probes of determinism on its busiest day, and growth, in one pool of workers."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from voltloom.advisor.comparison import Case, Comparison, Progress, plan_cases, run_cases
from voltloom.advisor.measured import day_of_s
from voltloom.advisor.swept import Swept
from voltloom.advisor.verdict import Context, Delivered, GrowthPoint, Outcome, Verdict, judge
from voltloom.simulation.growth import Grown, grown_by
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult

if TYPE_CHECKING:
    from voltloom.bound.bounding import Bound

WEEK_DAYS: Final = 7
MOVED_WH: Final = 100.0  # a smaller change of a session's energy nobody would notice
DECIDED: Final = (Outcome.BETTER, Outcome.SIMPLER_ENOUGH, Outcome.ONLY_ONE)
CALM: Final = "none"  # the fault level without faults


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyPlan:
    """What to run. growth_each_ratio: how many times the sessions, ascending; empty for no such runs."""

    architectures: tuple[str, ...]
    fault_levels: tuple[str, ...]
    seeds: tuple[int, ...]
    jobs: int = 0  # 0: as many as this machine has cores
    growth_each_ratio: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """How predictable one architecture is on the busiest day: the same run again, and the day with one visit less.

    moved_ratio: part of the other sessions whose energy changed by more than 0.1 kWh. moved_wh_mean: the mean change
    of all other sessions.
    """

    architecture: str
    day: str
    sessions: int
    is_repeatable: bool
    moved_ratio: float
    moved_wh_mean: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Study:
    """Everything that was run for a site. bound: the best by what the site is run for, None where it was not sought. sensitivity: what
    was made worse step by step.
    """

    plan: StudyPlan
    comparison: Comparison
    probes: tuple[Probe, ...]
    growth: tuple[GrowthPoint, ...]
    bound: Bound | None = None
    sensitivity: tuple[Swept, ...] = ()


def study(scenario: Scenario, plan: StudyPlan, *, progress: Progress | None = None) -> Study:
    """Run a study.

    Raises RunFailedError naming the run that could not be finished.
    """
    day = busiest_days(scenario, 1)
    worlds = [scenario, day, without_one(day)]
    cases = list(plan_cases(plan.architectures, plan.fault_levels, plan.seeds))
    compared = len(cases)
    seed = plan.seeds[0]
    probing = [
        Case(architecture=a, faults=CALM, seed=seed, world=w) for a in plan.architectures for w in (1, 1, 2)
    ]
    week = busiest_days(scenario, WEEK_DAYS) if plan.growth_each_ratio else scenario
    grown = [grown_by(week, ratio, scenario.visits) for ratio in plan.growth_each_ratio]
    growing = [
        Case(architecture=a, faults=CALM, seed=seed, world=len(worlds) + number)
        for number in range(len(grown))
        for a in plan.architectures
    ]
    jobs = plan.jobs or os.cpu_count() or 1
    results = run_cases(
        [*worlds, *(g.scenario for g in grown)], [*cases, *probing, *growing], jobs=jobs, progress=progress
    )
    probed = results[compared : compared + len(probing)]
    rest = results[compared + len(probing) :]
    width = len(plan.architectures)
    return Study(
        plan=plan,
        comparison=Comparison(scenario=scenario, results=results[:compared]),
        probes=tuple(_probe(probed[k : k + 3], day) for k in range(0, len(probed), 3)),
        growth=tuple(
            _growth_point(ratio, more, rest[k * width : (k + 1) * width])
            for k, (ratio, more) in enumerate(zip(plan.growth_each_ratio, grown, strict=True))
        ),
    )


def verdict_of(found: Study, context: Context | None = None) -> Verdict:
    """Return the verdict of a study."""
    known = dataclasses.replace(context or Context(), growth=found.growth, sensitivity=found.sensitivity)
    return judge(found.comparison, known)


def busiest_days(scenario: Scenario, days: int) -> Scenario:
    """Return the scenario cut to the local days with the most arrivals in a row, until the last of them has left."""
    zone = ZoneInfo(scenario.site.time_zone)
    if not scenario.visits:
        return scenario
    arrivals = Counter(day_of_s(v.arrival_s, zone) for v in scenario.visits)
    first = max(sorted(arrivals), key=lambda day: sum(arrivals[d] for d in _run_of_days(day, days)))
    wanted = set(_run_of_days(first, days))
    visits = tuple(v for v in scenario.visits if day_of_s(v.arrival_s, zone) in wanted)
    begins_s = datetime.fromisoformat(first).replace(tzinfo=zone).timestamp()
    return dataclasses.replace(
        scenario,
        visits=visits,
        start_s=max(scenario.start_s, begins_s),
        end_s=min(scenario.end_s, max(v.departure_s for v in visits) + scenario.control.period_s),
    )


def without_one(scenario: Scenario) -> Scenario:
    """Return the scenario without the visit in the middle of the order of arrival."""
    middle = len(scenario.visits) // 2
    return dataclasses.replace(scenario, visits=scenario.visits[:middle] + scenario.visits[middle + 1 :])


def _run_of_days(first: str, days: int) -> list[str]:
    begin = datetime.fromisoformat(first).date()
    return [(begin + timedelta(days=k)).isoformat() for k in range(days)]


def _probe(results: Sequence[RunResult], day: Scenario) -> Probe:
    """Return what a run, its repeat, and the run with one visit less tell."""
    first, again, less = results
    zone = ZoneInfo(day.site.time_zone)
    others = {s.session_id: s.delivered_wh for s in less.trace.sessions}
    moved_wh = [
        abs(s.delivered_wh - others[s.session_id]) for s in first.trace.sessions if s.session_id in others
    ]
    return Probe(
        architecture=first.summary.architecture,
        day=day_of_s(day.visits[0].arrival_s, zone) if day.visits else "",
        sessions=len(first.trace.sessions),
        is_repeatable=first.summary.determinism_digest == again.summary.determinism_digest,
        moved_ratio=sum(1 for wh in moved_wh if wh > MOVED_WH) / max(1, len(moved_wh)),
        moved_wh_mean=sum(moved_wh) / max(1, len(moved_wh)),
    )


def _growth_point(ratio: float, more: Grown, results: tuple[RunResult, ...]) -> GrowthPoint:
    verdict = judge(Comparison(scenario=more.scenario, results=results))
    return GrowthPoint(
        growth_ratio=ratio,
        recommended=verdict.recommended if verdict.outcome in DECIDED else None,
        delivered=tuple(Delivered(m.architecture, m.delivered_ratio) for m in verdict.measured),
        wanted_count=more.wanted_count,
        added_count=more.added_count,
    )

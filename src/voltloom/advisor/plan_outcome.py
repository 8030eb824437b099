"""A plan beside what came of it: what each of its vehicles really drew."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from voltloom.decision.plan import Plan
from voltloom.decision.plan_record import plan_record
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult, SessionOutcome
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR


class PlanOutcome(NamedTuple):
    """A plan and its outcome. visits: of each vehicle, in the plan's order. drawn_kw: (n, t) mean power in each step.

    drawn_kwh: (n,) from when it was made until the vehicle left or the run ended, less back_kwh, (n,), that it fed back.
    """

    plan: Plan
    visits: tuple[SessionOutcome | None, ...]
    drawn_kw: Floats
    drawn_kwh: Floats
    back_kwh: Floats


def outcome_of(scenario: Scenario, result: RunResult) -> PlanOutcome | None:
    """Return the plan that a run kept, and what came of it; None where it kept none."""
    plan, trace = result.trace.plan, result.trace
    if plan is None or plan.basis is None:
        return None
    ends_s = float(trace.time_s[-1]) + trace.step_s
    ids = scenario.network.evse_ids
    visits = tuple(_visit(trace.sessions, ids[int(evse)], plan.made_s) for evse in plan.basis.evse)
    edges = np.append(plan.edge_s, max(ends_s, plan.edge_s[-1]))
    flows = np.array([_energy_kwh(visit, edges, ends_s) for visit in visits]).reshape(
        len(visits), 2, edges.size
    )
    energy, back = flows[:, 0], flows[:, 1]
    steps = np.diff(energy, axis=1)[:, : plan.edge_s.size - 1]
    hours = np.diff(plan.edge_s) / SECONDS_PER_HOUR
    return PlanOutcome(plan, visits, steps / hours, energy[:, -1] - energy[:, 0], back[:, -1] - back[:, 0])


def outcome_record(scenario: Scenario, outcome: PlanOutcome) -> dict[str, Any]:
    """Return the plan's record with, for each vehicle, its session, what it drew less what it fed back, that, and its mean power in each step."""
    plan, zone = outcome.plan, scenario.site.time_zone
    names = {
        int(serial): visit.session_id
        for serial, visit in zip(plan.serial, outcome.visits, strict=True)
        if visit is not None
    }
    record = plan_record(plan, scenario.network, zone, names)
    assert plan.basis is not None, "an outcome has a plan that was made"
    place = {scenario.network.evse_ids[int(evse)]: number for number, evse in enumerate(plan.basis.evse)}
    vehicles: Any = record["vehicles"]
    for one in vehicles:
        number = place[one["evse"]]
        one["drawn_kwh"] = float(outcome.drawn_kwh[number])
        one["drawn_back_kwh"] = float(outcome.back_kwh[number])
        one["drawn_kw"] = [float(power) for power in outcome.drawn_kw[number]]
    return record


def _visit(sessions: tuple[SessionOutcome, ...], evse_id: str, time_s: float) -> SessionOutcome | None:
    """Return who stood at an outlet at a moment."""
    there = [s for s in sessions if s.evse_id == evse_id and s.plugged_in_s <= time_s < s.departure_s]
    return there[-1] if there else None


def _energy_kwh(visit: SessionOutcome | None, at_s: Floats, run_ends_s: float) -> Floats:
    """Return the energy a visit has drawn up to each moment, less what it fed back, and that, (2, moments); 0 for nobody."""
    if visit is None or not len(visit.sample_s):
        return np.zeros((2, at_s.size))
    ends_s = max(min(visit.departure_s, run_ends_s), float(visit.sample_s[-1]))
    times = np.append(visit.sample_s, ends_s if math.isfinite(ends_s) else run_ends_s)
    powers_w = (np.asarray(visit.sample_w), np.maximum(-np.asarray(visit.sample_w), 0.0))
    totals = [np.append(0.0, np.cumsum(power_w * np.diff(times))) for power_w in powers_w]
    return np.array([np.interp(at_s, times, total) for total in totals]) / SECONDS_PER_HOUR / 1000.0

"""Who is likely still to come, as rows of the plan's problem behind those who are there.

A plan that knows only who is there spreads the limits they share over those alone, and finds them short later. What is
expected takes nothing from anybody now: it comes later, and a kWh of it counts less than one of a vehicle that is there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.building import PATIENCE, STIFFNESS, limits_of
from voltloom.allocation.adaptive.horizon.flowing import Around
from voltloom.allocation.adaptive.horizon.pricing import Valued
from voltloom.allocation.adaptive.horizon.problem import Answer, Demand, Problem
from voltloom.allocation.adaptive.horizon.settings import Arrivals, Objective, PlanningSettings
from voltloom.allocation.sharing import Division
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.forecast.comers import COMERS_AHEAD_S, Comers
from voltloom.site.network import Floats, Ints, Network
from voltloom.units import SECONDS_PER_HOUR

WORTH_RATIO = 0.7  # of an expected kWh beside one of a vehicle that is there
SHORTEST_S = 300.0  # who would come so near to a plan's end has no row


def ahead_s(snapshot: SiteSnapshot, settings: PlanningSettings) -> float:
    """Return how far a plan looks at least: to those who are likely to come, where it counts with any."""
    return COMERS_AHEAD_S if _counted(snapshot, settings) is not None else 0.0


def with_comers(
    problem: Problem, snapshot: SiteSnapshot, todo: Division, who: Ints, around: Around
) -> Problem:
    """Return a problem of `who` (n,) with a row for each visit that is likely to begin within its steps; the same where none is counted."""
    settings, value, edge_s, _ = around
    comers = _counted(snapshot, settings)
    if comers is None or problem.flows is not None:
        return problem
    is_within = (comers.arrival_s > edge_s[0]) & (comers.arrival_s < edge_s[-1] - SHORTEST_S)
    if not is_within.any():
        return problem
    comers = Comers._make(column[is_within] for column in comers)
    network, peak = snapshot.network, problem.peak
    asked = _demand_of(comers, network, value, edge_s)
    demand = Demand._make(np.concatenate(pair) for pair in zip(problem.demand, asked, strict=True))
    if peak is not None:
        kw_per_a = network.w_per_a[1, comers.evse] / 1000.0
        peak = peak._replace(kw_per_a=np.concatenate([peak.kw_per_a, kw_per_a]))
    everywhere = np.ones(network.max_a.size, dtype=np.bool_)
    columns = np.concatenate([snapshot.sessions.column[who], network.columns(everywhere)[comers.evse]])
    limits = limits_of(snapshot, todo, columns, edge_s.size - 1)
    return problem._replace(demand=demand, limits=limits, peak=peak)


class Here(NamedTuple):
    """A problem and its answer without the rows of those who are only expected. expected_kw: (t,) what the answer leaves to these, empty
    where there are none.
    """

    problem: Problem
    answer: Answer
    expected_kw: Floats


def of_those_here(problem: Problem, answer: Answer, count: int, edge_s: Floats) -> Here:
    """Return what is of the first `count` vehicles, and what is left to the others."""
    if answer.current_a.shape[0] == count:
        return Here(problem, answer, np.zeros(0))
    expected_kwh = (answer.current_a * problem.demand.kwh_per_a)[count:].sum(axis=0)
    demand = Demand._make(column[:count] for column in problem.demand)
    limits = problem.limits._replace(weight=problem.limits.weight[:, :count])
    return Here(
        problem._replace(demand=demand, limits=limits),
        answer._replace(current_a=answer.current_a[:count]),
        expected_kwh * SECONDS_PER_HOUR / np.diff(edge_s),
    )


def _demand_of(comers: Comers, network: Network, value: Valued, edge_s: Floats) -> Demand:
    """Return what those ask for who are likely to come, each with its share of its outlet's current, as `problem_of` does for who is there."""
    length_s = np.diff(edge_s)
    max_a, w_per_a = network.max_a[comers.evse], network.w_per_a[1, comers.evse]
    from_s, until_s = comers.arrival_s[:, None], np.minimum(comers.departure_s, edge_s[-1])[:, None]
    stay_s = until_s - from_s
    overlap_s = np.minimum(edge_s[1:], until_s) - np.maximum(edge_s[:-1], from_s)
    high_a = np.clip(overlap_s / length_s, 0.0, 1.0) * (max_a * comers.share_count)[:, None]
    kwh_per_a = w_per_a[:, None] * length_s / SECONDS_PER_HOUR / 1000.0
    need_kwh = comers.need_wh / 1000.0
    fastest_kwh = max_a * w_per_a * stay_s[:, 0] / SECONDS_PER_HOUR / 1000.0
    slack = np.clip(1.0 - need_kwh / np.maximum(fastest_kwh, 1e-9), 0.0, 1.0)
    elapsed = np.clip(edge_s[:-1] - from_s, 0.0, stay_s) / stay_s
    early = value.early_ratio * elapsed * (1.0 - PATIENCE * slack)[:, None]
    nothing = np.zeros(high_a.shape)
    return Demand(
        low_a=nothing,
        high_a=high_a,
        cost_per_a=kwh_per_a * (value.cost_per_kwh + early + 1.0 - WORTH_RATIO),
        kwh_per_a=kwh_per_a,
        stiffness_per_a=np.broadcast_to(STIFFNESS * length_s / SECONDS_PER_HOUR, high_a.shape),
        reference_a=nothing,
        need_kwh=need_kwh * comers.share_count,
        worth_per_kwh=np.ones(need_kwh.size),
    )


def _counted(snapshot: SiteSnapshot, settings: PlanningSettings) -> Comers | None:
    """Return who is likely still to come, None where plans do not count with them.

    Under "cost" energy is worth so much more than its price that what is only expected would buy dear hours and peaks.
    """
    expected = snapshot.expected
    if settings.arrivals is Arrivals.NOBODY or settings.objective is Objective.COST:
        return None
    if expected is None or expected.comers is None or not expected.comers.evse.size:
        return None
    return expected.comers

"""Who is likely still to come, as rows of the plan's problem behind those who are there.

A plan that knows only who is there spreads the limits they share over those alone, and finds them short later. Nothing is kept for who is
only expected until the next plan is made, so if nobody comes nothing is lost; and an ampere of theirs is worth less than one of any vehicle that is there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.building import PATIENCE, STIFFNESS, limits_of
from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.flowing import Around
from voltloom.allocation.adaptive.horizon.problem import Answer, Demand, Limits, Problem
from voltloom.allocation.adaptive.horizon.settings import Arrivals, Objective, PlanningSettings
from voltloom.allocation.sharing import Division
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.forecast.comers import COMERS_AHEAD_S, Comers
from voltloom.site.network import Floats, Ints, Network
from voltloom.units import SECONDS_PER_HOUR

# Of an expected kWh beside one of a vehicle that is there, by what an ampere of each carries: limits are in amperes.
WORTH_RATIO = 0.7
SHORTEST_S = 300.0  # of a stay within the plan that is worth a row


def ahead_s(snapshot: SiteSnapshot, settings: PlanningSettings) -> float:
    """Return how far a plan looks at least: to those who are likely to come, where it counts with any."""
    return COMERS_AHEAD_S if _counted(snapshot, settings) is not None else 0.0


class Here(NamedTuple):
    """A problem of those who are there and its answer. expected_kw: (t,) what the answer leaves to those who are only expected, empty where none is."""

    problem: Problem
    answer: Answer
    expected_kw: Floats


def answered(
    problem: Problem,
    solver: Callable[[Problem], Answer],
    snapshot: SiteSnapshot,
    todo: Division,
    who: Ints,
    around: Around,
) -> Here | None:
    """Return the best plan of a problem of `who` (n,), visits that are likely to begin within its steps counted; None where there is none.

    A peak is what those here would buy alone: whoever is only expected may use it and buys none.
    """
    comers = _within(problem, snapshot, around)
    alone = None
    if comers is None or problem.peak is not None:
        alone = checked(problem, solver)
        if alone is None or comers is None:
            return None if alone is None else Here(problem, alone, np.zeros(0))
    counted = _with_rows(problem, comers, snapshot, (todo, who), around)
    if alone is not None:
        counted = _under_peak(counted, alone.peak_kw)
    answer = checked(counted, solver)
    if answer is None:
        alone = checked(problem, solver) if alone is None else alone
        return None if alone is None else Here(problem, alone, np.zeros(0))
    count = who.size
    kwh = answer.current_a[count:] * counted.demand.kwh_per_a[count:]
    expected_kw = kwh.sum(axis=0) * SECONDS_PER_HOUR / np.diff(around.edge_s)
    own = answer._replace(current_a=answer.current_a[:count])
    if alone is not None:
        own = own._replace(peak_kw=alone.peak_kw, price_per_a=own.price_per_a[:-1])
    limits = counted.limits._replace(weight=counted.limits.weight[:, :count])
    if alone is not None:
        limits = _without_last(limits)
    return Here(problem._replace(limits=limits), own, expected_kw)


def _with_rows(
    problem: Problem, comers: Comers, snapshot: SiteSnapshot, of: tuple[Division, Ints], around: Around
) -> Problem:
    """Return a problem with a row for each of some visits behind those of who is there."""
    (todo, who), network, edge_s = of, snapshot.network, around.edge_s
    asked = _demand_of(comers, network, around, float(snapshot.sessions.w_per_a[who].min()))
    demand = Demand._make(np.concatenate(pair) for pair in zip(problem.demand, asked, strict=True))
    peak = problem.peak
    if peak is not None:
        kw_per_a = network.w_per_a[1, comers.evse] / 1000.0
        peak = peak._replace(kw_per_a=np.concatenate([peak.kw_per_a, kw_per_a]))
    everywhere = np.ones(network.max_a.size, dtype=np.bool_)
    columns = np.concatenate([snapshot.sessions.column[who], network.columns(everywhere)[comers.evse]])
    limits = limits_of(snapshot, todo, columns, edge_s.size - 1)
    return problem._replace(demand=demand, limits=limits, peak=peak)


def _under_peak(problem: Problem, peak_kw: float) -> Problem:
    """Return a problem in which a peak is no longer bought, and is a limit behind the others."""
    peak, limits = problem.peak, problem.limits
    assert peak is not None
    left_kw = np.maximum(peak_kw - peak.base_kw, 0.0)
    under = Limits(
        np.concatenate([limits.weight, peak.kw_per_a[None, :].astype(np.complex128)]),
        np.concatenate([limits.rating_a, left_kw[None, :]]),
        np.append(limits.is_line, True),
        np.append(limits.row, -1),
    )
    return problem._replace(limits=under, peak=None)


def _without_last(limits: Limits) -> Limits:
    return Limits(limits.weight[:-1], limits.rating_a[:-1], limits.is_line[:-1], limits.row[:-1])


def _demand_of(comers: Comers, network: Network, around: Around, least_w_per_a: float) -> Demand:
    """Return what those ask for who are likely to come, each with its share of its outlet's current, as `problem_of` does for who is there.

    least_w_per_a: what an ampere carries of those who are there. Limits are in amperes: a visit of three phases would be worth three times one of
    one phase, and take the place of who is there. Nothing is kept for them until the next plan is made.
    """
    settings, value, edge_s, _ = around
    length_s = np.diff(edge_s)
    max_a, w_per_a = network.max_a[comers.evse], network.w_per_a[1, comers.evse]
    from_s, until_s = comers.arrival_s[:, None], np.minimum(comers.departure_s, edge_s[-1])[:, None]
    stay_s = until_s - from_s
    overlap_s = np.minimum(edge_s[1:], until_s) - np.maximum(edge_s[:-1], from_s)
    high_a = np.clip(overlap_s / length_s, 0.0, 1.0) * (max_a * comers.share_count)[:, None]
    high_a[:, edge_s[:-1] < edge_s[0] + settings.replan_s] = 0.0
    kwh_per_a = w_per_a[:, None] * length_s / SECONDS_PER_HOUR / 1000.0
    need_kwh = comers.need_wh / 1000.0
    fastest_kwh = max_a * w_per_a * stay_s[:, 0] / SECONDS_PER_HOUR / 1000.0
    slack = np.clip(1.0 - need_kwh / np.maximum(fastest_kwh, 1e-9), 0.0, 1.0)
    elapsed = np.clip(edge_s[:-1] - from_s, 0.0, stay_s) / stay_s
    early = value.early_ratio * elapsed * (1.0 - PATIENCE * slack)[:, None]
    less = 1.0 - min(WORTH_RATIO, 1.0 - value.early_ratio)
    factor = np.minimum(1.0, least_w_per_a / w_per_a)
    nothing = np.zeros(high_a.shape)
    return Demand(
        low_a=nothing,
        high_a=high_a,
        cost_per_a=factor[:, None] * kwh_per_a * (value.cost_per_kwh + early + less),
        kwh_per_a=kwh_per_a,
        stiffness_per_a=np.broadcast_to(STIFFNESS * length_s / SECONDS_PER_HOUR, high_a.shape),
        reference_a=nothing,
        need_kwh=need_kwh * comers.share_count,
        worth_per_kwh=factor,
    )


def _within(problem: Problem, snapshot: SiteSnapshot, around: Around) -> Comers | None:
    """Return who is likely to come within a problem's steps, None where nobody is counted."""
    comers, edge_s = _counted(snapshot, around.settings), around.edge_s
    if comers is None or problem.flows is not None or not problem.demand.need_kwh.size:
        return None
    until_s = np.minimum(comers.departure_s, edge_s[-1])
    is_within = (comers.arrival_s > edge_s[0]) & (until_s >= comers.arrival_s + SHORTEST_S)
    return Comers._make(column[is_within] for column in comers) if is_within.any() else None


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

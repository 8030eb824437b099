"""What a scenario itself says to the checklist: how many vehicles at once, and whether they could all have full power."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from voltloom.advisor.checklist import prior_of
from voltloom.advisor.redundancy import PromiseCheck, Redundancy, check_promises, redundancy_for
from voltloom.advisor.requirements import Answers
from voltloom.advisor.study import Study
from voltloom.advisor.verdict import Context
from voltloom.simulation.visits import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFacts:
    """max_concurrent: vehicles plugged in at once. wanted_w: the most they could draw together. limit_w: the least
    the connection had for them; inf where no number bounds it.
    """

    max_concurrent: int
    wanted_w: float
    limit_w: float

    @property
    def power_is_limited(self) -> bool:
        """Return whether not every vehicle could have had full power at once."""
        return self.wanted_w > self.limit_w


def facts_of(found: Study) -> SiteFacts:
    """Return the facts of the site a study was made on."""
    visits = found.comparison.scenario.visits
    limits_w = found.comparison.results[0].trace.limit_w
    known_w = limits_w[np.isfinite(limits_w)]
    return SiteFacts(
        max_concurrent=int(_most_at_once(visits, [1.0] * len(visits))),
        wanted_w=_most_at_once(visits, [v.max_power_w for v in visits]),
        limit_w=float(known_w.min()) if len(known_w) else math.inf,
    )


def context_of(found: Study, answers: Answers) -> Context:
    """Return what is known besides the runs: the filled checklist, the redundancy, the morning promise.

    What was answered counts more than what the scenario shows.
    """
    facts = facts_of(found)
    stated = answers.load.max_concurrent_count
    is_limited = (
        facts.power_is_limited if answers.power.is_unlimited is None else not answers.power.is_unlimited
    )
    uptime = answers.uptime
    promises: tuple[PromiseCheck, ...] = ()
    if uptime.ready_by is not None:
        promises = check_promises(
            found.comparison.results,
            ready_by=uptime.ready_by,
            wanted_ratio=uptime.ready_ratio,
            time_zone=found.comparison.scenario.site.time_zone,
        )
    return Context(
        prior=prior_of(
            answers,
            max_concurrent=facts.max_concurrent if stated is None else stated,
            power_is_limited=is_limited,
        ),
        redundancy=_redundancy(answers, facts),
        promises=promises,
    )


def _redundancy(answers: Answers, facts: SiteFacts) -> Redundancy | None:
    uptime = answers.uptime
    if uptime.target_ratio is None:
        return None
    return redundancy_for(
        uptime.target_ratio,
        controller_ratio=uptime.controller_ratio,
        station_ratio=uptime.station_ratio,
        stations_needed=facts.max_concurrent,
    )


def _most_at_once(visits: tuple[Visit, ...], amount_each_w: list[float]) -> float:
    """Return the highest sum of powers of the visits there at the same time; who leaves makes room for who comes."""
    moves = [(v.arrival_s, 1, a) for v, a in zip(visits, amount_each_w, strict=True)]
    moves += [(v.departure_s, 0, -a) for v, a in zip(visits, amount_each_w, strict=True)]
    here = most = 0.0
    for _, _, amount in sorted(moves):
        here += amount
        most = max(most, here)
    return most

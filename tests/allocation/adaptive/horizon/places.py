"""Snapshots to plan for, and planners with any solver."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.places import row_of, sessions_at, snapshot_of
from voltloom.allocation.adaptive.horizon.day_worth import PEAKS_KW
from voltloom.allocation.adaptive.horizon.memory import DaySeen, PeakSeen
from voltloom.allocation.adaptive.horizon.planner import Planner
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.adaptive.horizon.settings import PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.allocation.adaptive.rules import AdaptiveByRule, Rule
from voltloom.allocation.sharing import TurnRules
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import network_of
from voltloom.site.topology import Site

RULES = TurnRules(turn_s=900.0, dwell_s=300.0, wait_limit_s=7200.0)


def planner(
    solver: Callable[[Problem], Answer] = solved,
    settings: PlanningSettings | None = None,
    rules: TurnRules = RULES,
) -> Planner:
    """Return a planner as the registry makes it, with another solver or other settings."""
    return Planner(
        name="adaptive-plan",
        rules=rules,
        settings=settings or PlanningSettings(),
        solver=solver,
        rules_instead=AdaptiveByRule(name="adaptive", rule=Rule.LEAST_LAXITY, rules=rules),
    )


def seen(site: Site, now_s: float = 0.0, **columns: object) -> SiteSnapshot:
    """Return a snapshot of a site at a time, with columns of its sessions as given."""
    return snapshot_of(site, now_s=now_s, sessions=sessions_at(network_of(site), **columns))


def two_cars(now_s: float = 0.0, **columns: object) -> SiteSnapshot:
    """Return two cars behind a fuse that feeds one of them at full current and leaves the other its minimum."""
    given = {"departure_s": np.array([36_000.0, 36_000.0])} | columns
    return seen(row_of(2, rating_a=38.0), now_s, **given)


def peak_of(highest_kw: float) -> PeakSeen:
    """Return a month's peak in its first hour, before anybody came."""
    nothing = np.zeros(0)
    today = DaySeen(
        0.0, True, nothing.astype(np.int64), nothing, nothing, nothing, nothing, np.full(144, 0.2)
    )
    return PeakSeen(0.0, highest_kw, 0, 0.0, 0.0, today, np.zeros(PEAKS_KW.size), 0, 0.0, -np.inf)

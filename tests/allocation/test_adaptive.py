"""The most urgent come first, and who is being served stays until another is clearly more urgent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.places import row_of, sessions_at, snapshot_of
from voltloom.allocation.adaptive.rules import HOLD_S
from voltloom.allocation.contract import AllocationMemory
from voltloom.allocation.registry import Tuning, architecture_named
from voltloom.allocation.sharing import TurnRules
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import network_of

RULES = TurnRules(turn_s=900.0, dwell_s=300.0, wait_limit_s=7200.0)
SITE = row_of(2, rating_a=20.0)  # the second gets what the first leaves


def leaving_at(departure_s: list[float], **given: object) -> SiteSnapshot:
    sessions = sessions_at(network_of(SITE), departure_s=np.array(departure_s), **given)
    return snapshot_of(
        SITE, sessions=sessions, setpoint_a=np.array([20.0, 0.0]), served_s=np.array([900.0, 0.0])
    )


def shares(snapshot: SiteSnapshot, architecture: str = "adaptive", rules: TurnRules = RULES) -> list[float]:
    made = architecture_named(architecture, Tuning(rules=rules, increment_a=0.1))
    return [float(a) for a in made.allocate(snapshot, AllocationMemory())[0].current_a]


@pytest.mark.parametrize("architecture", ["adaptive", "adaptive-edf", "adaptive-tier"])
def test_who_is_being_served_stays_first_against_one_hardly_more_urgent(architecture: str) -> None:
    close = leaving_at([36_000.0 + HOLD_S - 60.0, 36_000.0])

    assert shares(close, architecture) == [20.0, 0.0]


@pytest.mark.parametrize("architecture", ["adaptive", "adaptive-edf", "adaptive-tier"])
def test_who_is_being_served_gives_way_to_one_clearly_more_urgent(architecture: str) -> None:
    clear = leaving_at([36_000.0 + HOLD_S + 60.0, 36_000.0])

    assert shares(clear, architecture) == [0.0, 20.0]


def test_a_turn_at_the_minimum_is_no_head_start() -> None:
    at_minimum = leaving_at([36_060.0, 36_000.0])._replace(setpoint_a=np.array([6.0, 0.0]))

    assert shares(at_minimum) == [0.0, 20.0]


def test_where_changes_cost_nothing_the_most_urgent_is_always_first() -> None:
    close = leaving_at([36_060.0, 36_000.0])

    assert shares(close, rules=replace(RULES, dwell_s=0.0)) == [0.0, 20.0]


def test_a_lower_tier_being_served_gives_way_at_once() -> None:
    tiers = leaving_at([36_000.0, 36_000.0], tier=np.array([1, 0]))

    assert shares(tiers, "adaptive-tier") == [0.0, 20.0]

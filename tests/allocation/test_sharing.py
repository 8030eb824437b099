"""Whose turn it is when minimums do not fit together: turn holders first, then whoever has waited long."""

from __future__ import annotations

import numpy as np

from tests.places import row_of, sessions_at, snapshot_of
from voltloom.allocation.contract import AllocationMemory
from voltloom.allocation.registry import Tuning, architecture_named
from voltloom.allocation.sharing import TurnRules, Turns, division, turns
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import network_of

RULES = TurnRules(turn_s=900.0, dwell_s=300.0, wait_limit_s=7200.0)
SITE = row_of(3, rating_a=13.0)  # room for the minimum of two


def snapshot(setpoint_a: list[float], **given: object) -> SiteSnapshot:
    return snapshot_of(SITE, setpoint_a=np.array(setpoint_a), **given)


def turn_of(snapshot: SiteSnapshot, preference: tuple[int, ...] = (0, 1, 2)) -> Turns:
    return turns(snapshot, division(snapshot), np.array(preference), RULES)


def test_without_anybody_served_the_preferred_come_first_and_the_last_is_told_which_fuse_is_full() -> None:
    found = turn_of(snapshot([0.0, 0.0, 0.0]), (2, 0, 1))

    assert found.let_in.tolist() == [True, False, True]
    assert network_of(SITE).row_ids[found.blocked_by[1]].startswith("grid/")


def test_who_was_let_in_keeps_its_turn_even_when_others_are_preferred() -> None:
    served_s = np.array([60.0, 60.0, 0.0])

    found = turn_of(snapshot([6.0, 6.0, 0.0], served_s=served_s), (2, 1, 0))

    assert found.let_in.tolist() == [True, True, False]
    assert found.held.tolist() == [True, True, False]


def test_when_a_turn_is_over_the_preferred_take_it() -> None:
    served_s = np.array([901.0, 60.0, 0.0])

    found = turn_of(snapshot([6.0, 6.0, 0.0], served_s=served_s), (2, 1, 0))

    assert found.let_in.tolist() == [False, True, True]


def test_who_has_waited_half_the_bound_comes_before_everybody_without_a_turn() -> None:
    idle_s = np.array([0.0, 3000.0, 3700.0])

    found = turn_of(snapshot([0.0, 0.0, 0.0], idle_s=idle_s), (0, 1, 2))

    assert found.overdue.tolist() == [False, False, True]
    assert found.let_in.tolist() == [True, False, True]


def test_the_longer_of_two_waits_comes_first() -> None:
    tight = snapshot_of(row_of(3, rating_a=7.0), idle_s=np.array([0.0, 4000.0, 5000.0]))

    assert turn_of(tight).let_in.tolist() == [False, False, True]


def test_an_outlet_at_fault_is_told_to_stop_even_when_it_cannot_be_steered() -> None:
    idle_cause = np.array([Cause.FAULT, Cause.STATION_SILENT, Cause.NEED_MET])
    lost = snapshot(
        [10.0, 10.0, 10.0],
        sessions=sessions_at(network_of(SITE), wants_power=np.zeros(3, dtype=bool), idle_cause=idle_cause),
        controllable=np.zeros(3, dtype=bool),
    )

    proposed, _ = architecture_named("parallel", Tuning(rules=RULES, increment_a=0.1)).allocate(
        lost, AllocationMemory()
    )

    assert proposed.current_a.tolist() == [0.0, 10.0, 10.0]


def test_turns_are_longer_where_limits_come_through_late_but_the_bound_on_waiting_holds() -> None:
    served_s = np.array([2000.0, 60.0, 0.0])

    def turn_at(round_trip_s: float) -> Turns:
        return turn_of(snapshot([6.0, 6.0, 0.0], served_s=served_s, round_trip_s=round_trip_s), (2, 1, 0))

    assert [turn_at(trip_s).turn_s for trip_s in (0.0, 60.0, 600.0)] == [900.0, 2100.0, 2400.0]
    assert [turn_at(trip_s).held[0] for trip_s in (0.0, 60.0)] == [False, True]


def test_turns_shrink_when_many_wait_but_never_below_the_dwell() -> None:
    many = row_of(30, rating_a=7.0)
    crowd = snapshot_of(many, setpoint_a=np.array([6.0] + [0.0] * 29))
    order = np.arange(30)

    found = turns(crowd, division(crowd), order, RULES)

    assert found.turn_s == RULES.dwell_s
    assert turn_of(snapshot([6.0, 6.0, 0.0])).turn_s == RULES.turn_s


def test_a_vehicle_that_cannot_be_paused_keeps_its_place_for_good() -> None:
    fixed = sessions_at(network_of(SITE), is_dynamic=np.array([False, True, True]))

    found = turn_of(
        snapshot([6.0, 6.0, 0.0], sessions=fixed, served_s=np.array([9000.0, 9000.0, 0.0])), (2, 1, 0)
    )

    assert found.let_in.tolist() == [True, False, True]

"""Which limits may still be in force: the highest that a station may hold is what counts."""

import numpy as np

from voltloom.controller.kernels import OBEYS, noticed
from voltloom.controller.leases.grants import (
    Grants,
    acknowledged,
    booted,
    ceiling_a,
    granted,
    obeyed,
    unknown_grants,
)
from voltloom.session.events import LimitsAcknowledged

ONE = np.array([0])
ALL = np.array([True])
OFFLINE_A = np.array([6.0])


def sent(grants: Grants, limit_a: float, now_s: float) -> Grants:
    return granted(grants, ONE, np.array([limit_a]), now_s=now_s, lease_s=300.0)


def confirmed(grants: Grants, now_s: float, *, drawn_a: float) -> Grants:
    grants = acknowledged(grants, LimitsAcknowledged(now_s, ONE, grants.serial))
    return measured(grants, drawn_a, now_s)


def measured(grants: Grants, current_a: float, sampled_s: float) -> Grants:
    """Return the grants after a reading of the one outlet, which is usable."""
    nothing, no = np.zeros(1), np.array([False])
    _, signs, _ = noticed(
        current_a=np.array([current_a]),
        energy_wh=nothing,
        sampled_s=np.array([sampled_s]),
        limit_a=grants.limit_a,
        serial=grants.serial,
        confirmed_serial=grants.confirmed_serial,
        confirmed_s=grants.confirmed_s,
        followed=grants.followed,
        flowed=no,
        was_offered=no,
        present=no,
        wants_power=no,
        keeps_minimum=no,
        idle_cause=np.array([0]),
        requested_wh=nothing,
        idle_since_s=nothing,
        served_since_s=nothing,
        start_wh=nothing,
        usable=ALL,
        is_silent=no,
        now_s=sampled_s,
        flows_a=1.0,
        met_wh=1.0,
        known_silent=-1,
        tolerance_a=1.0,
    )
    return obeyed(grants, (signs & OBEYS) != 0)


def most_a(grants: Grants, now_s: float) -> float:
    return float(ceiling_a(grants, OFFLINE_A, now_s)[0])


def settled(limit_a: float, now_s: float = 1000.0) -> Grants:
    """Return the grants of a station that holds a limit, confirmed and followed."""
    start = unknown_grants(np.array([32.0]), 0.0, 300.0)
    return confirmed(sent(start, limit_a, now_s), now_s, drawn_a=limit_a)


def test_a_controller_that_knows_nothing_expects_the_most_for_one_lease_and_then_the_offline_limit() -> None:
    start = unknown_grants(np.array([32.0]), 0.0, 300.0)

    assert [most_a(start, now_s) for now_s in (0.0, 299.0, 300.0)] == [32.0, 32.0, 6.0]


def test_a_lowered_limit_counts_only_once_it_is_confirmed_and_followed() -> None:
    lowered = sent(settled(20.0), 8.0, 1060.0)
    told = acknowledged(lowered, LimitsAcknowledged(1060.0, ONE, lowered.serial))

    still_drawing = measured(told, 20.0, 1080.0)
    follows = measured(told, 8.0, 1080.0)

    assert most_a(lowered, 1060.0) == 20.0
    assert most_a(still_drawing, 1080.0) == 20.0
    assert most_a(follows, 1080.0) == 8.0


def test_of_several_falls_that_nobody_confirmed_the_highest_counts() -> None:
    falling = sent(sent(settled(20.0), 14.0, 1030.0), 8.0, 1060.0)

    assert most_a(falling, 1060.0) == 20.0
    assert most_a(confirmed(falling, 1090.0, drawn_a=8.0), 1090.0) == 8.0


def test_a_station_that_hears_nothing_falls_back_however_often_limits_are_sent_to_it() -> None:
    grants = settled(0.0)
    for now_s in (1150.0, 1210.0, 1270.0):
        grants = sent(grants, 0.0, now_s)

    assert most_a(grants, 1299.0) == 0.0
    assert most_a(grants, 1300.0) == 6.0
    assert most_a(confirmed(grants, 1330.0, drawn_a=0.0), 1330.0) == 0.0


def test_the_confirmation_of_the_limit_before_promises_that_lease_and_no_more() -> None:
    first = sent(settled(0.0), 0.0, 1150.0)
    second = sent(first, 0.0, 1210.0)

    late = acknowledged(second, LimitsAcknowledged(1220.0, ONE, first.serial))

    assert most_a(late, 1449.0) == 0.0
    assert most_a(late, 1450.0) == 6.0


def test_the_confirmation_of_a_limit_long_ago_promises_nothing_new() -> None:
    first = sent(settled(0.0), 0.0, 1150.0)
    third = sent(sent(first, 0.0, 1210.0), 0.0, 1270.0)

    late = acknowledged(third, LimitsAcknowledged(1280.0, ONE, first.serial))

    assert most_a(late, 1299.0) == 0.0
    assert most_a(late, 1300.0) == 6.0


def test_a_station_that_restarted_holds_its_offline_limit_until_a_new_lease_reached_it() -> None:
    restarted = booted(settled(0.0), 0)

    assert most_a(restarted, 1010.0) == 6.0
    assert most_a(confirmed(sent(restarted, 0.0, 1020.0), 1020.0, drawn_a=0.0), 1020.0) == 0.0


def test_leases_without_end_never_fall_back() -> None:
    start = unknown_grants(np.array([32.0]), 0.0, 0.0)
    endless = granted(start, ONE, np.array([10.0]), now_s=0.0, lease_s=0.0)

    assert most_a(confirmed(endless, 0.0, drawn_a=10.0), 1e9) == 10.0


def test_a_station_that_holds_a_limit_for_less_than_its_lease_counts_at_its_offline_limit_after() -> None:
    lowered = sent(settled(20.0), 2.0, 1060.0)
    told = LimitsAcknowledged(1060.0, ONE, lowered.serial, until_s=np.array([1200.0]))
    held = measured(acknowledged(lowered, told), 2.0, 1070.0)

    assert most_a(held, 1199.0) == 2.0
    assert most_a(held, 1200.0) == OFFLINE_A[0]

"""Which limits may still be in force: the highest that a station may hold is what counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voltloom.controller.kernels import OBEYS, noticed
from voltloom.controller.leases.grants import (
    Grants,
    acknowledged,
    booted,
    ceiling_a,
    granted,
    obeyed,
    overtaken,
    pace_of,
    renewed_unseen,
    reserve_s,
    unknown_grants,
)
from voltloom.controller.leases.kernels import to_send
from voltloom.safety.settings import SafetySettings
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
        arrived_s=np.array([sampled_s]),
    )
    grants = obeyed(grants, (signs & OBEYS) != 0)
    return overtaken(grants, np.array([current_a]), np.array([sampled_s]), ALL, 1.0)


def most_a(grants: Grants, now_s: float) -> float:
    return float(ceiling_a(grants, OFFLINE_A, now_s)[0])


def settled(limit_a: float, now_s: float = 1000.0) -> Grants:
    """Return the grants of a station that holds a limit, confirmed and followed."""
    start = unknown_grants(np.array([32.0]), 0.0, 300.0, 300.0)
    return confirmed(sent(start, limit_a, now_s), now_s, drawn_a=limit_a)


def test_a_controller_that_knows_nothing_expects_the_most_for_the_longest_lease_and_then_the_offline_limit() -> (
    None
):
    start = unknown_grants(np.array([32.0]), 0.0, 300.0, 1800.0)

    assert [most_a(start, now_s) for now_s in (0.0, 1799.0, 1800.0)] == [32.0, 32.0, 6.0]


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


def told(grants: Grants, serial: int, now_s: float) -> Grants:
    """Return the grants after the confirmation of a limit, whatever was sent since, arrived."""
    return acknowledged(grants, LimitsAcknowledged(now_s, ONE, np.array([serial])))


def test_the_confirmation_of_a_limit_long_ago_promises_its_own_lease_and_no_more() -> None:
    first = sent(settled(0.0), 0.0, 1150.0)
    fifth = first
    for now_s in (1180.0, 1210.0, 1240.0, 1270.0):
        fifth = sent(fifth, 0.0, now_s)

    late = told(fifth, first.serial[0], 1280.0)

    assert most_a(late, 1449.0) == 0.0
    assert most_a(late, 1450.0) == 6.0


def test_a_limit_that_was_replaced_is_gone_although_the_newest_is_still_on_its_way() -> None:
    lowered = sent(settled(32.0), 8.0, 1060.0)
    renewed = sent(sent(lowered, 8.0, 1090.0), 8.0, 1120.0)
    late = told(renewed, lowered.serial[0], 1130.0)

    before_it_arrived = measured(late, 7.0, 1129.0)
    still_drawing = measured(late, 32.0, 1140.0)
    follows = measured(late, 8.0, 1140.0)

    assert [most_a(g, 1140.0) for g in (renewed, late, before_it_arrived, still_drawing)] == [32.0] * 4
    assert most_a(follows, 1140.0) == 8.0


def test_what_was_allowed_again_since_a_confirmation_still_counts() -> None:
    lowered = sent(settled(32.0), 8.0, 1060.0)
    newest = sent(sent(lowered, 20.0, 1090.0), 6.0, 1120.0)

    follows = measured(told(newest, lowered.serial[0], 1130.0), 8.0, 1140.0)

    assert most_a(follows, 1140.0) == 20.0


def test_confirmations_that_keep_coming_do_not_put_off_the_reading_that_a_limit_waits_for() -> None:
    grants = lowered = sent(settled(32.0), 8.0, 1060.0)
    serials = [lowered.serial[0]]
    for now_s in (1090.0, 1120.0, 1150.0, 1180.0):
        grants = sent(grants, 8.0, now_s)
        serials.append(grants.serial[0])

    for serial, now_s in zip(serials[:4], (1260.0, 1290.0, 1320.0, 1350.0), strict=True):
        grants = measured(told(grants, serial, now_s), 8.0, now_s - 80.0)  # readings are late as well

    assert most_a(grants, 1350.0) == 8.0


def test_of_more_limits_than_are_told_apart_none_is_forgotten() -> None:
    grants = settled(32.0)
    for step in range(12):
        grants = sent(grants, 30.0 - step, 1010.0 + 10.0 * step)

    assert most_a(grants, 1130.0) == 32.0
    assert most_a(grants, 1315.0) >= 29.0
    assert most_a(grants, 1405.0) >= 20.0


def test_no_lease_ends_before_one_that_was_given_earlier() -> None:
    long = granted(settled(0.0), ONE, np.array([0.0]), now_s=1010.0, lease_s=1500.0)
    short = sent(long, 0.0, 1040.0)

    assert short.lease_until_s[0] == long.lease_until_s[0] == 2510.0


def test_a_limit_that_was_on_its_way_to_a_station_that_restarted_may_be_in_force_after_it() -> None:
    raised = sent(settled(6.0), 32.0, 1010.0)

    lowered = sent(booted(raised, 0), 6.0, 1040.0)

    assert most_a(lowered, 1040.0) == 32.0
    assert most_a(told(lowered, raised.serial[0], 1050.0), 1050.0) == 32.0


def test_after_a_restart_the_limit_known_last_counts_for_the_longest_lease() -> None:
    again = sent(renewed_unseen(settled(20.0), 1100.0, 1800.0), 8.0, 1130.0)

    assert [most_a(again, now_s) for now_s in (1131.0, 2899.0)] == [20.0, 20.0]
    assert most_a(confirmed(again, 1160.0, drawn_a=8.0), 1160.0) == 8.0


def test_after_a_restart_a_reading_shows_nothing_of_renewals_that_nobody_remembers() -> None:
    resumed = measured(renewed_unseen(settled(20.0), 1100.0, 1800.0), 5.0, 1110.0)

    lowered = sent(resumed, 8.0, 1130.0)

    assert [most_a(lowered, now_s) for now_s in (1131.0, 2899.0)] == [20.0, 20.0]
    assert most_a(confirmed(lowered, 1160.0, drawn_a=8.0), 1160.0) == 8.0


def paced(trips_s: list[float], longest_lease_s: float = 1800.0) -> tuple[float, float, bool]:
    """Return lease, room before its end and whether it is slow, at a site whose stations confirmed so late."""
    count = len(trips_s)
    every = np.arange(count)
    start = unknown_grants(np.full(count, 32.0), 0.0, 300.0, 1800.0)
    grants = granted(start, every, np.zeros(count), now_s=1000.0, lease_s=300.0)
    for evse, trip_s in sorted(enumerate(trips_s), key=lambda pair: pair[1]):
        serial = grants.serial[evse : evse + 1]
        grants = acknowledged(grants, LimitsAcknowledged(1000.0 + trip_s, every[evse : evse + 1], serial))
    settings = SafetySettings(longest_lease_s=longest_lease_s)
    pace = pace_of(grants, settings, 30.0, 1000.0 + max(trips_s))
    return pace.lease_s, pace.lowering_s, pace.is_slow


def test_a_lease_grows_with_the_lateness_of_most_confirmations_and_no_further_than_allowed() -> None:
    assert paced([0.0, 2.0, 29.0]) == (300.0, 60.0, False)
    assert paced([0.0, 2.0, 600.0]) == (300.0, 60.0, False)
    assert paced([2.0, 230.0, 600.0]) == (700.0, 290.0, True)
    assert paced([600.0, 600.0, 600.0]) == (1440.0, 660.0, True)
    assert paced([600.0, 600.0, 600.0], longest_lease_s=900.0) == (900.0, 405.0, True)
    assert paced([600.0, 600.0, 600.0], longest_lease_s=300.0) == (300.0, 60.0, False)


def test_after_a_restart_leases_count_for_as_long_as_the_last_ones_can_have_become_and_no_longer() -> None:
    quick = settled(20.0)
    long = granted(quick, ONE, np.array([20.0]), now_s=1010.0, lease_s=900.0)

    assert [reserve_s(quick, SafetySettings(), now_s) for now_s in (1000.0, 1060.0, 5000.0)] == [
        300.0,
        420.0,
        1800.0,
    ]
    assert reserve_s(long, SafetySettings(), 1020.0) == 920.0
    assert reserve_s(quick, SafetySettings(longest_lease_s=0.0), 5000.0) == 300.0
    assert reserve_s(quick, SafetySettings(lease_s=0.0), 5000.0) == 0.0


@given(
    steps=st.lists(st.tuples(st.floats(1.0, 200.0), st.floats(0.0, 1500.0), st.booleans()), max_size=30),
    kept_count=st.integers(1, 30),
)
def test_no_lease_outlasts_what_an_earlier_memory_reserves_for_it(
    steps: list[tuple[float, float, bool]], kept_count: int
) -> None:
    grants, now_s, settings = settled(20.0), 1000.0, SafetySettings()
    sent_s, kept, reserves = {int(grants.serial[0]): now_s}, grants, []

    for number, (pause_s, trip_s, is_heard) in enumerate(steps):
        now_s += pause_s
        serials = [serial for serial, moment_s in sent_s.items() if now_s - moment_s >= trip_s]
        if is_heard and serials:
            grants = acknowledged(grants, LimitsAcknowledged(now_s, ONE, np.array(serials[-1:])))
        if number < kept_count:
            kept = grants
        lease_s = pace_of(grants, settings, 30.0, now_s).lease_s
        grants = granted(grants, ONE, np.array([20.0]), now_s=now_s, lease_s=lease_s)
        sent_s[int(grants.serial[0])] = now_s
        reserves.append((float(grants.lease_until_s[0]), now_s + reserve_s(kept, settings, now_s)))

    assert all(until_s <= reserved_s + 1e-6 for until_s, reserved_s in reserves)


def test_a_station_that_restarted_holds_its_offline_limit_until_a_new_lease_reached_it() -> None:
    restarted = booted(settled(0.0), 0)

    assert most_a(restarted, 1010.0) == 6.0
    assert most_a(confirmed(sent(restarted, 0.0, 1020.0), 1020.0, drawn_a=0.0), 1020.0) == 0.0


def test_leases_without_end_never_fall_back() -> None:
    start = unknown_grants(np.array([32.0]), 0.0, 0.0, 1800.0)
    endless = granted(start, ONE, np.array([10.0]), now_s=0.0, lease_s=0.0)

    assert most_a(confirmed(endless, 0.0, drawn_a=10.0), 1e9) == 10.0


def test_a_station_that_holds_a_limit_for_less_than_its_lease_counts_at_its_offline_limit_after() -> None:
    lowered = sent(settled(20.0), 2.0, 1060.0)
    told = LimitsAcknowledged(1060.0, ONE, lowered.serial, until_s=np.array([1200.0]))
    held = measured(acknowledged(lowered, told), 2.0, 1070.0)

    assert most_a(held, 1199.0) == 2.0
    assert most_a(held, 1200.0) == OFFLINE_A[0]


def test_a_limit_that_nobody_confirmed_is_sent_again_soon_also_where_leases_became_shorter() -> None:
    long = granted(settled(16.0), ONE, np.array([16.0]), now_s=1010.0, lease_s=1500.0)
    lowered = sent(told(long, long.serial[0], 1010.0), 0.0, 1040.0)

    def goes_out(now_s: float) -> bool:
        known = lowered.lease_until_s, lowered.serial, lowered.confirmed_serial, lowered.log_s
        return bool(to_send(np.array([False]), *known, 300.0, now_s).size)

    assert lowered.lease_until_s[0] == 2510.0
    assert [goes_out(now_s) for now_s in (1060.0, 1070.0, 2000.0)] == [False, True, True]


def test_while_leases_that_are_given_still_end_with_long_ones_before_the_pace_is_slow() -> None:
    long = granted(settled(0.0), ONE, np.array([0.0]), now_s=1010.0, lease_s=1500.0)

    paces = [pace_of(long, SafetySettings(), 30.0, now_s) for now_s in (1040.0, 2200.0, 2220.0)]

    assert [(pace.lease_s, pace.is_slow) for pace in paces] == [
        (300.0, True),
        (300.0, True),
        (300.0, False),
    ]


def test_commands_in_one_second_are_of_one_lease_unless_the_later_one_is_longer() -> None:
    first = granted(settled(0.0), ONE, np.array([0.0]), now_s=1010.0, lease_s=300.0)
    second = granted(first, ONE, np.array([0.0]), now_s=1010.5, lease_s=1500.0)
    third = granted(second, ONE, np.array([0.0]), now_s=1012.0, lease_s=300.0)
    again = granted(first, ONE, np.array([0.0]), now_s=1010.5, lease_s=300.0)

    assert third.lease_until_s[0] == second.lease_until_s[0] == 2510.5
    assert again.lease_until_s[0] == first.lease_until_s[0]
    assert most_a(told(third, second.serial[0], 1020.0), 2510.0) == 0.0

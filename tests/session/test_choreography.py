"""What events make of a visit, in order, out of order, twice and too late."""

import math
from dataclasses import replace

from tests.session.world import (
    after,
    charging,
    context,
    handshake,
    need,
    plugged_in,
    session,
    state,
    token,
    unplugged,
)
from voltloom.session.alarms import AlarmKind
from voltloom.session.answers import AnswerToken, StopCause, StopSession
from voltloom.session.authorization import AuthorizationRules, BackendVerdict, TokenEntry
from voltloom.session.choreography import advance
from voltloom.session.events import (
    FaultCleared,
    FaultReported,
    HardwareFault,
    PluggedIn,
    StationBooted,
    VehicleRequested,
)
from voltloom.session.evidence import need_met, silent
from voltloom.session.facts import Step
from voltloom.session.state import SessionState

LISTED = context(AuthorizationRules(), tokens=(TokenEntry(id_token="Anna", tier=1, weight=2.0),))


def kinds(step: Step) -> list[AlarmKind]:
    return [alarm.kind for alarm in step.alarms]


def test_a_listed_driver_is_let_in_and_waits_for_the_handshake_then_for_power() -> None:
    let_in = after(plugged_in(0.0), token(5.0), where=LISTED)

    assert state(let_in) is SessionState.NEGOTIATING
    assert let_in.answers == (AnswerToken(time_s=5.0, evse=0, accepted=True, why="accepted"),)
    assert (session(let_in).tier, session(let_in).weight) == (1, 2.0)

    ready = advance(let_in.seat, handshake(8.0), LISTED)

    assert state(ready) is SessionState.QUEUED
    assert session(ready).capability.max_a == 16.0


def test_a_stranger_is_refused_and_may_try_another_token() -> None:
    refused = after(plugged_in(0.0), token(5.0, "stranger"), where=LISTED)

    assert state(refused) is SessionState.REFUSED
    assert refused.answers == (AnswerToken(time_s=5.0, evse=0, accepted=False, why="unknown"),)

    again = advance(refused.seat, token(20.0, "anna"), LISTED)

    assert state(again) is SessionState.NEGOTIATING


def test_a_free_site_lets_everybody_in_at_the_plug() -> None:
    assert state(after(plugged_in(0.0))) is SessionState.NEGOTIATING


def test_a_backend_that_thinks_keeps_the_driver_waiting_and_then_answers() -> None:
    thinks = context(AuthorizationRules(), backend=BackendVerdict.PENDING)
    waiting = after(plugged_in(0.0), token(5.0), where=thinks)

    assert state(waiting) is SessionState.AUTHORISING
    assert waiting.answers == ()

    accepts = context(AuthorizationRules(), backend=BackendVerdict.ACCEPTED)
    answered = advance(waiting.seat, token(5.0), accepts)

    assert state(answered) is SessionState.NEGOTIATING


def test_what_was_told_before_the_plug_counts_for_the_visit_that_follows() -> None:
    early = after(need(0.0, 9000.0), token(1.0), where=LISTED)

    assert early.answers == (AnswerToken(time_s=1.0, evse=0, accepted=True, why="accepted"),)

    step = advance(early.seat, plugged_in(30.0), LISTED)

    assert state(step) is SessionState.NEGOTIATING
    assert session(step).need.energy_wh == 9000.0
    assert step.seat.early == ()


def test_a_token_presented_long_before_the_plug_is_forgotten() -> None:
    step = after(token(0.0), plugged_in(1000.0), where=LISTED)

    assert state(step) is SessionState.PLUGGED_IN
    assert step.alarms == ()


def test_a_plug_in_told_twice_is_one_visit() -> None:
    step = after(plugged_in(0.0), handshake(5.0), plugged_in(0.0))

    assert state(step) is SessionState.QUEUED
    assert step.alarms == ()


def test_a_new_vehicle_closes_a_visit_whose_end_was_missed() -> None:
    step = advance(charging(), plugged_in(500.0, "next"), context(serial=2))

    assert [ended.facts.session_id for ended in step.ended] == ["visit"]
    assert not step.ended[0].is_reported
    assert session(step).session_id == "next"
    assert kinds(step) == [AlarmKind.MISSED_UNPLUG]


def test_the_late_unplugging_of_an_earlier_vehicle_does_not_end_the_present_visit() -> None:
    seat = after(plugged_in(100.0, "second")).seat

    step = advance(seat, unplugged(90.0), context())

    assert session(step).session_id == "second"
    assert step.ended == ()
    assert kinds(step) == [AlarmKind.LATE_MESSAGE]


def test_the_late_plug_in_of_an_earlier_vehicle_does_not_end_the_present_visit() -> None:
    seat = after(plugged_in(100.0, "second")).seat

    step = advance(seat, plugged_in(90.0, "first"), context())

    assert session(step).session_id == "second"
    assert step.ended == ()
    assert kinds(step) == [AlarmKind.LATE_MESSAGE]


def test_a_plug_in_that_comes_after_its_own_unplugging_leaves_no_ghost() -> None:
    step = after(unplugged(100.0), plugged_in(10.0))

    assert step.seat.session is None
    assert kinds(step) == [AlarmKind.LATE_MESSAGE]


def test_unplugging_tells_the_last_register_and_saying_it_twice_changes_nothing() -> None:
    step = advance(charging(), unplugged(600.0, energy_wh=5000.0), context())

    assert step.ended[0].facts.delivered_wh == 4000.0
    assert step.seat.session is None

    twice = advance(step.seat, unplugged(600.0, energy_wh=5000.0), context())

    assert (twice.ended, twice.alarms) == ((), ())


def test_another_drivers_token_neither_stops_nor_takes_over_a_running_visit() -> None:
    both = context(AuthorizationRules(), tokens=(TokenEntry(id_token="anna"), TokenEntry(id_token="ben")))
    seat = after(plugged_in(0.0), token(5.0), handshake(8.0), where=both).seat

    step = advance(seat, token(60.0, "ben"), both)

    assert state(step) is SessionState.QUEUED
    assert session(step).id_token == "anna"
    assert step.answers == (AnswerToken(time_s=60.0, evse=0, accepted=False, why="foreign_token"),)
    assert kinds(step) == [AlarmKind.FOREIGN_TOKEN]


def test_the_same_fleet_may_present_any_of_its_tokens() -> None:
    fleet = (TokenEntry(id_token="anna", group="fleet"), TokenEntry(id_token="ben", group="fleet"))
    where = context(AuthorizationRules(), tokens=fleet)

    step = after(plugged_in(0.0), token(5.0), token(9.0, "ben"), where=where)

    assert step.answers == (AnswerToken(time_s=9.0, evse=0, accepted=True, why="accepted"),)


def test_a_handshake_told_before_the_token_is_not_waited_for_again() -> None:
    step = after(plugged_in(0.0), handshake(2.0), token(5.0), where=LISTED)

    assert state(step) is SessionState.QUEUED


def test_of_two_needs_the_newer_holds_in_whatever_order_they_arrive() -> None:
    step = after(plugged_in(0.0), need(20.0, 2000.0), need(10.0, 9000.0))

    assert session(step).need.energy_wh == 2000.0


def test_a_need_that_cannot_be_true_leaves_the_old_one_in_force() -> None:
    step = after(plugged_in(0.0), need(10.0, 2000.0), need(20.0, -5.0))

    assert session(step).need.energy_wh == 2000.0
    assert kinds(step) == [AlarmKind.NEED_IMPLAUSIBLE]
    assert "energy_wh" in step.alarms[0].what


def test_a_driver_who_wants_more_after_the_end_is_served_again() -> None:
    seat = after(need(200.0, 4000.0), seat=charging()).seat
    finished = need_met(seat, 300.0).seat

    step = advance(finished, need(400.0, 8000.0), context())

    assert state(finished) is SessionState.FINISHING
    assert state(step) is SessionState.QUEUED


def test_a_vehicle_that_suspends_itself_is_not_called_paused_by_the_site() -> None:
    step = advance(charging(), VehicleRequested(time_s=70.0, evse=0, request_a=0.0), context())

    assert state(step) is SessionState.SUSPENDED_BY_VEHICLE

    again = advance(step.seat, VehicleRequested(time_s=90.0, evse=0, request_a=10.0), context())

    assert state(again) is SessionState.QUEUED


def test_a_vehicle_that_wants_nothing_does_not_enter_the_queue_after_a_fault() -> None:
    step = after(
        VehicleRequested(time_s=70.0, evse=0, request_a=0.0),
        FaultReported(time_s=80.0, evse=0, fault=HardwareFault.INTERNAL),
        FaultCleared(time_s=90.0, evse=0),
        seat=charging(),
    )

    assert state(step) is SessionState.SUSPENDED_BY_VEHICLE


def test_a_request_that_is_no_number_is_told_and_not_used() -> None:
    step = advance(charging(), VehicleRequested(time_s=70.0, evse=0, request_a=math.nan), context())

    assert session(step).request_a == math.inf
    assert kinds(step) == [AlarmKind.CAPABILITY_CONTRADICTS]


def test_a_passing_fault_holds_power_off_and_gives_it_back() -> None:
    hot = advance(
        charging(), FaultReported(time_s=80.0, evse=0, fault=HardwareFault.OVER_TEMPERATURE), context()
    )

    assert state(hot) is SessionState.FAULT
    assert (hot.answers, kinds(hot)) == ((), [AlarmKind.OVER_TEMPERATURE])

    cooled = advance(hot.seat, FaultCleared(time_s=200.0, evse=0), context())

    assert state(cooled) is SessionState.QUEUED


def test_a_ground_fault_stops_the_session_and_asks_for_identification_again() -> None:
    seat = after(plugged_in(0.0), token(5.0), handshake(8.0), where=LISTED).seat
    step = advance(seat, FaultReported(time_s=80.0, evse=0, fault=HardwareFault.GROUND_FAULT), LISTED)

    assert step.answers == (StopSession(time_s=80.0, evse=0, cause=StopCause.FAULT),)

    cleared = advance(step.seat, FaultCleared(time_s=200.0, evse=0), LISTED)

    assert state(cleared) is SessionState.PLUGGED_IN
    assert state(advance(cleared.seat, token(210.0), LISTED)) is SessionState.QUEUED


def test_a_fault_told_twice_is_one_alarm_and_one_told_late_is_ignored() -> None:
    fault = FaultReported(time_s=80.0, evse=0, fault=HardwareFault.INTERNAL)
    step = after(fault, fault, seat=charging())

    assert step.alarms == ()

    cleared = advance(step.seat, FaultCleared(time_s=90.0, evse=0), context())
    late = advance(cleared.seat, fault, context())

    assert state(late) is SessionState.QUEUED
    assert kinds(late) == [AlarmKind.LATE_MESSAGE]


def test_a_vehicle_plugged_into_a_faulty_outlet_gets_no_power() -> None:
    fault = FaultReported(time_s=0.0, evse=0, fault=HardwareFault.CONNECTOR_LOCK)

    step = after(fault, plugged_in(10.0))

    assert state(step) is SessionState.FAULT


def test_a_restart_of_the_station_ends_no_visit() -> None:
    step = advance(charging(), StationBooted(time_s=90.0, evse=0), context())

    assert state(step) is SessionState.CHARGING
    assert kinds(step) == [AlarmKind.STATION_BOOTED]


def test_any_word_of_a_silent_station_brings_its_session_back() -> None:
    seat = silent(charging(), 400.0).seat

    step = advance(seat, need(500.0, 7000.0), context())

    assert state(seat) is SessionState.STATION_SILENT
    assert state(step) is SessionState.QUEUED


def test_a_plug_in_told_again_adds_the_register_that_was_unknown_and_nothing_else() -> None:
    unknown = after(plugged_in(0.0), where=context(register_wh=math.nan))
    told = PluggedIn(time_s=0.0, evse=0, session_id="visit", energy_wh=700.0)

    once = advance(unknown.seat, told, context())
    twice = advance(once.seat, replace(told, energy_wh=900.0), context())

    assert (session(once).register_start_wh, session(once).register_wh) == (700.0, 700.0)
    assert session(once) == session(unknown)._replace(register_start_wh=700.0, register_wh=700.0)
    assert twice.seat == once.seat

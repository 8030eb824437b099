"""What meters and deadlines make of a visit."""

import math

from tests.session.world import (
    after,
    charging,
    context,
    handshake,
    outlet,
    plugged_in,
    session,
    state,
    token,
    unplugged,
)
from voltloom.session.alarms import AlarmKind
from voltloom.session.answers import AnswerToken, StopCause, StopSession, WakeVehicle
from voltloom.session.authorization import AuthorizationRules, BackendVerdict
from voltloom.session.choreography import advance
from voltloom.session.events import FaultCleared, FaultReported, HardwareFault, VehicleRequested
from voltloom.session.evidence import due_s, heard, observed, overdue, silent, stopped
from voltloom.session.facts import Seat, Step
from voltloom.session.state import SessionState


def reading(
    seat: Seat, now_s: float, current_a: float, setpoint_a: float, *, sampled_s: float | None = None
) -> Step:
    return observed(
        seat,
        now_s,
        sampled_s=now_s if sampled_s is None else sampled_s,
        current_a=current_a,
        register_wh=1000.0 + now_s,
        setpoint_a=setpoint_a,
    )


def queued() -> Seat:
    return after(plugged_in(0.0), handshake(5.0)).seat


def test_an_offer_then_current_then_no_offer_is_starting_charging_paused() -> None:
    starting = reading(queued(), 10.0, 0.0, 16.0)
    charging_now = reading(starting.seat, 20.0, 15.0, 16.0)
    paused = reading(charging_now.seat, 30.0, 0.0, 0.0)

    states = [state(step) for step in (starting, charging_now, paused)]
    assert states == [SessionState.STARTING, SessionState.CHARGING, SessionState.PAUSED_BY_SITE]
    assert (session(paused).first_power_s, session(paused).last_power_s) == (20.0, 30.0)
    assert session(paused).delivered_wh == 30.0


def test_a_vehicle_that_stops_under_an_offer_has_suspended_itself() -> None:
    assert state(reading(charging(), 300.0, 0.0, 16.0)) is SessionState.SUSPENDED_BY_VEHICLE


def test_a_vehicle_that_has_not_yet_followed_a_new_offer_is_starting_and_not_suspended() -> None:
    lowered = reading(charging(), 300.0, 5.0, 0.0)

    offered_again = reading(lowered.seat, 330.0, 0.0, 16.0)

    assert state(offered_again) is SessionState.STARTING


def test_a_reading_from_before_a_vehicle_suspended_itself_does_not_start_it_again() -> None:
    full = advance(charging(), VehicleRequested(time_s=100.0, evse=0, request_a=0.0), context()).seat

    old = reading(full, 102.0, 16.0, 0.0, sampled_s=80.0)
    new = reading(old.seat, 130.0, 8.0, 16.0, sampled_s=120.0)

    assert state(old) is SessionState.SUSPENDED_BY_VEHICLE
    assert state(new) is SessionState.CHARGING


def test_a_current_that_still_decays_after_a_pause_is_not_yet_a_pause() -> None:
    assert state(reading(charging(), 90.0, 5.0, 0.0)) is SessionState.CHARGING


def test_a_vehicle_that_does_not_start_is_woken_twice_then_given_up_with_an_alarm() -> None:
    step = reading(queued(), 10.0, 0.0, 16.0)
    woken = 0
    for _ in range(2):
        now_s = due_s(step.seat)
        step = overdue(step.seat, now_s)
        woken += step.answers == (WakeVehicle(time_s=now_s, evse=0),)
    given_up = overdue(step.seat, due_s(step.seat))

    assert woken == 2
    assert state(given_up) is SessionState.SUSPENDED_BY_VEHICLE
    assert [alarm.kind for alarm in given_up.alarms] == [AlarmKind.NEVER_WOKE]
    assert state(reading(given_up.seat, 1000.0, 10.0, 16.0)) is SessionState.CHARGING


def test_a_backend_that_never_answers_refuses_after_a_minute() -> None:
    thinks = context(AuthorizationRules(), backend=BackendVerdict.PENDING)
    seat = after(plugged_in(0.0), token(5.0), where=thinks).seat

    early, late = overdue(seat, 64.0), overdue(seat, 65.0)

    assert early == Step(seat=seat)
    assert state(late) is SessionState.REFUSED
    assert late.answers == (AnswerToken(time_s=65.0, evse=0, accepted=False, why="backend_unreachable"),)


def test_a_vehicle_without_handshake_is_served_as_the_worst_case() -> None:
    step = overdue(after(plugged_in(0.0)).seat, 60.0)

    assert state(step) is SessionState.QUEUED
    assert not session(step).capability.is_dynamic
    assert session(step).capability.uses_all_phases


def test_a_finished_vehicle_that_stays_is_told_once() -> None:
    seat = stopped(charging(), 100.0, StopCause.OPERATOR).seat
    told = overdue(seat, due_s(seat))

    assert [alarm.kind for alarm in told.alarms] == [AlarmKind.OUTLET_BLOCKED]
    assert due_s(told.seat) == math.inf
    assert overdue(told.seat, 1e6).alarms == ()


def test_an_operators_stop_holds_until_the_driver_identifies_again() -> None:
    step = stopped(charging(), 100.0, StopCause.OPERATOR)

    assert step.answers == (StopSession(time_s=100.0, evse=0, cause=StopCause.OPERATOR),)
    assert state(step) is SessionState.REFUSED
    assert not session(step).is_authorized


def test_current_at_an_outlet_without_a_session_is_stopped_and_told() -> None:
    step = reading(outlet(), 10.0, 8.0, 0.0)

    assert step.answers == (StopSession(time_s=10.0, evse=0, cause=StopCause.NOT_AUTHORIZED),)
    assert [alarm.kind for alarm in step.alarms] == [AlarmKind.POWER_UNAUTHORIZED]
    assert reading(outlet(), 10.0, 0.2, 0.0) == Step(seat=outlet())


def test_current_during_a_fault_is_told_once_after_it_had_time_to_stop() -> None:
    fault = FaultReported(time_s=100.0, evse=0, fault=HardwareFault.INTERNAL)
    seat = advance(charging(), fault, context()).seat

    soon = reading(seat, 110.0, 8.0, 0.0)
    later = reading(soon.seat, 170.0, 8.0, 0.0)
    again = reading(later.seat, 180.0, 8.0, 0.0)

    assert [len(step.alarms) for step in (soon, later, again)] == [0, 1, 0]
    assert later.alarms[0].kind is AlarmKind.POWER_DURING_FAULT
    assert state(again) is SessionState.FAULT


def test_a_reading_from_before_a_fault_accuses_nobody_of_drawing_during_it() -> None:
    fault = FaultReported(time_s=100.0, evse=0, fault=HardwareFault.INTERNAL)
    seat = advance(charging(), fault, context()).seat

    late = reading(seat, 230.0, 8.0, 0.0, sampled_s=110.0)

    assert (late.alarms, late.answers) == ((), ())


def test_a_reading_from_before_a_departure_stops_nobody_who_came_after() -> None:
    left = after(plugged_in(0.0), unplugged(100.0)).seat

    late = reading(left, 190.0, 8.0, 0.0, sampled_s=95.0)

    assert late == Step(seat=left)


def test_what_was_stopped_during_a_fault_stays_without_power_until_its_driver_identifies_again() -> None:
    fault = FaultReported(time_s=100.0, evse=0, fault=HardwareFault.INTERNAL)
    seat = advance(charging(), fault, context()).seat
    stopped_seat = reading(seat, 170.0, 8.0, 0.0).seat

    cleared = advance(stopped_seat, FaultCleared(time_s=300.0, evse=0), context())
    again = advance(cleared.seat, token(330.0), context())

    assert not session(cleared).is_authorized
    assert session(again).is_authorized


def test_a_silent_station_is_told_after_its_deadline_and_comes_back_when_heard() -> None:
    seat = silent(charging(), 400.0).seat
    told = overdue(seat, 1300.0)

    assert [alarm.kind for alarm in told.alarms] == [AlarmKind.STATION_SILENT]
    assert state(heard(told.seat, 1400.0)) is SessionState.QUEUED


def test_a_station_heard_all_the_time_changes_nothing() -> None:
    assert heard(charging(), 100.0) == Step(seat=charging())


def test_an_unknown_register_is_not_taken_for_zero() -> None:
    seat = after(plugged_in(0.0), where=context(register_wh=math.nan)).seat

    first = observed(seat, 10.0, sampled_s=10.0, current_a=8.0, register_wh=math.nan, setpoint_a=16.0)
    second = observed(first.seat, 20.0, sampled_s=20.0, current_a=8.0, register_wh=909_948.0, setpoint_a=16.0)

    assert math.isnan(session(first).delivered_wh)
    assert session(second).delivered_wh == 0.0

"""Which alarms last, and that each of them ends."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import voltloom
from tests.session.world import FREE_VEND, context, outlet, plugged_in, token
from voltloom.session.alarms import AlarmKind, raised
from voltloom.session.authorization import AuthorizationRules
from voltloom.session.choreography import advance
from voltloom.session.events import (
    FaultCleared,
    FaultReported,
    HardwareFault,
    LimitsRefused,
    LimitsTaken,
    Unplugged,
)
from voltloom.session.evidence import FLOWS_A, due_s, observed, overdue
from voltloom.session.facts import Seat
from voltloom.session.monitoring import REACTIONS
from voltloom.session.standing import OVER_WHEN, is_lasting, lasts_at
from voltloom.session.state import DEADLINES, SessionState

DRAWS_A = 10.0


def charging() -> Seat:
    seat = advance(outlet(), plugged_in(), context(FREE_VEND)).seat
    return observed(seat, 5.0, sampled_s=5.0, current_a=DRAWS_A, register_wh=1000.0, setpoint_a=16.0).seat


@pytest.mark.parametrize("state", DEADLINES, ids=lambda state: state.value)
def test_an_alarm_of_a_deadline_lasts_when_it_is_raised_and_ends_at_the_latest_with_the_visit(
    state: SessionState,
) -> None:
    seat = charging()
    assert seat.session is not None
    facts = seat.session._replace(state=state, state_since_s=10.0, woken_count=2, is_authorized=False)
    seat = seat._replace(session=facts)

    step = overdue(seat, due_s(seat))
    (alarm,) = step.alarms
    gone = advance(step.seat, Unplugged(time_s=alarm.time_s + 60.0, evse=0, energy_wh=1.0), context()).seat

    assert is_lasting(alarm.kind) == (alarm.kind is not AlarmKind.BACKEND_SLOW)
    if is_lasting(alarm.kind):
        assert lasts_at(step.seat, alarm, 0.0)
        assert not lasts_at(gone, alarm, 0.0)
        next_one = advance(gone, plugged_in(alarm.time_s + 120.0, "another"), context()).seat
        assert not lasts_at(next_one, alarm, 0.0)


@pytest.mark.parametrize("fault", HardwareFault, ids=lambda fault: fault.value)
def test_a_fault_lasts_until_its_station_says_that_it_cleared(fault: HardwareFault) -> None:
    step = advance(charging(), FaultReported(time_s=20.0, evse=0, fault=fault), context())
    (alarm,) = step.alarms
    cleared = advance(step.seat, FaultCleared(time_s=30.0, evse=0), context()).seat

    assert alarm.kind is REACTIONS[fault][1]
    assert lasts_at(step.seat, alarm, 0.0)
    assert not lasts_at(cleared, alarm, 0.0)


def test_limits_are_refused_until_the_station_takes_one() -> None:
    step = advance(outlet(), LimitsRefused(time_s=20.0, evse=0), context())
    (alarm,) = step.alarms

    assert lasts_at(step.seat, alarm, 0.0)
    assert not lasts_at(advance(step.seat, LimitsTaken(time_s=30.0, evse=0), context()).seat, alarm, 0.0)


def test_a_current_without_a_session_lasts_as_long_as_it_flows() -> None:
    step = observed(outlet(), 400.0, sampled_s=400.0, current_a=DRAWS_A, register_wh=1.0, setpoint_a=0.0)
    (alarm,) = step.alarms

    assert alarm.kind is AlarmKind.POWER_UNAUTHORIZED
    assert lasts_at(step.seat, alarm, DRAWS_A)
    assert not lasts_at(step.seat, alarm, FLOWS_A / 2.0)
    assert not lasts_at(advance(step.seat, plugged_in(410.0), context(FREE_VEND)).seat, alarm, DRAWS_A)


def test_a_vehicle_that_nobody_identified_for_is_that_until_a_token_is_checked() -> None:
    seat = advance(outlet(), plugged_in(), context(AuthorizationRules())).seat
    step = overdue(seat, due_s(seat))
    (alarm,) = step.alarms

    asked = advance(step.seat, token(due_s(seat) + 5.0), context(AuthorizationRules()))

    assert alarm.kind is AlarmKind.NOT_IDENTIFIED
    assert lasts_at(step.seat, alarm, 0.0)
    assert asked.seat.session is not None
    is_let_in = asked.seat.session.is_authorized or asked.seat.session.state is SessionState.AUTHORISING
    assert lasts_at(asked.seat, alarm, 0.0) is not is_let_in


@pytest.mark.parametrize("kind", AlarmKind, ids=lambda kind: kind.value)
def test_every_kind_is_raised_somewhere(kind: AlarmKind) -> None:
    said = {Path("session/alarms.py"), Path("session/standing.py")}
    root = Path(voltloom.__file__).parent
    texts = [
        file.read_text(encoding="utf-8") for file in root.rglob("*.py") if file.relative_to(root) not in said
    ]

    assert any(re.search(rf"AlarmKind\.{kind.name}\b", text) for text in texts), "who raises it?"


def test_an_alarm_lasts_from_when_it_is_raised() -> None:
    for kind in AlarmKind:
        alarm = raised(kind, time_s=1.0, source="a1")
        assert not alarm.is_over
    assert all(text and not text.endswith(".") for text in OVER_WHEN.values())

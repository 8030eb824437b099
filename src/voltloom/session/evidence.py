"""What meters and passing time make of an outlet and its session, beside its own messages.

The controller looks at all outlets in columns and calls here only for the few where something changed:
`observed` when current began or stopped, when a limit became zero or more than zero, while current flows in a
state of `MAY_NOT_DRAW` and while a vehicle feeds back; `need_met` when the register reached the need; `silent` and `heard` when a station's last
word became too old or news came; `overdue` once `due_s` has passed; `stopped` when an operator or a rule ends it.
"""

from __future__ import annotations

import math
from typing import Final

from voltloom.session.alarms import AlarmKind
from voltloom.session.answers import AnswerToken, StopCause, StopSession, WakeVehicle
from voltloom.session.facts import Seat, SessionFacts, Step
from voltloom.session.moves import alarm, moved, moved_if_legal, recovered, with_session
from voltloom.session.state import DEADLINES, SessionState, Trigger
from voltloom.units import span_words

FLOWS_A: Final = 1.0  # less is the station's own use or the meter's noise
WAKE_ATTEMPTS: Final = 2
OFFER_GRACE_S: Final = 60.0  # a vehicle takes time to follow an offer, and its reading to arrive
DRAW_GRACE_S: Final = 60.0  # a current takes time to follow a stop, and its reading to arrive
MAY_NOT_DRAW: Final = frozenset(
    {SessionState.PLUGGED_IN, SessionState.AUTHORISING, SessionState.REFUSED, SessionState.FAULT}
)


def observed(
    seat: Seat, now_s: float, *, sampled_s: float, current_a: float, register_wh: float, setpoint_a: float
) -> Step:
    """Return what a meter reading under a limit makes of the session.

    sampled_s: the moment it speaks for. current_a: on the most loaded phase. register_wh: the outlet's register, NaN
    when not read.
    Current (from `FLOWS_A` on, or half of a smaller offer) means charging; none under an offer means that the vehicle does not take it, or not yet where the offer
    is new; none without an offer means that the site withholds it.
    """
    flows = current_a >= (min(FLOWS_A, setpoint_a / 2.0) if setpoint_a > 0.0 else FLOWS_A)
    if seat.session is None:
        if not flows or sampled_s - seat.last_ended_s < DRAW_GRACE_S:
            return Step(seat=seat)
        stop = StopSession(time_s=now_s, evse=seat.evse, cause=StopCause.NOT_AUTHORIZED)
        told = alarm(seat, AlarmKind.POWER_UNAUTHORIZED, now_s, f"{current_a:.1f} A")
        return Step(seat=seat, answers=(stop,), alarms=(told,))
    may_draw = seat.session.state not in MAY_NOT_DRAW
    facts = _with_reading(seat.session, now_s, register_wh, is_offered=may_draw and setpoint_a > 0.0)
    facts = _with_current(facts, now_s, sampled_s, current_a, flows=flows)
    if flows and not may_draw:
        return _draws_without_right(seat, facts, now_s, sampled_s, current_a)
    # A reading from before the vehicle said that it takes nothing is no news, although a new limit asks for it again.
    is_old = facts.state is SessionState.SUSPENDED_BY_VEHICLE and sampled_s < facts.state_since_s
    trigger = None if is_old else _trigger(facts, now_s, flows=flows)
    return with_session(seat, facts if trigger is None else moved_if_legal(facts, trigger, now_s))


def need_met(seat: Seat, now_s: float) -> Step:
    """Return the session finished: all energy asked for is delivered."""
    return _moved_if_running(seat, Trigger.NEED_MET, now_s)


def silent(seat: Seat, now_s: float) -> Step:
    """Return the session of a station whose last word is too old."""
    return _moved_if_running(seat, Trigger.WENT_SILENT, now_s)


def heard(seat: Seat, now_s: float) -> Step:
    """Return the session of a station that was silent and spoke again; others stay as they are."""
    if seat.session is None or seat.session.state is not SessionState.STATION_SILENT:
        return Step(seat=seat)
    if seat.fault is not None:
        return _moved_if_running(seat, Trigger.FAULTED, now_s)
    return with_session(seat, recovered(seat.session, now_s))


def stopped(seat: Seat, now_s: float, cause: StopCause) -> Step:
    """Return the session refused further power, and the command that ends its delivery."""
    if seat.session is None:
        return Step(seat=seat)
    facts = moved(seat.session, Trigger.STOPPED, now_s)._replace(is_authorized=False, stopped_by=cause)
    stop = StopSession(time_s=now_s, evse=seat.evse, cause=cause)
    return with_session(seat, facts)._replace(answers=(stop,))


def due_s(seat: Seat) -> float:
    """Return when `overdue` must be asked next; inf where nothing is due."""
    facts = seat.session
    if facts is None or facts.is_overdue_told or facts.state not in DEADLINES:
        return math.inf
    return facts.state_since_s + DEADLINES[facts.state].limit_s


def overdue(seat: Seat, now_s: float) -> Step:
    """Return what the deadline of the session's state makes of it once it has passed.

    A vehicle that does not start is woken `WAKE_ATTEMPTS` times before it is given up.
    """
    facts = seat.session
    if facts is None or now_s < due_s(seat):
        return Step(seat=seat)
    if facts.state is SessionState.STARTING and facts.woken_count < WAKE_ATTEMPTS:
        again = facts._replace(woken_count=facts.woken_count + 1, state_since_s=now_s)
        return with_session(seat, again)._replace(answers=(WakeVehicle(time_s=now_s, evse=seat.evse),))
    deadline = DEADLINES[facts.state]
    told = alarm(
        seat, deadline.alarm, now_s, f"{facts.session_id}, {span_words(now_s - facts.state_since_s)}"
    )
    after = moved(facts, deadline.escalation, now_s)
    if after.state is facts.state:
        after = after._replace(is_overdue_told=True)
    refused = AnswerToken(time_s=now_s, evse=seat.evse, accepted=False, why="backend_unreachable")
    answers = (refused,) if facts.state is SessionState.AUTHORISING else ()
    return with_session(seat, after)._replace(answers=answers, alarms=(told,))


def _moved_if_running(seat: Seat, trigger: Trigger, now_s: float) -> Step:
    if seat.session is None:
        return Step(seat=seat)
    return with_session(seat, moved_if_legal(seat.session, trigger, now_s))


def _with_reading(facts: SessionFacts, now_s: float, register_wh: float, *, is_offered: bool) -> SessionFacts:
    is_read = not math.isnan(register_wh)
    is_start = is_read and math.isnan(facts.register_start_wh)
    return facts._replace(
        register_start_wh=register_wh if is_start else facts.register_start_wh,
        register_wh=register_wh if is_read else facts.register_wh,
        offered_since_s=min(facts.offered_since_s, now_s) if is_offered else math.inf,
    )


def _with_current(
    facts: SessionFacts, now_s: float, sampled_s: float, current_a: float, *, flows: bool
) -> SessionFacts:
    """Return the session with when power flowed: until the first sample that shows none, or the last that shows it fed back."""
    if flows:
        first_s = now_s if math.isnan(facts.first_power_s) else facts.first_power_s
        last_s = facts.last_power_s if facts.flows else now_s
        return facts._replace(first_power_s=first_s, last_power_s=last_s, flows=True)
    if not facts.flows and current_a > -FLOWS_A:
        return facts
    is_newer = not sampled_s <= facts.last_power_s
    return facts._replace(last_power_s=sampled_s if is_newer else facts.last_power_s, flows=False)


def _draws_without_right(
    seat: Seat, facts: SessionFacts, now_s: float, sampled_s: float, current_a: float
) -> Step:
    """Raise one alarm for each stay in the state, once a stop has had time to work and a sample since then denies it.

    What is stopped during a fault stays without power until its driver identified again, as its station knows too.
    """
    if facts.is_draw_told or sampled_s - facts.state_since_s < DRAW_GRACE_S:
        return with_session(seat, facts)
    is_fault = facts.state is SessionState.FAULT
    kind = AlarmKind.POWER_DURING_FAULT if is_fault else AlarmKind.POWER_UNAUTHORIZED
    cause = StopCause.FAULT if is_fault else StopCause.NOT_AUTHORIZED
    facts = facts._replace(is_draw_told=True)
    if is_fault:
        facts = facts._replace(is_authorized=False, stopped_by=cause)
    return Step(
        seat=seat._replace(session=facts),
        answers=(StopSession(time_s=now_s, evse=seat.evse, cause=cause),),
        alarms=(alarm(seat, kind, now_s, f"{current_a:.1f} A"),),
    )


def _trigger(facts: SessionFacts, now_s: float, *, flows: bool) -> Trigger | None:
    offered_s = now_s - facts.offered_since_s  # -inf without an offer
    if flows:
        # A finished vehicle still ramps down; only a standing offer makes its current a new start.
        is_rest = facts.state is SessionState.FINISHING and offered_s < 0.0
        return None if is_rest else Trigger.POWER_BEGAN
    if offered_s < 0.0:
        return Trigger.WITHHELD
    has_stopped = facts.state is SessionState.CHARGING and offered_s >= OFFER_GRACE_S
    return Trigger.VEHICLE_SUSPENDED if has_stopped else Trigger.OFFERED

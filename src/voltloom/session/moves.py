"""The small steps that choreography and evidence are made of: one move of one session, or one alarm instead."""

from __future__ import annotations

from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.session.facts import Ended, Seat, SessionFacts, Step
from voltloom.session.state import MOVES, SessionState, Trigger, next_state


def moved(facts: SessionFacts, trigger: Trigger, time_s: float) -> SessionFacts:
    """Return the session after a move.

    Its time in the state starts anew only when the state changes, and never runs backwards. A move to QUEUED ends
    in SUSPENDED_BY_VEHICLE when the vehicle has said that it takes nothing.
    Raises IllegalMove when the table knows no such move.
    """
    after = next_state(facts.state, trigger)
    if after is SessionState.QUEUED and facts.request_a == 0.0:
        after = SessionState.SUSPENDED_BY_VEHICLE
    if after is facts.state:
        return facts
    return facts._replace(
        state=after,
        state_since_s=max(facts.state_since_s, time_s),
        woken_count=0 if after is SessionState.CHARGING else facts.woken_count,
        is_overdue_told=False,
        is_draw_told=False,
    )


def moved_if_legal(facts: SessionFacts, trigger: Trigger, time_s: float) -> SessionFacts:
    """Return the session after a move, or as it was where its state does not know the move."""
    return moved(facts, trigger, time_s) if (facts.state, trigger) in MOVES else facts


def recovered(facts: SessionFacts, time_s: float) -> SessionFacts:
    """Return a session that was at fault or silent where it stands now that all is well again."""
    trigger = Trigger.RECOVERED if facts.is_authorized else Trigger.RECOVERED_UNAUTHORISED
    return moved_if_legal(facts, trigger, time_s)


def ended(seat: Seat, facts: SessionFacts, *, time_s: float, is_reported: bool) -> Step:
    """Return the outlet without its session, and the session for its record."""
    next_state(facts.state, Trigger.UNPLUGGED)
    over = Ended(facts=facts, ended_s=time_s, is_reported=is_reported)
    left = seat._replace(
        session=None, last_session_id=facts.session_id, last_ended_s=max(seat.last_ended_s, time_s)
    )
    return Step(seat=left, ended=(over,))


def with_session(seat: Seat, facts: SessionFacts) -> Step:
    """Return the outlet with its session as it is now."""
    return Step(seat=seat._replace(session=facts))


def alarm(seat: Seat, kind: AlarmKind, time_s: float, detail: str = "") -> Alarm:
    """Return an alarm about an outlet."""
    return raised(kind, time_s=time_s, source=seat.evse_id, detail=detail)


def ignored(seat: Seat, kind: AlarmKind, time_s: float, detail: str) -> Step:
    """Return the outlet unchanged, with an alarm that says why."""
    return Step(seat=seat, alarms=(alarm(seat, kind, time_s, detail),))


def followed_by(first: Step, second: Step) -> Step:
    """Return two steps as one."""
    return Step(
        seat=second.seat,
        answers=first.answers + second.answers,
        alarms=first.alarms + second.alarms,
        ended=first.ended + second.ended,
    )

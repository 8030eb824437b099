"""What each event makes of an outlet and its session. Pure: the outlet as it was, what happened, the outlet as it is.

Events may come early, late, twice or in odd order. None of them crashes, none ends a session that it is not about:
what does not fit raises an alarm and changes nothing. What meters and passing time tell is in `evidence.py`.
"""

from __future__ import annotations

import math
from dataclasses import replace

from voltloom.session.alarms import AlarmKind
from voltloom.session.answers import AnswerToken, StopCause, StopSession
from voltloom.session.authorization import (
    Authorization,
    AuthorizationPending,
    AuthorizationRejected,
    Authorized,
    Presented,
    authorize,
)
from voltloom.session.capability import assumed, combined
from voltloom.session.events import (
    CapabilityReported,
    FaultCleared,
    FaultReported,
    LimitsRefused,
    LimitsTaken,
    NeedStated,
    PluggedIn,
    SessionEvent,
    SocMeasured,
    StationBooted,
    StationEvent,
    TokenKind,
    TokenPresented,
    Unplugged,
    VehicleRequested,
)
from voltloom.session.facts import Context, Seat, SessionFacts, Step
from voltloom.session.monitoring import REACTIONS, Reaction
from voltloom.session.moves import (
    alarm,
    ended,
    followed_by,
    ignored,
    moved,
    moved_if_legal,
    recovered,
    with_session,
)
from voltloom.session.need import ImplausibleNeed, need_of
from voltloom.session.state import SessionState, Trigger

EARLY_KEPT_S = 300.0  # a token or need told this long before the plug-in is meant for it

_AboutSession = TokenPresented | CapabilityReported | NeedStated | SocMeasured | VehicleRequested


def advance(seat: Seat, event: SessionEvent | StationEvent, context: Context) -> Step:
    """Return what an event that concerns one outlet makes of it.

    A station that was silent counts as heard again, whatever it says.
    """
    seat = _heard(seat, event.time_s)
    match event:
        case PluggedIn():
            return _plugged_in(seat, event, context)
        case Unplugged():
            return _unplugged(seat, event)
        case FaultReported() | FaultCleared() | StationBooted() | LimitsRefused() | LimitsTaken():
            return _about_outlet(seat, event)
    if seat.session is None:
        return _came_early(seat, event, context)
    earliest_s = seat.session.arrival_s
    if isinstance(event, (TokenPresented, NeedStated)):
        earliest_s = max(seat.last_ended_s, earliest_s - EARLY_KEPT_S)
    if event.time_s < earliest_s:
        return ignored(seat, AlarmKind.LATE_MESSAGE, event.time_s, type(event).__name__)
    return _about_session(seat, seat.session, event, context)


def _about_outlet(seat: Seat, event: StationEvent) -> Step:
    match event:
        case FaultReported():
            return _fault_reported(seat, event)
        case FaultCleared():
            return _fault_cleared(seat, event)
        case StationBooted():
            return _booted(seat, event)
        case LimitsRefused() | LimitsTaken():
            return _limits_told(seat, event)


def begin(seat: Seat, event: PluggedIn, context: Context) -> Step:
    """Return a vacant outlet with a new session; a free-vend site authorises it at once.

    An outlet at fault starts its session at fault.
    """
    facts = SessionFacts(
        session_id=event.session_id,
        evse=seat.evse,
        serial=context.serial,
        state=SessionState.PLUGGED_IN,
        state_since_s=event.time_s,
        arrival_s=event.time_s,
        capability=assumed(context.evse),
        register_start_wh=context.register_wh,
        register_wh=context.register_wh,
    )
    if context.rules.is_free_vend:
        facts = moved(facts, Trigger.TOKEN_PRESENTED, event.time_s)
        guest = Authorized(tier=context.rules.guest_tier, weight=context.rules.guest_weight)
        facts = _let_in(facts._replace(token_kind=TokenKind.FREE_VEND), guest, event.time_s)
    if seat.fault is not None:
        facts = moved(facts._replace(fault=seat.fault), Trigger.FAULTED, event.time_s)
    return with_session(seat, facts)


def _heard(seat: Seat, time_s: float) -> Seat:
    if seat.session is None or seat.session.state is not SessionState.STATION_SILENT:
        return seat
    if seat.fault is not None:
        return seat._replace(session=moved(seat.session, Trigger.FAULTED, time_s))
    return seat._replace(session=recovered(seat.session, time_s))


def _plugged_in(seat: Seat, event: PluggedIn, context: Context) -> Step:
    running = seat.session
    if running is not None and running.session_id == event.session_id:
        return _said_again(seat, running, event)
    is_late = (
        event.time_s <= running.arrival_s
        if running is not None
        else event.time_s < seat.last_ended_s or event.session_id == seat.last_session_id
    )
    if is_late:
        return ignored(seat, AlarmKind.LATE_MESSAGE, event.time_s, f"plug-in of {event.session_id}")
    step = Step(seat=seat)
    if running is not None:
        missed = ignored(seat, AlarmKind.MISSED_UNPLUG, event.time_s, running.session_id)
        step = followed_by(missed, ended(seat, running, time_s=event.time_s, is_reported=False))
    early = step.seat.early
    step = followed_by(step, begin(step.seat._replace(early=()), event, context))
    for told in early:
        if told.time_s >= event.time_s - EARLY_KEPT_S:
            later = advance(step.seat, told, context)
            # The token was answered when it came.
            step = followed_by(step, later._replace(answers=()))
    return step


def _said_again(seat: Seat, running: SessionFacts, event: PluggedIn) -> Step:
    """Change nothing but a register at plug-in that was unknown: OCPP 1.6 tells it with the transaction only."""
    if math.isnan(event.energy_wh) or not math.isnan(running.register_start_wh):
        return Step(seat=seat)
    register_wh = event.energy_wh if math.isnan(running.register_wh) else running.register_wh
    return with_session(seat, running._replace(register_start_wh=event.energy_wh, register_wh=register_wh))


def _unplugged(seat: Seat, event: Unplugged) -> Step:
    facts = seat.session
    if facts is None:
        if event.time_s == seat.last_ended_s:
            return Step(seat=seat)  # said twice
        # A plug-in that comes after its own unplugging must not leave a session that nobody ends.
        step = ignored(seat, AlarmKind.UNKNOWN_SESSION, event.time_s, "unplugged")
        return step._replace(seat=seat._replace(last_ended_s=max(seat.last_ended_s, event.time_s), early=()))
    if event.time_s < facts.arrival_s:
        return ignored(seat, AlarmKind.LATE_MESSAGE, event.time_s, "unplugging of an earlier vehicle")
    if math.isfinite(event.energy_wh):
        facts = facts._replace(register_wh=event.energy_wh)
    facts = facts._replace(exported_wh=event.exported_wh)
    return ended(seat, facts, time_s=event.time_s, is_reported=True)


def _came_early(seat: Seat, event: _AboutSession, context: Context) -> Step:
    """Keep what was told before the plug-in; answer a token at once."""
    if event.time_s < seat.last_ended_s:
        return ignored(seat, AlarmKind.LATE_MESSAGE, event.time_s, type(event).__name__)
    others = tuple(told for told in seat.early if not _takes_place_of(event, told))
    kept = Step(seat=seat._replace(early=(*others, event)))
    if not isinstance(event, TokenPresented):
        return kept
    outcome = _outcome(event, context)
    if isinstance(outcome, AuthorizationRejected):
        return Step(seat=seat, answers=(_answer(seat, event.time_s, outcome),))
    answers = (_answer(seat, event.time_s, outcome),) if isinstance(outcome, Authorized) else ()
    return kept._replace(answers=answers)


def _takes_place_of(event: _AboutSession, told: SessionEvent) -> bool:
    """Return whether of two words before a plug-in the newer one alone is kept; driver and vehicle each have theirs."""
    if isinstance(event, NeedStated) and isinstance(told, NeedStated):
        return event.is_from_vehicle is told.is_from_vehicle
    return isinstance(told, type(event))


def _about_session(seat: Seat, facts: SessionFacts, event: _AboutSession, context: Context) -> Step:
    match event:
        case TokenPresented():
            return _token_presented(seat, facts, event, context)
        case CapabilityReported():
            return _capability_reported(seat, facts, event, context)
        case NeedStated():
            return _need_stated(seat, facts, event)
        case SocMeasured():
            return _soc_measured(seat, facts, event)
        case VehicleRequested():
            return _vehicle_requested(seat, facts, event)


def _token_presented(seat: Seat, facts: SessionFacts, event: TokenPresented, context: Context) -> Step:
    outcome = _outcome(event, context)
    if facts.is_authorized and facts.id_token and not _is_same_driver(facts, event, context):
        refused = AnswerToken(time_s=event.time_s, evse=seat.evse, accepted=False, why="foreign_token")
        step = ignored(seat, AlarmKind.FOREIGN_TOKEN, event.time_s, facts.session_id)
        return step._replace(answers=(refused,))
    if facts.is_authorized:
        return _known_again(seat, facts, event, outcome)
    asked = moved_if_legal(facts, Trigger.TOKEN_PRESENTED, event.time_s)
    asked = asked._replace(id_token=event.id_token, token_kind=event.kind)
    if isinstance(outcome, AuthorizationPending):
        return with_session(seat, asked)
    if isinstance(outcome, Authorized):
        after = _let_in(asked, outcome, event.time_s)
    else:
        after = moved_if_legal(asked, Trigger.REJECTED, event.time_s)
    return with_session(seat, after)._replace(answers=(_answer(seat, event.time_s, outcome),))


def _known_again(seat: Seat, facts: SessionFacts, event: TokenPresented, outcome: Authorization) -> Step:
    """Answer the session's own driver again; a guest of a free-vend site becomes known."""
    if facts.id_token:
        outcome = Authorized(tier=facts.tier, weight=facts.weight)
    elif isinstance(outcome, Authorized):
        facts = facts._replace(id_token=event.id_token, token_kind=event.kind)
        facts = facts._replace(tier=outcome.tier, weight=outcome.weight)
    return with_session(seat, facts)._replace(answers=(_answer(seat, event.time_s, outcome),))


def _is_same_driver(facts: SessionFacts, event: TokenPresented, context: Context) -> bool:
    if event.id_token.casefold() == facts.id_token.casefold():
        return True
    mine, theirs = context.known.entry(facts.id_token), context.known.entry(event.id_token)
    return mine is not None and theirs is not None and mine.group == theirs.group != ""


def _outcome(event: TokenPresented, context: Context) -> Authorization:
    presented = Presented(id_token=event.id_token, kind=event.kind)
    return authorize(
        presented, context.known, context.running_tokens, event.time_s, context.backend, context.rules
    )


def _answer(seat: Seat, time_s: float, outcome: Authorization) -> AnswerToken:
    is_accepted = isinstance(outcome, Authorized)
    why = outcome.why.value if isinstance(outcome, AuthorizationRejected) else "accepted"
    return AnswerToken(time_s=time_s, evse=seat.evse, accepted=is_accepted, why=why)


def _let_in(facts: SessionFacts, outcome: Authorized, time_s: float) -> SessionFacts:
    """Return the session with its authorisation; a handshake that was already told is done."""
    facts = facts._replace(is_authorized=True, stopped_by=None, tier=outcome.tier, weight=outcome.weight)
    facts = moved_if_legal(facts, Trigger.ACCEPTED, time_s)
    return moved_if_legal(facts, Trigger.HANDSHAKE_DONE, time_s) if facts.capability.is_reported else facts


def _capability_reported(
    seat: Seat, facts: SessionFacts, event: CapabilityReported, context: Context
) -> Step:
    if event.time_s < facts.capability_s:
        return Step(seat=seat)  # overtaken by a newer one
    capability = combined(context.evse, event)
    facts = facts._replace(capability=capability, capability_s=event.time_s)
    step = with_session(seat, moved_if_legal(facts, Trigger.HANDSHAKE_DONE, event.time_s))
    if not capability.contradicts:
        return step
    detail = f"{event.min_a:g} to {event.max_a:g} A"
    return step._replace(alarms=(alarm(seat, AlarmKind.CAPABILITY_CONTRADICTS, event.time_s, detail),))


def _need_stated(seat: Seat, facts: SessionFacts, event: NeedStated) -> Step:
    if event.time_s < facts.need_s:
        return Step(seat=seat)  # overtaken by a newer one
    try:
        need = need_of(event, now_s=event.time_s)
    except ImplausibleNeed as problem:
        refused = ignored(seat, AlarmKind.NEED_IMPLAUSIBLE, event.time_s, str(problem))
        is_kept = math.isnan(facts.need.floor_ratio) or event.floor_ratio <= facts.need.floor_ratio
        if event.is_from_vehicle or is_kept:
            return refused
        # Whatever else is wrong with it: who said it does not want the battery that empty any more.
        need = replace(facts.need, floor_ratio=math.nan)
        return with_session(seat, facts._replace(need=need, need_s=event.time_s))._replace(
            alarms=refused.alarms
        )
    soc_s = event.time_s
    if math.isnan(need.soc_ratio):
        need, soc_s = replace(need, soc_ratio=facts.need.soc_ratio), facts.soc_s
    if math.isnan(need.battery_wh):
        need = replace(need, battery_wh=facts.need.battery_wh)
    if event.is_from_vehicle:
        need = replace(need, floor_ratio=facts.need.floor_ratio)
    is_new = need.may_feed_back and not facts.need.may_feed_back  # who has enough may still feed back
    is_raised = need.energy_wh > facts.need.energy_wh or is_new
    facts = facts._replace(need=need, need_s=event.time_s, soc_s=soc_s)
    return with_session(
        seat, moved_if_legal(facts, Trigger.NEED_RAISED, event.time_s) if is_raised else facts
    )


def _soc_measured(seat: Seat, facts: SessionFacts, event: SocMeasured) -> Step:
    """Take a state of charge that can be true; a meter's nonsense is no news for a driver."""
    if not 0.0 <= event.soc_ratio <= 1.0 or event.time_s < facts.soc_s:
        return Step(seat=seat)
    facts = facts._replace(soc_s=event.time_s)
    if event.soc_ratio == facts.need.soc_ratio:
        return with_session(seat, facts)
    need = replace(facts.need, soc_ratio=event.soc_ratio)
    after = facts._replace(need=need)
    if need.may_feed_back and not facts.need.may_feed_back:
        after = moved_if_legal(after, Trigger.NEED_RAISED, event.time_s)
    return with_session(seat, after)


def _vehicle_requested(seat: Seat, facts: SessionFacts, event: VehicleRequested) -> Step:
    if event.time_s < facts.request_s:
        return Step(seat=seat)  # overtaken by a newer one
    if not event.request_a >= 0.0:  # also when it is no number
        detail = f"request of {event.request_a:g} A"
        return ignored(seat, AlarmKind.CAPABILITY_CONTRADICTS, event.time_s, detail)
    facts = facts._replace(request_a=event.request_a, request_s=event.time_s)
    trigger = Trigger.VEHICLE_READY if event.request_a > 0.0 else Trigger.VEHICLE_SUSPENDED
    return with_session(seat, moved_if_legal(facts, trigger, event.time_s))


def _fault_reported(seat: Seat, event: FaultReported) -> Step:
    if event.time_s < seat.fault_s:
        return ignored(seat, AlarmKind.LATE_MESSAGE, event.time_s, f"fault {event.fault.value}")
    reaction, kind = REACTIONS[event.fault]
    alarms = () if seat.fault is event.fault else (alarm(seat, kind, event.time_s),)
    seat = seat._replace(fault=event.fault, fault_s=event.time_s)
    if seat.session is None:
        return Step(seat=seat, alarms=alarms)
    facts = moved(seat.session._replace(fault=event.fault), Trigger.FAULTED, event.time_s)
    if reaction is not Reaction.STOP:
        return with_session(seat, facts)._replace(alarms=alarms)
    facts = facts._replace(is_authorized=False, stopped_by=StopCause.FAULT)
    stop = StopSession(time_s=event.time_s, evse=seat.evse, cause=StopCause.FAULT)
    return with_session(seat, facts)._replace(alarms=alarms, answers=(stop,) if alarms else ())


def _fault_cleared(seat: Seat, event: FaultCleared) -> Step:
    if event.time_s < seat.fault_s:
        return ignored(seat, AlarmKind.LATE_MESSAGE, event.time_s, "fault cleared")
    seat = seat._replace(fault=None, fault_s=event.time_s)
    if seat.session is None or seat.session.state is not SessionState.FAULT:
        return Step(seat=seat)
    return with_session(seat, recovered(seat.session, event.time_s))


def _limits_told(seat: Seat, event: LimitsRefused | LimitsTaken) -> Step:
    refuses = isinstance(event, LimitsRefused)
    is_news = refuses and not seat.refuses_limits
    alarms = (alarm(seat, AlarmKind.LIMITS_REFUSED, event.time_s),) if is_news else ()
    return Step(seat=seat._replace(refuses_limits=refuses), alarms=alarms)


def _booted(seat: Seat, event: StationBooted) -> Step:
    """A restart ends nothing: the station resumes or reports the vehicle gone, and meters show which."""
    if seat.session is None:
        return Step(seat=seat)
    return ignored(seat, AlarmKind.STATION_BOOTED, event.time_s, seat.session.session_id)

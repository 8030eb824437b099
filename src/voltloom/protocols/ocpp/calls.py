"""The RPC state machine of one connection: CALLs out one at a time, CALLs in answered once, time-outs, repeats.

Pure: a `Link` and something that happened, the link after it and what the shell does. The shell asks `deadline_s` when
to come back with `ticked`. Source: OCPP-J 1.6 section 4.1.1 and errata 3.1; OCPP 2.x Part 4, section 4.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Raw

from voltloom.protocols.ocpp import frames
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import BadFrame, Call, CallError, CallResult, CallResultError, Send
from voltloom.protocols.ocpp.link import (
    MAX_ENDED_KEPT,
    NEVER_S,
    CallArrived,
    CallFailed,
    CloseCause,
    CloseLink,
    Effect,
    Flight,
    Link,
    LinkSettings,
    Moved,
    Note,
    Outcome,
    Outgoing,
    Reply,
    ResultArrived,
    SendArrived,
    SendFrame,
    Told,
)

# Their answers carry the time: an old one would set a station's clock back.
_NEVER_REPLAYED = frozenset({"Heartbeat", "BootNotification"})


def opened(
    version: OcppVersion, now_s: float, settings: LinkSettings | None = None, before: Link | None = None
) -> Link:
    """Return a fresh connection.

    before: the last connection of the same identity; in 2.x message ids stay unique over all of them, so that a CALL
    repeated after a reconnect is still known. In 1.6 they do not.
    """
    link = Link(version=version, settings=settings or LinkSettings(), heard_s=now_s)
    if before is None or version is OcppVersion.V16:
        return link
    return link._replace(replies=before.replies)


def deadline_s(link: Link) -> float:
    """Return when `ticked` has something to do if nothing happens before; inf for never."""
    if link.is_closing:
        return NEVER_S
    silent_s = link.heard_s + link.settings.silent_s
    return silent_s if link.flight is None else min(silent_s, link.flight.deadline_s)


def called(link: Link, outgoing: Outgoing, now_s: float) -> Moved:
    """Queue a CALL of ours; it goes at once when none is on the wire.

    One with the same key that still waits is replaced, so that a station never works through outdated limits.
    """
    if link.is_closing:
        return Moved(link, (CallFailed(outgoing, Outcome.LINK_CLOSED),))
    effects: tuple[Effect, ...] = ()
    if link.flight is None and not link.waiting:
        return _put_on_wire(link, outgoing, (), now_s, effects)
    waiting = list(link.waiting)
    places = [i for i, old in enumerate(waiting) if outgoing.key and old.key == outgoing.key]
    if places:
        effects = (CallFailed(waiting[places[0]], Outcome.SUPERSEDED),)
        waiting[places[0]] = outgoing
    elif len(waiting) >= link.settings.max_queue:
        return Moved(link, (CallFailed(outgoing, Outcome.QUEUE_FULL),))
    else:
        waiting.append(outgoing)
    return _sending(link._replace(waiting=tuple(waiting)), now_s, effects)


def sent(link: Link, outgoing: Outgoing) -> Moved:
    """Send a SEND of ours: 2.1 only, beside any CALL, and nothing is waited for."""
    assert link.version is OcppVersion.V21, "SEND is a frame of OCPP 2.1"
    return Moved(link, (SendFrame(frames.send(outgoing.message_id, outgoing.action, Raw(outgoing.payload))),))


def received(link: Link, text: bytes | str, now_s: float) -> Moved:
    """Take in what came over the wire. Nothing in it raises."""
    frame = frames.parse(text, link.version, link.settings.max_frame_bytes)
    heard_s = max(link.heard_s, now_s)
    if isinstance(frame, Call):
        return _call_received(link, frame, now_s, heard_s)
    link = link._replace(heard_s=heard_s)
    match frame:
        case CallResult() | CallError():
            return _answer_received(link, frame, now_s)
        case Send():
            return Moved(link, (SendArrived(frame),))
        case CallResultError():
            fault = Fault(frame.code, frame.description)
            return Moved(link, (Told(Note.OUR_ANSWER_REFUSED, frame.message_id, fault),))
        case BadFrame():
            told = Told(Note.BAD_FRAME, frame.message_id, frame.fault)
            return Moved(link, (told,) if frame.reply is None else (SendFrame(frame.reply), told))


def answered(link: Link, message_id: str, payload: object, now_s: float) -> Moved:
    """Answer a CALL of the station; payload: a response struct or JSON data."""
    return _replied(link, message_id, frames.call_result(message_id, payload), now_s)


def refused(link: Link, message_id: str, fault: Fault, now_s: float) -> Moved:
    """Refuse a CALL of the station."""
    return _replied(link, message_id, frames.call_error(message_id, fault, link.version), now_s)


def result_refused(link: Link, message_id: str, fault: Fault) -> Moved:
    """Tell a station that its CALLRESULT was wrong; only 2.1 has a frame for that."""
    if link.version is not OcppVersion.V21:
        return Moved(link)
    return Moved(link, (SendFrame(frames.call_result_error(message_id, fault)),))


def ticked(link: Link, now_s: float) -> Moved:
    """Let time pass: a CALL times out, a half-open connection is given up.

    A station that said nothing since the CALL went out is gone. One that still talks loses that CALL only, and its
    connection after `timeouts_count` of them in a row.
    """
    if link.is_closing or now_s < deadline_s(link):
        return Moved(link)
    flight = link.flight
    if flight is None or now_s < flight.deadline_s:
        return _closing(link, CloseCause.HALF_OPEN, ())
    link = _ended(link, flight.outgoing.message_id, is_answered=False)._replace(timed_out=link.timed_out + 1)
    failed = (CallFailed(flight.outgoing, Outcome.TIMED_OUT),)
    if link.heard_s <= flight.sent_s or now_s >= link.heard_s + link.settings.silent_s:
        return _closing(link, CloseCause.HALF_OPEN, failed)
    if link.timed_out >= link.settings.timeouts_count:
        return _closing(link, CloseCause.UNRESPONSIVE, failed)
    return _sending(link, now_s, failed)


def closed(link: Link) -> Moved:
    """Take in that the connection is gone: every CALL of ours that has no answer failed."""
    lost = (() if link.flight is None else (link.flight.outgoing,)) + link.waiting
    after = link._replace(flight=None, waiting=(), open=(), is_closing=True)
    return Moved(after, tuple(CallFailed(outgoing, Outcome.LINK_CLOSED) for outgoing in lost))


def _sending(link: Link, now_s: float, effects: tuple[Effect, ...]) -> Moved:
    if link.flight is not None or not link.waiting:
        return Moved(link, effects)
    return _put_on_wire(link, link.waiting[0], link.waiting[1:], now_s, effects)


def _put_on_wire(
    link: Link, first: Outgoing, waiting: tuple[Outgoing, ...], now_s: float, effects: tuple[Effect, ...]
) -> Moved:
    flight = Flight(first, now_s, now_s + link.settings.call_timeout_s)
    text = frames.call(first.message_id, first.action, Raw(first.payload))
    return Moved(link._replace(waiting=waiting, flight=flight), (*effects, SendFrame(text)))


def _closing(link: Link, cause: CloseCause, effects: tuple[Effect, ...]) -> Moved:
    return Moved(link._replace(is_closing=True), (*effects, CloseLink(cause)))


def _ended(link: Link, message_id: str, *, is_answered: bool) -> Link:
    return link._replace(flight=None, ended=(*link.ended, (message_id, is_answered))[-MAX_ENDED_KEPT:])


def _answer_received(link: Link, frame: CallResult | CallError, now_s: float) -> Moved:
    flight = link.flight
    if flight is None or flight.outgoing.message_id != frame.message_id:
        was_answered = dict(link.ended).get(frame.message_id)
        note = {None: Note.UNKNOWN_ANSWER, True: Note.REPEATED_ANSWER, False: Note.LATE_ANSWER}[was_answered]
        return Moved(link, (Told(note, frame.message_id),))
    effect: Effect
    if isinstance(frame, CallResult):
        effect = ResultArrived(flight.outgoing, frame)
    else:
        effect = CallFailed(flight.outgoing, Outcome.REFUSED, frame)
    link = _ended(link, frame.message_id, is_answered=True)._replace(timed_out=0)
    if link.is_closing:
        return Moved(link, (effect,))
    return _sending(link, now_s, (effect,))


def _call_received(link: Link, call: Call, now_s: float, heard_s: float) -> Moved:
    message_id, open_calls, reply = call.message_id, link.open, link.replies.get(call.message_id)
    if not open_calls and reply is None:  # nearly always
        return Moved(_changed(link, heard_s, (call,), link.replies), (CallArrived(call),))
    link = link._replace(heard_s=heard_s)
    notes: list[Effect] = []
    if any(known.message_id == message_id for known in open_calls):
        return Moved(link, (Told(Note.OPEN_CALL_REPEATED, message_id),))
    if reply is not None and now_s - reply.time_s <= link.settings.replay_s:
        if reply.fingerprint == _fingerprint(call):
            return Moved(link, (SendFrame(reply.text), Told(Note.ANSWER_REPLAYED, message_id)))
        notes.append(Told(Note.ID_REUSED, message_id))
    if open_calls:
        if len(open_calls) >= link.settings.max_open:
            fault = Fault(ErrorCode.GENERIC_ERROR, f"{len(open_calls)} CALLs wait for an answer already")
            text = frames.call_error(message_id, fault, link.version)
            return Moved(link, (*notes, SendFrame(text), Told(Note.CALLS_OVERLAP, message_id, fault)))
        notes.append(Told(Note.CALLS_OVERLAP, message_id))
    link = link._replace(open=(*open_calls, call))
    return Moved(link, (*notes, CallArrived(call)))


def _replied(link: Link, message_id: str, text: bytes, now_s: float) -> Moved:
    for known in link.open:
        if known.message_id == message_id:
            break
    else:  # the connection it came over is gone, or it was answered before
        return Moved(link, (Told(Note.ANSWERED_TWICE, message_id),))
    replies = link.replies
    if known.action not in _NEVER_REPLAYED:
        replies = _with_reply(link, message_id, Reply(_fingerprint(known), text, now_s))
    still_open = () if len(link.open) == 1 else tuple([other for other in link.open if other is not known])
    return Moved(_changed(link, link.heard_s, still_open, replies), (SendFrame(text),))


def _with_reply(link: Link, message_id: str, reply: Reply) -> Mapping[str, Reply]:
    """Return the answers that are kept with one more; the oldest go."""
    kept = dict(link.replies)
    kept.pop(message_id, None)  # the same id for another message is the newest now
    kept[message_id] = reply
    while len(kept) > link.settings.max_replies:
        del kept[next(iter(kept))]
    return kept


def _fingerprint(call: Call) -> int:
    """Return what tells two CALLs apart that have one id; whoever sends them is the same station."""
    return hash((call.action, call.payload))


def _changed(link: Link, heard_s: float, open_calls: tuple[Call, ...], replies: Mapping[str, Reply]) -> Link:
    """Return a link with what nearly every message changes; `_replace` takes four times as long."""
    return Link(
        link.version, link.settings, heard_s, link.waiting, link.flight, open_calls, replies, link.ended,
        link.timed_out, link.is_closing,
    )  # fmt: skip

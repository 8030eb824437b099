"""One CALL at a time, every answer to its CALL, and no dead connection is kept."""

from __future__ import annotations

import json

from voltloom.protocols.ocpp import frames
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.calls import (
    answered,
    called,
    closed,
    deadline_s,
    opened,
    received,
    refused,
    result_refused,
    sent,
    ticked,
)
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.link import (
    CallArrived,
    CallFailed,
    CloseCause,
    CloseLink,
    Effect,
    Link,
    LinkSettings,
    Note,
    Outcome,
    Outgoing,
    ResultArrived,
    SendArrived,
    SendFrame,
    Told,
)

V16, V201, V21 = OcppVersion
FAULT = Fault(ErrorCode.FORMAT_VIOLATION, "no")


def outgoing(message_id: str, key: str = "") -> Outgoing:
    return Outgoing(message_id, "Reset", b'{"type":"Soft"}', key)


def wire(effects: tuple[Effect, ...]) -> list[list[object]]:
    return [json.loads(effect.text) for effect in effects if isinstance(effect, SendFrame)]


def notes(effects: tuple[Effect, ...]) -> list[Note]:
    return [effect.note for effect in effects if isinstance(effect, Told)]


def calling(version: OcppVersion = V16, settings: LinkSettings | None = None) -> Link:
    """Return a connection with our CALL "1" on the wire since 0 s."""
    return called(opened(version, 0.0, settings), outgoing("1"), 0.0).link


def test_a_second_call_waits_for_the_answer_to_the_first() -> None:
    first = called(opened(V16, 0.0), outgoing("1"), 0.0)
    second = called(first.link, outgoing("2"), 1.0)
    after = received(second.link, frames.call_result("1", {}), 2.0)

    assert wire(first.effects) == [[2, "1", "Reset", {"type": "Soft"}]]
    assert second.effects == ()
    assert isinstance(after.effects[0], ResultArrived)
    assert [frame[1] for frame in wire(after.effects)] == ["2"]


def test_calls_may_cross() -> None:
    link = calling()

    arrived = received(link, frames.call("s1", "Heartbeat", {}), 1.0)
    reply = answered(arrived.link, "s1", {"currentTime": "x"}, 1.0)

    assert isinstance(arrived.effects[0], CallArrived)
    assert wire(reply.effects) == [[3, "s1", {"currentTime": "x"}]]
    assert reply.link.flight is not None


def test_a_refusal_ends_a_call_as_well() -> None:
    link = called(calling(), outgoing("2"), 0.0).link

    after = received(link, frames.call_error("1", FAULT, V16), 1.0)

    failed = after.effects[0]
    assert isinstance(failed, CallFailed)
    assert (failed.outcome, failed.error and failed.error.code) == (Outcome.REFUSED, FAULT.code)
    assert wire(after.effects)[0][1] == "2"


def test_a_newer_limit_replaces_the_one_that_still_waits() -> None:
    link = called(calling(), outgoing("2", key="evse 1"), 0.0).link

    after = called(link, outgoing("3", key="evse 1"), 1.0)

    assert after.effects == (CallFailed(outgoing("2", key="evse 1"), Outcome.SUPERSEDED),)
    assert [waiting.message_id for waiting in after.link.waiting] == ["3"]


def test_a_full_queue_refuses_the_newest() -> None:
    link = calling(settings=LinkSettings(max_queue=1))
    link = called(link, outgoing("2"), 0.0).link

    after = called(link, outgoing("3"), 0.0)

    assert after.effects == (CallFailed(outgoing("3"), Outcome.QUEUE_FULL),)


def test_a_half_open_link_is_closed_at_the_first_call_that_gets_no_answer() -> None:
    link = calling()

    early = ticked(link, deadline_s(link) - 0.1)
    late = ticked(link, deadline_s(link))

    assert early.effects == ()
    assert late.effects == (CallFailed(outgoing("1"), Outcome.TIMED_OUT), CloseLink(CloseCause.HALF_OPEN))
    assert deadline_s(late.link) == float("inf")


def test_a_station_that_still_talks_loses_only_the_call_it_does_not_answer() -> None:
    link = called(calling(), outgoing("2"), 0.0).link
    link = received(link, frames.call("s1", "Heartbeat", {}), 10.0).link

    after = ticked(link, 30.0)

    assert after.effects[0] == CallFailed(outgoing("1"), Outcome.TIMED_OUT)
    assert wire(after.effects)[0][1] == "2"


def test_a_station_that_talks_but_never_answers_is_closed_after_three() -> None:
    link = calling()
    effects: tuple[Effect, ...] = ()
    for turn in range(3):
        link = called(link, outgoing(f"next {turn}"), 0.0).link
        link = received(link, frames.call(f"s{turn}", "Heartbeat", {}), 40.0 * turn + 10.0).link
        link, effects = ticked(link, 40.0 * turn + 40.0)

    assert effects[-1] == CloseLink(CloseCause.UNRESPONSIVE)


def test_a_link_that_is_silent_for_too_long_is_closed() -> None:
    link = opened(V16, 0.0, LinkSettings(silent_s=600.0))

    assert deadline_s(link) == 600.0
    assert ticked(link, 600.0).effects == (CloseLink(CloseCause.HALF_OPEN),)


def test_late_unknown_and_repeated_answers_are_ignored_and_told() -> None:
    link = received(calling(), frames.call("s1", "Heartbeat", {}), 10.0).link
    late = received(ticked(link, 30.0).link, frames.call_result("1", {}), 31.0)
    done = received(calling(), frames.call_result("1", {}), 1.0).link

    assert notes(late.effects) == [Note.LATE_ANSWER]
    assert notes(received(done, frames.call_result("1", {}), 2.0).effects) == [Note.REPEATED_ANSWER]
    assert notes(received(done, frames.call_error("9", FAULT, V16), 2.0).effects) == [Note.UNKNOWN_ANSWER]
    assert received(done, frames.call_result("1", {}), 2.0).link.flight is None


def test_a_repeated_call_gets_the_same_answer_and_is_not_acted_on_twice() -> None:
    text = frames.call("s1", "StartTransaction", {"connectorId": 1})
    link = received(opened(V16, 0.0), text, 1.0).link
    while_open = received(link, text, 2.0)
    link = answered(link, "s1", {"transactionId": 5}, 3.0).link

    repeated = received(link, text, 60.0)

    assert notes(while_open.effects) == [Note.OPEN_CALL_REPEATED]
    assert len(while_open.effects) == 1
    assert wire(repeated.effects) == [[3, "s1", {"transactionId": 5}]]
    assert notes(repeated.effects) == [Note.ANSWER_REPLAYED]


def test_an_id_used_again_for_another_message_gets_an_answer_of_its_own() -> None:
    link = received(opened(V16, 0.0), frames.call("1", "StopTransaction", {"a": 1}), 1.0).link
    link = answered(link, "1", {}, 1.0).link

    again = received(link, frames.call("1", "StartTransaction", {"a": 1}), 2.0)

    assert notes(again.effects) == [Note.ID_REUSED]
    assert isinstance(again.effects[-1], CallArrived)


def test_the_newest_answers_are_kept_and_an_id_used_again_counts_as_new() -> None:
    link = opened(V16, 0.0, LinkSettings(max_replies=2))
    for message_id, number in (("a", 1), ("b", 2), ("a", 3), ("c", 4)):
        link = received(link, frames.call(message_id, "StopTransaction", {"n": number}), 1.0).link
        link = answered(link, message_id, {"n": number}, 1.0).link

    again = received(link, frames.call("a", "StopTransaction", {"n": 3}), 2.0)
    forgotten = received(link, frames.call("b", "StopTransaction", {"n": 2}), 2.0)

    assert wire(again.effects) == [[3, "a", {"n": 3}]]
    assert [type(effect) for effect in forgotten.effects] == [CallArrived]
    assert list(link.replies) == ["a", "c"]


def test_an_old_answer_with_a_time_in_it_is_never_replayed() -> None:
    text = frames.call("1", "Heartbeat", {})
    link = answered(received(opened(V16, 0.0), text, 1.0).link, "1", {"currentTime": "old"}, 1.0).link

    assert isinstance(received(link, text, 200.0).effects[-1], CallArrived)


def test_repeats_are_known_over_a_reconnect_in_2_x_but_not_in_1_6() -> None:
    text = frames.call("1", "TransactionEvent", {})
    for version, is_known in ((V16, False), (V201, True), (V21, True)):
        before = answered(received(opened(version, 0.0), text, 1.0).link, "1", {}, 1.0).link
        after = received(opened(version, 5.0, before=closed(before).link), text, 6.0)

        assert (notes(after.effects) == [Note.ANSWER_REPLAYED]) is is_known


def test_calls_of_a_station_that_does_not_wait_are_served_up_to_a_bound() -> None:
    link = opened(V16, 0.0, LinkSettings(max_open=2))
    link = received(link, frames.call("1", "Heartbeat", {}), 1.0).link
    second = received(link, frames.call("2", "Heartbeat", {}), 1.0)
    third = received(second.link, frames.call("3", "Heartbeat", {}), 1.0)

    assert notes(second.effects) == [Note.CALLS_OVERLAP]
    assert isinstance(second.effects[-1], CallArrived)
    assert wire(third.effects)[0][:3] == [4, "3", "GenericError"]


def test_a_send_is_not_answered_and_does_not_wait() -> None:
    link = calling(V21)

    arrived = received(link, frames.send("s1", "NotifyPeriodicEventStream", {}), 1.0)
    ours = sent(link, outgoing("2"))

    assert isinstance(arrived.effects[0], SendArrived)
    assert arrived.link.open == ()
    assert wire(ours.effects)[0][:2] == [6, "2"]
    assert ours.link == link


def test_a_wrong_result_is_refused_in_2_1_only() -> None:
    assert wire(result_refused(opened(V21, 0.0), "1", FAULT).effects)[0][:3] == [5, "1", "FormatViolation"]
    assert result_refused(opened(V201, 0.0), "1", FAULT).effects == ()
    after = received(opened(V21, 0.0), frames.call_result_error("7", FAULT), 1.0)
    assert notes(after.effects) == [Note.OUR_ANSWER_REFUSED]


def test_a_bad_frame_is_answered_told_and_changes_nothing() -> None:
    link = calling(V201)

    after = received(link, "nonsense", 0.0)

    assert after.link == link
    assert wire(after.effects)[0][:3] == [4, "-1", "RpcFrameworkError"]
    assert notes(after.effects) == [Note.BAD_FRAME]


def test_a_closed_link_fails_all_that_waited() -> None:
    link = called(calling(), outgoing("2"), 0.0).link

    after = closed(link)

    assert [e.outcome for e in after.effects if isinstance(e, CallFailed)] == [Outcome.LINK_CLOSED] * 2
    assert called(after.link, outgoing("3"), 1.0).effects == (CallFailed(outgoing("3"), Outcome.LINK_CLOSED),)


def test_an_answer_that_comes_too_late_for_its_connection_is_told() -> None:
    link = received(opened(V16, 0.0), frames.call("1", "Heartbeat", {}), 1.0).link
    twice = refused(answered(link, "1", {}, 1.0).link, "1", FAULT, 2.0)

    assert notes(twice.effects) == [Note.ANSWERED_TWICE]
    assert wire(twice.effects) == []

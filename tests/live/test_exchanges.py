"""The newest messages of each station: paired with their answers, bounded, told without secrets."""

from __future__ import annotations

import pytest
from msgspec import Struct

from voltloom.live.exchanges import LEAST_COUNT, MOST_COUNT, Exchanges
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call, CallError
from voltloom.protocols.ocpp.link import CallFailed, Outcome, Outgoing


class Told(Struct):
    status: str


def test_a_call_of_ours_is_told_with_its_answer_or_with_why_there_is_none() -> None:
    kept = Exchanges(2)
    refusal = CallError("b", ErrorCode.NOT_SUPPORTED, "NotSupported", "never heard of", b"{}")
    for name in ("a", "b", "c", "d"):
        kept.called("CP1", name, "Reset", Told("please"), 10.0)
    kept.answered("CP1", "a", Told("Accepted"), 11.5)
    kept.answered("CP1", "b", CallFailed(Outgoing("b", "Reset", b""), Outcome.REFUSED, refusal), 12.0)
    kept.answered("CP1", "c", CallFailed(Outgoing("c", "Reset", b""), Outcome.TIMED_OUT), 40.0)

    waiting, late, refused, answered = kept.newest("CP1")

    assert (answered.result(), answered.outcome(), answered.answered_s) == (
        {"status": "Accepted"},
        "answered",
        11.5,
    )
    assert (refused.result(), refused.outcome()) == (None, "refused: NotSupported never heard of")
    assert late.outcome() == "timed_out"
    assert (waiting.outcome(), waiting.is_ours, waiting.payload()) == ("waiting", True, {"status": "please"})


def test_a_stations_message_is_told_with_our_answer_and_without_its_secrets() -> None:
    kept = Exchanges(2)
    kept.heard("CP1", Call("1", "DataTransfer", b'{"adminPassword": "hidden", "n": 1}'), 5.0)
    kept.heard("CP1", Call("2", "Nonsense", b"{}"), 6.0)
    kept.answered("CP1", "2", Fault(ErrorCode.NOT_IMPLEMENTED, "no such action"), 6.1)

    refused, told = kept.newest("CP1")

    assert told.payload() == {"adminPassword": "***", "n": 1}
    assert refused.outcome() == f"refused: {ErrorCode.NOT_IMPLEMENTED.value} no such action"
    assert [one.action for one in kept.newest("CP1", action="DataTransfer")] == ["DataTransfer"]
    assert [one.number for one in kept.newest("CP1", before=refused.number)] == [told.number]


@pytest.mark.parametrize(
    ("stations_count", "kept_count"), [(1, MOST_COUNT), (200, 100), (10_000, LEAST_COUNT)]
)
def test_many_stations_share_the_room_and_old_messages_go(stations_count: int, kept_count: int) -> None:
    kept = Exchanges(stations_count)
    for number in range(MOST_COUNT + 5):
        kept.heard("CP1", Call(str(number), "Heartbeat", b"{}"), float(number))

    found = list(kept.newest("CP1"))

    assert len(found) == kept_count
    assert found[0].message_id == str(MOST_COUNT + 4)


def test_a_message_of_great_length_is_told_by_its_length() -> None:
    kept = Exchanges(1)
    kept.heard("CP1", Call("1", "NotifyReport", b'{"n": "' + b"x" * 200_000 + b'"}'), 5.0)

    assert next(kept.newest("CP1")).payload() == "200009 bytes, too long to be kept here"

"""Every text a station can send is a frame, or is answered with the error its version has for it."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.errors import ErrorCode, Fault, understood
from voltloom.protocols.ocpp.frames import (
    BadFrame,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Send,
    call,
    call_error,
    call_result,
    call_result_error,
    parse,
    send,
)

V16, V201, V21 = OcppVersion


def bad(text: bytes | str, version: OcppVersion, max_bytes: int = 4096) -> BadFrame:
    frame = parse(text, version, max_bytes)
    assert isinstance(frame, BadFrame), frame
    return frame


def answer(text: bytes | str, version: OcppVersion) -> list[object] | None:
    """Return kind, id and code of the answer to a bad frame."""
    reply = bad(text, version).reply
    if reply is None:
        return None
    parts = json.loads(reply)
    assert len(parts) == 5
    assert parts[3]
    return list(parts[:3])


@pytest.mark.parametrize("version", OcppVersion)
def test_what_is_encoded_is_parsed_again(version: OcppVersion) -> None:
    fault = Fault(ErrorCode.FORMAT_VIOLATION, "no", "$.x")

    assert parse(call("1", "Heartbeat", {}), version) == Call("1", "Heartbeat", b"{}")
    assert parse(call_result("1", {"a": 1}), version) == CallResult("1", b'{"a":1}')
    error = parse(call_error("1", fault, version), version)
    assert isinstance(error, CallError)
    assert (error.code, error.description, error.details) == (fault.code, "no", b'{"field":"$.x"}')


def test_send_and_callresulterror_are_frames_of_2_1_only() -> None:
    sent = send("1", "NotifyPeriodicEventStream", {"id": 1})
    refused = call_result_error("1", Fault(ErrorCode.FORMAT_VIOLATION, "no"))

    assert parse(sent, V21) == Send("1", "NotifyPeriodicEventStream", b'{"id":1}')
    assert isinstance(parse(refused, V21), CallResultError)
    for text in (sent, refused):
        assert answer(text, V201) == [4, "1", "MessageTypeNotSupported"]
        assert answer(text, V16) is None


def test_the_misspelt_codes_of_1_6_are_written_in_1_6_and_understood_in_every_version() -> None:
    for code, old in (
        (ErrorCode.FORMAT_VIOLATION, "FormationViolation"),
        (ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION, "OccurenceConstraintViolation"),
    ):
        assert json.loads(call_error("1", Fault(code, "x"), V16))[2] == old
        assert json.loads(call_error("1", Fault(code, "x"), V201))[2] == code.value
        assert understood(old) is understood(code.value) is code
    assert understood("Nonsense") is ErrorCode.GENERIC_ERROR


@pytest.mark.parametrize(
    "text",
    ["", "x", "{}", "[]", "null", "17", '"text"', "[2,", "[[[[", "\ufeff[2]", "[2]", '[2,"",{}]', "[2,7]"],
)
def test_a_text_without_a_readable_id_is_answered_under_minus_one_in_2_x_and_not_at_all_in_1_6(
    text: str,
) -> None:
    assert answer(text, V201) == [4, "-1", "RpcFrameworkError"]
    assert answer(text, V21) == [4, "-1", "RpcFrameworkError"]
    assert answer(text, V16) is None


@pytest.mark.parametrize(
    ("text", "v16_code", "v2_code"),
    [
        ('[2,"a","Heartbeat"]', "ProtocolError", "ProtocolError"),
        ('[2,"a"]', "FormationViolation", "RpcFrameworkError"),
        ('[2,"a","Heartbeat",{},{}]', "ProtocolError", "ProtocolError"),
        ('[2,"a",7,{}]', "FormationViolation", "RpcFrameworkError"),
        ('[2,"a","Heartbeat",[]]', "ProtocolError", "ProtocolError"),
        ('[2,"a","Heartbeat",null]', "ProtocolError", "ProtocolError"),
        ('[2,"a","Heartbeat",{"x":NaN}]', "FormationViolation", "FormatViolation"),
        ('[2,"a","Heartbeat",{"x":Infinity}]', "FormationViolation", "FormatViolation"),
        ('[2,"a","Heartbeat",{"x":01}]', "FormationViolation", "FormatViolation"),
        ('[2,"a","Heartbeat",{"x":1,}]', "FormationViolation", "FormatViolation"),
        ('[2,"a","Heartbeat",{"x', "FormationViolation", "FormatViolation"),
        ('[2,"a","Heartbeat",{}] trailing', "FormationViolation", "FormatViolation"),
    ],
)
def test_a_broken_call_is_refused_under_its_own_id(text: str, v16_code: str, v2_code: str) -> None:
    assert answer(text, V16) == [4, "a", v16_code]
    assert answer(text, V201) == [4, "a", v2_code]


def test_text_that_is_not_utf_8_is_refused() -> None:
    assert answer(b'[2,"a","Heartbeat",{"x":"\xff"}]', V201) == [4, "a", "FormatViolation"]
    assert answer(b"\xff\xfe", V201) == [4, "-1", "RpcFrameworkError"]
    assert answer('[2,"a","\ud800",{}]', V201) == [4, "-1", "RpcFrameworkError"]


def test_deep_nesting_is_refused_and_exhausts_nothing() -> None:
    deep = '[2,"a","Heartbeat",' + '{"x":' * 100_000 + "1" + "}" * 100_000 + "]"

    frame = bad(deep, V201, max_bytes=10**7)

    assert frame.fault.code is ErrorCode.FORMAT_VIOLATION
    assert frame.message_id == "a"


def test_a_frame_beyond_the_size_limit_is_refused_unread() -> None:
    text = call("a", "Heartbeat", {"x": "y" * 5000})

    assert answer(text, V201) == [4, "-1", "RpcFrameworkError"]
    assert answer(text, V16) is None
    assert isinstance(parse(text, V201), Call)


def test_an_id_of_36_characters_is_the_longest() -> None:
    assert isinstance(parse(call("i" * 36, "Heartbeat", {}), V16), Call)
    assert answer(call("i" * 37, "Heartbeat", {}), V201) == [4, "-1", "RpcFrameworkError"]
    assert answer(call("i" * 37, "Heartbeat", {}), V16) == [4, "i" * 37, "FormationViolation"]
    assert answer(call("i" * 1000, "Heartbeat", {}), V16) is None


def test_an_unknown_message_type_is_told_in_2_x_and_ignored_in_1_6() -> None:
    for text in ('[9,"a",{}]', '["2","a","Heartbeat",{}]', '[true,"a",{}]', '[2.5,"a",{}]'):
        assert answer(text, V201) == [4, "a", "MessageTypeNotSupported"]
        assert answer(text, V16) is None
    assert answer("[9]", V21) == [4, "-1", "MessageTypeNotSupported"]


def test_a_broken_answer_is_never_answered_except_by_the_callresulterror_of_2_1() -> None:
    for text in ('[3,"a"]', '[3,"a",[]]', '[3,"a",{},{}]'):
        assert answer(text, V201) is None
        assert (answer(text, V21) or [])[:2] == [5, "a"]
    for text in ('[4,"a"]', '[4,"a",7]', '[4,7,"GenericError"]', "[3,7,{}]"):
        assert all(answer(text, version) is None for version in OcppVersion)
    assert answer('[6,"a","X"]', V21) is None


def test_an_error_frame_that_leaves_out_description_and_details_is_understood() -> None:
    frame = parse('[4,"a","NotImplemented"]', V16)

    assert frame == CallError("a", ErrorCode.NOT_IMPLEMENTED, "NotImplemented", "", b"{}")


def test_a_meter_value_of_nan_does_not_lose_the_transaction_message_around_it() -> None:
    text = '[2,"a","MeterValues",{"connectorId":1,"x":NaN,"y":-Infinity,"text":"NaN"}]'

    frame = parse(text, V16)

    assert isinstance(frame, Call)
    assert json.loads(frame.payload) == {"connectorId": 1, "x": None, "y": None, "text": "NaN"}
    assert frame.mended == ("NaN read as nothing", "-Infinity read as nothing")


def test_of_a_name_that_occurs_twice_the_last_counts() -> None:
    frame = parse('[2,"a","Heartbeat",{"x":1,"x":2}]', V201)

    assert isinstance(frame, Call)
    assert json.loads(frame.payload) == {"x": 2}


def test_a_huge_integer_is_no_message_type() -> None:
    assert answer("[" + "9" * 3000 + ',"a",{}]', V201) == [4, "a", "MessageTypeNotSupported"]


@given(st.binary(max_size=200), st.sampled_from(OcppVersion))
def test_no_bytes_crash_the_parser(text: bytes, version: OcppVersion) -> None:
    parse(text, version)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=40), st.lists, max_leaves=8),
    st.sampled_from(OcppVersion),
)
def test_no_json_crashes_the_parser(value: object, version: OcppVersion) -> None:
    parse(json.dumps(value), version)


def test_20_000_hostile_frames_crash_nothing_and_each_bad_one_gets_a_well_formed_answer() -> None:
    draw = random.Random(2026)
    seeds = [
        call(
            "id-1", "MeterValues", {"connectorId": 1, "meterValue": [{"timestamp": "x", "sampledValue": []}]}
        ),
        call("id-2", "Heartbeat", {}),
        call_result("id-3", {"status": "Accepted"}),
        call_error("id-4", Fault(ErrorCode.GENERIC_ERROR, "x"), V16),
        send("id-5", "NotifyPeriodicEventStream", {"id": 1}),
    ]
    tokens = [
        b"NaN",
        b"\xff",
        b"[" * 3000,
        b'"',
        b"\\",
        b"{",
        b"}",
        b"1e999",
        b"9" * 400,
        b"\x00",
        b"\\ud800",
        b",",
    ]
    outcomes = {True: 0, False: 0}
    for _ in range(20_000):
        text = bytearray(draw.choice(seeds))
        for _ in range(draw.randint(1, 4)):
            at = draw.randrange(len(text) + 1)
            match draw.randrange(4):
                case 0:
                    text[at:at] = draw.choice(tokens)
                case 1:
                    del text[at : at + draw.randint(1, 10)]
                case 2:
                    text[at : at + 1] = bytes([draw.randrange(256)])
                case _:
                    text = text[:at] or text
        for version in OcppVersion:
            frame = parse(bytes(text), version)
            outcomes[isinstance(frame, BadFrame)] += 1
            if isinstance(frame, Call):  # with a space before it, it is taken apart slowly
                assert parse(b" " + bytes(text), version) == frame
            if isinstance(frame, BadFrame) and frame.reply is not None:
                reply = parse(frame.reply, version)
                assert isinstance(reply, CallError | CallResultError), (bytes(text), frame)
                assert reply.code is frame.fault.code or version is V16

    assert min(outcomes.values()) > 3000

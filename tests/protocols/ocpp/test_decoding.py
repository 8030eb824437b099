"""Strict, then lenient, then raw: transaction messages are kept, others get the error that names the field."""

from __future__ import annotations

import json

import msgspec
import pytest

from tests.protocols.ocpp.schema_fuzz import cases
from voltloom.protocols.ocpp.actions import TRANSACTION_ACTIONS, OcppVersion, Sender, actions
from voltloom.protocols.ocpp.decoding import Decoded, Reading, decode_call, decode_result
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call, CallResult, Send, parse
from voltloom.protocols.ocpp.generated.v16.core import MeterValuesRequest, StartTransactionRequest
from voltloom.protocols.ocpp.mending import Problem

V16, V201, V21 = OcppVersion


def asked(action: str, payload: object, version: OcppVersion = V16) -> Decoded | Fault:
    return decode_call(Call("1", action, msgspec.json.encode(payload)), version)


def taken(action: str, payload: object, version: OcppVersion = V16) -> Decoded:
    decoded = asked(action, payload, version)
    assert isinstance(decoded, Decoded), decoded
    return decoded


def fault(action: str, payload: object, version: OcppVersion = V16) -> tuple[ErrorCode, str]:
    found = asked(action, payload, version)
    assert isinstance(found, Fault), found
    return found.code, found.field


def problems(decoded: Decoded) -> list[tuple[str, Problem]]:
    return [(remark.field, remark.problem) for remark in decoded.remarks]


def sample(**fields: object) -> dict[str, object]:
    return {
        "connectorId": 1,
        "meterValue": [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [{"value": "1", **fields}]}],
    }


START = {"connectorId": 1, "idTag": "anna", "meterStart": 0, "timestamp": "2026-01-01T00:00:00Z"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}


def test_a_sound_message_is_strict() -> None:
    decoded = taken("StartTransaction", START)

    assert decoded.reading is Reading.STRICT
    assert isinstance(decoded.message, StartTransactionRequest)
    assert decoded.message.id_tag == "anna"


def test_an_unknown_action_and_one_of_the_central_system_are_told_apart() -> None:
    assert fault("Fly", {}) == (ErrorCode.NOT_IMPLEMENTED, "")
    assert fault("TransactionEvent", {}) == (ErrorCode.NOT_IMPLEMENTED, "")  # of another version
    assert fault("Reset", {"type": "Soft"}) == (ErrorCode.NOT_SUPPORTED, "")


def test_the_event_stream_of_2_1_comes_as_a_send() -> None:
    payload = b'{"data":[{"t":0,"v":"1"}],"id":1,"pending":0,"basetime":"2026-01-01T00:00:00Z"}'

    sent = decode_call(Send("1", "NotifyPeriodicEventStream", payload), V21)
    called = decode_call(Call("1", "NotifyPeriodicEventStream", payload), V21)
    wrong = decode_call(Send("1", "Heartbeat", b"{}"), V21)

    assert isinstance(sent, Decoded)
    assert isinstance(called, Fault)
    assert isinstance(wrong, Fault)


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"status": None}, ErrorCode.TYPE_CONSTRAINT_VIOLATION, "$.status"),
        ({"connectorId": "1"}, ErrorCode.TYPE_CONSTRAINT_VIOLATION, "$.connectorId"),
        ({"status": "Dancing"}, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "$.status"),
        ({"info": "x" * 51}, ErrorCode.PROPERTY_CONSTRAINT_VIOLATION, "$.info"),
        ({"extra": 1}, ErrorCode.FORMAT_VIOLATION, "$.extra"),
    ],
)
def test_a_refused_message_is_told_its_field(change: dict[str, object], code: ErrorCode, field: str) -> None:
    assert fault("StatusNotification", STATUS | change) == (code, field)


def test_a_missing_field_is_told() -> None:
    code = ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION

    assert fault("StatusNotification", {"connectorId": 1, "status": "Available"}) == (code, "$.errorCode")
    assert fault("NotifyEvent", {"generatedAt": "x", "seqNo": 0, "eventData": []}, V201) == (
        code,
        "$.eventData",
    )


@pytest.mark.parametrize(
    ("field", "value"),
    [("unit", "Hz"), ("measurand", "Request.Energy"), ("context", "Sometimes"), ("phase", "L4")],
)
def test_an_unknown_unit_or_measurand_never_refuses_a_transaction_message(field: str, value: str) -> None:
    decoded = taken("MeterValues", sample(**{field: value}))

    assert decoded.reading is Reading.LENIENT
    assert problems(decoded) == [(f"$.meterValue[0].sampledValue[0].{field}", Problem.UNKNOWN_CHOICE)]
    assert isinstance(decoded.message, MeterValuesRequest)
    assert getattr(decoded.message.meter_value[0].sampled_value[0], field) == value


def test_a_long_id_token_is_kept_whole() -> None:
    decoded = taken("StartTransaction", START | {"idTag": "t" * 30})

    assert problems(decoded) == [("$.idTag", Problem.TOO_LONG)]
    assert isinstance(decoded.message, StartTransactionRequest)
    assert decoded.message.id_tag == "t" * 30


def test_what_is_plainly_meant_is_converted() -> None:
    decoded = taken(
        "StartTransaction", START | {"meterStart": "12", "connectorId": 1.0, "reservationId": None, "x": 1}
    )

    assert isinstance(decoded.message, StartTransactionRequest)
    assert (decoded.message.meter_start, decoded.message.connector_id) == (12, 1)
    assert set(problems(decoded)) == {
        ("$.meterStart", Problem.CONVERTED),
        ("$.connectorId", Problem.CONVERTED),
        ("$.reservationId", Problem.NULL),
        ("$.x", Problem.UNKNOWN_FIELD),
    }


def test_a_value_sent_as_a_number_in_1_6_is_read() -> None:
    decoded = taken("MeterValues", sample(value=12.5, unit="kwh"))

    assert isinstance(decoded.message, MeterValuesRequest)
    read = decoded.message.meter_value[0].sampled_value[0]
    assert (read.value, read.unit) == ("12.5", "kWh")
    assert {problem for _, problem in problems(decoded)} == {Problem.CONVERTED, Problem.SPELLING}


def test_a_missing_time_stamp_does_not_lose_the_reading() -> None:
    decoded = taken("MeterValues", {"connectorId": 1, "meterValue": [{"sampledValue": [{"value": "1"}]}]})

    assert isinstance(decoded.message, MeterValuesRequest)
    assert decoded.message.meter_value[0].timestamp == ""


def test_a_sample_without_a_value_is_left_out_and_the_rest_kept() -> None:
    broken = sample()
    broken["meterValue"][0]["sampledValue"].append({"unit": "A"})  # type: ignore[index]  # built above, of dicts and lists

    decoded = taken("MeterValues", broken)

    assert isinstance(decoded.message, MeterValuesRequest)
    assert len(decoded.message.meter_value[0].sampled_value) == 1
    assert Problem.OBJECT_LEFT_OUT in {problem for _, problem in problems(decoded)}


def test_a_transaction_message_nobody_can_read_is_kept_raw() -> None:
    decoded = taken("StartTransaction", {"hello": "world"})

    assert decoded.reading is Reading.RAW
    assert decoded.message is None
    assert json.loads(decoded.raw) == {"hello": "world"}
    assert ("$.connectorId", Problem.MISSING) in problems(decoded)


def test_a_value_of_nan_is_told_and_the_others_are_read() -> None:
    call = parse(
        '[2,"1","MeterValues",{"connectorId":1,"meterValue":[{"timestamp":"x","sampledValue":'
        '[{"value":NaN},{"value":"7"}]}]}]',
        V16,
    )
    assert isinstance(call, Call)

    decoded = decode_call(call, V16)

    assert isinstance(decoded, Decoded)
    assert isinstance(decoded.message, MeterValuesRequest)
    assert [s.value for s in decoded.message.meter_value[0].sampled_value] == ["7"]
    assert decoded.remarks[0].problem is Problem.NOT_A_NUMBER


def test_an_answer_with_an_extra_field_is_still_an_answer() -> None:
    action = actions(V16)["SetChargingProfile"]

    extra = decode_result(action, CallResult("1", b'{"status":"Accepted","note":"ok"}'))
    empty = decode_result(action, CallResult("1", b"{}"))

    assert isinstance(extra, Decoded)
    assert extra.reading is Reading.LENIENT
    assert isinstance(empty, Fault)


def test_no_broken_transaction_message_is_refused_and_nothing_mended_goes_untold() -> None:
    readings = set()
    for version, action, is_response, text in cases(6_000, seed=4):
        if is_response or action.sender is Sender.CSMS or action.response is None:
            continue
        decoded = decode_call(Call("1", action.name, text.encode()), version)
        if action.name in TRANSACTION_ACTIONS and text.startswith("{"):
            assert isinstance(decoded, Decoded), (action.name, text)
            assert bool(decoded.remarks) == (decoded.reading is not Reading.STRICT), text
            readings.add(decoded.reading)
        if isinstance(decoded, Fault):
            assert decoded.field.startswith("$"), (decoded, text)

    assert readings == set(Reading)

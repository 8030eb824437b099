"""Payload text to a typed message: strict by the official schema, then lenient, then raw.

A transaction message is money and is never refused: what its schema does not allow is mended or left out, and told as
remarks. Every other message that breaks its schema gets the CALLERROR that names the field.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from voltloom.protocols.ocpp.actions import TRANSACTION_ACTIONS, Action, OcppVersion, Sender, actions
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call, CallResult, Send
from voltloom.protocols.ocpp.mending import Problem, Remark, mended


class Reading(Enum):
    """How much of a message could be read."""

    STRICT = "strict"
    LENIENT = "lenient"
    RAW = "raw"


class Decoded(NamedTuple):
    """A message that is taken. message: None only when raw. raw: the payload's text, always."""

    action: Action
    message: Struct | None
    reading: Reading
    raw: bytes
    remarks: tuple[Remark, ...] = ()


_PATH: Final = re.compile(r" - at `(?P<path>[^`]*)`$")
_NAMED: Final = re.compile(r"`(?P<name>[^`]*)`")
# The beginnings of msgspec's sentences, in the order they are tried; the message classes add the last of `multiple`.
_CODES: Final = (
    ("Object missing required field", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
    ("Object contains unknown field", ErrorCode.FORMAT_VIOLATION),
    ("Expected `array` of length", ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION),
    ("Expected `str` of length", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ("Expected `int` ", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ("Expected `float` ", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ("Expected a multiple", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
    ("Invalid enum value", ErrorCode.PROPERTY_CONSTRAINT_VIOLATION),
)


def decode_call(call: Call | Send, version: OcppVersion) -> Decoded | Fault:
    """Return a station's message, or why it is refused.

    An action that the version does not know is NotImplemented; one that only the central system may send, or a SEND
    of an action that wants an answer and the other way round, is NotSupported.
    """
    action = actions(version).get(call.action)
    if action is None:
        return Fault(ErrorCode.NOT_IMPLEMENTED, f"{version.value} has no action {call.action[:50]}")
    if action.sender is Sender.CSMS:
        return Fault(ErrorCode.NOT_SUPPORTED, f"{action.name} is sent to a station, not by one")
    if isinstance(call, Send) != (action.response is None):
        kind = "SEND" if action.response is None else "CALL"
        return Fault(ErrorCode.NOT_SUPPORTED, f"{action.name} comes as a {kind}")
    strict = _strictly(action.request, call.payload)
    mended_words = () if isinstance(call, Send) else call.mended
    notes = tuple([Remark("$", Problem.NOT_A_NUMBER, text) for text in mended_words]) if mended_words else ()
    if isinstance(strict, Struct):
        reading = Reading.LENIENT if notes else Reading.STRICT
        return Decoded(action, strict, reading, call.payload, notes)
    if action.name not in TRANSACTION_ACTIONS:
        return strict
    return _leniently(action, call.payload, notes, strict)


def decode_result(action: Action, result: CallResult) -> Decoded | Fault:
    """Return the answer to a CALL of ours, mended where it can be; a fault when it says nothing at all.

    A station that adds a field to its answer has still answered.
    """
    assert action.response is not None
    strict = _strictly(action.response, result.payload)
    if isinstance(strict, Struct):
        return Decoded(action, strict, Reading.STRICT, result.payload)
    value = _plain(result.payload)
    message, remarks = mended(value, action.response) if isinstance(value, dict) else (None, ())
    if message is None:
        return strict
    return Decoded(action, message, Reading.LENIENT, result.payload, remarks)


def fault_of(problem: str) -> Fault:
    """Return the fault that a sentence of msgspec's validation tells, with the field's path."""
    found = _PATH.search(problem)
    path = found["path"] if found else "$"
    sentence = problem[: found.start()] if found else problem
    code = next((code for start, code in _CODES if sentence.startswith(start)), None)
    if code is None:
        code = ErrorCode.TYPE_CONSTRAINT_VIOLATION
    elif sentence.startswith(("Object", "Expected a multiple")) and (named := _NAMED.search(sentence)):
        path = f"{path}.{named['name']}"
    return Fault(code, problem, path)


@cache
def _decoder(kind: type[Struct]) -> msgspec.json.Decoder[Struct]:
    return msgspec.json.Decoder(kind)


def _strictly(kind: type[Struct], payload: bytes) -> Struct | Fault:
    try:
        return _decoder(kind).decode(payload)
    except msgspec.ValidationError as problem:
        return fault_of(str(problem))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        return Fault(ErrorCode.FORMAT_VIOLATION, str(problem), "$")


def _leniently(action: Action, payload: bytes, notes: tuple[Remark, ...], why: Fault) -> Decoded:
    value = _plain(payload)
    if value is None:
        remark = Remark(why.field, Problem.OBJECT_LEFT_OUT, why.description)
        return Decoded(action, None, Reading.RAW, payload, (*notes, remark))
    message, remarks = mended(value, action.request)
    reading = Reading.RAW if message is None else Reading.LENIENT
    return Decoded(action, message, reading, payload, (*notes, *remarks))


def _plain(payload: bytes) -> object:
    """Return JSON data without types, None for what is none."""
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None

"""OCPP-J frames: text to a frame, or to what is wrong with it and what to answer; and back.

Nothing in here can raise on what came over the wire. Payloads stay JSON text until `decoding` gives them a type.
Of a name that occurs twice in an object the last counts, here and in the typed decoder alike.
Source: OCPP-J 1.6 section 4 with errata; OCPP 2.0.1 and 2.1 Part 4, section 4.
"""

from __future__ import annotations

import json
import re
from typing import Final, NamedTuple

import msgspec
from msgspec import Raw

from voltloom.protocols.ocpp.actions import TRANSACTION_ACTIONS, OcppVersion
from voltloom.protocols.ocpp.errors import MAX_DESCRIPTION_LENGTH, ErrorCode, Fault, spelled, understood

CALL, CALLRESULT, CALLERROR, CALLRESULTERROR, SEND = 2, 3, 4, 5, 6
UNREADABLE_ID: Final = "-1"  # 2.x: the id of a CALLERROR about a message whose own id cannot be read
MAX_ID_LENGTH: Final = 36
MAX_FRAME_BYTES: Final = 262_144  # reports of a large station come in parts well below this
MAX_ID_ECHOED_LENGTH: Final = 255

_PARTS: Final = msgspec.json.Decoder(list[Raw])
_SOUND_CALL: Final = msgspec.json.Decoder(tuple[Raw, str, str, Raw])
_TYPES: Final = {
    OcppVersion.V16: frozenset({CALL, CALLRESULT, CALLERROR}),
    OcppVersion.V201: frozenset({CALL, CALLRESULT, CALLERROR}),
    OcppVersion.V21: frozenset({CALL, CALLRESULT, CALLERROR, CALLRESULTERROR, SEND}),
}
# The beginning of a CALL that is broken further on: enough to tell its sender.
_CALL_START: Final = re.compile(rb'\s*\[\s*2\s*,\s*"([^"\\\x00-\x1f]{1,36})"')


class Call(NamedTuple):
    """A request. mended: what had to be changed to read its payload, empty for a sound one."""

    message_id: str
    action: str
    payload: bytes
    mended: tuple[str, ...] = ()


class CallResult(NamedTuple):
    """The answer to a CALL."""

    message_id: str
    payload: bytes


class CallError(NamedTuple):
    """The refusal of a CALL. code_text: as the other side wrote it."""

    message_id: str
    code: ErrorCode
    code_text: str
    description: str
    details: bytes


class CallResultError(NamedTuple):
    """2.1: the refusal of a CALLRESULT."""

    message_id: str
    code: ErrorCode
    code_text: str
    description: str
    details: bytes


class Send(NamedTuple):
    """2.1: a message that nobody confirms."""

    message_id: str
    action: str
    payload: bytes


class BadFrame(NamedTuple):
    """What came is no frame. reply: the frame to answer with, None where the version says to stay silent."""

    fault: Fault
    reply: bytes | None
    message_id: str = ""


Frame = Call | CallResult | CallError | CallResultError | Send


class _Bad(Exception):  # noqa: N818  never leaves this module
    """A fault on the way up to `parse`."""

    def __init__(
        self, code: ErrorCode, description: str, *, message_id: str = "", frame_type: int = CALL
    ) -> None:
        super().__init__(description)
        self.fault = Fault(code, description)
        self.message_id = message_id
        self.frame_type = frame_type


def parse(text: bytes | str, version: OcppVersion, max_bytes: int = MAX_FRAME_BYTES) -> Frame | BadFrame:
    """Return the frame a text holds, or what is wrong with it and the answer.

    max_bytes: longer texts are refused unread. A CALL whose beginning can be read is refused under its own id.
    """
    try:
        wire = text if isinstance(text, bytes) else text.encode()
    except UnicodeEncodeError:
        return _refused(_Bad(ErrorCode.RPC_FRAMEWORK_ERROR, "the frame is not UTF-8"), version)
    try:
        return _parsed(wire, version, max_bytes)
    except _Bad as bad:
        return _refused(bad, version)


def call(message_id: str, action: str, payload: object) -> bytes:
    """Return a CALL; payload: a message struct or plain JSON data."""
    return msgspec.json.encode((CALL, message_id, action, payload))


def call_result(message_id: str, payload: object) -> bytes:
    """Return a CALLRESULT."""
    return msgspec.json.encode((CALLRESULT, message_id, payload))


def call_error(message_id: str, fault: Fault, version: OcppVersion) -> bytes:
    """Return a CALLERROR that names the field."""
    return _error(CALLERROR, message_id, fault, version)


def call_result_error(message_id: str, fault: Fault) -> bytes:
    """Return a 2.1 CALLRESULTERROR."""
    return _error(CALLRESULTERROR, message_id, fault, OcppVersion.V21)


def send(message_id: str, action: str, payload: object) -> bytes:
    """Return a 2.1 SEND."""
    return msgspec.json.encode((SEND, message_id, action, payload))


def _error(kind: int, message_id: str, fault: Fault, version: OcppVersion) -> bytes:
    details = {"field": fault.field} if fault.field else {}
    description = fault.description[:MAX_DESCRIPTION_LENGTH]
    return msgspec.json.encode((kind, message_id, spelled(fault.code, version), description, details))


def _parsed(wire: bytes, version: OcppVersion, max_bytes: int) -> Frame:
    if len(wire) > max_bytes:
        description = f"the frame has {len(wire)} bytes, more than {max_bytes}"
        raise _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, description)
    if not wire.isascii():
        try:
            wire.decode()
        except UnicodeDecodeError:
            raise _unreadable(wire, "the frame is not UTF-8") from None
    if wire.startswith(b"[2,") and (sound := _sound_call(wire)) is not None:
        return sound
    try:
        parts = _PARTS.decode(wire)
    except RecursionError:
        raise _unreadable(wire, "the frame is nested too deeply") from None
    except msgspec.ValidationError:
        raise _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, "the frame is no JSON array") from None
    except msgspec.DecodeError:
        return _salvaged(wire)
    if not parts:
        raise _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, "the frame is empty")
    kind = _read(parts[0])
    if not isinstance(kind, int) or isinstance(kind, bool) or kind not in _TYPES[version]:
        message_id = _readable_id(parts)
        raise _Bad(
            ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED,
            f"message type {_shown(kind)} is unknown in {version.value}",
            message_id=message_id or UNREADABLE_ID,
            frame_type=kind if isinstance(kind, int) and not isinstance(kind, bool) else 0,
        )
    message_id = _checked_id(parts, kind, version)
    match kind:
        case 2 | 6:
            return _call_or_send(kind, message_id, parts)
        case 3:
            return _result(message_id, parts)
        case _:
            return _received_error(kind, message_id, parts)


def _sound_call(wire: bytes) -> Call | None:
    """Return a CALL without a fault, None for what must be looked at closely. Nearly every frame takes this short way."""
    try:
        _, message_id, action, payload = _SOUND_CALL.decode(wire)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    text = bytes(payload)
    is_sound = 0 < len(message_id) <= MAX_ID_LENGTH and text.startswith(b"{")
    return Call(message_id, action, text) if is_sound else None


def _call_or_send(kind: int, message_id: str, parts: list[Raw]) -> Call | Send:
    if len(parts) != 4:
        description = f"a CALL has 4 elements, this has {len(parts)}"
        code = ErrorCode.PROTOCOL_ERROR if len(parts) > 2 else ErrorCode.RPC_FRAMEWORK_ERROR
        raise _Bad(code, description, message_id=message_id, frame_type=kind)
    action = _read(parts[2])
    if not isinstance(action, str):
        raise _Bad(
            ErrorCode.RPC_FRAMEWORK_ERROR, "the action is no text", message_id=message_id, frame_type=kind
        )
    payload = bytes(parts[3])
    if not payload.lstrip().startswith(b"{"):
        raise _Bad(
            ErrorCode.PROTOCOL_ERROR,
            "the payload is no JSON object",
            message_id=message_id,
            frame_type=kind,
        )
    return Call(message_id, action, payload) if kind == CALL else Send(message_id, action, payload)


def _result(message_id: str, parts: list[Raw]) -> CallResult:
    if len(parts) != 3:
        description = f"a CALLRESULT has 3 elements, this has {len(parts)}"
        raise _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, description, message_id=message_id, frame_type=CALLRESULT)
    payload = bytes(parts[2])
    if not payload.lstrip().startswith(b"{"):
        description = "the payload is no JSON object"
        raise _Bad(ErrorCode.FORMAT_VIOLATION, description, message_id=message_id, frame_type=CALLRESULT)
    return CallResult(message_id, payload)


def _received_error(kind: int, message_id: str, parts: list[Raw]) -> CallError | CallResultError:
    """Return an error frame; stations leave out what they deem needless, so only the code must be there."""
    code = _read(parts[2]) if len(parts) >= 3 else None
    if not isinstance(code, str):
        problem = "an error frame without a code"
        raise _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, problem, message_id=message_id, frame_type=kind)
    description = _read(parts[3]) if len(parts) >= 4 else ""
    frame = CallError if kind == CALLERROR else CallResultError
    return frame(
        message_id,
        understood(code),
        code,
        description if isinstance(description, str) else "",
        bytes(parts[4]) if len(parts) >= 5 else b"{}",
    )


def _checked_id(parts: list[Raw], kind: int, version: OcppVersion) -> str:
    message_id = _read(parts[1]) if len(parts) > 1 else None
    if not isinstance(message_id, str) or not message_id:
        raise _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, "the message id is no text", frame_type=kind)
    if len(message_id) > MAX_ID_LENGTH:
        # 2.x could not carry the long id in its answer either; a 1.6 station is told under its own.
        is_echoed = version is OcppVersion.V16 and len(message_id) <= MAX_ID_ECHOED_LENGTH
        raise _Bad(
            ErrorCode.RPC_FRAMEWORK_ERROR,
            f"the message id has {len(message_id)} characters, more than {MAX_ID_LENGTH}",
            message_id=message_id if is_echoed else "",
            frame_type=kind,
        )
    return message_id


def _readable_id(parts: list[Raw]) -> str:
    message_id = _read(parts[1]) if len(parts) > 1 else None
    return message_id if isinstance(message_id, str) and 0 < len(message_id) <= MAX_ID_LENGTH else ""


def _unreadable(wire: bytes, description: str) -> _Bad:
    """Return the fault of a frame that is no JSON; a CALL whose beginning is sound is told by its own id."""
    if start := _CALL_START.match(wire):
        message_id = start.group(1).decode(errors="ignore")
        if message_id:
            return _Bad(ErrorCode.FORMAT_VIOLATION, description, message_id=message_id)
    return _Bad(ErrorCode.RPC_FRAMEWORK_ERROR, description)


def _salvaged(wire: bytes) -> Call:
    """Return a transaction message that is broken only by NaN or Infinity, which firmware prints for a missing value.

    Raises the fault of every other text.
    """
    fault = _unreadable(wire, "the frame is no JSON")
    names: list[str] = []

    def noted(name: str) -> None:
        names.append(name)

    try:
        parts = json.loads(wire, parse_constant=noted)
    except (ValueError, RecursionError):
        raise fault from None
    match parts:
        case [2, str(message_id), str(action), dict(payload)] if action in TRANSACTION_ACTIONS:
            if names and 0 < len(message_id) <= MAX_ID_LENGTH:
                try:
                    text = msgspec.json.encode(payload)
                except (UnicodeEncodeError, OverflowError, RecursionError):
                    raise fault from None
                return Call(message_id, action, text, tuple(f"{name} read as nothing" for name in names))
    raise fault


def _refused(bad: _Bad, version: OcppVersion) -> BadFrame:
    is_v16 = version is OcppVersion.V16
    if bad.fault.code is ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED:
        reply = None if is_v16 else call_error(bad.message_id, bad.fault, version)
    elif bad.frame_type == CALLRESULT and version is OcppVersion.V21 and bad.message_id:
        reply = call_result_error(bad.message_id, bad.fault)
    elif bad.frame_type != CALL:
        reply = None  # nobody answers an answer, or a SEND
    elif bad.message_id:
        reply = call_error(bad.message_id, bad.fault, version)
    else:
        reply = None if is_v16 else call_error(UNREADABLE_ID, bad.fault, version)
    return BadFrame(fault=bad.fault, reply=reply, message_id=bad.message_id)


def _read(part: Raw) -> object:
    """Return a part as plain data, None where it holds none (a broken escape, a number beyond all bounds)."""
    try:
        return msgspec.json.decode(part)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _shown(kind: object) -> str:
    return str(kind) if isinstance(kind, int) and abs(kind) < 10**6 else type(kind).__name__

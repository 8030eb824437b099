"""The error codes of OCPP-J and how each version spells them.

OCPP 1.6 has two misspelt codes that its errata will not fix; both spellings are understood from either side.
"""

from __future__ import annotations

from enum import Enum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.protocols.ocpp.actions import OcppVersion

MAX_DESCRIPTION_LENGTH: Final = 255  # OCPP-J, all versions


class ErrorCode(Enum):
    """What is wrong with a message, in the spelling of OCPP 2.x."""

    NOT_IMPLEMENTED = "NotImplemented"  # the action is unknown
    NOT_SUPPORTED = "NotSupported"  # the action is known, but not served here
    INTERNAL_ERROR = "InternalError"
    PROTOCOL_ERROR = "ProtocolError"
    SECURITY_ERROR = "SecurityError"
    FORMAT_VIOLATION = "FormatViolation"
    PROPERTY_CONSTRAINT_VIOLATION = "PropertyConstraintViolation"
    OCCURRENCE_CONSTRAINT_VIOLATION = "OccurrenceConstraintViolation"
    TYPE_CONSTRAINT_VIOLATION = "TypeConstraintViolation"
    GENERIC_ERROR = "GenericError"
    RPC_FRAMEWORK_ERROR = "RpcFrameworkError"  # 2.x only
    MESSAGE_TYPE_NOT_SUPPORTED = "MessageTypeNotSupported"  # 2.x only


_IN_V16: Final = MappingProxyType(
    {
        ErrorCode.FORMAT_VIOLATION: "FormationViolation",
        ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION: "OccurenceConstraintViolation",
        # 1.6 has no word for these two.
        ErrorCode.RPC_FRAMEWORK_ERROR: "FormationViolation",
        ErrorCode.MESSAGE_TYPE_NOT_SUPPORTED: "GenericError",
    }
)
_UNDERSTOOD: Final = MappingProxyType(
    {
        **{code.value: code for code in ErrorCode},
        "FormationViolation": ErrorCode.FORMAT_VIOLATION,
        "OccurenceConstraintViolation": ErrorCode.OCCURRENCE_CONSTRAINT_VIOLATION,
    }
)


class Fault(NamedTuple):
    """What is wrong with a message: code, an English sentence, and the path of the field ("" for the whole)."""

    code: ErrorCode
    description: str
    field: str = ""


def spelled(code: ErrorCode, version: OcppVersion) -> str:
    """Return a code as a version writes it."""
    return _IN_V16.get(code, code.value) if version is OcppVersion.V16 else code.value


def understood(text: str) -> ErrorCode:
    """Return the code a station meant; a code nobody defined counts as GenericError."""
    return _UNDERSTOOD.get(text, ErrorCode.GENERIC_ERROR)

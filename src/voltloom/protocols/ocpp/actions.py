"""What is known about each OCPP action, whatever the version: its block, who sends it, its typed messages."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import NamedTuple

from msgspec import Struct


class OcppVersion(Enum):
    """A version by the name of its WebSocket subprotocol."""

    V16 = "ocpp1.6"
    V201 = "ocpp2.0.1"
    V21 = "ocpp2.1"


class Sender(Enum):
    """Who may send a CALL of an action."""

    STATION = "station"
    CSMS = "csms"
    BOTH = "both"


class Action(NamedTuple):
    """One action of a version. response: None for a SEND, which nobody confirms."""

    name: str
    block: str
    sender: Sender
    request: type[Struct]
    response: type[Struct] | None


# A transaction message is money: it is mended and kept, never refused for a bad field.
TRANSACTION_ACTIONS = frozenset({"StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent"})


@cache
def actions(version: OcppVersion) -> Mapping[str, Action]:
    """Return every action of a version by name. The structs of a version are imported when it is first spoken."""
    match version:
        case OcppVersion.V16:
            from voltloom.protocols.ocpp.generated import v16

            return v16.ACTIONS
        case OcppVersion.V201:
            from voltloom.protocols.ocpp.generated import v201

            return v201.ACTIONS
        case OcppVersion.V21:
            from voltloom.protocols.ocpp.generated import v21

            return v21.ACTIONS

"""A call of the central system, decoded by the official schema and answered by its version's handler."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from voltloom.protocols.ocpp.actions import OcppVersion, Sender, actions
from voltloom.protocols.ocpp.decoding import fault_of
from voltloom.protocols.ocpp.errors import ErrorCode, Fault
from voltloom.protocols.ocpp.frames import Call
from voltloom.virtual import commands2x, commands16
from voltloom.virtual.commands import Answer, Handler
from voltloom.virtual.nature import Phase
from voltloom.virtual.station import Station

HANDLERS: Final[Mapping[OcppVersion, Mapping[str, Handler]]] = {
    OcppVersion.V16: commands16.HANDLERS,
    OcppVersion.V201: commands2x.HANDLERS,
    OcppVersion.V21: commands2x.HANDLERS,
}


def answer_to(station: Station, call: Call) -> Answer:
    """Return the answer to a call of the central system, as JSON data or as what is wrong with the call."""
    version = station.nature.version
    action = actions(version).get(call.action)
    if action is None:
        return Fault(ErrorCode.NOT_IMPLEMENTED, f"{version.value} has no action {call.action[:50]}")
    handler = HANDLERS[version].get(call.action)
    if handler is None or action.sender is Sender.STATION:
        return Fault(ErrorCode.NOT_SUPPORTED, f"this station does not do {action.name}")
    if station.phase is Phase.REJECTED:
        return Fault(ErrorCode.SECURITY_ERROR, "this station was rejected")  # 2.x B03.FR.03
    station.counts.heard[action.name] += 1
    try:
        asked = msgspec.json.decode(call.payload, type=action.request)
    except msgspec.ValidationError as problem:
        return fault_of(str(problem))
    return handler(station, asked)

"""A station's secret and security profile in the words of each version: what is asked of it, and whether it took it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec
from msgspec import Struct

from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.link import CallFailed, Outcome
from voltloom.protocols.ocpp.prepared import Prepared

_NOT_TAKEN: Final = (Outcome.REFUSED, Outcome.QUEUE_FULL, Outcome.SUPERSEDED)
_TAKEN: Final = frozenset({"Accepted", "RebootRequired"})
_VERSION_WORD: Final = {OcppVersion.V201: "OCPP20", OcppVersion.V21: "OCPP21"}
_TIMEOUT_S: Final = 30  # of the station's own CALLs over the new connection
_CONTROLLER: Final = "OCPPCommCtrlr"
_PRIORITY: Final = "NetworkConfigurationPriority"


def secret_given(secret: str, version: OcppVersion) -> Prepared:
    """Return the CALL that gives a station another secret (1.6 white paper 7.2, 2.x A01)."""
    if version is OcppVersion.V16:
        return _prepared(version, "ChangeConfiguration", {"key": "AuthorizationKey", "value": secret})
    return _variable(version, "SecurityCtrlr", "BasicAuthPassword", secret)


def profile_raised(profile: int) -> Prepared:
    """Return 1.6's CALL that raises a station's security profile; it connects anew under it (white paper A05)."""
    given = {"key": "SecurityProfile", "value": str(profile)}
    return _prepared(OcppVersion.V16, "ChangeConfiguration", given)


def network_profile(slot: int, url: str, profile: int, version: OcppVersion) -> Prepared:
    """Return 2.x's CALL that writes a connection into a slot (B09); it is used once the slot comes first."""
    data = {
        "ocppVersion": _VERSION_WORD[version],
        "ocppTransport": "JSON",
        "ocppCsmsUrl": url,
        "messageTimeout": _TIMEOUT_S,
        "securityProfile": profile,
        "ocppInterface": "Wired0",
    }
    return _prepared(version, "SetNetworkProfile", {"configurationSlot": slot, "connectionData": data})


def priority_asked(version: OcppVersion) -> Prepared:
    """Return 2.x's CALL that asks in which order a station tries its slots."""
    asked = {"component": {"name": _CONTROLLER}, "variable": {"name": _PRIORITY}}
    return _prepared(version, "GetVariables", {"getVariableData": [asked]})


def priority_told(answer: Struct | CallFailed) -> str:
    """Return that order, "" where the station does not tell."""
    for result in getattr(answer, "get_variable_result", ()):
        if isinstance(value := getattr(result, "attribute_value", ""), str):
            return value
    return ""


def priority_given(slot: int, before: str, version: OcppVersion) -> Prepared:
    """Return 2.x's CALL that puts a slot first; the others stay behind it, to fall back on until it has worked."""
    others = [word.strip() for word in before.split(",") if word.strip() and word.strip() != str(slot)]
    return _variable(version, _CONTROLLER, _PRIORITY, ",".join([str(slot), *others]))


def restart_asked(version: OcppVersion) -> Prepared:
    """Return 2.x's CALL that restarts a station once nobody charges there."""
    return _prepared(version, "Reset", {"type": "OnIdle"})


def is_taken(answer: Struct | CallFailed) -> bool | None:
    """Return whether a station took what it was given; None where nobody knows."""
    if isinstance(answer, CallFailed):
        return False if answer.outcome in _NOT_TAKEN else None
    results = getattr(answer, "set_variable_result", None)
    if results is not None:
        return all(_word(result.attribute_status) in _TAKEN for result in results)
    return _word(getattr(answer, "status", "")) in _TAKEN | {"Scheduled"}


def _variable(version: OcppVersion, component: str, variable: str, value: str) -> Prepared:
    data = {"attributeValue": value, "component": {"name": component}, "variable": {"name": variable}}
    return _prepared(version, "SetVariables", {"setVariableData": [data]})


def _prepared(version: OcppVersion, action: str, payload: Mapping[str, object]) -> Prepared:
    return Prepared(action, msgspec.convert(payload, type=actions(version)[action].request))


def _word(status: object) -> str:
    return str(getattr(status, "value", status))

"""What shows that an operator's CALL took effect: a later message, or an answer to a question asked back. Accepted is not done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.orders.masking import is_masked
from voltloom.protocols.ocpp.orders.wording import worded
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.protocols.ocpp.timestamps import read_ahead

Told = Mapping[str, Any]  # a payload in the names of the wire


class Sign(Enum):
    """What a message shows of an order."""

    PART = "part"  # of its result; more follows
    EFFECT = "effect"
    FAILURE = "failure"


class Asked(NamedTuple):
    """A CALL that was made."""

    version: OcppVersion
    action: str
    payload: Told


class Seen(NamedTuple):
    """What was seen of an order. what: in the station's words."""

    sign: Sign
    what: str = ""


_HOUR_S: Final = 3600.0
SCHEDULED_S: Final = 24 * _HOUR_S  # a driver may stay a day
_WITHIN_S: Final = MappingProxyType(
    {
        "Reset": 300.0,
        "RemoteStartTransaction": 300.0,  # a vehicle may have to be plugged in first
        "RequestStartTransaction": 300.0,
        "RemoteStopTransaction": 60.0,
        "RequestStopTransaction": 60.0,
        "ChangeAvailability": 120.0,
        "TriggerMessage": 60.0,
        "ExtendedTriggerMessage": 60.0,
        "ReserveNow": 60.0,
        "UpdateFirmware": 4 * _HOUR_S,
        "SignedUpdateFirmware": 4 * _HOUR_S,
        "PublishFirmware": 4 * _HOUR_S,
        "GetLog": _HOUR_S,
        "GetDiagnostics": _HOUR_S,
        "SendLocalList": 90.0,
        "ChangeConfiguration": 90.0,
        "SetVariables": 90.0,
    }
)
_REPORTS: Final = MappingProxyType(
    {
        "GetBaseReport": "NotifyReport",
        "GetReport": "NotifyReport",
        "GetMonitoringReport": "NotifyMonitoringReport",
        "CustomerInformation": "NotifyCustomerInformation",
        "GetDisplayMessages": "NotifyDisplayMessages",
        "GetChargingProfiles": "ReportChargingProfiles",
        "GetDERControl": "ReportDERControl",
    }
)
_REPORTS_S: Final = 300.0
_PROGRESS: Final = MappingProxyType(
    {
        "UpdateFirmware": "FirmwareStatusNotification",
        "SignedUpdateFirmware": "SignedFirmwareStatusNotification",
        "PublishFirmware": "PublishFirmwareStatusNotification",
        "GetLog": "LogStatusNotification",
        "GetDiagnostics": "DiagnosticsStatusNotification",
    }
)
_DONE: Final = frozenset({"Installed", "Published", "Uploaded"})
_FAILED: Final = frozenset(
    {
        *("DownloadFailed", "InstallationFailed", "InstallVerificationFailed", "InvalidSignature"),
        *("InvalidCertificate", "RevokedCertificate", "InvalidChecksum", "PublishFailed", "BadMessage"),
        *("NotSupportedOperation", "PermissionDenied", "UploadFailure", "UploadFailed", "AcceptedCanceled"),
    }
)
_TRIGGERED_AS: Final = MappingProxyType(
    {
        "SignChargePointCertificate": "SignCertificate",
        "SignChargingStationCertificate": "SignCertificate",
        "SignV2GCertificate": "SignCertificate",
        "SignV2G20Certificate": "SignCertificate",
        "SignCombinedCertificate": "SignCertificate",
    }
)


def within_s(asked: Asked, now_s: float) -> float | None:
    """Return how long the effect may take from the answer on; None where the answer is all there will be."""
    if asked.action in _REPORTS:
        return _REPORTS_S
    if asked.payload.get("requestedMessage") == "CustomTrigger":
        return None
    if asked.action == "CustomerInformation" and not asked.payload.get("report"):
        return None
    least_s = _WITHIN_S.get(asked.action)
    if least_s is None:
        return None
    firmware = asked.payload.get("firmware", asked.payload)
    dates = [firmware.get(name) for name in ("retrieveDate", "retrieveDateTime", "installDateTime")]
    ahead_s = [read_ahead(date) - now_s for date in dates if date]
    return least_s + max([0.0, *(wait_s for wait_s in ahead_s if wait_s > 0.0)])


def shows(asked: Asked, action: str, told: Told) -> Seen | None:
    """Return what a station's message shows of a CALL that was made before, None where it is about something else."""
    if action == _REPORTS.get(asked.action):
        if told.get("requestId") != asked.payload.get("requestId"):
            return None
        return Seen(Sign.PART if told.get("tbc") else Sign.EFFECT, action)
    if action == _PROGRESS.get(asked.action):
        return _progress(asked, told)
    look = _LOOKS.get(asked.action)
    return None if look is None else look(asked, action, told)


def asked_back(asked: Asked) -> Prepared | None:
    """Return the CALL that asks whether an accepted one took effect, None where a message tells it by itself."""
    payload = asked.payload
    match asked.action:
        case "ChangeConfiguration":
            return worded(asked.version, "GetConfiguration", {"key": [payload["key"]]})
        case "SetVariables":
            rows = [
                {name: row[name] for name in ("component", "variable", "attributeType") if name in row}
                for row in payload["setVariableData"]
            ]
            return worded(asked.version, "GetVariables", {"getVariableData": rows})
        case "SendLocalList":
            return worded(asked.version, "GetLocalListVersion", {})
        case "ChangeAvailability" if (number := _number(payload)) > 0:
            place: dict[str, Any] = {"connectorId": number}
            if asked.version is not OcppVersion.V16:
                place = {"evse": {"id": number, "connectorId": 1}}
            return worded(
                asked.version, "TriggerMessage", {"requestedMessage": "StatusNotification", **place}
            )
    return None


def confirmed(asked: Asked, answer: Told) -> Seen | None:
    """Return what the answer to `asked_back` shows; None for one that only brings a message about."""
    payload = asked.payload
    match asked.action:
        case "ChangeConfiguration":
            held = {row["key"]: row.get("value", "") for row in answer.get("configurationKey", ())}
            if is_masked(payload["value"]):  # a secret, which is not kept to be compared
                return Seen(Sign.EFFECT, "cannot be read back")
            return _same(payload["value"], held.get(payload["key"]))
        case "SetVariables":
            seen = [
                _same(row["attributeValue"], _held(held))
                for row, held in zip(payload["setVariableData"], answer["getVariableResult"], strict=False)
                # a write-only variable, or a secret, which is not kept to be compared: its yes stands
                if held["attributeStatus"] != "Rejected" and not is_masked(row["attributeValue"])
            ]
            bad = [one for one in seen if one.sign is Sign.FAILURE]
            return bad[0] if bad else Seen(Sign.EFFECT, seen[0].what if seen else "cannot be read back")
        case "SendLocalList":
            name = "listVersion" if asked.version is OcppVersion.V16 else "versionNumber"
            return _same(str(payload[name]), str(answer.get(name)))
    return None


def _held(row: Told) -> str | None:
    return row.get("attributeValue", "") if row["attributeStatus"] == "Accepted" else None


def _same(wanted: str, held: str | None) -> Seen:
    if held is None:
        return Seen(Sign.FAILURE, "the station does not know it")
    is_same = wanted.replace(" ", "").casefold() == held.replace(" ", "").casefold()
    return Seen(Sign.EFFECT if is_same else Sign.FAILURE, f"it holds {held}")


def _number(payload: Told) -> int:
    """Return the outlet's number in a CALL of ours or a message of the station, 0 for the whole station."""
    evse = payload.get("evse", {})
    return int(payload.get("connectorId" if "evseId" not in payload else "evseId", evse.get("id", 0)))


def _progress(asked: Asked, told: Told) -> Seen | None:
    ours, theirs = asked.payload.get("requestId"), told.get("requestId")
    if theirs is not None and ours is not None and theirs != ours:
        return None
    status = told["status"]
    if status in _DONE:
        return Seen(Sign.EFFECT, status)
    if status in _FAILED:
        return Seen(Sign.FAILURE, status)
    return None if status == "Idle" else Seen(Sign.PART, status)


def _reset(asked: Asked, action: str, told: Told) -> Seen | None:
    number = asked.payload.get("evseId", 0)
    if number == 0:
        return Seen(Sign.EFFECT, "booted") if action == "BootNotification" else None
    is_back = action == "StatusNotification" and told.get("evseId") == number
    return Seen(Sign.EFFECT, told["connectorStatus"]) if is_back else None


def _started(asked: Asked, action: str, told: Told) -> Seen | None:
    number = _number(asked.payload)
    if action == "StartTransaction":
        is_token = told["idTag"].casefold() == asked.payload["idTag"].casefold()
        is_ours = is_token and number in (0, told["connectorId"])
        return Seen(Sign.EFFECT, f"connector {told['connectorId']}") if is_ours else None
    if action != "TransactionEvent":
        return None
    info = told["transactionInfo"]
    if "remoteStartId" in info:
        is_ours = info["remoteStartId"] == asked.payload["remoteStartId"]
    else:
        shown = told.get("idToken", {}).get("idToken", "")
        is_token = shown.casefold() == asked.payload["idToken"]["idToken"].casefold()
        is_ours = is_token and number in (0, _number(told)) and told["eventType"] != "Ended"
    return Seen(Sign.EFFECT, f"transaction {info['transactionId']}") if is_ours else None


def _stopped(asked: Asked, action: str, told: Told) -> Seen | None:
    wanted = str(asked.payload["transactionId"])
    if action == "StopTransaction" and str(told["transactionId"]) == wanted:
        return Seen(Sign.EFFECT, told.get("reason", ""))
    is_end = action == "TransactionEvent" and told["eventType"] == "Ended"
    if is_end and told["transactionInfo"]["transactionId"] == wanted:
        return Seen(Sign.EFFECT, told["transactionInfo"].get("stoppedReason", ""))
    return None


def _status(asked: Asked, action: str, told: Told) -> Seen | None:
    if action != "StatusNotification" or _number(asked.payload) not in (0, _number(told)):
        return None
    status = told.get("status", told.get("connectorStatus"))
    if asked.action == "ReserveNow":
        wanted = status == "Reserved"
    elif asked.payload.get("type", asked.payload.get("operationalStatus")) == "Operative":
        wanted = status not in ("Unavailable", "Faulted")
    else:
        wanted = status == "Unavailable"
    return Seen(Sign.EFFECT, str(status)) if wanted else None


def _triggered(asked: Asked, action: str, told: Told) -> Seen | None:
    word = asked.payload["requestedMessage"]
    wanted = _TRIGGERED_AS.get(word, word)
    names = {wanted, f"Signed{wanted}"} if wanted == "FirmwareStatusNotification" else {wanted}
    if action not in names or _number(asked.payload) not in (0, _number(told)):
        return None
    return Seen(Sign.EFFECT, action)


_LOOKS: Final[Mapping[str, Callable[[Asked, str, Told], Seen | None]]] = MappingProxyType(
    {
        "Reset": _reset,
        "RemoteStartTransaction": _started,
        "RequestStartTransaction": _started,
        "RemoteStopTransaction": _stopped,
        "RequestStopTransaction": _stopped,
        "ChangeAvailability": _status,
        "ReserveNow": _status,
        "TriggerMessage": _triggered,
        "ExtendedTriggerMessage": _triggered,
    }
)

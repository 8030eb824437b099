"""What a virtual station says in OCPP 1.6, as JSON data. The answers of the server are read here too."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import Chapter
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.virtual.telling import Needs, Reading, State, Told

Said = tuple[str, dict[str, Any]]
VERSION = OcppVersion.V16
UNKNOWN_TRANSACTION = -1  # errata 3.18: what a station says that never learned the id
_REASONS = {
    "EVDisconnected": "EVDisconnected",
    "Remote": "Remote",
    "DeAuthorized": "DeAuthorized",
    "Reboot": "Reboot",
    "ImmediateReset": "HardReset",
    "PowerLoss": "PowerLoss",
    "UnlockCommand": "UnlockCommand",
    "Local": "Local",
}


def booting(model: str, serial: str, reason: str) -> Said:
    """Return the boot; 1.6 knows no reason."""
    return "BootNotification", {
        "chargePointVendor": "Voltloom",
        "chargePointModel": model,
        "chargePointSerialNumber": serial,
        "firmwareVersion": "virtual",
    }


def status(number: int, state: State, time_s: float) -> Said:
    """Return an outlet's state; number 0 is the station."""
    return "StatusNotification", {
        "connectorId": number,
        "errorCode": "InternalError" if state is State.FAULTED else "NoError",
        "status": state.value,
        "timestamp": stamp_text(time_s),
    }


def authorizing(id_token: str) -> Said:
    """Return the question whether a token may charge."""
    return "Authorize", {"idTag": id_token}


def token_status(answer: Any) -> str:
    """Return the word an answer has for the token, "" where it has none."""
    info = answer.id_tag_info
    return "" if info is UNSET else str(info.status)


def transaction(told: Told) -> Said:
    """Return a chapter of a transaction."""
    own = told.transaction
    stamp = stamp_text(told.time_s)
    identity = int(own.identity) if own.identity else UNKNOWN_TRANSACTION
    match told.chapter:
        case Chapter.STARTED:
            payload: dict[str, Any] = {
                "connectorId": own.number,
                "idTag": own.id_token,
                "meterStart": round(told.reading.energy_wh),
                "timestamp": stamp,
            }
            if own.reservation_id is not None:
                payload["reservationId"] = own.reservation_id
            return "StartTransaction", payload
        case Chapter.ENDED:
            payload = {
                "transactionId": identity,
                "idTag": own.id_token,
                "meterStop": round(told.reading.energy_wh),
                "timestamp": stamp,
            }
            if told.reason in _REASONS:
                payload["reason"] = _REASONS[told.reason]
            return "StopTransaction", payload
    values = [{"timestamp": stamp, "sampledValue": samples(told.reading, "Sample.Periodic")}]
    return "MeterValues", {"connectorId": own.number, "transactionId": identity, "meterValue": values}


def metering(number: int, reading: Reading) -> Said:
    """Return a reading outside a transaction, as a trigger asks for."""
    values = [{"timestamp": stamp_text(reading.time_s), "sampledValue": samples(reading, "Trigger")}]
    return "MeterValues", {"connectorId": number, "meterValue": values}


def samples(reading: Reading, context: str) -> list[dict[str, Any]]:
    """Return the sampled values of a reading; 1.6 writes numbers as text."""
    found: list[dict[str, Any]] = [
        {"value": f"{reading.energy_wh:.1f}", "measurand": "Energy.Active.Import.Register", "unit": "Wh"},
        {"value": f"{reading.power_w:.1f}", "measurand": "Power.Active.Import", "unit": "W"},
    ]
    for phase in reading.phases or ("",):
        sample = {"value": f"{reading.current_a:.2f}", "measurand": "Current.Import", "unit": "A"}
        found.append({**sample, "phase": phase} if phase else sample)
    return [{**sample, "context": context} for sample in found]


def given_identity(answer: Any) -> str:
    """Return the id that the server gave a transaction."""
    return str(answer.transaction_id)


def needing(number: int, needs: Needs, time_s: float) -> Said | None:
    """Return None: 1.6 has no words for ISO 15118."""
    return None


def scheduling(number: int, periods: list[dict[str, Any]], time_s: float) -> Said | None:
    """Return None: 1.6 has no words for ISO 15118."""
    return None

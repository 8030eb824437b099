"""What a virtual station says in OCPP 2.0.1 and 2.1, as JSON data. The answers of the server are read here too."""

from __future__ import annotations

import math
from typing import Any

from msgspec import UNSET

from voltloom.protocols.ocpp.hearing import Chapter
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.virtual.telling import Needs, Reading, State, Told

Said = tuple[str, dict[str, Any]]
_EVENTS = {Chapter.STARTED: "Started", Chapter.UPDATED: "Updated", Chapter.ENDED: "Ended"}
_CONTEXTS = {Chapter.STARTED: "Transaction.Begin", Chapter.ENDED: "Transaction.End"}
_CONNECTOR_STATES = {
    State.AVAILABLE: "Available",
    State.RESERVED: "Reserved",
    State.UNAVAILABLE: "Unavailable",
    State.FAULTED: "Faulted",
}
_CHARGING_STATES = {
    State.CHARGING: "Charging",
    State.SUSPENDED_VEHICLE: "SuspendedEV",
    State.SUSPENDED_STATION: "SuspendedEVSE",
    State.AVAILABLE: "Idle",
}
MAX_SCHEDULE_TUPLES = 24


def booting(model: str, serial: str, reason: str) -> Said:
    """Return the boot and why."""
    station = {"model": model, "vendorName": "Voltloom", "serialNumber": serial, "firmwareVersion": "virtual"}
    return "BootNotification", {"chargingStation": station, "reason": reason}


def status(number: int, state: State, time_s: float) -> Said:
    """Return the state of an EVSE's only connector."""
    return "StatusNotification", {
        "timestamp": stamp_text(time_s),
        "connectorStatus": _CONNECTOR_STATES.get(state, "Occupied"),
        "evseId": number,
        "connectorId": 1 if number else 0,
    }


def authorizing(id_token: str) -> Said:
    """Return the question whether a token may charge."""
    return "Authorize", {"idToken": _token(id_token)}


def token_status(answer: Any) -> str:
    """Return the word an answer has for the token, "" where it has none."""
    info = answer.id_token_info
    return "" if info is UNSET else str(info.status)


def may_feed_back(answer: Any) -> bool:
    """Return whether an answer lets the token's vehicle feed back; 2.1 Q01: what is not said is charging only."""
    modes = getattr(answer, "allowed_energy_transfer", UNSET)
    return modes is not UNSET and any("BPT" in mode for mode in modes)


def transaction(told: Told) -> Said:
    """Return a chapter of a transaction; EVSE and token are told once."""
    own = told.transaction
    info: dict[str, Any] = {
        "transactionId": own.identity,
        "chargingState": _CHARGING_STATES.get(told.state, "EVConnected"),
    }
    if told.reason:
        info["stoppedReason"] = told.reason
    if own.remote_start_id is not None and told.chapter is Chapter.STARTED:
        info["remoteStartId"] = own.remote_start_id
    context = _CONTEXTS.get(told.chapter, "Sample.Periodic")
    payload: dict[str, Any] = {
        "eventType": _EVENTS[told.chapter],
        "timestamp": stamp_text(told.time_s),
        "triggerReason": told.trigger,
        "seqNo": told.seq_no,
        "offline": told.is_offline,
        "transactionInfo": info,
        "meterValue": [
            {"timestamp": stamp_text(told.time_s), "sampledValue": samples(told.reading, context)}
        ],
    }
    if told.chapter is Chapter.STARTED:
        payload["evse"] = {"id": own.number, "connectorId": 1}
        payload["idToken"] = _token(own.id_token)
        if own.reservation_id is not None:
            payload["reservationId"] = own.reservation_id
    return "TransactionEvent", payload


def metering(number: int, reading: Reading) -> Said:
    """Return a reading outside a transaction, as a trigger asks for."""
    values = [{"timestamp": stamp_text(reading.time_s), "sampledValue": samples(reading, "Trigger")}]
    return "MeterValues", {"evseId": number, "meterValue": values}


def samples(reading: Reading, context: str) -> list[dict[str, Any]]:
    """Return the sampled values of a reading; what flows back has measurands of its own."""
    way = "Export" if reading.current_a < 0.0 else "Import"
    found: list[dict[str, Any]] = [
        _sample(round(reading.energy_wh, 2), "Energy.Active.Import.Register", "Wh"),
        _sample(round(abs(reading.power_w), 2), f"Power.Active.{way}", "W"),
    ]
    for phase in reading.phases or ("",):
        sample = _sample(round(abs(reading.current_a), 2), f"Current.{way}", "A")
        found.append({**sample, "phase": phase} if phase else sample)
    if not math.isnan(reading.exported_wh):
        found.append(_sample(round(reading.exported_wh, 2), "Energy.Active.Export.Register", "Wh"))
    if not math.isnan(reading.soc_ratio):
        found.append({**_sample(math.floor(reading.soc_ratio * 100.0), "SoC", "Percent"), "location": "EV"})
    return [{**sample, "context": context} for sample in found]


def needing(number: int, needs: Needs, time_s: float) -> Said | None:
    """Return what an ISO 15118 vehicle wants."""
    told: dict[str, Any] = {
        "requestedEnergyTransfer": "AC_three_phase" if needs.is_three_phase else "AC_single_phase",
        "acChargingParameters": {
            "energyAmount": round(needs.energy_wh),
            "evMinCurrent": round(needs.min_a),
            "evMaxCurrent": round(needs.max_a),
            "evMaxVoltage": round(needs.voltage_v),
        },
    }
    if needs.discharge_a > 0.0:  # 2.1 Q01: a bidirectional vehicle tells everything in one place
        told = {
            "requestedEnergyTransfer": "AC_BPT",
            "v2xChargingParameters": {
                "minChargeCurrent": needs.min_a,
                "maxChargeCurrent": round(needs.max_a, 1),
                "minDischargeCurrent": 0.0,
                "maxDischargeCurrent": round(needs.discharge_a, 1),
                "evTargetEnergyRequest": round(needs.energy_wh),
            },
        }
    if not math.isnan(needs.departure_s):
        told["departureTime"] = stamp_text(needs.departure_s)
    return "NotifyEVChargingNeeds", {
        "evseId": number,
        "maxScheduleTuples": MAX_SCHEDULE_TUPLES,
        "chargingNeeds": told,
    }


def scheduling(number: int, periods: list[dict[str, Any]], time_s: float) -> Said | None:
    """Return what the vehicle made of its schedule; it takes all it is offered."""
    schedule = {"id": 1, "chargingRateUnit": "A", "chargingSchedulePeriod": periods}
    return "NotifyEVChargingSchedule", {
        "timeBase": stamp_text(time_s),
        "chargingSchedule": schedule,
        "evseId": number,
    }


def _token(id_token: str) -> dict[str, str]:
    return {"idToken": id_token, "type": "ISO14443"}


def _sample(shown: object, measurand: str, unit: str) -> dict[str, Any]:
    return {"value": shown, "measurand": measurand, "unitOfMeasure": {"unit": unit}}

"""What OCPP 2.0.1 and 2.1 have in common: a station's message for the core and the store, and the answer it gets.

`v201` and `v21` hand in their own answer types. Fields are read by the names both versions share; the answers are checked
against their schema in the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from msgspec import UNSET, Struct

from voltloom.protocols.ocpp.actions import Action
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.hearing import (
    Hearing,
    Oddity,
    Remarked,
    Shown,
    StationMemory,
    Understood,
    is_shut_out,
    not_served,
    shut_out,
)
from voltloom.protocols.ocpp.needs import needs_told, update_pulled
from voltloom.protocols.ocpp.outlets import (
    doubts_after,
    faulted,
    occupied,
    read,
    rows_read,
    sample_remarks,
    vacated,
)
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.protocols.ocpp.v2x_transactions import readings_of, running_at, stamp_of, token_kind, told
from voltloom.session.authorization import AuthorizationRejected, Authorized, RejectionCause
from voltloom.session.events import Event, HardwareFault, StationBooted

_STATUS_OF: Final = MappingProxyType(
    {
        RejectionCause.BLOCKED: "Blocked",
        RejectionCause.EXPIRED: "Expired",
        RejectionCause.CONCURRENT: "ConcurrentTx",
        RejectionCause.UNKNOWN: "Unknown",
    }
)
_TRANSFERS: Final = MappingProxyType(
    {False: ("AC_single_phase", "AC_two_phase", "AC_three_phase", "AC_BPT"), True: ("DC", "DC_BPT")}
)
# Messages that are taken and need no more than an empty answer.
ACKNOWLEDGED: Final = frozenset(
    {
        *("SecurityEventNotification", "NotifyReport", "ReservationStatusUpdate", "ClearedChargingLimit"),
        *("NotifyChargingLimit", "ReportChargingProfiles", "FirmwareStatusNotification"),
        *("PublishFirmwareStatusNotification", "LogStatusNotification", "NotifyCustomerInformation"),
        *("NotifyEvent", "NotifyMonitoringReport", "NotifyDisplayMessages", "NotifyPriorityCharging"),
        *("NotifyDERAlarm", "NotifyDERStartStop", "ReportDERControl", "ClosePeriodicEventStream"),
    }
)
# Messages that ask for what is not done here yet, in the words their answer has for no.
DECLINED: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "DataTransfer": {"status": "UnknownVendorId"},
        "SignCertificate": {"status": "Rejected"},
        "Get15118EVCertificate": {"status": "Failed", "exi_response": ""},
        "GetCertificateStatus": {"status": "Failed"},
        "OpenPeriodicEventStream": {"status": "Rejected"},
    }
)


def shown_token(message: Any) -> Shown | None:
    """Return the token that must be judged before a message can be answered, None where it shows none."""
    id_token = getattr(message, "id_token", UNSET)
    if id_token is UNSET or not hasattr(id_token, "id_token"):
        return None
    return Shown(id_token.id_token, token_kind(id_token))


def id_token_status(hearing: Hearing) -> str:
    """Return 2.x's word for a verdict."""
    match hearing.verdict:
        case Authorized():
            return "Accepted"
        case AuthorizationRejected():
            return _STATUS_OF.get(hearing.verdict.why, "Invalid")
    return "Unknown"


def understand(decoded: Decoded, memory: StationMemory, hearing: Hearing, types: Any) -> Understood:
    """Return what a station's message means and the answer. types: the version's shared data types."""
    action, message = decoded.action, decoded.message
    answer: Any = action.response
    if is_shut_out(
        action.name, hearing
    ):  # a transaction event as well: the station keeps it until it is accepted
        return Understood(memory, shut_out())
    match action.name:
        case "TransactionEvent" | "MeterValues" if message is None:
            remark = Remarked(Oddity.NOT_READ, 0, shown=action.name)
            return Understood(memory, answer(), remarks=(remark,))
        case "TransactionEvent":
            return _transaction(message, memory, hearing, answer, types)
        case "MeterValues":
            return _metered(message, memory, hearing, answer())
        case "StatusNotification":
            return _status(message, memory, hearing, answer())
        case "NotifyEVChargingNeeds":
            return needs_told(message, memory, hearing, answer)
        case name if (made := _ANSWERS.get(name)) is not None:
            return Understood(memory, made(message, hearing, answer, types))
    return Understood(memory, *_everyday(action, hearing, types))


def _everyday(action: Action, hearing: Hearing, types: Any) -> tuple[Any, tuple[Event, ...]]:
    answer: Any = action.response
    if answer is None:
        return None, ()  # a SEND
    match action.name:
        case "BootNotification":
            booted = answer(
                status=hearing.admission.status.value,
                current_time=stamp_text(hearing.now_s),
                interval=hearing.admission.interval_s,
            )
            outlets = hearing.place.outlets.values()
            return booted, tuple(StationBooted(time_s=hearing.now_s, evse=outlet.evse) for outlet in outlets)
        case "Heartbeat":
            return answer(current_time=stamp_text(hearing.now_s)), ()
        case "Authorize":
            info = types.IdTokenInfoType(status=id_token_status(hearing))
            return answer(id_token_info=info, **_transfers(answer, hearing)), ()
        case "NotifyEVChargingSchedule":
            return answer(status="Accepted"), ()
    if action.name in ACKNOWLEDGED:
        return answer(), ()
    if action.name in DECLINED:
        return answer(**DECLINED[action.name]), ()
    return not_served(action.name), ()


def _transfers(answer: Any, hearing: Hearing) -> dict[str, tuple[str, ...]]:
    """Return how a vehicle may be served where it may feed back. 2.1 Q01: what is not said is charging only."""
    is_said = "allowed_energy_transfer" in answer.__struct_fields__ and isinstance(
        hearing.verdict, Authorized
    )
    outlets = [at for at in hearing.place.outlets.values() if at.discharge_a > 0.0]
    if not is_said or not outlets:
        return {}
    kinds = {at.is_dc for at in outlets}
    return {"allowed_energy_transfer": tuple(mode for is_dc in sorted(kinds) for mode in _TRANSFERS[is_dc])}


def _chain_unknown(message: Any, hearing: Hearing, answer: Any, types: Any) -> Any:
    """Return 2.1's answer of one that could not ask a responder (M07): each in turn Failed, to be asked again any time."""
    statuses = tuple(
        types.CertificateStatusType(
            certificate_hash_data=asked.certificate_hash_data,
            source=asked.source,
            status="Failed",
            next_update=stamp_text(hearing.now_s),
        )
        for asked in message.certificate_status_requests
    )
    return answer(certificate_status=statuses)


def _transaction(
    message: Any, memory: StationMemory, hearing: Hearing, answer: Any, types: Any
) -> Understood:
    memory, events, words, remarks, readings = told(message, memory, hearing)
    info: Any = UNSET
    if message.id_token is not UNSET:
        info = types.IdTokenInfoType(status=id_token_status(hearing))
    return Understood(
        memory, answer(id_token_info=info), tuple(events), tuple(words), tuple(remarks), tuple(readings)
    )


def _metered(message: Any, memory: StationMemory, hearing: Hearing, answer: Struct) -> Understood:
    readings = readings_of(message.meter_value, hearing)
    number = message.evse_id
    remarks = sample_remarks(readings, number)
    kept = tuple([(number, reading) for reading in readings])
    rows = rows_read(number, readings, hearing)
    if number not in hearing.place.outlets:
        if number != 0 and number not in hearing.place.meters:  # 0 is the main meter
            remarks.append(Remarked(Oddity.UNKNOWN_OUTLET, number))
        return Understood(memory, answer, rows, remarks=tuple(remarks), readings=kept)
    remarks += doubts_after(memory, number, readings, hearing)
    memory, events = read(memory, number, readings, hearing)
    return Understood(memory, answer, (*rows, *events), remarks=tuple(remarks), readings=kept)


def _status(message: Any, memory: StationMemory, hearing: Hearing, answer: Struct) -> Understood:
    stamp = stamp_of(message.timestamp, hearing)
    number = message.evse_id
    remarks = [] if stamp.doubt is None else [Remarked(Oddity.CLOCK, number, shown=stamp.doubt.value)]
    if number not in hearing.place.outlets:
        remarks.append(Remarked(Oddity.UNKNOWN_OUTLET, number))
        return Understood(memory, answer, remarks=tuple(remarks))
    status = message.connector_status
    fault = HardwareFault.INTERNAL if status == "Faulted" else None  # which one, NotifyEvent may tell
    memory, events = faulted(memory, number, stamp.time_s, hearing, fault)
    is_charging = running_at(memory, number) is not None
    happened: list[Event] = []
    if status == "Occupied":
        memory, happened = occupied(memory, number, stamp.time_s, hearing)
    elif status == "Available" or (status in ("Reserved", "Unavailable") and not is_charging):
        memory, happened = vacated(memory, number, stamp.time_s, hearing)
    return Understood(memory, answer, (*events, *happened), remarks=tuple(remarks))


# Answers of 2.1 that are made of the question and tell the core nothing.
_ANSWERS: Final[Mapping[str, Callable[[Any, Hearing, Any, Any], Any]]] = MappingProxyType(
    {"PullDynamicScheduleUpdate": update_pulled, "GetCertificateChainStatus": _chain_unknown}
)

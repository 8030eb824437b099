"""OCPP 1.6: what a station's message means for the core and the store, and the answer it gets.

Connectors are this program's outlets. The central system gives transaction ids. A transaction message is answered as if
all were well, whatever is odd about it: a station that gets an error repeats it for ever, and the oddity is ours to keep.
Source: OCPP 1.6 edition 2 with errata 4.0; security whitepaper edition 3.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from types import MappingProxyType
from typing import Final, Literal

from msgspec import UNSET, Struct, UnsetType

from voltloom.protocols.ocpp.actions import TRANSACTION_ACTIONS
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.generated.v16 import core, firmware, security
from voltloom.protocols.ocpp.hearing import (
    Chapter,
    Hearing,
    Oddity,
    Remarked,
    Shown,
    StationMemory,
    Transaction,
    TransactionTold,
    Understood,
    is_shut_out,
    not_served,
    shut_out,
)
from voltloom.protocols.ocpp.metering import OutletReading, Told, Words, reading_of
from voltloom.protocols.ocpp.outlets import (
    at_rest,
    begins_at_zero,
    doubts_after,
    doubts_between,
    faulted,
    most_w,
    occupied,
    read,
    rows_read,
    sample_remarks,
    suspended,
    vacated,
)
from voltloom.protocols.ocpp.timestamps import Stamp, read_stamp, stamp_text
from voltloom.session.authorization import Authorization, AuthorizationRejected, Authorized, RejectionCause
from voltloom.session.events import Event, HardwareFault, StationBooted, TokenKind, TokenPresented

MAX_TRANSACTIONS_KEPT: Final = 64
OFFLINE_S: Final = 60.0  # 1.6 does not say that a message was queued; one told this late was

_FAULTS: Final = MappingProxyType(
    {
        "ConnectorLockFailure": HardwareFault.CONNECTOR_LOCK,
        "GroundFailure": HardwareFault.GROUND_FAULT,
        "HighTemperature": HardwareFault.OVER_TEMPERATURE,
        "OverCurrentFailure": HardwareFault.OVER_CURRENT,
        "OverVoltage": HardwareFault.OVER_VOLTAGE,
        "UnderVoltage": HardwareFault.UNDER_VOLTAGE,
        "PowerSwitchFailure": HardwareFault.CONTACTOR_WELDED,
    }
)
_WITH_VEHICLE: Final = frozenset({"Preparing", "Charging", "SuspendedEV", "SuspendedEVSE", "Finishing"})
_WITHOUT_VEHICLE: Final = frozenset({"Available", "Reserved", "Unavailable"})
_STATUS_OF: Final = MappingProxyType(
    {
        RejectionCause.BLOCKED: "Blocked",
        RejectionCause.EXPIRED: "Expired",
        RejectionCause.CONCURRENT: "ConcurrentTx",
    }
)
_IdTagStatus = Literal["Accepted", "Blocked", "Expired", "Invalid", "ConcurrentTx"]
_SIMPLE: Final = MappingProxyType(
    {
        "DataTransfer": core.DataTransferResponse(status="UnknownVendorId"),
        "DiagnosticsStatusNotification": firmware.DiagnosticsStatusNotificationResponse(),
        "FirmwareStatusNotification": firmware.FirmwareStatusNotificationResponse(),
        "LogStatusNotification": security.LogStatusNotificationResponse(),
        "SecurityEventNotification": security.SecurityEventNotificationResponse(),
        "SignedFirmwareStatusNotification": security.SignedFirmwareStatusNotificationResponse(),
        "SignCertificate": security.SignCertificateResponse(status="Rejected"),  # no authority signs here yet
    }
)


def shown_token(message: Struct | None) -> Shown | None:
    """Return the token that must be judged before a message can be answered, None where it shows none."""
    match message:
        case core.AuthorizeRequest() | core.StartTransactionRequest():
            return Shown(message.id_tag, TokenKind.RFID)
        case core.StopTransactionRequest() if message.id_tag is not UNSET:
            return Shown(message.id_tag, TokenKind.RFID)
    return None


def understand(decoded: Decoded, memory: StationMemory, hearing: Hearing) -> Understood:
    """Return what a station's message means and the answer."""
    message = decoded.message
    if decoded.action.name in TRANSACTION_ACTIONS:
        return _about_transaction(decoded, memory, hearing)
    if is_shut_out(decoded.action.name, hearing):
        return Understood(memory, shut_out())
    match message:
        case core.BootNotificationRequest():
            return _booted(memory, hearing)
        case core.HeartbeatRequest():
            return Understood(memory, core.HeartbeatResponse(current_time=stamp_text(hearing.now_s)))
        case core.AuthorizeRequest():
            info = core.AuthorizeResponseIdTagInfo(status=id_tag_status(hearing.verdict))
            return Understood(memory, core.AuthorizeResponse(id_tag_info=info))
        case core.StatusNotificationRequest():
            return _status(message, memory, hearing)
    name = decoded.action.name
    return Understood(memory, _SIMPLE[name] if name in _SIMPLE else not_served(name))


def _about_transaction(decoded: Decoded, memory: StationMemory, hearing: Hearing) -> Understood:
    match decoded.message:
        case core.StartTransactionRequest() as start:
            return _started(start, memory, hearing)
        case core.StopTransactionRequest() as stop:
            return _stopped(stop, memory, hearing)
        case core.MeterValuesRequest() as values:
            return _metered(values, memory, hearing)
    return _unread(decoded, memory, hearing)


def id_tag_status(verdict: Authorization | None) -> _IdTagStatus:
    """Return 1.6's word for a verdict; who is not known, or not yet, is Invalid."""
    match verdict:
        case Authorized():
            return "Accepted"
        case AuthorizationRejected():
            return _STATUS_OF.get(verdict.why, "Invalid")  # type: ignore[return-value]  # the table holds only its words
    return "Invalid"


def _booted(memory: StationMemory, hearing: Hearing) -> Understood:
    answer = core.BootNotificationResponse(
        status=hearing.admission.status.value,
        current_time=stamp_text(hearing.now_s),
        interval=hearing.admission.interval_s,
    )
    events = tuple(
        StationBooted(time_s=hearing.now_s, evse=outlet.evse) for outlet in hearing.place.outlets.values()
    )
    return Understood(memory, answer, events)


def _status(told: core.StatusNotificationRequest, memory: StationMemory, hearing: Hearing) -> Understood:
    answer = core.StatusNotificationResponse()
    stamp = _stamp(told.timestamp, hearing)
    remarks = _clock_remarks(stamp, told.connector_id)
    numbers = [told.connector_id]
    if told.connector_id == 0:
        # The whole station: only a fault concerns its outlets; 0 is never occupied.
        if told.status != "Faulted":
            return Understood(memory, answer, remarks=tuple(remarks))
        numbers = list(hearing.place.outlets)
    elif told.connector_id not in hearing.place.outlets:
        remarks.append(Remarked(Oddity.UNKNOWN_OUTLET, told.connector_id))
        return Understood(memory, answer, remarks=tuple(remarks))
    events: list[Event] = []
    for number in numbers:
        memory, happened = _outlet_status(told, number, stamp.time_s, memory, hearing)
        events += happened
    if told.status != "Faulted" and told.error_code != "NoError":
        remarks.append(Remarked(Oddity.WARNING, told.connector_id, shown=told.error_code))
    return Understood(memory, answer, tuple(events), remarks=tuple(remarks))


def _outlet_status(
    told: core.StatusNotificationRequest, number: int, time_s: float, memory: StationMemory, hearing: Hearing
) -> tuple[StationMemory, list[Event]]:
    if told.status == "Faulted":
        fault = _FAULTS.get(told.error_code, HardwareFault.INTERNAL)
        return faulted(memory, number, time_s, hearing, fault)
    memory, events = faulted(memory, number, time_s, hearing, None)
    if told.status in _WITH_VEHICLE:
        memory, came = occupied(memory, number, time_s, hearing)
        events += came
        if told.status != "SuspendedEVSE":  # without an offer nothing shows what the vehicle would take
            is_suspended = told.status == "SuspendedEV"
            memory, took = suspended(memory, number, time_s, hearing, is_suspended=is_suspended)
            events += took
        return memory, events
    is_charging = running_at(memory, number) is not None
    # Unavailable may be an operator's word while a vehicle still stands there; Available never is.
    if told.status == "Available" or (told.status in _WITHOUT_VEHICLE and not is_charging):
        memory, left = vacated(memory, number, time_s, hearing)
        return memory, [*events, *left]
    return memory, events


def running_at(memory: StationMemory, number: int) -> Transaction | None:
    """Return the newest transaction that runs at an outlet."""
    return next((t for t in reversed(memory.transactions) if t.outlet == number and not t.is_over), None)


def _started(start: core.StartTransactionRequest, memory: StationMemory, hearing: Hearing) -> Understood:
    number = start.connector_id
    info = core.StartTransactionResponseIdTagInfo(status=id_tag_status(hearing.verdict))
    key = f"{number}/{start.id_tag.casefold()}/{start.timestamp}/{start.meter_start}"
    same = next((t for t in memory.transactions if t.start_key == key), None)
    if same is not None:  # its answer was lost; a second transaction would bill twice
        answer = core.StartTransactionResponse(id_tag_info=info, transaction_id=int(same.transaction_id))
        remark = Remarked(Oddity.START_REPEATED, number, same.transaction_id)
        return Understood(memory, answer, remarks=(remark,))
    stamp = _stamp(start.timestamp, hearing)
    transaction_id = str(hearing.transaction_id)
    remarks = _clock_remarks(stamp, number)
    start_wh = float(start.meter_start)
    if begins_at_zero(memory, number, start_wh):
        remarks.append(Remarked(Oddity.BEGIN_AT_ZERO, number, transaction_id))
    if (lost := running_at(memory, number)) is not None:
        remarks.append(Remarked(Oddity.STOP_LOST, number, lost.transaction_id))
    transaction = Transaction(transaction_id, number, key, stamp.time_s, start_wh, start.id_tag)
    memory = _with_transaction(memory, transaction)
    events: list[Event] = []
    if number in hearing.place.outlets:
        memory, came = occupied(memory, number, stamp.time_s, hearing, start_wh)
        began = at_rest(OutletReading(stamp.time_s, energy_wh=start_wh))
        memory, metered = read(memory, number, [began], hearing)
        events = [*came, *metered]
        evse = hearing.place.outlets[number].evse
        events.append(
            TokenPresented(time_s=stamp.time_s, evse=evse, id_token=start.id_tag, kind=TokenKind.RFID)
        )
    else:
        remarks.append(Remarked(Oddity.UNKNOWN_OUTLET, number, transaction_id))
    told = _told(Chapter.STARTED, transaction, stamp, start_wh, hearing)
    answer = core.StartTransactionResponse(id_tag_info=info, transaction_id=hearing.transaction_id)
    return Understood(memory, answer, tuple(events), (told,), tuple(remarks))


def _stopped(stop: core.StopTransactionRequest, memory: StationMemory, hearing: Hearing) -> Understood:
    stamp = _stamp(stop.timestamp, hearing)
    transaction_id = str(stop.transaction_id)
    known = next((t for t in memory.transactions if t.transaction_id == transaction_id), None)
    answer = _stop_answer(stop, hearing)
    stop_wh = float(stop.meter_stop)
    reason = "Local" if stop.reason is UNSET else str(stop.reason)
    if known is None:  # also -1, after a start whose answer never came (errata 3.18): accepted as if valid
        token = "" if stop.id_tag is UNSET else stop.id_tag
        lone = Transaction(
            transaction_id, 0, f"stop/{stop.timestamp}/{stop.meter_stop}", math.nan, math.nan, token
        )
        told = _told(Chapter.ENDED, lone, stamp, stop_wh, hearing, reason)
        remark = Remarked(Oddity.TRANSACTION_UNKNOWN, 0, transaction_id)
        return Understood(memory, answer, told=(told,), remarks=(remark, *_clock_remarks(stamp, 0)))
    number = known.outlet
    if known.is_over:
        return Understood(memory, answer, remarks=(Remarked(Oddity.STOP_REPEATED, number, transaction_id),))
    ended = known._replace(is_over=True)
    transactions = tuple(ended if t is known else t for t in memory.transactions)
    memory = memory._replace(transactions=transactions)
    last = at_rest(OutletReading(stamp.time_s, energy_wh=stop_wh))
    readings = [*_readings(stop.transaction_data, hearing), last]
    events: list[Event] = []
    if number in hearing.place.outlets:
        memory, events = read(memory, number, readings, hearing)
        if reason == "EVDisconnected":
            memory, left = vacated(memory, number, stamp.time_s, hearing)
            events += left
    began = OutletReading(known.start_s, energy_wh=known.start_wh)
    doubts = doubts_between(began, last, most_w(hearing, number))
    remarks = [*_clock_remarks(stamp, number), *sample_remarks(readings, number)]
    remarks += [Remarked(doubt, number, transaction_id, f"{stop_wh:g} Wh") for doubt in doubts]
    told = _told(Chapter.ENDED, ended, stamp, stop_wh, hearing, reason)
    kept = tuple([(number, reading) for reading in readings])
    return Understood(memory, answer, tuple(events), (told,), tuple(remarks), kept)


def _stop_answer(stop: core.StopTransactionRequest, hearing: Hearing) -> core.StopTransactionResponse:
    if stop.id_tag is UNSET:
        return core.StopTransactionResponse()
    info = core.StopTransactionResponseIdTagInfo(status=id_tag_status(hearing.verdict))
    return core.StopTransactionResponse(id_tag_info=info)


def _metered(values: core.MeterValuesRequest, memory: StationMemory, hearing: Hearing) -> Understood:
    answer = core.MeterValuesResponse()
    readings = _readings(values.meter_value, hearing)
    number = values.connector_id
    remarks: list[Remarked] = []
    places = hearing.place.outlets
    is_of_whole = number == 0 and 0 not in hearing.place.meters and len(places) == 1
    if is_of_whole and all(reading.context == "Trigger" for reading in readings):
        number = next(iter(places))  # a station with one outlet that answers a trigger for the whole of it
        remarks.append(Remarked(Oddity.MAIN_METER_READ_AS_OUTLET, number))
    remarks += sample_remarks(readings, number)
    kept = tuple([(number, reading) for reading in readings])
    rows = rows_read(number, readings, hearing)
    if number not in places:
        if number != 0 and number not in hearing.place.meters:
            remarks.append(Remarked(Oddity.UNKNOWN_OUTLET, number))
        return Understood(memory, answer, rows, remarks=tuple(remarks), readings=kept)
    remarks += doubts_after(memory, number, readings, hearing)
    memory, events = read(memory, number, readings, hearing)
    return Understood(memory, answer, (*rows, *events), remarks=tuple(remarks), readings=kept)


def _unread(decoded: Decoded, memory: StationMemory, hearing: Hearing) -> Understood:
    """Answer a transaction message that nobody can read, so that the station does not repeat it for ever."""
    remark = Remarked(Oddity.NOT_READ, 0, shown=decoded.action.name)
    answer: Struct
    match decoded.action.name:
        case "StartTransaction":
            info = core.StartTransactionResponseIdTagInfo(status="Invalid")
            answer = core.StartTransactionResponse(id_tag_info=info, transaction_id=hearing.transaction_id)
        case "StopTransaction":
            answer = core.StopTransactionResponse()
        case _:
            answer = core.MeterValuesResponse()
    return Understood(memory, answer, remarks=(remark,))


def _readings(
    values: Iterable[core.MeterValuesMeterValue | core.StopTransactionTransactionData] | UnsetType,
    hearing: Hearing,
) -> list[OutletReading]:
    if values is UNSET:
        return []
    return [
        reading_of(_stamp(value.timestamp, hearing).time_s, _samples_told(value.sampled_value))
        for value in values
    ]


def _samples_told(
    samples: Sequence[
        core.MeterValuesMeterValueSampledValue | core.StopTransactionTransactionDataSampledValue
    ],
) -> Told:
    words: list[Words] = [
        (
            told.measurand or "",
            told.unit or "",
            told.phase or "",
            told.location or "",
            told.context or "",
            0,
            told.format == "SignedData",
        )
        for told in samples
    ]
    return tuple(words), [told.value for told in samples]


def _stamp(text: str | UnsetType, hearing: Hearing) -> Stamp:
    if text is UNSET:
        return Stamp(hearing.now_s, math.nan)
    return read_stamp(text, hearing.now_s, hearing.place.local_offset_s)


def _clock_remarks(stamp: Stamp, number: int) -> list[Remarked]:
    return [] if stamp.doubt is None else [Remarked(Oddity.CLOCK, number, shown=stamp.doubt.value)]


def _with_transaction(memory: StationMemory, transaction: Transaction) -> StationMemory:
    kept = (*memory.transactions, transaction)[-MAX_TRANSACTIONS_KEPT:]
    return memory._replace(transactions=kept)


def _told(
    chapter: Chapter,
    transaction: Transaction,
    stamp: Stamp,
    energy_wh: float,
    hearing: Hearing,
    reason: str = "",
) -> TransactionTold:
    return TransactionTold(
        chapter=chapter,
        key=f"{hearing.place.station_id}/{chapter.value}/{transaction.start_key}",
        transaction_id=transaction.transaction_id,
        outlet=transaction.outlet,
        id_token=transaction.id_token,
        time_s=stamp.time_s,
        told_s=stamp.told_s,
        energy_wh=energy_wh,
        is_offline=hearing.now_s - stamp.time_s > OFFLINE_S,
        reason=reason,
    )

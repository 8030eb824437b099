"""TransactionEvent of OCPP 2.0.1 and 2.1: events in any order, twice, with gaps, become one transaction.

The station gives the transaction's id; EVSE and token are told once and remembered (E01.FR.16). Events may come before
Started, numbers may be missing from the middle (E04.FR.07) or, from some stations, repeat: two events are the same only
when number, type, time and trigger all are.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import Any, Final

from msgspec import UNSET

from voltloom.protocols.ocpp import metering
from voltloom.protocols.ocpp.hearing import (
    Chapter,
    Hearing,
    Oddity,
    Remarked,
    StationMemory,
    Transaction,
    TransactionTold,
)
from voltloom.protocols.ocpp.metering import OutletReading, Words, reading_of
from voltloom.protocols.ocpp.outlets import (
    at_rest,
    begins_at_zero,
    doubts_between,
    most_w,
    occupied,
    phases_shown,
    read,
    sample_remarks,
    suspended,
    vacated,
)
from voltloom.protocols.ocpp.timestamps import Stamp, read_stamp
from voltloom.session.events import Event, TokenKind, TokenPresented

MAX_TRANSACTIONS_KEPT: Final = 64
MAX_SEEN_KEPT: Final = 32

_CHAPTERS: Final = MappingProxyType({"Started": Chapter.STARTED, "Ended": Chapter.ENDED})
_KINDS: Final = MappingProxyType(
    {"emaid": TokenKind.PLUG_AND_CHARGE, "central": TokenKind.APP, "noauthorization": TokenKind.FREE_VEND}
)
_WITH_VEHICLE: Final = frozenset({"EVConnected", "Charging", "SuspendedEV", "SuspendedEVSE"})
# What can only have happened with a vehicle there, from stations that never tell the charging state.
_VEHICLE_TRIGGERS: Final = frozenset(
    {"CablePluggedIn", "EVDetected", "ChargingRateChanged", "MeterValuePeriodic", "MeterValueClock"}
)

_AT_AN_END: Final = frozenset({"Transaction.Begin", "Transaction.End"})

Told = tuple[
    StationMemory, list[Event], list[TransactionTold], list[Remarked], list[tuple[int, OutletReading]]
]


def token_kind(id_token: Any) -> TokenKind:
    """Return what an IdTokenType of either version identifies with; a kind nobody knows is read like a card."""
    return _KINDS.get(id_token.type.casefold(), TokenKind.RFID)


def told(event: Any, memory: StationMemory, hearing: Hearing) -> Told:
    """Return what a TransactionEventRequest of either version makes of a station's memory, and what is told by it."""
    stamp = stamp_of(event.timestamp, hearing)
    chapter = _CHAPTERS.get(event.event_type, Chapter.UPDATED)
    identity = event.transaction_info.transaction_id
    key = f"{event.seq_no}/{event.event_type}/{event.timestamp}/{event.trigger_reason}"
    before = next((t for t in memory.transactions if t.transaction_id == identity), None)
    if before is not None and key in before.seen:
        number = before.outlet
        return memory, [], [], [Remarked(Oddity.EVENT_REPEATED, number, identity, str(event.seq_no))], []
    remarks = [] if stamp.doubt is None else [Remarked(Oddity.CLOCK, 0, identity, stamp.doubt.value)]
    if before is None and chapter is not Chapter.STARTED:
        remarks.append(Remarked(Oddity.TRANSACTION_UNKNOWN, 0, identity))
    after = _updated(before, event, key, stamp, chapter)
    if after.outlet not in hearing.place.outlets:
        remarks.append(Remarked(Oddity.UNKNOWN_OUTLET, after.outlet, identity))
    readings = readings_of(event.meter_value, hearing)
    if chapter is not Chapter.UPDATED:
        readings = [at_rest(r) if r.context in _AT_AN_END else r for r in readings]
    start_wh, last_wh = _registers(readings)
    if math.isnan(after.start_wh) and chapter is Chapter.STARTED:
        after = after._replace(start_wh=start_wh, start_s=stamp.time_s)
        if begins_at_zero(memory, after.outlet, start_wh):
            remarks.append(Remarked(Oddity.BEGIN_AT_ZERO, after.outlet, identity))
    if chapter is Chapter.ENDED:
        remarks += _ending_remarks(after, readings, hearing)
    memory = _kept(memory, before, after)
    remarks += sample_remarks(readings, after.outlet)
    events: list[Event] = []
    if after.outlet in hearing.place.outlets:
        memory, arrived = _arrived(event, after, stamp, memory, hearing)
        memory, metered = read(memory, after.outlet, readings, hearing)
        memory, left = (
            vacated(memory, after.outlet, stamp.time_s, hearing) if _leaves(event) else (memory, [])
        )
        shown: list[Event] = []
        if event.number_of_phases_used is not UNSET and not left:
            uses_all = event.number_of_phases_used != 1
            memory, shown = phases_shown(memory, after.outlet, stamp.time_s, uses_all_phases=uses_all)
        events = [*arrived, *metered, *shown, *left]
    word = _word(event, after, stamp, chapter, start_wh if chapter is Chapter.STARTED else last_wh, hearing)
    return memory, events, [word], remarks, [(after.outlet, reading) for reading in readings]


def running_at(memory: StationMemory, number: int) -> Transaction | None:
    """Return the newest transaction that runs at an outlet."""
    return next((t for t in reversed(memory.transactions) if t.outlet == number and not t.is_over), None)


def readings_of(values: Any, hearing: Hearing) -> list[OutletReading]:
    """Return the readings of MeterValueTypes of either version, none for UNSET."""
    if values is UNSET:
        return []
    return [
        reading_of(stamp_of(value.timestamp, hearing).time_s, _samples_told(value.sampled_value))
        for value in values
    ]


def stamp_of(text: str, hearing: Hearing) -> Stamp:
    """Return when something happened by a station's words."""
    return read_stamp(text, hearing.now_s, hearing.place.local_offset_s)


def with_number(stretches: tuple[tuple[int, int], ...], number: int) -> tuple[tuple[int, int], ...]:
    """Return the stretches of numbers seen with one more, touching ones joined, in order."""
    if stretches and number == stretches[-1][1] + 1:  # nearly always
        return (*stretches[:-1], (stretches[-1][0], number))
    joined: list[tuple[int, int]] = []
    for first, last in sorted((*stretches, (number, number))):
        if joined and first <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], last))
        else:
            joined.append((first, last))
    return tuple(joined)


def _updated(before: Transaction | None, event: Any, key: str, stamp: Stamp, chapter: Chapter) -> Transaction:
    identity = event.transaction_info.transaction_id
    known = before or Transaction(identity, 0, identity, stamp.time_s, math.nan)
    return Transaction(
        identity,
        known.outlet if event.evse is UNSET else event.evse.id,
        known.start_key,
        known.start_s,
        known.start_wh,
        known.id_token or ("" if event.id_token is UNSET else event.id_token.id_token),
        known.is_over or chapter is Chapter.ENDED,
        with_number(known.seq_nos, event.seq_no),
        (*known.seen, key)[-MAX_SEEN_KEPT:],
    )


def _arrived(
    event: Any, transaction: Transaction, stamp: Stamp, memory: StationMemory, hearing: Hearing
) -> tuple[StationMemory, list[Event]]:
    number, time_s = transaction.outlet, stamp.time_s
    events: list[Event] = []
    if event.id_token is not UNSET:
        shown = TokenPresented(
            time_s=time_s,
            evse=hearing.place.outlets[number].evse,
            id_token=event.id_token.id_token,
            kind=token_kind(event.id_token),
        )
        events.append(shown)
    state = event.transaction_info.charging_state
    is_there = state in _WITH_VEHICLE or (state is UNSET and event.trigger_reason in _VEHICLE_TRIGGERS)
    if is_there and event.event_type != "Ended":
        start_wh = transaction.start_wh if event.event_type == "Started" else math.nan
        memory, came = occupied(memory, number, time_s, hearing, start_wh)
        events = [*came, *events]
        if state in ("Charging", "SuspendedEV"):
            memory, took = suspended(memory, number, time_s, hearing, is_suspended=state == "SuspendedEV")
            events += took
    return memory, events


def _leaves(event: Any) -> bool:
    """Return whether an event tells that no vehicle is there any more."""
    info, trigger = event.transaction_info, event.trigger_reason
    if info.charging_state == "Idle" or info.stopped_reason == "EVDisconnected":
        return True
    return bool(trigger == "EVDeparted" or (trigger == "EVCommunicationLost" and event.event_type == "Ended"))


def _registers(readings: list[OutletReading]) -> tuple[float, float]:
    """Return the first and the last register told, NaN where none."""
    told = [reading.energy_wh for reading in readings if not math.isnan(reading.energy_wh)]
    return (told[0], told[-1]) if told else (math.nan, math.nan)


def _ending_remarks(
    transaction: Transaction, readings: list[OutletReading], hearing: Hearing
) -> list[Remarked]:
    number, identity = transaction.outlet, transaction.transaction_id
    remarks = []
    if len(transaction.seq_nos) > 1:  # legal: a station short of memory drops events from the middle
        remarks.append(Remarked(Oddity.EVENTS_MISSING, number, identity, str(transaction.seq_nos)))
    began = OutletReading(transaction.start_s, energy_wh=transaction.start_wh)
    last = next((r for r in reversed(readings) if not math.isnan(r.energy_wh)), None)
    if last is not None:
        remarks += [
            Remarked(doubt, number, identity, f"{last.energy_wh:g} Wh")
            for doubt in doubts_between(began, last, most_w(hearing, number))
        ]
    return remarks


def _kept(memory: StationMemory, before: Transaction | None, after: Transaction) -> StationMemory:
    if before is None:
        kept = (*memory.transactions, after)[-MAX_TRANSACTIONS_KEPT:]
    else:
        kept = tuple([after if t is before else t for t in memory.transactions])
    return StationMemory(memory.outlets, kept)


def _word(
    event: Any,
    transaction: Transaction,
    stamp: Stamp,
    chapter: Chapter,
    energy_wh: float,
    hearing: Hearing,
) -> TransactionTold:
    reason = event.transaction_info.stopped_reason
    identity = transaction.transaction_id
    return TransactionTold(
        chapter=chapter,
        key=f"{hearing.place.station_id}/{identity}/{transaction.seen[-1]}",
        transaction_id=identity,
        outlet=transaction.outlet,
        id_token=transaction.id_token,
        time_s=stamp.time_s,
        told_s=stamp.told_s,
        energy_wh=energy_wh,
        is_offline=event.offline is True,
        reason="" if reason is UNSET else reason,
    )


def _samples_told(samples: Any) -> metering.Told:
    words: list[Words] = []
    for told in samples:
        unit = told.unit_of_measure or None
        words.append(
            (
                told.measurand or "",
                "" if unit is None else unit.unit or "",
                told.phase or "",
                told.location or "",
                told.context or "",
                0 if unit is None else unit.multiplier or 0,
                False,
            )
        )
    return tuple(words), [told.value for told in samples]

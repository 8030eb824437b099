"""What the shell writes to the journal beside the store's own kinds: a station's CALL, and one cycle of the core.

Translators are pure, so a CALL with what it was heard with makes the same memory and the same events again.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from voltloom.decision.record import Decision
from voltloom.protocols.ocpp.hearing import Chapter, StationPlace, TransactionTold, Understood
from voltloom.protocols.ocpp.prepared import acknowledged
from voltloom.session.authorization import Authorized
from voltloom.session.events import (
    BatteryReadings,
    Event,
    EvseReadings,
    LimitsRefused,
    LimitsTaken,
    RowReadings,
)
from voltloom.session.record import EndReason
from voltloom.store.entry import Entry
from voltloom.store.payloads import (
    EnergySampled,
    Sample,
    TransactionStarted,
    TransactionStopped,
    entry_of,
)

CALL_KIND = "ocpp_call"
CYCLE_KIND = "core_cycle"
CYCLE_VERSION = 2  # version 1 told too little to be run again
TOLD_KIND = "core_told"  # events that no station told, frozen: what an operator orders


class HeardCall(msgspec.Struct, frozen=True, kw_only=True):
    """A station's message as it came, and what it was heard with. verdict: of its token, None where it shows none."""

    station_id: str
    version: str
    message_id: str
    action: str
    payload: str
    now_s: float
    transaction_id: int
    is_authorized: bool | None = None
    tier: int = 0
    weight: float = 1.0
    why: str = ""


class HeldLimit(NamedTuple):
    """A limit that its station acknowledged. until_s: how long it surely holds it, None for the whole lease."""

    time_s: float
    evse: int
    serial: int
    until_s: float | None = None


class OutletWord(msgspec.Struct, frozen=True, kw_only=True, tag="takes"):
    """Whether an outlet takes limits, as its station's answers show."""

    time_s: float
    evse: int
    takes_limits: bool


class VacantOutlet(msgspec.Struct, frozen=True, kw_only=True, tag="vacant"):
    """An outlet told to be without a vehicle, so that nothing flows. register_wh: None where unknown."""

    time_s: float
    evse: int
    register_wh: float | None = None


class MeterRead(msgspec.Struct, frozen=True, kw_only=True, tag="meter"):
    """What a meter that is no station's showed. rows: of the network."""

    time_s: float
    rows: tuple[int, ...]
    current_a: tuple[float, ...]


class BatteryRead(msgspec.Struct, frozen=True, kw_only=True, tag="battery"):
    """What a stationary battery's inverter showed. serial: of the newest power that it took."""

    time_s: float
    battery: int
    power_w: float
    soc_ratio: float
    serial: int


Observed = HeldLimit | OutletWord | VacantOutlet | MeterRead | BatteryRead
Source = str | Observed


class HeldNow(NamedTuple):
    """What one EVSE holds after a cycle, and why: the numbers of a `Cause` and of a row of the network."""

    evse: int
    limit_a: float
    cause: int
    binding_row: int


class CoreCycle(msgspec.Struct, frozen=True, kw_only=True):
    """One cycle. observed: what the core was told since the last one, in order: keys of rows, or what no row
    tells (`events_of`).

    digest: of the decision, "" where the cycle failed and every outlet fell. changed: what holds now where that is
    not as after the cycle before in this run. number: from 1 without gaps in a run. is_after_gap: cycles before it were
    not kept, and its memory follows. is_doubted: the architecture took too long, and was not asked again.
    """

    number: int
    now_s: float
    observed: tuple[Source, ...]
    digest: str
    changed: tuple[HeldNow, ...] = ()
    is_fallen: bool = False
    is_after_gap: bool = False
    is_doubted: bool = False


def changed_since(before: Decision | None, decision: Decision) -> tuple[HeldNow, ...]:
    """Return what holds after a decision where it is not as after the one before."""
    is_other = np.ones(decision.after_a.size, dtype=np.bool_)
    if before is not None:
        is_other = (decision.after_a != before.after_a) | (decision.cause != before.cause)
        is_other |= decision.binding_row != before.binding_row
    columns = (decision.after_a, decision.cause, decision.binding_row)
    evses = is_other.nonzero()[0]
    return tuple(map(HeldNow, evses.tolist(), *(column[evses].tolist() for column in columns)))


def events_of(source: Observed) -> tuple[Event, ...]:
    """Return what the core was told that no CALL tells."""
    match source:
        case HeldLimit(time_s, evse, serial, until_s):
            return (acknowledged(evse, serial, time_s, math.inf if until_s is None else until_s),)
        case OutletWord(time_s=time_s, evse=evse, takes_limits=takes_limits):
            kind = LimitsTaken if takes_limits else LimitsRefused
            return (kind(time_s=time_s, evse=evse),)
        case MeterRead(time_s=time_s, rows=rows, current_a=current_a):
            return (
                RowReadings(
                    time_s=time_s,
                    rows=np.array(rows, dtype=np.int64),
                    sampled_s=np.full(len(rows), time_s),
                    current_a=np.array(current_a),
                ),
            )
        case BatteryRead(time_s=time_s, battery=battery, power_w=power_w, soc_ratio=soc_ratio, serial=serial):
            return (
                BatteryReadings(
                    time_s=time_s,
                    batteries=np.array([battery], dtype=np.int64),
                    sampled_s=np.array([time_s]),
                    power_w=np.array([power_w]),
                    soc_ratio=np.array([soc_ratio]),
                    serial=np.array([serial], dtype=np.int64),
                ),
            )
        case VacantOutlet(time_s=time_s, evse=evse, register_wh=register_wh):
            return (
                EvseReadings(
                    time_s=time_s,
                    evses=np.array([evse], dtype=np.int64),
                    sampled_s=np.array([time_s]),
                    current_a=np.zeros(1),
                    energy_wh=np.array([math.nan if register_wh is None else register_wh]),
                ),
            )


def digest_of(decision: Decision) -> str:
    """Return the fingerprint of a decision."""
    parts = [decision.after_a, decision.sent, decision.cause, decision.binding_row, decision.row_rating_a]
    if decision.storage is not None:
        parts += [decision.storage.after_w, decision.storage.sent, decision.storage.cause]
    text = f"{decision.architecture} {decision.mode.value}".encode()
    return hashlib.blake2b(b"".join((text, *(part.tobytes() for part in parts))), digest_size=16).hexdigest()


def entries_of(
    understood: Understood, place: StationPlace, evse_ids: tuple[str, ...], at_ms: int
) -> list[Entry]:
    """Return what the read models learn from a message; an event whose readings are kept says no more than they."""
    by_transaction: dict[str, list[Sample]] = {}
    for number, reading in understood.readings:
        if math.isnan(reading.energy_wh) or not (transaction_id := _transaction_at(understood, number)):
            continue
        power_w = None if math.isnan(reading.power_w) else round(reading.power_w)
        exported = None if math.isnan(reading.exported_wh) else round(reading.exported_wh * 10.0)
        sample = Sample(_ms(reading.time_s), round(reading.energy_wh * 10.0), power_w, exported)
        by_transaction.setdefault(transaction_id, []).append(sample)
    found = [
        _told(told, place, evse_ids, at_ms)
        for told in understood.told
        if told.chapter is not Chapter.UPDATED
        or not _is_said(told, by_transaction.get(told.transaction_id, ()))
    ]
    for transaction_id, samples in by_transaction.items():
        payload = EnergySampled(
            station_id=place.station_id, transaction_id=transaction_id, samples=tuple(samples)
        )
        mark = hashlib.blake2b(msgspec.json.encode(payload), digest_size=8).hexdigest()
        key = f"{place.station_id}/sampled/{transaction_id}/{mark}"
        found.append(entry_of(payload, key=key, at_ms=at_ms))
    return found


def _is_said(told: TransactionTold, samples: Sequence[Sample]) -> bool:
    """Return whether samples say all that an event says of its register."""
    if math.isnan(told.energy_wh):
        return bool(samples)
    moment = _ms(told.time_s), round(told.energy_wh * 10.0)
    return any((sample.sampled_ms, sample.register_tenth_wh) == moment for sample in samples)


def _transaction_at(understood: Understood, number: int) -> str:
    """Return the transaction that a reading at an outlet belongs to, "" for none."""
    for told in reversed(understood.told):
        if told.outlet == number:
            return told.transaction_id
    for transaction in reversed(understood.memory.transactions):
        if transaction.outlet == number and not transaction.is_over:
            return transaction.transaction_id
    return ""


def _told(told: TransactionTold, place: StationPlace, evse_ids: tuple[str, ...], at_ms: int) -> Entry:
    outlet = place.outlets.get(told.outlet)
    evse_id = "" if outlet is None else evse_ids[outlet.evse]
    register = None if math.isnan(told.energy_wh) else round(told.energy_wh * 10.0)
    if told.chapter is Chapter.ENDED:
        stopped = TransactionStopped(
            station_id=place.station_id,
            transaction_id=told.transaction_id,
            stopped_ms=_ms(told.time_s),
            why=_why(told.reason),
            register_tenth_wh=register,
            evse_id=evse_id,
            id_token=told.id_token,
        )
        return entry_of(stopped, key=told.key, at_ms=at_ms)
    if told.chapter is Chapter.UPDATED:
        samples = () if register is None else (Sample(_ms(told.time_s), register),)
        sampled = EnergySampled(
            station_id=place.station_id, transaction_id=told.transaction_id, samples=samples
        )
        return entry_of(sampled, key=told.key, at_ms=at_ms)
    most_w = 0.0 if outlet is None else outlet.max_a * outlet.voltage_v * outlet.phases_count
    started = TransactionStarted(
        station_id=place.station_id,
        evse_id=evse_id,
        transaction_id=told.transaction_id,
        id_token=told.id_token,
        started_ms=_ms(told.time_s),
        max_power_w=round(most_w),
        register_tenth_wh=register,
        is_offline=told.is_offline,
    )
    return entry_of(started, key=told.key, at_ms=at_ms)


def verdict_fields(verdict: object) -> dict[str, object]:
    """Return a verdict as the fields of a `HeardCall`."""
    if isinstance(verdict, Authorized):
        return {"is_authorized": True, "tier": verdict.tier, "weight": verdict.weight}
    why = getattr(verdict, "why", None)
    return {} if why is None else {"is_authorized": False, "why": why.value}


def _ms(time_s: float) -> int:
    return round(time_s * 1000.0)


def _why(reason: str) -> EndReason:
    if reason in ("EmergencyStop", "PowerLoss", "GroundFault", "OvercurrentFault"):
        return EndReason.FAULT
    if reason in ("Remote", "DeAuthorized", "MasterPass"):
        return EndReason.STOPPED_BY_SITE
    return EndReason.DRIVER_LEFT

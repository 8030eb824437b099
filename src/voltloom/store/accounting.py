"""What a station told of one transaction → its closed record, and every reason to doubt it. Pure; integers inside.

The record depends on what was told, not on the order in which it came. Where a register is missing at an end the nearest
sample inside the transaction stands for it: that can only bill less.
"""

from __future__ import annotations

import math
from enum import Enum
from itertools import pairwise
from typing import Final, NamedTuple

from voltloom.session.record import (
    Doubt,
    EnergySlice,
    SessionRecord,
    doubts_of,
    plausible_tenth_wh,
    within_ends,
)
from voltloom.store.payloads import Sample, SessionReviewed, TransactionStarted, TransactionStopped

EARLIEST_MS: Final = 1_262_304_000_000  # 2010-01-01: before OCPP 1.5; a clock that says less was never set
DAY_MS: Final = 86_400_000
LONGEST_MS: Final = 92 * DAY_MS  # nobody charges for a season; the clock was set meanwhile
MS_PER_S: Final = 1000.0
WMS_PER_TENTH_WH: Final = 360_000  # W × ms in a tenth of a Wh
CLOCK_SLACK_S: Final = 60.0  # a reading may carry the minute, or the moment it was sent, instead of its own
ROUNDING_TENTH_WH: Final = 1_000  # a register may be told rounded, or from a little earlier
UNIT_ERROR_FACTOR: Final = 10  # kWh told as Wh are 1000 too few; a power reading is not that wrong
UNIT_ERROR_TENTH_WH: Final = 5_000


class TransactionStatus(Enum):
    """How far a transaction is told."""

    OPEN = "open"
    CLOSED = "closed"
    START_UNKNOWN = "start_unknown"  # samples or a stop came, the start not (yet)
    SAME_AS = "same_as"  # told again under another id; everything counts for the first


class Told(NamedTuple):
    """Everything a station told of one transaction. *_at_ms: when it came in. has_conflict: two stops differ."""

    station_id: str
    transaction_id: str
    start: TransactionStarted | None
    start_at_ms: int
    samples: tuple[Sample, ...]
    stop: TransactionStopped | None
    stop_at_ms: int
    has_conflict: bool


class Before(NamedTuple):
    """The registers of the transaction before at the same EVSE; None where unknown."""

    start_tenth_wh: int | None
    stop_tenth_wh: int | None


NOTHING_BEFORE: Final = Before(None, None)


class Account(NamedTuple):
    """What a closed transaction comes to. slices: what may go into roll-ups."""

    record: SessionRecord
    slices: tuple[EnergySlice, ...]
    doubts: tuple[Doubt, ...]


def account_of(told: Told, before: Before = NOTHING_BEFORE) -> Account:
    """Return what a closed transaction comes to by all that was told of it."""
    assert told.stop is not None, told.transaction_id
    if told.start is None:
        return Account(_without_start(told, told.stop), (), (Doubt.START_UNKNOWN,))
    points = _points(told, told.start, told.stop)
    slices = tuple(
        EnergySlice(
            a.sampled_ms / MS_PER_S, b.sampled_ms / MS_PER_S, b.register_tenth_wh - a.register_tenth_wh
        )
        for a, b in pairwise(points)
    )
    closed = _record(told, told.start, told.stop, slices, points)
    found = (*doubts_of(closed, told.start.max_power_w), *_more_doubts(told, told.start, points, before))
    doubts = tuple(dict.fromkeys(found))
    return Account(closed._replace(doubts=doubts), slices if not doubts else (), doubts)


def reviewed(record: SessionRecord, review: SessionReviewed | None) -> SessionRecord:
    """Return the record that is to be billed: a doubted one with the energy that an operator set, drawn evenly.

    When power flowed in it is not known, so its time is not billed: the word was about energy, and 0 waives all.
    """
    if review is None or not record.is_quarantined:
        return record
    whole = EnergySlice(record.start_s, record.stop_s, review.energy_tenth_wh)
    return record._replace(
        energy_tenth_wh=review.energy_tenth_wh,
        slices=(whole,),
        doubts=(),
        first_power_s=math.nan,
        last_power_s=math.nan,
    )


def registers_of(start: TransactionStarted | None, stop: TransactionStopped | None) -> Before:
    """Return where a transaction's register began and ended, for the one after it."""
    if start is None or stop is None:
        return NOTHING_BEFORE
    return Before(start.register_tenth_wh, stop.register_tenth_wh)


def _points(told: Told, start: TransactionStarted, stop: TransactionStopped) -> tuple[Sample, ...]:
    """Return the register over time: start, samples strictly inside, stop; an end that was not told is left out."""
    ends_ms = min(stop.stopped_ms, start.started_ms + LONGEST_MS)
    points = [s for s in told.samples if start.started_ms < s.sampled_ms < ends_ms]
    points.sort(key=lambda sample: sample.sampled_ms)
    at_start = {sample.sampled_ms: sample for sample in told.samples}.get(start.started_ms)
    if start.register_tenth_wh is not None:
        power_w = None if at_start is None else at_start.power_w
        points.insert(0, Sample(start.started_ms, start.register_tenth_wh, power_w))
    elif at_start is not None:
        points.insert(0, at_start)
    if stop.register_tenth_wh is not None:
        points.append(Sample(stop.stopped_ms, stop.register_tenth_wh))
    else:
        points += [sample for sample in told.samples if sample.sampled_ms == stop.stopped_ms]
    if not points:
        return ()
    registers = within_ends([point.register_tenth_wh for point in points])
    return tuple(map(_with_register, points, registers))


def _with_register(sample: Sample, register_tenth_wh: int) -> Sample:
    return Sample(sample.sampled_ms, register_tenth_wh, sample.power_w)


def _record(
    told: Told,
    start: TransactionStarted,
    stop: TransactionStopped,
    slices: tuple[EnergySlice, ...],
    points: tuple[Sample, ...],
) -> SessionRecord:
    has_two = len(points) > 1
    first = points[0].register_tenth_wh if has_two else None
    last = points[-1].register_tenth_wh if has_two else None
    start_s = start.started_ms / MS_PER_S
    stop_s = stop.stopped_ms / MS_PER_S
    exported = _exported(told, start, stop)
    flowing = [(piece.start_s, piece.end_s) for piece in slices if piece.energy_tenth_wh > 0]
    flowing += [
        (a.sampled_ms / MS_PER_S, b.sampled_ms / MS_PER_S)
        for a, b in pairwise(exported)
        if _fed_back(a, b) > 0
    ]
    first_power_s = min((begin_s for begin_s, _ in flowing), default=math.nan)
    last_power_s = max((end_s for _, end_s in flowing), default=math.nan)
    return SessionRecord(
        session_id=f"{told.station_id}/{told.transaction_id}",
        evse_id=start.evse_id,
        serial=0,
        id_token=start.id_token,
        start_s=start_s,
        stop_s=stop_s,
        first_power_s=first_power_s,
        last_power_s=last_power_s,
        idle_s=max(0.0, stop_s - (last_power_s if flowing else start_s)),
        meter_start_tenth_wh=first,
        meter_stop_tenth_wh=last,
        energy_tenth_wh=max(0, last - first) if first is not None and last is not None else 0,
        slices=slices or (EnergySlice(start_s, stop_s, 0),),
        why=stop.why,
        exported_tenth_wh=_plausibly_exported(exported, start.max_power_w),
    )


def _exported(told: Told, start: TransactionStarted, stop: TransactionStopped) -> tuple[Sample, ...]:
    """Return the readings of a transaction that tell its register of exported energy, ends included."""
    ends_ms = min(stop.stopped_ms, start.started_ms + LONGEST_MS)
    inside = [
        one
        for one in told.samples
        if one.exported_tenth_wh is not None and start.started_ms <= one.sampled_ms <= ends_ms
    ]
    return tuple(sorted(inside, key=lambda sample: sample.sampled_ms))


def _plausibly_exported(exported: tuple[Sample, ...], max_power_w: int) -> int:
    """Return what was fed back; 0 by a register that fell, or rose by more than the outlet carries: it tells nothing."""
    steps = list(pairwise(exported))
    for a, b in steps:
        most = plausible_tenth_wh(max_power_w, (b.sampled_ms - a.sampled_ms) / MS_PER_S + CLOCK_SLACK_S)
        if not 0 <= _fed_back(a, b) <= most:
            return 0
    return sum(_fed_back(a, b) for a, b in steps)


def _fed_back(before: Sample, after: Sample) -> int:
    return (after.exported_tenth_wh or 0) - (before.exported_tenth_wh or 0)


def _without_start(told: Told, stop: TransactionStopped) -> SessionRecord:
    """Return the record of a stop that nobody saw begin: kept, never billed."""
    stop_s = stop.stopped_ms / MS_PER_S
    return SessionRecord(
        session_id=f"{told.station_id}/{told.transaction_id}",
        evse_id=stop.evse_id,
        serial=0,
        id_token=stop.id_token,
        start_s=stop_s,
        stop_s=stop_s,
        first_power_s=math.nan,
        last_power_s=math.nan,
        idle_s=0.0,
        meter_start_tenth_wh=None,
        meter_stop_tenth_wh=stop.register_tenth_wh,
        energy_tenth_wh=0,
        slices=(),
        why=stop.why,
        doubts=(Doubt.START_UNKNOWN,),
    )


def _more_doubts(
    told: Told, start: TransactionStarted, points: tuple[Sample, ...], before: Before
) -> list[Doubt]:
    """Return the doubts that need more than the record: each step of the register, clocks, the transaction before."""
    doubts = []
    steps = list(pairwise(points))
    jumps = [
        b.register_tenth_wh - a.register_tenth_wh
        > plausible_tenth_wh(start.max_power_w, (b.sampled_ms - a.sampled_ms) / MS_PER_S + CLOCK_SLACK_S)
        for a, b in steps
    ]
    if any(jumps):
        doubts.append(Doubt.REGISTER_JUMPED)
    measured_wms = sum((a.power_w or 0) * (b.sampled_ms - a.sampled_ms) for a, b in steps)
    counted = points[-1].register_tenth_wh - points[0].register_tenth_wh if steps else 0
    if measured_wms // WMS_PER_TENTH_WH > max(0, counted) * UNIT_ERROR_FACTOR + UNIT_ERROR_TENTH_WH:
        doubts.append(Doubt.POWER_DISAGREES)
    if _is_placeholder(points, before):
        doubts.append(Doubt.START_PLACEHOLDER)
    if told.has_conflict:
        doubts.append(Doubt.STOPS_DISAGREE)
    if _has_wrong_clock(told, start):
        doubts.append(Doubt.TIMES_UNSURE)
    return doubts


def _is_placeholder(points: tuple[Sample, ...], before: Before) -> bool:
    """Return whether a register starts under where it stood, and ends over it, though it counts a lifetime."""
    if before.stop_tenth_wh is None or not before.start_tenth_wh or len(points) < 2:
        return False  # a register that began at 0 before counts each transaction by itself
    first, last = points[0].register_tenth_wh, points[-1].register_tenth_wh
    return first + ROUNDING_TENTH_WH < before.stop_tenth_wh <= last


def _has_wrong_clock(told: Told, start: TransactionStarted) -> bool:
    if start.started_ms < EARLIEST_MS or start.started_ms > told.start_at_ms + DAY_MS:
        return True
    if told.stop is None:
        return False
    duration_ms = told.stop.stopped_ms - start.started_ms
    return not 0 <= duration_ms <= LONGEST_MS or told.stop.stopped_ms > told.stop_at_ms + DAY_MS

"""What is kept of a session that is over. Energy in whole tenths of a Wh, money in minor units; it adds up exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import Enum
from fractions import Fraction
from operator import sub
from typing import Final, NamedTuple

from voltloom.session.alarms import Alarm, AlarmKind, raised
from voltloom.session.answers import StopCause
from voltloom.session.facts import Ended, SessionFacts
from voltloom.session.state import SessionState
from voltloom.units import wh_from_w

TENTH_WH_PER_KWH: Final = 10_000
NANO: Final = 1_000_000_000
PLAUSIBLE_EXCESS_RATIO: Final = 1.1  # meters and nominal voltage are not exact
PLAUSIBLE_SLACK_WH: Final = 100.0  # a register sampled a little before or after
WHOLE_WH_TENTHS: Final = 10
LARGEST_REGISTER_WH: Final = 1e12  # no outlet delivers a terawatt-hour; a reading beyond it is none


class EndReason(Enum):
    """Why a session ended, as its state told last."""

    NEED_MET = "need_met"
    VEHICLE_FULL = "vehicle_full"  # it had stopped taking power by itself
    DRIVER_LEFT = "driver_left"  # before the need was met
    NEVER_AUTHORIZED = "never_authorized"
    STOPPED_BY_SITE = "stopped_by_site"
    FAULT = "fault"
    UNPLUG_MISSED = "unplug_missed"  # a new plug-in was the only sign of its end


class Doubt(Enum):
    """Why a session's energy cannot be billed as it stands."""

    REGISTER_UNKNOWN = "register_unknown"
    REGISTER_FELL = "register_fell"
    REGISTER_JUMPED = "register_jumped"  # more than the outlet can deliver in that time, as from a start at 0
    SLICES_DISAGREE = "slices_disagree"
    POWER_DISAGREES = (
        "power_disagrees"  # far more power was measured than the register counted, as kWh told as Wh
    )
    START_PLACEHOLDER = (
        "start_placeholder"  # it began below where the outlet's register stood before, as with 0
    )
    START_UNKNOWN = "start_unknown"  # it was stopped, but nobody told that it began, or for whom
    STOPS_DISAGREE = "stops_disagree"  # it was stopped twice, with different registers or times
    TIMES_UNSURE = "times_unsure"  # the station's clock was wrong, so no price can be looked up


class EnergySlice(NamedTuple):
    """The energy between two moments, in tenths of a Wh."""

    start_s: float
    end_s: float
    energy_tenth_wh: int


class SessionRecord(NamedTuple):
    """A closed session.

    energy_tenth_wh: what the registers differ by, and the sum of the slices; 0 where a register is unknown or fell.
    first_power_s, last_power_s: NaN when no current flowed; the second is the first reading that showed none any more, or the end of the session. idle_s: plugged in after it. doubts: not
    empty means quarantined, nothing is billed. cost_minor: None until priced. exported_tenth_wh: what the vehicle fed back by
    the register of exported energy; it is no part of the energy that is billed.
    """

    session_id: str
    evse_id: str
    serial: int
    id_token: str
    start_s: float
    stop_s: float
    first_power_s: float
    last_power_s: float
    idle_s: float
    meter_start_tenth_wh: int | None
    meter_stop_tenth_wh: int | None
    energy_tenth_wh: int
    slices: tuple[EnergySlice, ...]
    why: EndReason
    doubts: tuple[Doubt, ...] = ()
    cost_minor: int | None = None
    exported_tenth_wh: int = 0

    @property
    def is_quarantined(self) -> bool:
        """Return whether somebody must look at it before it is billed."""
        return bool(self.doubts)


def tenth_wh(energy_wh: float) -> int:
    """Return whole tenths of a Wh."""
    return round(energy_wh * 10.0)


def plausible_tenth_wh(max_power_w: float, duration_s: float) -> int:
    """Return the most a register can rise in a time without being doubted."""
    return tenth_wh(wh_from_w(max_power_w, duration_s) * PLAUSIBLE_EXCESS_RATIO + PLAUSIBLE_SLACK_WH)


def is_register(register_wh: float) -> bool:
    """Return whether a reading can be a register's at all; False also where it is no number."""
    return abs(register_wh) <= LARGEST_REGISTER_WH


def within_ends(registers_tenth_wh: Sequence[int]) -> list[int]:
    """Return a register's readings, the inner ones between the ends where a Wh's rounding alone puts them outside.

    OCPP 1.6 tells a transaction's first and last register in whole Wh and the readings between them in tenths.
    """
    first, last = registers_tenth_wh[0], registers_tenth_wh[-1]
    found = list(registers_tenth_wh)
    for place, register in enumerate(found[1:-1] if last >= first else (), start=1):
        if first - WHOLE_WH_TENTHS <= register < first:
            found[place] = first
        elif last < register <= last + WHOLE_WH_TENTHS:
            found[place] = last
    return found


def slices_between(time_s: Sequence[float], register_wh: Sequence[float]) -> tuple[EnergySlice, ...]:
    """Return the energy between each two readings of one register, both (k,).

    Registers are rounded, not their differences, so that the slices sum exactly to last minus first. What `within_ends`
    moves is moved.
    """
    whole = within_ends(list(map(tenth_wh, register_wh)))
    return tuple(map(EnergySlice, time_s[:-1], time_s[1:], map(sub, whole[1:], whole)))


def close(ended: Ended, evse_id: str, slices: tuple[EnergySlice, ...], max_power_w: float) -> SessionRecord:
    """Return the record of a session that is over.

    slices: its energy in stretches, for prices that change; empty stands for one slice over the whole session.
    max_power_w: the most its outlet delivers; energy beyond it is doubted, not billed.
    """
    facts = ended.facts
    start = _whole(facts.register_start_wh)
    stop = _whole(facts.register_wh)
    energy = max(0, stop - start) if start is not None and stop is not None else 0
    if not slices:
        slices = (EnergySlice(start_s=facts.arrival_s, end_s=ended.ended_s, energy_tenth_wh=energy),)
    last_power_s = ended.ended_s if facts.flows else facts.last_power_s
    idle_since_s = facts.arrival_s if math.isnan(last_power_s) else last_power_s
    record = SessionRecord(
        session_id=facts.session_id,
        evse_id=evse_id,
        serial=facts.serial,
        id_token=facts.id_token,
        start_s=facts.arrival_s,
        stop_s=ended.ended_s,
        first_power_s=facts.first_power_s,
        last_power_s=last_power_s,
        idle_s=max(0.0, ended.ended_s - idle_since_s),
        meter_start_tenth_wh=start,
        meter_stop_tenth_wh=stop,
        energy_tenth_wh=energy,
        slices=slices,
        why=_why(ended),
    )
    doubts = doubts_of(record, max_power_w)
    return record._replace(doubts=doubts) if doubts else record


def priced(
    record: SessionRecord, prices_nano_per_kwh: tuple[int, ...], minor_per_unit: int = 100
) -> SessionRecord:
    """Return the record with its cost; one price for each slice, in 1e-9 of the currency per kWh.

    Every product is exact; only the sum is rounded to minor units, half to even. A quarantined session costs 0.
    """
    nano = sum(
        Fraction(piece.energy_tenth_wh * price, TENTH_WH_PER_KWH)
        for piece, price in zip(record.slices, prices_nano_per_kwh, strict=True)
    )
    return record._replace(cost_minor=0 if record.is_quarantined else round(nano * minor_per_unit / NANO))


def quarantine_alarms(record: SessionRecord) -> tuple[Alarm, ...]:
    """Return the alarm of a record that is kept aside; none for a sound one."""
    if not record.is_quarantined:
        return ()
    detail = f"{record.session_id}: {', '.join(doubt.value for doubt in record.doubts)}"
    return (raised(AlarmKind.ENERGY_QUARANTINED, time_s=record.stop_s, source=record.evse_id, detail=detail),)


def _whole(register_wh: float) -> int | None:
    return tenth_wh(register_wh) if is_register(register_wh) else None


def _why(ended: Ended) -> EndReason:
    facts = ended.facts
    if not ended.is_reported:
        return EndReason.UNPLUG_MISSED
    if facts.state is SessionState.FAULT or facts.stopped_by is StopCause.FAULT:
        return EndReason.FAULT
    if facts.stopped_by is not None:
        return EndReason.STOPPED_BY_SITE
    return _undisturbed(facts)


def _undisturbed(facts: SessionFacts) -> EndReason:
    if not facts.is_authorized:
        return EndReason.NEVER_AUTHORIZED
    if facts.state is SessionState.FINISHING:
        return EndReason.NEED_MET
    has_charged = not math.isnan(facts.first_power_s)
    is_full = facts.state is SessionState.SUSPENDED_BY_VEHICLE and has_charged
    return EndReason.VEHICLE_FULL if is_full else EndReason.DRIVER_LEFT


def doubts_of(record: SessionRecord, max_power_w: float) -> tuple[Doubt, ...]:
    """Return why the energy of a record cannot be billed as it stands, by its registers and slices."""
    if record.meter_start_tenth_wh is None or record.meter_stop_tenth_wh is None:
        return (Doubt.REGISTER_UNKNOWN,)
    if record.meter_stop_tenth_wh < record.meter_start_tenth_wh:
        return (Doubt.REGISTER_FELL,)
    doubts = []
    length_s = record.stop_s - record.start_s
    is_timed = math.isfinite(length_s)  # without a length nothing shows that the outlet could deliver it
    if not is_timed or record.energy_tenth_wh > plausible_tenth_wh(max_power_w, length_s):
        doubts.append(Doubt.REGISTER_JUMPED)
    if sum(piece.energy_tenth_wh for piece in record.slices) != record.energy_tenth_wh or any(
        piece.energy_tenth_wh < 0 for piece in record.slices
    ):
        doubts.append(Doubt.SLICES_DISAGREE)
    return tuple(doubts)

"""What every version tells alike about an outlet: a vehicle came or left, a fault, a reading, a register in doubt."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Final

import numpy as np

from voltloom.protocols.ocpp.hearing import (
    Hearing,
    Oddity,
    Outlet,
    OutletMemory,
    Remarked,
    StationMemory,
)
from voltloom.protocols.ocpp.metering import OutletReading, current_from_power_a, mean_power_w
from voltloom.session.events import (
    CapabilityReported,
    Event,
    EvseReadings,
    FaultCleared,
    FaultReported,
    HardwareFault,
    PluggedIn,
    RowReadings,
    SocMeasured,
    Unplugged,
    VehicleRequested,
)
from voltloom.site.network import Ints
from voltloom.units import MINIMUM_PILOT_A, wh_from_w

PLAUSIBLE_EXCESS_RATIO: Final = 1.1  # as in session/record.py
PLAUSIBLE_SLACK_WH: Final = 100.0
CARRYING_A: Final = 1.0  # less is a charger's standby or its filter
ONE_PHASE_READINGS_COUNT: Final = 3

Change = tuple[StationMemory, list[Event]]


def occupied(
    memory: StationMemory, number: int, time_s: float, hearing: Hearing, energy_wh: float = math.nan
) -> Change:
    """Return the memory with a vehicle at an outlet, and its plug-in where it was not known.

    The plug-in is told again for a register that was not known with it, as when a status came before the transaction.
    With it goes what the cable alone tells: a vehicle at a control pilot follows a changing limit (IEC 61851-1), and
    counts as using all phases until currents or the station show otherwise.
    """
    outlet = memory.outlet(number)
    at = hearing.place.outlets[number]
    if outlet.session_id:
        if math.isnan(energy_wh) or time_s < outlet.since_s:
            return memory, []
        again = PluggedIn(
            time_s=outlet.since_s, evse=at.evse, session_id=outlet.session_id, energy_wh=energy_wh
        )
        return memory, [again]
    visits_count = outlet.visits_count + 1
    session_id = f"{hearing.place.station_id}/{number}/{round(time_s * 1000.0)}/{visits_count}"
    event = PluggedIn(time_s=time_s, evse=at.evse, session_id=session_id, energy_wh=energy_wh)
    capability = CapabilityReported(
        time_s=time_s,
        evse=at.evse,
        is_dynamic=True,
        uses_all_phases=True,
        min_a=0.0 if at.is_dc else MINIMUM_PILOT_A,
        max_a=at.max_a,
        phases_known=False,
    )
    after = OutletMemory(
        session_id=session_id,
        since_s=time_s,
        visits_count=visits_count,
        fault=outlet.fault,
        register_wh=outlet.register_wh,
        register_s=outlet.register_s,
        capability=capability,
    )
    return memory.with_outlet(number, after), [event, capability]


def phases_shown(memory: StationMemory, number: int, time_s: float, *, uses_all_phases: bool) -> Change:
    """Return the memory with the phases a vehicle uses as shown now, and the capability where that changes it."""
    before = memory.outlet(number)
    after, shown = _with_phases(before, time_s, uses_all_phases=uses_all_phases)
    return (memory if after is before else memory.with_outlet(number, after)), shown


def vacated(memory: StationMemory, number: int, time_s: float, hearing: Hearing) -> Change:
    """Return the memory without a vehicle at an outlet, and its unplugging where one was there.

    A word from before that vehicle came, replayed from an offline day, is about an earlier one.
    """
    outlet = memory.outlet(number)
    if not outlet.session_id or time_s < outlet.since_s:
        return memory, []
    event = Unplugged(time_s=time_s, evse=hearing.place.outlets[number].evse, energy_wh=outlet.register_wh)
    return memory.with_outlet(number, outlet._replace(session_id="", is_suspended=False)), [event]


def faulted(
    memory: StationMemory, number: int, time_s: float, hearing: Hearing, fault: HardwareFault | None
) -> Change:
    """Return the memory with an outlet's fault as told now (None for none), and the change of it."""
    outlet = memory.outlet(number)
    if outlet.fault is fault:
        return memory, []
    evse = hearing.place.outlets[number].evse
    event: Event = (
        FaultCleared(time_s=time_s, evse=evse)
        if fault is None
        else FaultReported(time_s=time_s, evse=evse, fault=fault)
    )
    return memory.with_outlet(number, outlet._replace(fault=fault)), [event]


def suspended(
    memory: StationMemory, number: int, time_s: float, hearing: Hearing, *, is_suspended: bool
) -> Change:
    """Return the memory with what the vehicle takes: nothing since it suspended, or again whatever it gets."""
    outlet = memory.outlet(number)
    if outlet.is_suspended is is_suspended:
        return memory, []
    event = VehicleRequested(
        time_s=time_s,
        evse=hearing.place.outlets[number].evse,
        request_a=0.0 if is_suspended else math.inf,
    )
    return memory.with_outlet(number, outlet._replace(is_suspended=is_suspended)), [event]


def read(memory: StationMemory, number: int, readings: Sequence[OutletReading], hearing: Hearing) -> Change:
    """Return the memory with an outlet's readings, and the events of those that tell a current.

    Without a current it follows from the power, without that from the register since the last reading.
    """
    at = hearing.place.outlets[number]
    events: list[Event] = []
    before = outlet = memory.outlet(number)
    for reading in readings:
        power_w, energy_wh = reading.power_w, reading.energy_wh
        current_a = reading.largest_a
        if math.isnan(current_a):
            if math.isnan(power_w):
                power_w = mean_power_w(outlet.register_s, outlet.register_wh, reading.time_s, energy_wh)
            if not math.isnan(power_w):
                current_a = current_from_power_a(power_w, at.voltage_v, at.phases_count, at.max_a)
        is_newer = not reading.time_s < outlet.register_s
        if not math.isnan(energy_wh) and is_newer:
            outlet = outlet.with_register(energy_wh, reading.time_s)
        if not math.isnan(current_a):
            events.append(_event(hearing.now_s, at, reading, current_a))
        soc_ratio = reading.soc_ratio
        if is_newer and not math.isnan(soc_ratio) and soc_ratio != outlet.soc_ratio:
            outlet = outlet._replace(soc_ratio=soc_ratio)
            events.append(SocMeasured(time_s=reading.time_s, evse=at.evse, soc_ratio=soc_ratio))
        if is_newer and not math.isnan(sum(reading.current_a)):
            outlet, shown = _phases_read(outlet, reading)
            events += shown
    return (memory if outlet is before else memory.with_outlet(number, outlet)), events


def rows_read(number: int, readings: Sequence[OutletReading], hearing: Hearing) -> tuple[Event, ...]:
    """Return what a circuit's meter at an outlet's number tells of each phase; 0 is the station's main meter.

    A current without a phase is that of a circuit of one phase only.
    """
    rows = hearing.place.meters.get(number, ())
    if not rows:
        return ()
    events: list[Event] = []
    for reading in readings:
        undivided_a = reading.undivided_a if len(rows) == 1 else math.nan
        told = [
            (row, undivided_a if math.isnan(reading.current_a[line]) else reading.current_a[line])
            for line, row in rows
        ]
        known = [(row, current_a) for row, current_a in told if not math.isnan(current_a)]
        if known:
            events.append(
                RowReadings(
                    time_s=hearing.now_s,
                    rows=np.array([row for row, _ in known], dtype=np.int64),
                    sampled_s=np.full(len(known), reading.time_s),
                    current_a=np.array([current_a for _, current_a in known]),
                )
            )
    return tuple(events)


def at_rest(reading: OutletReading) -> OutletReading:
    """Return the reading at which a transaction begins or ends: where it tells no current, none flows.

    The power path is open before and after. So the register reaches the core although no current was told.
    """
    if math.isnan(reading.largest_a) and math.isnan(reading.power_w):
        return reading._replace(undivided_a=0.0)
    return reading


def doubts_between(before: OutletReading, after: OutletReading, most_w: float) -> list[Oddity]:
    """Return why the energy between two readings of a register cannot be billed as it stands."""
    doubt = _doubt(after.time_s - before.time_s, after.energy_wh - before.energy_wh, most_w)
    return [] if doubt is None else [doubt]


def doubts_after(
    memory: StationMemory, number: int, readings: Sequence[OutletReading], hearing: Hearing
) -> list[Remarked]:
    """Return what is odd about the registers of some readings beside the outlet's last; older ones are not judged."""
    outlet = memory.outlet(number)
    before_s, before_wh = outlet.register_s, outlet.register_wh
    found: list[Remarked] = []
    for reading in readings:
        time_s, energy_wh = reading.time_s, reading.energy_wh
        if math.isnan(energy_wh) or time_s < before_s:
            continue
        doubt = _doubt(time_s - before_s, energy_wh - before_wh, most_w(hearing, number))
        if doubt is not None:
            found.append(Remarked(doubt, number, shown=f"{before_wh:g} to {energy_wh:g} Wh"))
        before_s, before_wh = time_s, energy_wh
    return found


def _doubt(elapsed_s: float, energy_wh: float, most_w: float) -> Oddity | None:
    """Return why so much energy in such a time cannot be billed as it stands."""
    if energy_wh < 0.0:
        return Oddity.REGISTER_FELL
    most_wh = wh_from_w(most_w, max(elapsed_s, 0.0)) * PLAUSIBLE_EXCESS_RATIO + PLAUSIBLE_SLACK_WH
    return Oddity.REGISTER_JUMPED if energy_wh > most_wh else None  # NaN is neither


def most_w(hearing: Hearing, number: int) -> float:
    """Return the most an outlet delivers, inf where the site does not know it."""
    at = hearing.place.outlets.get(number)
    return math.inf if at is None else at.max_a * at.voltage_v * at.phases_count


def begins_at_zero(memory: StationMemory, number: int, start_wh: float) -> bool:
    """Return whether a transaction begins at 0 though the outlet's register stood well above."""
    return start_wh == 0.0 and memory.outlet(number).register_wh > PLAUSIBLE_SLACK_WH


def sample_remarks(readings: Sequence[OutletReading], number: int) -> list[Remarked]:
    """Return what could not be used of some readings."""
    return [
        Remarked(Oddity.SAMPLE, number, shown=f"{doubt.value}: {shown}")
        for reading in readings
        for doubt, shown in reading.doubts
    ]


def _phases_read(outlet: OutletMemory, reading: OutletReading) -> tuple[OutletMemory, list[Event]]:
    """Return an outlet with the phases that carry current. One phase is believed at the third reading in a row.

    Some vehicles begin on one phase. Current on a second phase is believed at once: the safe side needs no proof.
    """
    carrying = sum([abs(line_a) >= CARRYING_A for line_a in reading.current_a])
    if carrying >= 2:
        if outlet.one_phase_count:
            outlet = outlet._replace(one_phase_count=0)
        return _with_phases(outlet, reading.time_s, uses_all_phases=True)
    if carrying == 0 or abs(reading.largest_a) < MINIMUM_PILOT_A - 1.0:
        return outlet, []
    count = outlet.one_phase_count + 1
    outlet = outlet._replace(one_phase_count=count)
    if count < ONE_PHASE_READINGS_COUNT:
        return outlet, []
    return _with_phases(outlet, reading.time_s, uses_all_phases=False)


def _with_phases(
    outlet: OutletMemory, time_s: float, *, uses_all_phases: bool
) -> tuple[OutletMemory, list[Event]]:
    """Return an outlet with the phases its vehicle uses as shown now, and the capability where that changes it."""
    before = outlet.capability
    if before is None or (before.phases_known and before.uses_all_phases is uses_all_phases):
        return outlet, []
    after = replace(before, time_s=time_s, uses_all_phases=uses_all_phases, phases_known=True)
    return outlet._replace(capability=after), [after]


def _event(now_s: float, at: Outlet, reading: OutletReading, current_a: float) -> EvseReadings:
    """Return a reading for the core. A register of export that is not told with it stands as it was told last."""
    is_told = at.discharge_a > 0.0 and not math.isnan(reading.exported_wh)
    return EvseReadings(
        time_s=now_s,
        evses=_alone(at.evse),
        sampled_s=np.array((reading.time_s,)),
        current_a=np.array((current_a,)),
        energy_wh=np.array((reading.energy_wh,)),
        exported_wh=np.array((reading.exported_wh,)) if is_told else None,
    )


@cache
def _alone(evse: int) -> Ints:
    """Return an EVSE as an event has it. Not marked read-only: kernels would be compiled anew for that."""
    return np.array([evse], dtype=np.int64)

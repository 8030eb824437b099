"""The sessions of a site as columns, and the few calls into the choreography that columns cannot spare.

Columns are rebuilt only when a session changed. What meters tell is compared in columns first; the choreography is
called for the EVSEs where power began or stopped, an offer began or ended, a need was met, a station fell silent or
spoke again, or a deadline passed.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable
from functools import partial
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from voltloom.controller.discharge.memory import DischargeMemory
from voltloom.controller.kernels import FLOWS, LOUD, MET, OFFERED, QUIET, TELLS
from voltloom.controller.memory import ControllerMemory, Mark
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SessionColumns
from voltloom.session import evidence
from voltloom.session.alarms import Alarm
from voltloom.session.answers import Answer
from voltloom.session.capability import Capability, fixed_allocation_a
from voltloom.session.facts import Ended, Seat, SessionFacts, Step
from voltloom.session.monitoring import CANNOT_SWITCH_OFF
from voltloom.session.need import MET_WH
from voltloom.session.record import (
    SessionRecord,
    close,
    is_register,
    quarantine_alarms,
    slices_between,
    tenth_wh,
)
from voltloom.session.state import KEEPS_MINIMUM, WANTS_POWER, SessionState
from voltloom.site.network import Bools, Floats, Ints, Network
from voltloom.units import SECONDS_PER_DAY

MARK_S = 900.0
BOUNDS = (evidence.FLOWS_A, MET_WH, int(Cause.STATION_SILENT))  # what `kernels.noticed` judges by

IDLE_CAUSE = {
    SessionState.PLUGGED_IN: Cause.NOT_AUTHORIZED,
    SessionState.AUTHORISING: Cause.NOT_AUTHORIZED,
    SessionState.REFUSED: Cause.NOT_AUTHORIZED,
    SessionState.NEGOTIATING: Cause.HANDSHAKE,
    SessionState.FINISHING: Cause.NEED_MET,
    SessionState.SUSPENDED_BY_VEHICLE: Cause.SUSPENDED_BY_VEHICLE,
    SessionState.FAULT: Cause.FAULT,
    SessionState.STATION_SILENT: Cause.STATION_SILENT,
}


def vacant_columns(network: Network) -> SessionColumns:
    """Return the columns of a site where nobody is plugged in."""
    count = len(network.evse_ids)
    everywhere = np.ones(count, dtype=np.bool_)
    return SessionColumns(
        present=~everywhere,
        wants_power=~everywhere,
        keeps_minimum=~everywhere,
        cannot_stop=~everywhere,
        idle_cause=np.full(count, int(Cause.NO_SESSION)),
        is_dynamic=everywhere,
        column=network.columns(everywhere),
        min_a=network.min_a,
        max_a=network.max_a,
        w_per_a=network.power_per_a(everywhere),
        least_w_per_a=network.power_per_a(~everywhere),
        requested_wh=np.zeros(count),
        arrival_s=np.full(count, np.inf),
        departure_s=np.full(count, np.inf),
        soc_ratio=np.full(count, np.nan),
        tier=np.zeros(count, dtype=np.int64),
        weight=np.ones(count),
        serial=np.zeros(count, dtype=np.int64),
        most_discharge_a=np.zeros(count),
    )


def with_seats(columns: SessionColumns, network: Network, seats: Iterable[Seat]) -> SessionColumns:
    """Return the columns after sessions of some EVSEs began, changed or ended; columns in which nothing changes are kept."""
    changed = list(columns)
    for seat in seats:
        row = _vacant_row(network, seat) if seat.session is None else _row(network, seat, seat.session)
        for place, value in enumerate(row):
            column = changed[place]
            if column.item(seat.evse) == value:
                continue
            if column is columns[place]:
                column = changed[place] = column.copy()
            column[seat.evse] = value
    return SessionColumns._make(changed)


Row = tuple[float, ...]  # one EVSE's values, in the order of `SessionColumns`


def _vacant_row(network: Network, seat: Seat) -> Row:
    evse = seat.evse
    return (
        *(False, False, False, _cannot_be_stopped(seat)),
        *(int(Cause.NO_SESSION), True, evse + len(network.evse_ids)),
        *(network.min_a.item(evse), network.max_a.item(evse)),
        *(network.w_per_a.item(1, evse), network.w_per_a.item(0, evse)),
        *(0.0, math.inf, math.inf, math.nan),
        *(0, 1.0, 0, 0.0),
    )


def _row(network: Network, seat: Seat, session: SessionFacts) -> Row:
    """Return one session's row. A vehicle that cannot follow a changing limit has its reserved constant as both bounds."""
    evse, state, capability, need = seat.evse, session.state, session.capability, session.need
    uses_all = capability.uses_all_phases
    return (
        *(True, state in WANTS_POWER, state in KEEPS_MINIMUM, _cannot_be_stopped(seat)),
        int(IDLE_CAUSE.get(state, Cause.BELOW_MINIMUM)),
        *(capability.is_dynamic, evse + len(network.evse_ids) * uses_all),
        *bounds_a(network, evse, session),
        network.w_per_a.item(int(uses_all), evse),
        network.w_per_a.item(int(uses_all and capability.phases_known), evse),
        *(need.energy_wh, session.arrival_s, need.departure_s, need.soc_ratio),
        *(session.tier, session.weight, session.serial, most_discharge_a(network, evse, session)),
    )


def _cannot_be_stopped(seat: Seat) -> bool:
    return seat.refuses_limits or seat.fault in CANNOT_SWITCH_OFF


def bounds_a(network: Network, evse: int, session: SessionFacts) -> tuple[float, float]:
    """Return the least and most current a session may be given."""
    capability: Capability = session.capability
    if not capability.is_dynamic:
        first, last = network.pilot_start[evse], network.pilot_start[evse + 1]
        fixed = fixed_allocation_a(capability, tuple(network.pilots_a[first:last]))
        return fixed, fixed
    asked = session.request_a if session.request_a > 0.0 else math.inf
    return capability.min_a, max(capability.min_a, min(capability.max_a, asked))


def most_discharge_a(network: Network, evse: int, session: SessionFacts) -> float:
    """Return what a session may feed back on each phase: what outlet and vehicle can, 0 without its driver's consent."""
    capability, state = session.capability, session.state
    can = capability.discharges and capability.is_dynamic
    if not can or not session.need.may_feed_back or not (state in WANTS_POWER or state in KEEPS_MINIMUM):
        return 0.0
    return min(network.discharge_a.item(evse), capability.max_a)


class Seated(NamedTuple):
    """The part of a memory that the choreography changes; fields as in `ControllerMemory`."""

    seats: tuple[Seat, ...]
    columns: SessionColumns
    flowing: Bools
    offered: Bools
    next_deadline_s: float
    alarms: tuple[Alarm, ...]
    records: tuple[SessionRecord, ...]


def as_seated(memory: ControllerMemory) -> Seated:
    """Return that part as it is; what the cycle before handed over, alarms and records, is forgotten."""
    is_old = memory.is_reported
    return Seated(
        memory.seats,
        memory.columns,
        memory.flowing,
        memory.offered,
        memory.next_deadline_s,
        () if is_old else memory.alarms,
        () if is_old else memory.records,
    )


class Seating:
    """A memory's seats while steps of the choreography are taken into them, one after another; `settled` freezes them.

    flowing, offered: what is noted of them then.
    """

    def __init__(self, memory: ControllerMemory, network: Network) -> None:
        self._memory, self._network = memory, network
        self._before = as_seated(memory)
        self.seats = list(memory.seats)
        self.flowing, self.offered = memory.flowing, memory.offered
        self.due_s = memory.next_deadline_s
        self.answers: list[Answer] = []
        self._changed: dict[int, None] = {}
        self._alarms: list[Alarm] = list(self._before.alarms)
        self._records: list[SessionRecord] = list(self._before.records)

    def take(self, step: Step) -> None:
        """Take a step."""
        seat = step.seat
        before = self.seats[seat.evse]
        is_other = before.fault is not seat.fault or before.refuses_limits is not seat.refuses_limits
        if is_other or _looks_other(before.session, seat.session):
            self._changed[seat.evse] = None
        self.seats[seat.evse] = seat
        self.due_s = min(self.due_s, evidence.due_s(seat))
        self.answers += step.answers
        self._alarms += step.alarms
        for over in step.ended:
            record = _record(self._memory, self._network, over)
            self._alarms += quarantine_alarms(record)
            self._records.append(record)

    def call(self, evses: Iterable[int], tell: Callable[[Seat], Step]) -> None:
        """Call the choreography for some EVSEs and take its steps."""
        for evse in evses:
            self.take(tell(self.seats[evse]))

    def settled(self) -> Seated:
        """Return what became of the seats with all steps taken."""
        columns = self._before.columns
        if self._changed:
            columns = with_seats(columns, self._network, [self.seats[evse] for evse in self._changed])
        return Seated(
            tuple(self.seats),
            columns,
            self.flowing,
            self.offered,
            self.due_s,
            tuple(self._alarms),
            tuple(self._records),
        )


def _looks_other(before: SessionFacts | None, after: SessionFacts | None) -> bool:
    """Return whether a session's row may have changed."""
    if before is None or after is None:
        return before is not after
    return (
        (before.state is not after.state and not (before.state in WANTS_POWER and after.state in WANTS_POWER))
        or before.capability is not after.capability
        or before.need is not after.need
        or (before.serial, before.request_a, before.tier, before.weight)
        != (after.serial, after.request_a, after.tier, after.weight)
    )


def _record(memory: ControllerMemory, network: Network, over: Ended) -> SessionRecord:
    """Return the closed record of a session, its energy in slices of a quarter of an hour."""
    facts = over.facts
    first = bisect_right(memory.marks, facts.arrival_s, key=_time_s)
    within = memory.marks[first : bisect_left(memory.marks, over.ended_s, key=_time_s)]
    times = [facts.arrival_s, *(mark.time_s for mark in within), over.ended_s]
    marks = [mark.energy_wh.item(facts.evse) for mark in within]
    registers = [facts.register_start_wh, *marks, facts.register_wh]
    slices = slices_between(times, registers) if all(map(is_register, registers)) else ()
    most_w = float(network.max_a[facts.evse] * network.w_per_a[1, facts.evse])
    record = close(over, network.evse_ids[facts.evse], slices, most_w)
    if memory.discharge is None:
        return record
    return record._replace(exported_tenth_wh=_exported_tenth_wh(memory.discharge, facts))


def _exported_tenth_wh(discharge: DischargeMemory, facts: SessionFacts) -> int:
    """Return what a session fed back; nothing where its registers are unknown."""
    start_wh, stop_wh = discharge.start_wh.item(facts.evse), facts.exported_wh
    if math.isnan(stop_wh):
        stop_wh = discharge.exported_wh.item(facts.evse)
    return max(tenth_wh(stop_wh) - tenth_wh(start_wh), 0) if math.isfinite(start_wh + stop_wh) else 0


_time_s = attrgetter("time_s")


def with_mark(memory: ControllerMemory, now_s: float) -> tuple[Mark, ...]:
    """Return the marks, with the registers noted where a quarter of an hour is over; old ones go once a day."""
    if now_s // MARK_S == memory.decided_s // MARK_S:
        return memory.marks
    marks = memory.marks
    if marks and marks[0].time_s < now_s - 2.0 * SECONDS_PER_DAY:
        oldest_s = memory.columns.arrival_s[memory.columns.present].min(initial=now_s)
        marks = marks[bisect_left(marks, oldest_s, key=_time_s) :]
    return (*marks, Mark(time_s=now_s, energy_wh=memory.readings.energy_wh))


class Noticed(NamedTuple):
    """What readings and silence tell of each EVSE, (n,): sums of signs of `kernels.noticed`, every: of them together.

    idle_s, served_s: how long its session has waited and been served, 0 where not. delivered_wh: by the outlet's register.
    """

    signs: Ints
    every: int
    idle_s: Floats
    served_s: Floats
    delivered_wh: Floats


def with_evidence(
    memory: ControllerMemory, network: Network, seen: Noticed, now_s: float
) -> tuple[Seated, tuple[Answer, ...]]:
    """Return the seats after what readings, silence and passing time tell the choreography, and its answers."""
    readings, signs, every = memory.readings, seen.signs, seen.every
    is_due = now_s >= memory.next_deadline_s
    if not every & (TELLS | QUIET | LOUD | MET) and not is_due:
        return as_seated(memory), ()
    limit_a = np.where(signs & OFFERED, memory.grants.limit_a, 0.0)
    seating = Seating(memory, network)
    if every & TELLS:
        seating.flowing, seating.offered = (signs & FLOWS) != 0, (signs & OFFERED) != 0

    def observe(seat: Seat) -> Step:
        return evidence.observed(
            seat,
            now_s,
            sampled_s=readings.sampled_s.item(seat.evse),
            current_a=readings.current_a.item(seat.evse),
            register_wh=readings.energy_wh.item(seat.evse),
            setpoint_a=limit_a.item(seat.evse),
        )

    for mark, tell in (
        (TELLS, observe),
        (QUIET, partial(evidence.silent, now_s=now_s)),
        (LOUD, partial(evidence.heard, now_s=now_s)),
        (MET, partial(evidence.need_met, now_s=now_s)),
    ):
        if every & mark:
            seating.call((signs & mark).nonzero()[0].tolist(), tell)
    if is_due:
        seating.due_s = _after_deadlines(seating, now_s)
    return seating.settled(), tuple(seating.answers)


def _after_deadlines(seating: Seating, now_s: float) -> float:
    """Take what passed deadlines make of their sessions; return when the next one ends."""
    ends_s = {seat.evse: evidence.due_s(seat) for seat in seating.seats if seat.session}
    over = [evse for evse, end_s in ends_s.items() if end_s <= now_s]
    seating.call(over, partial(evidence.overdue, now_s=now_s))
    ends_s |= {evse: evidence.due_s(seating.seats[evse]) for evse in over}
    return min(ends_s.values(), default=math.inf)

"""The sessions of a site as columns, and the few calls into the choreography that columns cannot spare.

Columns are rebuilt only when a session changed. What meters tell is compared in columns first; the choreography is
called for the EVSEs where power began or stopped, an offer began or ended, a need was met, a station fell silent or
spoke again, or a deadline passed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

import numpy as np

from voltloom.controller.kernels import (
    LOUD,
    MET,
    QUIET,
    TELLS,
    energy_since,
    evidence_of,
    flowing,
)
from voltloom.controller.memory import ControllerMemory, Mark
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SessionColumns
from voltloom.session import evidence
from voltloom.session.capability import Capability, fixed_allocation_a
from voltloom.session.facts import Ended, Seat, SessionFacts, Step
from voltloom.session.monitoring import CANNOT_SWITCH_OFF
from voltloom.session.record import SessionRecord, close, quarantine_alarms, slices_between
from voltloom.session.state import KEEPS_MINIMUM, WANTS_POWER, SessionState
from voltloom.site.network import Bools, Floats, Network
from voltloom.units import SECONDS_PER_DAY

MARK_S = 900.0
MET_WH = 1.0  # a need below one watt-hour is met

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
    )


def with_seat(columns: SessionColumns, network: Network, seat: Seat) -> SessionColumns:
    """Return the columns after one EVSE's session began, changed or ended."""
    evse, session = seat.evse, seat.session
    row = _vacant_row(network, evse) if session is None else _row(network, evse, session)
    row["cannot_stop"] = seat.fault in CANNOT_SWITCH_OFF
    changed = {}
    for name, value in row.items():
        column = getattr(columns, name)
        if column[evse] != value:
            column = column.copy()
            column[evse] = value
            changed[name] = column
    return columns._replace(**changed) if changed else columns


def _vacant_row(network: Network, evse: int) -> dict[str, float]:
    count = len(network.evse_ids)
    return {
        "present": False,
        "wants_power": False,
        "keeps_minimum": False,
        "idle_cause": int(Cause.NO_SESSION),
        "is_dynamic": True,
        "column": evse + count,
        "min_a": network.min_a[evse],
        "max_a": network.max_a[evse],
        "w_per_a": network.w_per_a[1, evse],
        "least_w_per_a": network.w_per_a[0, evse],
        "requested_wh": 0.0,
        "departure_s": math.inf,
        "soc_ratio": math.nan,
    }


def _row(network: Network, evse: int, session: SessionFacts) -> dict[str, float]:
    """Return one session's row. A vehicle that cannot follow a changing limit has its reserved constant as both bounds."""
    capability, count = session.capability, len(network.evse_ids)
    min_a, max_a = bounds_a(network, evse, session)
    return {
        "present": True,
        "wants_power": session.state in WANTS_POWER,
        "keeps_minimum": session.state in KEEPS_MINIMUM,
        "idle_cause": int(IDLE_CAUSE.get(session.state, Cause.BELOW_MINIMUM)),
        "is_dynamic": capability.is_dynamic,
        "column": evse + count * capability.uses_all_phases,
        "min_a": min_a,
        "max_a": max_a,
        "w_per_a": network.w_per_a[int(capability.uses_all_phases), evse],
        "least_w_per_a": network.w_per_a[int(capability.uses_all_phases and capability.phases_known), evse],
        "requested_wh": session.need.energy_wh,
        "arrival_s": session.arrival_s,
        "departure_s": session.need.departure_s,
        "soc_ratio": session.need.soc_ratio,
        "tier": session.tier,
        "weight": session.weight,
        "serial": session.serial,
    }


def bounds_a(network: Network, evse: int, session: SessionFacts) -> tuple[float, float]:
    """Return the least and most current a session may be given."""
    capability: Capability = session.capability
    if not capability.is_dynamic:
        first, last = network.pilot_start[evse], network.pilot_start[evse + 1]
        fixed = fixed_allocation_a(capability, tuple(network.pilots_a[first:last]))
        return fixed, fixed
    asked = session.request_a if session.request_a > 0.0 else math.inf
    return capability.min_a, max(capability.min_a, min(capability.max_a, asked))


def taken(memory: ControllerMemory, network: Network, steps: Sequence[Step]) -> ControllerMemory:
    """Return the memory after steps of the choreography (their answers are the caller's to send)."""
    seats, columns = list(memory.seats), memory.columns
    due_s = memory.next_deadline_s
    alarms, records = memory.alarms, memory.records
    for step in steps:
        seat = step.seat
        before = seats[seat.evse]
        if before.fault is not seat.fault or _looks_other(before.session, seat.session):
            columns = with_seat(columns, network, seat)
        seats[seat.evse] = seat
        due_s = min(due_s, evidence.due_s(seat))
        closed = tuple(_record(memory, network, over) for over in step.ended)
        doubts = tuple(alarm for record in closed for alarm in quarantine_alarms(record))
        alarms, records = alarms + step.alarms + doubts, records + closed
    return memory._replace(
        seats=tuple(seats),
        columns=columns,
        next_deadline_s=due_s,
        alarms=alarms,
        records=records,
    )


def _looks_other(before: SessionFacts | None, after: SessionFacts | None) -> bool:
    """Return whether a session's row may have changed."""
    if before is None or after is None:
        return before is not after
    return (
        (before.state is not after.state and not {before.state, after.state} <= WANTS_POWER)
        or before.capability is not after.capability
        or before.need is not after.need
        or (before.serial, before.request_a, before.tier, before.weight)
        != (after.serial, after.request_a, after.tier, after.weight)
    )


def _record(memory: ControllerMemory, network: Network, over: Ended) -> SessionRecord:
    """Return the closed record of a session, its energy in slices of a quarter of an hour."""
    facts = over.facts
    within = [m for m in memory.marks if facts.arrival_s < m.time_s < over.ended_s]
    times = [facts.arrival_s, *(m.time_s for m in within), over.ended_s]
    marks = [float(m.energy_wh[facts.evse]) for m in within]
    registers = [facts.register_start_wh, *marks, facts.register_wh]
    slices = slices_between(np.array(times), np.array(registers)) if np.isfinite(registers).all() else ()
    most_w = float(network.max_a[facts.evse] * network.w_per_a[1, facts.evse])
    return close(over, network.evse_ids[facts.evse], slices, most_w)


def with_mark(memory: ControllerMemory, now_s: float) -> tuple[Mark, ...]:
    """Return the marks, with the registers noted where a quarter of an hour is over; old ones go once a day."""
    if now_s // MARK_S == memory.decided_s // MARK_S:
        return memory.marks
    marks = memory.marks
    oldest_s = memory.columns.arrival_s[memory.columns.present].min(initial=now_s)
    if marks and marks[0].time_s < oldest_s - SECONDS_PER_DAY:
        marks = tuple(mark for mark in marks if mark.time_s >= oldest_s)
    return (*marks, Mark(time_s=now_s, energy_wh=memory.readings.energy_wh))


def unreported(memory: ControllerMemory) -> ControllerMemory:
    """Return the memory without the alarms and records that the last cycle handed over."""
    return memory._replace(alarms=(), records=(), is_reported=False) if memory.is_reported else memory


def called(
    memory: ControllerMemory, network: Network, evses: Iterable[int], call: Callable[[Seat], Step]
) -> tuple[ControllerMemory, list[Step]]:
    """Return the memory after calling the choreography for some EVSEs, and the steps."""
    steps = [call(memory.seats[int(evse)]) for evse in evses]
    return taken(memory, network, steps), steps


def with_evidence(
    memory: ControllerMemory, network: Network, is_silent: Bools, now_s: float
) -> tuple[ControllerMemory, list[Step]]:
    """Return the memory after what readings, silence and passing time tell the choreography, and its steps."""
    readings, columns, limit_a = memory.readings, memory.columns, memory.grants.limit_a
    offered = limit_a > 0.0
    flows = flowing(readings.current_a, limit_a, evidence.FLOWS_A)
    marks, every = evidence_of(
        flows,
        memory.flowing,
        offered,
        memory.offered,
        columns.present,
        columns.wants_power | columns.keeps_minimum,
        is_silent,
        columns.idle_cause == int(Cause.STATION_SILENT),
        columns.wants_power,
        columns.requested_wh - delivered_wh(memory),
        MET_WH,
    )
    steps: list[Step] = []
    if every & TELLS:

        def observe(seat: Seat) -> Step:
            return evidence.observed(
                seat,
                now_s,
                sampled_s=float(readings.sampled_s[seat.evse]),
                current_a=float(readings.current_a[seat.evse]),
                register_wh=float(readings.energy_wh[seat.evse]),
                setpoint_a=float(limit_a[seat.evse]),
            )

        memory, steps = called(memory, network, (marks & TELLS).nonzero()[0], observe)
        memory = memory._replace(flowing=flows, offered=offered)
    for mark, tell in ((QUIET, evidence.silent), (LOUD, evidence.heard), (MET, evidence.need_met)):
        if every & mark:
            told = partial(tell, now_s=now_s)
            memory, more = called(memory, network, (marks & mark).nonzero()[0], told)
            steps += more
    if now_s >= memory.next_deadline_s:
        due = [seat.evse for seat in memory.seats if seat.session and evidence.due_s(seat) <= now_s]
        memory, more = called(memory, network, due, partial(evidence.overdue, now_s=now_s))
        next_s = min((evidence.due_s(seat) for seat in memory.seats if seat.session), default=math.inf)
        memory = memory._replace(next_deadline_s=next_s)
        steps += more
    return memory, steps


def delivered_wh(memory: ControllerMemory) -> Floats:
    """Return the energy of each running session by the outlet's register, (n,)."""
    energy: Floats = energy_since(memory.readings.energy_wh, memory.service.start_wh, memory.columns.present)
    return energy

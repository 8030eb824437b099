"""What each event makes of the controller's memory. Nothing is decided here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from voltloom.controller.grants import acknowledged, booted
from voltloom.controller.kernels import with_readings
from voltloom.controller.memory import ControllerMemory, Readings, Service
from voltloom.controller.seating import taken
from voltloom.controller.smoothing import forgotten
from voltloom.decision.command import Command
from voltloom.safety.freshness import CLOCK_NEVER_SET_S, sample_time_s
from voltloom.session.authorization import AuthorizationRules, BackendVerdict, LocalList
from voltloom.session.choreography import advance
from voltloom.session.events import (
    ArchitectureChosen,
    ArchitectureFailed,
    Event,
    EvseReadings,
    LimitsAcknowledged,
    PluggedIn,
    RowReadings,
    SessionEvent,
    StationBooted,
    StationEvent,
    TokenPresented,
    Unplugged,
)
from voltloom.session.facts import Context
from voltloom.site.network import Floats, Ints, Network
from voltloom.site.topology import Site

Column = TypeVar("Column", bound=NDArray[Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may charge: the site's own list and rules. A site without a list lets everybody charge."""

    known: LocalList = field(default_factory=LocalList)
    rules: AuthorizationRules = field(default_factory=lambda: AuthorizationRules(is_free_vend=True))
    backend: BackendVerdict = BackendVerdict.NOT_ASKED


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Surroundings:
    """What does not change while a controller runs."""

    site: Site
    network: Network
    access: Access


def listened(
    memory: ControllerMemory, events: Sequence[Event], around: Surroundings
) -> tuple[ControllerMemory, tuple[Command, ...]]:
    """Return the memory after events, in the order they came, and what must be answered at once."""
    commands: list[Command] = []
    for event in events:
        match event:
            case EvseReadings():
                memory = _evses_read(memory, event)
            case RowReadings():
                memory = memory._replace(readings=_rows_read(memory.readings, event))
            case LimitsAcknowledged():
                grants = acknowledged(memory.grants, event.evses, event.serial, event.time_s)
                readings = _heard(memory.readings, event.evses, event.time_s)
                memory = memory._replace(grants=grants, readings=readings)
            case ArchitectureChosen():
                memory = memory._replace(architecture=event.architecture)
            case ArchitectureFailed():
                memory = memory._replace(architecture_failed=True)
            case _:
                memory, answers = _one_evse(memory, event, around)
                commands += answers
    return memory, tuple(commands)


def _evses_read(memory: ControllerMemory, event: EvseReadings) -> ControllerMemory:
    """Return the memory after outlet readings; one that is older than the newest known only counts as a word."""
    before = memory.readings
    current_a, energy_wh, sampled_s, heard_s = with_readings(
        before.current_a,
        before.energy_wh,
        before.sampled_s,
        before.heard_s,
        event.evses,
        event.current_a,
        event.energy_wh,
        event.sampled_s,
        event.time_s,
        CLOCK_NEVER_SET_S,
    )
    readings = before._replace(current_a=current_a, energy_wh=energy_wh, sampled_s=sampled_s, heard_s=heard_s)
    service = memory.service
    unstarted = np.isnan(service.start_wh)
    if unstarted.any():
        service = service._replace(start_wh=np.where(unstarted, readings.energy_wh, service.start_wh))
    return memory._replace(readings=readings, service=service)


def _rows_read(readings: Readings, event: RowReadings) -> Readings:
    sampled_s = sample_time_s(event.sampled_s, np.full(event.rows.size, event.time_s))
    newer = sampled_s >= readings.row_sampled_s[event.rows]
    rows = event.rows[newer]
    return readings._replace(
        row_a=_put(readings.row_a, rows, event.current_a[newer]),
        row_sampled_s=_put(readings.row_sampled_s, rows, sampled_s[newer]),
        row_heard_s=_latest(readings.row_heard_s, event.rows, event.time_s),
    )


def _heard(readings: Readings, evses: Ints, time_s: float) -> Readings:
    return readings._replace(heard_s=_latest(readings.heard_s, evses, time_s))


def _put(column: Column, where: Ints, values: Column) -> Column:
    changed = column.copy()
    changed[where] = values
    return changed


def _latest(moment_s: Floats, where: Ints, time_s: float) -> Floats:
    return _put(moment_s, where, np.maximum(moment_s[where], time_s))


def _one_evse(
    memory: ControllerMemory, event: SessionEvent | StationEvent, around: Surroundings
) -> tuple[ControllerMemory, tuple[Command, ...]]:
    """Return the memory after an event about one outlet, and the answers to it."""
    evse = event.evse
    before = memory.seats[evse].session
    step = advance(memory.seats[evse], event, _context(memory, event, around))
    memory = taken(memory, around.network, (step,))._replace(
        readings=_heard(memory.readings, np.array([evse]), event.time_s),
    )
    after = step.seat.session
    if isinstance(event, StationBooted):
        memory = memory._replace(grants=booted(memory.grants, evse))
    if (before is None) != (after is None) or (before and after and before.serial != after.serial):
        memory = _other_session(memory, event)
    return memory, step.answers


def _other_session(memory: ControllerMemory, event: SessionEvent | StationEvent) -> ControllerMemory:
    """Return the memory with nothing left of the session that was at an outlet before."""
    evse = event.evse
    start_wh = float(memory.readings.energy_wh[evse])
    if isinstance(event, PluggedIn | Unplugged) and np.isfinite(event.energy_wh):
        start_wh = event.energy_wh
    return memory._replace(
        next_serial=memory.next_serial + 1,
        moves=forgotten(memory.moves, evse),
        service=Service(
            idle_since_s=_put(memory.service.idle_since_s, np.array([evse]), np.array([np.inf])),
            served_since_s=_put(memory.service.served_since_s, np.array([evse]), np.array([np.inf])),
            start_wh=_put(memory.service.start_wh, np.array([evse]), np.array([start_wh])),
            takes_a=_put(memory.service.takes_a, np.array([evse]), np.array([np.inf])),
        ),
    )


def _context(memory: ControllerMemory, event: SessionEvent | StationEvent, around: Surroundings) -> Context:
    """Return what the choreography judges an event by."""
    running: frozenset[str] = frozenset()
    if isinstance(event, TokenPresented | PluggedIn):
        running = frozenset(
            seat.session.id_token
            for seat in memory.seats
            if seat.session is not None and seat.evse != event.evse and seat.session.is_authorized
        )
    register_wh = float(memory.readings.energy_wh[event.evse])
    if isinstance(event, PluggedIn) and np.isfinite(event.energy_wh):
        register_wh = event.energy_wh
    return Context(
        evse=around.site.evses[event.evse],
        serial=memory.next_serial,
        register_wh=register_wh,
        known=around.access.known,
        running_tokens=running,
        backend=around.access.backend,
        rules=around.access.rules,
    )

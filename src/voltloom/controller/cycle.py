"""One cycle: sense, choose the mode, allocate, smooth, enforce, explain. Safety is last and only lowers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Architecture, Proposals
from voltloom.controller.fallback import Evidence, TrustMemory, next_mode
from voltloom.controller.kernels import (
    bounds_by_draw,
    concluded,
    is_finite,
    service_since,
    so_far,
)
from voltloom.controller.leases.grants import Grants, granted, measured
from voltloom.controller.leases.kernels import to_send
from voltloom.controller.memory import ControllerMemory, Service
from voltloom.controller.seating import with_evidence, with_mark
from voltloom.controller.sensing import Bases, Sensed, sensed
from voltloom.controller.settings import ControlSettings
from voltloom.controller.smoothing import moved, smoothed
from voltloom.decision.command import Command, SetLimits
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.safety.envelope import Claims, enforce
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Network

CODES = np.array(
    [Cause.PILOT_STEP, Cause.IN_FLIGHT, Cause.ENVELOPE, Cause.STATION_SILENT, Cause.DISOBEYED], dtype=np.int64
)  # in the order `kernels.concluded` takes them


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulers:
    """The architectures a controller can call, and what takes over from each when trust is low, both by name.

    That is equal sharing, and one at a time where it was chosen to serve one at a time.
    """

    by_name: Mapping[str, Architecture]
    fallback: Mapping[str, Architecture]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plant:
    """What a cycle is run with and does not change: the site's columns, the settings, the architectures."""

    network: Network
    settings: ControlSettings
    rulers: Rulers
    bases: Bases


def cycle(
    memory: ControllerMemory, plant: Plant, now_s: float
) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
    """Return the memory, the decision with the reason of every limit, and the commands of one cycle."""
    network, safety = plant.network, plant.settings.safety
    watches, sense = sensed(memory, network, plant.bases, safety, now_s)
    readings, is_old = memory.readings, memory.is_reported
    memory = memory._replace(
        alarms=() if is_old else memory.alarms,
        records=() if is_old else memory.records,
        is_reported=False,
        watches=watches,
        grants=measured(
            memory.grants, readings.current_a, readings.sampled_s, sense.usable, safety.obey_tolerance_a
        ),
        marks=with_mark(memory, now_s),
    )
    memory, answers = with_evidence(memory, network, sense.silent, now_s)
    trust, mode = _trusted(memory, sense, safety, now_s)
    if plant.settings.reclaim_a > 0.0:
        memory = memory._replace(service=_observed(memory, sense, plant.settings))
    snapshot = _snapshot(memory, plant, sense, mode, now_s)
    proposals, allocation, used = _allocated(snapshot, memory, plant.rulers, mode, sense)
    if used is not mode:
        snapshot = snapshot._replace(grid=sense.conservative)
    decision = _decided(snapshot, memory, proposals, used, (sense, plant.settings))
    grants, commands = _sent(memory.grants, decision, safety.lease_s)
    # Every field is named: `_replace` would cost three times as much, in every cycle.
    after = ControllerMemory(
        architecture=memory.architecture,
        seats=memory.seats,
        columns=memory.columns,
        flowing=memory.flowing,
        offered=memory.offered,
        next_deadline_s=memory.next_deadline_s,
        next_serial=memory.next_serial,
        readings=readings,
        watches=memory.watches,
        grants=grants,
        moves=moved(memory.moves, decision.before_a, decision.after_a, now_s) if commands else memory.moves,
        service=_service(memory.service, decision, snapshot),
        trust=trust,
        allocation=allocation,
        architecture_failed=used is not mode,
        marks=memory.marks,
        alarms=memory.alarms,
        records=memory.records,
        is_reported=True,
        started_s=memory.started_s,
        decided_s=now_s,
    )
    return after, decision, (*answers, *commands)


def _decided(
    snapshot: SiteSnapshot,
    memory: ControllerMemory,
    proposals: Proposals,
    mode: Mode,
    by: tuple[Sensed, ControlSettings],
) -> Decision:
    """Return the limits: proposals made smooth, then safe, each with the last rule that fixed it."""
    sense, settings = by
    before, sessions, column = memory.grants.limit_a, snapshot.sessions, snapshot.sessions.column
    smooth, held_by = smoothed(
        proposals.current_a, before, sessions.min_a, memory.moves, snapshot.now_s, settings.smoothing
    )
    # Without reserves in flight an earlier limit is taken to be gone as soon as a newer one is sent.
    ceiling = sense.ceiling_a if settings.safety.reserves_in_flight else smooth
    claims = Claims(controllable=snapshot.controllable, fixed_a=snapshot.reserved_a, ceiling_a=ceiling)
    allowed = enforce(snapshot.network, snapshot.grid, column, smooth, claims, sessions.min_a)
    (cause, binding), sent, row_load_a = concluded(
        snapshot.grid[:],
        column,
        proposals.cause,
        proposals.binding_row,
        held_by,
        before,
        smooth,
        allowed.limit_a,
        allowed.lowered_by,
        allowed.in_flight,
        sense.adrift,
        sense.runaway,
        sessions.present,
        snapshot.reserved_a,
        CODES,
    )
    return Decision(
        now_s=snapshot.now_s,
        architecture=memory.architecture,
        mode=mode,
        network=snapshot.network,
        before_a=before,
        proposed_a=proposals.current_a,
        after_a=allowed.limit_a,
        sent=sent,
        cause=cause,
        binding_row=binding,
        row_load_a=row_load_a,
        row_rating_a=snapshot.grid.rating_a,
        age_s=sense.evse_age_s,
        place=proposals.queue.place,
        expected_start_s=proposals.queue.expected_start_s,
    )


def _trusted(
    memory: ControllerMemory, sense: Sensed, safety: SafetySettings, now_s: float
) -> tuple[TrustMemory, Mode]:
    """Return the mode that this cycle's evidence allows."""
    trust, mode, _ = next_mode(
        memory.trust,
        Evidence(
            optimiser_ok=not memory.architecture_failed,
            rows_usable_ratio=sense.rows_usable_ratio,
            site_meter_ok=sense.root_usable,
            lease_ok=True,
            now_s=now_s,
        ),
        safety,
    )
    return trust, mode


SETTLE_S = 30.0  # a vehicle may take this long to follow a new limit before its draw says what it takes


def _observed(memory: ControllerMemory, sense: Sensed, settings: ControlSettings) -> Service:
    """Return what each vehicle seems to take, after the newest readings."""
    readings, service = memory.readings, memory.service
    takes_a = bounds_by_draw(
        service.takes_a,
        memory.grants.limit_a,
        readings.current_a,
        readings.sampled_s,
        memory.moves.changed_s,
        sense.usable,
        memory.columns.present,
        memory.decided_s,
        SETTLE_S,
        settings.reclaim_a,
    )
    return service._replace(takes_a=takes_a)


def _snapshot(
    memory: ControllerMemory, plant: Plant, sense: Sensed, mode: Mode, now_s: float
) -> SiteSnapshot:
    """Return the frozen picture the architectures see; with trust lost, on conservative ratings."""
    sessions = memory.columns
    if sense.any_silent:
        # Another vehicle may have come unheard, on all phases.
        count = sense.silent.size
        every = plant.network.columns(np.ones(count, dtype=np.bool_))
        sessions = sessions._replace(column=np.where(sense.silent, every, sessions.column))
    if plant.settings.reclaim_a > 0.0:
        sessions = sessions._replace(
            max_a=np.minimum(sessions.max_a, np.maximum(sessions.min_a, memory.service.takes_a))
        )
    service, readings = memory.service, memory.readings
    idle_s, served_s, delivered_wh = so_far(
        service.idle_since_s,
        service.served_since_s,
        readings.energy_wh,
        service.start_wh,
        memory.columns.present,
        now_s,
    )
    return SiteSnapshot(
        now_s=now_s,
        period_s=plant.settings.period_s,
        network=plant.network,
        grid=sense.grid if mode is Mode.CHOSEN else sense.conservative,
        sessions=sessions,
        delivered_wh=delivered_wh,
        measured_a=readings.current_a,
        setpoint_a=memory.grants.limit_a,
        reserved_a=sense.fixed_a,
        controllable=sense.controllable,
        idle_s=idle_s,
        served_s=served_s,
    )


def _allocated(
    snapshot: SiteSnapshot, memory: ControllerMemory, rulers: Rulers, mode: Mode, sense: Sensed
) -> tuple[Proposals, AllocationMemory, Mode]:
    """Return proposals of the architecture that the mode allows; equal sharing where its answer is no number."""
    if mode is Mode.CHOSEN:
        proposals, allocation = rulers.by_name[memory.architecture].allocate(snapshot, memory.allocation)
        if is_finite(proposals.current_a):
            return proposals, allocation, mode
        mode, snapshot = Mode.EQUAL, snapshot._replace(grid=sense.conservative)
    proposals, allocation = rulers.fallback[memory.architecture].allocate(snapshot, memory.allocation)
    if mode is Mode.FLOOR:
        return _floor(snapshot, proposals), allocation, mode
    shared = proposals.cause == int(Cause.SHARED)
    cause = np.where(shared, int(Cause.FALLBACK_EQUAL), proposals.cause)
    return proposals._replace(cause=cause), allocation, mode


def _floor(snapshot: SiteSnapshot, simple: Proposals) -> Proposals:
    """Return the limit that is always safe for everybody who may charge: what stations hold by themselves.

    Who waits until another visit is over still waits: where one is served at a time, trust does not change that.
    """
    sessions = snapshot.sessions
    queued = simple.cause == int(Cause.QUEUED)
    wants = (sessions.wants_power | sessions.keeps_minimum) & ~queued
    idle_cause = np.where(queued, int(Cause.QUEUED), sessions.idle_cause)
    return Proposals(
        current_a=np.where(wants, np.minimum(snapshot.network.offline_a, sessions.max_a), 0.0),
        cause=np.where(wants, int(Cause.FALLBACK_FLOOR), idle_cause),
        binding_row=np.full(wants.size, -1, dtype=np.int64),
        queue=simple.queue,
    )


def _sent(grants: Grants, decision: Decision, lease_s: float) -> tuple[Grants, tuple[Command, ...]]:
    """Return the grants and the command for changed limits and for leases that run out."""
    now_s, limit_a = decision.now_s, decision.after_a
    evses = to_send(
        decision.sent, grants.lease_until_s, grants.serial, grants.confirmed_serial, lease_s, now_s
    )
    if not evses.size:
        return grants, ()
    grants = granted(grants, evses, limit_a, now_s=now_s, lease_s=lease_s)
    command = SetLimits(
        time_s=now_s,
        evses=evses,
        limit_a=limit_a[evses],
        lease_until_s=grants.lease_until_s[evses],
        serial=grants.serial[evses],
    )
    return grants, (command,)


def _service(service: Service, decision: Decision, snapshot: SiteSnapshot) -> Service:
    """Return since when each session waits or is served."""
    idle_since_s, served_since_s = service_since(
        service.idle_since_s,
        service.served_since_s,
        snapshot.sessions.wants_power | snapshot.sessions.keeps_minimum,
        snapshot.sessions.present,
        decision.after_a,
        decision.now_s,
    )
    return Service(idle_since_s, served_since_s, service.start_wh, service.takes_a)

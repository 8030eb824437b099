"""One cycle: sense, choose the mode, allocate, smooth, enforce, explain. Safety is last and only lowers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from voltloom.allocation.contract import AllocationMemory, Architecture, Proposals
from voltloom.allocation.sharing import nobody_waits
from voltloom.controller.fallback import Evidence, next_mode
from voltloom.controller.grants import Grants, granted, measured, to_renew
from voltloom.controller.memory import ControllerMemory, Service
from voltloom.controller.seating import delivered_wh, unreported, with_evidence, with_mark
from voltloom.controller.sensing import Sensed, sensed
from voltloom.controller.settings import ControlSettings
from voltloom.controller.smoothing import moved, smoothed
from voltloom.decision.command import Command, SetLimits
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.safety.envelope import Allowed, Claims, enforce
from voltloom.site.kernels import loads
from voltloom.site.network import Bools, Floats, Ints, Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Rulers:
    """The architectures a controller can call: by name, and equal sharing for when trust is low."""

    by_name: Mapping[str, Architecture]
    equal: Architecture


def cycle(
    memory: ControllerMemory, network: Network, settings: ControlSettings, rulers: Rulers, now_s: float
) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
    """Return the memory, the decision with the reason of every limit, and the commands of one cycle."""
    safety = settings.safety
    watches, sense = sensed(memory, network, safety, now_s)
    grants = measured(
        memory.grants,
        memory.readings.current_a,
        memory.readings.sampled_s,
        sense.usable,
        safety.obey_tolerance_a,
    )
    memory = replace(unreported(memory), watches=watches, grants=grants, marks=with_mark(memory, now_s))
    memory, steps = with_evidence(memory, network, sense.silent, now_s)
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
    snapshot = _snapshot(memory, network, sense, settings, mode, now_s)
    proposals, allocation, mode = _allocated(snapshot, memory, rulers, mode)
    before = memory.grants.limit_a
    smooth, held_by = smoothed(
        proposals.current_a, before, snapshot.sessions.min_a, memory.moves, now_s, settings.smoothing
    )
    # Without reserves in flight an earlier limit is taken to be gone as soon as a newer one is sent.
    ceiling = sense.ceiling_a if safety.reserves_in_flight else np.full(before.size, np.inf)
    allowed = enforce(
        network,
        snapshot.grid,
        snapshot.sessions.column,
        smooth,
        Claims(controllable=snapshot.controllable, fixed_a=snapshot.reserved_a, ceiling_a=ceiling),
        snapshot.sessions.min_a,
    )
    cause, binding = _explained(snapshot, sense, proposals, held_by, smooth, allowed)
    reserved = np.where(snapshot.controllable, 0.0, snapshot.reserved_a)
    decision = Decision(
        now_s=now_s,
        architecture=memory.architecture,
        mode=mode,
        network=network,
        before_a=before,
        proposed_a=proposals.current_a,
        after_a=allowed.limit_a,
        sent=np.abs(allowed.limit_a - before) > 1e-9,
        cause=cause,
        binding_row=binding,
        row_load_a=loads(snapshot.grid, snapshot.sessions.column, np.maximum(allowed.limit_a, reserved)),
        row_rating_a=snapshot.grid.rating_a,
        age_s=sense.evse_age_s,
        place=proposals.queue.place,
        expected_start_s=proposals.queue.expected_start_s,
    )
    grants, commands = _sent(memory.grants, decision, settings)
    memory = replace(
        memory,
        grants=grants,
        moves=moved(memory.moves, before, allowed.limit_a, now_s),
        trust=trust,
        allocation=allocation,
        architecture_failed=False,
        service=_service(memory, decision, snapshot, now_s),
        decided_s=now_s,
        is_reported=True,
    )
    answers = tuple(answer for step in steps for answer in step.answers)
    return memory, decision, (*answers, *commands)


def _snapshot(
    memory: ControllerMemory,
    network: Network,
    sense: Sensed,
    settings: ControlSettings,
    mode: Mode,
    now_s: float,
) -> SiteSnapshot:
    """Return the frozen picture the architectures see; with trust lost, on conservative ratings."""
    service = memory.service
    return SiteSnapshot(
        now_s=now_s,
        period_s=settings.period_s,
        network=network,
        grid=sense.grid if mode is Mode.CHOSEN else sense.conservative,
        sessions=memory.columns,
        delivered_wh=delivered_wh(memory),
        measured_a=memory.readings.current_a,
        setpoint_a=memory.grants.limit_a,
        reserved_a=sense.fixed_a,
        controllable=~(sense.silent | sense.disobedient),
        idle_s=np.where(np.isfinite(service.idle_since_s), now_s - service.idle_since_s, 0.0),
        served_s=np.where(np.isfinite(service.served_since_s), now_s - service.served_since_s, 0.0),
    )


def _allocated(
    snapshot: SiteSnapshot, memory: ControllerMemory, rulers: Rulers, mode: Mode
) -> tuple[Proposals, AllocationMemory, Mode]:
    """Return proposals of the architecture that the mode allows."""
    if mode is Mode.CHOSEN:
        proposals, allocation = rulers.by_name[memory.architecture].allocate(snapshot, memory.allocation)
        if np.isfinite(proposals.current_a).all():
            return proposals, allocation, mode
        mode = Mode.EQUAL
    if mode is Mode.EQUAL:
        proposals, _ = rulers.equal.allocate(snapshot, memory.allocation)
        shared = proposals.cause == int(Cause.SHARED)
        cause = np.where(shared, int(Cause.FALLBACK_EQUAL), proposals.cause)
        return replace(proposals, cause=cause), memory.allocation, mode
    sessions = snapshot.sessions
    wants = sessions.wants_power | sessions.keeps_minimum
    count = wants.size
    return (
        Proposals(
            current_a=np.where(wants, np.minimum(snapshot.network.offline_a, sessions.max_a), 0.0),
            cause=np.where(wants, int(Cause.FALLBACK_FLOOR), sessions.idle_cause),
            binding_row=np.full(count, -1, dtype=np.int64),
            queue=nobody_waits(count),
        ),
        memory.allocation,
        mode,
    )


def _explained(
    snapshot: SiteSnapshot,
    sense: Sensed,
    proposals: Proposals,
    held_by: Ints,
    smooth_a: Floats,
    allowed: Allowed,
) -> tuple[Ints, Ints]:
    """Return the cause and the binding row of every limit: the last rule that fixed it."""
    lowered = allowed.limit_a < smooth_a - 1e-6
    by_row = lowered & (allowed.lowered_by >= 0)
    cause = np.where(held_by >= 0, held_by, proposals.cause)
    cause = np.where(lowered, int(Cause.PILOT_STEP), cause)
    cause = np.where(by_row, np.where(allowed.in_flight, int(Cause.IN_FLIGHT), int(Cause.ENVELOPE)), cause)
    cause = np.where(sense.silent & snapshot.sessions.present, int(Cause.STATION_SILENT), cause)
    cause = np.where(sense.disobedient, int(Cause.DISOBEYED), cause)
    return cause, np.where(by_row, allowed.lowered_by, proposals.binding_row)


def _sent(
    grants: Grants, decision: Decision, settings: ControlSettings
) -> tuple[Grants, tuple[Command, ...]]:
    """Return the grants and the command for changed limits and for leases that run out."""
    lease_s, now_s = settings.safety.lease_s, decision.now_s
    send: Bools = decision.sent | to_renew(grants, now_s, lease_s)
    if not send.any():
        return grants, ()
    grants, serial, until_s = granted(grants, send, decision.after_a, now_s=now_s, lease_s=lease_s)
    evses = send.nonzero()[0]
    command = SetLimits(
        time_s=now_s,
        evses=evses,
        limit_a=decision.after_a[evses],
        lease_until_s=until_s[evses],
        serial=serial[evses],
    )
    return grants, (command,)


def _service(memory: ControllerMemory, decision: Decision, snapshot: SiteSnapshot, now_s: float) -> Service:
    """Return since when each session waits or is served."""
    service, wants = memory.service, snapshot.sessions.wants_power
    waits = wants & (decision.after_a <= 0.0)
    served = snapshot.sessions.present & (decision.after_a > 0.0)
    return Service(
        start_wh=service.start_wh,
        idle_since_s=np.where(waits, np.minimum(service.idle_since_s, now_s), np.inf),
        served_since_s=np.where(served, np.minimum(service.served_since_s, now_s), np.inf),
    )

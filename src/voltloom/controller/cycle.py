"""One cycle: sense, choose the mode, allocate, smooth, enforce, explain. Safety is last and only lowers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.allocation.contract import Proposals, with_peak
from voltloom.controller.alarming import Found, Place, told_of
from voltloom.controller.allocating import Allocated, Rulers, allocated
from voltloom.controller.canary.following import followed
from voltloom.controller.discharge.beside import (
    Feeders,
    asked_of,
    charging_of,
    fed_by_vehicles,
    found_discharge,
    put_out_both,
    with_discharge,
    with_stores,
)
from voltloom.controller.discharge.memory import DischargeMemory
from voltloom.controller.discharge.sensing import DischargeSensed
from voltloom.controller.expecting import Expecting, looked_ahead
from voltloom.controller.fallback import Evidence, TrustMemory, next_mode
from voltloom.controller.kernels import OBEYS, noticed
from voltloom.controller.leases.grants import Grants, Pace, lasts_s, obeyed, overtaken, pace_of
from voltloom.controller.limiting.kernels import SmoothingRules, limited
from voltloom.controller.memory import ControllerMemory, Service
from voltloom.controller.ordered import lasting
from voltloom.controller.outlooks import Outlooks
from voltloom.controller.outside import InForce, aimed, explained, under_limits
from voltloom.controller.seating import BOUNDS, Noticed, Seated, with_evidence, with_mark
from voltloom.controller.seeming import as_they_seem
from voltloom.controller.sensing import Bases, Sensed, sensed
from voltloom.controller.settings import ControlSettings
from voltloom.controller.smoothing import moved
from voltloom.controller.storage.beside import Beside, Decided, around, fed, with_batteries
from voltloom.controller.storage.memory import StorageMemory
from voltloom.controller.storage.sensing import StorageSensed
from voltloom.decision.command import Command
from voltloom.decision.plan import Plan
from voltloom.decision.record import Decision, Mode
from voltloom.decision.snapshot import SessionColumns, SiteSnapshot
from voltloom.forecast.learned import Learned
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Ints, Network
from voltloom.site.storage import StorageNetwork


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plant:
    """What a cycle is run with and does not change: the site's columns, the settings, the architectures.

    storage: batteries and PV, None where there are none. expecting: how forecasts are made.
    """

    network: Network
    storage: StorageNetwork | None
    settings: ControlSettings
    rulers: Rulers
    bases: Bases
    smoothing: SmoothingRules
    outlooks: Outlooks
    voltage_v: float
    expecting: Expecting


By = tuple[Sensed, Mode, Pace, bool]  # at last: whether a limit from outside binds
Cycled = tuple[ControllerMemory, Decision, tuple[Command, ...]]


def cycle(memory: ControllerMemory, plant: Plant, now_s: float) -> Cycled:
    """Return the memory, the decision with the reason of every limit, and the commands of one cycle."""
    settings, safety, readings = plant.settings, plant.settings.safety, memory.readings
    bases, outside, binding = under_limits(memory.outside, plant.bases, plant.network, settings, now_s)
    bases, stored = fed(memory, plant.storage, bases, safety, now_s)
    feeding = found_discharge(memory, plant.network, safety, now_s)
    bases = fed_by_vehicles(bases, memory, plant.network, feeding)
    pace = pace_of(memory.grants, safety, settings.period_s, now_s)
    watches, sense = sensed(memory, plant.network, bases, safety, pace, now_s)
    seen = _noticed(memory, sense, safety, now_s, is_slow=pace.is_slow)
    seated, answers = with_evidence(memory, plant.network, seen, now_s)
    trust, mode = _trusted(memory, sense, safety, now_s)
    snapshot = _snapshot(memory, plant, sense, (seated, seen, feeding), (mode, pace), now_s)
    takes_a, snapshot = as_they_seem(snapshot, memory, settings, sense)
    learned, snapshot = _expecting(snapshot, memory, plant, (seated, seen), (sense, stored, feeding))
    found = allocated(snapshot, memory, plant.rulers, mode, (sense, binding))
    proposals, allocation, used = found[:3]
    snapshot = snapshot if used is mode else snapshot._replace(grid=sense.conservative)
    by, beside = (sense, used, pace, binding is not None), (stored, binding, feeding, allocation.plan)
    decided, storage, powers = _steered(snapshot, memory, plant, proposals, by, beside)
    decision, (idle_since_s, served_since_s), evses = decided
    decision = _with_why(decision, memory, seated.columns, binding, found)
    trial, rolled = followed(memory, found, decision, seated)
    told = Found(seated, watches, trust, bases, sense, decision, stored, rolled)
    news = told_of(memory, told, Place(plant.network, plant.storage, safety), now_s)
    grants, discharge, commands = _put_out(memory, safety, (seen, sense, feeding, pace), decision, evses)
    # Every field is named: `_replace` builds a dict and takes about twice as long, in every cycle.
    after = ControllerMemory(
        architecture=memory.architecture,
        seats=seated.seats,
        columns=seated.columns,
        flowing=seated.flowing,
        offered=seated.offered,
        next_deadline_s=seated.next_deadline_s,
        next_serial=memory.next_serial,
        readings=readings,
        watches=watches,
        grants=grants,
        moves=moved(memory.moves, decision.before_a, decision.after_a, now_s) if commands else memory.moves,
        service=Service(idle_since_s, served_since_s, memory.service.start_wh, takes_a, readings.sampled_s),
        trust=trust,
        allocation=with_peak(allocation, memory.allocation),
        architecture_failed=used is not mode,
        outside=outside,
        storage=storage,
        marks=with_mark(memory, now_s),
        alarms=news.raised,
        records=seated.records,
        is_reported=True,
        started_s=memory.started_s,
        decided_s=now_s,
        discharge=discharge,
        learned=learned,
        prices=memory.prices,
        policy=memory.policy,
        canary=trial,
        orders=decision.orders,
        standing=news.standing,
    )
    return after, decision, (*answers, *commands, *powers)


def _expecting(
    snapshot: SiteSnapshot,
    memory: ControllerMemory,
    plant: Plant,
    sessions: tuple[Seated, Noticed],
    by: tuple[Sensed, StorageSensed | None, DischargeSensed | None],
) -> tuple[Learned | None, SiteSnapshot]:
    """Return what is learned, and the snapshot with what is expected and, where a plan may need it, what else the site draws."""
    (seated, seen), (sense, stored, feeding) = sessions, by
    learned, expected = looked_ahead(memory, seated, seen.delivered_wh, plant.expecting, snapshot.now_s)
    if expected is not None:
        snapshot = snapshot._replace(expected=expected)
    if plant.storage is not None or feeding is not None or (expected and expected.other_kw.size):
        by_site = sense, plant.storage, stored
        snapshot = around(snapshot, memory, plant.settings, by_site, plant.voltage_v)
    return learned, snapshot


def _with_why(
    decision: Decision,
    memory: ControllerMemory,
    sessions: SessionColumns,
    binding: InForce | None,
    found: Allocated,
) -> Decision:
    """Return a decision that also tells of orders, of limits from outside, of the plan it followed, and of whom a candidate ruled."""
    plan, trial = found.memory.plan, None if found.failed else memory.canary
    if memory.orders:
        decision = decision._replace(orders=lasting(memory.orders, sessions, decision.now_s))
    if trial is not None and trial.is_open and not trial.is_shadow and decision.mode is Mode.CHOSEN:
        decision = decision._replace(trial=(trial.policy.name, trial.members))
    if binding is not None:
        decision = explained(decision, binding)
    if plan is not None and decision.mode is Mode.CHOSEN:
        decision = decision._replace(plan=plan)
    return decision


def _noticed(
    memory: ControllerMemory, sense: Sensed, safety: SafetySettings, now_s: float, *, is_slow: bool
) -> Noticed:
    """Return what readings and silence tell of each session."""
    readings, grants, columns, service = memory.readings, memory.grants, memory.columns, memory.service
    energy_wh, start_wh, requested_wh = asked_of(memory)
    (idle_s, served_s, delivered_wh), signs, every = noticed(
        readings.current_a,
        energy_wh,
        readings.sampled_s,
        grants.limit_a,
        grants.serial,
        grants.confirmed_serial,
        grants.confirmed_s,
        grants.followed,
        memory.flowing,
        memory.offered,
        columns.present,
        columns.wants_power,
        columns.keeps_minimum,
        columns.idle_cause,
        requested_wh,
        service.idle_since_s,
        service.served_since_s,
        start_wh,
        sense.usable,
        sense.silent,
        now_s,
        *BOUNDS,
        safety.obey_tolerance_a,
        grants.value_s if is_slow else readings.sampled_s,
    )
    return Noticed(signs, every, idle_s, served_s, delivered_wh)


def _steered(
    snapshot: SiteSnapshot,
    memory: ControllerMemory,
    plant: Plant,
    proposals: Proposals,
    by: By,
    beside: tuple[StorageSensed | None, InForce | None, DischargeSensed | None, Plan | None],
) -> tuple[Decided, StorageMemory | None, tuple[Command, ...]]:
    """Return what `_decided` does, beside batteries where there are any and what vehicles feed back, and what batteries do."""
    stored, binding, feeding, plan = beside
    if feeding is not None:
        others = stored, binding, None, plan
        decided, known, powers = _steered(snapshot, memory, plant, charging_of(proposals), by, others)
        lease_s = lasts_s(memory.grants, by[2].lease_s, snapshot.now_s)
        feeders = Feeders(by[0], feeding, plant.storage, lease_s)
        return with_discharge(decided, proposals, snapshot, plant.settings, feeders), known, powers
    if stored is None:
        return _decided(snapshot, memory, plant, proposals, by), memory.storage, ()
    assert plant.storage is not None
    room = snapshot.grid if binding is None else aimed(snapshot.grid, binding)
    return with_batteries(
        snapshot,
        memory,
        plant.settings,
        proposals,
        Beside(stored, plant.storage, room, *by[:2], plan),
        lambda narrowed, wanted: _decided(narrowed, memory, plant, wanted, by),
    )


def _decided(
    snapshot: SiteSnapshot, memory: ControllerMemory, plant: Plant, proposals: Proposals, by: By
) -> Decided:
    """Return the limits: proposals made smooth, then safe, each with the last rule that fixed it; since when each session waits
    and is served, (2, n); and the EVSEs whose limits go out, (k,).
    """
    (sense, mode, pace, is_limited), grants, safety = by, memory.grants, plant.settings.safety
    sessions, network = snapshot.sessions, snapshot.network
    floats, (cause, binding), sent, row_load_a, evses = limited(
        snapshot.grid[:],
        network.pilot_start,
        network.pilots_a,
        proposals.current_a,
        proposals.cause,
        proposals.binding_row,
        sessions.column,
        sessions.min_a,
        sessions.max_a,
        sessions.present,
        sessions.wants_power,
        sessions.keeps_minimum,
        snapshot.controllable,
        snapshot.reserved_a,
        sense.ceiling_a,
        sense.adrift,
        sense.runaway,
        grants.limit_a,
        grants.lease_until_s,
        grants.serial,
        grants.confirmed_serial,
        grants.log_s,
        grants.value_s,
        memory.moves.changed_s,
        memory.moves.fell_s,
        memory.service.idle_since_s,
        memory.service.served_since_s,
        snapshot.now_s,
        plant.smoothing,
        safety.reserves_in_flight,
        mode is Mode.CHOSEN and not is_limited,
        pace.lease_s,
    )
    decision = Decision(
        now_s=snapshot.now_s,
        architecture=memory.architecture,
        mode=mode,
        network=network,
        before_a=grants.limit_a,
        proposed_a=proposals.current_a,
        after_a=floats[0],
        sent=sent,
        cause=cause,
        binding_row=binding,
        row_load_a=row_load_a,
        row_rating_a=snapshot.grid.rating_a,
        age_s=sense.evse_age_s,
        place=proposals.queue.place,
        expected_start_s=proposals.queue.expected_start_s,
    )
    return decision, floats[1:], evses


def _trusted(
    memory: ControllerMemory, sense: Sensed, safety: SafetySettings, now_s: float
) -> tuple[TrustMemory, Mode]:
    """Return the mode that this cycle's evidence allows."""
    trust, mode, _ = next_mode(
        memory.trust,
        Evidence(
            optimiser_ok=not memory.architecture_failed,
            rows_usable_ratio=sense.rows_usable_ratio,
            site_meter_ok=sense.root_works,
            lease_ok=True,
            now_s=now_s,
        ),
        safety,
    )
    return trust, mode


def _snapshot(
    memory: ControllerMemory,
    plant: Plant,
    sense: Sensed,
    sessions: tuple[Seated, Noticed, DischargeSensed | None],
    by: tuple[Mode, Pace],
    now_s: float,
) -> SiteSnapshot:
    """Return the frozen picture the architectures see; with trust lost, on conservative ratings."""
    (seated, seen, feeding), (mode, pace) = sessions, by
    found = SiteSnapshot(
        now_s=now_s,
        period_s=plant.settings.period_s,
        network=plant.network,
        grid=sense.grid if mode is Mode.CHOSEN else sense.conservative,
        sessions=seated.columns,
        delivered_wh=seen.delivered_wh,
        measured_a=memory.readings.current_a,
        setpoint_a=memory.grants.limit_a,
        reserved_a=sense.fixed_a,
        controllable=sense.controllable,
        idle_s=seen.idle_s,
        served_s=seen.served_s,
        changed_s=memory.moves.changed_s,
        fell_s=memory.moves.fell_s,
        spare_wh=np.zeros(len(plant.network.evse_ids)),
        room_wh=np.zeros(len(plant.network.evse_ids)),
        outlook=plant.outlooks.at(now_s, memory.prices),
        round_trip_s=pace.round_trip_s,
    )
    return found if feeding is None else with_stores(found, memory, feeding, sense.usable)


def _put_out(
    memory: ControllerMemory,
    safety: SafetySettings,
    by: tuple[Noticed, Sensed, DischargeSensed | None, Pace],
    decision: Decision,
    evses: Ints,
) -> tuple[Grants, DischargeMemory | None, tuple[Command, ...]]:
    """Return the grants of charge and discharge after this cycle's readings and limits, and the commands that send these."""
    seen, sense, feeding, pace = by
    grants = _seen_to_hold(memory, seen, sense, safety.obey_tolerance_a)
    discharge = None if feeding is None else feeding.memory
    return put_out_both(grants, discharge, decision, evses, pace.lease_s)


def _seen_to_hold(memory: ControllerMemory, seen: Noticed, sense: Sensed, tolerance_a: float) -> Grants:
    """Return the grants of charge after this cycle's readings."""
    grants, readings = memory.grants, memory.readings
    if seen.every & OBEYS:
        grants = obeyed(grants, (seen.signs & OBEYS) != 0)
    return overtaken(grants, readings.current_a, readings.sampled_s, sense.believed, tolerance_a)

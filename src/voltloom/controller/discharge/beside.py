"""Vehicles that feed back in one cycle: what it must know of them before it decides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.contract import Proposals
from voltloom.controller.discharge.granting import SAME_A, Within, granted_discharge
from voltloom.controller.discharge.memory import DischargeMemory, with_grants
from voltloom.controller.discharge.sensing import DischargeSensed, discharge_sensed, net_wh, stores_of
from voltloom.controller.leases.grants import Grants, put_out
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.sensing import Bases, Sensed, fed_at
from voltloom.controller.settings import ControlSettings
from voltloom.controller.storage.beside import Decided
from voltloom.decision.command import Command
from voltloom.decision.record import Decision
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.safety.settings import SafetySettings
from voltloom.site.kernels import sums_of
from voltloom.site.network import Bools, Floats, Grid, Ints, Network
from voltloom.site.storage import StorageNetwork


def found_discharge(
    memory: ControllerMemory, network: Network, safety: SafetySettings, now_s: float
) -> DischargeSensed | None:
    """Return what vehicles may be feeding back, None where no outlet can discharge."""
    if memory.discharge is None:
        return None
    return discharge_sensed(memory.discharge, memory.readings, network, safety, now_s)


def asked_of(memory: ControllerMemory) -> tuple[Floats, Floats, Floats]:
    """Return each outlet's register, that at the start of its session, and the energy asked for, (n,) each.

    Where vehicles feed back the registers are net, and one that may do so never has all it wants: it may give until it leaves.
    """
    energy_wh, start_wh, columns = memory.readings.energy_wh, memory.service.start_wh, memory.columns
    if memory.discharge is None:
        return energy_wh, start_wh, columns.requested_wh
    return (
        net_wh(energy_wh, memory.discharge.exported_wh),
        net_wh(start_wh, memory.discharge.start_wh),
        np.where(columns.most_discharge_a > 0.0, np.inf, columns.requested_wh),
    )


def with_stores(
    snapshot: SiteSnapshot, memory: ControllerMemory, found: DischargeSensed, usable: Bools
) -> SiteSnapshot:
    """Return the snapshot with what vehicles hold, and setpoints that are negative where one was told to feed back."""
    spare_wh, room_wh = stores_of(found, memory.readings, snapshot.sessions, usable, snapshot.now_s)
    setpoint_a = memory.grants.limit_a - found.memory.grants.limit_a
    return snapshot._replace(spare_wh=spare_wh, room_wh=room_wh, setpoint_a=setpoint_a)


def fed_by_vehicles(
    bases: Bases, memory: ControllerMemory, network: Network, found: DischargeSensed | None
) -> Bases:
    """Return the bases with what vehicles may be feeding in: it makes a meter show less of the building than there is."""
    if found is None:
        return bases
    fed_a = sums_of(network.grid, memory.columns.column, found.fed_a).sum(axis=1)
    if not bases.any_fed:
        return fed_at(bases, network.feeds_back, fed_a, bases.batteries)
    return fed_at(bases, np.isinf(bases.fed.most_a), fed_a - bases.fed.least_other_a, bases.batteries)


def export_grid(
    network: Network, storage: StorageNetwork | None, safety: SafetySettings, now_s: float, lease_s: float
) -> Grid:
    """Return what every row bears of what vehicles feed in: its rating less the margin, and less what else may feed in until
    a lease of lease_s ends.
    """
    rating_a = network.grid.rating_a * (1.0 - safety.margin_ratio)
    if storage is not None:
        pv_a = np.maximum(storage.pv_most_a(now_s), storage.pv_most_a(now_s + lease_s))
        rating_a = rating_a - pv_a - storage.discharge_a @ storage.row_shares
    return network.with_ratings(np.maximum(rating_a, 0.0), worst_draw=True)


def charging_of(proposals: Proposals) -> Proposals:
    """Return what an architecture wants to charge with; what it wants fed back is no part of it."""
    return proposals._replace(current_a=np.maximum(proposals.current_a, 0.0))


class Feeders(NamedTuple):
    """What discharge is granted by. lease_s: how long it holds when it is granted now."""

    sense: Sensed
    found: DischargeSensed
    storage: StorageNetwork | None
    lease_s: float


def with_discharge(
    decided: Decided,
    proposals: Proposals,
    snapshot: SiteSnapshot,
    settings: ControlSettings,
    by: Feeders,
) -> Decided:
    """Return what was decided of charging with what is fed back: negative limits, their causes, and what goes out.

    Nobody waits for power while it gives some.
    """
    (decision, waits, evses), (sense, found, storage, lease_s) = decided, by
    export = export_grid(snapshot.network, storage, settings.safety, snapshot.now_s, lease_s)
    wish_a = np.maximum(-proposals.current_a, 0.0)
    given = granted_discharge(snapshot, wish_a, found, sense, settings, Within(export, lease_s))
    feeds = given.asked & (decision.after_a <= 0.0)
    given_a = np.where(feeds, given.limit_a, 0.0)
    after_a, signed_a = decision.after_a - given_a, decision.before_a - found.memory.grants.limit_a
    sent = np.abs(after_a - signed_a) > SAME_A
    told = feeds & snapshot.controllable
    waits[0, given_a > 0.0] = np.inf
    decision = decision._replace(
        before_a=signed_a,
        proposed_a=proposals.current_a,
        after_a=after_a,
        sent=sent,
        cause=np.where(told, given.cause, decision.cause),
        binding_row=np.where(told, given.binding_row, decision.binding_row),
    )
    return decision, waits, np.union1d(evses, np.flatnonzero(sent))


def put_out_both(
    charge: Grants, memory: DischargeMemory | None, decision: Decision, evses: Ints, lease_s: float
) -> tuple[Grants, DischargeMemory | None, tuple[Command, ...]]:
    """Return what was granted of charge and discharge after a decision's limits went out to some EVSEs, (k,), and the command.

    One command and one serial tell either, so that a station always holds exactly one of them.
    """
    now_s, limit_a = decision.now_s, decision.after_a
    if not evses.size:
        return charge, memory, ()
    if memory is None:
        charge, command = put_out(charge, evses, limit_a, now_s=now_s, lease_s=lease_s)
        return charge, None, (command,)
    given_a, serial = np.maximum(-limit_a, 0.0), charge.next_serial
    memory = with_grants(memory, evses, given_a, serial, now_s=now_s, lease_s=lease_s)
    charge, command = put_out(charge, evses, np.maximum(limit_a, 0.0), now_s=now_s, lease_s=lease_s)
    return charge, memory, (command._replace(limit_a=limit_a[evses]),)

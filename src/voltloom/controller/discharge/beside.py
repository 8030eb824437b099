"""Vehicles that feed back in one cycle: what it must know of them before it decides."""

from __future__ import annotations

import numpy as np

from voltloom.controller.discharge.sensing import DischargeSensed, discharge_sensed, net_wh, stores_of
from voltloom.controller.memory import ControllerMemory
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.safety.settings import SafetySettings
from voltloom.site.network import Bools, Floats, Network


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

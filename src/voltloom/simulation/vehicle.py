"""Vehicles as columns: plugging a visit in and out, and what a battery could have taken alone."""

from __future__ import annotations

import numpy as np

from voltloom.simulation.columns import VehicleColumns
from voltloom.simulation.kernels import two_stage_soc
from voltloom.simulation.visits import BatteryKind, Visit
from voltloom.site.network import Network
from voltloom.units import wh_from_w


def plug_in(vehicles: VehicleColumns, network: Network, evse: int, number: int, visit: Visit) -> None:
    """Put a visit's car at an EVSE."""
    count = len(network.evse_ids)
    phases = int(visit.uses_all_phases)
    vehicles.is_there[evse] = True
    vehicles.visit[evse] = number
    vehicles.column[evse] = evse + phases * count
    vehicles.w_per_a[evse] = network.w_per_a[phases, evse]
    vehicles.max_w[evse] = visit.max_power_w
    vehicles.min_a[evse] = visit.min_a
    vehicles.is_two_stage[evse] = visit.battery.kind is BatteryKind.TWO_STAGE
    vehicles.capacity_wh[evse] = visit.battery.capacity_wh
    vehicles.charge_wh[evse] = visit.battery.initial_wh
    vehicles.transition_soc_ratio[evse] = visit.battery.transition_soc_ratio
    vehicles.left_wh[evse] = visit.wants_wh
    vehicles.stated_wh[evse] = np.inf if np.isnan(visit.stated_wh) else visit.stated_wh
    vehicles.delivered_wh[evse] = 0.0
    vehicles.is_fixed[evse] = not visit.is_dynamic
    vehicles.latched_a[evse] = 0.0
    vehicles.request_a[evse] = np.inf
    vehicles.has_drawn[evse] = False
    vehicles.is_asleep[evse] = False
    vehicles.gives_w[evse] = visit.max_power_w if visit.discharges else 0.0
    vehicles.gives_ratio[evse] = visit.gives_ratio
    vehicles.is_full[evse] = min(visit.wants_wh, visit.battery.capacity_wh - visit.battery.initial_wh) <= 1e-6


def unplug(vehicles: VehicleColumns, evse: int) -> None:
    """Take the car away."""
    vehicles.is_there[evse] = vehicles.has_drawn[evse] = False
    vehicles.visit[evse] = -1


def obtainable_wh(network: Network, evse: int, visit: Visit, stay_s: float) -> float:
    """Return what a visit could take within a stay if it were alone on an unlimited site."""
    room_wh = max(0.0, min(visit.wants_wh, visit.battery.capacity_wh - visit.battery.initial_wh))
    offered_a = float(network.max_a[evse])
    if stay_s <= 0.0 or room_wh <= 0.0 or offered_a < visit.min_a - 1e-9:
        return 0.0
    offered_w = min(visit.max_power_w, offered_a * float(network.w_per_a[int(visit.uses_all_phases), evse]))
    offered_wh = wh_from_w(offered_w, stay_s)
    if visit.battery.kind is BatteryKind.IDEAL or offered_w <= 0.0:
        return min(room_wh, offered_wh)
    capacity_wh, soc_ratio = visit.battery.capacity_wh, visit.battery.initial_soc_ratio
    after_ratio = two_stage_soc(
        soc_ratio,
        offered_wh / capacity_wh,
        visit.battery.transition_soc_ratio,
        offered_w / visit.max_power_w,
    )
    return min(room_wh, float(after_ratio - soc_ratio) * capacity_wh)

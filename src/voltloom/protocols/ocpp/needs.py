"""What an ISO 15118 vehicle wants, plans and may ask for: NotifyEVChargingNeeds, its own schedule, a pulled update.

Sources: OCPP 2.0.1 K15 to K17; OCPP 2.1 K18 to K20 (ISO 15118-20, V2X) and K29 (PullDynamicScheduleUpdate).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from msgspec import UNSET

from voltloom.protocols.ocpp.hearing import Hearing, Oddity, Outlet, Remarked, StationMemory, Understood
from voltloom.protocols.ocpp.timestamps import read_ahead
from voltloom.session.events import CapabilityReported, NeedStated

_ONE_PHASE = "AC_single_phase"


class Wanted(NamedTuple):
    """What a vehicle asks for, NaN where it does not tell. min_a, max_a: on each phase of the site's side.

    battery_wh: what its battery holds when it is full.
    """

    energy_wh: float = math.nan
    soc_ratio: float = math.nan
    min_a: float = 0.0
    max_a: float = math.nan
    discharges: bool = False
    battery_wh: float = math.nan


def needs_told(message: Any, memory: StationMemory, hearing: Hearing, answer: Any) -> Understood:
    """Take needs. The answer says whether a profile follows within 60 s (K15.FR.07): not before a transaction runs."""
    number = message.evse_id
    if number not in hearing.place.outlets:
        remark = Remarked(Oddity.UNKNOWN_OUTLET, number)
        return Understood(memory, answer(status="Rejected"), remarks=(remark,))
    outlet, needs = hearing.place.outlets[number], message.charging_needs
    wanted = wanted_of(needs, outlet)
    max_a = outlet.max_a if math.isnan(wanted.max_a) else wanted.max_a
    capability = CapabilityReported(
        time_s=hearing.now_s,
        evse=outlet.evse,
        is_dynamic=True,
        uses_all_phases=needs.requested_energy_transfer != _ONE_PHASE,
        min_a=min(wanted.min_a, max_a),
        max_a=max_a,
        discharges=wanted.discharges,
    )
    need = NeedStated(
        time_s=hearing.now_s,
        evse=outlet.evse,
        energy_wh=wanted.energy_wh + _delivered_wh(memory, number),
        departure_s=math.nan if needs.departure_time is UNSET else read_ahead(needs.departure_time),
        soc_ratio=wanted.soc_ratio,
        is_from_vehicle=True,
        battery_wh=wanted.battery_wh,
    )
    known = memory.outlet(number)._replace(capability=capability)
    status = _status(memory, number, hearing, is_v21=hasattr(needs, "v2x_charging_parameters"))
    return Understood(memory.with_outlet(number, known), answer(status=status), (need, capability))


def wanted_of(needs: Any, outlet: Outlet) -> Wanted:
    """Return what a ChargingNeedsType of either version asks for.

    Of a DC vehicle the power counts, for its currents are the cable's. A bidirectional one tells everything in the V2X
    parameters; what it does not tell there counts from the others.
    """
    ac, dc = needs.ac_charging_parameters, needs.dc_charging_parameters
    v2x = getattr(needs, "v2x_charging_parameters", UNSET)
    wanted = Wanted()
    if ac is not UNSET:
        wanted = Wanted(
            float(ac.energy_amount), min_a=float(ac.ev_min_current), max_a=float(ac.ev_max_current)
        )
    elif dc is not UNSET:
        max_a = math.nan if dc.ev_max_power is UNSET else _site_a(dc.ev_max_power, outlet)
        wanted = Wanted(_dc_energy_wh(dc), _told(dc.state_of_charge) / 100.0, max_a=max_a)
        if dc.ev_energy_capacity is not UNSET and dc.ev_energy_capacity > 0.0:
            wanted = wanted._replace(battery_wh=float(dc.ev_energy_capacity))
    return wanted if v2x is UNSET else _with_v2x(wanted, v2x, outlet)


def planned_a(message: Any, outlet: Outlet) -> float:
    """Return the highest current on a phase that a vehicle's own schedule plans; NaN where it tells no limit."""
    schedule = message.charging_schedule
    most = math.nan
    for period in schedule.charging_schedule_period:
        if period.limit is UNSET:
            continue
        phases_count = outlet.phases_count if period.number_phases is UNSET else period.number_phases
        is_power = schedule.charging_rate_unit == "W"
        current_a = period.limit / (outlet.voltage_v * phases_count) if is_power else period.limit
        if outlet.is_dc and not is_power:
            continue  # the cable's side; its power is not told
        most = current_a if math.isnan(most) else max(most, current_a)
    return most


def update_pulled(message: Any, hearing: Hearing, answer: Any, types: Any) -> Any:
    """Return the answer to a 2.1 station that asks for the number in its dynamic profile."""
    limit = hearing.scheduled.pulled.get(message.charging_profile_id)
    if limit is None:
        return answer(status="Rejected")
    return answer(status="Accepted", schedule_update=types.ChargingScheduleUpdateType(limit=limit))


def _status(memory: StationMemory, number: int, hearing: Hearing, *, is_v21: bool) -> str:
    if number in hearing.scheduled.refusing:  # no profile of ours is ever taken there
        return "NoChargingProfile" if is_v21 else "Rejected"
    runs = any(t.outlet == number and not t.is_over for t in memory.transactions)
    return "Accepted" if runs else "Processing"


def _with_v2x(wanted: Wanted, v2x: Any, outlet: Outlet) -> Wanted:
    energy_wh = _told(v2x.ev_target_energy_request)
    if math.isnan(energy_wh):
        energy_wh = _told(v2x.ev_max_energy_request)
    max_a = _told(v2x.max_charge_current) if not outlet.is_dc else math.nan
    min_a = _told(v2x.min_charge_current) if not outlet.is_dc else math.nan
    if v2x.max_charge_power is not UNSET:
        max_a = _site_a(v2x.max_charge_power, outlet)
    given = (v2x.max_discharge_power, v2x.max_discharge_current)
    return wanted._replace(
        energy_wh=wanted.energy_wh if math.isnan(energy_wh) else max(0.0, energy_wh),
        min_a=wanted.min_a if math.isnan(min_a) else min_a,
        max_a=wanted.max_a if math.isnan(max_a) else max_a,
        discharges=any(value is not UNSET and value != 0.0 for value in given),
    )


def _dc_energy_wh(dc: Any) -> float:
    """Return the energy that is stated, or what its battery lacks of being full."""
    if dc.energy_amount is not UNSET:
        return float(dc.energy_amount)
    full = 100 if dc.full_so_c is UNSET else dc.full_so_c
    if UNSET in (dc.ev_energy_capacity, dc.state_of_charge):
        return math.nan
    return float(max(0.0, dc.ev_energy_capacity * (full - dc.state_of_charge) / 100.0))


def _delivered_wh(memory: StationMemory, number: int) -> float:
    """Return what the running transaction gave already: a need counts from the plug-in, a vehicle's from now."""
    running = [t for t in memory.transactions if t.outlet == number and not t.is_over]
    delivered_wh = memory.outlet(number).register_wh - running[-1].start_wh if running else 0.0
    return delivered_wh if delivered_wh > 0.0 else 0.0


def _site_a(power_w: float, outlet: Outlet) -> float:
    return float(power_w) / (outlet.voltage_v * outlet.phases_count)


def _told(value: Any) -> float:
    return math.nan if value is UNSET else float(value)

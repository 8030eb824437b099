"""What a demo's own process does beside its site and its fleet: drivers state what they want, a building draws, faults befall the fleet."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from voltloom.session.events import NeedStated
from voltloom.session.need import ImplausibleNeed
from voltloom.simulation.faults import FaultKind, FaultSpec, Meter, draw
from voltloom.simulation.scenario import OtherLoad
from voltloom.units import SECONDS_PER_HOUR
from voltloom.virtual.circuit_meter import CircuitMeter, rows_of
from voltloom.web.console import faults as asked

if TYPE_CHECKING:
    from voltloom.live.config import Config
    from voltloom.live.running import LiveSite
    from voltloom.simulation.visits import Visit
    from voltloom.site.network import Floats, Network
    from voltloom.virtual.fleet import Fleet, FleetPlan

LOOK_S: Final = 0.5  # real seconds between two looks at who has come
DAYS_COUNT: Final = 3
CLOCKS_DIFFER_S: Final = 120.0  # a station's from the site's: the visit before may not have ended yet
_Kind = asked.FaultKind
SPECS: Final[Mapping[asked.FaultKind, FaultSpec]] = {
    _Kind.STATION_OFFLINE: FaultSpec(kind=FaultKind.STATION_OFFLINE),
    _Kind.WAN_LOSS: FaultSpec(kind=FaultKind.STATION_OFFLINE),
    _Kind.METER_FROZEN: FaultSpec(kind=FaultKind.METER_FROZEN),
    _Kind.METER_HIGH: FaultSpec(kind=FaultKind.METER_SCALED, magnitude_ratio=1.2),
    _Kind.SLOW_STATION: FaultSpec(kind=FaultKind.MESSAGE_DELAY, delay_s=20.0),
    _Kind.CLOCK_SKEW: FaultSpec(kind=FaultKind.STATION_CLOCK_SKEWED, delay_s=-600.0),
    _Kind.CAR_IGNORES_LIMIT: FaultSpec(kind=FaultKind.VEHICLE_IGNORES_LIMIT),
}


class Played:
    """The fleet as the demo bar sees it."""

    def __init__(self, fleet: Fleet, config: Config) -> None:
        self._fleet, self._site = fleet, config.site

    def suffer(self, faults: Sequence[asked.Fault]) -> None:
        """Let these faults hold from now on; the limit and the prices are no faults of the fleet."""
        garage = self._fleet.garage
        specs = [_spec(fault, garage.network) for fault in faults if fault.kind in SPECS]
        self._fleet.suffer(
            draw(
                specs,
                seed=self._fleet.plan.seed,
                site=self._site,
                network=garage.network,
                start_s=0.0,
                end_s=math.inf,
            )
        )


def _spec(fault: asked.Fault, network: Network) -> FaultSpec:
    is_circuits = bool(fault.target) and fault.target not in network.index
    spec = replace(SPECS[fault.kind], start_s=fault.from_s, length_s=fault.until_s - fault.from_s)
    if fault.target:
        spec = replace(spec, target=(fault.target,), meter=Meter.CIRCUIT if is_circuits else Meter.EVSE)
    return spec


def meters_of(config: Config, fleet: Fleet) -> tuple[tuple[CircuitMeter, str, int], ...]:
    """Return the meters that the site's file expects on Modbus/TCP, with where each is to listen."""
    return tuple(
        (
            CircuitMeter(fleet.garage, np.array(meter.rows), meter.registers[0].address, meter.device.number),
            meter.device.host,
            meter.device.port,
        )
        for meter in config.meters.modbus
    )


def building(
    network: Network, start_s: float, hours_a: Mapping[str, Sequence[float]], offset_s: float
) -> OtherLoad:
    """Return what else the circuits carry. hours_a: of each, A on each phase at each hour of a day. offset_s: of local time."""
    midnight_s = start_s - (start_s + offset_s) % (24 * SECONDS_PER_HOUR)
    starts_s: Floats = midnight_s + np.arange(24.0 * DAYS_COUNT) * SECONDS_PER_HOUR
    current_a = np.zeros((starts_s.size, len(network.row_ids)))
    for circuit, a_by_hour in hours_a.items():
        current_a[:, rows_of(network.row_circuit, circuit)] = np.tile(a_by_hour, DAYS_COUNT)[:, None]
    return OtherLoad(start_s=starts_s, current_a=current_a)


async def drivers(site: LiveSite, plan: FleetPlan) -> None:
    """State what drivers typed as their app would, and a floor once a vehicle has told that it can feed back."""
    refused: set[str] = set()
    while True:
        await asyncio.sleep(LOOK_S)
        now_s = site.clock.now_s()
        for visit in plan.scenario.visits:
            if visit.session_id in refused or (said := _said(site, visit, now_s)) is None:
                continue
            try:
                await site.loop.order((said,), "driver")
            except ImplausibleNeed:  # a person typed it: the site goes on without
                refused.add(visit.session_id)


def _said(site: LiveSite, visit: Visit, now_s: float) -> NeedStated | None:
    """Return what a driver has to say now, None for nothing."""
    if not visit.arrival_s <= now_s < visit.departure_s:
        return None
    evse = site.network.index[visit.evse_id]
    session = site.loop.memory.seats[evse].session
    has_floor, has_wish = not math.isnan(visit.floor_ratio), visit.stated_departure_s > now_s
    if session is None or session.arrival_s < visit.arrival_s - CLOCKS_DIFFER_S:
        return None
    need = session.need
    if has_floor and (
        not session.capability.discharges or need.may_feed_back or not math.isnan(need.floor_ratio)
    ):
        return None
    if not has_floor and (not has_wish or math.isfinite(need.departure_s)):
        return None
    return NeedStated(
        time_s=now_s,
        evse=evse,
        energy_wh=visit.stated_wh,
        departure_s=visit.stated_departure_s,
        soc_ratio=math.nan,
        floor_ratio=visit.floor_ratio,
        battery_wh=visit.battery.capacity_wh if has_floor else math.nan,
    )

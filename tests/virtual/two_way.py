"""A real server whose outlets work both ways, and a virtual OCPP 2.1 station with a vehicle that feeds back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voltloom.live.clock import Clock
from voltloom.live.config import Config, config_of
from voltloom.live.running import LiveSite
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.session.events import NeedStated
from voltloom.simulation.faults import FaultSpec
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import network_of
from voltloom.virtual.fleet import Fleet
from voltloom.virtual.line import Address
from voltloom.virtual.planning import Day, Kind, member, plan_of
from voltloom.virtual.profile_words import ProfileAbility

EVENING_S = 1_570_032_000.0  # 2 October 2019, 18:00 in Berlin
BATTERY_WH = 40_000.0
HELD_RATIO = 0.55
FLOOR_RATIO = 0.5
MOST_A = 16.0


def tree() -> dict[str, Any]:
    """Return the file of a site that earns more by what it feeds in now than it pays at night."""
    schedule = {"times": [0, 17, 21], "tariffs": [0.1, 0.9, 0.1]}
    planning = {
        "objective": "cost",
        "export_price_per_kwh": 0.8,
        "buys": {"currency": "EUR", "schedule": [schedule]},
    }
    return {
        "site": {
            "name": "Yard",
            "time_zone": "Europe/Berlin",
            "voltage_v": 230.0,
            "circuit": [{"id": "yard", "rating_a": 63.0}],
            "evse": [
                {"name": "bays", "ids": ["CP1"], "circuit": "yard", "max_a": 32.0, "discharge_a": MOST_A}
            ],
        },
        "control": {"architecture": "adaptive-plan", "planning": planning},
        "gateway": {"port": 0, "security_profile": 0, "allow_insecure": True},
        "journal": {"path": "journal.db"},
        "station": [{"id": "CP1", "evses": ["CP1"]}],
        "token": [{"id": "anna"}],
    }


def config(folder: Path) -> Config:
    """Return its configuration."""
    return config_of(tree(), folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A vehicle's stay. departs_min: after it came."""

    departs_min: float = 600.0
    held_ratio: float = HELD_RATIO
    version: OcppVersion = OcppVersion.V21
    faults: Sequence[FaultSpec] = ()


def fleet_of(site: LiveSite, stay: Stay) -> Fleet:
    """Return the station and its vehicle, which comes in ten seconds; made in a running loop."""
    plan, now_s = site.config.site, site.clock.now_s()
    departure_s = now_s + 60.0 * stay.departs_min
    visit = Visit(
        session_id="v1",
        evse_id="CP1",
        id_token="anna",
        arrival_s=now_s + 10.0,
        departure_s=departure_s,
        stated_departure_s=now_s + 36_000.0,
        stated_wh=5000.0,
        wants_wh=BATTERY_WH * (1.0 - stay.held_ratio),
        max_power_w=11_040.0,
        battery=BatterySpec(
            kind=BatteryKind.IDEAL, capacity_wh=BATTERY_WH, initial_wh=BATTERY_WH * stay.held_ratio
        ),
        soc_known=True,
        discharges=True,
    )
    kind = Kind(
        version=stay.version,
        address=Address(f"ws://127.0.0.1:{site.ports[0][1]}/ocpp", call_timeout_s=3.0),
        ability=ProfileAbility(follows_setpoints=True),
        meter_s=20.0,
        has_iso15118=True,
    )
    station = member(plan, network_of(plan), "CP1", ["CP1"], kind)
    day = Day(start_s=now_s, visits=(visit,), faults=tuple(stay.faults))
    return Fleet(plan_of(plan, [station], day), site.clock, "two way")


async def consented(site: LiveSite, floor_ratio: float = FLOOR_RATIO) -> None:
    """Let the driver allow it, as an app would."""
    now_s = site.clock.now_s()
    stated = NeedStated(
        time_s=now_s,
        evse=0,
        energy_wh=5000.0,
        departure_s=now_s + 36_000.0,
        soc_ratio=float("nan"),
        floor_ratio=floor_ratio,
        battery_wh=BATTERY_WH,
    )
    await site.loop.order((stated,), "driver")


async def until(clock: Clock, holds: Callable[[], bool], what: str, site_s: float) -> None:
    """Wait until something holds. Raises AssertionError when so much of the site's time is over."""
    end_s = clock.now_s() + site_s
    while not holds():
        assert clock.now_s() < end_s, what
        await asyncio.sleep(0.01)


def current_a(fleet: Fleet) -> float:
    """Return what really flows, negative while the vehicle feeds back."""
    return float(fleet.garage.world.stations.columns.current_a[0])


def held_ratio(fleet: Fleet) -> float:
    """Return the vehicle's true state of charge."""
    return float(fleet.garage.world.vehicles.charge_wh[0]) / BATTERY_WH

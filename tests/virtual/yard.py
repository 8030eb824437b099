"""A real server for a yard of a few outlets on one circuit, and virtual stations at them, on one accelerated clock."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.steady import SteadyClock
from voltloom.live.config import config_of
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.simulation.faults import FaultSpec
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import network_of
from voltloom.virtual.fleet import Fleet
from voltloom.virtual.line import Address
from voltloom.virtual.planning import Day, Kind, member, plan_of
from voltloom.virtual.profile_words import ProfileAbility

START_S = 1_570_000_000.0  # in October 2019
SPEED_RATIO = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Yard:
    """A yard. versions: of its stations, one outlet each. visits: minutes of arrival and departure, by station."""

    versions: Sequence[OcppVersion]
    visits: Sequence[tuple[int, float, float]]
    rating_a: float = 40.0
    faults: Sequence[FaultSpec] = ()
    ability: ProfileAbility = field(default_factory=ProfileAbility)
    has_iso15118: bool = False
    tokens: Sequence[str] = ()
    speed_ratio: float = SPEED_RATIO
    seed: int = 1

    @property
    def names(self) -> list[str]:
        """Return the identities, which are the outlets' names too."""
        return [f"CP{number}" for number in range(1, len(self.versions) + 1)]


def tree_of(yard: Yard) -> dict[str, object]:
    tokens = list(yard.tokens) or [f"driver{place}" for place in range(len(yard.visits))]
    return {
        "site": {
            "name": "Yard",
            "time_zone": "Europe/Berlin",
            "voltage_v": 230.0,
            "circuit": [{"id": "yard", "rating_a": yard.rating_a}],
            "evse": [{"name": "bays", "ids": yard.names, "circuit": "yard", "max_a": 32.0}],
        },
        "gateway": {"port": 0, "security_profile": 0, "allow_insecure": True},
        "journal": {"path": "journal.db"},
        "station": [{"id": name, "evses": [name]} for name in yard.names],
        "token": [{"id": token} for token in tokens],
    }


def visits_of(yard: Yard) -> tuple[Visit, ...]:
    found = []
    for place, (number, arrival_min, departure_min) in enumerate(yard.visits):
        battery = BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=80_000.0, initial_wh=0.0)
        found.append(
            Visit(
                session_id=f"v{place}",
                evse_id=yard.names[number],
                id_token=f"driver{place}",
                arrival_s=START_S + 60.0 * arrival_min,
                departure_s=START_S + 60.0 * departure_min,
                stated_departure_s=START_S + 60.0 * departure_min,
                stated_wh=40_000.0,
                wants_wh=40_000.0,
                max_power_w=22_080.0,
                battery=battery,
            )
        )
    return tuple(sorted(found, key=lambda visit: visit.arrival_s))


def fleet_of(yard: Yard, site: LiveSite) -> Fleet:
    """Return the stations of a yard whose server listens; made in a running loop."""
    plan, network = site.config.site, network_of(site.config.site)
    address = Address(f"ws://127.0.0.1:{site.ports[0][1]}/ocpp", call_timeout_s=3.0)
    members = []
    for name, version in zip(yard.names, yard.versions, strict=True):
        kind = Kind(
            version=version,
            address=address,
            ability=yard.ability,
            has_iso15118=yard.has_iso15118,
            meter_s=30.0,
        )
        members.append(member(plan, network, name, [name], kind))
    day = Day(start_s=site.clock.now_s(), visits=visits_of(yard), faults=tuple(yard.faults), seed=yard.seed)
    return Fleet(plan_of(plan, members, day), site.clock, "yard")


async def played(yard: Yard, folder: Path, real_s: float) -> tuple[Fleet, LiveSite]:
    """Return a fleet and its server after all cars have left, or after so many real seconds."""
    clock = SteadyClock(yard.speed_ratio, START_S)
    site = await opened(config_of(tree_of(yard), folder=folder), clock)
    fleet = fleet_of(yard, site)
    over = asyncio.Event()
    asyncio.get_running_loop().call_later(real_s, over.set)
    await fleet.run(over)
    await site.stop()
    return fleet, site

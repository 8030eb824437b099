"""A fleet's plan: which stations stand at which outlets of a site, and which visits come to them, at their own times."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

from voltloom.controller.settings import ControlSettings
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.simulation.faults import FaultSpec, draw
from voltloom.simulation.scenario import OtherLoad, Scenario, VehicleSettings, no_other_load
from voltloom.simulation.visits import Visit
from voltloom.site.network import Network, network_of
from voltloom.site.topology import Evse, Site, Wiring
from voltloom.virtual.fleet import FleetPlan, Member
from voltloom.virtual.line import Address
from voltloom.virtual.nature import Nature
from voltloom.virtual.outlet import Hardware
from voltloom.virtual.profile_words import ProfileAbility

REACTION_S: Final = 5.0
TOKEN_LENGTH: Final = 12  # with its letter below the 20 characters of 1.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What some stations have in common. meter_s: between meter values in a transaction. factory_a: what their
    outlets offer before anybody has told them a limit.
    """

    version: OcppVersion
    address: Address
    ability: ProfileAbility = field(default_factory=ProfileAbility)
    meter_s: float = 60.0
    factory_a: float = math.inf
    has_iso15118: bool = False
    serves_unknown_offline: bool = True


def token_of(visit: Visit) -> str:
    """Return the token a visit's driver shows: short enough for every version, the same for the same driver."""
    return f"C{blake2b(visit.id_token.encode(), digest_size=TOKEN_LENGTH // 2).hexdigest()}"


def placed(
    visits: Iterable[Visit], network: Network, evse_ids: Sequence[str]
) -> tuple[tuple[Visit, ...], int]:
    """Return visits at outlets that are free for them, the one that is free for longest first, and how many found none.

    What a car takes at most is cut to what its outlet bears.
    """
    free_s = dict.fromkeys(evse_ids, -math.inf)
    found, left_out = [], 0
    for visit in sorted(visits, key=lambda visit: (visit.arrival_s, visit.session_id)):
        evse_id = min(free_s, key=free_s.__getitem__, default="")
        if not evse_id or free_s[evse_id] > visit.arrival_s:
            left_out += 1
            continue
        free_s[evse_id] = math.nextafter(visit.departure_s, math.inf)
        evse = network.index[evse_id]
        most_w = float(network.max_a[evse] * network.w_per_a[int(visit.uses_all_phases), evse])
        found.append(
            replace(
                visit, evse_id=evse_id, id_token=token_of(visit), max_power_w=min(visit.max_power_w, most_w)
            )
        )
    return tuple(found), left_out


def moved(visits: Iterable[Visit], by_s: float) -> tuple[Visit, ...]:
    """Return the same visits at other times."""
    return tuple(
        replace(
            visit,
            arrival_s=visit.arrival_s + by_s,
            departure_s=visit.departure_s + by_s,
            stated_departure_s=visit.stated_departure_s + by_s,
        )
        for visit in visits
    )


def member(site: Site, network: Network, identity: str, evse_ids: Sequence[str], kind: Kind) -> Member:
    """Return a station at some outlets of a site, in the order of its numbers."""
    by_id = {evse.evse_id: evse for evse in site.evses}
    feeds_back = kind.version is OcppVersion.V21 and kind.ability.follows_setpoints
    hardware = tuple(
        Hardware(
            number,
            by_id[evse_id].max_a,
            _phases(by_id[evse_id]),
            kind.factory_a,
            by_id[evse_id].discharge_a if feeds_back else 0.0,
        )
        for number, evse_id in enumerate(evse_ids, start=1)
    )
    nature = Nature(
        identity=identity,
        version=kind.version,
        outlets=hardware,
        ability=kind.ability,
        meter_s=kind.meter_s,
        has_iso15118=kind.has_iso15118 and kind.version is not OcppVersion.V16,
        serves_unknown_offline=kind.serves_unknown_offline,
    )
    evses = tuple(network.index[evse_id] for evse_id in evse_ids)
    return Member(nature=nature, evses=evses, address=kind.address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """When a fleet begins, who comes, what goes wrong. reaction_s: until a current follows a new limit. other_load: of the building, None for none."""

    start_s: float
    visits: tuple[Visit, ...] = ()
    faults: tuple[FaultSpec, ...] = ()
    seed: int = 1
    reaction_s: float = REACTION_S
    other_load: OtherLoad | None = None


def plan_of(site: Site, members: Sequence[Member], day: Day) -> FleetPlan:
    """Return the plan of a fleet. Visits that ended before its start are left out."""
    network = network_of(site)
    still = tuple(visit for visit in day.visits if visit.departure_s > day.start_s)
    scenario = Scenario(
        name="fleet",
        site=site,
        network=network,
        visits=still,
        start_s=day.start_s,
        end_s=math.inf,
        step_s=1.0,
        control=ControlSettings(period_s=60.0),
        other_load=no_other_load(network) if day.other_load is None else day.other_load,
        vehicles=VehicleSettings(reaction_s=day.reaction_s),
        seed=day.seed,
    )
    schedule = draw(
        day.faults, seed=day.seed, site=site, network=network, start_s=day.start_s, end_s=math.inf
    )
    return FleetPlan(members=tuple(members), scenario=scenario, schedule=schedule, seed=day.seed)


def outlets_of(members: Iterable[Member], network: Network) -> Mapping[str, tuple[str, ...]]:
    """Return the outlets of each station by its identity."""
    return {m.nature.identity: tuple(network.evse_ids[evse] for evse in m.evses) for m in members}


def _phases(evse: Evse) -> tuple[str, ...]:
    return ("L1", "L2", "L3") if evse.wiring is Wiring.THREE_PHASE else ()

"""The same sessions in both shells: the simulated one in virtual time, a real server with virtual stations over sockets.

What each shell made of them is a `Course`; `likeness` says how far two courses are from each other. docs/live.md says what
must be equal, and what is known to differ. `python -m benchmarks.bench_shells` measures, tests/virtual/test_both_shells.py asks.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import msgspec
import numpy as np
from sqlalchemy import select

from benchmarks.watched import Watched
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.controller.smoothing import CLIMB_MEMORY_S
from voltloom.decision.record import Decision
from voltloom.live.clock import Clock
from voltloom.live.config import Config
from voltloom.live.running import LiveSite, opened
from voltloom.live.wire import CYCLE_KIND, CoreCycle
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.session.events import NeedStated
from voltloom.simulation.play import Controller, Play
from voltloom.simulation.run import play_with
from voltloom.simulation.scenario import Scenario, StationSettings, VehicleSettings, no_other_load
from voltloom.simulation.visits import Visit
from voltloom.site.network import Bools, Floats, Network, network_of
from voltloom.store.database import reader_engine
from voltloom.store.journal_rows import rows_after
from voltloom.store.schema import sessions
from voltloom.units import MINIMUM_PILOT_A, SECONDS_PER_HOUR, wh_from_w
from voltloom.virtual.fleet import Fleet, FleetPlan
from voltloom.virtual.line import Address
from voltloom.virtual.planning import REACTION_S, Day, Kind, member, plan_of

LEVEL_A = 0.11  # profiles count in tenths of an ampere, readings in hundredths
LEAST_WH = 1000.0
FACTORY_A = 6.0
PAGE_COUNT = 500
FULL_WH = 10.0  # a vehicle that is so near to what it wanted has it
METERS_WH = 2.0  # OCPP 1.6 tells both ends of a transaction in whole Wh
STEP_S = 1.0  # of the simulation
LOOK_S = 0.02  # real seconds between two looks at what stations hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Same:
    """What both shells are given. visits: all come after start_s and have left before end_s; each driver states the need
    at plug-in. meter_s: between readings. versions: of the stations, in turn.
    """

    config: Config
    visits: tuple[Visit, ...]
    start_s: float
    end_s: float
    meter_s: float = 60.0
    versions: Sequence[OcppVersion] = tuple(OcppVersion)

    @property
    def network(self) -> Network:
        """Return the site's columns."""
        return network_of(self.config.site)

    @property
    def settles_s(self) -> float:
        """Return how long after an event the two shells may differ: one decides at once, the other at the end of a period;
        others are waited for until a reading shows them lower; who fell rises after a dwell, and climbs by the ramp.
        """
        settings = self.config.settings
        return 2.0 * settings.period_s + self.meter_s + settings.smoothing.dwell_s + CLIMB_MEMORY_S

    def late_wh(self, missed_s: float = 0.0) -> float:
        """Return what an outlet delivers at most in two periods, until a reading, and in the time that `missed_s` counts: by so much
        a visit may be apart.
        """
        settings, network = self.config.settings, self.network
        most_w = float((network.max_a * network.w_per_a[1]).max())
        return wh_from_w(most_w, 2.0 * settings.period_s + self.meter_s + missed_s)


class Steps(NamedTuple):
    """Limits over time: limit_a[k] (n,) holds from time_s[k] on."""

    time_s: Floats
    limit_a: Floats

    def at(self, when_s: Floats) -> Floats:
        """Return the limits at some times, (times, n); the first ones before they begin."""
        return self.limit_a[np.maximum(np.searchsorted(self.time_s, when_s, side="right") - 1, 0)]


class Course(NamedTuple):
    """What one shell made of it. decided: by the core. held: by the stations. full_s: when vehicles became full.

    energy_wh: of each visit, by its id. taken_s: from when to when it could take any, where that is not its stay: from a card's word
    until its transaction ends.
    """

    decided: Steps
    held: Steps
    full_s: Sequence[float]
    energy_wh: Mapping[str, float]
    taken_s: Mapping[str, tuple[float, float]] = MappingProxyType({})


class _Noting(Watched[ControllerMemory]):
    """The controller of a simulated run; the limits it decides are noted, with their moment."""

    def __init__(self, inner: Controller[ControllerMemory]) -> None:
        super().__init__(inner)
        self.limits: list[tuple[float, Floats]] = []

    def noted(self, memory: ControllerMemory, decision: Decision) -> None:
        """Take note of its limits."""
        self.limits.append((decision.now_s, decision.after_a))


def controller_for(same: Same) -> SiteController:
    """Return the program's own controller of a site."""
    config = same.config
    return SiteController(
        site=config.site, network=same.network, settings=config.settings, access=config.access
    )


def simulated(same: Same) -> Course:
    """Return what the simulated shell makes of it: a perfect link, so stations hold what was decided."""
    config, network = same.config, same.network
    scenario = Scenario(
        name="both_shells",
        site=config.site,
        network=network,
        visits=same.visits,
        start_s=same.start_s,
        end_s=same.end_s,
        step_s=STEP_S,
        control=config.settings,
        other_load=no_other_load(network),
        vehicles=VehicleSettings(reaction_s=REACTION_S, tells_maximum=False),
        stations=StationSettings(report_period_s=same.meter_s),
    )
    watched = _Noting(controller_for(same))
    architecture = config.settings.architecture
    result = play_with(watched, Play(scenario=scenario, architecture=architecture, faults="none", seed=1))
    assert not result.breaches, result.breaches
    decided = _steps(watched.limits)
    outcomes = result.trace.sessions
    full_s = [outcome.finished_s for outcome in outcomes if np.isfinite(outcome.finished_s)]
    return Course(decided, decided, full_s, {o.session_id: o.delivered_wh for o in outcomes})


async def lived(many: Sequence[Same], speed_ratio: float, clock: type[Clock] = Clock) -> list[Course]:
    """Return what the live shell makes of each, over sockets, by a clock that runs so fast. The journals must be new ones."""
    playing = []
    for same in many:  # one journal is made after the other: Alembic can make but one at a time
        site = await opened(same.config, clock(speed_ratio, same.start_s))
        playing.append(asyncio.create_task(_played(same, site)))
    return await asyncio.gather(*playing)


async def _played(same: Same, site: LiveSite) -> Course:
    fleet = Fleet(_plan(same, site.ports[0][1]), site.clock, "both_shells")
    held: list[tuple[float, Floats]] = []
    full_s: list[float] = []

    async def look() -> None:
        were_full = np.zeros(len(same.network.evse_ids), dtype=np.bool_)
        while True:
            held.append((site.clock.now_s(), fleet.garage.limit_a.copy()))
            are_full = fleet.garage.world.vehicles.is_full & fleet.garage.world.vehicles.is_there
            if (are_full & ~were_full).any():
                full_s.append(site.clock.now_s())
            were_full = are_full
            await asyncio.sleep(LOOK_S)

    beside = [asyncio.create_task(look()), asyncio.create_task(_state_needs(same, site))]
    over = asyncio.Event()
    site.clock.call_at(same.end_s, over.set)
    try:
        await fleet.run(over)
    finally:
        for task in beside:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await site.stop()
    return Course(_decided(same), _steps(held), full_s, *_charged(same))


async def _state_needs(same: Same, site: LiveSite) -> None:
    """Let each driver say at plug-in what the simulation's handshake tells."""
    for visit in same.visits:
        await site.clock.sleep(max(0.0, visit.arrival_s - site.clock.now_s()))
        need = NeedStated(
            time_s=site.clock.now_s(),
            evse=same.network.index[visit.evse_id],
            energy_wh=visit.stated_wh,
            departure_s=visit.stated_departure_s,
            soc_ratio=float("nan"),
        )
        await site.loop.order((need,), "driver")


def _plan(same: Same, port: int) -> FleetPlan:
    network, site = same.network, same.config.site
    address = Address(f"ws://127.0.0.1:{port}/ocpp", call_timeout_s=3.0)
    members = []
    for place, (name, where) in enumerate(same.config.places.items()):
        version = same.versions[place % len(same.versions)]
        kind = Kind(version=version, address=address, factory_a=FACTORY_A, meter_s=same.meter_s)
        evse_ids = [network.evse_ids[outlet.evse] for outlet in where.outlets.values()]
        members.append(member(site, network, name, evse_ids, kind))
    return plan_of(site, members, Day(start_s=same.start_s, visits=same.visits))


def _steps(noted: Sequence[tuple[float, Floats]]) -> Steps:
    return Steps(np.array([time_s for time_s, _ in noted]), np.array([limit_a for _, limit_a in noted]))


def _decided(same: Same) -> Steps:
    """Return what the journal says was decided."""
    limit_a, seq = np.zeros(len(same.network.evse_ids)), 0
    noted: list[tuple[float, Floats]] = []
    engine = reader_engine(str(same.config.journal))
    with engine.connect() as connection, connection.begin():
        while rows := rows_after(connection, same.config.node, seq, PAGE_COUNT):
            seq = rows[-1].seq
            for row in rows:
                if row.kind != CYCLE_KIND:
                    continue
                cycle = msgspec.json.decode(row.payload, type=CoreCycle)
                limit_a = limit_a.copy()
                for changed in cycle.changed:
                    limit_a[changed.evse] = changed.limit_a
                noted.append((cycle.now_s, limit_a))
    engine.dispose()
    return _steps(noted)


def _charged(same: Same) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return the energy of each visit as its station's meter counted it: what is billed; and from when to when it could take any."""
    engine = reader_engine(str(same.config.journal))
    with engine.connect() as connection, connection.begin():
        rows = list(connection.execute(select(sessions)))
    engine.dispose()
    found: dict[str, float] = {}
    taken_s: dict[str, tuple[float, float]] = {}
    for row in rows:
        here = [visit for visit in same.visits if visit.evse_id == row.evse_id]
        visit = min(here, key=lambda visit: abs(visit.arrival_s - row.start_ms / 1000.0))
        name, begin_s, end_s = visit.session_id, row.start_ms / 1000.0, row.stop_ms / 1000.0
        found[name] = found.get(name, 0.0) + row.energy_tenth_wh / 10.0
        before = taken_s.get(name, (begin_s, end_s))
        taken_s[name] = min(begin_s, before[0]), max(end_s, before[1])
    return found, taken_s


class Likeness(NamedTuple):
    """How far two courses are from each other; outlets count while a vehicle stands there, each second.

    equal_ratio, held_ratio: of these seconds, where both cores decided the same, and where the stations held the same.
    settled_s: of them, more than `Same.settles_s` after any event. settled_ratio: where both decided the same then.
    longest_s: after an event until both were the same. energy_ratio: how much more the live shell delivered in all.
    worst_wh: to the visit that is furthest apart. worst_ratio: likewise, of those that got a kWh at least.
    """

    occupied_s: int
    equal_ratio: float
    within_1a_ratio: float
    held_ratio: float
    settled_s: int
    settled_ratio: float
    longest_s: float
    energy_ratio: float
    worst_wh: float
    worst_ratio: float


def likeness(same: Same, ideal: Course, real: Course) -> Likeness:
    """Return how far the live shell's course is from the simulated one's.

    An event: a vehicle comes, is full or goes, or a limit goes from zero or to zero, in either shell.
    """
    when_s = np.arange(same.start_s, same.end_s)
    occupied = _occupied(same, when_s)
    first, second, held = ideal.decided.at(when_s), real.decided.at(when_s), real.held.at(when_s)
    apart_a = np.abs(first - second)
    differs = (apart_a > LEVEL_A) & occupied
    happened = [*ideal.full_s, *real.full_s]
    happened += [moment_s for visit in same.visits for moment_s in (visit.arrival_s, visit.departure_s)]
    since_s = _since_event_s(happened, when_s, (first, second))
    settled = occupied & (since_s > same.settles_s)[:, None]
    late_s = since_s[differs.any(axis=1)]
    apart_wh = {name: real.energy_wh[name] - ideal.energy_wh[name] for name in ideal.energy_wh}
    ratios = [apart_wh[name] / wh for name, wh in ideal.energy_wh.items() if wh >= LEAST_WH]
    total_wh = sum(ideal.energy_wh.values())
    return Likeness(
        occupied_s=int(occupied.sum()),
        equal_ratio=1.0 - float(differs.sum() / occupied.sum()),
        within_1a_ratio=float((apart_a[occupied] <= 1.0 + LEVEL_A).mean()),
        held_ratio=float((np.abs(first - held)[occupied] <= LEVEL_A).mean()),
        settled_s=int(settled.sum()),
        settled_ratio=float((~differs[settled]).mean()) if settled.any() else float("nan"),
        longest_s=float(late_s.max(initial=0.0)),
        energy_ratio=sum(apart_wh.values()) / total_wh,
        worst_wh=max(apart_wh.values(), key=abs),
        worst_ratio=max(ratios, key=abs),
    )


class Unexplained(NamedTuple):
    """What the limits of two courses leave unexplained of how far a visit's energies are apart, and how much of that they must."""

    apart_wh: float
    allowed_wh: float


def missed_s(same: Same, real: Course) -> float:
    """Return by how much all visits together were shorter than planned, because a busy machine was late."""
    planned_s = {visit.session_id: visit.departure_s - visit.arrival_s for visit in same.visits}
    return sum(
        max(0.0, planned_s[name] - (end_s - begin_s)) for name, (begin_s, end_s) in real.taken_s.items()
    )


def unexplained(same: Same, ideal: Course, real: Course) -> dict[str, Unexplained]:
    """Return it for each visit that did not get all it wanted. Its vehicle takes what its outlet holds (ideal batteries).

    So its energy is the integral of what was held, but for the moments around each change: a vehicle follows within its
    reaction, and what stations hold is looked at now and then. How busy the machine is does not matter: late limits are in the integral.
    """
    found = {}
    for visit in same.visits:
        energies_wh = ideal.energy_wh[visit.session_id], real.energy_wh[visit.session_id]
        if min(energies_wh) >= visit.wants_wh - FULL_WH:
            continue
        first = _held_wh(same, visit, ideal, look_ratio=0.0)  # noted when it was decided
        second = _held_wh(same, visit, real, look_ratio=1.0)
        apart_wh = (energies_wh[1] - energies_wh[0]) - (second[0] - first[0])
        found[visit.session_id] = Unexplained(apart_wh, first[1] + second[1] + METERS_WH)
    return found


def _held_wh(same: Same, visit: Visit, course: Course, *, look_ratio: float) -> tuple[float, float]:
    """Return the energy that an outlet held for a visit, and what the moments around its changes may be worth.

    look_ratio: 1 where a change may have been anywhere since the look before, 0 where its moment is known.
    """
    network, held = same.network, course.held
    evse = network.index[visit.evse_id]
    w_per_a = float(network.w_per_a[1, evse])
    bounds_s = np.array(course.taken_s.get(visit.session_id, (visit.arrival_s, visit.departure_s)))
    inside = held.time_s[(held.time_s > bounds_s[0]) & (held.time_s < bounds_s[1])]
    cuts_s = np.concatenate([bounds_s[:1], inside, bounds_s[1:]])
    limit_a = held.at(cuts_s[:-1])[:, evse]
    taken_a = np.where(limit_a >= MINIMUM_PILOT_A - LEVEL_A, limit_a, 0.0)
    changes_a = np.abs(np.diff(taken_a, prepend=0.0, append=0.0))
    looks_s = np.diff(cuts_s)
    around_s = look_ratio * np.concatenate([[0.0], looks_s]) + REACTION_S + STEP_S
    held_wh = float((taken_a * looks_s).sum()) * w_per_a / SECONDS_PER_HOUR
    return held_wh, float((changes_a * around_s).sum()) * w_per_a / SECONDS_PER_HOUR


def _occupied(same: Same, when_s: Floats) -> Bools:
    found = np.zeros((when_s.size, len(same.network.evse_ids)), dtype=np.bool_)
    for visit in same.visits:
        is_there = (when_s >= visit.arrival_s) & (when_s < visit.departure_s)
        found[is_there, same.network.index[visit.evse_id]] = True
    return found


def _since_event_s(happened_s: Sequence[float], when_s: Floats, limits_a: Sequence[Floats]) -> Floats:
    """Return how long ago the last event was at each moment, inf before the first."""
    happened = list(happened_s)
    for limit_a in limits_a:
        turned = np.flatnonzero(np.diff((limit_a > 0.0).astype(np.int8), axis=0).any(axis=1)) + 1
        happened += when_s[turned].tolist()
    events_s = np.array(sorted(happened))
    place = np.searchsorted(events_s, when_s, side="right") - 1
    return np.where(place >= 0, when_s - events_s[np.maximum(place, 0)], np.inf)

"""A row of outlets with a few visits, and a controller that does whatever a test wants, also what no controller may."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np

from tests.places import row_of
from voltloom.controller.settings import ControlSettings, SafetySettings, SmoothingSettings
from voltloom.decision.command import AnswerToken, Command, SetLimits
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision, Mode
from voltloom.session.alarms import Alarm
from voltloom.session.events import Event, TokenPresented
from voltloom.session.record import SessionRecord
from voltloom.simulation.faults import FaultSpec
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.play import Play
from voltloom.simulation.run import play_with
from voltloom.simulation.scenario import OtherLoad, Scenario, VehicleSettings, no_other_load
from voltloom.simulation.summary import RunResult
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import Floats, Network, network_of

START_S = 1_000_000_000.0
HOUR_S = 3600.0
PLAIN = ControlSettings(
    period_s=60.0,
    smoothing=SmoothingSettings(ramp_a_per_s=0.0, dwell_s=0.0, deadband_a=0.0, turn_s=0.0, wait_limit_s=0.0),
    safety=SafetySettings(
        margin_ratio=0.0,
        reserves_in_flight=False,
        lease_s=300.0,
        follows_meters=False,
        checks_plausibility=False,
    ),
)


def visit(evse: int = 1, **changes: object) -> Visit:
    """Return a visit from the start on, four hours long, that wants 20 kWh at up to 11 kW."""
    base = Visit(
        session_id=f"s{evse}",
        evse_id=f"a{evse}",
        id_token=f"t{evse}",
        arrival_s=START_S,
        departure_s=START_S + 4 * HOUR_S,
        stated_departure_s=START_S + 4 * HOUR_S,
        stated_wh=20_000.0,
        wants_wh=20_000.0,
        max_power_w=11_040.0,
        battery=BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=60_000.0, initial_wh=20_000.0),
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # the caller names fields of a Visit


def scenario_of(
    *visits: Visit,
    outlets: int = 3,
    rating_a: float = 40.0,
    hours: float = 2.0,
    step_s: float = 60.0,
    settings: ControlSettings = PLAIN,
    faults: Sequence[FaultSpec] = (),
    other_a: float = 0.0,
    vehicles: VehicleSettings | None = None,
) -> Scenario:
    """Return a row of three-phase outlets behind one fuse."""
    site = row_of(outlets, rating_a=rating_a)
    network = network_of(site)
    load = OtherLoad(start_s=np.array([START_S]), current_a=np.full((1, len(network.row_ids)), other_a))
    return Scenario(
        name="small",
        site=site,
        network=network,
        visits=tuple(sorted(visits, key=lambda v: v.arrival_s)),
        start_s=START_S,
        end_s=START_S + hours * HOUR_S,
        step_s=step_s,
        control=settings,
        other_load=load if other_a else no_other_load(network),
        vehicles=vehicles or VehicleSettings(),
        faults=MappingProxyType({"none": (), "some": tuple(faults)}),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FakeMemory:
    """What the fake controller remembers."""

    limit_a: Floats
    serial: int = 0
    heard: tuple[Event, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    records: tuple[SessionRecord, ...] = ()


@dataclass(slots=True, kw_only=True)
class FakeController:
    """Gives what `wish` says, by the time since the start, and answers every token with `accepts`."""

    network: Network
    wish: Callable[[float], Sequence[float]]
    accepts: bool = True
    cause: Cause = Cause.SHARED
    lease_s: float = 300.0
    tamper: Callable[[SetLimits], SetLimits | None] = lambda command: command
    heard: list[Event] = field(default_factory=list)
    decided_s: list[float] = field(default_factory=list)
    starts: int = 0

    def start(self, now_s: float, architecture: str) -> FakeMemory:
        """Begin with nothing; `architecture` only names the decisions."""
        self.starts += 1
        return FakeMemory(limit_a=np.zeros(len(self.network.evse_ids)), serial=int(now_s))

    def observe(self, memory: FakeMemory, events: Sequence[Event]) -> tuple[FakeMemory, tuple[Command, ...]]:
        """Answer tokens."""
        self.heard.extend(events)
        tokens = [event for event in events if isinstance(event, TokenPresented)]
        answers = tuple(
            AnswerToken(time_s=t.time_s, evse=t.evse, accepted=self.accepts, why="") for t in tokens
        )
        return replace(memory, heard=(*memory.heard, *events)), answers

    def decide(self, memory: FakeMemory, now_s: float) -> tuple[FakeMemory, Decision, tuple[Command, ...]]:
        """Send what was wished to every outlet."""
        self.decided_s.append(now_s)
        count, rows = len(self.network.evse_ids), len(self.network.row_ids)
        after_a = np.array(self.wish(now_s - START_S), dtype=np.float64)
        serial = memory.serial + count
        command = SetLimits(
            time_s=now_s,
            evses=np.arange(count),
            limit_a=after_a,
            lease_until_s=np.full(count, now_s + self.lease_s),
            serial=np.arange(memory.serial + 1, serial + 1),
        )
        decision = Decision(
            now_s=now_s,
            architecture="fake",
            mode=Mode.CHOSEN,
            network=self.network,
            before_a=memory.limit_a,
            proposed_a=after_a,
            after_a=after_a,
            sent=after_a != memory.limit_a,
            cause=np.full(count, int(self.cause), dtype=np.int64),
            binding_row=np.full(count, -1, dtype=np.int64),
            row_load_a=np.zeros(rows),
            row_rating_a=self.network.grid.rating_a,
            age_s=np.zeros(count),
            place=np.zeros(count, dtype=np.int64),
            expected_start_s=np.full(count, np.nan),
        )
        told = self.tamper(command)
        return replace(memory, limit_a=after_a, serial=serial), decision, (told,) if told else ()


def played(
    scenario: Scenario,
    wish: Callable[[float], Sequence[float]] | Sequence[float],
    *,
    architecture: str = "parallel",
    faults: str = "none",
    seed: int = 1,
    off: frozenset[str] = frozenset(),
    **controller: object,
) -> tuple[RunResult, FakeController]:
    """Return what came of a scenario under the fake controller."""
    wished = wish if callable(wish) else (lambda _: wish)
    fake = FakeController(network=scenario.network, wish=wished, **controller)  # type: ignore[arg-type]  # its fields by name
    play = Play(
        scenario=scenario, architecture=architecture, faults=faults, seed=seed, checks=CheckPlan(off=off)
    )
    return play_with(fake, play), fake

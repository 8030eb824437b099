"""The loop of a run: the live controller's own code in a simulated world, step by step in virtual time.

At every step cars leave and arrive, messages go to and fro, a control cycle runs, then constant currents flow until the
next step, when meters report them. With a perfect link a whole handshake happens in one instant. Stretches in which no
car is on the site and nothing is wrong are passed in one go.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, cast

import numpy as np

from voltloom.decision.command import AnswerToken, SetBatteries, SetLimits, StopSession, WakeVehicle
from voltloom.decision.plan import Plan
from voltloom.decision.record import Decision, Setpoint
from voltloom.session.events import (
    ArchitectureFailed,
    ColumnEvent,
    Event,
    FaultCleared,
    FaultReported,
    HardwareFault,
    StationBooted,
)
from voltloom.simulation.checkers import checkers_for, first_breach
from voltloom.simulation.clock import Clock, clock_of
from voltloom.simulation.fault_effects import Effects, FaultCalendar
from voltloom.simulation.faults import Direction, FaultKind, FaultSchedule, FaultWindow, draw
from voltloom.simulation.link import Link, Message
from voltloom.simulation.measures import (
    DecisionCounts,
    Digest,
    StepColumns,
    Stopwatch,
    VisitColumns,
    new_visit_columns,
)
from voltloom.simulation.moment import Moment
from voltloom.simulation.outside_limits import OutsideCalendar
from voltloom.simulation.play import Controller, M, Play
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.storage_books import note_storage, storage_books
from voltloom.simulation.summary import Breach
from voltloom.simulation.tick.columns import BECAME_FULL, EVERYTHING, OPENED, RECORDS, SENT
from voltloom.simulation.tick.ticker import Ticker
from voltloom.simulation.traffic import Traffic
from voltloom.simulation.world import World, rows_over_evses

KEPT_CHANGES = 200
ROUNDS = 8  # of talk in one instant; a handshake takes two


class Shell(Generic[M]):
    """One run while it is played; read its columns when `play` is over."""

    def __init__(self, controller: Controller[M], play: Play, stopwatch: Stopwatch) -> None:
        scenario = play.scenario
        control, talk, network = scenario.control, scenario.stations, scenario.network
        self._controller, self._play, self._stopwatch = controller, play, stopwatch
        self.clock: Clock = clock_of(
            start_s=scenario.start_s,
            end_s=scenario.end_s,
            step_s=scenario.step_s,
            period_s=control.period_s,
            report_period_s=talk.report_period_s,
        )
        self.schedule: FaultSchedule = draw(
            scenario.faults[play.faults],
            seed=play.seed,
            site=scenario.site,
            network=network,
            start_s=scenario.start_s,
            end_s=scenario.end_s,
        )
        self._calendar = FaultCalendar(self.schedule, network, self.clock.step_at)
        self._edge_step = self._calendar.edge_step
        self._effects: Effects | None = None
        self.world = World(scenario, play.seed)
        self._up, self._down = (_link(scenario, play.seed, direction) for direction in (0, 1))
        self.visits: VisitColumns = new_visit_columns(len(scenario.visits))
        self.storage = storage_books(self.world, self.clock.steps)
        self._traffic = Traffic(scenario, self.clock, self.world, self.visits)
        self._ticker = Ticker(self.world, control, self.clock, self.visits.first_power_s)
        run = self._ticker.run
        self.columns = StepColumns(run.books, scenario.step_s)
        self.digest = Digest(run.limits.digest)
        self.counts = DecisionCounts(run.limits, control)
        delay_s = talk.delay_s + talk.jitter_s + scenario.vehicles.reaction_s + talk.report_period_s
        checkers = checkers_for(scenario, play.architecture, rows_over_evses(network), delay_s)
        self._checkers = [checker for checker in checkers if checker.name not in play.checks.off]
        watched = run.watched
        self._moment = Moment(
            now_s=scenario.start_s,
            step_s=scenario.step_s,
            world=self.world,
            is_refused=watched.barred[0],
            is_faulty=watched.barred[1],
            register_wh=watched.register_wh,
        )
        safety = control.safety
        self._linger_s = safety.lease_s + safety.silent_s + safety.confirm_s + 2 * delay_s
        self._calm_from_s = -math.inf
        self._memory: M = controller.start(scenario.start_s, play.architecture)
        self._collected: M | None = None
        self._reads_rows = safety.follows_meters and bool(network.is_metered.any())
        self._outside = OutsideCalendar(scenario, self.clock.step_at)
        loads = filter(None, (scenario.other_load, scenario.generation))
        changes_s = np.concatenate([load.start_s for load in loads])
        self._other_steps = [*sorted(map(self.clock.step_at, changes_s.tolist())), self.clock.steps]
        self._backlog: list[Event] = []
        self._decisions: deque[Decision] = deque(maxlen=KEPT_CHANGES)
        self._is_down = self._is_empty = self._woke = False
        self.breaches: list[Breach] = []
        self.plan: Plan | None = None
        self.steps = self.trips = self.alarms = 0

    def play(self, watch: Callable[[float], None] | None) -> None:
        """Play every step, or until the first breach."""
        told, every = 0, max(1, self.clock.steps // 100)
        while self.steps < self.clock.steps and not (self.breaches and self._play.checks.stops):
            if self._is_empty:
                self._rest()
            if self.steps < self.clock.steps:
                self._step(self.steps)
                self.steps += 1
            if watch is not None and self.steps // every > told:
                told = self.steps // every
                watch(self.steps / self.clock.steps)
        self._collect()
        self._traffic.note_energy()
        if watch is not None:
            watch(1.0)

    @property
    def memory(self) -> M:
        """Return what the controller remembers."""
        return self._memory

    def last_changes(self) -> tuple[Setpoint, ...]:
        """Return the last limits that changed, with their reasons, newest last."""
        found: list[Setpoint] = []
        for decision in reversed(self._decisions):
            found[:0] = decision.setpoints()
            if len(found) >= KEPT_CHANGES:
                break
        return tuple(found[-KEPT_CHANGES:])

    def _step(self, step: int) -> None:
        now_s, moment, traffic = self.clock.time_s(step), self._moment, self._traffic
        moment.now_s, moment.decision, moment.restarted = now_s, None, False
        if moment.limits or moment.records or moment.departed:
            moment.limits, moment.records, moment.departed = [], [], []
        if self._edge_step <= step:
            self._edge(step, now_s)
        if self._outside.due_step <= step:
            self._say(self._outside.told(step), now_s)
        if self._woke or self.clock.is_report(step):
            self._report(now_s)
        if traffic.due_step <= step:
            self._say(traffic.come_and_go(step, now_s), now_s)
            moment.departed = traffic.departed
        if self._effects is not None:
            self._say(self.world.ask(now_s), now_s)
        self._talk(now_s)
        if self.clock.is_cycle(step) and not self._is_down:
            self._cycle(now_s)
        self.world.begin(now_s)
        signs = self._ticker.step(step, now_s)
        if self.storage is not None:
            note_storage(self.storage, self.world, slice(step, step + 1))
        if signs:
            self._note(signs, now_s + self.clock.step_s)
        self._check(signs, self._ticker.opened_row if signs & OPENED else -1)

    def _note(self, signs: int, end_s: float) -> None:
        """Note what a step brought besides energy."""
        if signs & BECAME_FULL:
            self._say(self._traffic.newly_full(end_s), end_s)
        if signs & SENT and self._moment.decision is not None:
            self._decisions.append(self._moment.decision)

    def _rest(self) -> None:
        """Pass the time until a car comes, a fault begins or the other load changes."""
        due_step = min(self._calendar.edge_step, self._outside.due_step)
        change_step = self._other_steps[bisect_right(self._other_steps, self.steps)]
        until = int(min(self._traffic.next_step, due_step, change_step))
        is_quiet = self._traffic.nobody_is_here and self._up.is_quiet and self._down.is_quiet
        is_well = self._effects is None or not self._effects.active
        if until - self.steps < 2 or not (is_quiet and is_well) or self.world.batteries is not None:
            return
        now_s = self.clock.time_s(self.steps)
        self.world.begin(now_s)
        opened, overload_a = self.world.rest((until - self.steps) * self.clock.step_s)
        self.columns.add_rest(slice(self.steps, until), self.world, overload_a)
        if self.storage is not None:
            note_storage(self.storage, self.world, slice(self.steps, until))
        self._moment.now_s, self._moment.decision = now_s, None
        self._check(EVERYTHING, opened)
        self.steps = until
        self._woke = True

    # What stations and controller say to each other.

    def _say(self, messages: Iterable[Message], now_s: float) -> None:
        for message in messages:
            self._up.send(message, now_s)

    def _report(self, now_s: float) -> None:
        """Let the meters tell what flowed until now."""
        self._woke = False
        world = self.world
        if world.reachable.size:
            readings = world.meters.read_evses(world.stations.columns, world.reachable, now_s)
            self._up.send(readings, now_s)
        if self._reads_rows and not (self._effects is not None and self._effects.is_dark):
            self._up.send(world.meters.read_rows(world.load_a, now_s), now_s)
        told = world.batteries.read(now_s) if world.batteries is not None else None
        if told is not None:
            self._up.send(told, now_s)

    def _talk(self, now_s: float) -> None:
        """Carry messages to and fro until nothing is due any more."""
        for _ in range(ROUNDS):
            if self._down.has_due(now_s):
                self._obey(now_s)
            if not (self._backlog or self._up.has_due(now_s)):
                return
            events = cast(list[Event], self._up.due(now_s))  # nothing else goes up
            if self._is_down:
                # Stations keep what tells a session's course until somebody listens; readings are gone.
                self._backlog += [e for e in events if not isinstance(e, ColumnEvent)]
                return
            if self._backlog:
                events, self._backlog = self._backlog + events, []
            if self._effects is not None:
                self._hear(events)
            self._memory, commands = self._controller.observe(self._memory, events)
            for command in commands:
                self._down.send(command, now_s)

    def _hear(self, events: Sequence[Event]) -> None:
        """Note what the controller must act upon from now on."""
        moment = self._moment
        for event in events:
            if isinstance(event, FaultReported):
                moment.is_faulty[event.evse] = True
            elif isinstance(event, FaultCleared):
                moment.is_faulty[event.evse] = False

    def _obey(self, now_s: float) -> None:
        """Let stations do what has reached them."""
        for command in self._down.due(now_s):
            if isinstance(command, SetLimits):
                self._up.send(self.world.stations.apply(command, now_s), now_s)
            elif isinstance(command, SetBatteries):
                if self.world.batteries is not None:
                    self.world.batteries.take(command, now_s)
            elif isinstance(command, AnswerToken):
                self._answer(command, now_s)
            elif isinstance(command, StopSession):
                if self.world.stations.stop(command):
                    self._refuse(command.evse, is_refused=True)
            elif isinstance(command, WakeVehicle):
                # A car under the fault sleeps on; another one wakes.
                self.world.vehicles.is_asleep[command.evse] &= self.world.vehicles.never_wakes[command.evse]

    def _answer(self, command: AnswerToken, now_s: float) -> None:
        stations = self.world.stations
        if command.time_s < stations.plugged_s[command.evse]:
            return
        self._refuse(command.evse, is_refused=not command.accepted)
        if stations.answer(command, now_s):
            self._say(self._traffic.handshake(command.evse, now_s), now_s)

    def _refuse(self, evse: int, *, is_refused: bool) -> None:
        self._moment.is_refused[evse] = is_refused
        visit = self.world.vehicles.visit[evse]
        if visit >= 0:
            self.visits.is_refused[visit] = is_refused

    # What the controller does.

    def _cycle(self, now_s: float) -> None:
        if self._effects is not None and self._effects.is_hanging:
            self._memory, _ = self._controller.observe(self._memory, [ArchitectureFailed(time_s=now_s)])
        self._stopwatch.start()
        self._memory, decision, commands = self._controller.decide(self._memory, now_s)
        self._stopwatch.stop()
        self._collect()
        moment = self._moment
        moment.decision = decision
        if self._play.plan_wish is not None and decision.plan is not None:
            self.plan = self._play.plan_wish.better(self.plan, decision.plan)
        if self.storage is not None and decision.storage is not None:
            self.storage.changes.extend(decision.storage.setpoints())
        for command in commands:
            if isinstance(command, SetLimits):
                moment.limits.append(command)
            self._down.send(command, now_s)
        self._obey(now_s)
        self._ticker.take(decision, moment.limits, self.digest.row(decision.mode))
        self.counts.add_mode(decision.mode)
        self._is_empty = self._traffic.nobody_is_here

    def _collect(self) -> None:
        """Take over what the controller raised and closed, once, before it forgets it."""
        if self._memory is self._collected:
            return
        self._collected = self._memory
        self.alarms += len(self._memory.alarms)
        if self._memory.records:
            self._moment.records.extend(self._memory.records)

    # What goes wrong, and who notices.

    def _edge(self, step: int, now_s: float) -> None:
        """Let faults begin and end."""
        effects = self._effects = self._calendar.at(step)
        self._edge_step = self._calendar.edge_step
        self.world.suffer(effects)
        self._up.suffer(effects.messages_going(Direction.UP), effects.is_offline, now_s)
        self._down.suffer(effects.messages_going(Direction.DOWN), effects.is_offline, now_s)
        self._calm_from_s = math.inf if effects.active else now_s + self._linger_s
        for evse in _evses(effects.began, FaultKind.STATION_FAULT):
            self._say([FaultReported(time_s=now_s, evse=evse, fault=HardwareFault.INTERNAL)], now_s)
        for evse in _evses(effects.ended, FaultKind.STATION_FAULT):
            self._say([FaultCleared(time_s=now_s, evse=evse)], now_s)
        booting = _evses(effects.began, FaultKind.STATION_BOOTS)
        if not effects.is_dark:
            booting = sorted({*booting, *_evses(effects.ended, FaultKind.POWER_CUT)})
        if booting:
            self.world.stations.boot(np.array(booting), now_s)
            self._say([StationBooted(time_s=now_s, evse=evse) for evse in booting], now_s)
        is_back = self._is_down and effects.controller is None
        self._is_down = effects.controller is not None
        self._moment.is_led = not self._is_down
        if is_back and effects.forgets:
            self._begin_anew(now_s)

    def _begin_anew(self, now_s: float) -> None:
        """Start a controller that knows nothing; every station, and who limits the site, tells it what is going on."""
        self._collect()
        self._backlog = []
        self._moment.restarted = True
        self._moment.is_faulty[:] = False
        self._memory = self._controller.start(now_s, self._play.architecture)
        self._say(self._outside.told_before(), now_s)
        for evse in range(self._moment.is_faulty.size):
            if self.world.vehicles.is_there[evse]:
                self._say(self._traffic.introduce(evse, now_s), now_s)
            if self._effects is not None and self._effects.is_faulty[evse]:
                self._say([FaultReported(time_s=now_s, evse=evse, fault=HardwareFault.INTERNAL)], now_s)

    def _check(self, signs: int, opened_row: int) -> None:
        """Ask the checkers that have a reason to look; the first that is not content says how to repeat this run, and retires."""
        moment = self._moment
        moment.opened_row, moment.is_calm = opened_row, moment.now_s >= self._calm_from_s
        self.trips += opened_row >= 0
        if moment.departed or moment.records or not moment.is_calm:
            signs |= RECORDS
        name, what = first_breach(self._checkers, moment, signs)
        if not name:
            return
        self.breaches.append(
            Breach(
                checker=name,
                time_s=moment.now_s,
                what=what,
                seed=self._play.seed,
                how_to_repeat=self._play.how_to_repeat,
            )
        )
        self._checkers = [checker for checker in self._checkers if checker.name != name]


def _link(scenario: Scenario, seed: int, direction: int) -> Link:
    return Link(
        evse_count=len(scenario.network.evse_ids),
        delay_s=scenario.stations.delay_s,
        jitter_s=scenario.stations.jitter_s,
        stream=seed * 2 + direction,
        step_s=scenario.step_s,
    )


def _evses(windows: Iterable[FaultWindow], kind: FaultKind) -> list[int]:
    return sorted({evse for window in windows if window.spec.kind is kind for evse in window.evses})

"""An operator changes the architecture of a running site: no session ends, no limit is exceeded, the new rule holds at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

import numpy as np
import pytest

from tests.controller.desk import Desk, desk_for
from tests.places import row_of
from tests.simulation.small_world import HOUR_S, START_S, scenario_of, visit
from tests.simulation.stress_world import stress_world
from voltloom.allocation.registry import UnknownArchitectureError
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import Command, StopSession
from voltloom.decision.record import Decision
from voltloom.session.events import ArchitectureChosen, Event
from voltloom.session.record import SessionRecord
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.play import Play
from voltloom.simulation.run import access_of, play_with
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.network import Floats

TOUR = ("sequential", "parallel", "adaptive", "sequential", "adaptive", "parallel")


@dataclass(slots=True, kw_only=True)
class Operator:
    """A controller with an operator beside it who chooses the next architecture every `every_s`."""

    controller: SiteController
    tour: Sequence[str]
    every_s: float
    start_s: float
    decisions: list[Decision] = field(default_factory=list)
    records: list[SessionRecord] = field(default_factory=list)
    stops: list[Command] = field(default_factory=list)

    def start(self, now_s: float, architecture: str) -> ControllerMemory:
        return self.controller.start(now_s, architecture)

    def observe(
        self, memory: ControllerMemory, events: Sequence[Event]
    ) -> tuple[ControllerMemory, tuple[Command, ...]]:
        memory, commands = self.controller.observe(memory, events)
        self.stops += [command for command in commands if isinstance(command, StopSession)]
        return memory, commands

    def decide(
        self, memory: ControllerMemory, now_s: float
    ) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
        wanted = self.tour[int((now_s - self.start_s) // self.every_s) % len(self.tour)]
        if wanted != memory.architecture:
            chosen = ArchitectureChosen(time_s=now_s, architecture=wanted)
            memory, _ = self.controller.observe(memory, [chosen])
        self.records += memory.records
        memory, decision, commands = self.controller.decide(memory, now_s)
        self.decisions.append(decision)
        self.stops += [command for command in commands if isinstance(command, StopSession)]
        return memory, decision, commands


def toured(
    scenario: Scenario, *, faults: str, seed: int = 1, every_s: float = 1800.0
) -> tuple[RunResult, Operator]:
    controller = SiteController(
        site=scenario.site, network=scenario.network, settings=scenario.control, access=access_of(scenario)
    )
    operator = Operator(controller=controller, tour=TOUR, every_s=every_s, start_s=scenario.start_s)
    # Who waits for how long, and how many at once, are promises of one architecture that runs all day.
    checks = CheckPlan(off=frozenset({"sequential", "waiting"}))
    play = Play(scenario=scenario, architecture="parallel", faults=faults, seed=seed, checks=checks)
    return play_with(operator, play), operator


def three_cars() -> Scenario:
    cars = [replace(visit(evse), wants_wh=50_000.0, stated_wh=50_000.0) for evse in (1, 2, 3)]
    return scenario_of(*cars, rating_a=33.0, hours=3.0, step_s=30.0, settings=ControlSettings(period_s=30.0))


def settled(operator: Operator) -> dict[str, list[Decision]]:
    """Return the decisions by architecture, each from ten minutes after the change on."""
    found: dict[str, list[Decision]] = {name: [] for name in TOUR}
    since_s = START_S
    for before, decision in pairwise(operator.decisions):
        if before.architecture != decision.architecture:
            since_s = decision.now_s
        if decision.now_s - since_s >= 600.0:
            found[decision.architecture].append(decision)
    return found


def test_each_architecture_rules_while_it_is_chosen() -> None:
    result, operator = toured(three_cars(), faults="none")

    served = {
        name: {int((decision.after_a > 0.0).sum()) for decision in decisions}
        for name, decisions in settled(operator).items()
    }
    assert result.breaches == ()
    assert served["sequential"] == {1}
    assert served["parallel"] == {3}
    assert all(count >= 1 for count in served["adaptive"])


def test_changing_the_architecture_ends_no_session_and_loses_no_energy() -> None:
    result, operator = toured(three_cars(), faults="none", every_s=600.0)

    assert result.breaches == ()
    assert operator.stops == []
    assert operator.records == []
    assert {decision.architecture for decision in operator.decisions} == set(TOUR)
    assert [o.session_id for o in result.trace.sessions] == ["s1", "s2", "s3"]
    assert result.summary.failed_sessions == 0
    full_wh = 3 * HOUR_S / 3600.0 * 33.0 * 3 * 230.0
    assert result.summary.energy_delivered_wh > 0.6 * full_wh


def test_the_worst_load_fits_in_the_very_cycle_of_every_change() -> None:
    _, operator = toured(three_cars(), faults="none", every_s=300.0)

    changes = [
        after for before, after in pairwise(operator.decisions) if before.architecture != after.architecture
    ]
    assert len(changes) > 20
    for decision in changes:
        assert (decision.row_load_a <= decision.row_rating_a + 1e-6).all()
        assert (decision.after_a <= np.maximum(decision.proposed_a, decision.before_a) + 1e-6).all()


def at_work(current_a: Floats) -> list[int]:
    return [int(evse) for evse in np.flatnonzero(current_a > 0.0)]


def choose(desk: Desk, architecture: str, now_s: float) -> None:
    desk.hear(ArchitectureChosen(time_s=now_s, architecture=architecture))


def test_who_charges_when_one_at_a_time_takes_over_goes_on_charging() -> None:
    desk = desk_for(row_of(3, rating_a=33.0))
    for step in range(20):
        desk.cycle(30.0 * step)
    assert at_work(desk.limit_a) == [0, 1, 2]

    choose(desk, "sequential", 600.0)
    after = [at_work(desk.cycle(600.0 + 30.0 * step).after_a) for step in range(20)]

    assert after == [[0]] * 20


def turned(steps: int) -> tuple[Desk, list[int], float]:
    """Return a desk where three cars take turns on room for one, after some cycles: who charges, and when it is."""
    desk = desk_for(row_of(3, rating_a=11.0))
    charging = [at_work(desk.cycle(30.0 * step).after_a) for step in range(steps)]
    return desk, charging[-1], 30.0 * steps


def test_one_at_a_time_does_not_take_over_with_a_car_that_was_just_paused() -> None:
    desk, charging, now_s = turned(36)
    assert charging == [1]  # the first to come was paused two minutes ago

    choose(desk, "sequential", now_s)
    after = [at_work(desk.cycle(now_s + 30.0 * step).after_a) for step in range(20)]

    assert after == [[1]] * 20


def test_when_nobody_charges_one_at_a_time_begins_with_the_first_who_may_start() -> None:
    desk, charging, now_s = turned(33)
    assert charging == []  # the first to come was just paused, and still ramps down

    choose(desk, "sequential", now_s)
    after = [at_work(desk.cycle(now_s + 30.0 * step).after_a) for step in range(20)]

    assert after[1:] == [[1]] * 19


def test_when_all_were_just_paused_one_at_a_time_begins_with_whose_pause_ends_first() -> None:
    desk, _, now_s = turned(33)
    fell_s = np.array([now_s - 10.0, now_s - 20.0, now_s - 60.0])
    desk.memory = desk.memory._replace(moves=desk.memory.moves._replace(fell_s=fell_s))

    choose(desk, "sequential", now_s)
    after = [at_work(desk.cycle(now_s + 30.0 * step).after_a) for step in range(20)]

    assert after == [[]] * 8 + [[2]] * 12


def test_whom_one_at_a_time_served_long_ago_has_no_claim_when_it_takes_over_again() -> None:
    desk = desk_for(row_of(3, rating_a=11.0), architecture="sequential")
    first = [at_work(desk.cycle(30.0 * step).after_a) for step in range(20)][-1]
    choose(desk, "parallel", 600.0)
    between = [at_work(desk.cycle(600.0 + 30.0 * step).after_a) for step in range(16)][-1]
    assert (first, between) == ([0], [1])

    choose(desk, "sequential", 1080.0)
    after = [at_work(desk.cycle(1080.0 + 30.0 * step).after_a) for step in range(20)]

    assert after == [[1]] * 20


@pytest.mark.parametrize("seed", range(6))
def test_switching_among_faults_of_every_kind_breaches_nothing(seed: int) -> None:
    scenario = stress_world(seed)
    result, operator = toured(scenario, faults="mixed", seed=seed, every_s=900.0)

    assert result.breaches == ()
    assert {decision.architecture for decision in operator.decisions} == set(TOUR)


def test_an_architecture_nobody_knows_is_refused_and_changes_nothing() -> None:
    scenario = three_cars()
    controller = SiteController(
        site=scenario.site, network=scenario.network, settings=scenario.control, access=access_of(scenario)
    )
    memory = controller.start(START_S, "parallel")

    with pytest.raises(UnknownArchitectureError):
        controller.observe(memory, [ArchitectureChosen(time_s=START_S, architecture="magic")])

    assert memory.architecture == "parallel"

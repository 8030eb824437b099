"""What drivers read of the real controller's decisions in small worlds: never of others where there are none, never of tiers without tiers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.simulation.small_world import HOUR_S, PLAIN, START_S, scenario_of, visit
from tests.simulation.test_discharge import giver, two_way
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import Command
from voltloom.decision.explain import Around, driver_sentence
from voltloom.decision.reason import Cause, Reason
from voltloom.decision.record import Decision
from voltloom.session.events import Event
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.play import Play
from voltloom.simulation.run import controller_of, play_with
from voltloom.simulation.scenario import Scenario
from voltloom.site.tariff import PriceSeries, Tariff


@dataclass(frozen=True, slots=True)
class Overheard:
    """The program's own controller; every decision it makes is kept."""

    controller: SiteController
    decisions: list[Decision] = field(default_factory=list)

    def start(self, now_s: float, architecture: str) -> ControllerMemory:
        return self.controller.start(now_s, architecture)

    def observe(
        self, memory: ControllerMemory, events: Sequence[Event]
    ) -> tuple[ControllerMemory, tuple[Command, ...]]:
        return self.controller.observe(memory, events)

    def decide(
        self, memory: ControllerMemory, now_s: float
    ) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
        after, decision, commands = self.controller.decide(memory, now_s)
        self.decisions.append(decision)
        return after, decision, commands


def told(scenario: Scenario, architecture: str = "adaptive-plan", evse: int = 0) -> list[tuple[Reason, str]]:
    """Return each cycle's reason for an outlet, with the sentence that its driver reads."""
    heard = Overheard(controller_of(scenario))
    play = Play(scenario=scenario, architecture=architecture, faults="none", seed=1, checks=CheckPlan())
    play_with(heard, play)
    reasons = [decision.reason(evse) for decision in heard.decisions]
    return [(reason, driver_sentence(reason, Around(time_zone="UTC"))) for reason in reasons]


def test_without_tiers_nobody_reads_of_a_higher_priority() -> None:
    planning = PlanningSettings(guaranteed_kwh=4.0)
    first, late = visit(1), visit(2, arrival_s=START_S + 0.5 * HOUR_S)
    world = scenario_of(first, late, rating_a=16.0, hours=0.7, settings=replace(PLAIN, planning=planning))

    heard = told(world)

    causes = {reason.cause for reason, _ in heard}
    assert Cause.OTHERS_OWED in causes
    assert Cause.OUTRANKED not in causes
    sentence = next(words for reason, words in heard if reason.cause is Cause.OTHERS_OWED)
    assert "cars at this site that lack their guaranteed energy are charged first" in sentence
    assert not any("higher priority" in words for _, words in heard)


@pytest.mark.parametrize("architecture", ["adaptive-plan", "parallel"])
def test_on_an_idle_site_nobody_takes_turns(architecture: str) -> None:
    reason, words = told(scenario_of(visit(1), rating_a=4.0, hours=0.2), architecture)[-1]

    assert reason.cause is Cause.BELOW_MINIMUM
    assert words == "Waiting: this site has less power left at the moment than a car can charge with."


def test_two_cars_on_room_for_one_take_turns() -> None:
    world = scenario_of(visit(1), visit(2), rating_a=8.0, hours=0.2)

    last = [told(world, "parallel", evse)[-1] for evse in (0, 1)]

    (words,) = [words for reason, words in last if reason.cause is Cause.BELOW_MINIMUM]
    assert words.endswith("there is too little power for all cars at once, so they take turns.")


def test_a_full_vehicle_that_may_feed_back_is_finished_and_waits_for_nothing() -> None:
    prices = PriceSeries(
        start_s=tuple(int(START_S + hour * HOUR_S) for hour in (0.0, 0.5, 1.0)),
        price_nano_per_kwh=(100_000_000, 600_000_000, 100_000_000),
        end_s=int(START_S + 24 * HOUR_S),
    )
    tariff = Tariff(name="day", currency="EUR", time_zone="UTC", series=prices)
    planning = PlanningSettings(objective=Objective.COST, ready_before_s=0.0)
    world = two_way(
        giver(stated_wh=500.0, wants_wh=500.0), hours=1.5, settings=replace(PLAIN, planning=planning)
    )

    heard = told(replace(world, tariff=tariff))

    still = [(reason.cause, words) for reason, words in heard if reason.after_a == 0.0]
    assert still
    assert set(still) == {(Cause.NEED_MET, "Finished: your car has all the energy you asked for.")}

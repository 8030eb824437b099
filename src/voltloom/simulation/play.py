"""What is played and by whom: a scenario, an architecture, a level of faults, a seed; and the controller's three calls."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, TypeVar

from voltloom.decision.command import Command
from voltloom.decision.plan import Plan
from voltloom.decision.record import Decision
from voltloom.session.alarms import Alarm
from voltloom.session.events import Event
from voltloom.session.record import SessionRecord
from voltloom.simulation.moment import CheckPlan
from voltloom.simulation.scenario import Scenario


class PlanWish(NamedTuple):
    """Which plan of a run is wanted: the last made up to a moment; at_s NaN for that in which most energy is wanted."""

    at_s: float = math.nan

    def better(self, kept: Plan | None, made: Plan) -> Plan | None:
        """Return which of two plans is wanted; the one that was kept where neither is more so."""
        if made.basis is None or made is kept:
            return kept
        if not math.isnan(self.at_s):
            return made if made.made_s <= self.at_s else kept
        if kept is None or kept.basis is None:
            return made
        return made if made.basis.need_kwh.sum() > kept.basis.need_kwh.sum() else kept


class Remembered(Protocol):
    """What the shell reads of a controller's memory."""

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Return what was raised since the last cycle."""
        ...

    @property
    def records(self) -> tuple[SessionRecord, ...]:
        """Return what was closed since the last cycle."""
        ...


M = TypeVar("M", bound=Remembered)


class Controller(Protocol[M]):
    """The three calls of a controller."""

    def start(self, now_s: float, architecture: str) -> M:
        """Return the memory of a controller that knows nothing yet."""
        ...

    def observe(self, memory: M, events: Sequence[Event]) -> tuple[M, tuple[Command, ...]]:
        """Return the memory after events, and what must be done at once."""
        ...

    def decide(self, memory: M, now_s: float) -> tuple[M, Decision, tuple[Command, ...]]:
        """Return the memory, the decision and the commands of one cycle."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Play:
    """What is to be played: a scenario under an architecture, a level of faults and a seed; which plan is to be kept, if any."""

    scenario: Scenario
    architecture: str
    faults: str
    seed: int
    checks: CheckPlan = field(default_factory=CheckPlan)
    plan_wish: PlanWish | None = None

    @property
    def how_to_repeat(self) -> str:
        """Return the command that repeats it: the same world, under this architecture, these faults and this seed."""
        words = self.scenario.repeat_words or ("simulate", self.scenario.name)
        option = "--architectures" if words[0] == "advise" else "--architecture"
        seeds = ["--seed", str(self.seed)]
        if self.seed != self.scenario.seed and words[0] == "simulate":
            seeds = ["--seed", str(self.scenario.seed), "--run-seed", str(self.seed)]
        return shlex.join(["voltloom", *words, option, self.architecture, "--faults", self.faults, *seeds])

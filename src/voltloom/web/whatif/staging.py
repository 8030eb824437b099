"""Plays contestants one after the other in this process, and tells how far the whole is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from voltloom.advisor.comparison import Case, Comparison, Progress, run_cases
from voltloom.advisor.measured import is_unmet
from voltloom.advisor.sensitivity import Setting
from voltloom.controller.canary.tuning import settings_under
from voltloom.session.policy import Policy
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult

TOLD_RATIO: Final = 0.005  # progress is told in steps of this


class Contestant(NamedTuple):
    """A policy that takes part, and what tables call it."""

    label: str
    policy: Policy


class Began(NamedTuple):
    """A policy's run begins, under this seed and these faults."""

    label: str
    seed: int
    faults: str = "none"


class Stage:
    """Where contestants are played. visits_count: of all runs that are to come, each by its visits, at most. open_ids: nobody knows how much
    these visits wanted.
    """

    def __init__(
        self,
        contestants: Sequence[Contestant],
        tell: Callable[[object], None],
        *,
        open_ids: frozenset[str],
        visits_count: int,
    ) -> None:
        self._contestants, self._tell = contestants, tell
        self._open_ids = open_ids
        self._whole_count = max(1, visits_count)
        self._done_count = 0

    def compared(self, setting: Setting) -> Comparison:
        """Return what every contestant makes of a world. Raises RunFailedError."""
        results = tuple(self._result(setting, one) for one in self._contestants)
        return Comparison(scenario=setting.scenario, results=results)

    def _result(self, setting: Setting, one: Contestant) -> RunResult:
        world = setting.scenario
        self._tell(Began(one.label, world.seed, setting.faults))
        own = replace(world, control=settings_under(world.control, one.policy))
        case = Case(architecture=one.policy.architecture, faults=setting.faults, seed=world.seed)
        (result,) = run_cases((own,), (case,), jobs=1, progress=self._telling(world))
        self._done_count += len(world.visits)
        return judged(result, one.label, self._open_ids)

    def _telling(self, world: Scenario) -> Progress:
        """Return what tells the part of the whole that is done while one run is played."""
        last_ratio = 0.0

        def progress(done_ratio: Sequence[float]) -> None:
            nonlocal last_ratio
            if done_ratio[0] - last_ratio >= TOLD_RATIO or done_ratio[0] == 1.0:
                last_ratio = done_ratio[0]
                self._tell(min(1.0, (self._done_count + last_ratio * len(world.visits)) / self._whole_count))

        return progress


def judged(result: RunResult, label: str, open_ids: frozenset[str]) -> RunResult:
    """Return a result under its policy's name, in which nobody is unmet of whom nobody knows what it wanted.

    A visit that growth has added is called as the one it was made of, with "+" and a number.
    """
    sessions = tuple(
        replace(one, obtainable_wh=one.delivered_wh)
        if one.session_id in open_ids or one.session_id.rpartition("+")[0] in open_ids
        else one
        for one in result.trace.sessions
    )
    summary = replace(
        result.summary, architecture=label, unmet_sessions=sum(1 for one in sessions if is_unmet(one))
    )
    return replace(result, summary=summary, trace=replace(result.trace, sessions=sessions))

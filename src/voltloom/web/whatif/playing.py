"""A what-if run in a process of its own, behind everything that operates the site: worlds in, numbers and a report out."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import numpy as np

from voltloom.advisor.comparison import Case, Comparison, Progress, RunFailedError, run_cases
from voltloom.advisor.measured import is_unmet
from voltloom.advisor.report import Origin, report_html
from voltloom.advisor.requirements import Answers
from voltloom.advisor.site_facts import context_of
from voltloom.advisor.study import CALM, Study, StudyPlan, verdict_of
from voltloom.controller.canary.tuning import settings_under
from voltloom.controller.settings import ControlSettings
from voltloom.session.policy import Policy
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.scenario_file import load_scenario
from voltloom.simulation.session_rows import SessionFileError
from voltloom.simulation.summary import RunResult
from voltloom.site.mistakes import PlanError
from voltloom.site.network import network_of
from voltloom.site.tariff import Tariff
from voltloom.site.topology import Site
from voltloom.web.whatif.recorded import Noted, Stay, recorded
from voltloom.web.whatif.telling import result_of

NICENESS: Final = 15  # what operates a site goes first
LOG_LINES_COUNT: Final = 30
STANDARD_ERROR: Final = 2  # its file descriptor
TOLD_RATIO: Final = 0.005  # progress is told in steps of this
_SPAWN: Final = get_context("spawn")  # a fork would take along locks that other threads hold


class Contestant(NamedTuple):
    """A policy that takes part, and what tables call it."""

    label: str
    policy: Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedWorld:
    """Recorded days of a site with its own plan. control: as the site's file has it. tariff: what the site pays."""

    title: str
    site: Site
    control: ControlSettings
    tariff: Tariff | None
    stays: tuple[Stay, ...]
    noted: tuple[Noted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What a run plays. world: recorded days, or the name of a shipped scenario. source: where it is from, for the report."""

    world: RecordedWorld | str
    contestants: tuple[Contestant, ...]
    source: str


class Began(NamedTuple):
    """A policy's run begins, under this seed."""

    label: str
    seed: int


class Played(NamedTuple):
    """What came of it. result: a `ResultOut` as JSON."""

    result: bytes
    report: str


class Unplayable(NamedTuple):
    """Why it cannot be played at all."""

    why: str


class EmptyWorldError(ValueError):
    """There is nothing to play."""


class PlayFailedError(Exception):
    """A run could not be finished: why, in whose run (None before any began), and the last lines of its log."""

    def __init__(self, why: str, began: Began | None, log: Sequence[str]) -> None:
        super().__init__(why)
        self.why, self.began, self.log = why, began, tuple(log)


class PlayApart:
    """One run. `followed` waits for it, `end` may be called from any thread meanwhile."""

    def __init__(self, work: Work) -> None:
        self._folder = TemporaryDirectory(prefix="voltloom-what-if-")
        self._log = Path(self._folder.name) / "log"
        self._ours, self._theirs = _SPAWN.Pipe(duplex=False)
        self._process = _SPAWN.Process(target=_play, args=(self._theirs, work, self._log), daemon=True)
        self.is_ended = False

    def followed(self, told: Callable[[float], None]) -> Played:
        """Return what it comes to. told: is given the part that is done. Raises PlayFailedError."""
        began: Began | None = None
        self._process.start()
        self._theirs.close()
        if self.is_ended:  # before there was a process to end
            self._process.terminate()
        try:
            while True:
                match self._ours.recv():
                    case float() as done_ratio:
                        told(done_ratio)
                    case Began() as begun:
                        began = begun
                    case Played() as played:
                        return played
                    case Unplayable() as wrong:
                        raise PlayFailedError(wrong.why, began, self._tail())
        except EOFError:
            self._process.join()
            raise PlayFailedError(self._how_it_died(), began, self._tail()) from None
        finally:
            self._ours.close()
            self._process.join()
            self._folder.cleanup()

    def end(self) -> None:
        """End the run; `followed` raises then."""
        self.is_ended = True
        if self._process.is_alive():
            self._process.terminate()

    def _tail(self) -> list[str]:
        text = self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
        return text.strip().splitlines()[-LOG_LINES_COUNT:]

    def _how_it_died(self) -> str:
        code = self._process.exitcode
        if code is not None and code < 0:
            return f"Its process was ended by signal {-code}, perhaps for want of memory."
        return f"Its process failed ({code}); the log tells why."


def _play(told: Connection, work: Work, log: Path) -> None:
    os.nice(NICENESS)
    with log.open("wb") as file:
        os.dup2(file.fileno(), STANDARD_ERROR)  # what libraries and a failure say is for whoever asked
    try:
        told.send(played(work, told.send))
    except (RunFailedError, EmptyWorldError, PlanError, SessionFileError) as wrong:
        told.send(Unplayable(str(wrong)))


def played(work: Work, tell: Callable[[object], None]) -> Played:
    """Play a run in this process. tell: is given each `Began`, and the part that is done, 0 to 1.

    Raises RunFailedError, EmptyWorldError, PlanError, SessionFileError.
    """
    world, known = _world_of(work.world)
    results = []
    for number, one in enumerate(work.contestants):
        tell(Began(one.label, world.seed))
        progress = _telling(tell, number, len(work.contestants))
        own = replace(world, control=settings_under(world.control, one.policy))
        case = Case(architecture=one.policy.architecture, faults=CALM, seed=world.seed)
        (result,) = run_cases((own,), (case,), jobs=1, progress=progress)
        results.append(_judged(result, one.label, known.open_ids))
    labels = tuple(one.label for one in work.contestants)
    plan = StudyPlan(architectures=labels, fault_levels=(CALM,), seeds=(world.seed,), jobs=1)
    comparison = Comparison(scenario=world, results=tuple(results))
    found = Study(plan=plan, comparison=comparison, probes=(), growth=())
    verdict = verdict_of(found, context_of(found, Answers()))
    origin = Origin(command=f"Console, What-if: {work.source}; {', '.join(labels)}", source=work.source)
    result_json = result_of(found, verdict, known.recorded_kwh).model_dump_json().encode()
    return Played(result_json, report_html(found, verdict, origin))


def _telling(tell: Callable[[object], None], number: int, of_count: int) -> Progress:
    """Return what tells the part of the whole that is done while one of several is played."""
    last_ratio = 0.0

    def progress(done_ratio: Sequence[float]) -> None:
        nonlocal last_ratio
        if done_ratio[0] - last_ratio >= TOLD_RATIO or done_ratio[0] == 1.0:
            last_ratio = done_ratio[0]
            tell((number + last_ratio) / of_count)

    return progress


def _judged(result: RunResult, label: str, open_ids: frozenset[str]) -> RunResult:
    """Return a result under its policy's name, in which nobody is unmet of whom nobody knows what it wanted."""
    sessions = tuple(
        replace(one, obtainable_wh=one.delivered_wh) if one.session_id in open_ids else one
        for one in result.trace.sessions
    )
    summary = replace(
        result.summary, architecture=label, unmet_sessions=sum(1 for one in sessions if is_unmet(one))
    )
    return replace(result, summary=summary, trace=replace(result.trace, sessions=sessions))


class _Known(NamedTuple):
    """What is known of a world besides: what was really delivered in it, None where nobody knows; whose wants are unknown."""

    recorded_kwh: float | None = None
    open_ids: frozenset[str] = frozenset()


def _world_of(asked: RecordedWorld | str) -> tuple[Scenario, _Known]:
    if isinstance(asked, str):
        return load_scenario(asked), _Known()
    network = network_of(asked.site)
    found = recorded(asked.stays, network, asked.noted)
    if not found.visits:
        raise EmptyWorldError("No vehicle took energy on these days. Choose others.")
    period_s = asked.control.period_s
    start_s = found.visits[0].arrival_s // period_s * period_s
    scenario = Scenario(
        name="recorded",
        title=asked.title,
        site=asked.site,
        network=network,
        visits=found.visits,
        start_s=start_s,
        end_s=max(visit.departure_s for visit in found.visits) + period_s,
        step_s=period_s,
        control=asked.control,
        other_load=OtherLoad(start_s=np.zeros(1), current_a=network.planned_other_a[np.newaxis, :]),
        tariff=asked.tariff,
        notes=(*found.notes, *_assumed(asked)),
    )
    return scenario, _Known(found.delivered_wh / 1000.0, found.open_ids)


def _assumed(asked: RecordedWorld) -> tuple[str, ...]:
    """Return what is taken for granted in recorded days played again."""
    told = [
        "Cars take all they are offered until they have what they want, and leave when they really left; whoever is still here, now.",
        "A car that never drew less than it might is taken to charge with all that its outlet can.",
        "Limits from outside, faults and lost links of these days are not played again.",
    ]
    if network_of(asked.site).planned_other_a.any():
        told.append("Other load is taken as planned, at its most.")
    if asked.site.pvs or asked.site.batteries:
        told.append("There is no sun in it, and batteries begin half full.")
    return tuple(told)

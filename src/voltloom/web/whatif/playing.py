"""A what-if run in a process of its own, behind everything that operates the site: worlds in, numbers and a report out."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import numpy as np

from voltloom.advisor.comparison import Comparison, RunFailedError
from voltloom.advisor.requirements import Answers
from voltloom.advisor.sensitivity import Setting, Sweep, as_it_is, ground_of, runs_count, swept
from voltloom.advisor.site_facts import context_of
from voltloom.advisor.study import CALM, Study, StudyPlan, verdict_of
from voltloom.advisor.usual_faults import USUAL_WORDS, usual_faults
from voltloom.controller.settings import ControlSettings
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.scenario_file import load_scenario
from voltloom.simulation.session_rows import SessionFileError
from voltloom.site.mistakes import PlanError
from voltloom.site.network import network_of
from voltloom.site.tariff import Tariff
from voltloom.site.topology import Site
from voltloom.web.whatif.recorded import Noted, Stay, recorded
from voltloom.web.whatif.staging import Began, Contestant, Stage
from voltloom.web.whatif.telling import result_of

NICENESS: Final = 15  # what operates a site goes first
LOG_BYTES: Final = 256 * 1024  # so much of a log's end is kept
STANDARD_ERROR: Final = 2  # its file descriptor
_SPAWN: Final = get_context("spawn")  # a fork would take along locks that other threads hold


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
    """What a run plays. world: recorded days, or the name of a shipped scenario. source: where it is from, for the report. fault_levels:
    each is played; sweeps stand on the first.
    """

    world: RecordedWorld | str
    contestants: tuple[Contestant, ...]
    source: str
    fault_levels: tuple[str, ...] = (CALM,)
    sweeps: tuple[Sweep, ...] = ()


class Played(NamedTuple):
    """What came of it. result: a `ResultOut` as JSON. report, picture: HTML and PNG."""

    result: bytes
    report: str
    picture: bytes


class Unplayable(NamedTuple):
    """Why it cannot be played at all."""

    why: str


class EmptyWorldError(ValueError):
    """There is nothing to play."""


class PlayFailedError(Exception):
    """A run could not be finished: why, in whose run (None before any began), and its log."""

    def __init__(self, why: str, began: Began | None, log: str) -> None:
        super().__init__(why)
        self.why, self.began, self.log = why, began, log


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
        try:
            self._process.start()
        except OSError as wrong:
            why = f"No process could be started: {wrong.strerror}. End others, or wait."
            raise PlayFailedError(why, None, "") from wrong
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
                    case Unplayable() as unplayable:
                        raise PlayFailedError(unplayable.why, began, self._logged())
        except EOFError:
            self._process.join()
            raise PlayFailedError(self._how_it_died(), began, self._logged()) from None
        finally:
            self._ours.close()
            self._process.join()
            self._folder.cleanup()

    def end(self) -> None:
        """End the run; `followed` raises then."""
        self.is_ended = True
        if self._process.is_alive():
            self._process.terminate()

    def _logged(self) -> str:
        text = self._log.read_bytes()[-LOG_BYTES:] if self._log.exists() else b""
        return text.decode("utf-8", errors="replace").strip()

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
    levels = work.fault_levels
    ground = ground_of(world, levels[0])
    visits_count = len(levels) * len(world.visits) + runs_count(work.sweeps) * len(ground.scenario.visits)
    stage = Stage(
        work.contestants,
        tell,
        open_ids=known.open_ids,
        visits_count=visits_count * len(work.contestants),
    )
    by_level = [stage.compared(Setting(world, level)) for level in levels]
    comparison = Comparison(scenario=world, results=tuple(r for one in by_level for r in one.results))
    plain = by_level[0] if not work.sweeps or not ground.days_count else stage.compared(as_it_is(ground))
    labels = tuple(one.label for one in work.contestants)
    found = Study(
        plan=StudyPlan(architectures=labels, fault_levels=levels, seeds=(world.seed,), jobs=1),
        comparison=comparison,
        probes=(),
        growth=(),
        sensitivity=tuple(swept(ground, one, plain, stage.compared) for one in work.sweeps),
    )
    tell(1.0)
    # They draw with matplotlib, which the site's own process need not load.
    from voltloom.advisor.report import Origin, report_html
    from voltloom.advisor.report_png import report_png

    verdict = verdict_of(found, context_of(found, Answers()))
    origin = Origin(command=f"Console, What-if: {work.source}; {', '.join(labels)}", source=work.source)
    return Played(
        result=result_of(found, verdict, known.recorded_kwh).model_dump_json().encode(),
        report=report_html(found, verdict, origin),
        picture=report_png(found, verdict, origin),
    )


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
    end_s = max(visit.departure_s for visit in found.visits) + period_s
    start_s = found.visits[0].arrival_s // period_s * period_s
    scenario = Scenario(
        name="recorded",
        title=asked.title,
        site=asked.site,
        network=network,
        visits=found.visits,
        start_s=start_s,
        end_s=end_s,
        step_s=period_s,
        control=asked.control,
        other_load=OtherLoad(start_s=np.zeros(1), current_a=network.planned_other_a[np.newaxis, :]),
        tariff=asked.tariff,
        faults=usual_faults(end_s - start_s),
        notes=(*found.notes, *_assumed(asked)),
    )
    return scenario, _Known(found.delivered_wh / 1000.0, found.open_ids)


def _assumed(asked: RecordedWorld) -> tuple[str, ...]:
    """Return what is taken for granted in recorded days played again."""
    told = [
        "Cars take all they are offered until they have what they want, and leave when they really left; whoever is still here, now.",
        "A car that never drew less than it might is taken to charge with all that its outlet can.",
        "Limits from outside, faults and lost links of these days are not played again.",
        f"Where faults are asked for: {USUAL_WORDS}.",
    ]
    if network_of(asked.site).planned_other_a.any():
        told.append("Other load is taken as planned, at its most.")
    if asked.site.pvs or asked.site.batteries:
        told.append("There is no sun in it, and batteries begin half full.")
    return tuple(told)

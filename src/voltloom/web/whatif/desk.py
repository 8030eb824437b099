"""What-if runs of a site: a short queue, one at a time, each in a process of its own; those that are over lie on the shelf."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from voltloom.live.running import LiveSite
from voltloom.web.problems import Problem
from voltloom.web.whatif.models import FailureOut, ResultOut, RunOut
from voltloom.web.whatif.playing import PlayApart, Played, PlayFailedError, Work
from voltloom.web.whatif.recorded import Notebook
from voltloom.web.whatif.shelf import Papers, Shelf

WAITING_COUNT: Final = 5
FOLDER: Final = "what-if"
LOG_LINES_COUNT: Final = 30  # so many of the last ones are told at once
_log = logging.getLogger("voltloom.web")


class Desk:
    """The runs that wait, the one that is played, and the shelf. One for each interface."""

    def __init__(self, site: LiveSite) -> None:
        self.notebook = Notebook(site)
        self.shelf = Shelf(_folder_of(site.config.journal))
        self._clock = asyncio.get_running_loop().time
        self._waiting: dict[str, tuple[RunOut, Work]] = {}
        self._current: RunOut | None = None
        self._play: PlayApart | None = None
        self._playing: asyncio.Task[None] | None = None
        self._is_over = asyncio.Event()  # the one that is played

    def check_room(self) -> None:
        """Raises Problem where too many wait already."""
        if len(self._waiting) >= WAITING_COUNT:
            detail = f"{WAITING_COUNT} runs wait already. Cancel one, or wait until one is over."
            raise Problem(HTTPStatus.TOO_MANY_REQUESTS, detail, retry_after_s=30)

    def put(self, run: RunOut, work: Work) -> RunOut:
        """Let a run wait for its turn. Returns it as it stands."""
        self._waiting[run.id] = (run, work)
        if self._playing is None or self._playing.done():
            self._playing = asyncio.create_task(self._play_all())
        return self._placed(run)

    def all(self) -> list[RunOut]:
        """Return every run, the newest first."""
        open_ones = [run for run, _ in self._waiting.values()]
        if self._current is not None and self._current.id not in self.shelf.runs:
            open_ones.insert(0, self._current)
        return [self._placed(run) for run in (*self.shelf.runs.values(), *open_ones)][::-1]

    def find(self, run_id: str) -> RunOut:
        """Return a run. Raises Problem."""
        found = next((run for run in self.all() if run.id == run_id), None)
        if found is None:
            raise Problem(HTTPStatus.NOT_FOUND, f"No run '{run_id}' is known. See GET /api/v1/what-if.")
        return found

    async def take_off(self, run_id: str) -> None:
        """Cancel a run that is not over, forget one that is. Raises OSError."""
        if run_id in self._waiting:
            del self._waiting[run_id]
        elif run_id in self.shelf.runs:
            await self.shelf.remove(run_id)
        elif self._play is not None and self._current is not None and self._current.id == run_id:
            self._play.end()
            await self._is_over.wait()

    async def end(self) -> None:
        """End what is played, and play no more."""
        self.notebook.end()
        self._waiting.clear()
        if self._play is not None:
            self._play.end()
        if self._playing is not None:
            await self._playing

    def _placed(self, run: RunOut) -> RunOut:
        waiting = list(self._waiting)
        return run.model_copy(update={"place": waiting.index(run.id) + 1 if run.id in waiting else 0})

    async def _play_all(self) -> None:
        while self._waiting:
            run, work = self._waiting.pop(next(iter(self._waiting)))
            self._current = run
            self._is_over.clear()
            over, papers = await self._played(run, work)
            if over.state != "cancelled":
                try:  # for those who ask it is over once its report is there
                    await self.shelf.put(over, papers)
                except OSError as unwritten:
                    _log.error("what-if run %s is not kept: %s", run.id, unwritten)
                    self.shelf.runs[run.id] = over
            self._current = None
            self._is_over.set()

    async def _played(self, run: RunOut, work: Work) -> tuple[RunOut, Papers]:
        """Play a run. Returns it as it is afterwards, and its papers."""
        loop = asyncio.get_running_loop()
        begun_s = self._clock()
        run.state = "running"
        play = self._play = PlayApart(work)

        def told(done_ratio: float) -> None:
            run.done_ratio = done_ratio

        def hear(done_ratio: float) -> None:
            loop.call_soon_threadsafe(told, done_ratio)

        played: Played | None = None
        failure: FailureOut | None = None
        log = ""
        try:
            played = await asyncio.to_thread(play.followed, hear)
        except PlayFailedError as failed:
            failure, log = _failure(failed), failed.log
        self._play = None
        took_s = round(self._clock() - begun_s, 1)
        if played is None:
            state = "cancelled" if play.is_ended else "failed"
            return run.model_copy(update={"state": state, "failure": failure, "took_s": took_s}), (
                {"log": log.encode()} if log else {}
            )
        result = ResultOut.model_validate_json(played.result)
        came_to = {"result": result, "headline": result.headline, "took_s": took_s}
        papers: Papers = {"report": played.report.encode(), "picture": played.picture}
        return run.model_copy(update={**came_to, "state": "done", "done_ratio": 1.0}), papers


def _failure(failed: PlayFailedError) -> FailureOut:
    began = failed.began
    return FailureOut(
        why=failed.why,
        policy="" if began is None else began.label,
        faults="" if began is None else began.faults,
        seed=None if began is None else began.seed,
        log=failed.log.splitlines()[-LOG_LINES_COUNT:],
    )


def run_id_of(asked: datetime, known: list[RunOut]) -> str:
    """Return a name for a run that no other has, in the order of asking."""
    number = round(asked.astimezone(UTC).timestamp() * 1000.0)
    names = {run.id for run in known}
    while str(number) in names:
        number += 1
    return str(number)


def _folder_of(journal: Path) -> Path:
    """Return where runs lie: beside the journal."""
    return journal.parent / f"{journal.stem}.{FOLDER}"

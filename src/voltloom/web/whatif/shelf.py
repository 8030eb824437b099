"""Runs on disk beside the journal: one JSON each with its papers, the oldest unsaved ones making room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pydantic import ValidationError

from voltloom.web.whatif.models import Paper, RunOut

KEPT_COUNT: Final = 40
SAVED_COUNT: Final = 30  # so that new ones always find room
ENDINGS: Final[MappingProxyType[Paper, str]] = MappingProxyType(
    {"report": ".html", "picture": ".png", "log": ".log"}
)
Papers = dict[Paper, bytes]
_log = logging.getLogger("voltloom.web")


class Shelf:
    """The runs that are over, the oldest first. Its files are small and few. folder: where they lie."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._turn = folder, asyncio.Lock()
        self.runs: dict[str, RunOut] = {}
        for file in sorted(folder.glob("*.json")):
            try:
                run = RunOut.model_validate_json(file.read_bytes())
            except (OSError, ValidationError) as unreadable:
                _log.warning("%s is no what-if run: %s", file, unreadable)
                continue
            self.runs[run.id] = self._with_papers(run)

    @property
    def saved_count(self) -> int:
        """Return how many runs stay when newer ones come."""
        return sum(run.is_saved for run in self.runs.values())

    async def put(self, run: RunOut, papers: Papers | None = None) -> None:
        """Keep a run, with its papers where there are new ones; the oldest unsaved ones make room. Raises OSError."""
        async with self._turn:
            await self._put(run, papers or {})

    async def change(self, run_id: str, changed: Mapping[str, object]) -> None:
        """Change fields of a run as it is by now; one that was removed meanwhile does not come back. Raises OSError."""
        async with self._turn:
            if run_id in self.runs:
                await self._put(self.runs[run_id].model_copy(update=changed), {})

    async def remove(self, run_id: str) -> None:
        """Forget a run. Raises OSError."""
        async with self._turn:
            await self._remove(run_id)

    async def _put(self, run: RunOut, papers: Papers) -> None:
        self.runs[run.id] = await asyncio.to_thread(self._write, run, papers)
        unsaved = [one for one in self.runs.values() if not one.is_saved]
        for one in unsaved[: max(0, len(self.runs) - KEPT_COUNT)]:
            await self._remove(one.id)

    async def _remove(self, run_id: str) -> None:
        await asyncio.to_thread(self._unlink, run_id)
        self.runs.pop(run_id, None)

    async def paper(self, run_id: str, paper: Paper) -> bytes | None:
        """Return a paper of a run, None where there is none."""
        return await asyncio.to_thread(self._read, run_id, paper) if run_id in self.runs else None

    def _write(self, run: RunOut, papers: Papers) -> RunOut:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for paper, content in papers.items():
            self._file(run.id, paper).write_bytes(content)
        whole = self.folder / f"{run.id}.json"
        fresh = whole.with_suffix(".new")
        fresh.write_text(run.model_dump_json(), encoding="utf-8")
        fresh.replace(whole)  # a power cut leaves the old one or the new one
        return self._with_papers(run)

    def _unlink(self, run_id: str) -> None:
        (self.folder / f"{run_id}.json").unlink(missing_ok=True)
        for paper in ENDINGS:
            self._file(run_id, paper).unlink(missing_ok=True)

    def _read(self, run_id: str, paper: Paper) -> bytes | None:
        file = self._file(run_id, paper)
        return file.read_bytes() if file.is_file() else None

    def _with_papers(self, run: RunOut) -> RunOut:
        """Return a run that tells which papers lie here."""
        there = [paper for paper in ENDINGS if self._file(run.id, paper).is_file()]
        return run.model_copy(update={"papers": there})

    def _file(self, run_id: str, paper: Paper) -> Path:
        return self.folder / f"{run_id}{ENDINGS[paper]}"

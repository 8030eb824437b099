"""Runs on disk beside the journal: one JSON and one report each, the oldest unsaved ones making room."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from voltloom.web.whatif.models import RunOut

KEPT_COUNT: Final = 40
SAVED_COUNT: Final = 30  # so that new ones always find room
_log = logging.getLogger("voltloom.web")


class Shelf:
    """The runs that are over, the oldest first. Its files are small and few."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.runs: dict[str, RunOut] = {}
        for file in sorted(folder.glob("*.json")):
            try:
                run = RunOut.model_validate_json(file.read_bytes())
            except (OSError, ValidationError) as unreadable:
                _log.warning("%s is no what-if run: %s", file, unreadable)
                continue
            self.runs[run.id] = run

    @property
    def saved_count(self) -> int:
        """Return how many runs stay when newer ones come."""
        return sum(run.is_saved for run in self.runs.values())

    async def put(self, run: RunOut, report: str = "") -> None:
        """Keep a run, a report too where there is one; the oldest unsaved ones make room. Raises OSError."""
        await asyncio.to_thread(self._write, run, report)
        self.runs[run.id] = run
        unsaved = [one for one in self.runs.values() if not one.is_saved]
        for one in unsaved[: max(0, len(self.runs) - KEPT_COUNT)]:
            await self.remove(one.id)

    async def remove(self, run_id: str) -> None:
        """Forget a run. Raises OSError."""
        await asyncio.to_thread(self._unlink, run_id)
        self.runs.pop(run_id, None)

    async def report(self, run_id: str) -> str | None:
        """Return a run's report, None where there is none."""
        return await asyncio.to_thread(self._read, run_id) if run_id in self.runs else None

    def _write(self, run: RunOut, report: str) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if report:
            self._report(run.id).write_text(report, encoding="utf-8")
        whole = self._folder / f"{run.id}.json"
        fresh = whole.with_suffix(".new")
        fresh.write_text(run.model_dump_json(), encoding="utf-8")
        fresh.replace(whole)  # a power cut leaves the old one or the new one

    def _unlink(self, run_id: str) -> None:
        (self._folder / f"{run_id}.json").unlink(missing_ok=True)
        self._report(run_id).unlink(missing_ok=True)

    def _read(self, run_id: str) -> str | None:
        file = self._report(run_id)
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def _report(self, run_id: str) -> Path:
        return self._folder / f"{run_id}.html"

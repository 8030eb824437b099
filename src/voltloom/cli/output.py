"""What every command shares: exit codes, errors without tracebacks, progress, tables, and where reports are written."""

from __future__ import annotations

import json
import math
import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Final, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

EXIT_CODES: Final = (
    "Exit codes: 0 all well; 1 a run breached a checker or could not be finished, a bound could not be found, or a "
    "journal is not what was written, or decides otherwise now, or a running site does not answer; 2 wrong usage or input; 3 the report or file could not be written; 130 interrupted."
)
PLAIN_WIDTH: Final = 160  # columns where there is no terminal
LONG_S: Final = 90.0  # a rest that is told beforehand
KNOWN_FROM_RATIO: Final = 0.02  # of the work, from which on the rest can be told
Tell = Callable[[Sequence[float]], None]


class UsageError(ValueError):
    """An option or argument that cannot be used: which, and the remedy."""


class Exit(IntEnum):
    """Why the command ended."""

    WELL = 0
    BREACH = 1
    WRONG_INPUT = 2
    NOT_WRITTEN = 3
    INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """How a command speaks. is_json: only JSON goes to standard output. is_quiet: no progress."""

    is_json: bool
    is_quiet: bool

    def say(self, text: str = "") -> None:
        """Print a line for people, as it is."""
        if not self.is_json:
            print(text)

    def show(self, table: Table) -> None:
        """Print a table for people."""
        if not self.is_json:
            width = None if sys.stdout.isatty() else PLAIN_WIDTH
            Console(highlight=False, width=width).print(table)

    def give(self, value: object) -> None:
        """Print JSON for programs; a number that does not exist must be None already."""
        if self.is_json:
            print(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))

    @contextmanager
    def progress(self, title: str, of: str = "runs") -> Iterator[Tell]:
        """Tell how far some runs (or programs) are, on standard error: a bar on a terminal, else a line at every tenth; and how long it will take, where that is long."""
        if self.is_quiet:
            yield lambda done_ratio: None
        elif sys.stderr.isatty():
            with _bar(title, of) as tell:
                yield tell
        else:
            yield _lines(title, of)


def left_words(since_s: float, done_ratio: float) -> str:
    """Return how long the rest takes at the pace until now, "" where that is not known yet or soon. since_s: the time taken."""
    if not KNOWN_FROM_RATIO <= done_ratio < 1.0:
        return ""
    left_s = since_s / done_ratio * (1.0 - done_ratio)
    return f", about {math.ceil(left_s / 60.0)} min left" if left_s >= LONG_S else ""


def utc_text(time_s: float) -> str:
    """Return seconds since 1970 as every JSON answer tells a time: UTC, ending in Z."""
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def a_table(
    title: str, head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int = 1
) -> Table:
    """Return a table; cells are text, whatever they look like."""
    table = Table(title=Text(title) if title else None, title_justify="left", box=None, pad_edge=False)
    for place, name in enumerate(head):
        table.add_column(Text(name), justify="right" if place >= numbers_from else "left", overflow="fold")
    for cells in rows:
        table.add_row(*(Text(cell) for cell in cells))
    return table


@contextmanager
def plain_errors() -> Iterator[None]:
    """Turn what may go wrong with input or runs into a message and an exit code."""
    from voltloom.advisor.comparison import RunFailedError
    from voltloom.bound.failing import SolverFailedError

    try:
        yield
    except RunFailedError as failed:
        fail(f"A run could not be finished.\n  {failed}", Exit.BREACH)
    except SolverFailedError as failed:
        fail(f"The bound could not be found.\n  {failed}", Exit.BREACH)
    except (
        ValueError
    ) as wrong:  # every mistake in files and options is one: PlanError, SessionFileError, TariffError
        fail(str(wrong), Exit.WRONG_INPUT)
    except KeyboardInterrupt:
        fail("Interrupted; nothing was written.", Exit.INTERRUPTED)


def fail(message: str, code: Exit) -> NoReturn:
    """End the command with a message on standard error."""
    print(f"voltloom: {message}", file=sys.stderr)
    raise typer.Exit(int(code))


def write_report(path: Path, text: str) -> None:
    """Write a report; ends the command where that cannot be done."""
    try:
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
            print(f"voltloom: made the folder {path.parent} for the report", file=sys.stderr)
        path.write_text(text, encoding="utf-8")
    except OSError as wrong:
        fail(f"The report cannot be written to {path}: {wrong.strerror}.", Exit.NOT_WRITTEN)


def check_writable(path: Path | None) -> None:
    """End the command before any work where a report could not be written."""
    if path is None:
        return
    if path.is_dir() or (path.exists() and not _is_writable(path)):
        fail(f"The report cannot be written to {path}: give the name of a file.", Exit.NOT_WRITTEN)
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir() or not os.access(above, os.W_OK):
        remedy = f"{above} is no folder that can be written to. Choose another."
        fail(f"The report cannot be written to {path}: {remedy}", Exit.NOT_WRITTEN)


def command_line() -> str:
    """Return the command as it was typed, to be repeated."""
    return shlex.join(["voltloom", *sys.argv[1:]])


def words(text: str, *, option: str, known: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the words of a comma-separated option.

    Raises UsageError naming the option and the nearest known word.
    """
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    if not found:
        raise UsageError(f"{option}: names nothing. Known: {', '.join(known)}.")
    for word in found:
        if known and word not in known:
            from voltloom.site.mistakes import did_you_mean

            raise UsageError(f'{option} = "{word}": unknown. {did_you_mean(word, list(known))}')
    return found


def _is_writable(path: Path) -> bool:
    try:
        with path.open("a"):
            return True
    except OSError:
        return False


@contextmanager
def _bar(title: str, of: str) -> Iterator[Tell]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task, begun_s = bars.add_task(title, total=1.0), time.perf_counter()

        def tell(done_ratio: Sequence[float]) -> None:
            finished, whole_ratio = _done(done_ratio)
            left = left_words(time.perf_counter() - begun_s, whole_ratio)
            said = f"{title}: {finished} of {len(done_ratio)} {of}{left}"
            bars.update(task, completed=whole_ratio, description=said)

        yield tell


def _lines(title: str, of: str) -> Tell:
    told, is_estimated, begun_s = -1, False, time.perf_counter()

    def tell(done_ratio: Sequence[float]) -> None:
        nonlocal told, is_estimated
        finished, whole_ratio = _done(done_ratio)
        tenth = int(10.0 * whole_ratio + 1e-9)
        left = left_words(time.perf_counter() - begun_s, whole_ratio)
        if tenth > told or (left and not is_estimated):
            told, is_estimated = tenth, is_estimated or bool(left)
            share = int(100.0 * whole_ratio + 1e-9)
            print(f"{title}: {share} %, {finished} of {len(done_ratio)} {of}{left}", file=sys.stderr)

    return tell


def _done(done_ratio: Sequence[float]) -> tuple[int, float]:
    """Return how many parts are finished, and how far all are."""
    return sum(1 for part in done_ratio if part >= 1.0), sum(done_ratio) / max(1, len(done_ratio))

"""A writer that is killed at any moment loses nothing it acknowledged, doubles nothing, and bills the same."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Self

import pytest

from tests.conftest import ROOT
from tests.store.day import contents, ledger_of, many_visits, projected, table_rows
from voltloom.store.database import reader_engine
from voltloom.store.errors import JournalUnreadableError
from voltloom.store.journal_rows import rows_after
from voltloom.store.projecting import apply
from voltloom.store.schema import bill_lines, bills, energy_quarters, sessions
from voltloom.store.sql_ledger import SqlLedger
from voltloom.store.verifying import verify

LONGEST_LIFE_S = 0.3  # from the opening of the journal, and every fifth time from the start of the process
BILLED = (sessions, energy_quarters, bills, bill_lines)


@dataclass(frozen=True, slots=True)
class Run:
    """What one life of the writer acknowledged, and whether it came to its end."""

    acknowledged: list[tuple[int, str]]
    is_done: bool

    @property
    def is_cut_short(self) -> bool:
        """Return whether it was killed in the middle of its work, not before it nor after."""
        return bool(self.acknowledged) and not self.is_done


class Moment(Enum):
    """From when on the life of a writer is counted."""

    BEGUN = "begun"
    JOURNAL_OPEN = "journal open"


class Writers:
    """Starts writers one after the other: each is a process of its own, forked by one that has done the imports."""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.store.writer_process"]
        self._source = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._source.stdin is not None
        assert self._source.stdout is not None
        self._source.stdin.close()
        self._source.stdout.close()
        self._source.wait()

    def lived(self, path: Path, visits: int, kill_after_s: float | None, since: Moment) -> Run:
        """Start a writer and kill it a while after a moment; None lets it finish."""
        assert self._source.stdin is not None
        assert self._source.stdout is not None
        self._source.stdin.write(f"{path} {visits}\n")
        self._source.stdin.flush()
        writer = int(self._source.stdout.readline().removeprefix("pid "))
        if since is Moment.JOURNAL_OPEN:
            assert self._source.stdout.readline() == "open\n"
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            os.kill(writer, signal.SIGKILL)  # until `seen` is written its number is nobody else's
        lines = list(iter(self._source.stdout.readline, "ended\n"))
        self._source.stdin.write("seen\n")
        told = [line.rstrip("\n").split(" ", 1) for line in lines if line not in ("open\n", "done\n")]
        return Run([(int(seq), key) for seq, key in told], "done\n" in lines)


def has_tables(path: Path) -> bool:
    try:
        verify(path)
    except JournalUnreadableError:
        return False
    return True


def kept_keys(path: Path) -> dict[str, int]:
    with reader_engine(path).connect() as connection, connection.begin():
        rows = rows_after(connection, "yard", 0, 1_000_000)
    assert max(Counter(row.key for row in rows).values(), default=1) == 1
    return {row.key: row.seq for row in rows}


def check_killed_writers(writers: Writers, folder: Path, kills: int, visits: int, seed: int) -> int:
    """Kill writers of one journal; return how many of them were killed in the middle of their work."""
    draw = random.Random(seed)
    path = folder / "site.db"
    acknowledged: dict[str, int] = {}
    cut_short = 0
    for number in range(kills):
        since = Moment.BEGUN if number % 5 == 0 else Moment.JOURNAL_OPEN
        run = writers.lived(path, visits, draw.uniform(0.0, LONGEST_LIFE_S), since)
        cut_short += run.is_cut_short
        for seq, key in run.acknowledged:
            assert acknowledged.setdefault(key, seq) == seq
        if not acknowledged and not has_tables(path):
            continue  # killed before its tables were there
        assert verify(path).problems == ()
        kept = kept_keys(path)
        assert {key: kept.get(key) for key in acknowledged} == acknowledged
        if run.is_done:
            path = folder / f"site {number}.db"
            acknowledged.clear()
    assert writers.lived(path, visits, None, Moment.BEGUN).is_done
    day = many_visits(visits)
    assert sorted(kept_keys(path)) == sorted(entry.key for entry in day)
    check_read_models(path, visits)
    return cut_short


def check_read_models(path: Path, visits: int) -> None:
    """What was kept in spite of the kills is what the journal says, and what an undisturbed run bills."""
    undisturbed = projected(ledger_of(many_visits(visits)))
    with reader_engine(path).connect() as connection, connection.begin():
        left = contents(connection)
        billed = [table_rows(connection, table) for table in BILLED]
        rows = rows_after(connection, "yard", 0, 1_000_000)
    assert billed == [undisturbed.run(lambda c, t=table: table_rows(c, t)) for table in BILLED]  # type: ignore[misc]  # bound now
    anew = ledger_of([])
    anew.run(lambda connection: apply(connection, "yard", rows))
    assert left == anew.run(contents)


def test_thirty_kills_lose_nothing_double_nothing_and_bill_the_same(tmp_path: Path) -> None:
    with Writers() as writers:
        cut_short = check_killed_writers(writers, tmp_path, kills=30, visits=60, seed=1)

    assert cut_short >= 10  # else the day is too short to be killed in


@pytest.mark.nightly
def test_two_hundred_kills_lose_nothing_double_nothing_and_bill_the_same(tmp_path: Path) -> None:
    with Writers() as writers:
        cut_short = check_killed_writers(writers, tmp_path, kills=200, visits=120, seed=2)

    assert cut_short >= 60


def test_a_journal_that_one_process_writes_is_refused_to_another_by_name(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    holder = SqlLedger(path, "yard")
    opening = f"from voltloom.store.sql_ledger import SqlLedger; SqlLedger({str(path)!r}, 'yard')"

    refused = subprocess.run(
        [sys.executable, "-c", opening], cwd=ROOT, capture_output=True, text=True, check=False
    )
    holder.close()

    assert refused.returncode != 0
    assert f"JournalLockedError: {path} is open in another process (pid {os.getpid()})" in refused.stderr
    SqlLedger(path, "yard").close()

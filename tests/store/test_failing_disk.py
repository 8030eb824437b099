"""When the disk is full or somebody else holds the file, the error says so, and nothing counts as kept."""

import asyncio
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.journals import appended, entry, opened
from voltloom.store import database
from voltloom.store.entry import Outcome, Receipt
from voltloom.store.errors import JournalFullError, JournalLockedError, JournalUnreadableError
from voltloom.store.journal import open_journal
from voltloom.store.verifying import verify


def test_a_full_disk_refuses_all_of_a_commit_and_keeps_what_was_there(tmp_path: Path) -> None:
    large = "x" * 200_000

    async def run() -> tuple[list[BaseException | Receipt], list[Outcome]]:
        async with await opened("sqlite", tmp_path) as journal:
            await journal.append(entry("before"))
            # SQLite itself refuses to grow, with the same answer as for a full disk.
            await journal.run(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 60").all())
            failed = await asyncio.gather(
                *(journal.append(entry(f"k{n}", large)) for n in range(3)), return_exceptions=True
            )
            await journal.run(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 100000").all())
            again = await appended(journal, [entry(f"k{n}", large) for n in range(3)])
            return failed, [receipt.outcome for receipt in again]

    failed, again = asyncio.run(run())

    assert [type(failure) for failure in failed[-2:]] == [JournalFullError] * 2
    assert "the disk is full" in str(failed[-1])
    assert again[-2:] == [Outcome.KEPT] * 2
    verdict = verify(tmp_path / "site.db")
    assert (verdict.problems, verdict.row_count) == ((), 4)


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    # A killed process cannot show this, since the system still writes what it left; only a power cut could.
    async def run() -> tuple[object, object]:
        async with await opened("sqlite", tmp_path) as journal:
            mode = await journal.run(lambda c: c.exec_driver_sql("PRAGMA journal_mode").scalar())
            return mode, await journal.run(lambda c: c.exec_driver_sql("PRAGMA synchronous").scalar())

    full = 2
    assert asyncio.run(run()) == ("wal", full)


def test_another_program_that_holds_the_write_lock_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_WAIT_S", 0.05)

    async def run() -> int:
        async with await opened("sqlite", tmp_path) as journal:
            await journal.append(entry("before"))
            other = sqlite3.connect(tmp_path / "site.db", isolation_level=None)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(JournalLockedError, match="another program has held its write lock"):
                await journal.append(entry("during"))
            other.execute("ROLLBACK")
            other.close()
            return (await journal.append(entry("during"))).seq

    assert asyncio.run(run()) == 2


def test_the_same_file_is_not_opened_twice(tmp_path: Path) -> None:
    async def run() -> None:
        async with await opened("sqlite", tmp_path):
            with pytest.raises(JournalLockedError, match="open in another process"):
                await opened("sqlite", tmp_path)
            (tmp_path / "link.db").symlink_to(tmp_path / "site.db")
            with pytest.raises(JournalLockedError, match="open in another process"):
                await open_journal(tmp_path / "link.db", node="yard")
        await (await opened("sqlite", tmp_path)).close()

    asyncio.run(run())


def test_a_file_that_is_no_journal_is_left_alone(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("these are my notes, not a journal\n")

    with pytest.raises(JournalUnreadableError, match="not a SQLite database"):
        asyncio.run(open_journal(notes, node="yard"))
    with pytest.raises(JournalUnreadableError, match="cannot be opened"):
        asyncio.run(open_journal(tmp_path / "absent" / "site.db", node="yard"))

    assert notes.read_text() == "these are my notes, not a journal\n"
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


WRITES_BEYOND_ITS_BOUND = """
import resource, sys
from pathlib import Path
from voltloom.store.entry import Entry
from voltloom.store.errors import JournalFullError, JournalWriteError
from voltloom.store.sql_ledger import SqlLedger

ledger = SqlLedger(Path(sys.argv[1]), "yard")
ledger.commit([Entry("before", "note", 0, b"x")])
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, hard))
try:
    ledger.commit([Entry("large", "note", 0, b"x" * 900_000)])
except (JournalFullError, JournalWriteError) as refused:
    print(refused)
print(ledger.commit([Entry("small", "note", 0, b"x")])[0].seq)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
print(ledger.commit([Entry("large", "note", 0, b"x" * 900_000)])[0].seq)
ledger.close()
"""


def test_a_write_that_the_system_refuses_keeps_nothing_and_the_journal_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "site.db"

    done = subprocess.run(
        [sys.executable, "-c", WRITES_BEYOND_ITS_BOUND, path], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines() == [
        f"{path}: disk I/O error. Nothing of this commit was acknowledged.",
        "2",
        "3",
    ]
    assert verify(path).problems == ()

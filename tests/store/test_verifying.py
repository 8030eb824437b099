"""No byte of the record changes unseen."""

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.journals import appended, entry, with_journal
from voltloom.store.chain import chain_hash, first_head
from voltloom.store.database import reader_engine
from voltloom.store.entry import Entry, Head, JournalRow
from voltloom.store.errors import JournalUnreadableError
from voltloom.store.journal import Journal
from voltloom.store.journal_rows import rows_after
from voltloom.store.verifying import verify

COUNT = 40


def written(folder: Path) -> Path:
    async def work(journal: Journal) -> None:
        await appended(journal, [entry(f"key {n}", {"energy": n}, at_ms=n) for n in range(COUNT)])

    with_journal("sqlite", folder, work)
    return folder / "site.db"


def changed(path: Path, sql: str, *values: object) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(sql, values)
    connection.close()


def test_a_journal_as_it_was_written_holds(tmp_path: Path) -> None:
    verdict = verify(written(tmp_path))

    assert verdict.problems == ()
    assert verdict.row_count == COUNT


@pytest.mark.parametrize("column", [name for name in JournalRow._fields if name not in ("node", "seq")])
def test_a_change_of_any_field_is_found_at_its_row(column: str, tmp_path: Path) -> None:
    path = written(tmp_path)

    for value in (8, "8", b"8", f"key {7}x"):
        changed(path, f"UPDATE journal SET {column} = ? WHERE seq = 17", value)
        problem = verify(path).problems[0]
        assert (problem.node, problem.seq) == ("yard", 17), value


@pytest.mark.parametrize(
    ("sql", "seq"),
    [
        ("DELETE FROM journal WHERE seq = 9", 9),
        ("DELETE FROM journal WHERE seq = 40", 40),
        ("UPDATE journal SET seq = 99 WHERE seq = 12", 12),
        ("UPDATE journal SET node = 'other' WHERE seq = 12", 12),
        ("INSERT INTO journal SELECT node, 41, at_ms, kind, version, 'x', payload, chain_hash FROM journal LIMIT 1", 41),
        ("DELETE FROM journal_heads", 41),
        ("UPDATE journal_heads SET seq = 39", 41),
    ],
)  # fmt: skip
def test_rows_taken_away_moved_or_added_are_found(sql: str, seq: int, tmp_path: Path) -> None:
    path = written(tmp_path)

    changed(path, sql)

    assert ("yard", seq) in [(p.node, p.seq) for p in verify(path).problems]


def test_a_chain_made_anew_is_found_by_a_head_that_was_kept_elsewhere(tmp_path: Path) -> None:
    path = written(tmp_path)
    kept_elsewhere = verify(path).heads
    with sqlite3.connect(path) as connection:
        rows = connection.execute(
            "SELECT key, kind, at_ms, payload, version FROM journal ORDER BY seq"
        ).fetchall()
        before = first_head("yard").chain_hash
        for seq, row in enumerate(rows, start=1):
            forged = Entry(*row)._replace(payload=b'{"energy":0}')
            before = chain_hash(before, forged, "yard", seq)
            connection.execute(
                "UPDATE journal SET payload = ?, chain_hash = ? WHERE seq = ?", (forged.payload, before, seq)
            )
        connection.execute("UPDATE journal_heads SET chain_hash = ?", (before,))
    connection.close()

    assert verify(path).problems == ()
    assert "kept elsewhere" in verify(path, kept_elsewhere).problems[0].what
    assert "missing at the end" in verify(path, [Head("yard", COUNT + 5, b"")]).problems[0].what


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=150)
def test_a_flipped_byte_of_the_file_is_found_or_changes_nothing_that_is_read(
    tmp_path_factory: pytest.TempPathFactory, place: float, flip: int
) -> None:
    whole, rows = _as_written(tmp_path_factory)
    path = tmp_path_factory.mktemp("flip") / "site.db"
    damaged = bytearray(whole)
    damaged[int(place * len(damaged))] ^= flip
    path.write_bytes(damaged)

    try:
        problems = verify(path).problems
    except JournalUnreadableError:
        return

    if not problems:
        assert _rows(path) == rows


_WRITTEN: dict[str, tuple[bytes, tuple[JournalRow, ...]]] = {}


def _as_written(factory: pytest.TempPathFactory) -> tuple[bytes, tuple[JournalRow, ...]]:
    if not _WRITTEN:
        path = written(factory.mktemp("whole"))
        _WRITTEN["journal"] = (path.read_bytes(), _rows(path))
    return _WRITTEN["journal"]


def _rows(path: Path) -> tuple[JournalRow, ...]:
    with reader_engine(path).connect() as connection, connection.begin():
        return rows_after(connection, "yard", 0, 1000)

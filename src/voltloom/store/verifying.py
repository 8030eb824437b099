"""Whether a journal is what was written: every row of every chain, its end, and the database beneath."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from voltloom.store.chain import Problem, first_head, followed
from voltloom.store.database import clear_errors, reader_engine, shown
from voltloom.store.entry import Head, JournalRow
from voltloom.store.errors import JournalUnreadableError
from voltloom.store.journal_rows import head_of, nodes, rows_after
from voltloom.store.migrating import revision_of

PAGE_COUNT: Final = 2000


class Verdict(NamedTuple):
    """What was found: the head of each node as far as its chain holds, and what is wrong, the first row of each node."""

    heads: tuple[Head, ...]
    problems: tuple[Problem, ...]

    @property
    def row_count(self) -> int:
        """Return how many rows hold."""
        return sum(head.seq for head in self.heads)


def verify(
    target: str | Path, expected: Sequence[Head] = (), told: Callable[[Head], None] | None = None
) -> Verdict:
    """Return whether a journal is what was written; it may be open elsewhere meanwhile.

    expected: heads that were kept in another place, such as the manifest of a back-up: they must be in the chain.
    told: is given the head after each page; what it raises ends the work. Raises JournalUnreadableError where there is
    no journal at all.
    """
    engine = reader_engine(target)
    try:
        with clear_errors(target), engine.connect() as connection, connection.begin():
            return _checked_database(connection, expected, shown(target), told or _unheard)
    except UnicodeDecodeError:  # SQLite quotes damaged bytes in its message, which Python cannot read
        return Verdict((), (Problem("", 0, "the database is damaged: its own texts are no UTF-8"),))


def _unheard(_: Head) -> None:
    """Tell nobody."""


def _checked_database(
    connection: Connection, expected: Sequence[Head], where: str, told: Callable[[Head], None]
) -> Verdict:
    try:
        return verify_connection(connection, expected, told)
    except DBAPIError as wrong:
        if _is_damage(wrong.orig):
            return Verdict((), (Problem("", 0, f"the database is damaged: {wrong.orig}"),))
        raise
    except JournalUnreadableError as wrong:
        raise JournalUnreadableError(f"{where}: {wrong}") from None


def verify_connection(
    connection: Connection, expected: Sequence[Head] = (), told: Callable[[Head], None] = _unheard
) -> Verdict:
    """Return whether the journal behind a connection is what was written."""
    if revision_of(connection) is None:
        raise JournalUnreadableError("is no journal: its tables are missing.")
    heads, problems = [], []
    named = dict.fromkeys((*nodes(connection), *(head.node for head in expected)))
    for node in named:
        wanted = {head.seq: head.chain_hash for head in expected if head.node == node}
        head, problem = _checked(connection, node, wanted, told)
        heads.append(head)
        if problem is not None:
            problems.append(problem)
    return Verdict(tuple(heads), (*problems, *_database_problems(connection)))


def _checked(
    connection: Connection, node: str, wanted: dict[int, bytes], told: Callable[[Head], None]
) -> tuple[Head, Problem | None]:
    """Return how far a node's chain holds, and the first row that does not."""
    head = first_head(node)
    if 0 in wanted and wanted[0] != head.chain_hash:
        return head, Problem(node, 0, "the seed of the chain is not the one kept elsewhere")
    while True:
        rows, unreadable = _page(connection, head)
        following = followed(head, rows)
        if isinstance(following, Problem):
            good = followed(head, [row for row in rows if row.seq < following.seq])
            return (good if isinstance(good, Head) else head), following
        for row in rows:
            if wanted.get(row.seq, row.chain_hash) != row.chain_hash:
                what = f"row {row.seq} is another than the one whose hash was kept elsewhere"
                return head, Problem(node, row.seq, what)
        head = following
        told(head)
        if unreadable:
            return head, Problem(node, head.seq + 1, f"row {head.seq + 1} cannot be read: {unreadable}")
        if not rows:
            break
    if (longest := max(wanted, default=0)) > head.seq:
        return head, Problem(node, head.seq + 1, f"rows {head.seq + 1} to {longest} are missing at the end")
    if (last := head_of(connection, node)) != head:
        return head, Problem(
            node, head.seq + 1, f"the last commit ended at row {last.seq}, not at {head.seq}"
        )
    return head, None


def _page(connection: Connection, head: Head) -> tuple[tuple[JournalRow, ...], str]:
    """Return the next rows, and why the one after them cannot be read; then they are read one by one."""
    try:
        return rows_after(connection, head.node, head.seq, PAGE_COUNT), ""
    except DBAPIError as wrong:
        if not _is_damage(wrong.orig):
            raise
    rows: list[JournalRow] = []
    while True:
        try:
            one = rows_after(connection, head.node, head.seq + len(rows), 1)
        except DBAPIError as wrong:
            return tuple(rows), str(wrong.orig)
        if not one:
            return tuple(rows), "its page is damaged"
        rows.extend(one)


def _is_damage(wrong: BaseException | None) -> bool:
    """Return whether a driver's error tells of the file's content, not of locks or rights."""
    code = getattr(wrong, "sqlite_errorcode", None)
    busy = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)
    return isinstance(wrong, sqlite3.Error) and (code is None or code not in busy)


def _database_problems(connection: Connection) -> tuple[Problem, ...]:
    if connection.dialect.name != "sqlite":
        return ()
    told = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
    return tuple(Problem("", 0, f"the database is damaged: {line}") for line in told if line != "ok")

"""The ledger in SQLite or PostgreSQL: one writer connection, one durable transaction for a whole batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from voltloom.store import chain, journal_rows
from voltloom.store.database import (
    FileLock,
    check_is_database,
    clear_errors,
    shown,
    sqlite_path,
    writer_engine,
)
from voltloom.store.entry import Entry, Head, JournalRow, Kept, Receipt
from voltloom.store.errors import ChainBrokenError, JournalLockedError, JournalWriteError
from voltloom.store.migrating import migrate

T = TypeVar("T")
LOCK_KEY: Final = "hashtext('voltloom journal ' || :node)"


class SqlLedger:
    """The ledger of one node in a database. Made by one process at a time; used by one thread at a time."""

    def __init__(self, target: str | Path, node: str) -> None:
        """Open or make a journal and bring its tables up to date.

        target: a file, or a URL as SQLAlchemy takes it. Raises StoreError: locked, no journal, too new, broken.
        """
        self._target = target
        self._node = node
        self._lock: FileLock | None = None
        self._head = chain.first_head(node)
        self._is_head_unsure = True
        path = sqlite_path(target)
        with ExitStack() as undo, clear_errors(target):
            if path is not None:
                if path.exists() and path.stat().st_size:
                    check_is_database(path)
                self._lock = FileLock(path)
                undo.callback(self._lock.release)
            engine = writer_engine(target)
            self._connection = engine.connect()
            undo.callback(self._connection.close)
            self._start(engine)
            undo.pop_all()

    @property
    def head(self) -> Head:
        """Return the last row that is durable."""
        return self._head

    def commit(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        """Keep all entries in one durable transaction, or none.

        Raises StoreError; then the head is that of the last commit, read again since a failed commit may be either.
        """
        if self._connection.invalidated:  # its lock went with it: another process may write by now
            raise JournalWriteError(
                f"{shown(self._target)}: the connection was lost. Open the journal again."
            )
        with clear_errors(self._target):
            if self._is_head_unsure:
                self._read_head()
            self._is_head_unsure = True
            try:
                extension = self._written(entries, {})
            except (
                IntegrityError
            ):  # some key was kept before: looking all of them up costs more than most commits
                extension = self._written(entries, self._known(entries))
            self._head = extension.head
            self._is_head_unsure = False
        return extension.receipts

    def rows_after(self, seq: int, count: int) -> tuple[JournalRow, ...]:
        """Return at most count rows of this node that follow a sequence number."""
        return self.run(lambda connection: journal_rows.rows_after(connection, self._node, seq, count))

    def newest(self, kind: str) -> JournalRow | None:
        """Return this node's newest row of a kind, None where there is none."""
        return self.run(lambda connection: journal_rows.newest_of(connection, self._node, kind))

    def rows_before(self, seq: int, keys: Sequence[str]) -> tuple[JournalRow, ...]:
        """Return this node's rows of some keys that stand before a sequence number."""
        return self.run(lambda connection: journal_rows.rows_before(connection, self._node, seq, keys))

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do some work on the read models in a transaction of its own."""
        with clear_errors(self._target), self._connection.begin():
            return work(self._connection)

    def close(self) -> None:
        """Close the connection and give the lock back."""
        try:
            with clear_errors(self._target):
                self._connection.close()
        finally:
            if self._lock is not None:
                self._lock.release()

    def _written(self, entries: Sequence[Entry], known: Mapping[str, Kept]) -> chain.Extension:
        with self._connection.begin():
            extension = chain.extended(self._head, entries, known)
            journal_rows.add(self._connection, self._head, extension)
        return extension

    def _known(self, entries: Sequence[Entry]) -> dict[str, Kept]:
        with self._connection.begin():
            return journal_rows.known_keys(self._connection, self._node, [entry.key for entry in entries])

    def _start(self, engine: Engine) -> None:
        if engine.dialect.name == "postgresql":
            self._lock_in_database()
        migrate(self._connection)
        self._read_head()
        with self._connection.begin():
            last = journal_rows.rows_after(self._connection, self._node, self._head.seq - 1, 2)
        at_the_end = [(row.seq, row.chain_hash) for row in last]
        if at_the_end != ([(self._head.seq, self._head.chain_hash)] if self._head.seq else []):
            raise ChainBrokenError(
                f"{shown(self._target)}: the last row of '{self._node}' is not the one last committed. "
                "See `voltloom audit verify`, and restore the last back-up."
            )

    def _read_head(self) -> None:
        with self._connection.begin():
            self._head = journal_rows.head_of(self._connection, self._node)
        self._is_head_unsure = False

    def _lock_in_database(self) -> None:
        """Take a lock that PostgreSQL keeps for this connection, one for each node."""
        with self._connection.begin():
            taken = self._connection.execute(
                text(f"SELECT pg_try_advisory_lock({LOCK_KEY})"), {"node": self._node}
            ).scalar_one()
        if not taken:
            raise JournalLockedError(f"Another process writes the journal of '{self._node}'. Stop it first.")

"""The ledger in memory, for tests: rows in a list, read models in an SQLite database that is nowhere on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from voltloom.store import chain
from voltloom.store.entry import Entry, Head, JournalRow, Kept, Receipt
from voltloom.store.schema import READ_MODELS, metadata

T = TypeVar("T")


class MemoryLedger:
    """The ledger of one node, gone when the process ends."""

    def __init__(self, node: str) -> None:
        """Make an empty ledger."""
        engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
        metadata.create_all(engine, tables=READ_MODELS)
        self._connection = engine.connect()
        self._rows: list[JournalRow] = []
        self._known: dict[str, Kept] = {}
        self._head = chain.first_head(node)

    @property
    def head(self) -> Head:
        """Return the last row that is kept."""
        return self._head

    def commit(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        """Keep all entries."""
        extension = chain.extended(self._head, entries, self._known)
        self._rows.extend(extension.rows)
        self._known.update(
            {row.key: Kept(row.seq, row.kind, row.version, row.payload) for row in extension.rows}
        )
        self._head = extension.head
        return extension.receipts

    def rows_after(self, seq: int, count: int) -> tuple[JournalRow, ...]:
        """Return at most count rows that follow a sequence number."""
        return tuple(self._rows[max(0, seq) : max(0, seq) + count])

    def newest(self, kind: str) -> JournalRow | None:
        """Return the newest row of a kind, None where there is none."""
        return next((row for row in reversed(self._rows) if row.kind == kind), None)

    def rows_before(self, seq: int, keys: Sequence[str]) -> tuple[JournalRow, ...]:
        """Return the rows of some keys that stand before a sequence number."""
        return tuple(row for row in self._rows[: max(0, seq - 1)] if row.key in keys)

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do some work on the read models in a transaction of its own."""
        with self._connection.begin():
            return work(self._connection)

    def close(self) -> None:
        """Forget everything."""
        self._connection.close()

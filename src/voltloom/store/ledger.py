"""Where commits go: the contract that the SQL store and the memory store both keep, called by one thread at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from voltloom.store.entry import Entry, Head, JournalRow, Receipt

T = TypeVar("T")


class Ledger(Protocol):
    """An append-only record of one node, and the read models beside it."""

    @property
    def head(self) -> Head:
        """Return the last row that is durable."""
        ...

    def commit(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        """Keep all entries in one durable transaction, or none.

        Raises StoreError; then nothing of it counts as kept.
        """
        ...

    def rows_after(self, seq: int, count: int) -> tuple[JournalRow, ...]:
        """Return at most count rows of this node that follow a sequence number."""
        ...

    def newest(self, kind: str) -> JournalRow | None:
        """Return this node's newest row of a kind, None where there is none."""
        ...

    def rows_before(self, seq: int, keys: Sequence[str]) -> tuple[JournalRow, ...]:
        """Return this node's rows of some keys that stand before a sequence number."""
        ...

    def run(self, work: Callable[[Connection], T]) -> T:
        """Do some work on the read models in a transaction of its own."""
        ...

    def close(self) -> None:
        """Close what is open; what was committed stays."""
        ...


def all_rows(ledger: Ledger, page_count: int = 2000) -> Iterator[JournalRow]:
    """Yield every row of a ledger, from the first."""
    seq = 0
    while rows := ledger.rows_after(seq, page_count):
        yield from rows
        seq = rows[-1].seq

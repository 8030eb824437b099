"""Journals for the tests: both ledgers under one name, entries, and appends that run together."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

from voltloom.store.entry import Entry, Receipt
from voltloom.store.journal import NATURAL, GroupCommit, Journal, open_journal
from voltloom.store.journal_rows import rows_of_kinds
from voltloom.store.memory import MemoryLedger
from voltloom.store.sql_ledger import SqlLedger

T = TypeVar("T")
NODE = "yard"
KINDS = ("memory", "sqlite")


def entry(key: str, value: object = 1, *, kind: str = "note", at_ms: int = 1_700_000_000_000) -> Entry:
    return Entry(key, kind, at_ms, json.dumps(value).encode())


async def opened(kind: str, folder: Path, settings: GroupCommit = NATURAL) -> Journal:
    if kind == "memory":
        return Journal(MemoryLedger(NODE), settings)
    return await open_journal(folder / "site.db", node=NODE, settings=settings)


async def appended(journal: Journal, entries: Sequence[Entry]) -> list[Receipt]:
    return await asyncio.gather(*(journal.append(one) for one in entries))


def with_journal(
    kind: str,
    folder: Path,
    work: Callable[[Journal], Coroutine[None, None, T]],
    settings: GroupCommit = NATURAL,
) -> T:
    async def run() -> T:
        async with await opened(kind, folder, settings) as journal:
            return await work(journal)

    return asyncio.run(run())


SEQS_OF_KINDS = ((4, 5, 6, None), (2, 3, 5), (1, 2, 4))


def seqs_of_kinds(target: str | Path) -> tuple[tuple[int | None, ...], ...]:
    """Keep rows of some kinds; return the newest of each, those of seldom kinds, and those of any kinds."""
    kinds = ("energy_sampled", "core_memory", "order_placed", "energy_sampled", "core_memory", "order_step")
    ledger = SqlLedger(target, "kinds")
    ledger.commit([entry(f"k{number}", kind=kind) for number, kind in enumerate(kinds)])
    newest = [ledger.newest(kind) for kind in ("energy_sampled", "core_memory", "order_step", "unknown")]
    seldom = ledger.run(lambda c: rows_of_kinds(c, "kinds", 6, ["core_memory", "order_step", "order_placed"]))
    some = ledger.run(lambda c: rows_of_kinds(c, "kinds", 5, ["core_memory", "energy_sampled"]))
    ledger.close()
    return (
        tuple(None if row is None else row.seq for row in newest),
        tuple(row.seq for row in seldom),
        tuple(row.seq for row in some),
    )

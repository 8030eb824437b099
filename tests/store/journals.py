"""Journals for the tests: both ledgers under one name, entries, and appends that run together."""

import asyncio
import json
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TypeVar

from voltloom.store.entry import Entry, Receipt
from voltloom.store.journal import NATURAL, GroupCommit, Journal, open_journal
from voltloom.store.memory import MemoryLedger

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

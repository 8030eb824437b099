"""A journal whose disk writes nothing until it is let: then all that waits, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from voltloom.store.entry import Entry
from voltloom.store.journal import Journal, Receipts


def halted(journal: Journal, patch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let a journal write no more. Returns what lets it write again, once set."""
    writes, in_turn, put = asyncio.Event(), asyncio.Lock(), journal.put

    async def later(entries: Sequence[Entry]) -> Receipts:
        async with in_turn:  # what comes just as it may write again must not overtake those that waited
            await writes.wait()
        return await put(entries)

    patch.setattr(journal, "put", lambda entries: asyncio.ensure_future(later(entries)))
    return writes

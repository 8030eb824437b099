"""A journal that writes neither cycles nor what stations say until it is let: then all of it, in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from voltloom.store.entry import Entry
from voltloom.store.journal import Journal, Receipts


def halted(journal: Journal, patch: pytest.MonkeyPatch) -> asyncio.Event:
    """Let a journal write nothing that is put. Returns what lets it write again, once set."""
    writes, in_turn, put = asyncio.Event(), asyncio.Lock(), journal.put

    async def later(entries: Sequence[Entry]) -> Receipts:
        async with in_turn:  # what comes just as it may write again must not overtake those that waited
            await writes.wait()
        return await put(entries)

    patch.setattr(journal, "put", lambda entries, **_: asyncio.ensure_future(later(entries)))
    return writes

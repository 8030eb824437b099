"""What a site knows when it starts: the newest kept memory with the rows after it, or all that the journal tells."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import Final

from voltloom.live.config import Config
from voltloom.live.frozen import FrozenError
from voltloom.live.keeping import MEMORY_KIND, KeptMemory, kept_memory, marks_of
from voltloom.live.orders.kinds import PLACED_KIND, STEP_KIND
from voltloom.live.past import Past, PastError
from voltloom.live.wire import digest_of
from voltloom.store.entry import JournalRow
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal
from voltloom.store.journal_rows import rows_of_kinds

PAGE_COUNT: Final = 500
ORDER_KINDS: Final = (PLACED_KIND, STEP_KIND)  # few, and kept nowhere else
_log = logging.getLogger("voltloom.live")


async def remembered(journal: Journal, config: Config, past: Past, now_s: float) -> Past:
    """Return a past that has run everything since the newest kept memory.

    Raises PastError where there is none that this code and this site can go on from, StoreError.
    """
    row = await journal.newest(MEMORY_KIND)
    if row is None:
        raise PastError("There is none.")
    try:
        kept = kept_memory(row)
        _check(kept, config, now_s)
        past.adopt(kept)
        for order in await journal.run(
            lambda connection: rows_of_kinds(connection, config.node, row.seq, ORDER_KINDS)
        ):
            past.note(order)
        await _follow(journal, past, row, kept)
        if past.is_lost:
            raise PastError("Cycles are missing in the journal.")
        past.settle()
    except (PastError, StoreError):
        raise
    except FrozenError as wrong:
        raise PastError(str(wrong)) from wrong
    except Exception as wrong:  # a bug is met again by running it again
        raise PastError(f"Its cycles cannot be run again: {wrong!r}.") from wrong
    return past


async def read_whole(journal: Journal, past: Past) -> Past:
    """Return a past that was told what happened, without cycles: which limits are in force is not known. Raises StoreError.

    A row that the core cannot take is told and left out: it must not keep a site from starting.
    """
    async for row in rows_after(journal, 0):
        try:
            past.recall(row)
        except Exception:  # one row must not keep a site from starting
            _log.exception("row %d of the journal cannot be taken in", row.seq)
    return past


async def rows_after(journal: Journal, seq: int) -> AsyncIterator[JournalRow]:
    """Yield the rows after a sequence number. Raises StoreError."""
    while rows := await journal.rows_after(seq, PAGE_COUNT):
        for row in rows:
            yield row
        seq = rows[-1].seq


async def _follow(journal: Journal, past: Past, row: JournalRow, kept: KeptMemory) -> None:
    past.note(row)
    for before in await journal.rows_before(row.seq, kept.untold):
        past.take(before)
    async for after in rows_after(journal, row.seq):
        ran = past.take(after)
        if ran is None:
            continue
        digest = "" if ran.decision is None else digest_of(ran.decision)
        if digest != ran.cycle.digest:
            raise PastError(f"Row {after.seq} is decided otherwise now.")


def _check(kept: KeptMemory, config: Config, now_s: float) -> None:
    """Raise PastError where a memory is not of this code, this site and the past."""
    marks = marks_of(config)
    if kept.marks.code != marks.code:
        raise PastError("It is of another version of Voltloom.")
    if kept.marks.site != marks.site:
        raise PastError("The site, its stations or its settings were changed since.")
    if kept.now_s > now_s:
        raise PastError("It is of a time that is still to come.")

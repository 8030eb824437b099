"""The journal as the event loop sees it: many await, one thread commits for all of them together (group commit).

While one batch is made durable the next one gathers. Awaiting is bounded: beyond `max_waiting_count` entries an
append waits for room before it is taken. An append that was cancelled may still be kept; its key makes another try safe.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection

from voltloom.store.entry import Entry, Head, JournalRow, Receipt
from voltloom.store.errors import JournalClosedError
from voltloom.store.ledger import Ledger
from voltloom.store.sql_ledger import SqlLedger

T = TypeVar("T")
Receipts = tuple[Receipt, ...]
Group = tuple[Sequence[Entry], asyncio.Future[Receipts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupCommit:
    """How appends are gathered.

    max_batch_count: entries in one transaction. linger_s: how long the first of a batch waits for others while the
    disk is idle; 0 commits at once, and gathers only what comes while another commit runs. max_waiting_count: entries
    that may await their commit before appends wait for room.
    """

    max_batch_count: int = 1000
    linger_s: float = 0.0
    max_waiting_count: int = 20_000


NATURAL: Final = GroupCommit()


class Journal:
    """An append-only record. Made and used inside one running event loop; `async with` closes it."""

    def __init__(self, ledger: Ledger, settings: GroupCommit = NATURAL) -> None:
        """Take over a ledger: from now on only this journal's thread uses it."""
        self._ledger = ledger
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="voltloom-journal")
        self._gathering: deque[Group] = deque()
        self._gathered_count = 0
        self._waiting_count = 0  # gathered or in the running commit
        self._without_room: deque[asyncio.Future[None]] = deque()
        self._running: asyncio.Future[list[Receipts]] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._is_closed = False
        self.fault = ""  # why the newest commit failed, "" when it did not

    async def append(self, entry: Entry) -> Receipt:
        """Return the receipt once the entry is durable.

        Raises StoreError; then it was not acknowledged, and may be appended again with the same key.
        """
        return (await self.append_together((entry,)))[0]

    async def append_together(self, entries: Sequence[Entry]) -> Receipts:
        """Return the receipts once all entries are durable, in one transaction: all are kept or none.

        Raises StoreError; PayloadError for an entry that no journal can hold.
        """
        for entry in entries:
            entry.check()
        return await self._put_later(entries)

    def put(self, entries: Sequence[Entry], *, waits: bool = True) -> asyncio.Future[Receipts]:
        """Return the future of `append_together`; entries gather in the order of these calls while there is room.

        waits: for room, where there is none; else they take their place all the same. Raises PayloadError.
        """
        for entry in entries:
            entry.check()
        is_full = waits and self._waiting_count >= self._settings.max_waiting_count
        if is_full or self._is_closed:
            return self._loop.create_task(self._put_later(entries))
        return self._gathered(entries)

    async def _put_later(self, entries: Sequence[Entry]) -> Receipts:
        while self._waiting_count >= self._settings.max_waiting_count and not self._is_closed:
            await self._room()
        if self._is_closed:
            raise JournalClosedError("The journal was closed; nothing was kept.")
        return await self._gathered(entries)

    def _gathered(self, entries: Sequence[Entry]) -> asyncio.Future[Receipts]:
        done: asyncio.Future[Receipts] = self._loop.create_future()
        self._gathering.append((entries, done))
        self._gathered_count += len(entries)
        self._waiting_count += len(entries)
        if self._running is None:
            self._commit_soon()
        return done

    async def rows_after(self, seq: int, count: int) -> tuple[JournalRow, ...]:
        """Return at most count rows that follow a sequence number."""
        return await self._in_thread(lambda: self._ledger.rows_after(seq, count))

    async def newest(self, kind: str) -> JournalRow | None:
        """Return the newest row of a kind, None where there is none."""
        return await self._in_thread(lambda: self._ledger.newest(kind))

    async def rows_before(self, seq: int, keys: Sequence[str]) -> tuple[JournalRow, ...]:
        """Return the rows of some keys that stand before a sequence number."""
        return await self._in_thread(lambda: self._ledger.rows_before(seq, keys))

    async def run(self, work: Callable[[Connection], T]) -> T:
        """Do some work on the read models in the journal's thread, between two commits, in its own transaction."""
        return await self._in_thread(lambda: self._ledger.run(work))

    async def head(self) -> Head:
        """Return the last row that is durable."""
        return await self._in_thread(lambda: self._ledger.head)

    async def close(self) -> None:
        """Commit what is gathered, refuse what comes later, and close the ledger."""
        if self._is_closed:
            return
        self._is_closed = True
        self._wake_all()
        while self._running is not None or self._gathering:
            if self._running is None:
                self._commit_now()
            assert self._running is not None
            await asyncio.wait((self._running,))
            await asyncio.sleep(0)  # lets _finished, called for the same commit, run
        await self._loop.run_in_executor(self._thread, self._ledger.close)
        self._thread.shutdown()

    async def __aenter__(self) -> Journal:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def waiting_count(self) -> int:
        """Return how many entries wait for the disk."""
        return self._waiting_count

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._is_closed:
            raise JournalClosedError("The journal was closed.")
        return await self._loop.run_in_executor(self._thread, work)

    def _commit_soon(self) -> None:
        """Start a commit, at once or when others had time to join."""
        if self._settings.linger_s <= 0.0 or self._gathered_count >= self._settings.max_batch_count:
            self._commit_now()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._settings.linger_s, self._commit_now)

    def _commit_now(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._running is not None or not self._gathering:
            return
        groups = self._next_batch()
        self._running = self._loop.run_in_executor(self._thread, _committed, self._ledger, groups)
        self._running.add_done_callback(lambda commit: self._finished(commit, groups))

    def _next_batch(self) -> list[Group]:
        """Return the groups of the next commit; a group is never split."""
        groups = [self._gathering.popleft()]
        count = len(groups[0][0])
        while self._gathering and count + len(self._gathering[0][0]) <= self._settings.max_batch_count:
            groups.append(self._gathering.popleft())
            count += len(groups[-1][0])
        self._gathered_count -= count
        return groups

    def _finished(self, commit: asyncio.Future[list[Receipts]], groups: list[Group]) -> None:
        """Start the next commit first, so that the disk works while the answers of this one go out."""
        self._running = None
        self._waiting_count -= sum(len(entries) for entries, _ in groups)
        if self._gathering:
            self._commit_soon()
        failure = commit.exception()
        self.fault = "" if failure is None else str(failure)
        for number, (_, done) in enumerate(groups):
            if done.done():  # whoever awaited it has gone
                continue
            if failure is None:
                done.set_result(commit.result()[number])
            else:
                done.set_exception(failure)
        self._give_room()

    async def _room(self) -> None:
        turn: asyncio.Future[None] = self._loop.create_future()
        self._without_room.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            self._give_room()  # its turn may have been given already: let the next one have it
            raise

    def _give_room(self) -> None:
        """Wake as many waiting appends as there is room for."""
        room_count = self._settings.max_waiting_count - self._waiting_count
        while room_count > 0 and self._without_room:
            turn = self._without_room.popleft()
            if not turn.done():
                turn.set_result(None)
                room_count -= 1

    def _wake_all(self) -> None:
        while self._without_room:
            turn = self._without_room.popleft()
            if not turn.done():
                turn.set_result(None)


async def open_journal(target: str | Path, *, node: str, settings: GroupCommit = NATURAL) -> Journal:
    """Return the journal of a node, its tables brought up to date.

    target: a file, made where there is none, or a database URL. Raises StoreError.
    """
    ledger = await asyncio.to_thread(SqlLedger, target, node)
    return Journal(ledger, settings)


def _committed(ledger: Ledger, groups: list[Group]) -> list[Receipts]:
    """Return the receipts of each group after one durable transaction; runs in the journal's thread."""
    entries = [entry for some, _ in groups for entry in some]
    receipts = ledger.commit(entries)
    found = []
    begin = 0
    for some, _ in groups:
        found.append(receipts[begin : begin + len(some)])
        begin += len(some)
    return found

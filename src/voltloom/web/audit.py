"""What was done over the interface: kept in the journal before it is done, and read back for whoever may ask."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

import msgspec

from voltloom.live.config.api import ApiKey
from voltloom.live.running import LiveSite
from voltloom.store.database import clear_errors, reader_engine
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.journal_rows import newest_rows_of, nodes
from voltloom.web.models import AuditOut
from voltloom.web.problems import wrong_field

NEVER_SEQ = 2**62  # no journal gets there
DID_KIND = "operator_did"


class OperatorDid(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody did something: to what, and what it was before and after."""

    by: str
    role: str
    action: str
    target: str
    before: str = ""
    after: str = ""


class Deed(NamedTuple):
    """What is done, to what, and what it is afterwards."""

    action: str
    target: str
    after: str


class Audit:
    """Writes down who does what. One for each interface."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._once = asyncio.Lock()
        self._origin_seq, self._count = -1, 0  # name the rows of this run: every run writes some

    async def note(
        self, key: ApiKey, action: str, target: str, *, before: str = "", after: str = ""
    ) -> datetime:
        """Write one row and return its time. Raises StoreError; then nothing may be done."""
        if self._origin_seq < 0:
            self._origin_seq = (await self._site.journal.head()).seq
        self._count += 1
        name = f"did/{key.key_id}/{self._origin_seq}/{self._count}"
        return await self._write(name, key, Deed(action, target, after), before)

    async def _write(self, name: str, key: ApiKey, deed: Deed, before: str) -> datetime:
        at_ms = round(self._site.clock.now_s() * 1000.0)
        did = OperatorDid(
            by=key.key_id,
            role=key.role.name.lower(),
            action=deed.action,
            target=deed.target,
            before=before,
            after=deed.after,
        )
        await self._site.journal.append(Entry(name, DID_KIND, at_ms, msgspec.json.encode(did)))
        self._site.loop.logbook.told("operator", did)
        return _moment(at_ms)

    async def once(
        self, key: ApiKey, name: str, deed: Deed, work: Callable[[], Awaitable[object]]
    ) -> datetime:
        """Do some work, write it down and return when; under a name that was used before, return when it was done then.

        name: the asker's with its key, "" for none. Raises Problem where it named another deed, StoreError, what the work raises.
        """
        if not name:
            await work()
            return await self.note(key, deed.action, deed.target, after=deed.after)
        entry_key = f"once/{hashlib.sha256(name.encode()).hexdigest()}"
        async with self._once:
            if earlier := await self._site.journal.rows_before(NEVER_SEQ, (entry_key,)):
                did = _did(earlier[0])
                if (did.action, did.target, did.after) == deed:
                    return _moment(earlier[0].at_ms)
                field = "header.Idempotency-Key"
                problem = "was sent with another request before"
                raise wrong_field(field, problem, "Send a new key.", HTTPStatus.CONFLICT)
            await work()
            return await self._write(entry_key, key, deed, "")

    async def newest(self, count: int) -> list[AuditOut]:
        """Return the newest rows, the newest first."""
        node = self._site.config.node
        rows = await self._site.journal.run(lambda c: newest_rows_of(c, node, DID_KIND, count))
        return [_told(row) for row in rows]


def deeds_in_journal(target: str, count: int) -> dict[str, list[AuditOut]]:
    """Return the newest rows of each node of a journal, the newest first; it may be in use meanwhile. target: a file or a database URL.

    Raises StoreError.
    """
    engine = reader_engine(target)
    try:
        with clear_errors(target), engine.connect() as connection, connection.begin():
            return {
                node: [_told(row) for row in newest_rows_of(connection, node, DID_KIND, count)]
                for node in nodes(connection)
            }
    finally:
        engine.dispose()


def _told(row: JournalRow) -> AuditOut:
    return AuditOut(seq=row.seq, time=_moment(row.at_ms), **msgspec.structs.asdict(_did(row)))


def _did(row: JournalRow) -> OperatorDid:
    return msgspec.json.decode(row.payload, type=OperatorDid)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000.0, UTC)

"""What was done over the interface: kept in the journal before it is done, and read back for whoever may ask."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from voltloom.live.config.api import ApiKey
from voltloom.live.running import LiveSite
from voltloom.store.entry import Entry
from voltloom.web.models import AuditOut

DID_KIND = "operator_did"
PAGE_COUNT = 2000


class OperatorDid(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody did something: to what, and what it was before and after."""

    by: str
    role: str
    action: str
    target: str
    before: str = ""
    after: str = ""


class Audit:
    """Writes down who does what. One for each interface."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._origin_seq, self._count = -1, 0  # name the rows of this run: every run writes some

    async def note(
        self, key: ApiKey, action: str, target: str, *, before: str = "", after: str = ""
    ) -> datetime:
        """Write one row and return its time. Raises StoreError; then nothing may be done."""
        if self._origin_seq < 0:
            self._origin_seq = (await self._site.journal.head()).seq
        self._count += 1
        now_s = self._site.clock.now_s()
        did = OperatorDid(
            by=key.key_id,
            role=key.role.name.lower(),
            action=action,
            target=target,
            before=before,
            after=after,
        )
        name = f"did/{key.key_id}/{self._origin_seq}/{self._count}"
        await self._site.journal.append(
            Entry(name, DID_KIND, round(now_s * 1000.0), msgspec.json.encode(did))
        )
        self._site.loop.logbook.told("operator", did)
        return datetime.fromtimestamp(now_s, UTC)

    async def newest(self, count: int) -> list[AuditOut]:
        """Return the newest rows, the newest first."""
        found: list[AuditOut] = []
        upto = (await self._site.journal.head()).seq
        while upto > 0 and len(found) < count:
            rows = await self._site.journal.rows_after(max(0, upto - PAGE_COUNT), min(PAGE_COUNT, upto))
            for row in reversed(rows):
                if row.kind == DID_KIND and row.seq <= upto:
                    did = msgspec.json.decode(row.payload, type=OperatorDid)
                    when = datetime.fromtimestamp(row.at_ms / 1000.0, UTC)
                    found.append(AuditOut(seq=row.seq, time=when, **msgspec.structs.asdict(did)))
            upto -= PAGE_COUNT
        return found[:count]

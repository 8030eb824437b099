"""Who did what is read by an index, however many other rows lie between."""

from __future__ import annotations

import asyncio
from pathlib import Path

from sqlalchemy import Connection, event

from tests.store.journals import entry
from tests.web.stage import staged
from voltloom.live.config.api import Role
from voltloom.store.journal_rows import newest_rows_of
from voltloom.store.sql_ledger import SqlLedger
from voltloom.web.audit import DID_KIND


def test_the_newest_deeds_are_found_behind_many_other_rows(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.ADMIN) as client:
            for wanted in ("sequential", "parallel", "sequential"):
                await client.put("/api/v1/architecture", json={"architecture": wanted})
            await stage.site.journal.append_together([entry(f"other {n}") for n in range(3000)])
            newest = (await client.get("/api/v1/audit", params={"count": 2})).json()
            whole = (await client.get("/api/v1/audit")).json()

        assert [deed["after"] for deed in newest] == ["sequential", "parallel"]
        assert [deed["after"] for deed in whole] == ["sequential", "parallel", "sequential"]

    asyncio.run(whole())


def test_the_index_alone_finds_them(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "site.db", "yard")
    ledger.commit([entry(f"deed {n}", kind=DID_KIND) for n in range(5)])
    plans: list[str] = []

    def explained(
        connection: object, cursor: object, sql: str, values: tuple[object, ...], *_: object
    ) -> None:
        if sql.startswith("SELECT journal.seq"):
            rows = connection.connection.execute(f"EXPLAIN QUERY PLAN {sql}", values)  # type: ignore[attr-defined]  # the driver's own
            plans.extend(row[3] for row in rows)

    def found(connection: Connection) -> list[int]:
        event.listen(connection, "before_cursor_execute", explained)
        return [row.seq for row in newest_rows_of(connection, "yard", DID_KIND, 2)]

    assert ledger.run(found) == [5, 4]
    assert len(plans) == 1
    assert "USING COVERING INDEX journal_by_kind (node=? AND kind=?)" in plans[0]
    ledger.close()

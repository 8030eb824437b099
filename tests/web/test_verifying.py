"""The journal is verified over the interface while the site goes on."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import sqlite3
from pathlib import Path
from typing import Any

import httpx

from tests.store.journals import entry
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.store.verifying import PAGE_COUNT

PATH = "/api/v1/journal/verifications"


async def until_over(client: httpx.AsyncClient, location: str) -> list[dict[str, Any]]:
    """Return every state that was seen, the last one last."""
    seen: list[dict[str, Any]] = []
    async with asyncio.timeout(60.0):
        while not seen or seen[-1]["state"] == "running":
            seen.append((await client.get(location)).json())
    return seen


async def filled(stage: Stage, pages_count: int) -> None:
    for page in range(pages_count):
        await stage.site.journal.append_together(
            [entry(f"key {page} {n}", {"energy": n}) for n in range(PAGE_COUNT)]
        )


def test_a_sound_journal_is_said_to_be_sound_and_the_site_answers_meanwhile(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.ADMIN) as client:
            await filled(stage, 20)
            placed = await client.post(PATH)
            refused = await client.post(PATH, json={})
            states = await until_over(client, placed.headers["Location"])
            audit = (await client.get("/api/v1/audit")).json()
            newest = (await client.get(PATH)).json()

        assert placed.status_code == 202, placed.text
        assert refused.status_code == 409
        done = states[-1]
        assert (done["state"], done["problems"], done["by"]) == ("sound", [], "the-admin")
        assert done["checked_count"] >= done["rows_count"] > 20 * PAGE_COUNT
        assert any(0 < one["checked_count"] < one["rows_count"] for one in states)  # answered while it worked
        assert [one["seq"] for one in done["heads"]] == [done["checked_count"]]
        assert {deed["action"] for deed in audit} == {"verify_journal", "journal_verified"}
        assert [one["id"] for one in newest] == [done["id"]]

    asyncio.run(whole())


def test_a_changed_row_is_named_and_so_is_a_chain_that_lacks_a_kept_end(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.ADMIN) as client:
            kept_elsewhere = {"node": "site", "seq": 2, "chain_hash": "00" * 32}
            wrong = await client.post(PATH, json={"heads": [{**kept_elsewhere, "chain_hash": "zz"}]})
            placed = await client.post(PATH, json={"heads": [kept_elsewhere]})
            lacking = (await until_over(client, placed.headers["Location"]))[-1]
            await filled(stage, 1)
            with sqlite3.connect(tmp_path / "journal.db") as connection:
                connection.execute("UPDATE journal SET payload = ? WHERE key = 'key 0 7'", (b"{}",))
                (seq,) = connection.execute("SELECT seq FROM journal WHERE key = 'key 0 7'").fetchone()
            connection.close()
            async with client.stream("GET", "/api/v1/events") as stream:
                lines = stream.aiter_lines()
                assert await anext(lines) == ": voltloom"
                placed = await client.post(PATH)
                async with asyncio.timeout(60.0):
                    while await anext(lines) != "event: verification":
                        pass
                told = json.loads((await anext(lines)).removeprefix("data: "))

        assert wrong.json()["errors"][0]["field"] == "body.heads.0.chain_hash"
        assert lacking["state"] == "broken"
        assert lacking["problems"][0]["seq"] == 2
        assert told["state"] == "broken"
        assert [(one["node"], one["seq"]) for one in told["problems"]] == [("site", seq)]

    asyncio.run(whole())


def test_a_site_that_ends_does_not_wait_for_a_verification(tmp_path: Path) -> None:
    async def whole() -> str:
        async with staged(tmp_path) as stage, stage.client(Role.ADMIN) as client:
            await filled(stage, 20)
            placed = await client.post(PATH)
        return str(placed.json()["state"])

    assert asyncio.run(whole()) == "running"
    assert multiprocessing.active_children() == []

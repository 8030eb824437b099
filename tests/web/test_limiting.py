"""Limits from outside over a real socket: kept on real stations, written down, told once, refused by field."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live.demo import limit_a
from tests.web.stage import Stage, staged
from tests.web.test_interface import charging
from voltloom.live.config import load_config
from voltloom.live.config.api import Role
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import opened
from voltloom.store.journal import open_journal
from voltloom.web.audit import DID_KIND

LIMITS = "/api/v1/limits"


def played(folder: Path, scene: Callable[[Stage], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with staged(folder) as stage:
            await scene(stage)

    asyncio.run(whole())


def body(**changes: Any) -> dict[str, Any]:
    until = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    told = {"id": "evening", "source": "grid_operator", "limit_a": 8.0, "until": until} | changes
    return {name: value for name, value in told.items() if value is not None}


async def told(client: httpx.AsyncClient, once: str = "", **changes: Any) -> httpx.Response:
    return await client.post(LIMITS, json=body(**changes), headers={"Idempotency-Key": once} if once else {})


def test_a_limit_lowers_a_car_at_once_is_named_everywhere_and_ends_when_withdrawn(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        await stage.until(lambda: limit_a(anna.transaction_limits()[-1]) > 8.0)
        async with stage.client(Role.OPERATOR) as client:
            made = await told(client)
            await stage.until(lambda: limit_a(anna.transaction_limits()[-1]) <= 8.0)
            site = (await client.get("/api/v1/site")).json()
            rows = (await client.get("/api/v1/circuits")).json()
            session = (await client.get(f"/api/v1/sessions/{session_id}")).json()
            evses = (await client.get("/api/v1/evses")).json()
            listed = (await client.get(LIMITS)).json()
            gone = await client.delete(f"{LIMITS}/grid_operator/evening")
            again = await client.delete(f"{LIMITS}/grid_operator/evening")
            after = (await client.get(LIMITS)).json()
        async with stage.client(Role.ADMIN) as client:
            audit = (await client.get("/api/v1/audit")).json()
        await anna.leave()

        assert made.status_code == 201, made.text
        assert made.headers["location"] == f"{LIMITS}/grid_operator/evening"
        assert site["limits"] == listed == [made.json()]
        assert made.json()["is_in_force"] is True
        assert made.json()["circuit"] is made.json()["from"] is made.json()["power_w"] is None
        assert {row["outside_limit_a"] for row in rows} == {8.0}
        assert "the grid operator limits the site to 8 A until " in session["sentence"]
        left = next(evse for evse in evses if evse["id"] == "LEFT")
        assert left["cause"] == "limit_reached"
        assert left["record"]["imposed"]["id"] == "evening"
        assert left["record"]["imposed"]["sentence"].startswith("The grid operator limits the site to 8 A")
        assert (gone.status_code, again.status_code, after) == (200, 404, [])
        assert [(one["by"], one["action"], one["target"]) for one in audit[:2]] == [
            ("the-operator", "withdraw_limit", "grid_operator/evening"),
            ("the-operator", "limit", "grid_operator/evening"),
        ]
        assert audit[1]["after"] == made.json()["sentence"]

    played(tmp_path, scene)


def test_a_limit_is_replaced_by_its_source_and_id_and_another_source_keeps_its_own(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        later = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        async with stage.client(Role.OPERATOR) as client:
            await told(client)
            await told(client, source="energy_management", limit_a=None, power_w=5520.0, circuit="yard")
            replaced = await told(client, limit_a=12.0, kind="target")
            coming = await told(client, id="later", **{"from": later})
            listed = (await client.get(LIMITS)).json()
            rows = (await client.get("/api/v1/circuits")).json()

        assert replaced.status_code == coming.status_code == 201
        assert [(one["source"], one["id"], one["limit_a"], one["kind"]) for one in listed] == [
            ("energy_management", "evening", None, "limit"),
            ("grid_operator", "evening", 12.0, "target"),
            ("grid_operator", "later", 8.0, "limit"),
        ]
        assert [one["is_in_force"] for one in listed] == [True, True, False]
        assert rows[0]["outside_limit_a"] == 8.0  # 5520 W in equal parts; the target is no limit
        assert listed[0]["sentence"].startswith("The site's energy management limits yard to 5.52 kW until ")
        assert datetime.fromisoformat(listed[2]["from"]) == datetime.fromisoformat(later)

    played(tmp_path, scene)


def test_a_limit_that_is_sent_twice_with_its_key_is_one_also_after_a_restart(tmp_path: Path) -> None:
    asked = body()

    async def once(client: httpx.AsyncClient, **changes: Any) -> httpx.Response:
        return await client.post(LIMITS, json=asked | changes, headers={"Idempotency-Key": "42"})

    async def first(stage: Stage) -> None:
        async with stage.client(Role.OPERATOR) as client:
            made, again = await asyncio.gather(once(client), once(client))
            await client.delete(f"{LIMITS}/grid_operator/evening")
            assert made.status_code == again.status_code == 201
            assert made.json() == again.json()

    async def second(stage: Stage) -> None:
        async with stage.client(Role.OPERATOR) as client:
            repeated, other = await once(client), await once(client, limit_a=9.0)
            listed = (await client.get(LIMITS)).json()
        async with stage.client(Role.ADMIN) as client:
            foreign = await once(client)  # another asker's 42 is another one

        assert repeated.status_code == 201
        assert repeated.json()["id"] == "evening"
        assert listed == []  # a repeat does not bring back what was withdrawn meanwhile
        assert other.status_code == 409
        assert other.json()["errors"][0]["field"] == "header.Idempotency-Key"
        assert foreign.status_code == 201
        assert len(stage.site.loop.memory.outside) == 1

    played(tmp_path, first)
    played(tmp_path, second)
    assert asyncio.run(_kinds(tmp_path)).count(DID_KIND) == 3


async def _kinds(folder: Path) -> list[str]:
    async with await open_journal(folder / "journal.db", node="site") as journal:
        return [row.kind for row in await journal.rows_after(0, 10_000)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": None}, "body.id"),
        ({"id": "a b"}, "body.id"),
        ({"source": "moon"}, "body.source"),
        ({"circuit": "hall"}, "body.circuit"),
        ({"limit_a": None}, "body.limit_a"),
        ({"power_w": 100.0}, "body.limit_a"),
        ({"limit_a": -1.0}, "body.limit_a"),
        ({"until": None}, "body.until"),
        ({"until": "2001-01-01T00:00:00Z"}, "body.until"),
        ({"until": "2099-01-01T00:00:00"}, "body.until"),
        ({"until": "9999-12-31T23:59:59-12:00"}, "body.until"),
        ({"from": "2099-01-01T00:00:00Z"}, "body.until"),
        ({"from": "2001-01-01T00:00:00"}, "body.from"),
        ({"kind": "wish"}, "body.kind"),
        ({"forever": True}, "body.forever"),
    ],
)
def test_a_limit_that_cannot_be_kept_names_its_field_and_changes_nothing(
    tmp_path: Path, changes: dict[str, Any], field: str
) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.client(Role.OPERATOR) as client:
            answer = await told(client, **changes)
        assert answer.status_code == 422, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert answer.json()["errors"][0]["field"] == field
        assert answer.json()["errors"][0]["remedy"]
        assert stage.site.loop.memory.outside == ()

    played(tmp_path, scene)
    assert DID_KIND not in asyncio.run(_kinds(tmp_path))


def test_a_limit_outlives_a_restart_and_the_day_is_decided_again_bit_for_bit(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, _ = await charging(stage)
        async with stage.client(Role.OPERATOR) as client:
            await told(client)
            await stage.until(lambda: limit_a(anna.transaction_limits()[-1]) <= 8.0)
            await told(client, source="coordinator", limit_a=5.0)
            await stage.until(lambda: limit_a(anna.transaction_limits()[-1]) == 0.0)
            await client.delete(f"{LIMITS}/coordinator/evening")
            await stage.decided()
        await anna.leave()

    async def restarted() -> list[tuple[str, float | None]]:
        site = await opened(load_config(tmp_path / "site.toml"))
        async with asyncio.timeout(30.0):
            while site.loop.cycles_count < 2:
                await asyncio.sleep(0.02)
        limits = [(each.limit.source.value, each.limit.limit_a) for each in site.loop.memory.outside]
        await site.stop()
        return limits

    played(tmp_path, scene)
    kept = asyncio.run(restarted())
    config = load_config(tmp_path / "site.toml")
    outcome = replayed(config, str(config.journal), Stretch())
    file = tmp_path / "site.toml"
    file.write_text(file.read_text().replace("period_s = 2.0", "period_s = 3.0"))
    told_by_the_whole_journal = asyncio.run(restarted())

    assert kept == told_by_the_whole_journal == [("grid_operator", 8.0)]
    assert outcome.difference is None
    assert outcome.cycles_count > 3
    assert (outcome.runs_count, outcome.lost_count) == (2, 0)

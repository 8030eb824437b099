"""A demo's visitors look on with a key of their own, and change nothing; a site of one's own gives none away."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx

from tests.live.demo import plan_file
from voltloom.live.config import load_config
from voltloom.live.config.api import ApiPlan, Role
from voltloom.live.running import opened
from voltloom.web.serving import keys_for, served


def test_a_visitors_key_shows_all_and_commands_nothing(tmp_path: Path) -> None:
    plan = ApiPlan(host="127.0.0.1", port=0, keys=())
    keys, secrets = keys_for(plan, has_visitors=True)

    async def whole() -> None:
        site = await opened(load_config(plan_file(tmp_path)))
        async with (
            served(site, plan, keys) as address,
            httpx.AsyncClient(base_url=address, timeout=20.0) as browser,
        ):
            told = await browser.post("/api/v1/login", json={"key": secrets[Role.VIEWER]})
            seen = await browser.get("/console/live")
            wanted = {"architecture": "sequential"}
            tried = await browser.put("/api/v1/architecture", json=wanted, headers={"Origin": address})
        await site.stop()

        assert told.json() == {"id": "visitor", "role": "viewer"}
        assert '"role":"viewer"' in seen.text
        assert tried.status_code == 403
        assert "the role viewer" in tried.json()["detail"]

    asyncio.run(whole())


def test_only_a_demo_makes_a_key_for_visitors() -> None:
    _, secrets = keys_for(ApiPlan(host="127.0.0.1", port=0, keys=()))

    assert set(secrets) == {Role.ADMIN}

"""What the console's pages are made of, as browsers fetch it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from tests.web.stage import staged
from voltloom.live.config.api import Role

PACKED = {"Accept-Encoding": "gzip"}
PLAIN = {"Accept-Encoding": "identity"}


def test_a_page_and_its_parts_come_packed_to_a_browser_that_unpacks_them(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as client:
            page = await client.get("/", headers=PACKED)
            scripts = re.findall(r'"(/assets/[^"]+\.js)"', page.text)
            parts = [await client.get(script, headers=PLAIN) for script in scripts]
            plain = max(parts, key=lambda part: len(part.content))
            packed = await client.get(plain.url.path, headers=PACKED)

            assert page.headers["content-encoding"] == packed.headers["content-encoding"] == "gzip"
            assert "content-encoding" not in plain.headers
            assert packed.content == plain.content
            assert int(packed.headers["content-length"]) < int(plain.headers["content-length"]) / 2
            assert packed.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"

    asyncio.run(story())


def test_a_page_holds_the_state_for_who_is_logged_in_and_for_nobody_else(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as client:
            before = await client.get("/console/live")
            await client.post("/api/v1/login", json={"key": stage.secrets[Role.VIEWER]})
            after = await client.get("/console/live")
            fetched = await client.get("/api/v1/console", headers=PACKED)

            assert 'id="snapshot"' not in before.text
            assert '"role":"viewer"' in after.text
            assert fetched.headers["content-encoding"] == "gzip"
            assert fetched.json()["role"] == "viewer"

    asyncio.run(story())

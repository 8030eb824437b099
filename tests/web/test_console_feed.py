"""The feed of the console: a page goes on from the state it came with, one that lags is told so, and a login that ends ends it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from tests.web.stage import Stage, staged
from voltloom.live.config.api import ApiKey, Role
from voltloom.web.connections import UNREAD_BYTES, Limits, Room, Socket, framed
from voltloom.web.console.feed import RESYNC, Page
from voltloom.web.logins import LASTS_S, Logins


def followed(stage: Stage, browser: httpx.AsyncClient, after: int | None = None) -> connect:
    """Open the feed as a page does that is logged in."""
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    url = f"{stage.address.replace('http', 'ws')}/api/v1/console/feed"
    query = "" if after is None else f"?after={after}"
    headers = {"Cookie": cookies, "Origin": stage.address}
    return connect(url + query, additional_headers=headers, proxy=None)


async def heard(page: ClientConnection) -> dict[str, Any]:
    return cast("dict[str, Any]", json.loads(await page.recv()))


async def logged_in(browser: httpx.AsyncClient, stage: Stage, role: Role) -> None:
    (await browser.post("/api/v1/login", json={"key": stage.secrets[role]})).raise_for_status()


async def logged_out(browser: httpx.AsyncClient, stage: Stage) -> httpx.Response:
    return await browser.delete("/api/v1/login", headers={"Origin": stage.address})


def test_a_page_goes_on_from_the_state_it_was_served_with_without_asking_again(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as browser:
            await logged_in(browser, stage, Role.VIEWER)
            served = (await browser.get("/api/v1/console")).json()["seq"]
            await asyncio.sleep(2.2)  # a slow line: two ticks pass before it opens its feed

            async with followed(stage, browser, served) as page:
                told = [await heard(page) for _ in range(3)]

        assert [(one["type"], one["seq"]) for one in told] == [
            ("tick", served + 1),
            ("tick", served + 2),
            ("tick", served + 3),
        ]

    asyncio.run(whole())


@pytest.mark.parametrize("off", [-1000, 1000])
def test_a_page_with_a_state_that_nothing_leads_on_from_is_told_to_fetch_it(tmp_path: Path, off: int) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as browser:
            await logged_in(browser, stage, Role.VIEWER)
            served = (await browser.get("/api/v1/console")).json()["seq"]

            async with followed(stage, browser, max(0, served + off)) as page:
                assert await heard(page) == {"type": "resync"}
                assert (await heard(page))["seq"] == served + 1

    asyncio.run(whole())


def test_a_program_that_asks_while_no_page_is_open_gets_the_state_of_now(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client() as client:
            first = (await client.get("/api/v1/console")).json()
            await client.put("/api/v1/architecture", json={"architecture": "sequential"})
            second = (await client.get("/api/v1/console")).json()

        assert first["head"]["architecture"] == "parallel"
        assert second["head"]["architecture"] == "sequential"
        assert second["seq"] > first["seq"]

    asyncio.run(whole())


def test_who_logs_out_is_told_nothing_more_and_the_others_are(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as leaving, stage.client(None) as staying:
            await logged_in(leaving, stage, Role.OPERATOR)
            await logged_in(staying, stage, Role.VIEWER)
            async with followed(stage, leaving) as one, followed(stage, staying) as other:
                await heard(one)
                await heard(other)
                assert (await logged_out(leaving, stage)).status_code == 204

                with pytest.raises(ConnectionClosedError) as ended:
                    await heard(one)

                assert ended.value.rcvd is not None
                assert (ended.value.rcvd.code, ended.value.rcvd.reason) == (
                    4401,
                    "The login has ended. Log in again.",
                )
                assert (await heard(other))["type"] == "tick"

    asyncio.run(whole())


def test_a_browser_that_takes_another_key_loses_what_it_followed_with_the_one_before(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as browser:
            await logged_in(browser, stage, Role.ADMIN)
            async with followed(stage, browser) as page:
                await heard(page)
                await logged_in(browser, stage, Role.VIEWER)
                with pytest.raises(ConnectionClosedError, match="4401"):
                    await heard(page)
            async with followed(stage, browser) as page:
                assert (await heard(page))["type"] == "tick"
            assert (await browser.get("/api/v1/console")).json()["role"] == "viewer"

    asyncio.run(whole())


def test_a_login_that_expires_ends_what_is_followed_with_it() -> None:
    async def whole() -> None:
        now_s = [0.0]
        logins = Logins(lambda: now_s[0])
        token = logins.begin(ApiKey(key_id="anna", role=Role.VIEWER, secret_record=""))
        sent: list[bytes] = []

        def took(frame: bytes) -> bool:
            sent.append(frame)
            return True

        page = Page(took, lambda: logins.key_of(token) is not None)

        now_s[0] = LASTS_S - 1.0
        page.tell(b"a tick")
        now_s[0] = LASTS_S + 1.0
        page.tell(b"another")

        assert sent == [b"a tick"]
        assert page.end.result() == 4401

    asyncio.run(whole())


def test_events_end_with_the_login_that_asked_for_them(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(None) as browser:
            await logged_in(browser, stage, Role.VIEWER)
            async with browser.stream("GET", "/api/v1/events") as stream:
                lines = stream.aiter_lines()
                assert await anext(lines) == ": voltloom"
                (await logged_out(browser, stage)).raise_for_status()
                stage.site.loop.logbook.told("operator", "a word that no stranger may hear")
                assert "stranger" not in "".join([line async for line in lines])

    asyncio.run(whole())


def test_a_page_that_does_not_read_is_sent_no_more_and_told_to_fetch_once_it_reads(tmp_path: Path) -> None:
    async def whole() -> None:
        room = Room(Limits())
        async with staged(tmp_path, room) as stage, stage.client(None) as browser:
            await logged_in(browser, stage, Role.VIEWER)
            async with followed(stage, browser) as reader:
                reader.transport.pause_reading()
                socket = next(one for one in room.connections if isinstance(one, Socket))
                page, frame = Page(socket.put, lambda: True), framed(b" " * 100_000)

                async with asyncio.timeout(20.0):
                    while not page.is_behind:
                        page.tell(frame)
                        await asyncio.sleep(0)
                kept_bytes = socket.transport.get_write_buffer_size()
                for _ in range(10):
                    page.tell(frame)

                assert kept_bytes <= UNREAD_BYTES + len(frame)
                assert socket.transport.get_write_buffer_size() == kept_bytes
                reader.transport.resume_reading()
                told = ""
                async with asyncio.timeout(20.0):
                    while told != RESYNC[2:].decode():
                        page.tell(frame)
                        told = str(await reader.recv()).strip()
                assert not page.is_behind

    asyncio.run(whole())

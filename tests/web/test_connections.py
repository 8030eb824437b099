"""Whoever holds connections without asking anything, or without reading, takes them from nobody else."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.web.connections import Limits, Room

FEW = Limits(handshake_s=600.0, head_s=600.0, body_s=600.0, unread_s=600.0, connections_count=20)
SHORT = Limits(handshake_s=0.5, head_s=0.5, body_s=0.5, unread_s=0.5)
HEAD = b"POST /api/v1/journal/verifications HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"


async def dialled(stage: Stage) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    where = urlsplit(stage.address)
    return await asyncio.open_connection(where.hostname, where.port)


async def ended(reader: asyncio.StreamReader) -> None:
    async with asyncio.timeout(30.0):
        with suppress(ConnectionResetError):
            while await reader.read(4096):
                pass


async def dribbled(writer: asyncio.StreamWriter, text: bytes) -> None:
    with suppress(ConnectionError):
        for byte in text:
            writer.write(bytes((byte,)))
            await writer.drain()
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("said", [b"", b"GET /livez HT", HEAD + b"{"])
def test_connections_that_ask_nothing_make_room_for_one_that_does(said: bytes, tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path, Room(FEW)) as stage:
            idle = []
            for _ in range(3 * FEW.connections_count):
                reader, writer = await dialled(stage)
                writer.write(said)
                idle.append((reader, writer))
            async with stage.client(None) as client:
                answers = [(await client.get("/livez")).status_code for _ in range(5)]
            for reader, _ in idle[: FEW.connections_count]:
                await ended(reader)
            for _, writer in idle:
                writer.close()

        assert answers == [200] * 5

    asyncio.run(whole())


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01\x02\x00"], ids=["nothing", "half a greeting"])
def test_handshakes_that_do_not_end_make_room_for_one_that_asks(said: bytes, tmp_path: Path) -> None:
    async def whole() -> None:
        room = Room(FEW)
        async with staged(tmp_path, room, has_tls=True) as stage:
            trusting = ssl.create_default_context(cafile=str(tmp_path / "authority.pem"))
            idle = []
            for _ in range(3 * FEW.connections_count):
                reader, writer = await dialled(stage)
                writer.write(said)
                idle.append((reader, writer))
            async with stage.client(None, verify=trusting) as client:
                answers = [(await client.get("/livez")).status_code for _ in range(5)]
            assert len(room.connections) <= FEW.connections_count
            for reader, _ in idle[: 2 * FEW.connections_count]:
                await ended(reader)
            for _, writer in idle:
                writer.close()
            await stage.until(lambda: not room.connections)

        assert answers == [200] * 5
        assert not room.waited_for

    asyncio.run(whole())


def test_a_handshake_that_does_not_end_in_time_is_cut_off(tmp_path: Path) -> None:
    async def whole() -> None:
        room = Room(SHORT)
        async with staged(tmp_path, room, has_tls=True) as stage:
            reader, writer = await dialled(stage)
            await stage.until(lambda: len(room.connections) == 1)
            await ended(reader)
            await stage.until(lambda: not room.connections)
            writer.close()

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("at_once", "then"),
    [(b"", b""), (b"", b"GET /livez HTTP/1.1\r\nX: " + b"x" * 600), (HEAD, b"{" * 600)],
    ids=["nothing", "a head that does not end", "a body that does not end"],
)
def test_a_request_that_is_not_whole_in_time_is_cut_off(at_once: bytes, then: bytes, tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path, Room(SHORT)) as stage:
            reader, writer = await dialled(stage)
            writer.write(at_once)
            dribbling = asyncio.create_task(dribbled(writer, then))
            await ended(reader)
            assert not dribbling.done() or not then  # it was still sending
            await dribbling
            writer.close()
            async with stage.client(None) as client:
                assert (await client.get("/livez")).status_code == 200

    asyncio.run(whole())


def test_a_connection_is_kept_for_the_next_request_and_then_cut_off(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path, Room(SHORT)) as stage:
            reader, writer = await dialled(stage)
            for _ in range(2):
                writer.write(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                assert (await reader.readline()).startswith(b"HTTP/1.1 200")
                await reader.readuntil(b'"reasons":[]}')
            writer.write(b"G")
            await ended(reader)
            writer.close()

    asyncio.run(whole())


def test_a_client_that_does_not_read_is_cut_off(tmp_path: Path) -> None:
    async def whole() -> None:
        room = Room(SHORT)
        async with staged(tmp_path, room) as stage:
            where = urlsplit(stage.address)
            with socket.socket() as deaf:
                deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                deaf.setblocking(False)
                loop = asyncio.get_running_loop()
                await loop.sock_connect(deaf, (where.hostname, where.port))
                asked = b"GET /api/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 400
                await loop.sock_sendall(deaf, asked)
                await stage.until(lambda: room.connections)
                await stage.until(lambda: not room.connections)
                answered = b""
                async with asyncio.timeout(30.0):
                    with suppress(ConnectionResetError):
                        while more := await loop.sock_recv(deaf, 1 << 20):
                            answered += more

        assert answered.count(b"HTTP/1.1 200") < 400

    asyncio.run(whole())


def test_a_page_that_says_nothing_stays_open(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path, Room(SHORT)) as stage:
            address = f"{stage.address.replace('http', 'ws')}/api/v1/console/feed"
            head = {"Authorization": f"Bearer {stage.secrets[Role.VIEWER]}"}
            async with connect(address, additional_headers=head, proxy=None) as page:
                told = [
                    str(await page.recv()) for _ in range(3)
                ]  # one a second, and 0.5 s is what a request has

        assert all('"type":"tick"' in one for one in told)

    asyncio.run(whole())


def test_websockets_that_nobody_let_in_make_room_for_one_who_asks(tmp_path: Path) -> None:
    upgrade = (
        b"GET /api/v1/console/feed HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )

    async def whole() -> None:
        room = Room(FEW)
        async with staged(tmp_path, room) as stage:
            strangers = []
            for _ in range(2 * FEW.connections_count):
                reader, writer = await dialled(stage)
                writer.write(upgrade)
                assert b"101" in await reader.readline()
                strangers.append((reader, writer))
            open_count = len(room.connections)
            async with stage.client(None) as client:
                answer = (await client.get("/livez")).status_code
            for reader, _ in strangers[: FEW.connections_count]:
                await ended(reader)
            for _, writer in strangers:
                writer.close()

        assert open_count == FEW.connections_count
        assert answer == 200

    asyncio.run(whole())

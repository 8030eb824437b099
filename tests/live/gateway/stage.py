"""A gateway on loopback with everything it told, and clients that owe it nothing: `websockets`, and bare sockets."""

from __future__ import annotations

import asyncio
import base64
import os
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from voltloom.live.gateway.credentials import hashed
from voltloom.live.gateway.events import Cause, EventKind, GatewayEvent
from voltloom.live.gateway.gateway import Gateway
from voltloom.live.gateway.links import Ending, Link, Peer
from voltloom.live.gateway.settings import GatewaySettings, Limits, Listener, SecurityProfile
from voltloom.live.gateway.stations import Directory, KnownStation

PATIENCE_S = 20.0  # how long a test waits for what must happen; never how long it takes
SECRET = "a secret of 20 bytes"
RECORD = hashed(SECRET.encode(), cost=16)  # as cheap as scrypt gets: what is tested here is not its cost


def station(identity: str = "A1", **known: Any) -> KnownStation:
    return KnownStation(identity=identity, **{"secret_record": RECORD, **known})


def plain(profile: SecurityProfile = SecurityProfile.BASIC) -> Listener:
    return Listener(host="127.0.0.1", port=0, profile=profile, is_insecure_wanted=profile == 0)


class Stage:
    """The handler above a gateway: it notes what it is told and can wait for more."""

    gateway: Gateway

    def __init__(self) -> None:
        self.opened_links: list[Link] = []
        self.messages: list[tuple[Link, bytes]] = []
        self.endings: list[tuple[Link, Ending]] = []
        self.order: list[tuple[str, int]] = []
        self.events: list[GatewayEvent] = []
        self.ports: list[int] = []
        self.on_message: Callable[[Link, bytes], object] = lambda link, data: None
        self._news = asyncio.Event()

    def opened(self, link: Link, station: Peer, subprotocol: str) -> None:
        assert station.subprotocol == subprotocol
        self.opened_links.append(link)
        self.order.append(("opened", link.generation))
        self._news.set()

    def received(self, link: Link, data: bytes) -> None:
        self.messages.append((link, data))
        self._news.set()
        self.on_message(link, data)

    def closed(self, link: Link, why: Ending) -> None:
        self.endings.append((link, why))
        self.order.append(("closed", link.generation))
        self._news.set()

    def report(self, event: GatewayEvent) -> None:
        self.events.append(event)
        self._news.set()

    async def until(self, happened: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                self._news.clear()
                await self._news.wait()

    async def until_quiet(self, happened: Callable[[], object]) -> None:
        """Wait for what the gateway tells nobody about, turn by turn of the loop."""
        async with asyncio.timeout(PATIENCE_S):
            while not happened():
                await asyncio.sleep(0)

    async def event(self, kind: EventKind) -> GatewayEvent:
        await self.until(lambda: any(e.kind is kind for e in self.events))
        return next(e for e in self.events if e.kind is kind)

    async def cause(self, cause: Cause) -> Ending:
        await self.until(lambda: any(e.cause is cause for _, e in self.endings))
        return next(e for _, e in self.endings if e.cause is cause)

    @property
    def port(self) -> int:
        return self.ports[0]

    async def client(self, identity: str = "A1", **options: Any) -> ClientConnection:
        return await client(self.port, identity, **options)

    async def raw(self) -> Raw:
        return Raw(*await asyncio.open_connection("127.0.0.1", self.port))


async def client(
    port: int,
    identity: str = "A1",
    *,
    secret: str | bytes | None = SECRET,
    username: str | None = None,
    offers: tuple[str, ...] = ("ocpp1.6",),
    tls: ssl.SSLContext | None = None,
) -> ClientConnection:
    """Return a connected client of the `websockets` package."""
    headers = {}
    if secret is not None:
        given = secret if isinstance(secret, bytes) else secret.encode()
        word = base64.b64encode((username or identity).encode() + b":" + given).decode()
        headers["Authorization"] = f"Basic {word}"
    scheme = "wss" if tls else "ws"
    return await connect(
        f"{scheme}://localhost:{port}/ocpp/{identity}"
        if tls
        else f"{scheme}://127.0.0.1:{port}/ocpp/{identity}",
        subprotocols=[Subprotocol(name) for name in offers] or None,
        additional_headers=headers,
        ssl=tls,
        host="127.0.0.1",
        compression=None,
        ping_interval=None,
        open_timeout=PATIENCE_S,
        proxy=None,
    )


class Raw:
    """A bare TCP client that may break every rule."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def said(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def rest(self) -> bytes:
        """Return all that comes until the gateway closes; a reset is an end too."""
        got = b""
        async with asyncio.timeout(PATIENCE_S):
            try:
                while part := await self.reader.read(65536):
                    got += part
            except ConnectionResetError:
                pass
        await self.close()
        return got

    async def upgraded(self, identity: str = "A1", *, secret: str = SECRET) -> None:
        await self.said(upgrade_request(identity, secret=secret))
        async with asyncio.timeout(PATIENCE_S):
            head = await self.reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head

    async def close_code(self) -> int:
        """Return the code of the close frame that is the next thing the gateway says."""
        async with asyncio.timeout(PATIENCE_S):
            first, length = await self.reader.readexactly(2)
            body = await self.reader.readexactly(length)
        assert first == 0x88, (first, body)
        return int.from_bytes(body[:2], "big")

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError, ssl.SSLError):
            await self.writer.wait_closed()


def upgrade_request(identity: str = "A1", *lines: str, secret: str = SECRET) -> bytes:
    word = base64.b64encode(f"{identity}:{secret}".encode()).decode()
    head = [
        f"GET /ocpp/{identity} HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: keep-alive, Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: ocpp1.6",
        f"Authorization: Basic {word}",
        *lines,
    ]
    return "\r\n".join(head).encode() + b"\r\n\r\n"


def frame(opcode: int, payload: bytes, *, fin: bool = True, bits: int = 0) -> bytes:
    """Return one masked frame; bits: the reserved ones, as 0x40, 0x20, 0x10."""
    mask = b"\x11\x22\x33\x44"  # the same in every process: frames are parameters of tests
    size = len(payload)
    length = (
        bytes((0x80 | size,))
        if size < 126
        else bytes((0x80 | 126,)) + size.to_bytes(2, "big")
        if size < 65536
        else bytes((0x80 | 127,)) + size.to_bytes(8, "big")
    )
    body = bytes(byte ^ mask[place % 4] for place, byte in enumerate(payload))
    return bytes(((0x80 if fin else 0) | bits | opcode,)) + length + mask + body


@asynccontextmanager
async def staged(
    *stations: KnownStation,
    listeners: Iterable[Listener] | None = None,
    limits: Limits | None = None,
    **said: Any,
) -> AsyncIterator[Stage]:
    """Run a gateway with these stations; `said` are further GatewaySettings."""
    stage = Stage()
    settings = GatewaySettings(
        listeners=tuple(listeners or (plain(),)), limits=limits or Limits(close_s=0.5), **said
    )
    stage.gateway = Gateway(settings, Directory(stations), stage, stage.report)
    stage.ports = [addresses[0][1] for addresses in await stage.gateway.start()]
    try:
        yield stage
    finally:
        async with asyncio.timeout(PATIENCE_S):
            await stage.gateway.drain()


def played(scene: Callable[[], Awaitable[None]]) -> None:
    """Run one scene on an event loop of its own; an error in any callback fails it."""
    errors: list[dict[str, Any]] = []

    async def watched() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: errors.append(context))
        await scene()

    asyncio.run(watched())
    assert not errors, errors

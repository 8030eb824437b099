"""The feed of the console: one message a second, made once and sent to every page over its WebSocket.

A page that does not keep up is told to fetch the whole state again; nothing piles up for it.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from voltloom.live.config.api import ApiKey, Role
from voltloom.web.console.state import Console, Ticker
from voltloom.web.keys import at_least, key_sent
from voltloom.web.logins import COOKIE, Logins, is_from_here
from voltloom.web.packing import packed
from voltloom.web.problems import Problem

EVERY_S: Final = 1.0
WAITING_COUNT: Final = 8  # ticks that a page may lag behind
CLIENTS_COUNT: Final = 200
RESYNC: Final = '{"type":"resync"}'
REFUSED: Final = 4401  # a page then asks for a login
FULL: Final = 4503
FAILED: Final = 1011
router = APIRouter(prefix="/api/v1")
_encoder = msgspec.json.Encoder()
_log = logging.getLogger("voltloom.web")


class Feed:
    """All open pages of one site."""

    def __init__(self, console: Console) -> None:
        self._ticker = Ticker(console)
        self._clients: set[asyncio.Queue[str | None]] = set()
        self._ticking: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Return how many pages are open."""
        return len(self._clients)

    def snapshot(self, role: Role) -> bytes:
        """Return the whole state as JSON, to go on from with the ticks after its number."""
        if self._ticking is None:
            self._ticker.begin()
        return _encoder.encode(self._ticker.snapshot(role))

    def open(self) -> asyncio.Queue[str | None]:
        """Return where a page's messages come from. Its first one asks it to fetch the state where a tick was missed."""
        waiting: asyncio.Queue[str | None] = asyncio.Queue(WAITING_COUNT)
        self._clients.add(waiting)
        if self._ticking is None:
            self._ticker.begin()
            self._ticking = asyncio.create_task(self._tick())
            self._ticking.add_done_callback(self._ended)
        return waiting

    def close(self, waiting: asyncio.Queue[str | None]) -> None:
        """Forget a page; without any nothing is made."""
        self._clients.discard(waiting)
        if not self._clients and self._ticking is not None:
            self._ticking.cancel()
            self._ticking = None

    def _ended(self, ticking: asyncio.Task[None]) -> None:
        """Where a state could not be made, let every page go: each comes back by itself and tries again."""
        if ticking.cancelled() or (wrong := ticking.exception()) is None:
            return
        _log.error("the console's state could not be made", exc_info=wrong)
        self._ticking = None
        for waiting in self._clients:
            while not waiting.empty():
                waiting.get_nowait()
            waiting.put_nowait(None)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            text = _encoder.encode(self._ticker.tick()).decode()
            for waiting in self._clients:
                if waiting.full():
                    while not waiting.empty():
                        waiting.get_nowait()
                    waiting.put_nowait(RESYNC)
                else:
                    waiting.put_nowait(text)


@router.get("/console", include_in_schema=False)
async def get_console(request: Request, key: Annotated[ApiKey, Depends(at_least(Role.VIEWER))]) -> Response:
    """The state of the console, whole."""
    feed: Feed = request.app.state.feed
    return packed(request, feed.snapshot(key.role), "application/json")


async def follow(socket: WebSocket) -> None:
    """Send a page its ticks until it goes."""
    feed: Feed = socket.app.state.feed
    await socket.accept()
    try:
        _viewer_of(socket)
    except Problem as refused:
        await socket.close(REFUSED, refused.detail[:120])
        return
    if feed.count >= CLIENTS_COUNT:
        await socket.close(FULL, f"{CLIENTS_COUNT} pages are open already; close one.")
        return
    waiting = feed.open()
    try:
        await relay(socket, waiting)
    finally:
        feed.close(waiting)


async def relay(socket: WebSocket, waiting: asyncio.Queue[str | None]) -> None:
    """Send a page what is put in its queue, until it goes or None is put."""
    sending = asyncio.create_task(_send(socket, waiting))
    try:
        while True:  # what a page says is not listened to; this ends when it goes
            await socket.receive_text()
    except (WebSocketDisconnect, KeyError):  # KeyError: it sent bytes
        pass
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sending


async def _send(socket: WebSocket, waiting: asyncio.Queue[str | None]) -> None:
    while (text := await waiting.get()) is not None:
        await socket.send({"type": "websocket.send", "text": text})
    await socket.close(FAILED)


def _viewer_of(socket: WebSocket) -> ApiKey:
    """Return who follows. Raises Problem."""
    scheme, _, secret = socket.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        key = key_sent(socket, secret.strip())
    else:
        logins: Logins = socket.app.state.logins
        found = logins.key_of(socket.cookies.get(COOKIE, ""))
        if found is None or not is_from_here(socket):
            raise Problem(HTTPStatus.UNAUTHORIZED, "Log in first.")
        key = found
    if key.role < Role.VIEWER:
        raise Problem(HTTPStatus.FORBIDDEN, "This needs the role viewer or one above it.")
    return key


feed_route = WebSocketRoute("/api/v1/console/feed", follow)

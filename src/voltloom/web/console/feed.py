"""The feed of the console: one message a second, made once and sent to every page over its WebSocket.

A page that does not keep up is told to fetch the whole state again; nothing piles up for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Annotated, Final

import msgspec
from fastapi import APIRouter, Depends, Request, Response
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from voltloom.live.config.api import ApiKey, Role
from voltloom.live.gateway.credentials import drawn_token
from voltloom.web.connections import FRAMES, framed
from voltloom.web.console.state import Console, Ticker
from voltloom.web.keys import at_least, key_sent
from voltloom.web.logins import COOKIE, Logins, is_from_here, lasting
from voltloom.web.packing import packed
from voltloom.web.problems import Problem

EVERY_S: Final = 1.0
LINGER_S: Final = (
    20.0  # for which it goes on without a page: one that was just served opens its feed in this time
)
KEPT_COUNT: Final = 20  # ticks that a page may have missed and still go on from its own state
CLIENTS_COUNT: Final = 200
RESYNC: Final = framed(b'{"type":"resync"}')
REFUSED: Final = 4401  # a page then asks for a login
FULL: Final = 4503
FAILED: Final = 1011
MOST_DIGITS: Final = 16
ENDED: Final = "The login has ended. Log in again."
router = APIRouter(prefix="/api/v1")
_encoder = msgspec.json.Encoder()
_log = logging.getLogger("voltloom.web")


class Page:
    """One open page. put: sends it a frame, False where it has not taken what it was sent before. is_welcome: whether its login stands.

    end: why its feed ends.
    """

    def __init__(self, put: Callable[[bytes], bool], is_welcome: Callable[[], bool]) -> None:
        self.put, self.is_welcome = put, is_welcome
        self.is_behind = False
        self.end: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def tell(self, frame: bytes) -> None:
        """Send a tick. What a page that lags misses it is told to fetch, once it reads again."""
        if self.end.done():
            return
        if not self.is_welcome():
            self.end.set_result(REFUSED)
        else:
            self.is_behind = not self.put(RESYNC if self.is_behind else frame)

    def fail(self) -> None:
        """Let it go: it comes back by itself and tries again."""
        if not self.end.done():
            self.end.set_result(FAILED)


class Feed:
    """All open pages of one site."""

    def __init__(self, console: Console) -> None:
        self._ticker = Ticker(console)
        self._ticker.seq = int.from_bytes(
            drawn_token().encode()[-5:]
        )  # no number of another run is taken for one of this
        self._pages: set[Page] = set()
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT_COUNT)
        self._ticking: asyncio.Task[None] | None = None
        self._lasts_s = 0.0

    @property
    def count(self) -> int:
        """Return how many pages are open."""
        return len(self._pages)

    def snapshot(self, role: Role) -> bytes:
        """Return the whole state as JSON, to go on from with the ticks after its number: of the last tick, or of now where no page is open."""
        if self._ticking is not None and not self._pages:
            self._make()
        self._tick_on()
        return _encoder.encode(self._ticker.snapshot(role))

    def open(self, page: Page, after: int | None) -> None:
        """Let a page follow. after: of the state it has; it gets what came since, or is told to fetch all. None: a program that wants ticks."""
        self._tick_on()
        self._pages.add(page)
        if after is None or after == self._ticker.seq:
            return
        missed = [frame for seq, frame in self._kept if seq > after]
        is_known = bool(self._kept) and self._kept[0][0] <= after + 1 <= self._ticker.seq
        for frame in missed if is_known else (RESYNC,):
            page.tell(frame)

    def close(self, page: Page) -> None:
        """Forget a page; some time after the last one nothing is made any more."""
        self._pages.discard(page)
        self._linger()

    def renew(self) -> None:
        """Let every page fetch the whole state: something in it is other that no tick tells."""
        for page in self._pages:
            page.tell(RESYNC)

    def end(self) -> None:
        """Make no more ticks."""
        if self._ticking is not None:
            self._ticking.cancel()

    def _linger(self) -> None:
        self._lasts_s = asyncio.get_running_loop().time() + LINGER_S

    def _tick_on(self) -> None:
        self._linger()
        if self._ticking is None:
            self._ticker.seq += 1  # whoever has the state before the pause must not go on from it
            self._kept.clear()
            self._ticker.begin()
            self._ticking = asyncio.create_task(self._tick())
            self._ticking.add_done_callback(self._ended)

    def _ended(self, ticking: asyncio.Task[None]) -> None:
        """Where a state could not be made, let every page go."""
        if ticking.cancelled() or (wrong := ticking.exception()) is None:
            return
        _log.error("the console's state could not be made", exc_info=wrong)
        self._ticking = None
        for page in self._pages:
            page.fail()

    async def _tick(self) -> None:
        now_s = asyncio.get_running_loop().time
        while self._pages or now_s() < self._lasts_s:
            await asyncio.sleep(EVERY_S)
            self._make()
        self._ticking = None

    def _make(self) -> None:
        frame = framed(_encoder.encode(self._ticker.tick()))
        self._kept.append((self._ticker.seq, frame))
        for page in self._pages:
            page.tell(frame)


@router.get("/console", include_in_schema=False)
async def get_console(request: Request, key: Annotated[ApiKey, Depends(at_least(Role.VIEWER))]) -> Response:
    """The state of the console, whole."""
    feed: Feed = request.app.state.feed
    return packed(request, feed.snapshot(key.role), "application/json")


async def follow(socket: WebSocket) -> None:
    """Send a page its ticks until it goes, or its login ends. Query `after`: the number of the state it has."""
    feed: Feed = socket.app.state.feed
    await socket.accept()
    try:
        _check(socket)
    except Problem as refused:
        await socket.close(REFUSED, refused.detail[:120])
        return
    if feed.count >= CLIENTS_COUNT:
        await socket.close(FULL, f"{CLIENTS_COUNT} pages are open already; close one.")
        return
    after = socket.query_params.get("after", "")
    page = Page(socket.scope["extensions"][FRAMES]["put"], lasting(socket))
    feed.open(page, int(after) if after.isdecimal() and len(after) < MOST_DIGITS else None)
    listening = asyncio.create_task(_gone(socket))
    try:
        await asyncio.wait((listening, page.end), return_when=asyncio.FIRST_COMPLETED)
        if page.end.done() and not listening.done():
            await socket.close(page.end.result(), ENDED if page.end.result() == REFUSED else "")
    finally:
        feed.close(page)
        listening.cancel()


async def _gone(socket: WebSocket) -> None:
    """Wait until a page goes. What it says is not listened to."""
    with suppress(WebSocketDisconnect, KeyError):  # KeyError: it sent bytes
        while True:
            await socket.receive_text()


async def relay(socket: WebSocket, waiting: asyncio.Queue[str | None]) -> None:
    """Send a page what is put in its queue, until it goes or None is put."""
    sending = asyncio.create_task(_send(socket, waiting))
    try:
        await _gone(socket)
    finally:
        sending.cancel()
        with suppress(asyncio.CancelledError, WebSocketDisconnect, RuntimeError):
            await sending


async def _send(socket: WebSocket, waiting: asyncio.Queue[str | None]) -> None:
    while (text := await waiting.get()) is not None:
        await socket.send({"type": "websocket.send", "text": text})
    await socket.close(FAILED)


def _check(socket: WebSocket) -> None:
    """Raises Problem where somebody may not follow."""
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


feed_route = WebSocketRoute("/api/v1/console/feed", follow)

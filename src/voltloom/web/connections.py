"""The interface's connections: each must say what it wants in time, and those that only wait make room for new ones.

uvicorn waits without end for the first byte, for the rest of a head or a body, and for a client that does not read.
"""

from __future__ import annotations

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Request as Handshake

FRAMES: Final = "voltloom.frames"  # of a WebSocket's scope: {"put": Socket.put}
UNREAD_BYTES: Final = 256 * 1024  # that may wait for a page that does not read


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a client may take for a TLS handshake, then a request's head, its body, and to take what is sent; how many
    connections there may be, those that still shake hands among them.
    """

    handshake_s: float = 15.0
    head_s: float = 15.0
    body_s: float = 20.0
    unread_s: float = 30.0
    connections_count: int = 250


class Room:
    """All connections of one listener. Those that are waited for stand in the order in which that began."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.connections: set[asyncio.BaseProtocol] = set()
        self.waited_for: dict[asyncio.BaseProtocol, asyncio.Transport] = {}

    def enter(self, connection: asyncio.BaseProtocol, transport: asyncio.Transport) -> None:
        """Let a connection in; the longest waited for goes where there is no room, or the new one if none is."""
        self.connections.add(connection)
        if len(self.connections) > self.limits.connections_count:
            gone = next(iter(self.waited_for), connection)
            self.waited_for.pop(gone, transport).abort()
            self.connections.discard(gone)

    def leave(self, connection: asyncio.BaseProtocol) -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        self.waited_for.pop(connection, None)


class Door(SSLProtocol):
    """The TLS of one connection. Until its handshake is over it stands in the room as one that is waited for.

    asyncio tells a protocol behind TLS of its connection only after the handshake, so whoever never shakes hands would
    be counted by nobody.
    """

    def __init__(self, inner: Connection, context: ssl.SSLContext) -> None:
        self._room = inner.room
        super().__init__(
            inner.loop,
            inner,
            context,
            None,  # type: ignore[arg-type]  # nobody waits for the handshake
            server_side=True,
            ssl_handshake_timeout=inner.room.limits.handshake_s,  # type: ignore[arg-type]  # a part of a second will do
        )
        inner.door = self

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its parent
        """Begin the handshake."""
        super().connection_made(transport)
        self._room.enter(self, transport)
        if not transport.is_closing():
            self._room.waited_for[self] = transport

    def connection_lost(self, exc: BaseException | None) -> None:
        """Leave, if the handshake never ended."""
        self._room.leave(self)
        super().connection_lost(exc)


class Connection(H11Protocol):
    """One connection. `room` is set by `connections_in`."""

    room: Room
    door: Door | None = None  # where it has TLS
    _waits_for: object = None  # h11's state of the client, while something of it is missing
    _is_page = False  # it speaks WebSocket
    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its parent
        """Begin to wait for a request."""
        if self.door is not None:
            self.room.leave(self.door)
        super().connection_made(transport)
        self.room.enter(self, transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self.room.leave(self)
        for timer in (self._late, self._unread):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came; what is still missing must come in time, however little came now."""
        super().data_received(data)
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Leave the room to the WebSocket, which enters it in this one's place; a page may be silent."""
        self._is_page = True
        self.room.leave(self)
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Give the client some time to read."""
        super().pause_writing()
        self._unread = self.loop.call_later(self.room.limits.unread_s, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on, since the client reads."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _watch(self) -> None:
        """Give each wait for a head or a body its time, once."""
        state = self.conn.their_state
        is_open = not (self._is_page or self.transport.is_closing())
        waits_for = state if state in (h11.IDLE, h11.SEND_BODY) and is_open else None
        if waits_for is self._waits_for:
            return
        self._waits_for = waits_for
        self.room.waited_for.pop(self, None)
        if self._late is not None:
            self._late.cancel()
            self._late = None
        if waits_for is not None:
            self.room.waited_for[self] = self.transport
            limits = self.room.limits
            wait_s = limits.head_s if waits_for is h11.IDLE else limits.body_s
            self._late = self.loop.call_later(wait_s, self.transport.abort)


class Socket(WebSocketsSansIOProtocol):
    """A connection that became a WebSocket. `room` is set by `sockets_in`. Until it is sent something it is one that is waited for."""

    room: Room

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its parent
        """Enter the room."""
        super().connection_made(transport)
        self.room.enter(self, transport)
        if not transport.is_closing():
            self.room.waited_for[self] = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Leave it."""
        self.room.leave(self)
        super().connection_lost(exc)

    def handle_connect(self, event: Handshake) -> None:
        """Offer to send frames that were made once for all."""
        super().handle_connect(event)
        if not self.close_sent:
            self.scope["extensions"] = {**(self.scope.get("extensions") or {}), FRAMES: {"put": self.put}}

    def put(self, frame: bytes) -> bool:
        """Send a frame at once. Return False, and send nothing, where too much of what was sent before is still unread."""
        if self.disconnected or self.close_sent or self.transport.is_closing():
            return True  # nobody misses it
        if self.transport.get_write_buffer_size() > UNREAD_BYTES:
            return False
        self.room.waited_for.pop(self, None)
        self.transport.write(frame)
        return True

    async def send(self, message: Any) -> None:
        """Send what the page follows: whoever is sent that was let in."""
        if message["type"] == "websocket.send":
            self.room.waited_for.pop(self, None)
        await super().send(message)


def framed(text: bytes) -> bytes:
    """Return a text message as it goes to every page."""
    return Frame(Opcode.TEXT, text).serialize(mask=False)


def sockets_in(room: Room) -> type[asyncio.Protocol]:
    """Return what WebSockets of one listener are, for uvicorn to make."""
    return type("SocketInRoom", (Socket,), {"room": room})


def connections_in(room: Room, tls: ssl.SSLContext | None) -> Callable[..., asyncio.BaseProtocol]:
    """Return what makes the connections of one listener, for uvicorn to call."""
    plain = type("ConnectionInRoom", (Connection,), {"room": room})

    def made(**given: Any) -> asyncio.BaseProtocol:
        return plain(**given) if tls is None else Door(plain(**given), tls)

    return made

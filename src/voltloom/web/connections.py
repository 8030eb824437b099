"""The interface's connections: each must say what it wants in time, and those that only wait make room for new ones.

uvicorn waits without end for the first byte, for the rest of a head or a body, and for a client that does not read.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a client may take for a request's head, then its body, and to take what is sent; how many there may be."""

    head_s: float = 15.0
    body_s: float = 20.0
    unread_s: float = 30.0
    connections_count: int = 250


class Room:
    """All connections of one listener. Those that are waited for stand in the order in which that began."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.connections: set[asyncio.Protocol] = set()
        self.waited_for: dict[asyncio.Protocol, asyncio.Transport] = {}

    def enter(self, connection: asyncio.Protocol, transport: asyncio.Transport) -> None:
        """Let a connection in; the longest waited for goes where there is no room, or the new one if none is."""
        self.connections.add(connection)
        if len(self.connections) > self.limits.connections_count:
            gone = next(iter(self.waited_for), connection)
            self.waited_for.pop(gone, transport).abort()
            self.connections.discard(gone)

    def leave(self, connection: asyncio.Protocol) -> None:
        """Forget a connection."""
        self.connections.discard(connection)
        self.waited_for.pop(connection, None)


class Connection(H11Protocol):
    """One connection. `room` is set by `connections_in`."""

    room: Room
    _waits_for: object = None  # h11's state of the client, while something of it is missing
    _late: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in its parent
        """Begin to wait for a request."""
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
        waits_for = state if state in (h11.IDLE, h11.SEND_BODY) and not self.transport.is_closing() else None
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


def connections_in(room: Room) -> type[Connection]:
    """Return the connections of one listener, for uvicorn to make."""
    return type("ConnectionInRoom", (Connection,), {"room": room})

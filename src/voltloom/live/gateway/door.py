"""A connection before it is a WebSocket: the request's head is collected, answered, or handed to picows."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import logging
from collections.abc import Callable
from typing import Any, cast

from picows import (
    WSAutoPingStrategy,
    WSListener,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)
from picows.picows import (  # type: ignore[attr-defined]  # the stub leaves it out; its constructor is api.py's
    WSProtocol,
)

from voltloom.live.gateway.handshake import HEAD_BYTES, HEAD_END, Upgrade, canonical_head, chosen_subprotocol

_READ_BUFFER_BYTES = 2048  # picows's least; it grows with the first bigger frame
_WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455, section 1.3


class HeadTooLongError(ValueError):
    """More bytes than any honest request has."""


class _PeerFaultsAreNoErrors(logging.LoggerAdapter[logging.Logger]):
    """picows's log: what a peer did wrong is an event of ours; only exceptions (bugs) stay errors.

    As an adapter it also keeps picows from making one logger for each connection.
    """

    def error(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)

    def info(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)

    def warning(self, msg: object, *args: object, **kwargs: Any) -> None:
        self.debug(msg, *args, **kwargs)


_LOG = _PeerFaultsAreNoErrors(logging.getLogger("voltloom.live.gateway"), {})


class Door(asyncio.Protocol):
    """Waits for the head of one request. `head` is done with head and what came behind it, or with an error.

    lost is called when the connection is gone without having become a WebSocket.
    """

    __slots__ = ("_buffer", "_lost", "head", "is_lost", "transport")

    def __init__(self, lost: Callable[[Door], None]) -> None:
        self._lost = lost
        self.transport: asyncio.Transport | None = None
        self.is_lost = False
        self.head: asyncio.Future[tuple[bytes, bytes]] = asyncio.get_running_loop().create_future()
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self.transport = cast("asyncio.Transport", transport)  # aiofastnet's has its methods, not its class

    def data_received(self, data: bytes) -> None:
        """Collect the head; read no more than it and what came with it."""
        if self.head.done() or self.transport is None:
            return
        self._buffer += data
        end = self._buffer.find(HEAD_END)
        if end < 0 and len(self._buffer) <= HEAD_BYTES:
            return
        self.transport.pause_reading()
        if end < 0 or end > HEAD_BYTES or len(self._buffer) > 2 * HEAD_BYTES:
            self.head.set_exception(HeadTooLongError())
        else:
            self.head.set_result((bytes(self._buffer[:end]), bytes(self._buffer[end + len(HEAD_END) :])))
        self._buffer.clear()

    def eof_received(self) -> bool:
        """Close: nobody opens a WebSocket with half a connection."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell whoever waits for the head that none will come."""
        self.is_lost = True
        if not self.head.done():
            self.head.set_exception(ConnectionResetError("left before asking"))
            self.head.exception()  # nobody may be waiting for it any more
        self._lost(self)

    def answer(self, response: bytes) -> None:
        """Send a last answer and close."""
        if self.transport is not None and not self.is_lost:
            self.transport.write(response)
            self.transport.close()

    def abort(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.abort()

    def hand_over(self, listener: WSListener, upgrade: Upgrade, tail: bytes, *, most_bytes: int) -> None:
        """Make the connection a WebSocket and its listener its owner. tail: what came behind the request's head.

        picows's own server decides synchronously, without address or certificate; so we read and decide before,
        and start its protocol on the open transport with a request in which nothing is left to decide.
        """
        transport = self.transport
        assert transport is not None
        echoed = chosen_subprotocol(upgrade.offered)
        response = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": echoed} if echoed else {})

        def accepted(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
            return WSUpgradeResponseWithListener(response, listener)

        protocol = WSProtocol(
            None, None, False, accepted, _LOG, True, None, False, 20, 20, WSAutoPingStrategy.PING_WHEN_IDLE,
            False, most_bytes, None, _READ_BUFFER_BYTES,
        )  # fmt: skip
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        rest = canonical_head(upgrade) + tail
        while rest:
            buffer = protocol.get_buffer(-1)
            taken = min(len(buffer), len(rest))
            buffer[:taken] = rest[:taken]
            rest = rest[taken:]
            protocol.buffer_updated(taken)
        transport.resume_reading()


def mute_answer(key: str, detail: str) -> bytes:
    """Return a completed handshake without a subprotocol, and a close frame with code 1002 behind it."""
    accept = base64.b64encode(hashlib.sha1(key.encode("ascii") + _WEBSOCKET_GUID).digest())
    reason = (1002).to_bytes(2, "big") + detail.encode("utf-8")[:123]
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n"
    return head + b"Sec-WebSocket-Accept: " + accept + HEAD_END + bytes((0x88, len(reason))) + reason

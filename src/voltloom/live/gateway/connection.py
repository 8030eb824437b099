"""One open WebSocket: what comes in is checked and counted, what goes out is bounded, and it ends exactly once."""

from __future__ import annotations

import asyncio
from typing import Protocol

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport
from picows.picows import WSCloseHandshake, WSCloseInfo

from voltloom.live.gateway.events import Cause, Telling
from voltloom.live.gateway.links import Ending, Handler, Link, Peer
from voltloom.live.gateway.settings import Limits

_TEXT, _BINARY, _CONTINUATION = WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.CONTINUATION
_PING, _CLOSE = WSMsgType.PING, WSMsgType.CLOSE

# What picows itself sends for, before it hangs up.
_CAUSE_OF_CODE = {
    WSCloseCode.MESSAGE_TOO_BIG: Cause.MESSAGE_TOO_BIG,
    WSCloseCode.INTERNAL_ERROR: Cause.HANDLER_FAILED,
}


class Owner(Protocol):
    """What a connection asks of the gateway."""

    limits: Limits
    handler: Handler
    telling: Telling

    def opened(self, connection: Connection) -> Link:
        """Register the connection as the only one of its identity."""

    def ended(self, connection: Connection) -> None:
        """Learn that a connection is to be no link any more."""

    def gone(self, connection: Connection) -> None:
        """Learn that the socket is closed."""


class Connection(WSListener):
    """The gateway's side of one WebSocket. `ending` is set once the link is over, though the socket may linger."""

    __slots__ = (
        "_abort_timer",
        "_burst_count",
        "_fragments",
        "_fragments_bytes",
        "_loop",
        "_message_bytes",
        "_owner",
        "_refill_per_s",
        "_refilled_s",
        "_tokens_count",
        "ending",
        "heard_s",
        "is_told",
        "link",
        "opened_s",
        "peer",
        "pinged_s",
        "transport",
    )

    def __init__(self, owner: Owner, peer: Peer) -> None:
        super().__init__()
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self.peer = peer
        self.link: Link | None = None
        self.transport: WSTransport | None = None
        self.ending: Ending | None = None
        self.is_told = False
        self.opened_s = self.heard_s = self._refilled_s = self._loop.time()
        self.pinged_s: float | None = None
        self._abort_timer: asyncio.TimerHandle | None = None
        self._fragments: list[bytes] | None = None
        self._fragments_bytes = 0
        self.limit(is_parked=False)

    def limit(self, *, is_parked: bool) -> None:
        """Take the limits of a parked or of a full link."""
        limits = self._owner.limits
        rate = limits.parked_messages if is_parked else limits.messages
        self._message_bytes = limits.parked_message_bytes if is_parked else limits.message_bytes
        self._burst_count, self._refill_per_s = rate.burst_count, rate.refill_per_s
        self._tokens_count = rate.burst_count

    # --- what picows calls -------------------------------------------------------------------------------------------

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Become the link of this identity."""
        self.transport = transport
        self.link = self._owner.opened(self)
        self.limit(is_parked=self.link.is_parked)
        self._owner.handler.opened(self.link, self.peer, self.peer.subprotocol)

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame."""
        now_s = self._loop.time()
        self.heard_s = now_s
        kind = frame.msg_type
        if self.ending is not None or transport.is_close_frame_sent:
            if kind == _CLOSE:
                transport.disconnect()  # the answer to our own
            return
        tokens_count = self._tokens_count + (now_s - self._refilled_s) * self._refill_per_s
        self._refilled_s = now_s
        self._tokens_count = min(tokens_count, self._burst_count) - 1.0
        if self._tokens_count < 0.0:
            self.end(Cause.TOO_MANY_MESSAGES, WSCloseCode.POLICY_VIOLATION, "too many messages")
            # Unread, the flood stays with who sends it.
            transport.underlying_transport.pause_reading()
        elif frame.rsv1 or frame.rsv2 or frame.rsv3:
            self.end(Cause.PROTOCOL_ERROR, WSCloseCode.PROTOCOL_ERROR, "no extension was agreed")
        elif kind == _TEXT and frame.fin and self._fragments is None:
            self._deliver(frame.get_payload_as_bytes())
        else:
            self._take_other(transport, frame, kind)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        """Note that the socket is closed, whoever closed it."""
        if self._abort_timer is not None:
            self._abort_timer.cancel()
            self._abort_timer = None
        if self.ending is None:
            sent = _sent_close(transport)
            if sent is None:
                self.ending = Ending(cause=Cause.PEER_VANISHED, code=None)
            else:
                cause = _CAUSE_OF_CODE.get(sent.code, Cause.PROTOCOL_ERROR)
                self.ending = Ending(cause=cause, code=sent.code.value, detail=sent.reason or "")
        self._owner.gone(self)

    def pause_writing(self) -> None:
        """Nothing to do: `send` looks at the buffer itself."""

    def resume_writing(self) -> None:
        """Nothing to do, see `pause_writing`."""

    # --- what the gateway calls --------------------------------------------------------------------------------------

    def send(self, data: bytes) -> bool:
        """Send one text message. Returns False if the link is over, or now ends because the peer does not read."""
        if self.ending is not None or self.transport is None or self.transport.is_close_frame_sent:
            return False
        if self.waiting_bytes + len(data) > self._owner.limits.outgoing_bytes:
            self.end(Cause.SLOW_CONSUMER, WSCloseCode.POLICY_VIOLATION, "reads too slowly")
            return False
        self.transport.send(_TEXT, data)
        return True

    @property
    def waiting_bytes(self) -> int:
        """Return how much waits in this process to be sent."""
        assert self.transport is not None
        return self.transport.underlying_transport.get_write_buffer_size()

    def ping(self, now_s: float) -> None:
        """Ask for a sign of life."""
        assert self.transport is not None
        self.pinged_s = now_s
        self.transport.send_ping()

    def end(self, cause: Cause, code: WSCloseCode, detail: str) -> None:
        """Make the link end: nothing is delivered any more; the socket waits a little for the close handshake."""
        if self.ending is not None:
            return
        self.ending = Ending(cause=cause, code=code.value, detail=detail)
        self._fragments = None
        if self.transport is not None and not self.transport.is_disconnected:
            self.transport.send_close(code, detail)
            self._abort_timer = self._loop.call_later(self._owner.limits.close_s, self.abort)
        self._owner.ended(self)

    def abort(self) -> None:
        """Close the socket at once."""
        if self.transport is not None:
            self.transport.disconnect(graceful=False)

    # --- frames ------------------------------------------------------------------------------------------------------

    def _deliver(self, data: bytes) -> None:
        if len(data) > self._message_bytes:  # of a parked link; otherwise picows saw it in the frame's head
            self.end(Cause.MESSAGE_TOO_BIG, WSCloseCode.MESSAGE_TOO_BIG, "message too big")
            return
        if not data.isascii():
            try:
                data.decode("utf-8")
            except UnicodeDecodeError:
                self.end(Cause.INVALID_UTF8, WSCloseCode.INVALID_TEXT, "invalid UTF-8")
                return
        assert self.link is not None
        telling = self._owner.telling
        telling.received += 1
        telling.received_bytes += len(data)
        self._owner.handler.received(self.link, data)

    def _take_other(self, transport: WSTransport, frame: WSFrame, kind: WSMsgType) -> None:
        """Take what is not a whole text message in one frame."""
        if kind == _PING:
            payload = frame.get_payload_as_bytes()
            if self.waiting_bytes <= self._owner.limits.outgoing_bytes:
                transport.send_pong(payload)
        elif kind == _CLOSE:
            self._take_close(transport, frame)
        elif kind == _BINARY:
            self.end(Cause.NOT_TEXT, WSCloseCode.UNSUPPORTED_DATA, "OCPP is text")
        elif kind in (_TEXT, _CONTINUATION):
            self._take_fragment(frame, is_first=kind == _TEXT)

    def _take_fragment(self, frame: WSFrame, *, is_first: bool) -> None:
        if is_first != (self._fragments is None):
            self.end(Cause.PROTOCOL_ERROR, WSCloseCode.PROTOCOL_ERROR, "fragments out of order")
            return
        if self._fragments is None:
            self._fragments, self._fragments_bytes = [], 0
        self._fragments_bytes += frame.payload_size
        if self._fragments_bytes > self._message_bytes:
            self.end(Cause.MESSAGE_TOO_BIG, WSCloseCode.MESSAGE_TOO_BIG, "message too big")
            return
        self._fragments.append(frame.get_payload_as_bytes())
        if frame.fin:
            whole, self._fragments = b"".join(self._fragments), None
            self._deliver(whole)

    def _take_close(self, transport: WSTransport, frame: WSFrame) -> None:
        payload = frame.get_payload_as_bytes()  # picows has checked it
        code = int.from_bytes(payload[:2], "big") if payload else None
        self.ending = Ending(cause=Cause.PEER_CLOSED, code=code, detail=payload[2:].decode("utf-8"))
        transport.send_close(WSCloseCode.OK)
        transport.disconnect()
        self._abort_timer = self._loop.call_later(self._owner.limits.close_s, self.abort)
        self._owner.ended(self)


def _sent_close(transport: WSTransport) -> WSCloseInfo | None:
    """Return the close frame that was sent; there is no handshake record before the first close frame."""
    handshake: WSCloseHandshake | None = transport.close_handshake
    return None if handshake is None else handshake.sent

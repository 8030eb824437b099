"""One station's socket: it connects, comes again after a random pause, and runs the RPC machine of the link."""

from __future__ import annotations

import asyncio
import base64
import ssl
from collections.abc import Callable
from hashlib import blake2b
from typing import Final, NamedTuple

from msgspec import Struct, json
from picows import (
    WSError,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    ws_connect,
)

from voltloom.protocols.ocpp import calls
from voltloom.protocols.ocpp.actions import actions
from voltloom.protocols.ocpp.decoding import decode_result
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.link import (
    CallArrived,
    CallFailed,
    CloseLink,
    Effect,
    LinkSettings,
    Moved,
    Outcome,
    Outgoing,
    ResultArrived,
    SendFrame,
)
from voltloom.protocols.ocpp.link import Link as Rpc
from voltloom.virtual.answering import answer_to
from voltloom.virtual.dialect16 import Said
from voltloom.virtual.nature import Done
from voltloom.virtual.station import Station

BACK_OFF_FIRST_S: Final = 1.0
BACK_OFF_LONGEST_S: Final = 60.0
HANDSHAKE_S: Final = 20.0
READ_BUFFER_BYTES: Final = 2048  # a thousand stations in one process
_TEXT, _CONTINUATION, _CLOSE = WSMsgType.TEXT, WSMsgType.CONTINUATION, WSMsgType.CLOSE


class Address(NamedTuple):
    """Where stations connect, below which their identities stand, and how they prove themselves there. call_timeout_s: real seconds."""

    url: str
    secret: str = ""
    tls: ssl.SSLContext | None = None
    call_timeout_s: float = 30.0


class Trouble(NamedTuple):
    """What the network does to messages now. lost_ratio, doubled_ratio: share of messages. delay_s: real seconds."""

    lost_ratio: float = 0.0
    doubled_ratio: float = 0.0
    delay_s: float = 0.0


def drawn(*words: object) -> float:
    """Return a number from 0 to 1 that the same words always give."""
    digest = blake2b("/".join(map(str, words)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2.0**64


class _Socket(WSListener):
    """Hands whole text messages on, and says when it is over."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        super().__init__()
        self._take = take
        self._parts: list[bytes] = []
        self.transport: WSTransport | None = None

    def on_ws_connected(self, transport: WSTransport) -> None:
        """Keep the transport."""
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Take one frame."""
        if frame.msg_type == _CLOSE:
            transport.send_close()
            transport.disconnect()
        elif frame.msg_type in (_TEXT, _CONTINUATION):
            self._parts.append(frame.get_payload_as_bytes())
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                self._take(whole)


class Line:
    """A station's way to the central system, link after link. trouble: what the network does to messages now."""

    def __init__(self, address: Address, seed: int, run_id: str) -> None:
        self.trouble_up = self.trouble_down = Trouble()
        self.may_connect = asyncio.Event()
        self.may_connect.set()
        self._address, self._seed = address, seed
        self._loop = asyncio.get_running_loop()
        self._socket: _Socket | None = None
        self._rpc: Rpc | None = None
        self._done: dict[str, Done] = {}
        self._count = 0
        self._messages_count = 0
        self._run_id = run_id  # no message id comes twice, also not from a later process

    def bind(self, station: Station) -> None:
        """Speak for this station."""
        self.station = station
        self._identity = station.nature.identity
        self._version = station.nature.version

    @property
    def is_up(self) -> bool:
        """Return whether there is a link."""
        return self._rpc is not None and not self._rpc.is_closing

    async def run(self) -> None:
        """Connect again and again until cancelled."""
        failures = 0
        while True:
            await self.may_connect.wait()
            began_s = self._loop.time()
            try:
                await self._one_link()
            except (OSError, WSError, TimeoutError) as failed:
                self.station.counts.errors[f"connect: {type(failed).__name__}"] += 1
            lasted_s = self._loop.time() - began_s
            failures = 0 if lasted_s > BACK_OFF_LONGEST_S else failures + 1
            await asyncio.sleep(self._pause_s(failures))

    def _pause_s(self, failures: int) -> float:
        longest_s = min(BACK_OFF_LONGEST_S, BACK_OFF_FIRST_S * 2.0 ** min(failures - 1, 10))
        self._count += 1
        return longest_s * (0.5 + 0.5 * drawn(self._seed, self._identity, "pause", self._count))

    async def _one_link(self) -> None:
        headers = {"Sec-WebSocket-Protocol": self._version.value}
        if self._address.secret:
            pair = f"{self._identity}:{self._address.secret}".encode()
            headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
        socket = _Socket(self._heard)
        agreed: list[str | None] = []

        def accept(_: WSUpgradeRequest, response: WSUpgradeResponse) -> WSListener:
            agreed.append(response.headers.get("Sec-WebSocket-Protocol"))
            return socket

        transport, _ = await ws_connect(
            accept,
            f"{self._address.url.rstrip('/')}/{self._identity}",
            ssl_context=self._address.tls,
            websocket_handshake_timeout=HANDSHAKE_S,
            extra_headers=headers,
            max_redirects=0,
            read_buffer_init_size=READ_BUFFER_BYTES,
        )
        if agreed != [self._version.value]:
            self.station.counts.errors["connect: another subprotocol"] += 1
            transport.disconnect()
            return
        self._socket = socket
        self._rpc = calls.opened(
            self._version, self._loop.time(), LinkSettings(call_timeout_s=self._address.call_timeout_s)
        )
        self.station.counts.connects += 1
        self.station.connected()
        try:
            await transport.wait_disconnected()
        finally:
            transport.disconnect(graceful=False)
            self._closed()

    def _closed(self) -> None:
        rpc, self._socket = self._rpc, None
        self.station.counts.drops += 1
        self.station.disconnected()
        if rpc is not None:
            self._move(calls.closed(rpc))
        self._rpc = None

    # --- what the station calls --------------------------------------------------------------------------------------

    def call(self, said: Said, done: Done) -> None:
        """Make a CALL."""
        if self._rpc is None or self._rpc.is_closing:
            self._loop.call_soon(done, None)
            return
        action, payload = said
        self._count += 1
        message_id = f"{self._run_id}-{self._count}"
        self._done[message_id] = done
        self.station.counts.sent[action] += 1
        outgoing = Outgoing(message_id, action, json.encode(payload))
        self._move(calls.called(self._rpc, outgoing, self._loop.time()))

    def drop(self) -> None:
        """Close the link."""
        if self._socket is not None and self._socket.transport is not None:
            self._socket.transport.send_close()
            self._socket.transport.disconnect()

    def cut(self) -> None:
        """Lose the link without a word, as a cable does."""
        if self._socket is not None and self._socket.transport is not None:
            self._socket.transport.disconnect(graceful=False)

    def tick(self) -> None:
        """Let a call time out."""
        if self._rpc is not None and self._loop.time() >= calls.deadline_s(self._rpc):
            self._move(calls.ticked(self._rpc, self._loop.time()))

    # --- the machine -------------------------------------------------------------------------------------------------

    def _move(self, moved: Moved) -> None:
        self._rpc = moved.link
        for effect in moved.effects:
            self._do(effect)

    def _do(self, effect: Effect) -> None:
        match effect:
            case SendFrame(text):
                self._through(self.trouble_up, self._write, text)
            case CallArrived(call):
                answer = answer_to(self.station, call)
                if self._rpc is None:
                    return
                now_s = self._loop.time()
                if isinstance(answer, Fault):
                    self._move(calls.refused(self._rpc, call.message_id, answer, now_s))
                else:
                    self._move(calls.answered(self._rpc, call.message_id, answer, now_s))
            case ResultArrived(outgoing, result):
                decoded = decode_result(actions(self._version)[outgoing.action], result)
                if isinstance(decoded, Fault):
                    self.station.counts.errors[f"{outgoing.action}: answer {decoded.code.value}"] += 1
                    self._finish(outgoing, None)
                else:
                    self._finish(outgoing, decoded.message)
            case CallFailed(outgoing, outcome, error):
                if outcome is Outcome.REFUSED and error is not None:
                    self.station.counts.errors[f"{outgoing.action}: {error.code_text}"] += 1
                elif outcome is not Outcome.LINK_CLOSED:
                    self.station.counts.errors[f"{outgoing.action}: {outcome.value}"] += 1
                self._finish(outgoing, None)
            case CloseLink():
                self.cut()

    def _finish(self, outgoing: Outgoing, answer: Struct | None) -> None:
        done = self._done.pop(outgoing.message_id, None)
        if done is not None:  # soon, not now: it may call again while this machine is being moved
            self._loop.call_soon(done, answer)

    def _heard(self, data: bytes) -> None:
        self._through(self.trouble_down, self._take, data)

    def _take(self, data: bytes) -> None:
        if self._rpc is not None:
            self._move(calls.received(self._rpc, data, self._loop.time()))

    def _write(self, data: bytes) -> None:
        if self._socket is not None and self._socket.transport is not None:
            self._socket.transport.send(_TEXT, data)

    def _through(self, trouble: Trouble, give: Callable[[bytes], None], data: bytes) -> None:
        """Let a message through what the network does to it."""
        if trouble == Trouble():
            give(data)
            return
        self._messages_count += 1
        if drawn(self._seed, self._identity, "lost", self._messages_count) < trouble.lost_ratio:
            return
        doubled = drawn(self._seed, self._identity, "doubled", self._messages_count) < trouble.doubled_ratio
        for _ in range(2 if doubled else 1):
            if trouble.delay_s > 0.0:
                self._loop.call_later(trouble.delay_s, give, data)
            else:
                give(data)

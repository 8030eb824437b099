"""The floors of bench_ocpp: bare picows listeners, what no server on these parts and CPython can do with less.

floor-echo: the frame goes back with its type changed to CALLRESULT, unread. floor-typed: the frame is decoded into the
action's generated struct and answered with bytes made beforehand; no identity, no limits, no rules of OCPP-J, no session.
"""

from functools import cache
from typing import Any

import msgspec
from picows import (
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
    ws_create_server,
)

from voltloom.protocols.ocpp.actions import OcppVersion, actions

FRAME = msgspec.json.Decoder(tuple[int, str, str, msgspec.Raw])
ANSWERS = {"Heartbeat": b',{"currentTime":"2026-01-01T00:00:00.000Z"}]'}
EMPTY = b",{}]"


class Echo(WSListener):
    """Answers a CALL with its own words."""

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Send it back."""
        if frame.msg_type == WSMsgType.TEXT:
            transport.send(WSMsgType.TEXT, b"[3" + frame.get_payload_as_bytes()[2:])


class TypedEcho(WSListener):
    """Reads a CALL as its struct and answers what was made beforehand."""

    def __init__(self, version: OcppVersion) -> None:
        super().__init__()
        self._decoder = cache(lambda action: msgspec.json.Decoder(actions(version)[action].request))

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        """Decode, and answer. Raises msgspec.ValidationError, which ends the link."""
        if frame.msg_type == WSMsgType.TEXT:
            _, message_id, action, payload = FRAME.decode(frame.get_payload_as_memoryview())
            self._decoder(action).decode(payload)
            answer = b'[3,"%b"%b' % (message_id.encode(), ANSWERS.get(action, EMPTY))
            transport.send(WSMsgType.TEXT, answer)


async def floor_port(kind: str) -> int:
    """Start one. Returns its port."""

    def listener(request: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        offered: Any = request.headers["Sec-WebSocket-Protocol"]
        response = WSUpgradeResponse.create_101_response({"Sec-WebSocket-Protocol": offered})
        found = Echo() if kind == "floor-echo" else TypedEcho(OcppVersion(offered))
        return WSUpgradeResponseWithListener(response, found)

    server = await ws_create_server(listener, "127.0.0.1", 0, backlog=4096)
    return int(next(iter(server.sockets)).getsockname()[1])

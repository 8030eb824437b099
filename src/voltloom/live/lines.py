"""One link as the central system sees it, and whose turn it is among a station's messages."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextvars import copy_context
from typing import NamedTuple

from msgspec import Struct
from structlog.contextvars import bind_contextvars

from voltloom.live.desk import Desk, Said
from voltloom.live.gateway.links import Link
from voltloom.protocols.ocpp import calls
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.link import Link as Rpc

Done = Callable[[Struct | CallFailed], None]


class Line:
    """One link with its RPC machine. context: what is done for it logs its station."""

    def __init__(self, link: Link, version: OcppVersion, now_s: float, before: Rpc | None) -> None:
        self.link, self.version = link, version
        self.rpc: Rpc = calls.opened(version, now_s, before=before)
        self.done: dict[str, Done] = {}
        self.called_forth: set[str] = set()  # what a parked station was asked to send
        self.refused: dict[str, str] = {}  # by action: how it was refused last, which the log has
        self.timer: asyncio.TimerHandle | None = None
        self.context = copy_context()
        self.context.run(bind_contextvars, station=link.identity)


class Turn:
    """The messages of one station that wait, over all its links. is_taken: one is being made durable."""

    __slots__ = ("is_taken", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[tuple[Line, Call | Send]] = deque()
        self.is_taken = False


class Matter(NamedTuple):
    """A message that is understood. key: of its row."""

    turn: Turn
    line: Line
    message: Call | Send
    desk: Desk
    said: Said
    key: str

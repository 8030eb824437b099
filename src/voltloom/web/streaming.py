"""What happens, as it happens: server-sent events. A client that does not read loses its stream, never the site its time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from voltloom.decision.record import Decision
from voltloom.live.orders.kinds import OrderRecord
from voltloom.live.running import LiveSite
from voltloom.session.alarms import Alarm
from voltloom.web.logins import lasting
from voltloom.web.ordering import command_view
from voltloom.web.problems import Problem
from voltloom.web.reading import Viewer
from voltloom.web.views import alarm_view, decision_view

WAITING_COUNT = 256  # events that a slow client may lag behind
CLIENTS_COUNT = 64
BEAT_S = 15.0
router = APIRouter(prefix="/api/v1")


class Event:
    """Something that happened. Its text is made by the first stream that sends it, outside the site's cycle."""

    def __init__(self, kind: str, what: object) -> None:
        self.kind, self._what = kind, what
        self._sent: bytes | None = None

    def sent(self, time_zone: str) -> bytes:
        """Return it as every stream sends it."""
        if self._sent is None:
            self._sent = f"event: {self.kind}\ndata: {_text(self._what, time_zone)}\n\n".encode()
            self._what = None
        return self._sent


class Streams:
    """All streams of one interface: they share what they send."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._open: dict[asyncio.Queue[Event], asyncio.Task[object] | None] = {}
        self._deaf: Callable[[], None] | None = None

    @property
    def count(self) -> int:
        """Return how many are open."""
        return len(self._open)

    async def one(self, is_welcome: Callable[[], bool]) -> AsyncGenerator[bytes, None]:
        """Yield what happens from now on, while its reader is welcome."""
        waiting: asyncio.Queue[Event] = asyncio.Queue(WAITING_COUNT)
        self._open[waiting] = asyncio.current_task()
        if self._deaf is None:
            self._deaf = self._site.loop.logbook.listen(self._heard)
        try:
            yield b": voltloom\n\n"
            while is_welcome():
                try:
                    event = await asyncio.wait_for(waiting.get(), BEAT_S)
                except TimeoutError:
                    yield b": still here\n\n"
                    continue
                if not is_welcome():
                    return
                yield event.sent(self._site.config.site.time_zone)
        finally:
            del self._open[waiting]
            if not self._open and self._deaf is not None:
                self._deaf()
                self._deaf = None

    def _heard(self, kind: str, what: object) -> None:
        event = Event(kind, what)
        for waiting, task in self._open.items():
            if not waiting.full():
                waiting.put_nowait(event)
            elif task is not None:
                task.cancel()  # it may hang in a write that nobody reads


@router.get("/events", tags=["events"], dependencies=[Viewer], response_class=StreamingResponse)
async def get_events(request: Request) -> StreamingResponse:
    """A stream of `decision`, `alarm`, `operator`, `command` and `verification` events as JSON; a comment every 15 s. Lagging streams end, and those of a login that ended."""
    streams: Streams = request.app.state.streams
    if streams.count >= CLIENTS_COUNT:
        detail = f"{CLIENTS_COUNT} streams are open already; close one."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=30)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(streams.one(lasting(request)), media_type="text/event-stream", headers=headers)


def _text(what: object, time_zone: str) -> str:
    match what:
        case Decision():
            return decision_view(what, time_zone).model_dump_json()
        case Alarm():
            return alarm_view(what).model_dump_json()
        case OrderRecord():
            return command_view(what).model_dump_json()
        case BaseModel():
            return what.model_dump_json()
        case msgspec.Struct():
            return msgspec.json.encode(what).decode()
        case _:
            return json.dumps(str(what))

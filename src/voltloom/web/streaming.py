"""What happens, as it happens: server-sent events. A client that does not read loses its stream, never the site its time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from http import HTTPStatus

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from voltloom.decision.record import Decision
from voltloom.live.orders.kinds import OrderRecord
from voltloom.live.running import LiveSite
from voltloom.session.alarms import Alarm
from voltloom.web.ordering import command_view
from voltloom.web.problems import Problem
from voltloom.web.reading import Running, Viewer
from voltloom.web.views import alarm_view, decision_view

WAITING_COUNT = 256  # events that a slow client may lag behind
CLIENTS_COUNT = 64
BEAT_S = 15.0
router = APIRouter(prefix="/api/v1")


@router.get("/events", tags=["events"], dependencies=[Viewer], response_class=StreamingResponse)
async def get_events(request: Request, site: Running) -> StreamingResponse:
    """A stream of `decision`, `alarm`, `operator`, `command` and `verification` events as JSON; a comment every 15 s. Lagging streams end."""
    clients: set[object] = request.app.state.streams
    if len(clients) >= CLIENTS_COUNT:
        detail = f"{CLIENTS_COUNT} streams are open already; close one."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail, retry_after_s=30)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(site, clients), media_type="text/event-stream", headers=headers)


async def _events(site: LiveSite, clients: set[object]) -> AsyncIterator[str]:
    waiting: asyncio.Queue[tuple[str, object]] = asyncio.Queue(WAITING_COUNT)
    mine = asyncio.current_task()

    def heard(kind: str, what: object) -> None:
        if not waiting.full():  # its text is made in the stream's own task, not in the site's cycle
            waiting.put_nowait((kind, what))
        elif mine is not None:
            mine.cancel()  # it may hang in a write that nobody reads

    end = site.loop.logbook.listen(heard)
    clients.add(waiting)
    try:
        yield ": voltloom\n\n"
        while True:
            try:
                told = await asyncio.wait_for(waiting.get(), BEAT_S)
            except TimeoutError:
                yield ": still here\n\n"
                continue
            yield f"event: {told[0]}\ndata: {_text(site, told[1])}\n\n"
    finally:
        end()
        clients.discard(waiting)


def _text(site: LiveSite, what: object) -> str:
    match what:
        case Decision():
            return decision_view(what, site.config.site.time_zone).model_dump_json()
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

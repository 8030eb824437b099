"""The driver's page over HTTP: the link is the only key, and opens its own visit alone."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import HTTPConnection
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket

from voltloom.live.config.api import ApiKey, Role
from voltloom.live.gateway.guards import Buckets, address_group
from voltloom.live.gateway.settings import Rate
from voltloom.session.facts import SessionFacts
from voltloom.session.need import need_of
from voltloom.store.errors import StoreError
from voltloom.web.acting import need_stated, state_need
from voltloom.web.console.feed import relay
from voltloom.web.console.pages import SNAPSHOT_MARK, bundle
from voltloom.web.driver.feed import DriversFeed
from voltloom.web.driver.links import BY_LINK, CARD_COUNT, Links, missing
from voltloom.web.driver.state import States, Topic
from voltloom.web.keys import at_least, too_many
from voltloom.web.models import Asked, NeedIn
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running, session_named
from voltloom.web.views import rounded

WRONG_LINKS = Rate(burst_count=30.0, refill_per_s=0.5)  # by address
ASKS = Rate(burst_count=60.0, refill_per_s=2.0)  # by link
PROMISES = Rate(burst_count=20.0, refill_per_s=1.0)  # by link: each costs a decision
ALL_PROMISES = Rate(burst_count=20.0, refill_per_s=4.0)
NEEDS = Rate(burst_count=8.0, refill_per_s=0.05)  # by link: each is a row in the journal
REMEMBERED_COUNT = 10_000
NO_LINK, FULL = 4404, 4503
NO_STORE = {"Cache-Control": "no-store"}
GONE = b'{"type":"gone"}'
Token = Annotated[str, Path(max_length=100, description="As it stands in the link.")]
router = APIRouter(tags=["drivers"])
_encoder = msgspec.json.Encoder()


class WishIn(Asked):
    """What a driver wants, since plug-in; what is left out is unknown. All of it takes the place of what was wanted before."""

    energy_wh: float | None = Field(default=None, ge=0)
    departure: datetime | None = None


class ClaimIn(Asked):
    """Whose visit it is. card: the end of the number that it is charged with; left out by whoever is the first to say so."""

    card: str | None = Field(default=None, min_length=CARD_COUNT, max_length=CARD_COUNT + 4)


class LinkOut(BaseModel):
    """Where a visit's own page is."""

    link: str


class PromiseOut(BaseModel):
    """What would be promised: done_ms, late_min and short_kwh as the feed has them."""

    done_ms: int | None
    late_min: int
    short_kwh: float | None


class Drivers:
    """All that drivers' pages share."""

    def __init__(self, links: Links, states: States, feed: DriversFeed) -> None:
        self.links, self.states, self.feed = links, states, feed
        self._wrong = Buckets[str](WRONG_LINKS, remembered=REMEMBERED_COUNT)
        self._asks = Buckets[str](ASKS, remembered=REMEMBERED_COUNT)
        self._promises = Buckets[str](PROMISES, remembered=REMEMBERED_COUNT)
        self._all_promises = Buckets[str](ALL_PROMISES, remembered=1)
        self._needs = Buckets[str](NEEDS, remembered=REMEMBERED_COUNT)

    async def topic(self, connection: HTTPConnection, token: str) -> Topic:
        """Return what a link is about. Raises Problem: 404 for a wrong one or an old one, 429 where too many came; StoreError."""
        await self.links.ready()
        given = self.links.visit_of(token)
        index: Mapping[str, int] = connection.app.state.site.network.index
        evse = self.links.outlet_of(token) if given is None else index.get(given.evse_id)
        if evse is None:
            address = address_group(connection.client.host) if connection.client else ""
            raise self._refused(self._wrong, address) or missing()
        if problem := self._refused(self._asks, token):
            raise problem
        return Topic(evse, given)

    def may_foretell(self, token: str) -> None:
        """Count a question. Raises Problem."""
        if problem := self._refused(self._promises, token) or self._refused(self._all_promises, ""):
            raise problem

    def may_state(self, token: str) -> None:
        """Count a statement. Raises Problem."""
        if problem := self._refused(self._needs, token):
            raise problem

    def _refused(self, buckets: Buckets[str], name: str) -> Problem | None:
        wait_s = buckets.take(name, asyncio.get_running_loop().time())
        return too_many(wait_s) if wait_s else None


def drivers_of(request: Request) -> Drivers:
    """Return what drivers' pages share."""
    drivers: Drivers = request.app.state.drivers
    return drivers


async def topic_of(token: Token, request: Request) -> Topic:
    """Return what the link of a request is about. Raises Problem, StoreError."""
    return await drivers_of(request).topic(request, token)


Pages = Annotated[Drivers, Depends(drivers_of)]
About = Annotated[Topic, Depends(topic_of)]


@router.get("/d/{token}", include_in_schema=False)
async def get_page(token: str, request: Request, pages: Pages) -> Response:
    """Return the page with its state; a wrong link and an expired one get the very same."""
    built = bundle()
    document = None if built is None else built.folder.joinpath("driver.html")
    if document is None or not document.is_file():
        text = "The page was not built. Run `make console`, or install Voltloom's wheel.\n"
        return Response(text, status_code=503, media_type="text/plain; charset=utf-8")
    status, state = HTTPStatus.OK, b""
    try:
        topic = await pages.topic(request, token)
        found = await pages.states.of(topic)
    except Problem as refused:
        if refused.status is not HTTPStatus.NOT_FOUND:
            raise
        found = None
    if found is None:
        status, state = HTTPStatus.NOT_FOUND, GONE
    else:
        state = _encoder.encode(found)
    told = state.decode().replace("<", "\\u003c")
    text = document.read_text(encoding="utf-8").replace(
        SNAPSHOT_MARK, f'<script type="application/json" id="snapshot">{told}</script>'
    )
    return Response(text, status_code=status, media_type="text/html; charset=utf-8", headers=NO_STORE)


@router.get("/d/{token}/state", response_model=dict[str, Any])
async def get_state(topic: About, pages: Pages) -> Response:
    """What the page shows: of a sticker (`sticker`), of the own visit (`visit`), or of how it ended (`over`)."""
    return await _told(pages, topic)


@router.post("/d/{token}/claim")
async def post_claim(asked: ClaimIn, topic: About, pages: Pages) -> LinkOut:
    """Open the visit at a sticker's outlet: in the first minutes the first to say so gets its link, later whoever knows the card's end."""
    session = pages.states.running(topic)
    if topic.given is not None:
        raise Problem(HTTPStatus.CONFLICT, "This is a visit's own link already. Use the one on the station.")
    if session is None:
        raise Problem(HTTPStatus.CONFLICT, "No car is plugged in here. Plug in first.")
    return LinkOut(link=f"/d/{await pages.links.claimed(session, asked.card)}")


@router.post("/d/{token}/promise")
async def post_promise(token: Token, asked: WishIn, topic: About, pages: Pages, site: Running) -> PromiseOut:
    """What would be promised if the driver wanted this. Nothing is changed."""
    pages.may_foretell(token)
    session = _own(pages, topic)
    stated = need_stated(topic.evse, _need(session, asked), site.clock.now_s())
    need_of(stated, now_s=stated.time_s)
    return PromiseOut(**msgspec.structs.asdict(await pages.states.foretold(topic, stated)))


@router.put("/d/{token}/need", response_model=dict[str, Any])
async def put_need(
    token: Token, asked: WishIn, topic: About, pages: Pages, site: Running, deeds: Deeds
) -> Response:
    """State what the driver wants; whether the vehicle may feed back stays as it is."""
    pages.may_state(token)
    session = _own(pages, topic)
    await state_need(site, deeds, BY_LINK, (session, _need(session, asked)))
    return await _told(pages, topic)


@router.post("/api/v1/sessions/{session_id:path}/link", tags=["sessions"])
async def post_link(
    session_id: str, site: Running, pages: Pages, key: Annotated[ApiKey, Depends(at_least(Role.DRIVER))]
) -> LinkOut:
    """Give out the link of a visit's own page; one given before ends. A driver's key: of its own session."""
    if key.role is Role.VIEWER:
        remedy = "Use a driver's or an operator's."
        raise wrong_field("key", "a viewer's key opens no visit", remedy, HTTPStatus.FORBIDDEN)
    session = session_named(site, session_id, key)
    await pages.links.ready()
    return LinkOut(link=f"/d/{await pages.links.given_by(session, key)}")


async def follow(socket: WebSocket) -> None:
    """Send a driver's page what becomes of its own topic until it goes."""
    pages: Drivers = socket.app.state.drivers
    await socket.accept()
    try:
        topic = await pages.topic(socket, socket.path_params["token"])
        if (state := await pages.states.of(topic)) is None:
            raise missing()
    except Problem as refused:
        code = NO_LINK if refused.status is HTTPStatus.NOT_FOUND else FULL
        await socket.close(code, refused.detail[:120])
        return
    except StoreError:
        await socket.close(FULL, "The site's journal cannot be read now.")
        return
    if not pages.feed.has_room(topic):
        await socket.close(FULL, "Too many pages are open already; close one.")
        return
    waiting = pages.feed.open(topic, state)
    try:
        await relay(socket, waiting)
    finally:
        pages.feed.close(topic, waiting)


def _own(pages: Drivers, topic: Topic) -> SessionFacts:
    """Return the running visit of a visit's own link. Raises Problem."""
    if topic.given is None:
        detail = "The code on the station changes nothing. Open your own visit with it first."
        raise Problem(HTTPStatus.FORBIDDEN, detail)
    if not pages.links.is_good(topic.given):
        raise missing()
    session = pages.states.running(topic)
    if session is None:
        raise Problem(HTTPStatus.CONFLICT, "The car is unplugged, so nothing can be changed any more.")
    return session


def _need(session: SessionFacts, asked: WishIn) -> NeedIn:
    return NeedIn(
        energy_wh=asked.energy_wh, departure=asked.departure, floor_ratio=rounded(session.need.floor_ratio)
    )


async def _told(pages: Drivers, topic: Topic) -> Response:
    state = await pages.states.of(topic)
    if state is None:
        raise missing()
    return Response(_encoder.encode(state), media_type="application/json", headers=NO_STORE)


feed_route = WebSocketRoute("/d/{token}/feed", follow)

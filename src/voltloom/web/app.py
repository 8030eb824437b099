"""The application: routes over one running site, with the guards that every request passes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, NamedTuple

from fastapi import APIRouter, Depends, FastAPI
from prometheus_client import CollectorRegistry
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voltloom import __version__
from voltloom.live.config.api import ApiKey
from voltloom.live.running import LiveSite
from voltloom.web import (
    acting,
    billing,
    forecasts,
    health,
    limiting,
    ordering,
    pages,
    planning,
    problems,
    reading,
    streaming,
    verifying,
)
from voltloom.web.audit import Audit
from voltloom.web.console import (
    answering,
    demo,
    feed,
    login,
    looking_back,
    outlet_orders,
    plan_picture,
    policies,
    settings,
    stations,
)
from voltloom.web.console import pages as console_pages
from voltloom.web.console.faults import Faults, Fleet
from voltloom.web.console.labels import Labels
from voltloom.web.console.pictures import MOST_BYTES
from voltloom.web.console.state import Console
from voltloom.web.driver import qr_sheet
from voltloom.web.driver import routes as driver_routes
from voltloom.web.driver.feed import DriversFeed
from voltloom.web.driver.links import Links
from voltloom.web.driver.state import States
from voltloom.web.health import SiteCollector
from voltloom.web.keys import Keyring
from voltloom.web.logins import Logins
from voltloom.web.parameters import only_known
from voltloom.web.turns import PolicyTurns
from voltloom.web.whatif import routes as what_if
from voltloom.web.whatif.desk import Desk


class Bound(NamedTuple):
    """How large a body may be. name: what people call it."""

    name: str
    most_kib: int


BODY: Final = Bound("body", 64)
WIDER: Final = MappingProxyType(
    {
        "/api/v1/config/check": Bound("file", 400),  # a character may be an escape of six
        "/api/v1/plan-picture": Bound("picture", MOST_BYTES // 1024),
    }
)
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'self'; frame-ancestors 'none'"),
)


def application(site: LiveSite, keys: Sequence[ApiKey], fleet: Fleet | None = None) -> FastAPI:
    """Return the interface of a running site. fleet: of a demo, into which its console may put faults."""
    app = FastAPI(
        title="Voltloom",
        version=__version__,
        summary="One charging site: what it does and why, and what an operator may tell it.",
        description="Send a key as `Authorization: Bearer KEY`. Errors are problem details (RFC 9457).",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    _furnish(app, site, keys, fleet)
    app.router.routes.extend(_routes(has_demo=fleet is not None))
    ordering.follow(site)
    problems.install(app)
    app.add_middleware(Guard)
    return app


@cache
def _routes(*, has_demo: bool) -> tuple[BaseRoute, ...]:
    """Return the routes, the same ones for every site: FastAPI needs 0.1 s to make them ready, at the first request."""
    whole = APIRouter(
        dependencies=[Depends(only_known)],
        responses={
            status: {
                "model": problems.ProblemDetails,
                "description": HTTPStatus(status).phrase,
                "content": {problems.MEDIA_TYPE: {}},
            }
            for status in (400, 401, 403, 404, 409, 413, 422, 429, 503)
        },
    )
    for part in (
        health.router,
        reading.router,
        planning.router,
        forecasts.router,
        billing.router,
        acting.router,
        limiting.router,
        ordering.router,
        verifying.router,
        streaming.router,
        login.router,
        feed.router,
        policies.router,
        looking_back.router,
        answering.router,
        driver_routes.router,
        qr_sheet.router,
        what_if.router,
        stations.router,
        settings.router,
        outlet_orders.router,
        plan_picture.router,
        *((demo.router,) if has_demo else ()),
        console_pages.router,
        pages.router,
    ):
        whole.include_router(part)
    return (*whole.routes, feed.feed_route, driver_routes.feed_route)


def _furnish(app: FastAPI, site: LiveSite, keys: Sequence[ApiKey], fleet: Fleet | None) -> None:
    """Put in place what the routes share."""
    registry = CollectorRegistry()
    registry.register(SiteCollector(site))
    app.state.site, app.state.audit, app.state.registry = site, Audit(site), registry
    app.state.policy_turns = PolicyTurns(site, app.state.audit)
    app.state.verifications = verifying.Verifications(site, app.state.audit)
    app.state.streams = streaming.Streams(site)
    app.state.limits_turn, app.state.picture_turn = asyncio.Lock(), asyncio.Lock()
    clock = asyncio.get_running_loop().time
    app.state.keyring, app.state.logins = Keyring(keys, clock), Logins(clock)
    app.state.faults = None if fleet is None else Faults(fleet)
    app.state.console = Console(site, app.state.faults)
    app.state.feed = feed.Feed(app.state.console)
    app.state.drivers = drivers_of(app.state.console, app.state.audit)
    app.state.what_if = Desk(site)
    app.state.labels = Labels(site)


def drivers_of(console: Console, deeds: Audit) -> driver_routes.Drivers:
    """Return what drivers' pages share."""
    links = Links(console.site, deeds)
    states = States(console, links)
    return driver_routes.Drivers(links, states, DriversFeed(console, states))


class TooLargeError(Exception):
    """A body is larger than any the interface takes."""


class Guard:
    """Ends bodies that are too large, and says to browsers what they may do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, bounded."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken_bytes, has_begun = 0, False
        name, most_kib = WIDER.get(scope["path"], BODY)
        most_bytes = most_kib * 1024

        async def bounded() -> Message:
            nonlocal taken_bytes
            message = await receive()
            taken_bytes += len(message.get("body", b""))
            if taken_bytes > most_bytes:
                raise TooLargeError
            return message

        async def headed(message: Message) -> None:
            nonlocal has_begun
            if taken_bytes > most_bytes and not has_begun:
                return  # whatever the application makes of it, the answer is below
            has_begun = True
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", ()), *HEADERS]}
            await send(message)

        with suppress(TooLargeError):
            await self._app(scope, bounded, headed)
        if taken_bytes > most_bytes and not has_begun:
            detail = f"{name}: has more than {most_kib} KiB. Send a smaller one."
            problem = problems.ProblemDetails(title="Content Too Large", status=413, detail=detail)
            head = [(b"content-type", problems.MEDIA_TYPE.encode()), (b"connection", b"close"), *HEADERS]
            await send({"type": "http.response.start", "status": 413, "headers": head})
            await send({"type": "http.response.body", "body": problem.model_dump_json().encode()})

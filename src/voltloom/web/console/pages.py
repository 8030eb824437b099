"""The console's pages: one document, with the state in it so that the first picture needs no second request."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import NamedTuple

from fastapi import APIRouter, Request, Response

from voltloom.live.config.api import Role
from voltloom.web.console.feed import Feed
from voltloom.web.logins import COOKIE, Logins
from voltloom.web.packing import FOR_EVER, packed
from voltloom.web.problems import wrong_field

KINDS = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml", "map": "application/json"}
PAGES = ("live", "sessions", "decisions", "alarms", "policies", "what-if", "stations", "settings")
SNAPSHOT_MARK = "<!--snapshot-->"
router = APIRouter(include_in_schema=False)


class Bundle(NamedTuple):
    """What the console's build made: its folder, and its document."""

    folder: Traversable
    document: str


@cache
def bundle() -> Bundle | None:
    """Return what was built, None in a checkout where nothing was."""
    folder = files("voltloom.web").joinpath("static", "console")
    document = folder.joinpath("index.html")
    return Bundle(folder, document.read_text(encoding="utf-8")) if document.is_file() else None


@router.get("/")
@router.get("/console/{path:path}")
async def console(request: Request, path: str = "") -> Response:
    """Return the console, whichever of its pages is asked for; without a login it asks for a key."""
    built = bundle()
    if built is None:
        text = "The console was not built. Run `make console`, or install Voltloom's wheel.\n"
        return Response(text, status_code=503, media_type="text/plain; charset=utf-8")
    snapshot = ""
    logins: Logins = request.app.state.logins
    key = logins.key_of(request.cookies.get(COOKIE, ""))
    if key is not None and key.role >= Role.VIEWER:
        feed: Feed = request.app.state.feed
        text = feed.snapshot(key.role).decode().replace("<", "\\u003c")
        snapshot = f'<script type="application/json" id="snapshot">{text}</script>'
    document = built.document.replace(SNAPSHOT_MARK, snapshot)
    return packed(request, document.encode(), "text/html; charset=utf-8")


@router.get("/assets/{name}")
async def asset(name: str, request: Request) -> Response:
    """Return a part of the bundle."""
    built, kind = bundle(), KINDS.get(name.rpartition(".")[2])
    found = None if built is None else next((one for one in built.folder.iterdir() if one.name == name), None)
    if found is None or kind is None:
        remedy = "Load the page again: Voltloom was renewed."
        raise wrong_field("path", "no such file", remedy, HTTPStatus.NOT_FOUND)
    return packed(request, found.read_bytes(), kind, FOR_EVER)

"""The picture behind the plan of the car park over the interface: seen by whoever may look, put there by an admin."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel, Field

from voltloom.live.config.api import ApiKey, Role
from voltloom.web.console.feed import Feed
from voltloom.web.console.looking_back import Watching
from voltloom.web.console.pictures import Kept, PictureError, Pictures, recognised, stands_around
from voltloom.web.console.shapes import Picture, PictureStands
from voltloom.web.keys import at_least
from voltloom.web.models import Asked
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running, Viewer

router = APIRouter(prefix="/api/v1/plan-picture", tags=["site"])
Admin = Annotated[ApiKey, Depends(at_least(Role.ADMIN))]
KINDS = {"png": "image/png", "svg": "image/svg+xml"}
# Whoever opens an SVG by its address gets a picture: no script, no request, no form, no origin of this site.
ALONE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
BODY = {
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in KINDS.values()},
    }
}


class StandsIn(Asked):
    """Where a picture lies on the plan, in metres as x_m and y_m of the outlets: its upper left corner, and how wide it is."""

    left_m: float = Field(ge=-100_000, le=100_000)
    top_m: float = Field(ge=-100_000, le=100_000)
    width_m: float = Field(gt=0, le=100_000)


class PictureOut(BaseModel):
    """The picture. version: of its content, part of its address. height_ratio: its height by its width."""

    version: str
    kind: str
    height_ratio: float
    left_m: float
    top_m: float
    width_m: float


class Place:
    """Where a site's picture is kept. turn: one change after the other."""

    def __init__(self, request: Request, site: Running, console: Watching) -> None:
        self.kept, self.console = Pictures(site.config.folder), console
        self.feed: Feed = request.app.state.feed
        self.turn: asyncio.Lock = request.app.state.picture_turn

    def show(self, picture: Picture | None) -> None:
        """Let every page know."""
        self.console.show_picture(picture)
        self.feed.renew()


Placed = Annotated[Place, Depends(Place)]


@router.get("", dependencies=[Viewer])
async def get_plan_picture(place: Placed) -> PictureOut:
    """What lies behind the plan of the car park, and where."""
    return _told(await _standing(place))


@router.get("/{version}", dependencies=[Viewer], response_class=Response)
async def get_content(version: Annotated[str, Path(max_length=40)], place: Placed) -> Response:
    """The picture itself."""
    kept = await _standing(place)
    if kept.told.version != version:
        raise Problem(HTTPStatus.NOT_FOUND, "This picture was replaced. See GET /api/v1/plan-picture.")
    headers = {"Cache-Control": "private, max-age=31536000, immutable", "Content-Security-Policy": ALONE}
    return Response(kept.content, media_type=KINDS[kept.told.kind], headers=headers)


@router.put("", openapi_extra=BODY)
async def put_plan_picture(
    request: Request, site: Running, place: Placed, deeds: Deeds, key: Admin
) -> PictureOut:
    """Put a PNG or SVG of the car park behind its plan: the body is the file, at most 2 MB and 8,000 px each way. It lies around the outlets until it is moved."""
    content = await request.body()
    async with place.turn:
        try:
            found = await asyncio.to_thread(recognised, content)
        except PictureError as wrong:
            raise wrong_field("picture", wrong.problem, wrong.remedy) from wrong
        before = await asyncio.to_thread(place.kept.kept)
        stands = before.told.stands if before is not None else stands_around(site.config.site, found)
        what = f"{found.kind}, {found.width_px} x {found.height_px} px, {len(content)} bytes"
        await deeds.note(key, "put_plan_picture", "site", after=what)
        try:
            kept = await asyncio.to_thread(place.kept.keep, content, stands)
        except OSError as wrong:
            raise _unwritten(wrong) from wrong
        place.show(kept.told)
    return _told(kept)


@router.put("/place")
async def put_place(asked: StandsIn, place: Placed, deeds: Deeds, key: Admin) -> PictureOut:
    """Move the picture, or let it be larger or smaller."""
    async with place.turn:
        before = await _standing(place)
        stands = PictureStands(**asked.model_dump())
        words = (f"{one.left_m:g}, {one.top_m:g}, {one.width_m:g} m" for one in (before.told.stands, stands))
        await deeds.note(key, "move_plan_picture", "site", before=next(words), after=next(words))
        try:
            await asyncio.to_thread(place.kept.move, stands)
        except OSError as wrong:
            raise _unwritten(wrong) from wrong
        kept = await _standing(place)
        place.show(kept.told)
    return _told(kept)


@router.delete("", status_code=HTTPStatus.NO_CONTENT)
async def delete_plan_picture(place: Placed, deeds: Deeds, key: Admin) -> None:
    """Take the picture away."""
    async with place.turn:
        await _standing(place)
        await deeds.note(key, "remove_plan_picture", "site")
        try:
            await asyncio.to_thread(place.kept.remove)
        except OSError as wrong:
            raise _unwritten(wrong) from wrong
        place.show(None)


async def _standing(place: Place) -> Kept:
    kept = await asyncio.to_thread(place.kept.kept)
    if kept is None:
        detail = "No picture lies behind the plan. Put one there with PUT /api/v1/plan-picture."
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    return kept


def _told(kept: Kept) -> PictureOut:
    told, stands = kept.told, kept.told.stands
    return PictureOut(
        version=told.version,
        kind=told.kind,
        height_ratio=told.height_ratio,
        left_m=stands.left_m,
        top_m=stands.top_m,
        width_m=stands.width_m,
    )


def _unwritten(wrong: OSError) -> Problem:
    detail = f"The site's folder cannot be written ({wrong.strerror}), so the picture is as it was."
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, detail)

"""The interface's documentation as a page, without anything from elsewhere."""

from __future__ import annotations

from importlib.resources import files

from fastapi import APIRouter, Response

from voltloom.web.problems import wrong_field

KINDS = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript",
    "css": "text/css",
    "svg": "image/svg+xml",
}
router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs() -> Response:
    """Return the page that shows what the interface offers, made of its OpenAPI description."""
    return _file("docs.html")


@router.get("/static/{name}")
async def static(name: str) -> Response:
    """Return a part of the pages."""
    return _file(name)


def _file(name: str) -> Response:
    found = next(
        (one for one in files("voltloom.web").joinpath("static").iterdir() if one.name == name), None
    )
    kind = KINDS.get(name.rpartition(".")[2])
    if found is None or kind is None:
        raise wrong_field("path", "no such page", "See /docs.")
    return Response(found.read_bytes(), media_type=kind, headers={"Cache-Control": "no-cache"})

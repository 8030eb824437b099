"""A sheet to print: for each outlet the code that its drivers scan."""

from __future__ import annotations

from html import escape
from urllib.parse import urlsplit

import segno
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from voltloom.live.config.api import Role
from voltloom.live.gateway.settings import is_loopback
from voltloom.live.running import LiveSite
from voltloom.web.driver.routes import NO_STORE, Drivers, Pages
from voltloom.web.keys import at_least
from voltloom.web.reading import Running

router = APIRouter(prefix="/api/v1", tags=["stations"], dependencies=[Depends(at_least(Role.OPERATOR))])


class StickerOut(BaseModel):
    """What stands on an outlet's sticker."""

    evse: str
    link: str


@router.get("/qr-sheet", response_class=Response, responses={200: {"content": {"text/html": {}}}})
async def get_qr_sheet(request: Request, site: Running, pages: Pages) -> Response:
    """A page to print with the QR code of every outlet. They stay the same as long as the journal does."""
    phone = "" if site.config.api is None else site.config.api.phone
    labels = [_label(site.config.site.name, one, phone) for one in await _stickers(request, site, pages)]
    base = _base(request, site)
    is_local = is_loopback(urlsplit(base).hostname or "")
    text = _sheet(site.config.site.name, labels, _hint(base, is_local=is_local))
    return Response(text, media_type="text/html; charset=utf-8", headers=NO_STORE)


@router.get("/stickers")
async def get_stickers(request: Request, site: Running, pages: Pages) -> list[StickerOut]:
    """The link of each outlet, for stickers of one's own design."""
    return await _stickers(request, site, pages)


async def _stickers(request: Request, site: LiveSite, pages: Drivers) -> list[StickerOut]:
    await pages.links.ready()
    base = _base(request, site)
    return [
        StickerOut(evse=name, link=f"{base}/d/{pages.links.sticker(evse)}")
        for evse, name in enumerate(site.network.evse_ids)
    ]


def _base(request: Request, site: LiveSite) -> str:
    public = "" if site.config.api is None else site.config.api.public_url
    return public or f"{request.url.scheme}://{request.url.netloc}"


def _label(site: str, sticker: StickerOut, phone: str) -> str:
    code = segno.make(sticker.link, error="m", micro=False).svg_inline(border=4, omitsize=True)
    call = f"<p>Help: {escape(phone)}</p>" if phone else ""
    return (
        f'<section class="label"><h2>{escape(sticker.evse)}</h2><a href="{escape(sticker.link)}" aria-label="The page of {escape(sticker.evse)}">{code}</a>'
        f"<p>Scan to see and change your charging</p>{call}<p>{escape(site)}</p></section>"
    )


def _hint(base: str, *, is_local: bool) -> str:
    if not is_local:
        return f"The codes lead to {base}."
    return (
        f"The codes lead to {base}, which no phone reaches. Set api.public_url in the site's file to the address under "
        "which drivers reach the site, and open this page again. Here a click on a code opens the driver's page."
    )


def _sheet(site: str, labels: list[str], hint: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>QR codes · {escape(site)}</title><link rel="icon" href="/assets/icon.svg">'
        '<link rel="stylesheet" href="/static/qr-sheet.css"></head>'
        f"<body><header><h1>{escape(site)}</h1><p>{escape(hint)}</p></header><main>{''.join(labels)}</main></body></html>"
    )

"""Limits from outside over the interface: told, replaced and withdrawn by whoever has an operator's key."""

from __future__ import annotations

import asyncio
import math
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from voltloom.session.events import OutsideLimitSet, OutsideLimitWithdrawn
from voltloom.site.outside import LimitSource, OutsideLimit, imposed_on
from voltloom.web.acting import Operator, seconds_of
from voltloom.web.keys import Asker, asker_of
from voltloom.web.models import DoneOut, LimitIn, LimitOut
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running, Viewer
from voltloom.web.views import limit_view, limits_view

LIMITS_COUNT = 200  # at once: a cycle looks at each of them
router = APIRouter(prefix="/api/v1", tags=["limits"])


def turn_of(request: Request) -> asyncio.Lock:
    """Return what lets one limit be told after the other: a repeat must find the first."""
    turn: asyncio.Lock = request.app.state.limits_turn
    return turn


@router.get("/limits", dependencies=[Viewer])
async def get_limits(site: Running) -> list[LimitOut]:
    """The limits from outside that have not ended, also those that are to come."""
    return limits_view(site)


@router.post("/limits", status_code=HTTPStatus.CREATED)
async def post_limit(
    asked: LimitIn,
    response: Response,
    site: Running,
    deeds: Deeds,
    asker: Annotated[Asker, Depends(asker_of)],
    turn: Annotated[asyncio.Lock, Depends(turn_of)],
) -> LimitOut:
    """Limit a circuit or the whole site until a moment. It counts in the next cycle; the tightest of all counts."""
    limit, by = _limit_of(asked), asker.key.key_id
    response.headers["Location"] = f"/api/v1/limits/{limit.source.value}/{limit.limit_id}"
    async with turn:
        if asker.once and (told := await site.loop.ordered(by, asker.once)) is not None:
            if [event.limit for event in told if isinstance(event, OutsideLimitSet)] == [limit]:
                return limit_view(site, limit)
            remedy = "Make a new key."
            raise wrong_field(
                "header.Idempotency-Key", "stands for another limit", remedy, HTTPStatus.CONFLICT
            )
        imposed_on(site.config.site, site.network, limit)
        now_s, before = site.clock.now_s(), limits_view(site)
        if limit.until_s <= now_s:
            raise wrong_field("body.until", "is over already", "Give a later end.")
        known = [one for one in before if (one.source, one.id) == (limit.source.value, limit.limit_id)]
        if not known and len(before) >= LIMITS_COUNT:
            detail = f"{LIMITS_COUNT} limits are kept already. Withdraw some, or let them end."
            raise Problem(HTTPStatus.CONFLICT, detail)
        view = limit_view(site, limit)
        target, was = f"{view.source}/{view.id}", "".join(one.sentence for one in known)
        await deeds.note(asker.key, "limit", target, before=was, after=view.sentence)
        await site.loop.order((OutsideLimitSet(time_s=now_s, limit=limit),), by, asker.once)
    return limit_view(site, limit)


@router.delete("/limits/{source}/{limit_id}")
async def delete_limit(
    source: LimitSource,
    limit_id: Annotated[str, Path(max_length=100)],
    site: Running,
    deeds: Deeds,
    key: Operator,
    turn: Annotated[asyncio.Lock, Depends(turn_of)],
) -> DoneOut:
    """Withdraw a limit before its end."""
    async with turn:
        before = next(
            (one.sentence for one in limits_view(site) if (one.source, one.id) == (source.value, limit_id)),
            "",
        )
        if not before:
            detail = f"No limit '{limit_id}' of {source.value} is in force or to come. See /api/v1/limits."
            raise Problem(HTTPStatus.NOT_FOUND, detail)
        when = await deeds.note(key, "withdraw_limit", f"{source.value}/{limit_id}", before=before)
        gone = OutsideLimitWithdrawn(time_s=site.clock.now_s(), source=source, limit_id=limit_id)
        await site.loop.order((gone,), key.key_id)
    return DoneOut(done=f"{source.value}/{limit_id} is withdrawn", by=key.key_id, time=when)


def _limit_of(asked: LimitIn) -> OutsideLimit:
    return OutsideLimit(
        source=asked.source,
        limit_id=asked.id,
        circuit_id=asked.circuit or "",
        limit_a=asked.limit_a,
        power_w=asked.power_w,
        from_s=-math.inf if asked.begins is None else max(0.0, seconds_of("body.from", asked.begins)),
        until_s=seconds_of("body.until", asked.until),
        kind=asked.kind,
    )

"""What an operator orders for one outlet over the interface, the profile in force there, and what was said to its station."""

from __future__ import annotations

import math
from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from voltloom.controller.leases.grants import ceiling_a
from voltloom.decision.explain import order_words
from voltloom.live.running import LiveSite
from voltloom.session.events import OutletOrdered
from voltloom.session.outlet_order import OutletOrder
from voltloom.site.mistakes import did_you_mean
from voltloom.web.acting import Operator, seconds_of
from voltloom.web.console.outlets import moment_ms
from voltloom.web.models import Asked
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running, Viewer
from voltloom.web.views import LATEST_S

LONGEST_BOOST_S = 4 * 3600.0  # others wait meanwhile
MESSAGES_COUNT = 200
router = APIRouter(prefix="/api/v1")


class OutletOrderIn(Asked):
    """An order for the visit at an outlet. limit_a: on each phase, of a limit alone. until: left out for the end of the visit.

    session: the visit that is meant; left out for whichever is there.
    """

    does: Literal["limit", "pause", "boost"]
    limit_a: float | None = Field(default=None, ge=0, le=10_000)
    until: datetime | None = None
    session: str | None = Field(default=None, max_length=200)


class OutletOrderOut(BaseModel):
    """An order that lasts. limit_a: null bounds nothing, 0 pauses. until_ms: null for the end of the visit."""

    does: str
    limit_a: float | None
    until_ms: int | None
    sentence: str


class ProfileOut(BaseModel):
    """What an outlet may draw, as the controller and its station know it.

    limit_a, lease_ms: ordered last, and when that ends by itself. is_confirmed: the station took it. may_draw_a: the most that
    may flow under any limit that may still be in force. held_a, held_until_ms: what the station surely holds, null where nobody knows;
    its own default counts after that. connector: the outlet's number at its station. version: of OCPP, null while it is not connected. transaction: that runs, by its id. takes_limits: false where it refuses every
    kind. order: of an operator, null without one.
    """

    evse: str
    station: str | None
    connector: int | None
    version: str | None
    transaction: str | None
    limit_a: float
    lease_ms: int | None
    is_confirmed: bool
    confirmed_ms: int | None
    may_draw_a: float
    held_a: float | None
    held_until_ms: int | None
    offline_a: float
    takes_limits: bool
    order: OutletOrderOut | None


class MessageOut(BaseModel):
    """A CALL and its answer, secrets masked. by: who called."""

    number: int
    at_ms: int
    answered_ms: int | None
    by: Literal["station", "site"]
    action: str
    message_id: str
    outcome: str
    payload: Any
    answer: Any


class MessagesOut(BaseModel):
    """The newest messages of a station since the process began. actions: all that occur. before: ask with it for older ones."""

    messages: list[MessageOut]
    actions: list[str]
    before: int | None


@router.put("/evses/{evse}/order", tags=["evses"])
async def put_order(
    evse: str, asked: OutletOrderIn, site: Running, deeds: Deeds, key: Operator
) -> OutletOrderOut:
    """Limit, pause or boost the visit at an outlet, in place of what was ordered before. The envelope stays above all of them."""
    at, now_s = _outlet(site, evse), site.clock.now_s()
    visit = site.loop.memory.seats[at].session
    if visit is None or (asked.session is not None and visit.session_id != asked.session):
        detail = (
            f"No vehicle is plugged in at {evse}." if visit is None else f"Another visit is at {evse} now."
        )
        raise Problem(HTTPStatus.CONFLICT, f"{detail} An order is about a visit. See /api/v1/evses.")
    until_s = _until_s(asked, now_s)
    event = OutletOrdered(
        time_s=now_s,
        evse=at,
        most_a=_most_a(asked, site, at),
        is_boosted=asked.does == "boost",
        until_s=until_s,
    )
    after = OutletOrder(at, visit.serial, event.most_a, event.is_boosted, until_s)
    zone, before = site.config.site.time_zone, _order_of(site, at)
    action = f"{asked.does}_outlet"
    was = "" if before is None else before.sentence
    await deeds.note(key, action, evse, before=was, after=order_words(after, now_s, zone))
    await site.loop.order((event,), key.key_id)
    return order_out(after, now_s, zone)


@router.delete("/evses/{evse}/order", tags=["evses"])
async def delete_order(evse: str, site: Running, deeds: Deeds, key: Operator) -> ProfileOut:
    """Take back what was ordered for an outlet; without any order nothing happens."""
    at = _outlet(site, evse)
    before = _order_of(site, at)
    if before is not None:
        await deeds.note(key, "resume_outlet", evse, before=before.sentence)
        event = OutletOrdered(
            time_s=site.clock.now_s(), evse=at, most_a=None, is_boosted=False, until_s=math.inf
        )
        await site.loop.order((event,), key.key_id)
    return _profile(site, evse, at)


@router.get("/evses/{evse}/profile", tags=["evses"], dependencies=[Viewer])
async def get_profile(evse: str, site: Running) -> ProfileOut:
    """The limit in force at an outlet: ordered, confirmed or in flight, and an operator's order."""
    return _profile(site, evse, _outlet(site, evse))


@router.get("/stations/{identity}/messages", tags=["stations"], dependencies=[Viewer])
async def get_messages(
    identity: str,
    site: Running,
    before: Annotated[int, Query(ge=0, description="Older than this number; 0 for the newest.")] = 0,
    count: Annotated[int, Query(ge=1, le=MESSAGES_COUNT)] = 100,
    action: Annotated[str, Query(max_length=60, description="Only these; left out for all.")] = "",
) -> MessagesOut:
    """What a station and the site said to each other, each CALL with its answer, the newest first. It begins with this run."""
    if identity not in site.desks:
        raise Problem(HTTPStatus.NOT_FOUND, f"No station '{identity}' is known. See /api/v1/stations.")
    kept = site.central.exchanges
    found = list(islice(kept.newest(identity, before=before, action=action), count + 1))
    shown = [
        MessageOut(
            number=one.number,
            at_ms=round(one.at_s * 1000.0),
            answered_ms=moment_ms(one.answered_s),
            by="site" if one.is_ours else "station",
            action=one.action,
            message_id=one.message_id,
            outcome=one.outcome(),
            payload=one.payload(),
            answer=one.result(),
        )
        for one in found[:count]
    ]
    return MessagesOut(
        messages=shown,
        actions=kept.actions(identity),
        before=shown[-1].number if len(found) > count else None,
    )


def order_out(order: OutletOrder, now_s: float, time_zone: str) -> OutletOrderOut:
    """Return an order as it is told."""
    does = "boost" if order.is_boosted else "limit" if order.most_a else "pause"
    words = order_words(order, now_s, time_zone)
    return OutletOrderOut(
        does=does,
        limit_a=order.most_a,
        until_ms=moment_ms(order.until_s),
        sentence=f"{words[0].upper()}{words[1:]}.",
    )


def _profile(site: LiveSite, evse: str, at: int) -> ProfileOut:
    memory, now_s = site.loop.memory, site.clock.now_s()
    grants, holding = memory.grants, site.actuator.holding(at)
    hold = None if holding is None or not holding.is_certain else holding.effective(now_s)
    version = None if holding is None else site.central.version_of(holding.station_id)
    offline_a = site.network.offline_a
    may_draw_a = float(ceiling_a(grants, offline_a, now_s)[at])
    return ProfileOut(
        evse=evse,
        station=None if holding is None else holding.station_id,
        connector=None if holding is None else holding.number,
        version=None if version is None else version.value,
        transaction=(None if holding is None else holding.transaction_id) or None,
        limit_a=round(float(grants.limit_a[at]), 3),
        lease_ms=moment_ms(float(grants.lease_until_s[at])),
        is_confirmed=bool(grants.confirmed_serial[at] >= grants.value_serial[at] > 0),
        confirmed_ms=moment_ms(float(grants.confirmed_s[at])),
        may_draw_a=round(may_draw_a, 3),
        held_a=None if hold is None else round(hold.limit_a, 3),
        held_until_ms=None if hold is None else moment_ms(hold.until_s),
        offline_a=float(offline_a[at]),
        takes_limits=holding is None or not holding.is_uncontrolled,
        order=_order_of(site, at),
    )


def _order_of(site: LiveSite, at: int) -> OutletOrderOut | None:
    memory, now_s = site.loop.memory, site.clock.now_s()
    visit = memory.seats[at].session
    for one in memory.orders:
        if one.evse == at and visit is not None and one.serial == visit.serial and now_s < one.until_s:
            return order_out(one, now_s, site.config.site.time_zone)
    return None


def _outlet(site: LiveSite, evse: str) -> int:
    at = site.network.index.get(evse)
    if at is None:
        raise wrong_field(
            "path.evse",
            f"'{evse}' is no outlet of this site",
            did_you_mean(evse, list(site.network.evse_ids)),
            HTTPStatus.NOT_FOUND,
        )
    return at


def _most_a(asked: OutletOrderIn, site: LiveSite, at: int) -> float | None:
    if asked.does != "limit":
        if asked.limit_a is not None:
            raise wrong_field("body.limit_a", f"is no part of a {asked.does}", "Leave it out.")
        return 0.0 if asked.does == "pause" else None
    least_a, most_a = float(site.network.min_a[at]), float(site.network.max_a[at])
    if asked.limit_a is None or not least_a <= asked.limit_a <= most_a:
        problem = "is missing" if asked.limit_a is None else "is no current that this outlet offers"
        remedy = f"Give {least_a:g} to {most_a:g} A, or pause it."
        raise wrong_field("body.limit_a", problem, remedy)
    return asked.limit_a


def _until_s(asked: OutletOrderIn, now_s: float) -> float:
    if asked.until is None:
        if asked.does == "boost":
            raise wrong_field("body.until", "is missing", "A boost needs an end within four hours.")
        return math.inf
    until_s = seconds_of("body.until", asked.until)
    if not now_s < until_s <= LATEST_S:
        raise wrong_field("body.until", "is over already or no date", "Give a later end.")
    if asked.does == "boost" and until_s > now_s + LONGEST_BOOST_S:
        raise wrong_field("body.until", "is more than four hours away", "Give an earlier end; others wait.")
    return until_s

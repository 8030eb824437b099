"""Commands to stations: placed, and followed from the CALL to the moment when they are seen to have taken effect."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Response

from voltloom.live.orders.kinds import OrderRecord
from voltloom.live.running import LiveSite
from voltloom.protocols.ocpp.orders.masking import without_secrets
from voltloom.protocols.ocpp.orders.wishes import WishError
from voltloom.store.errors import StoreError
from voltloom.web.keys import Asker, asker_of
from voltloom.web.models import CommandOut, StepOut
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Count, Deeds, Running, Viewer
from voltloom.web.views import LATEST_S
from voltloom.web.wording import schema, wish_of

_log = logging.getLogger("voltloom.web")


router = APIRouter(prefix="/api/v1", tags=["commands"])


@router.post(
    "/stations/{identity}/commands",
    status_code=HTTPStatus.ACCEPTED,
    openapi_extra={"requestBody": {"content": {"application/json": {"schema": schema()}}, "required": True}},
)
async def post_command(
    identity: str,
    asked: Annotated[dict[str, Any], Body()],
    response: Response,
    site: Running,
    deeds: Deeds,
    asker: Annotated[Asker, Depends(asker_of)],
) -> CommandOut:
    """Send a command to a station. 202: it is kept and on its way; follow it by `Location` or the stream of events."""
    wish = wish_of(asked)
    if identity not in site.desks and site.central.speaks(identity) is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No station '{identity}' is known. See /api/v1/stations.")
    before = {record.order.order_id for record in site.orders.orders(identity)} if asker.once else frozenset()
    try:
        record = await site.orders.order(identity, wish, by=asker.key.key_id, key=asker.once)
    except WishError as wrong:
        raise _told(wrong) from None
    if record.order.order_id not in before:  # the order's own row, with who gave it, is durable already
        after = f"{record.order.kind}, command {record.order.order_id}"
        try:
            await deeds.note(asker.key, "command", identity, after=after)
        except StoreError as unwritten:  # it is on its way: whoever hears otherwise sends it twice
            _log.error("command %s has no row of its own in the audit: %s", record.order.order_id, unwritten)
    response.headers["Location"] = f"/api/v1/commands/{record.order.order_id}"
    return command_view(record)


@router.get("/commands", dependencies=[Viewer])
async def get_commands(
    site: Running,
    count: Count = 50,
    station: Annotated[str, Query(max_length=255)] = "",
    is_open: Annotated[bool, Query(description="Only those of which something may still come.")] = False,
) -> list[CommandOut]:
    """The newest commands of a station, or of all."""
    found = [record for record in site.orders.orders(station) if record.is_open or not is_open]
    return [command_view(record) for record in reversed(found[-count:])]


@router.get("/commands/{command_id}", dependencies=[Viewer])
async def get_command(command_id: str, site: Running) -> CommandOut:
    """One command with every step so far and the station's raw answers."""
    record = site.orders.find(command_id)
    if record is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No command '{command_id}' is known. See /api/v1/commands.")
    return command_view(record)


def follow(site: LiveSite) -> None:
    """Let the site's stream of events tell each step of a command."""
    site.orders.subscribe(lambda record: site.loop.logbook.told("command", record))


def command_view(record: OrderRecord) -> CommandOut:
    """Return a command with its steps."""
    order = record.order
    return CommandOut(
        id=order.order_id,
        station=order.station_id,
        kind=order.kind,
        by=order.by,
        asked=_moment(order.asked_s),
        state=record.state.value,
        is_open=record.is_open,
        due=None if record.due_s is None else _moment(record.due_s),
        action=order.action,
        payload=without_secrets(order.told),  # rows of before they were kept without
        steps=[
            StepOut(
                state=step.state.value,
                time=_moment(step.at_s),
                why=step.why,
                message=json.loads(step.message) if step.message else None,
            )
            for step in record.steps
        ],
    )


def _told(wrong: WishError) -> Problem:
    if wrong.field == "station":
        return wrong_field("path.identity", wrong.problem, wrong.remedy, HTTPStatus.CONFLICT)
    if wrong.field == "key":
        return wrong_field("header.Idempotency-Key", wrong.problem, wrong.remedy, HTTPStatus.CONFLICT)
    return wrong_field(f"body.{wrong.field}", wrong.problem, wrong.remedy)


def _moment(time_s: float) -> datetime:
    return datetime.fromtimestamp(min(time_s, LATEST_S), UTC)

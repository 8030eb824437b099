"""Everything that changes something. Each deed is in the journal before it is done."""

from __future__ import annotations

import math
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, SupportsFloat

from fastapi import APIRouter, Depends

from voltloom.allocation.registry import ARCHITECTURES
from voltloom.live.config.api import ApiKey, Role
from voltloom.live.running import LiveSite
from voltloom.session.events import ArchitectureChosen, NeedStated
from voltloom.session.facts import SessionFacts
from voltloom.session.need import ImplausibleNeed, need_of
from voltloom.site.mistakes import did_you_mean
from voltloom.web.audit import Audit, Deed
from voltloom.web.keys import Asker, asker_of, at_least
from voltloom.web.models import (
    ApprovalIn,
    ArchitectureIn,
    ArchitectureOut,
    DoneOut,
    NeedIn,
    NeedOut,
    NeedStatedOut,
    RejectionIn,
)
from voltloom.web.problems import wrong_field
from voltloom.web.reading import Deeds, Running, session_named
from voltloom.web.turns import Turned
from voltloom.web.views import need_view, session_view

Operator = Annotated[ApiKey, Depends(at_least(Role.OPERATOR))]
router = APIRouter(prefix="/api/v1")


@router.put("/architecture", tags=["site"])
async def put_architecture(
    asked: ArchitectureIn, site: Running, turn: Turned, key: Operator
) -> ArchitectureOut:
    """Switch the architecture; running sessions go on under the new one. With If-Match only where nobody was quicker, without it not beside somebody else's trial."""
    wanted = asked.architecture.lower()
    if wanted not in ARCHITECTURES:
        remedy = did_you_mean(asked.architecture, list(ARCHITECTURES))
        raise wrong_field("body.architecture", f"'{asked.architecture}' is no architecture", remedy)
    async with turn.turns.lock:
        await turn.check(key, site.loop.memory.canary)
        before = site.loop.memory.architecture
        await turn.turns.note(key, "choose_architecture", "site", before=before, after=wanted)
        event = ArchitectureChosen(time_s=site.clock.now_s(), architecture=wanted)
        await site.loop.order((event,), key.key_id)
    return ArchitectureOut(
        architecture=wanted, before=before, choices=list(ARCHITECTURES), version=turn.turns.version
    )


@router.put("/sessions/{session_id:path}/need", tags=["sessions"])
async def put_need(
    session_id: str,
    asked: NeedIn,
    site: Running,
    deeds: Deeds,
    key: Annotated[ApiKey, Depends(at_least(Role.DRIVER))],
) -> NeedStatedOut:
    """State what a driver wants: energy since plug-in, departure, state of charge, and whether the vehicle may feed back.

    All of it takes the place of what was stated before; without floor_ratio a consent to feed back ends. A driver's key: of its
    own session.
    """
    session = session_named(site, session_id, key)
    if key.role is Role.VIEWER:
        raise wrong_field(
            "key", "a viewer's key changes nothing", "Use a driver's or an operator's.", HTTPStatus.FORBIDDEN
        )
    await state_need(site, deeds, key, (session, asked))
    after_it = session_named(site, session_id, key)
    view = session_view(site, after_it)
    return NeedStatedOut(**dict(view), note=_note(session, after_it))


async def state_need(site: LiveSite, deeds: Audit, key: ApiKey, wish: tuple[SessionFacts, NeedIn]) -> None:
    """Write down and tell what the driver of a visit wants. Raises Problem, ImplausibleNeed, StoreError."""
    session, asked = wish
    if asked.floor_ratio is not None and not site.network.discharge_a[session.evse] > 0.0:
        problem = f"outlet {site.network.evse_ids[session.evse]} cannot feed back"
        raise wrong_field("body.floor_ratio", problem, "Leave it out.")
    stated = need_stated(session.evse, asked, site.clock.now_s())
    before, after = _told(need_view(session.need)), _told(asked)
    try:
        need_of(stated, now_s=stated.time_s)
    except ImplausibleNeed:  # refused before it is kept, but for what it says of a consent
        if not stated.floor_ratio <= session.need.floor_ratio and math.isfinite(session.need.floor_ratio):
            await deeds.note(key, "end_consent", session.session_id, before=before, after=after)
            await site.loop.order((stated,), key.key_id)
        raise
    await deeds.note(key, "state_need", session.session_id, before=before, after=after)
    await site.loop.order((stated,), key.key_id)


def need_stated(evse: int, asked: NeedIn, now_s: float) -> NeedStated:
    """Return what a driver wants as the core is told it. Raises Problem."""
    return NeedStated(
        time_s=now_s,
        evse=evse,
        energy_wh=_known(asked.energy_wh),
        departure_s=math.nan if asked.departure is None else seconds_of("body.departure", asked.departure),
        soc_ratio=_known(asked.soc_ratio),
        floor_ratio=_known(asked.floor_ratio),
        battery_wh=_known(asked.battery_wh),
    )


@router.post("/stations/parked/{identity}/approval", tags=["stations"])
async def post_approval(
    identity: str, asked: ApprovalIn, site: Running, deeds: Deeds, asker: Annotated[Asker, Depends(asker_of)]
) -> DoneOut:
    """Let a parked station take part with these outlets; it is asked to boot again."""
    by = asker.key.key_id
    deed = Deed("approve_station", identity, ", ".join(asked.evses))
    when = await deeds.once(  # the station's own row says who, and is written before it takes part
        asker.key, asker.once, deed, lambda: site.approve(identity, asked.evses, by=by, mark=asked.mark)
    )
    return DoneOut(done=f"{identity} takes part", by=by, time=when)


@router.post("/stations/{identity}/rejection", tags=["stations"])
async def post_rejection(
    identity: str, asked: RejectionIn, site: Running, deeds: Deeds, asker: Annotated[Asker, Depends(asker_of)]
) -> DoneOut:
    """Let a station in no more, known or not."""
    by = asker.key.key_id
    deed = Deed("reject_station", identity, asked.reason)
    when = await deeds.once(  # as above
        asker.key, asker.once, deed, lambda: site.reject(identity, by=by, reason=asked.reason)
    )
    return DoneOut(done=f"{identity} is not let in any more", by=by, time=when)


def _known(stated: SupportsFloat | None) -> float:
    return math.nan if stated is None else float(stated)


def _note(before: SessionFacts, after: SessionFacts) -> str:
    """Return what a driver should know of a consent: that it ended, or what is missing before it has an effect."""
    if math.isnan(after.need.floor_ratio):
        is_ended = not math.isnan(before.need.floor_ratio)
        return "The vehicle may not feed back any more: floor_ratio was left out." if is_ended else ""
    missing = [name for name in ("battery_wh", "soc_ratio") if math.isnan(getattr(after.need, name))]
    if missing:
        return f"Nothing is fed back until the vehicle or you tell {' and '.join(missing)}."
    return "" if after.capability.discharges else "The vehicle has not told that it can feed back."


def _told(need: NeedOut | NeedIn) -> str:
    return need.model_dump_json(exclude_none=True)


def seconds_of(field: str, when: datetime) -> float:
    """Return a moment in seconds since 1970. Raises Problem for one without a time zone."""
    if when.tzinfo is None:
        raise wrong_field(field, "has no time zone", "Add one, such as Z.")
    return when.timestamp()

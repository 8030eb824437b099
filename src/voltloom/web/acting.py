"""Everything that changes something. Each deed is in the journal before it is done."""

from __future__ import annotations

import math
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends

from voltloom.allocation.registry import ARCHITECTURES
from voltloom.live.config.api import ApiKey, Role
from voltloom.session.events import ArchitectureChosen, NeedStated
from voltloom.session.need import need_of
from voltloom.site.mistakes import did_you_mean
from voltloom.web.audit import Deed
from voltloom.web.keys import Asker, asker_of, at_least
from voltloom.web.models import (
    ApprovalIn,
    ArchitectureIn,
    ArchitectureOut,
    DoneOut,
    NeedIn,
    NeedOut,
    RejectionIn,
    SessionOut,
)
from voltloom.web.problems import wrong_field
from voltloom.web.reading import Deeds, Running, session_named
from voltloom.web.views import need_view, session_view

Operator = Annotated[ApiKey, Depends(at_least(Role.OPERATOR))]
router = APIRouter(prefix="/api/v1")


@router.put("/architecture", tags=["site"])
async def put_architecture(
    asked: ArchitectureIn, site: Running, deeds: Deeds, key: Operator
) -> ArchitectureOut:
    """Switch the architecture; running sessions go on under the new one."""
    before, wanted = site.loop.memory.architecture, asked.architecture.lower()
    if wanted not in ARCHITECTURES:
        remedy = did_you_mean(asked.architecture, list(ARCHITECTURES))
        raise wrong_field("body.architecture", f"'{asked.architecture}' is no architecture", remedy)
    await deeds.note(key, "choose_architecture", "site", before=before, after=wanted)
    event = ArchitectureChosen(time_s=site.clock.now_s(), architecture=wanted)
    await site.loop.order((event,), key.key_id)
    return ArchitectureOut(architecture=wanted, before=before, choices=list(ARCHITECTURES))


@router.put("/sessions/{session_id:path}/need", tags=["sessions"])
async def put_need(
    session_id: str,
    asked: NeedIn,
    site: Running,
    deeds: Deeds,
    key: Annotated[ApiKey, Depends(at_least(Role.DRIVER))],
) -> SessionOut:
    """State what a driver wants: energy since plug-in, departure, state of charge. A driver's key: of its own session."""
    session = session_named(site, session_id, key)
    if key.role is Role.VIEWER:
        raise wrong_field(
            "key", "a viewer's key changes nothing", "Use a driver's or an operator's.", HTTPStatus.FORBIDDEN
        )
    now_s = site.clock.now_s()
    stated = NeedStated(
        time_s=now_s,
        evse=session.evse,
        energy_wh=math.nan if asked.energy_wh is None else asked.energy_wh,
        departure_s=math.nan if asked.departure is None else seconds_of("body.departure", asked.departure),
        soc_ratio=math.nan if asked.soc_ratio is None else asked.soc_ratio,
    )
    need_of(stated, now_s=now_s)  # what cannot be true is refused before it is kept
    before, after = _told(need_view(session.need)), _told(asked)
    await deeds.note(key, "state_need", session_id, before=before, after=after)
    await site.loop.order((stated,), key.key_id)
    return session_view(site, session_named(site, session_id, key))


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


def _told(need: NeedOut | NeedIn) -> str:
    return need.model_dump_json(exclude_none=True)


def seconds_of(field: str, when: datetime) -> float:
    """Return a moment in seconds since 1970. Raises Problem for one without a time zone."""
    if when.tzinfo is None:
        raise wrong_field(field, "has no time zone", "Add one, such as Z.")
    return when.timestamp()

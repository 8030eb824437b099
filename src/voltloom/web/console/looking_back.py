"""What pages look back on over the interface: changes with their reasons, what else would have happened, curves of outlets."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

import msgspec
import numpy as np
from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from voltloom.allocation.contract import AllocationMemory
from voltloom.decision.reason import Cause
from voltloom.decision.record import Decision
from voltloom.live.running import LiveSite
from voltloom.web.console.state import Console
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Running, Viewer

INSTEAD = ("sequential", "parallel", "adaptive")
POINTS_COUNT = 1_200
router = APIRouter(prefix="/api/v1", tags=["decisions"], dependencies=[Viewer])
_encoder = msgspec.json.Encoder()


def console_of(request: Request) -> Console:
    """Return what the pages of the site are fed with."""
    console: Console = request.app.state.console
    return console


Watching = Annotated[Console, Depends(console_of)]


class InsteadOut(BaseModel):
    """What another architecture would have given at that moment. current_a: the outlet asked about. site_kw: all outlets together."""

    architecture: str
    current_a: float
    cause: str
    site_kw: float


class CurveOut(BaseModel):
    """What an outlet drew and might have drawn, as columns; null where no meter told. causes: of each moment, by name."""

    evse: str
    at_ms: list[int]
    draws_a: list[float | None]
    may_a: list[float]
    causes: list[str]
    kw_per_a: float


class BandsOut(BaseModel):
    """Every outlet over some time for the chart of visits: power at each moment, null without a vehicle."""

    at_ms: list[int]
    evses: list[str]
    draws_kw: list[list[float | None]]


@router.get("/changes", response_model=None)
async def get_changes(
    console: Watching,
    before: Annotated[int, Query(ge=0, description="Older than this change; 0 for the newest.")] = 0,
    evse: Annotated[str, Query(max_length=100)] = "",
    cause: Annotated[str, Query(max_length=60)] = "",
    session: Annotated[str, Query(max_length=200)] = "",
    count: Annotated[int, Query(ge=1, le=500)] = 100,
) -> Response:
    """Changes of limits with their whole records, the newest first. They begin with this run; older ones: `voltloom replay`."""
    if cause and cause.upper() not in Cause.__members__:
        known = ", ".join(name.lower() for name in Cause.__members__)
        raise wrong_field("query.cause", f"'{cause}' is no cause", f"Choose one of {known}.")
    found = console.changes.matching(
        before_id=before, evse=evse, cause=cause.lower(), session=session, most_count=count
    )
    return Response(_encoder.encode(found), media_type="application/json")


@router.get("/changes/{number}/instead")
async def get_instead(number: int, console: Watching, site: Running) -> list[InsteadOut]:
    """What sequential, parallel and adaptive would have given the same outlet at the same moment, by the same rules and meters."""
    change = console.changes.numbered(number)
    memory = None if change is None else console.changes.memory_at(change.at_ms)
    if change is None or memory is None:
        detail = (
            "This change is too old to be decided again here; `voltloom replay` does it from the journal."
        )
        raise Problem(HTTPStatus.NOT_FOUND, detail)
    evse = site.network.index[change.evse]
    found = []
    for name in INSTEAD:
        other = memory._replace(
            architecture=name, policy=None, canary=None, allocation=AllocationMemory(is_takeover=True)
        )
        decision = site.decided_instead(other, change.at_ms / 1000.0)
        found.append(_instead(site, decision, name, evse))
    return found


@router.get("/curves/{evse}")
async def get_curve(
    evse: str,
    console: Watching,
    site: Running,
    from_ms: Annotated[int, Query(alias="from", ge=0)] = 0,
    until_ms: Annotated[int, Query(alias="until", ge=0)] = 2**52,
) -> CurveOut:
    """What an outlet drew and might have drawn since the process began, at most a day, thinned to 1,200 moments."""
    at = site.network.index.get(evse)
    if at is None:
        raise wrong_field("path.evse", f"'{evse}' is no outlet of this site", "See GET /api/v1/evses.")
    moments = list(console.curves.between(from_ms / 1000.0, until_ms / 1000.0))
    step = max(1, -(-len(moments) // POINTS_COUNT))
    kept = [one for place, one in enumerate(moments) if place % step == 0 or place == len(moments) - 1]
    return CurveOut(
        evse=evse,
        at_ms=[round(one.at_s * 1000.0) for one in kept],
        draws_a=[_known(one.draws_a[at]) for one in kept],
        may_a=[round(float(one.may_a[at]), 2) for one in kept],
        causes=[Cause(int(one.cause[at])).name.lower() for one in kept],
        kw_per_a=float(site.loop.memory.columns.w_per_a[at]) / 1000.0,
    )


@router.get("/bands", response_model=BandsOut)
async def get_bands(
    console: Watching,
    site: Running,
    from_ms: Annotated[int, Query(alias="from", ge=0)] = 0,
    until_ms: Annotated[int, Query(alias="until", ge=0)] = 2**52,
    count: Annotated[int, Query(ge=10, le=600, description="At most so many moments.")] = 240,
) -> Response:
    """The power of every outlet over some time, thinned."""
    moments = list(console.curves.between(from_ms / 1000.0, until_ms / 1000.0))
    step = max(1, -(-len(moments) // count))
    kept = moments[::step]
    shape = len(kept), len(site.network.evse_ids)
    draws_a = np.array([one.draws_a for one in kept], dtype=np.float64).reshape(shape)
    serial = np.array([one.serial for one in kept]).reshape(shape)
    draws_kw = np.where(serial < 0, np.nan, draws_a * site.loop.memory.columns.w_per_a / 1000.0)
    found = {
        "at_ms": [round(one.at_s * 1000.0) for one in kept],
        "evses": site.network.evse_ids,
        "draws_kw": draws_kw.T.round(3).tolist(),  # what is not known is null in JSON
    }
    return Response(_encoder.encode(found), media_type="application/json")


def _instead(site: LiveSite, decision: Decision, name: str, evse: int) -> InsteadOut:
    power_kw = float((decision.proposed_a * site.loop.memory.columns.w_per_a).sum()) / 1000.0
    return InsteadOut(
        architecture=name,
        current_a=round(float(decision.proposed_a[evse]), 3),
        cause=Cause(int(decision.cause[evse])).name.lower(),
        site_kw=round(power_kw, 3),
    )


def _known(value: Any) -> float | None:
    return round(float(value), 3) if np.isfinite(value) else None

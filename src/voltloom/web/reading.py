"""Everything that can be read: the site, its circuits, stations, outlets, sessions, decisions, alarms."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus
from itertools import islice
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from voltloom.allocation.registry import ARCHITECTURES
from voltloom.decision.record import Decision
from voltloom.live.config.api import ApiKey, Role
from voltloom.live.running import LiveSite
from voltloom.session.facts import SessionFacts
from voltloom.store.export import Period, as_json, session_rows
from voltloom.web.audit import Audit
from voltloom.web.keys import at_least
from voltloom.web.models import (
    AlarmOut,
    ArchitectureOut,
    AuditOut,
    DecisionOut,
    EvseOut,
    ParkedOut,
    RowOut,
    SessionOut,
    SiteOut,
    StationOut,
)
from voltloom.web.problems import Problem
from voltloom.web.views import (
    alarms_view,
    decision_view,
    evses_view,
    parked_view,
    rows_view,
    session_view,
    site_view,
    stations_view,
)

Viewer = Depends(at_least(Role.VIEWER))
Count = Annotated[int, Query(ge=1, le=200, description="At most so many, the newest first.")]
router = APIRouter(prefix="/api/v1")


def site_of(request: Request) -> LiveSite:
    """Return the running site."""
    site: LiveSite = request.app.state.site
    return site


def audit_of(request: Request) -> Audit:
    """Return where deeds are written down."""
    audit: Audit = request.app.state.audit
    return audit


Running = Annotated[LiveSite, Depends(site_of)]
Deeds = Annotated[Audit, Depends(audit_of)]


@router.get("/site", tags=["site"], dependencies=[Viewer])
async def get_site(site: Running) -> SiteOut:
    """The site as a whole."""
    return site_view(site)


@router.get("/circuits", tags=["site"], dependencies=[Viewer])
async def get_circuits(site: Running) -> list[RowOut]:
    """Each circuit on each phase: rating, what it may carry now, the worst that may flow, what its meter says."""
    return rows_view(site)


@router.get("/architecture", tags=["site"], dependencies=[Viewer])
async def get_architecture(site: Running, request: Request) -> ArchitectureOut:
    """The architecture that runs, and those that could."""
    now, version = site.loop.memory.architecture, request.app.state.policy_turns.version
    return ArchitectureOut(architecture=now, before=now, choices=list(ARCHITECTURES), version=version)


@router.get("/stations", tags=["stations"], dependencies=[Viewer])
async def get_stations(site: Running) -> list[StationOut]:
    """The stations that take part, connected or not."""
    return stations_view(site)


@router.get("/stations/parked", tags=["stations"], dependencies=[Viewer])
async def get_parked(site: Running) -> list[ParkedOut]:
    """Unknown stations that wait for an operator's word."""
    return parked_view(site)


@router.get("/evses", tags=["evses"], dependencies=[Viewer])
async def get_evses(site: Running) -> list[EvseOut]:
    """Every outlet with its limit, what it draws, and why: a driver's sentence and an operator's record."""
    return evses_view(site)


@router.get("/sessions", tags=["sessions"])
async def get_sessions(
    site: Running, key: Annotated[ApiKey, Depends(at_least(Role.DRIVER))]
) -> list[SessionOut]:
    """The visits that are going on; a driver's key sees its own."""
    found = [seat.session for seat in site.loop.memory.seats if seat.session is not None]
    return [session_view(site, session) for session in found if may_see(key, session)]


@router.get("/sessions/closed", tags=["sessions"], dependencies=[Viewer])
async def get_closed(
    site: Running,
    begun_from: Annotated[datetime | None, Query(alias="from", description="With zone.")] = None,
    begun_before: Annotated[datetime | None, Query(alias="to", description="With zone.")] = None,
    count: Annotated[int, Query(ge=1, le=1000)] = 100,
    skip: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> list[dict[str, Any]]:
    """Closed sessions by their start, with energy, bill and doubts, as `voltloom sessions export` has them."""
    start_ms = 0 if begun_from is None else _ms("query.from", begun_from)
    end_ms = 2**53 if begun_before is None else _ms("query.to", begun_before)
    period = Period(start_ms=start_ms, end_ms=end_ms)
    rows = await site.journal.run(
        lambda connection: list(islice(session_rows(connection, period), skip, skip + count))
    )
    return [as_json(row) for row in rows]


@router.get("/sessions/{session_id:path}", tags=["sessions"])
async def get_session(
    session_id: str, site: Running, key: Annotated[ApiKey, Depends(at_least(Role.DRIVER))]
) -> SessionOut:
    """One visit that is going on."""
    return session_view(site, session_named(site, session_id, key))


@router.get("/decisions", tags=["decisions"], dependencies=[Viewer])
async def get_decisions(site: Running, count: Count = 20, evse: str | None = None) -> list[DecisionOut]:
    """The newest cycles that changed a limit: for each, before → after, cause, binding circuit and phase, what lifts it."""
    zone = site.config.site.time_zone
    found: list[DecisionOut] = []
    for decision in reversed(site.loop.logbook.decisions):
        if not decision.sent.any() or (evse is not None and not sent_to(decision, evse)):
            continue
        view = decision_view(decision, zone)
        changes = [one for one in view.changes if evse is None or one["evse"] == evse]
        if changes:
            found.append(view.model_copy(update={"changes": changes}))
        if len(found) == count:
            break
    return found


@router.get("/alarms", tags=["alarms"], dependencies=[Viewer])
async def get_alarms(site: Running, count: Count = 50) -> list[AlarmOut]:
    """Alarms: what is wrong, what that does, what to do. Those that last come first, then the others, the newest of each first."""
    return alarms_view(site, count)


@router.get("/audit", tags=["audit"], dependencies=[Depends(at_least(Role.ADMIN))])
async def get_audit(deeds: Deeds, count: Count = 50) -> list[AuditOut]:
    """Who did what over this interface, from the journal."""
    return await deeds.newest(count)


def sent_to(decision: Decision, evse: str) -> bool:
    """Say whether a cycle sent a limit to an outlet."""
    column = decision.network.index.get(evse)
    return column is not None and bool(decision.sent[column])


def may_see(key: ApiKey, session: SessionFacts) -> bool:
    """Say whether a key may see a session: a driver's only its own."""
    return is_token_of(key, session.id_token)


def is_token_of(key: ApiKey, id_token: str) -> bool:
    """Say whether a key may see what belongs to a token."""
    return key.role >= Role.VIEWER or (bool(key.token) and id_token.lower() == key.token.lower())


def session_named(site: LiveSite, session_id: str, key: ApiKey) -> SessionFacts:
    """Return a running session. Raises Problem where there is none, or none that the key may see."""
    for seat in site.loop.memory.seats:
        if seat.session is not None and seat.session.session_id == session_id and may_see(key, seat.session):
            return seat.session
    raise Problem(HTTPStatus.NOT_FOUND, f"No session '{session_id}' is going on. See /api/v1/sessions.")


def _ms(field: str, when: datetime) -> int:
    if when.tzinfo is None:
        detail = f"{field}: has no time zone. Add one, such as Z."
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail)
    return round(when.timestamp() * 1000.0)

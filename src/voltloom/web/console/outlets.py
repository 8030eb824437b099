"""Outlets and their visits as cards."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from voltloom.controller.leases.grants import ceiling_a
from voltloom.decision.plan import Plan
from voltloom.decision.record import Decision
from voltloom.live.running import LiveSite
from voltloom.session.facts import SessionFacts
from voltloom.session.state import SessionState
from voltloom.site.network import Floats
from voltloom.units import kw_from_w
from voltloom.web.console.promising import Promise, Wish, planned_power, promised
from voltloom.web.console.shapes import OutletNow, VisitNow
from voltloom.web.views import FLOWS_A, delivered_wh, newest, rounded, sentence_of

LOOKS = {
    SessionState.PAUSED_BY_SITE: "paused",
    SessionState.QUEUED: "paused",
    SessionState.SUSPENDED_BY_VEHICLE: "by_car",
    SessionState.CHARGING: "charging",
    SessionState.FAULT: "fault",
    SessionState.STATION_SILENT: "offline",
}


class Known(NamedTuple):
    """What is worked out for all outlets of one moment. late: sessions that were late a moment ago. reserved_a: (n,) what is counted for each."""

    now_s: float
    decision: Decision | None
    owner: dict[int, str]
    connected: frozenset[str]
    late: frozenset[str]
    plan: Plan | None
    canary: frozenset[int]
    reserved_a: Floats


def known_of(site: LiveSite, late: frozenset[str]) -> Known:
    """Return what the cards of this moment share."""
    owner = {outlet.evse: name for name, desk in site.desks.items() for outlet in desk.place.outlets.values()}
    connected = frozenset(name for name in site.desks if site.gateway.link(name) is not None)
    decision = newest(site)
    plan = None if decision is None else decision.plan
    trial = site.loop.memory.canary
    on_trial = trial.members.nonzero()[0].tolist() if trial is not None and trial.is_open else ()
    now_s = site.clock.now_s()
    reserved_a = ceiling_a(site.loop.memory.grants, site.network.offline_a, now_s)
    return Known(now_s, decision, owner, connected, late, plan, frozenset(on_trial), reserved_a)


def outlets_now(site: LiveSite, known: Known) -> list[OutletNow]:
    """Return every outlet, in the site's order."""
    return [outlet_now(site, known, evse) for evse in range(len(site.network.evse_ids))]


def outlet_now(site: LiveSite, known: Known, evse: int) -> OutletNow:
    """Return one outlet."""
    memory, network = site.loop.memory, site.network
    session, place = memory.seats[evse].session, site.config.site.evses[evse]
    sampled_s = float(memory.readings.sampled_s[evse])
    is_read = math.isfinite(sampled_s)
    draws_a = float(memory.readings.current_a[evse])
    draws_w = draws_a * float(memory.columns.w_per_a[evse])
    station = known.owner.get(evse)
    is_connected = station in known.connected
    may_a = float(memory.grants.limit_a[evse])
    if memory.discharge is not None and may_a <= 0.0 and known.decision is not None:
        may_a = min(may_a, float(known.decision.after_a[evse]))
    reason = None if known.decision is None or session is None else known.decision.reason(evse)
    uses_all = int(memory.columns.column[evse]) >= len(network.evse_ids)
    return OutletNow(
        id=network.evse_ids[evse],
        node=place.circuit_id,
        station=station,
        look=look_of(session, is_connected=is_connected, draws_a=draws_a if is_read else 0.0),
        state="free" if session is None else session.state.value,
        is_connected=is_connected,
        draws_a=rounded(draws_a) if is_read else None,
        draws_kw=rounded(kw_from_w(draws_w)) if is_read else None,
        may_a=round(may_a, 3),
        reserved_a=round(float(known.reserved_a[evse]), 3),
        most_a=float(network.max_a[evse]),
        phases=len(place.phases) if uses_all or len(place.phases) == 1 else 1,
        sampled_ms=moment_ms(sampled_s),
        lease_ms=moment_ms(float(memory.grants.lease_until_s[evse])),
        cause=None if reason is None else reason.cause.name.lower(),
        limit=None if reason is None else reason.binding_row or None,
        boosted=[] if reason is None else list(reason.boosted),
        sentence=None
        if reason is None or known.decision is None
        else sentence_of(site, memory, known.decision, evse, reason),
        is_canary=evse in known.canary,
        visit=None if session is None else _visit(site, known, session),
    )


def look_of(session: SessionFacts | None, *, is_connected: bool, draws_a: float) -> str:
    """Return what an outlet looks like on its card."""
    if not is_connected:
        return "offline"
    if session is None:
        return "free"
    if draws_a < -FLOWS_A:
        return "feeding"
    look = LOOKS.get(session.state, "plugged")
    return "charging" if look in ("paused", "plugged") and draws_a > FLOWS_A else look


def _visit(site: LiveSite, known: Known, session: SessionFacts) -> VisitNow:
    memory, evse = site.loop.memory, session.evse
    energy_wh, need = delivered_wh(memory, session), session.need
    promise = promise_of(site, known, session, energy_wh)
    place = 0 if known.decision is None else int(known.decision.place[evse])
    starts_s = math.nan if known.decision is None else float(known.decision.expected_start_s[evse])
    return VisitNow(
        id=session.session_id,
        arrived_ms=round(session.arrival_s * 1000.0),
        since_ms=round(session.state_since_s * 1000.0),
        departs_ms=moment_ms(need.departure_s),
        energy_kwh=rounded(energy_wh / 1000.0),
        need_kwh=rounded(need.energy_wh / 1000.0),
        soc_ratio=rounded(need.soc_ratio),
        done_ms=moment_ms(promise.done_s),
        late_min=math.ceil(promise.late_s / 60.0),
        short_kwh=rounded(promise.short_wh / 1000.0) if promise.short_wh > 0.0 else None,
        queue_place=place or None,
        starts_ms=moment_ms(starts_s),
        tier=session.tier,
        id_token=session.id_token,
    )


def promise_of(site: LiveSite, known: Known, session: SessionFacts, energy_wh: float) -> Promise:
    """Return what can be promised to a running visit."""
    memory, evse, need = site.loop.memory, session.evse, session.need
    power_w = max(0.0, float(memory.readings.current_a[evse]) * float(memory.columns.w_per_a[evse]))
    if not np.isfinite(memory.readings.sampled_s[evse]):
        power_w = 0.0
    wish = Wish(need.energy_wh - energy_wh, need.departure_s, power_w)
    planned = planned_power(known.plan, evse)
    return promised(wish, known.now_s, planned, was_late=session.session_id in known.late)


def moment_ms(time_s: float) -> int | None:
    """Return a moment in milliseconds, None where it is unknown or never."""
    return round(time_s * 1000.0) if math.isfinite(time_s) else None

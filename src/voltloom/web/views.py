"""A running site as the words of the interface. Everything is read from one memory, between two cycles."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import SupportsFloat

from voltloom.controller.memory import ControllerMemory
from voltloom.decision.explain import Around, driver_sentence, imposed_words, operator_record
from voltloom.decision.reason import Reason
from voltloom.decision.record import Decision
from voltloom.live.running import LiveSite
from voltloom.session.alarms import Alarm
from voltloom.session.facts import SessionFacts
from voltloom.session.need import Need
from voltloom.session.standing import state_of
from voltloom.site.outside import LimitKind, OutsideLimit
from voltloom.web.batteries import batteries_view
from voltloom.web.models import (
    AlarmOut,
    DecisionOut,
    EvseOut,
    LimitOut,
    NeedOut,
    ParkedOut,
    RowOut,
    SessionOut,
    SiteOut,
    StationOut,
)

LATEST_S = datetime(9999, 1, 1, tzinfo=UTC).timestamp()  # a later moment has no date
FLOWS_A = 0.5  # less is what a station uses itself


def moment(time_s: float) -> datetime | None:
    """Return seconds since 1970 as a moment, None where it is unknown or never."""
    return datetime.fromtimestamp(time_s, UTC) if math.isfinite(time_s) else None


def site_view(site: LiveSite) -> SiteOut:
    """Return the site as a whole."""
    memory, decision = site.loop.memory, newest(site)
    running = [seat.session for seat in memory.seats if seat.session is not None]
    current_a = memory.readings.current_a
    links = [site.gateway.link(name) for name in site.desks]
    return SiteOut(
        name=site.config.site.name,
        time_zone=site.config.site.time_zone,
        now=datetime.fromtimestamp(site.clock.now_s(), UTC),
        architecture=memory.architecture,
        mode="starting" if decision is None else decision.mode.value,
        decided=None if decision is None else moment(decision.now_s),
        sessions_count=len(running),
        charging_count=sum(1 for s in running if current_a[s.evse] > FLOWS_A),
        power_w=round(float((current_a * memory.columns.w_per_a).sum()), 1),
        stations_count=len(links),
        connected_count=sum(1 for link in links if link is not None),
        parked_count=len(site.parked()),
        is_draining=site.gateway.is_draining,
        is_failing=bool(site.loop.alarms.failure),
        limits=limits_view(site),
        batteries=batteries_view(site),
    )


def limits_view(site: LiveSite) -> list[LimitOut]:
    """Return the limits from outside that have not ended."""
    now_s = site.clock.now_s()
    limits = [imposed.limit for imposed in site.loop.memory.outside]
    return [limit_view(site, limit) for limit in limits if now_s < limit.until_s]


def limit_view(site: LiveSite, limit: OutsideLimit) -> LimitOut:
    """Return one limit from outside."""
    now_s, words = site.clock.now_s(), imposed_words(limit, site.clock.now_s(), site.config.site.time_zone)
    return LimitOut(
        id=limit.limit_id,
        source=limit.source.value,
        kind=limit.kind.value,
        circuit=limit.circuit_id or None,
        limit_a=limit.limit_a,
        power_w=limit.power_w,
        begins=moment(limit.from_s),
        until=datetime.fromtimestamp(limit.until_s, UTC),
        is_in_force=limit.from_s <= now_s < limit.until_s,
        sentence=f"{words[0].upper()}{words[1:]}.",
    )


def rows_view(site: LiveSite) -> list[RowOut]:
    """Return every limit: each circuit on each phase."""
    network, decision, readings = site.network, newest(site), site.loop.memory.readings
    parents = {circuit.circuit_id: circuit.parent_id for circuit in site.config.site.circuits}
    now_s = site.clock.now_s()
    found = []
    for row, name in enumerate(network.row_ids):
        circuit, _, phase = name.partition("/")
        age_s = now_s - float(readings.row_sampled_s[row])
        imposed_a = [
            each.rating_a
            for each in site.loop.memory.outside
            if row in each.rows
            and each.limit.kind is LimitKind.LIMIT
            and each.limit.from_s <= now_s < each.limit.until_s
        ]
        found.append(
            RowOut(
                row=name,
                circuit=circuit,
                parent=parents.get(circuit) or None,
                phase=phase,
                rating_a=float(network.grid.rating_a[row]),
                outside_limit_a=min(imposed_a, default=None),
                may_carry_a=None if decision is None else rounded(decision.row_rating_a[row]),
                worst_load_a=None if decision is None else rounded(decision.row_load_a[row]),
                is_metered=bool(network.is_metered[row]),
                measured_a=rounded(readings.row_a[row]) if math.isfinite(age_s) else None,
                measured_age_s=rounded(age_s),
            )
        )
    return found


def stations_view(site: LiveSite) -> list[StationOut]:
    """Return the stations that take part."""
    evse_ids = site.network.evse_ids
    found = []
    for name, desk in sorted(site.desks.items()):
        link = site.gateway.link(name)
        peer = None if link is None else link.peer
        found.append(
            StationOut(
                id=name,
                is_connected=peer is not None,
                version=None if peer is None else peer.subprotocol,
                address=None if peer is None else peer.address,
                security_profile=None if peer is None else int(peer.profile),
                evses=[evse_ids[outlet.evse] for outlet in desk.place.outlets.values()],
            )
        )
    return found


def parked_view(site: LiveSite) -> list[ParkedOut]:
    """Return the stations that wait for a word."""
    return [
        ParkedOut(
            id=one.identity,
            address=one.address,
            version=one.version,
            security_profile=int(one.profile),
            vendor=one.vendor,
            model=one.model,
            mark=one.mark,
            first_seen=datetime.fromtimestamp(one.first_seen_s, UTC),
            last_seen=datetime.fromtimestamp(one.last_seen_s, UTC),
            is_connected=one.is_connected,
        )
        for one in site.parked()
    ]


def evses_view(site: LiveSite) -> list[EvseOut]:
    """Return every outlet with its limit and the reason."""
    memory, decision, network = site.loop.memory, newest(site), site.network
    owner = {outlet.evse: name for name, desk in site.desks.items() for outlet in desk.place.outlets.values()}
    now_s = site.clock.now_s()
    found = []
    for seat in memory.seats:
        evse, session = seat.evse, seat.session
        age_s = now_s - float(memory.readings.sampled_s[evse])
        reason = None if decision is None else decision.reason(evse)
        found.append(
            EvseOut(
                id=network.evse_ids[evse],
                station=owner.get(evse),
                state="free" if session is None else session.state.value,
                session=None if session is None else session.session_id,
                limit_a=round(float(memory.grants.limit_a[evse]), 3),
                lease_until=moment(float(memory.grants.lease_until_s[evse])),
                current_a=rounded(memory.readings.current_a[evse]) if math.isfinite(age_s) else None,
                age_s=rounded(age_s),
                cause=None if reason is None else reason.cause.name.lower(),
                sentence=None
                if decision is None or session is None
                else sentence_of(site, memory, decision, evse),
                record=None
                if decision is None or reason is None
                else operator_record(
                    reason, network.evse_ids[evse], decision.now_s, site.config.site.time_zone
                ),
            )
        )
    return found


def session_view(site: LiveSite, session: SessionFacts) -> SessionOut:
    """Return one running visit."""
    memory, decision, evse = site.loop.memory, newest(site), session.evse
    place = 0 if decision is None else int(decision.place[evse])
    heard = math.isfinite(float(memory.readings.sampled_s[evse]))
    return SessionOut(
        id=session.session_id,
        evse=site.network.evse_ids[evse],
        state=session.state.value,
        since=datetime.fromtimestamp(session.state_since_s, UTC),
        arrived=datetime.fromtimestamp(session.arrival_s, UTC),
        id_token=session.id_token,
        tier=session.tier,
        delivered_wh=rounded(delivered_wh(memory, session)),
        exported_wh=rounded(_exported_wh(memory, session)),
        need=need_view(session.need),
        limit_a=round(float(memory.grants.limit_a[evse]), 3),
        current_a=rounded(memory.readings.current_a[evse]) if heard else None,
        queue_place=place or None,
        expected_start=None if decision is None else moment(float(decision.expected_start_s[evse])),
        sentence=None if decision is None else sentence_of(site, memory, decision, evse),
    )


def need_view(need: Need) -> NeedOut:
    """Return what a driver wants."""
    return NeedOut(
        energy_wh=rounded(need.energy_wh),
        departure=moment(need.departure_s),
        soc_ratio=rounded(need.soc_ratio),
        floor_ratio=rounded(need.floor_ratio),
        battery_wh=rounded(need.battery_wh),
    )


def delivered_wh(memory: ControllerMemory, session: SessionFacts) -> float:
    """Return the energy by the newest reading. The session's own facts know the register only as of its last event."""
    register_wh = float(memory.readings.energy_wh[session.evse])
    by_reading_wh = register_wh - session.register_start_wh
    return by_reading_wh if by_reading_wh >= 0.0 else session.delivered_wh


def _exported_wh(memory: ControllerMemory, session: SessionFacts) -> float:
    """Return what the vehicle fed back by the newest reading, NaN where no register of it was told."""
    if memory.discharge is None:
        return 0.0
    return float(memory.discharge.exported_wh[session.evse] - memory.discharge.start_wh[session.evse])


def sentence_of(
    site: LiveSite, memory: ControllerMemory, decision: Decision, evse: int, reason: Reason | None = None
) -> str:
    """Return what the driver at an outlet reads. reason: the decision's, where it is known already."""
    reason = decision.reason(evse) if reason is None else reason
    circuit = reason.binding_row.partition("/")[0]
    around = Around(
        time_zone=site.config.site.time_zone,
        place_name=circuit or "this site",
        sharing_count=max(0, int(memory.columns.present.sum()) - 1),
        queue_place=int(decision.place[evse]),
        lifts_s=float(decision.expected_start_s[evse]),
        now_s=decision.now_s,
    )
    return driver_sentence(reason, around)


def decision_view(decision: Decision, time_zone: str) -> DecisionOut:
    """Return what one cycle changed."""
    changes = [
        operator_record(point.reason, point.evse_id, point.time_s, time_zone)
        for point in decision.setpoints()
        if point.reason.before_a != point.reason.after_a
    ]
    return DecisionOut(
        time=datetime.fromtimestamp(decision.now_s, UTC),
        architecture=decision.architecture,
        mode=decision.mode.value,
        changes=[one for one in changes if one["before_a"] != one["after_a"]],  # as they are shown
    )


def alarms_view(site: LiveSite, count: int) -> list[AlarmOut]:
    """Return at most so many alarms: those that last, then the others, the newest of each first."""
    return [alarm_view(alarm) for alarm in site.loop.logbook.shown(count)]


def alarm_view(alarm: Alarm) -> AlarmOut:
    """Return one alarm."""
    return AlarmOut(
        time=datetime.fromtimestamp(alarm.time_s, UTC),
        state=state_of(alarm),
        over=datetime.fromtimestamp(alarm.over_s, UTC) if alarm.is_over else None,
        severity=alarm.severity.value,
        source=alarm.source,
        kind=alarm.kind.value,
        what=alarm.what,
        effect=alarm.effect,
        next_step=alarm.next_step,
    )


def newest(site: LiveSite) -> Decision | None:
    """Return the newest decision, None before the first."""
    decisions = site.loop.logbook.decisions
    return decisions[-1] if decisions else None


def rounded(value: SupportsFloat) -> float | None:
    """Return a number to three decimals, None where it is unknown or unlimited."""
    return round(float(value), 3) if math.isfinite(float(value)) else None

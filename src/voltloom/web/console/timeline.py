"""What happened to one station, newest first: its links and boots, what the controller counted for it and gave it, alarms, commands."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from pydantic import BaseModel

from voltloom.decision.reason import Cause
from voltloom.live.attendance import Event, Held, Sign
from voltloom.live.running import LiveSite
from voltloom.web.console.outlets import moment_ms
from voltloom.web.console.rings import Changes
from voltloom.web.views import rounded

CHANGES_COUNT = 500  # of each outlet that are looked at
# Causes that are about the station; other changes are told only while it was gone.
OF_STATIONS = frozenset(
    cause.name.lower()
    for cause in (
        *(Cause.STATION_SILENT, Cause.NO_LEASE, Cause.RESTART, Cause.DISOBEYED, Cause.FAULT),
        *(Cause.STALE_READING, Cause.IMPLAUSIBLE_READING),
    )
)
Kind = Literal["link", "reserved", "fell_back", "limit", "alarm", "notice", "command"]


class Absence(NamedTuple):
    """From when until when a station was gone; inf while it is."""

    gone_s: float
    back_s: float


class HappenedOut(BaseModel):
    """One thing. what: by kind, the sign of a link, an alarm's kind, a change's cause, a command's state, a notice's message.

    detail: in the station's, the gateway's or the alarm's words. reserved: before_a was allowed, after_a is counted until until_ms.
    fell_back: after_a holds from then on by the station itself. limit: before_a → after_a, was_gone: decided while it could not
    hear of it. by: who asked for a command.
    """

    at_ms: int
    kind: Kind
    what: str
    detail: str = ""
    evse: str | None = None
    before_a: float | None = None
    after_a: float | None = None
    until_ms: int | None = None
    by: str | None = None
    times_count: int = 1
    was_gone: bool = False


def timeline(site: LiveSite, changes: Changes, identity: str) -> list[HappenedOut]:
    """Return all that is remembered of a station, the newest first, also those of a kind with the same millisecond."""
    events = site.attendance.events_of(identity)
    evses = site.enrolment.roll.evses_of(identity)
    found = [*_limits(changes, evses, _absences(events)), *told_of_links(events, site.clock.now_s())]
    found += _alarms(site, {identity, *evses})
    found += [
        HappenedOut(at_ms=round(one.at_s * 1000.0), kind="notice", what=one.action, detail=one.what)
        for one in reversed(site.notices.notices)
        if one.station_id == identity
    ]
    found += _commands(site, identity)
    return sorted(found, key=lambda one: one.at_ms, reverse=True)


def told_of_links(events: Sequence[Event], now_s: float) -> list[HappenedOut]:
    """Return what became of links, and of the outlets while there was none, the newest first. events: the oldest first."""
    found = [*_held(events, now_s), *_links(events)]  # what followed from an end stands after it
    return sorted(found, key=lambda one: one.at_ms, reverse=True)


def _links(events: Sequence[Event]) -> Iterator[HappenedOut]:
    for one in reversed(events):
        at_ms = round(one.at_s * 1000.0)
        yield HappenedOut(
            at_ms=at_ms, kind="link", what=one.sign.value, detail=one.detail, times_count=one.times_count
        )


def _absences(events: Sequence[Event]) -> list[Absence]:
    """Return when a station was gone, the oldest first."""
    found: list[Absence] = []
    gone_s = math.nan
    for one in events:
        if one.sign is Sign.DISCONNECTED:
            gone_s = one.at_s
        elif one.sign is Sign.CONNECTED:
            if math.isfinite(gone_s):
                found.append(Absence(gone_s, one.at_s))
            gone_s = math.nan
    return [*found, Absence(gone_s, math.inf)] if math.isfinite(gone_s) else found


def _held(events: Sequence[Event], now_s: float) -> Iterator[HappenedOut]:
    """Tell what was counted for each outlet when its station went, and when it fell back by itself."""
    ends = dict(_absences(events))
    for one in reversed(events):
        back_s = ends.get(one.at_s, one.at_s)  # a link that another replaced was no absence
        if back_s > one.at_s:
            for held in one.held:
                yield from _of_outlet(one.at_s, held, min(back_s, now_s))


def _of_outlet(gone_s: float, held: Held, until_s: float) -> Iterator[HappenedOut]:
    lease_ms = moment_ms(held.lease_until_s)
    yield HappenedOut(
        at_ms=round(gone_s * 1000.0),
        kind="reserved",
        what="station_silent",
        evse=held.evse,
        before_a=rounded(held.limit_a),
        after_a=rounded(max(held.reserved_a, held.limit_a)),
        until_ms=lease_ms,
    )
    if lease_ms is not None and gone_s <= held.lease_until_s <= until_s:
        yield HappenedOut(
            at_ms=lease_ms,
            kind="fell_back",
            what="no_lease",
            evse=held.evse,
            before_a=rounded(held.limit_a),
            after_a=rounded(held.offline_a),
        )


def _limits(changes: Changes, evses: Sequence[str], absences: Sequence[Absence]) -> Iterator[HappenedOut]:
    for evse in evses:
        for one in changes.matching(before_id=0, evse=evse, cause="", session="", most_count=CHANGES_COUNT):
            at_s = one.at_ms / 1000.0
            was_gone = any(gone_s <= at_s <= back_s for gone_s, back_s in absences)
            if was_gone or one.cause in OF_STATIONS:
                yield HappenedOut(
                    at_ms=one.at_ms,
                    kind="limit",
                    what=one.cause,
                    detail=one.sentence,
                    evse=evse,
                    before_a=one.before_a,
                    after_a=one.after_a,
                    was_gone=was_gone,
                )


def _alarms(site: LiveSite, sources: set[str]) -> Iterator[HappenedOut]:
    for alarm in reversed(site.loop.logbook.alarms):
        if alarm.source in sources:
            yield HappenedOut(
                at_ms=round(alarm.time_s * 1000.0),
                kind="alarm",
                what=alarm.kind.value,
                detail=f"{alarm.what}. {alarm.effect}.",
                until_ms=round(alarm.over_s * 1000.0) if alarm.is_over else None,
                evse=alarm.source if alarm.source in site.network.index else None,
            )


def _commands(site: LiveSite, identity: str) -> Iterator[HappenedOut]:
    for record in reversed(site.orders.orders(identity)):
        for step in reversed(record.steps):
            yield HappenedOut(
                at_ms=round(step.at_s * 1000.0),
                kind="command",
                what=step.state.value,
                detail=": ".join(filter(None, (record.order.kind, step.why))),
                by=record.order.by,
            )

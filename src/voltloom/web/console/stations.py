"""Stations over the interface as a console shows them: what each is, what it holds, how soon it answers, and a word of its own."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field

from voltloom.controller.leases.grants import ceiling_a
from voltloom.live.enrolment.kinds import StationKept, Turn
from voltloom.live.gateway.stations import Standing
from voltloom.live.running import LiveSite
from voltloom.web.acting import Operator
from voltloom.web.console.labels import Labels
from voltloom.web.console.looking_back import Watching
from voltloom.web.console.outlets import moment_ms
from voltloom.web.console.timeline import HappenedOut, timeline
from voltloom.web.models import Asked, DoneOut
from voltloom.web.problems import Problem
from voltloom.web.reading import Deeds, Running, Viewer
from voltloom.web.views import rounded

router = APIRouter(prefix="/api/v1", tags=["stations"])


def labels_of(request: Request) -> Labels:
    """Return what people call their stations."""
    labels: Labels = request.app.state.labels
    return labels


Labelling = Annotated[Labels, Depends(labels_of)]


class HoldsOut(BaseModel):
    """What an outlet holds. may_a: sent last, until lease_ms; then offline_a by itself. is_confirmed: the station said that it has this
    limit; is_followed: its current has kept to it since. reserved_a: the most that is counted for it now.
    """

    evse: str
    may_a: float
    is_confirmed: bool
    is_followed: bool
    lease_ms: int | None
    reserved_a: float
    offline_a: float
    draws_a: float | None
    most_a: float
    state: str


class StationDetailsOut(BaseModel):
    """A station that has outlets here. connected_ms: since when, null while it is not. last_seen_ms: its newest word before that.

    vendor to firmware: of its newest boot, "" where it never told. answers_count, median_ms, p95_ms: its newest answers to commands and
    limits, in real time. problem: why it cannot take part, "" where it can.
    """

    id: str
    label: str
    is_connected: bool
    connected_ms: int | None
    last_seen_ms: int | None
    version: str | None
    address: str | None
    security_profile: int | None
    least_profile: int | None
    vendor: str
    model: str
    serial: str
    firmware: str
    answers_count: int
    median_ms: float | None
    p95_ms: float | None
    open_commands_count: int
    problem: str
    outlets: list[HoldsOut]


class RejectedOut(BaseModel):
    """A station that is let in no more. by, reason: of whoever rejected it, as far as is known."""

    id: str
    by: str
    reason: str


class FleetOut(BaseModel):
    """All stations with outlets, those that were rejected, and outlets where none stands."""

    stations: list[StationDetailsOut]
    rejected: list[RejectedOut]
    free_evses: list[str]


class LabelIn(Asked):
    """What people call a station; "" for nothing."""

    label: str = Field(max_length=60, pattern=r"^[^\x00-\x1f\x7f]*$")


class LabelOut(BaseModel):
    """What a station is called now."""

    id: str
    label: str


@router.get("/fleet", dependencies=[Viewer])
async def get_fleet(site: Running, labels: Labelling) -> FleetOut:
    """Every station with what it is, what its outlets hold, and how soon it answers."""
    called = await labels.all()
    places, directory = site.enrolment.roll.places, site.enrolment.roll.directory
    refused = [one.identity for one in directory.stations if one.standing is Standing.REFUSED]
    refused += [
        name
        for name in dict.fromkeys(kept.identity for kept in site.enrolment.roll.kept)
        if name not in refused and (one := directory.find(name)) and one.standing is Standing.REFUSED
    ]
    taken = {evse for name in places if name not in refused for evse in site.enrolment.roll.evses_of(name)}
    return FleetOut(
        stations=[
            _details(site, name, called.get(name, "")) for name in sorted(places) if name not in refused
        ],
        rejected=[_rejected(site, name) for name in sorted(refused)],
        free_evses=[name for name in site.network.evse_ids if name not in taken],
    )


@router.get("/stations/{identity}/timeline", dependencies=[Viewer])
async def get_timeline(
    identity: str,
    site: Running,
    console: Watching,
    count: Annotated[int, Query(ge=1, le=500, description="At most so many, the newest first.")] = 200,
) -> list[HappenedOut]:
    """What happened to a station: links, boots, what the controller counted and gave while it was gone, alarms, commands, its own words."""
    _known(site, identity)
    return timeline(site, console.changes, identity)[:count]


@router.put("/stations/{identity}/label")
async def put_label(
    identity: str, asked: LabelIn, site: Running, labels: Labelling, deeds: Deeds, key: Operator
) -> LabelOut:
    """Call a station something beside its identity."""
    _known(site, identity)
    label, before = asked.label.strip(), (await labels.all()).get(identity, "")
    if label != before:
        await deeds.note(key, "label_station", identity, before=before, after=label)
        await labels.put(identity, label)
    return LabelOut(id=identity, label=label)


@router.post("/stations/{identity}/readmission")
async def post_readmission(identity: str, site: Running, deeds: Deeds, key: Operator) -> DoneOut:
    """Let a rejected station come again: with the outlets it had, or else as a stranger."""
    known = site.enrolment.roll.directory.find(identity)
    if known is None or known.standing is not Standing.REFUSED:
        detail = f"'{identity}' was not rejected. See /api/v1/fleet for those that were."
        raise Problem(HTTPStatus.CONFLICT, detail)
    when = await deeds.note(key, "readmit_station", identity)
    await site.enrolment.readmit(identity, by=key.key_id)
    return DoneOut(done=f"{identity} may come again", by=key.key_id, time=when)


def _known(site: LiveSite, identity: str) -> None:
    """Raises Problem for a station without outlets here."""
    if identity not in site.enrolment.roll.places:
        raise Problem(HTTPStatus.NOT_FOUND, f"No station '{identity}' is known. See /api/v1/fleet.")


def _details(site: LiveSite, name: str, label: str) -> StationDetailsOut:
    link, roll = site.gateway.link(name), site.enrolment.roll
    peer = None if link is None or link.is_parked else link.peer
    boot, pace, known = (
        site.attendance.boot_of(name),
        site.attendance.pace_of(name),
        roll.directory.find(name),
    )
    orders = site.orders.orders(name)
    return StationDetailsOut(
        id=name,
        label=label,
        is_connected=peer is not None,
        connected_ms=None if peer is None else moment_ms(site.attendance.connected_s(name)),
        last_seen_ms=None if name not in roll.last_seen_s else moment_ms(roll.last_seen_s[name]),
        version=None if peer is None else peer.subprotocol,
        address=None if peer is None else peer.address,
        security_profile=None if peer is None else int(peer.profile),
        least_profile=None if known is None else int(known.least_profile),
        vendor="" if boot is None else boot.vendor,
        model="" if boot is None else boot.model,
        serial="" if boot is None else boot.serial,
        firmware="" if boot is None else boot.firmware,
        answers_count=0 if pace is None else pace.answers_count,
        median_ms=None if pace is None else rounded(pace.median_s * 1000.0),
        p95_ms=None if pace is None else rounded(pace.p95_s * 1000.0),
        open_commands_count=sum(1 for one in orders if one.is_open),
        problem=roll.problems.get(name, ""),
        outlets=_holds(site, name),
    )


def _holds(site: LiveSite, name: str) -> list[HoldsOut]:
    memory, network = site.loop.memory, site.network
    grants, readings = memory.grants, memory.readings
    reserved_a = ceiling_a(grants, network.offline_a, site.clock.now_s())
    found = []
    for evse in [network.index[one] for one in site.enrolment.roll.evses_of(name)]:
        session = memory.seats[evse].session
        sampled_ms = moment_ms(float(readings.sampled_s[evse]))
        found.append(
            HoldsOut(
                evse=network.evse_ids[evse],
                may_a=round(float(grants.limit_a[evse]), 3),
                is_confirmed=bool(grants.confirmed_serial[evse] >= grants.value_serial[evse]),
                is_followed=bool(grants.followed[evse]),
                lease_ms=moment_ms(float(grants.lease_until_s[evse])),
                reserved_a=round(float(reserved_a[evse]), 3),
                offline_a=round(float(network.offline_a[evse]), 3),
                draws_a=None if sampled_ms is None else rounded(readings.current_a[evse]),
                most_a=float(network.max_a[evse]),
                state="free" if session is None else session.state.value,
            )
        )
    return found


def _rejected(site: LiveSite, name: str) -> RejectedOut:
    told: StationKept | None = next(
        (
            kept
            for kept in reversed(site.enrolment.roll.kept)
            if kept.identity == name and kept.turn is Turn.REJECTED
        ),
        None,
    )
    return RejectedOut(
        id=name, by="" if told is None else told.by, reason="" if told is None else told.reason
    )

"""The demo bar: how fast time runs, and faults that are put in and taken away. Only a demo has these routes."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Final, NamedTuple

import numpy as np
from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from voltloom.controller.outlooks import HORIZON_S
from voltloom.live.running import LiveSite
from voltloom.session.events import PricesTold
from voltloom.site.mistakes import did_you_mean
from voltloom.site.outside import LimitSource
from voltloom.site.tariff import PriceSeries, Tariff, price_steps
from voltloom.units import SECONDS_PER_HOUR
from voltloom.web.acting import Operator
from voltloom.web.console.faults import OF_METERS, OF_SITE, Fault, FaultKind, Faults
from voltloom.web.console.state import Console
from voltloom.web.keys import Asker
from voltloom.web.limiting import delete_limit, post_limit
from voltloom.web.models import Asked, DoneOut, LimitIn
from voltloom.web.problems import Problem, wrong_field
from voltloom.web.reading import Deeds, Running

CUT_TO_RATIO: Final = 0.6
SPIKE_RATIO: Final = 4.0
LIMIT_NAME: Final = "demo-"
router = APIRouter(prefix="/api/v1/demo", tags=["demo"])


class ClockIn(Asked):
    """How fast time runs from now on."""

    speed_ratio: float = Field(ge=1.0, le=300.0)
    is_paused: bool = False


class FaultIn(Asked):
    """A fault to put in. target: an outlet, for a meter also a circuit; left out, the outlet that draws most, the circuit's meter."""

    kind: FaultKind
    target: str = Field(default="", max_length=200)
    length_s: float = Field(default=1800.0, ge=60.0, le=86_400.0)


class FaultOut(BaseModel):
    """A fault that was put in."""

    number: int
    kind: FaultKind
    target: str
    until: datetime


class Demo(NamedTuple):
    """A demo's faults beside its console."""

    faults: Faults
    console: Console


def demo_of(request: Request) -> Demo:
    """Return the demo."""
    state = request.app.state
    return Demo(state.faults, state.console)


Playing = Annotated[Demo, Depends(demo_of)]


@router.put("/clock")
async def put_clock(asked: ClockIn, site: Running, deeds: Deeds, key: Operator, demo: Playing) -> DoneOut:
    """Let time run at another speed, or stand still."""
    before, after = (
        _pace(site.clock.speed_ratio, is_paused=site.clock.is_paused),
        _pace(asked.speed_ratio, is_paused=asked.is_paused),
    )
    when = await deeds.note(key, "set_demo_speed", "clock", before=before, after=after)
    site.clock.run_at(asked.speed_ratio, is_paused=asked.is_paused)
    demo.faults.pass_on()  # delays in real time depend on it
    return DoneOut(done=after, by=key.key_id, time=when)


@router.post("/faults", status_code=HTTPStatus.CREATED)
async def post_fault(
    asked: FaultIn, request: Request, site: Running, deeds: Deeds, key: Operator, demo: Playing
) -> FaultOut:
    """Put a fault in; it ends by itself."""
    now_s = site.clock.now_s()
    taken = {one.target for one in demo.faults.lasting(now_s)}
    target = _target(asked, site, taken)
    fault = Fault(demo.faults.number(), asked.kind, target, now_s, now_s + asked.length_s)
    if asked.kind is FaultKind.LIMIT_CUT:
        circuit = demo.console.tree.roots[0]
        root = [row for row, name in enumerate(site.network.row_circuit) if name == circuit]
        limit = LimitIn(
            id=LIMIT_NAME + str(fault.number),
            source=LimitSource.GRID_OPERATOR,
            circuit=circuit,
            limit_a=round(CUT_TO_RATIO * float(site.network.grid.rating_a[root].min()), 1),
            until=_moment(fault.until_s),
        )
        await post_limit(limit, Response(), site, deeds, Asker(key, ""), request.app.state.limits_turn)
    else:
        buys = site.config.buys
        if asked.kind is FaultKind.PRICE_SPIKE and buys is None:
            raise wrong_field(
                "body.kind", "needs prices", "Write [control.planning.buys] in the site's file."
            )
        await deeds.note(key, "begin_fault", target or "site", after=asked.kind.value)
        if asked.kind is FaultKind.PRICE_SPIKE and buys is not None:
            series = spiked(buys, now_s, fault.until_s)
            await site.loop.order((PricesTold(time_s=now_s, series=series),), key.key_id)
    demo.faults.begin(fault)
    return FaultOut(number=fault.number, kind=fault.kind, target=target, until=_moment(fault.until_s))


@router.delete("/faults/{number}")
async def delete_fault(
    number: int, request: Request, site: Running, deeds: Deeds, key: Operator, demo: Playing
) -> DoneOut:
    """Take a fault away before its end."""
    found = next((one for one in demo.faults.lasting(site.clock.now_s()) if one.number == number), None)
    if found is None:
        raise Problem(HTTPStatus.NOT_FOUND, f"No fault {number} lasts. It may have ended by itself.")
    return await _end(found, request, site, deeds, key)


@router.delete("/faults")
async def delete_faults(
    request: Request, site: Running, deeds: Deeds, key: Operator, demo: Playing
) -> DoneOut:
    """Take all faults away."""
    lasting = demo.faults.lasting(site.clock.now_s())
    for fault in lasting:
        await _end(fault, request, site, deeds, key)
    when = datetime.fromtimestamp(site.clock.now_s(), UTC)
    return DoneOut(done=f"{len(lasting)} faults ended", by=key.key_id, time=when)


async def _end(fault: Fault, request: Request, site: LiveSite, deeds: Deeds, key: Operator) -> DoneOut:
    now_s, buys = site.clock.now_s(), site.config.buys
    if fault.kind is FaultKind.LIMIT_CUT:
        name, turn = LIMIT_NAME + str(fault.number), request.app.state.limits_turn
        done = await delete_limit(LimitSource.GRID_OPERATOR, name, site, deeds, key, turn)
    else:
        when = await deeds.note(key, "end_fault", fault.target or "site", before=fault.kind.value)
        done = DoneOut(done=f"{fault.kind.value} ended", by=key.key_id, time=when)
        if fault.kind is FaultKind.PRICE_SPIKE and buys is not None:
            series = spiked(buys, now_s, now_s)
            await site.loop.order((PricesTold(time_s=now_s, series=series),), key.key_id)
    faults: Faults = request.app.state.faults
    faults.end(fault.number)
    return done


def spiked(tariff: Tariff, now_s: float, until_s: float) -> PriceSeries:
    """Return a tariff's prices of the coming two days, many times as high from now until a moment."""
    begin_s = now_s // SECONDS_PER_HOUR * SECONDS_PER_HOUR
    steps = price_steps(tariff, begin_s, begin_s + HORIZON_S)
    edges_s = {step.start_s for step in steps} | ({now_s, until_s} if until_s > now_s else set())
    starts_s = sorted({int(edge_s) for edge_s in edges_s})
    prices = [
        round(
            max(
                (step for step in steps if step.start_s <= at_s), key=lambda step: step.start_s
            ).price_nano_per_kwh
            * (SPIKE_RATIO if int(now_s) <= at_s < int(until_s) else 1.0)
        )
        for at_s in starts_s
    ]
    return PriceSeries(
        start_s=tuple(starts_s), price_nano_per_kwh=tuple(prices), end_s=int(begin_s + HORIZON_S)
    )


def _target(asked: FaultIn, site: LiveSite, taken: Collection[str]) -> str:
    """Return where a fault is put in; where nobody says, not where there is one already. Raises Problem."""
    if asked.kind in OF_SITE:
        return ""
    network = site.network
    metered = list(dict.fromkeys(np.array(network.row_circuit)[network.is_metered].tolist()))
    known = [*network.evse_ids, *(metered if asked.kind in OF_METERS else [])]
    if asked.target and asked.target not in known:
        raise wrong_field(
            "body.target", "is nothing here that can have this fault", did_you_mean(asked.target, known)
        )
    if asked.target:
        return asked.target
    if asked.kind in OF_METERS and metered:
        return str(metered[0])
    draws_a = np.abs(np.nan_to_num(site.loop.memory.readings.current_a))
    draws_a[[network.index[name] for name in taken if name in network.index]] = -1.0
    return network.evse_ids[int(np.argmax(draws_a))]


def _pace(speed_ratio: float, *, is_paused: bool) -> str:
    return "paused" if is_paused else f"{speed_ratio:g} times real time"


def _moment(time_s: float) -> datetime:
    return datetime.fromtimestamp(math.ceil(time_s), UTC)

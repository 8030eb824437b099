"""What the site expects, by what it has learned, how good that was so far, and how old the prices are it plans with."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Literal

import numpy as np
from fastapi import APIRouter
from pydantic import BaseModel

from voltloom.controller.outlooks import LASTS_S
from voltloom.forecast.comers import Comers
from voltloom.forecast.connection import Beside, expected_kw
from voltloom.forecast.learned import Learned, skills_of
from voltloom.forecast.spreads import Amount
from voltloom.live.running import LiveSite
from voltloom.units import SECONDS_PER_HOUR
from voltloom.web.reading import Running, Viewer

router = APIRouter(prefix="/api/v1")
DIGITS = 3
WATTS_PER_KW = 1000.0


class ExpectedVehicleOut(BaseModel):
    """A vehicle that is there. departure: when it is expected to leave; energy_kwh: to have taken in all by then."""

    evse: str
    departure: datetime
    energy_kwh: float


class ExpectedPowerOut(BaseModel):
    """A quarter of an hour. power_kw: at the grid connection beside vehicles and batteries, below 0 where the sun gives more."""

    start: datetime
    power_kw: float | None


class ExpectedArrivalsOut(BaseModel):
    """An hour in which somebody is likely to come. visits_count: expected in it, not whole. energy_kwh: what all of them will want."""

    start: datetime
    visits_count: float
    energy_kwh: float


class SkillOut(BaseModel):
    """How good a forecast was. mean_error_score: in the unit. error_ratio: its error over that of a seasonal-naive one, below 1 is better.

    covered_ratio: how many outcomes its 80 % band held. All null before any outcome.
    """

    what: Literal["stay", "energy", "load", "sun"]
    unit: Literal["h", "kWh", "kW"]
    outcomes: int
    mean_error_score: float | None
    error_ratio: float | None
    covered_ratio: float | None


class PricesOut(BaseModel):
    """The price service. used: "told" are its own prices of now, "last_day" those of the last day told, "standing" the tariff's.

    problem: what went wrong with the newest attempt, "" where it went well.
    """

    used: Literal["told", "last_day", "standing"]
    told_until: datetime | None
    age_s: float | None
    is_stale: bool
    problem: str


class ForecastsOut(BaseModel):
    """What is expected. departures: whether plans go by it or by what drivers tell. visits: how many have taught. arrivals: of the next
    12 h, by the last five like days.

    prices: null without a price service.
    """

    departures: Literal["told", "forecast"]
    visits: int
    vehicles: list[ExpectedVehicleOut]
    arrivals: list[ExpectedArrivalsOut]
    connection: list[ExpectedPowerOut]
    skills: list[SkillOut]
    prices: PricesOut | None


@router.get("/forecasts", tags=["decisions"], dependencies=[Viewer])
async def get_forecasts(site: Running) -> ForecastsOut:
    """What is expected of vehicles, building and sun, how good such forecasts were, and how old the prices are."""
    learned = site.loop.memory.learned
    return ForecastsOut(
        departures=site.config.settings.planning.departures.value,
        visits=0 if learned is None else int(learned.visits.user.size),
        vehicles=[] if learned is None else _vehicles(learned, site),
        arrivals=[]
        if learned is None or learned.comers is None
        else arrivals_by_hour(learned.comers, site.clock.now_s()),
        connection=[] if learned is None or learned.beside is None else _connection(learned.beside),
        skills=[] if learned is None else [SkillOut.model_validate(told) for told in skills_of(learned)],
        prices=_prices(site),
    )


def _vehicles(learned: Learned, site: LiveSite) -> list[ExpectedVehicleOut]:
    return [
        ExpectedVehicleOut(
            evse=site.network.evse_ids[evse],
            departure=datetime.fromtimestamp(float(learned.departure_s[evse]), UTC),
            energy_kwh=round(float(learned.energy_wh[evse]) / WATTS_PER_KW, DIGITS),
        )
        for evse in np.flatnonzero(np.isfinite(learned.departure_s))
    ]


def arrivals_by_hour(comers: Comers, now_s: float) -> list[ExpectedArrivalsOut]:
    """Return who is likely to come from now on in each hour in which somebody is. comers: as they were told last, maybe long ago."""
    comers = Comers._make(column[comers.arrival_s > now_s] for column in comers)
    hour = (comers.arrival_s // SECONDS_PER_HOUR).astype(np.int64)
    return [
        ExpectedArrivalsOut(
            start=datetime.fromtimestamp(float(at * SECONDS_PER_HOUR), UTC),
            visits_count=round(float(comers.share_count[hour == at].sum()), DIGITS),
            energy_kwh=round(
                float((comers.share_count * comers.need_wh)[hour == at].sum()) / WATTS_PER_KW, DIGITS
            ),
        )
        for at in np.unique(hour)
    ]


def _connection(beside: Beside) -> list[ExpectedPowerOut]:
    edge_s, other_kw = expected_kw(beside)
    return [
        ExpectedPowerOut(start=datetime.fromtimestamp(start_s, UTC), power_kw=_known(power_kw))
        for start_s, power_kw in zip(edge_s[:-1].tolist(), other_kw.tolist(), strict=True)
    ]


def _prices(site: LiveSite) -> PricesOut | None:
    if site.buying is None:
        return None
    known, told, now_s = site.buying.known(), site.loop.memory.prices, site.clock.now_s()
    used: Literal["told", "last_day", "standing"] = "standing"
    if told is not None and told.start_s[0] <= now_s < told.end_s + LASTS_S:
        used = "told" if now_s < told.end_s else "last_day"
    return PricesOut(
        used=used,
        told_until=None if told is None else datetime.fromtimestamp(told.end_s, UTC),
        age_s=_known(known.age_s),
        is_stale=known.is_stale,
        problem=known.problem,
    )


def _known(value: Amount) -> Amount | None:
    return round(value, DIGITS) if math.isfinite(value) else None

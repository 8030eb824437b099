"""What flows at the grid connection beside vehicles and batteries: the building less the sun, learned quarter by quarter.

The building is what meters leave unexplained; a solar plant is known where a meter shows it alone. Where none does, building
and sun are learned as one curve of days: its mean is as good, but a cloudy morning says less of the noon.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from voltloom.forecast.days import Curve, Days, Measured, Now, ahead, measured, nothing_measured
from voltloom.forecast.load import load_ahead, step_at
from voltloom.forecast.pv import Plant, no_sun_yet, sun_ahead, sun_measured
from voltloom.forecast.skill import JUDGED_LEVELS, Skill, judged, unjudged
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY

STEP_S = 900.0
STEPS_COUNT = round(SECONDS_PER_DAY / STEP_S)
JUDGED_STEPS = 4  # an hour ahead
WEEK_DAYS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """What is learned. plants: those with a meter of their own. has_hidden_sun: others feed in behind the building's."""

    time_zone: str
    plants: tuple[Plant, ...] = ()
    has_hidden_sun: bool = False


class Beside(NamedTuple):
    """What is known. load, suns: days as measured, the sun's as clear-sky index. step: the number of the quarter that runs since
    1970, -1 before the first. sum_w, readings_count: of its readings so far, the building first, then each plant.

    told_w: (steps, 1 + plants, 3) quantiles for the quarters from `step` on, as they were told JUDGED_STEPS before; NaN where
    nothing was. load_skill, sun_skill: beside what was a week before, in the first week a day before; the sun a day before.
    mean_w: (steps,) what is expected from `step` on, the building less all plants.
    """

    load: Measured
    suns: tuple[Measured, ...]
    step: int
    sum_w: Floats
    readings_count: int
    told_w: Floats
    mean_w: Floats
    load_skill: Skill
    sun_skill: Skill


def nothing_beside(connection: Connection) -> Beside:
    """Return the memory before any reading."""
    kinds = 1 + len(connection.plants)
    return Beside(
        load=nothing_measured(STEPS_COUNT),
        suns=tuple(no_sun_yet(plant) for plant in connection.plants),
        step=-1,
        sum_w=np.zeros(kinds),
        readings_count=0,
        told_w=np.full((JUDGED_STEPS, kinds, JUDGED_LEVELS.size), np.nan),
        mean_w=np.full(STEPS_COUNT, np.nan),
        load_skill=unjudged(),
        sun_skill=unjudged(),
    )


def with_reading(beside: Beside, connection: Connection, now_s: float, power_w: Floats) -> Beside:
    """Return the memory after a reading: (1 + plants,) what the building draws and each plant gives, NaN where unknown.

    Where a quarter of an hour is over its mean is learned, what was forecast for it is judged, and the next day is forecast.
    """
    step = int(now_s // STEP_S)
    if step > beside.step:
        beside = _turned(beside, connection, step)
    if step < beside.step or not np.isfinite(power_w).all():
        return beside
    return beside._replace(sum_w=beside.sum_w + power_w, readings_count=beside.readings_count + 1)


def expected_kw(beside: Beside) -> tuple[Floats, Floats]:
    """Return the edges (j + 1,) and means (j,) of what is expected at the connection beside vehicles, none before any reading."""
    if beside.step < 0:
        return np.zeros(1), np.zeros(0)
    edge_s: Floats = STEP_S * (beside.step + np.arange(STEPS_COUNT + 1, dtype=np.float64))
    return edge_s, beside.mean_w / 1000.0


def _turned(beside: Beside, connection: Connection, step: int) -> Beside:
    """Return the memory at the beginning of a quarter: the one before filed, the next day forecast."""
    told_w = beside.told_w
    if beside.readings_count:
        beside = _filed(beside, connection)
    passed = min(step - beside.step, JUDGED_STEPS)
    curves = _forecasts(beside, connection, STEP_S * step)
    told_w = np.roll(told_w, -passed, axis=0)
    told_w[-passed:] = np.nan
    # The last row is for the quarter that begins JUDGED_STEPS - 1 after this one: told before its hour.
    told_w[-1] = [curve.quantiles[JUDGED_STEPS - 1] for curve in curves]
    mean_w = curves[0].mean - sum((curve.mean for curve in curves[1:]), np.zeros(STEPS_COUNT))
    kinds = 1 + len(connection.plants)
    return beside._replace(step=step, sum_w=np.zeros(kinds), readings_count=0, told_w=told_w, mean_w=mean_w)


def _filed(beside: Beside, connection: Connection) -> Beside:
    start_s, value_w = STEP_S * beside.step, beside.sum_w / beside.readings_count
    now = step_at(connection.time_zone, start_s, STEP_S)
    a_week_w, a_day_w = _as_before(beside.load, now, WEEK_DAYS), _as_before(beside.load, now, 1)
    naive_w = np.array([a_day_w if np.isnan(a_week_w) else a_week_w])
    load_skill = judged(beside.load_skill, beside.told_w[0, :1], naive_w, value_w[:1])
    sun_skill, suns = beside.sun_skill, []
    for place, (plant, sun) in enumerate(zip(connection.plants, beside.suns, strict=True), start=1):
        at = plant.at(start_s)
        clear_w = sun_ahead(no_sun_yet(plant), plant, start_s, 1, np.ones(1)).quantiles[0, 0]
        naive = np.array([_as_before(sun, at, 1) * clear_w])
        told_w = beside.told_w[0, place : place + 1]
        sun_skill = judged(sun_skill, told_w, naive, value_w[place : place + 1])
        suns.append(sun_measured(sun, plant, start_s, float(value_w[place])))
    load = measured(beside.load, now, float(value_w[0]))
    return beside._replace(load=load, suns=tuple(suns), load_skill=load_skill, sun_skill=sun_skill)


def _forecasts(beside: Beside, connection: Connection, start_s: float) -> list[Curve]:
    now = step_at(connection.time_zone, start_s, STEP_S)
    of_load = ahead if connection.has_hidden_sun else load_ahead
    load = of_load(beside.load, now, STEPS_COUNT, JUDGED_LEVELS)
    return [
        load,
        *(
            sun_ahead(sun, plant, start_s, STEPS_COUNT, JUDGED_LEVELS)
            for plant, sun in zip(connection.plants, beside.suns, strict=True)
        ),
    ]


def _as_before(memory: Measured, now: Now, days_count: int) -> float:
    """Return what was measured at the same time some days before, NaN where nothing was."""
    days: Days = memory.days
    found = np.flatnonzero(days.day == now.day - days_count)
    return float(days.values[found[0], now.step]) if found.size else np.nan

"""Building load, sun and arrivals forecast hour by hour on real records, nothing of the future known."""

import csv
import gzip
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.forecast_stays import FULL_POWER_W
from voltloom.forecast.arrivals import arrivals_ahead, count_quantiles
from voltloom.forecast.days import Curve, Now, measured, nothing_measured
from voltloom.forecast.load import load_ahead
from voltloom.forecast.local_time import kind_of_weekday
from voltloom.forecast.pv import Plant, clear_w_in, no_sun_yet, sun_ahead, sun_measured
from voltloom.forecast.skill import JUDGED_LEVELS, Skill, judged, unjudged
from voltloom.forecast.sun import Plane
from voltloom.forecast.visits import Visit, no_visits, remembered

Numbers = NDArray[np.float64]
WARM_UP_DAYS = 28
HOUR_S = 3600.0
PACIFIC_STANDARD_S = -8 * HOUR_S  # the solar record knows no summer time
FIRST_DAY = date(2017, 1, 1)  # a year that begins on a Sunday, as the building's record does
ROOF = Plane(latitude_deg=34.20, longitude_deg=-118.17, tilt_deg=15.0, azimuth_deg=180.0)
HALF_HOUR_S = 1800.0
STEPS_COUNT = 48


class Stretch(NamedTuple):
    """Steps ahead that are judged together: first and end, as in a slice."""

    name: str
    first: int
    end: int


class Judge:
    """Skills of a forecast by stretch, beside the same time a week before and a day before, and the newest value."""

    def __init__(self, record: Numbers, steps_a_day: int, stretches: Sequence[Stretch]) -> None:
        self._record, self._day, self._stretches = record, steps_a_day, stretches
        self.skills: dict[str, dict[str, Skill]] = {
            stretch.name: dict.fromkeys(("week", "day", "newest"), unjudged()) for stretch in stretches
        }
        self.cpu_s, self.made_count = 0.0, 0

    def timed(self, make: Callable[[], Curve]) -> Curve:
        """Return a forecast, and count what it cost."""
        began_s = time.process_time()
        curve = make()
        self.cpu_s += time.process_time() - began_s
        self.made_count += 1
        return curve

    def judge(self, at: int, curve: Curve, is_asked: NDArray[np.bool_] | None = None) -> None:
        """Judge a forecast that was made before step `at` of the record; is_asked: which steps of the record count."""
        for stretch in self._stretches:
            steps = slice(at + stretch.first, at + stretch.end)
            came = self._record[steps]
            if is_asked is not None:
                came = np.where(is_asked[steps], came, np.nan)
            quantiles = curve.quantiles[stretch.first : stretch.end]
            naives = {
                "week": self._before(steps, 7 * self._day),
                "day": self._before(steps, self._day),
                "newest": np.full(came.size, self._record[at - 1]),
            }
            for name, naive in naives.items():
                self.skills[stretch.name][name] = judged(
                    self.skills[stretch.name][name], quantiles, naive, came
                )

    def _before(self, steps: slice, count: int) -> Numbers:
        return self._record[steps.start - count : steps.stop - count]

    @property
    def cpu_ms_each(self) -> float:
        """Return milliseconds of CPU of one forecast of a day."""
        return 1000.0 * self.cpu_s / self.made_count


def building(path: Path) -> Judge:
    """Judge the office's load, hourly, a forecast of 24 hours made in every hour of a year."""
    record = np.array([1000.0 * float(row[1]) for row in _rows(path)])
    judge = Judge(record, 24, (Stretch("1 h", 0, 1), Stretch("2 to 4 h", 1, 4), Stretch("5 to 24 h", 4, 24)))
    memory = nothing_measured(24)
    for at, value in enumerate(record):
        now = _now_on(FIRST_DAY.toordinal() + at // 24, at % 24)
        if WARM_UP_DAYS * 24 <= at <= record.size - 24:
            judge.judge(at, judge.timed(partial(load_ahead, memory, now, 24, JUDGED_LEVELS)))
        memory = measured(memory, now, float(value))
    return judge


def _now_on(ordinal: int, step: int) -> Now:
    kinds = [int(kind_of_weekday(date.fromordinal(each).weekday())) for each in (ordinal, ordinal + 1)]
    return Now(day=ordinal, step=step, kind=kinds[0], next_kind=kinds[1])


def roof(path: Path) -> Judge:
    """Judge a roof's power, half-hourly, a forecast of 24 hours made every two hours of a year; hours of daylight count."""
    record = np.array([1000.0 * float(row[1]) for row in _rows(path)])
    plant = Plant(plane=ROOF, rated_w=220_000.0, step_s=1800.0)
    begin_s = (FIRST_DAY - date(1970, 1, 1)).days * 24 * HOUR_S - PACIFIC_STANDARD_S
    start_s = begin_s + plant.step_s * np.arange(record.size, dtype=np.float64)
    is_light = clear_w_in(plant, start_s) > 0.0
    judge = Judge(
        record, 48, (Stretch("0.5 h", 0, 1), Stretch("1 to 4 h", 1, 8), Stretch("4.5 to 24 h", 8, 48))
    )
    memory = no_sun_yet(plant)
    for at, value in enumerate(record):
        if WARM_UP_DAYS * 48 <= at <= record.size - 48 and at % 4 == 0:
            make = partial(sun_ahead, memory, plant, float(start_s[at]), 48, JUDGED_LEVELS)
            judge.judge(at, judge.timed(make), is_light)
        memory = sun_measured(memory, plant, float(start_s[at]), float(value))
    return judge


def arrivals(visits: list[Visit]) -> dict[str, Judge]:
    """Judge the arrivals of a day, of its half-hours, and the load if all charge at once, told at each midnight.

    Only May to December 2019, where the files are whole. The load is that of the day's own arrivals until midnight.
    """
    days = range(date(2019, 5, 1).toordinal(), date(2020, 1, 1).toordinal())
    counts, loads_w = _record_of([visit for visit in visits if visit.local.day in days], days)
    judges = {
        "arrivals of the day": Judge(counts.sum(axis=1), 1, (Stretch("day", 0, 1),)),
        "arrivals of a half-hour": Judge(counts.ravel(), STEPS_COUNT, (Stretch("day", 0, STEPS_COUNT),)),
        "load": Judge(loads_w.ravel(), STEPS_COUNT, (Stretch("day", 0, STEPS_COUNT),)),
    }
    memory, seen = nothing_measured(STEPS_COUNT), no_visits()
    ends, ended = sorted(visits, key=lambda visit: visit.arrival_s + visit.dwell_s), 0
    for number, day in enumerate(days):
        now = _now_on(day, 0)
        while ends[ended].local.day < day:
            seen = remembered(seen, ends[ended])
            ended += 1
        if number >= WARM_UP_DAYS:
            began_s = time.process_time()
            told = arrivals_ahead(memory, seen, now, STEPS_COUNT, FULL_POWER_W, JUDGED_LEVELS)
            judges["load"].cpu_s += time.process_time() - began_s
            judges["load"].made_count += 1
            total = told.arriving.mean.sum(keepdims=True)
            of_day = Curve(total, count_quantiles(total, told.shape_count, JUDGED_LEVELS))
            judges["arrivals of the day"].judge(number, of_day)
            judges["arrivals of a half-hour"].judge(number * STEPS_COUNT, told.arriving)
            judges["load"].judge(number * STEPS_COUNT, told.load)
        for step in range(STEPS_COUNT):
            memory = measured(memory, now._replace(step=step), float(counts[number, step]))
    return judges


def _record_of(visits: list[Visit], days: range) -> tuple[Numbers, Numbers]:
    """Return arrivals in each half-hour and the mean power of those who arrived that day, (days, steps)."""
    counts, loads_w = np.zeros((len(days), STEPS_COUNT)), np.zeros((len(days), STEPS_COUNT))
    edge_s = HALF_HOUR_S * np.arange(STEPS_COUNT + 1)
    for visit in visits:
        row = visit.local.day - days.start
        begin_s = visit.local.of_day_s
        counts[row, int(begin_s // HALF_HOUR_S)] += 1.0
        charging_s = np.clip(edge_s - begin_s, 0.0, visit.energy_wh / FULL_POWER_W * HOUR_S)
        loads_w[row] += FULL_POWER_W * np.diff(charging_s) / HALF_HOUR_S
    return counts, loads_w


def _rows(path: Path) -> Iterator[list[str]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = csv.reader(file)
        next(rows)
        yield from rows

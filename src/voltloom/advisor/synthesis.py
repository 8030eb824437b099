"""A scenario made from answers, for a site that has no record yet: what was answered, and every guess said aloud."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from voltloom.advisor.requirements import Answers
from voltloom.advisor.usual_faults import USUAL_WORDS, usual_tables
from voltloom.site.mistakes import Mistake, PlanError
from voltloom.units import SECONDS_PER_DAY, w_from_kw

VOLTAGE_V: Final = 230.0
ONE_PHASE_UP_TO_KW: Final = 4.6  # 20 A on one phase; more is taken as three-phase
DAYTIME: Final = (7, 19)  # arrivals spread evenly from this local hour to that one
OVERNIGHT: Final = (16, 21)
BUSY_FACTOR: Final = 1.5  # outlets for half again as many vehicles as there are on average
DAYS: Final = 14
FIRST_DAY: Final = date(2024, 1, 1)  # a Monday


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """Scenario tables as a file would hold them, and the guesses made."""

    tables: dict[str, object]
    guesses: tuple[str, ...]


def scenario_from(answers: Answers) -> Synthesis:
    """Return the tables of a scenario of two weeks.

    Raises PlanError naming each answer that is needed and missing.
    """
    need = _needed(answers)
    outlets = answers.load.max_concurrent_count or max(
        1, math.ceil(BUSY_FACTOR * need.sessions_per_hour * need.stay_h)
    )
    is_overnight = answers.uptime.ready_by is not None
    begin, end = OVERNIGHT if is_overnight else DAYTIME
    is_one_phase = need.power_kw <= ONE_PHASE_UP_TO_KW
    guesses = (
        f"{outlets} outlets"
        + ("" if answers.load.max_concurrent_count else ", half again as many as vehicles on average"),
        f"arrivals evenly from {begin:02}:00 to {end:02}:00 every day"
        + (", all leave at the time they must be ready" if is_overnight else ""),
        "energies and stays log-normal around the typical ones",
        f"{VOLTAGE_V:.0f} V, {'one phase' if is_one_phase else 'three phases'} an outlet, one circuit for all",
        "two-stage batteries: above 80 % they take less and less",
        USUAL_WORDS,
    )
    tables: dict[str, object] = {
        "name": answers.name,
        "site": _site(answers, need, outlets),
        "arrivals": _arrivals(answers, need, range(begin, end)),
        "faults": usual_tables(DAYS * SECONDS_PER_DAY),
        "first_day": FIRST_DAY,
        "last_day": FIRST_DAY + timedelta(days=DAYS),  # the last day is there for those who stay overnight
    }
    return Synthesis(tables=tables, guesses=guesses)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Needed:
    """The answers without which nothing can be made up."""

    sessions_per_hour: float
    stay_h: float
    energy_kwh: float
    power_kw: float


def _needed(answers: Answers) -> _Needed:
    """Return the answers that are needed.

    Raises PlanError naming those that are missing.
    """
    load, power = answers.load, answers.power
    known = {
        "load.sessions_per_hour": load.sessions_per_hour,
        "load.stay_h": load.stay_h,
        "load.energy_kwh": load.energy_kwh,
        "load.power_kw": load.power_kw,
        "power.limit_kw": power.limit_kw or (1.0 if power.is_unlimited else None),
    }
    remedy = 'Answer it, or give `scenario = "file.toml"` to measure on.'
    missing = [
        Mistake(path=path, value="", problem="needed to make up a scenario", remedy=remedy)
        for path, value in known.items()
        if value is None
    ]
    if missing:
        raise PlanError(missing)
    return _Needed(
        sessions_per_hour=load.sessions_per_hour or 0.0,
        stay_h=load.stay_h or 0.0,
        energy_kwh=load.energy_kwh or 0.0,
        power_kw=load.power_kw or 0.0,
    )


def _site(answers: Answers, need: _Needed, outlets: int) -> dict[str, object]:
    is_one_phase = need.power_kw <= ONE_PHASE_UP_TO_KW
    limit_kw = answers.power.limit_kw or outlets * need.power_kw
    block: dict[str, object] = {
        "count": outlets,
        "prefix": "E",
        "circuit": "grid",
        "wiring": "single_phase" if is_one_phase else "three_phase",
        "max_a": w_from_kw(need.power_kw) / (VOLTAGE_V * (1 if is_one_phase else 3)),
    }
    if outlets > 1:
        block["rotation"] = "alternating"
    return {
        "name": answers.name,
        "time_zone": answers.time_zone,
        "voltage_v": VOLTAGE_V,
        "circuit": [{"id": "grid", "rating_a": w_from_kw(limit_kw) / (3.0 * VOLTAGE_V)}],
        "evse": [block],
    }


def _arrivals(answers: Answers, need: _Needed, busy: range) -> dict[str, object]:
    vehicle = {"max_power_kw": need.power_kw, "battery_kwh": max(60.0, 2.0 * need.energy_kwh)}
    arrivals: dict[str, object] = {
        "weekday_per_hour": [need.sessions_per_hour if hour in busy else 0.0 for hour in range(24)],
        "energy_mean_kwh": need.energy_kwh,
        "dwell_mean_h": need.stay_h,
        "vehicle": [vehicle],
    }
    if answers.uptime.ready_by is not None:
        hour, minute = answers.uptime.ready_by.split(":")
        arrivals["leave_at_h"] = int(hour) + int(minute) / 60.0
    return arrivals

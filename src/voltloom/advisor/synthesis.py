"""A scenario made from answers, for a site that has no record yet: what was answered, and every guess said aloud."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from voltloom.advisor.requirements import Answers
from voltloom.site.mistakes import Mistake, PlanError
from voltloom.units import SECONDS_PER_DAY

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
    load, power = answers.load, answers.power
    needed = {
        "load.sessions_per_hour": load.sessions_per_hour,
        "load.stay_h": load.stay_h,
        "load.energy_kwh": load.energy_kwh,
        "load.power_kw": load.power_kw,
        "power.limit_kw": power.limit_kw or power.is_unlimited,
    }
    missing = [path for path, value in needed.items() if not value]
    if missing:
        remedy = 'Answer it, or give `scenario = "file.toml"` to measure on.'
        raise PlanError(
            Mistake(path=path, value="", problem="needed to make up a scenario", remedy=remedy)
            for path in missing
        )
    assert load.sessions_per_hour is not None  # none of them is missing
    assert load.stay_h is not None
    assert load.energy_kwh is not None
    assert load.power_kw is not None
    outlets = load.max_concurrent_count or max(
        1, math.ceil(BUSY_FACTOR * load.sessions_per_hour * load.stay_h)
    )
    is_overnight = answers.uptime.ready_by is not None
    begin, end = OVERNIGHT if is_overnight else DAYTIME
    per_hour = [load.sessions_per_hour if begin <= hour < end else 0.0 for hour in range(24)]
    arrivals: dict[str, object] = {
        "weekday_per_hour": per_hour,
        "energy_mean_kwh": load.energy_kwh,
        "dwell_mean_h": load.stay_h,
        "vehicle": [{"max_power_kw": load.power_kw, "battery_kwh": max(60.0, 2.0 * load.energy_kwh)}],
    }
    if answers.uptime.ready_by is not None:
        hour, minute = answers.uptime.ready_by.split(":")
        arrivals["leave_at_h"] = int(hour) + int(minute) / 60.0
    wiring = "single_phase" if load.power_kw <= ONE_PHASE_UP_TO_KW else "three_phase"
    phases = 1 if wiring == "single_phase" else 3
    outlet_a = load.power_kw * 1000.0 / (VOLTAGE_V * phases)
    limit_kw = power.limit_kw or outlets * load.power_kw
    guesses = (
        f"{outlets} outlets"
        + ("" if load.max_concurrent_count else ", half again as many as vehicles on average"),
        f"arrivals evenly from {begin:02}:00 to {end:02}:00 every day"
        + (", all leave at the time they must be ready" if is_overnight else ""),
        "energies and stays log-normal around the typical ones",
        f"{VOLTAGE_V:.0f} V, {'one phase' if phases == 1 else 'three phases'} an outlet, one circuit for all",
        "two-stage batteries: above 80 % they take less and less",
        "faults as a rule of thumb: mild, a station a day offline; severe, also meters, messages and a power cut",
    )
    site: dict[str, object] = {
        "name": answers.name,
        "time_zone": answers.time_zone,
        "voltage_v": VOLTAGE_V,
        "circuit": [{"id": "grid", "rating_a": limit_kw * 1000.0 / (3.0 * VOLTAGE_V)}],
        "evse": [
            {
                "count": outlets,
                "prefix": "E",
                "circuit": "grid",
                "wiring": wiring,
                "max_a": outlet_a,
                **({"rotation": "alternating"} if outlets > 1 else {}),
            }
        ],
    }
    tables: dict[str, object] = {
        "name": answers.name,
        "site": site,
        "arrivals": arrivals,
        "faults": _faults(),
        "first_day": FIRST_DAY,
        "last_day": FIRST_DAY + timedelta(days=DAYS),  # the last day is there for those who stay overnight
    }
    return Synthesis(tables=tables, guesses=guesses)


def _faults() -> dict[str, list[dict[str, object]]]:
    """Return a rule of thumb of what goes wrong in two weeks, in the words of a scenario file."""
    span_s = DAYS * SECONDS_PER_DAY
    offline: dict[str, object] = {
        "kind": "station_offline",
        "target": ["any"],
        "spread_s": span_s,
        "length_s": 3_600.0,
        "count": DAYS,
    }
    others: list[dict[str, object]] = [
        {"kind": "meter_frozen", "target": ["any"], "spread_s": span_s, "length_s": 3_600.0, "count": DAYS},
        {
            "kind": "message_loss",
            "magnitude_ratio": 0.2,
            "spread_s": span_s,
            "length_s": 7_200.0,
            "count": DAYS,
        },
        {"kind": "controller_crash", "spread_s": span_s, "length_s": 300.0, "count": 4},
        {"kind": "power_cut", "spread_s": span_s, "length_s": 600.0, "count": 2},
    ]
    return {"mild": [offline], "severe": [{**offline, "count": 4 * DAYS}, *others]}

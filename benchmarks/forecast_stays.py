"""Stays and energies forecast one visit after another on a real file of sessions, nothing of the future known."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from voltloom.forecast.skill import JUDGED_LEVELS, Skill, judged, unjudged
from voltloom.forecast.stays import StaySettings, departures, energies, likely
from voltloom.forecast.visits import Visit, newest_like, no_visits, remembered, user_number, visit_begun
from voltloom.session.need import Need
from voltloom.simulation.session_rows import SessionRow
from voltloom.simulation.sessions_file import load_sessions

TIME_ZONE = "America/Los_Angeles"
WARM_UP_VISITS = 500
FULL_POWER_W = 6656.0  # 32 A at 208 V, as in the published figures


class Forecast(NamedTuple):
    """One visit, what was forecast at its arrival, and what a naive one would have said; hours and kWh."""

    visit: Visit
    stay_h: np.ndarray
    energy_kwh: np.ndarray
    naive_stay_h: float
    naive_kwh: float


def visits_in(path: Path, *, users: str = "none") -> list[Visit]:
    """Return the visits of a file by arrival.

    users: "none", as the file has no ids; "typed" takes what was typed, energy and minutes, for a driver's mark.
    """
    return [_visit(row, users) for row in load_sessions(path).rows]


def _visit(row: SessionRow, users: str) -> Visit:
    need = Need()
    if np.isfinite(row.requested_departure_s):
        need = replace(need, departure_s=row.requested_departure_s)
    if np.isfinite(row.requested_wh):
        need = replace(need, energy_wh=row.requested_wh)
    begun = visit_begun("", row.arrival_s, need, TIME_ZONE)
    if users == "typed" and np.isfinite(begun.typed_stay_s):
        begun = begun._replace(user=user_number(f"{begun.typed_stay_s:.0f} {begun.typed_wh:.0f}"))
    return begun._replace(dwell_s=row.departure_s - row.arrival_s, energy_wh=row.energy_wh)


def rolling(visits: list[Visit], settings: StaySettings, every: int = 1) -> Iterator[Forecast]:
    """Yield a forecast of each visit, made at its arrival from the visits that were over by then."""
    ends = sorted(visits, key=lambda visit: visit.arrival_s + visit.dwell_s)
    seen, ended = no_visits(), 0
    for number, visit in enumerate(visits):
        while ends[ended].arrival_s + ends[ended].dwell_s <= visit.arrival_s:
            seen = remembered(seen, ends[ended])
            ended += 1
        if number < WARM_UP_VISITS or number % every:
            continue
        outlook = likely(seen, [visit], settings)
        stay_s = departures(outlook, visit.arrival_s, JUDGED_LEVELS).quantile_s[0] - visit.arrival_s
        energy_wh = energies(outlook, np.zeros(1), JUDGED_LEVELS).quantile_wh[0]
        naive = int(newest_like(seen, visit)[0])
        yield Forecast(
            visit,
            stay_s / 3600.0,
            energy_wh / 1000.0,
            seen.dwell_s[naive] / 3600.0,
            seen.energy_wh[naive] / 1000.0,
        )


def skills(made: list[Forecast]) -> dict[str, Skill]:
    """Return how good the forecasts were, in hours and kWh, also of visits where something was typed, and typed values alone."""
    typed = [
        each for each in made if np.isfinite(each.visit.typed_stay_s) and np.isfinite(each.visit.typed_wh)
    ]
    return {
        "stay": _stay_skill(made, [each.stay_h for each in made]),
        "stay, typed visits": _stay_skill(typed, [each.stay_h for each in typed]),
        "stay, as typed": _stay_skill(
            typed, [np.full(3, each.visit.typed_stay_s / 3600.0) for each in typed]
        ),
        "energy": _energy_skill(made, [each.energy_kwh for each in made]),
        "energy, typed visits": _energy_skill(typed, [each.energy_kwh for each in typed]),
        "energy, as typed": _energy_skill(
            typed, [np.full(3, each.visit.typed_wh / 1000.0) for each in typed]
        ),
    }


def _stay_skill(made: list[Forecast], quantiles: list[np.ndarray]) -> Skill:
    naive = np.array([each.naive_stay_h for each in made])
    outcomes = np.array([each.visit.dwell_s for each in made]) / 3600.0
    return judged(unjudged(), np.array(quantiles), naive, outcomes)


def _energy_skill(made: list[Forecast], quantiles: list[np.ndarray]) -> Skill:
    naive = np.array([each.naive_kwh for each in made])
    outcomes = np.array([each.visit.energy_wh for each in made]) / 1000.0
    return judged(unjudged(), np.array(quantiles), naive, outcomes)


def planned_ways(made: list[Forecast]) -> dict[str, dict[str, float]]:
    """Return what comes of planning a visit's charging up to some moment, for visits where a departure was typed.

    just_in_time_ratio: the part of all energy that is delivered where each vehicle charges alone, at full power, as late as that
    moment allows: the worst use that can be made of it. left_before_ratio: visits that ended before it;
    unused_h_mean: hours of stay after it.
    """
    typed = [each for each in made if np.isfinite(each.visit.typed_stay_s)]
    ways = {"as typed": np.array([each.visit.typed_stay_s for each in typed]) / 3600.0}
    ways |= {
        f"{round(100 * level)} % quantile": np.array([each.stay_h[place] for each in typed])
        for place, level in enumerate(JUDGED_LEVELS)
    }
    stay_h = np.array([each.visit.dwell_s for each in typed]) / 3600.0
    energy_h = np.array([each.visit.energy_wh for each in typed]) / FULL_POWER_W
    need_h = np.minimum(energy_h, stay_h)
    found = {}
    for name, planned_h in ways.items():
        served_h = np.clip(stay_h - np.maximum(planned_h - need_h, 0.0), 0.0, need_h)
        found[name] = {
            "left_before_ratio": round(float((stay_h < planned_h).mean()), 4),
            "left_quarter_hour_before_ratio": round(float((stay_h < planned_h - 0.25).mean()), 4),
            "unused_h_mean": round(float(np.maximum(stay_h - planned_h, 0.0).mean()), 3),
            "just_in_time_ratio": round(float(served_h.sum() / need_h.sum()), 4),
        }
    return found


def cycle_cost_ms(visits: list[Visit], count: int = 54) -> dict[str, float]:
    """Return milliseconds of CPU: of one new outlook, and of what a cycle asks for `count` vehicles at once; medians."""
    seen = no_visits()
    for visit in visits[-2500:-count]:
        seen = remembered(seen, visit)
    asked = visits[-count:]
    new_ms = [_took_ms(lambda: likely(seen, asked[:1])) for _ in range(60)]
    outlooks = likely(seen, asked)
    outlooks = outlooks._replace(arrival_s=np.linspace(0.0, 36_000.0, count))

    def cycle() -> None:
        departures(outlooks, 40_000.0, JUDGED_LEVELS)
        energies(outlooks, np.full(count, 5000.0), JUDGED_LEVELS)

    cycle_ms = [_took_ms(cycle) for _ in range(60)]
    return {"one_new_outlook_ms": float(np.median(new_ms)), "cycle_ms": float(np.median(cycle_ms))}


def _took_ms(work: object) -> float:
    began_s = time.process_time()
    work()  # type: ignore[operator]  # a function without arguments
    return 1000.0 * (time.process_time() - began_s)

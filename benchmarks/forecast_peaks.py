"""What days of a real file of sessions could have been flattened to, and what peak the target named for each month."""

import time
from datetime import date
from typing import Any

import numpy as np

from benchmarks.forecast_stays import FULL_POWER_W
from voltloom.forecast.peak import DayVisits, flattened_peak_w, peak_target_w, with_peak
from voltloom.forecast.visits import Visit

STEP_S = 900.0
STEPS_COUNT = 192  # until the end of the next day, so that a night's charging counts


def peaks(visits: list[Visit]) -> dict[str, Any]:
    """Return the target told at the start of June to December 2019 beside what the month then needed, in kW."""
    needed_w, took_ms = _needed(visits)
    months = []
    for month in range(6, 13):
        first, end = date(2019, month, 1).toordinal(), date(2019 + month // 12, month % 12 + 1, 1).toordinal()
        past_w = np.zeros(0)
        for day in range(date(2019, 5, 1).toordinal(), first):
            past_w = with_peak(past_w, needed_w[day])
        days = [needed_w[day] for day in range(first, end)]
        target_w = peak_target_w(past_w, end - first, 0.0)
        months.append(
            {
                "month": f"2019-{month:02}",
                "target_kw": round(target_w / 1000.0, 1),
                "needed_kw": round(max(days) / 1000.0, 1),
                "days_above": sum(each > target_w for each in days),
            }
        )
    return {"months": months, "cpu_ms_a_day": round(float(np.median(took_ms)), 2)}


def _needed(visits: list[Visit]) -> tuple[dict[int, float], list[float]]:
    found, took_ms = {}, []
    for day in range(date(2019, 5, 1).toordinal(), date(2020, 1, 1).toordinal()):
        of_day = [visit for visit in visits if visit.local.day == day]
        arrival_s = np.array([visit.local.of_day_s for visit in of_day])
        began_s = time.process_time()
        found[day] = flattened_peak_w(
            DayVisits(
                arrival_s=arrival_s,
                departure_s=arrival_s + np.array([visit.dwell_s for visit in of_day]),
                energy_wh=np.array([visit.energy_wh for visit in of_day]),
                most_w=np.full(len(of_day), FULL_POWER_W),
            ),
            0.0,
            STEP_S,
            np.zeros(STEPS_COUNT),
        )
        took_ms.append(1000.0 * (time.process_time() - began_s))
    return found, took_ms

"""What a day was worth under each peak, beside a general solver."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from voltloom.allocation.adaptive.horizon.day_worth import KNOWN_RATIO, PEAKS_KW, worth_by_peak
from voltloom.allocation.adaptive.horizon.memory import DAY_STEP_S, DaySeen
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.site.network import Floats

HOUR_S, SOLD = 3600.0, 0.30
NIGHT, DAY, EVENING = 0.05, 0.12, 0.27


def any_day(seed: int, count: int) -> DaySeen:
    """Return a day of cars that come in the morning and stay some hours, under three prices."""
    chance = np.random.default_rng(seed)
    arrival_s = chance.normal(9.0, 1.5, count).clip(0.0, 20.0) * HOUR_S
    stay_s = chance.uniform(1.0, 9.0, count) * HOUR_S
    price = np.repeat([NIGHT, DAY, EVENING, NIGHT], [32, 16, 24, 72])
    need_kwh, most_kw = chance.lognormal(2.3, 0.7, count), np.full(count, 6.656)
    return DaySeen(
        0.0, True, np.arange(1, count + 1), arrival_s, arrival_s + stay_s, need_kwh, most_kw, price
    )


def best_kwh(day: DaySeen, peak_kw: float) -> float:
    """Return the most that a day can be worth under a peak, written anew for HiGHS."""
    steps, count, length_h = day.price_per_kwh.size, day.serial.size, DAY_STEP_S / HOUR_S
    begin_s = day.start_s + DAY_STEP_S * np.arange(steps)
    inside_s = np.minimum.outer(day.departure_s, begin_s + DAY_STEP_S) - np.maximum.outer(
        day.arrival_s, begin_s
    )
    most_kw: Floats = day.most_kw[:, None] * (inside_s / DAY_STEP_S).clip(0.0, 1.0)
    worth = np.tile((1.0 - day.price_per_kwh / SOLD) * length_h, count)
    of_cars = sparse.kron(sparse.eye(count), np.full((1, steps), length_h))
    of_steps = sparse.kron(np.ones((1, count)), sparse.eye(steps))
    rows = sparse.vstack([of_cars, of_steps]).tocsr()
    most = np.concatenate([day.need_kwh, np.full(steps, peak_kw)])
    found = linprog(-worth, rows, most, bounds=np.c_[np.zeros(worth.size), most_kw.ravel()], method="highs")
    return float(-found.fun)


@pytest.mark.parametrize(("seed", "count"), [(1, 1), (2, 8), (3, 35), (4, 75)])
def test_a_days_worth_is_what_a_general_solver_finds_under_every_peak(seed: int, count: int) -> None:
    day = any_day(seed, count)

    curve = worth_by_peak(day, SOLD, solved)

    assert curve is not None
    whole_kwh = best_kwh(day, 1e4)
    for place in range(0, 190, 6):
        assert curve[place] == pytest.approx(best_kwh(day, PEAKS_KW[place]), abs=4 * KNOWN_RATIO * whole_kwh)


def test_the_knee_of_a_day_is_found_to_a_kilowatt() -> None:
    arrival_s = np.full(10, 8 * HOUR_S)
    day = DaySeen(
        0.0,
        True,
        np.arange(1, 11),
        arrival_s,
        arrival_s + 8 * HOUR_S,
        np.full(10, 20.0),
        np.full(10, 6.0),
        np.full(144, 0.1),
    )

    curve = worth_by_peak(day, SOLD, solved)

    assert curve is not None  # 200 kWh in eight hours: 25 kW
    under, over = np.interp([24.0, 26.0], PEAKS_KW, curve)
    assert under == pytest.approx(24.0 * 8 * (1 - 0.1 / SOLD), rel=2e-3)
    assert over == pytest.approx(200.0 * (1 - 0.1 / SOLD), rel=2e-3)

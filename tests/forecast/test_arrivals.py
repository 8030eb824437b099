"""Who is still to come, and the load they bring."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.forecast.arrivals import arrivals_ahead, count_quantiles
from voltloom.forecast.days import Measured, Now, measured, nothing_measured
from voltloom.forecast.local_time import DayKind, LocalMoment
from voltloom.forecast.visits import Visit, Visits, no_visits, remembered

STEPS = 48
POWER_W = 6000.0
LEVELS = np.array([0.1, 0.5, 0.9])


def now(day: int, step: int = 0) -> Now:
    return Now(day=day, step=step, kind=0, next_kind=0)


def seen(counts: np.ndarray) -> Measured:
    memory = nothing_measured(STEPS)
    for day, row in enumerate(counts, start=1):
        for step, count in enumerate(row):
            memory = measured(memory, now(day, step), float(count))
    return memory


def mornings(draw: np.random.Generator, days: int, *, busy_shape: float | None = None) -> np.ndarray:
    """Return arrivals: 20 a day on average, all between 07:00 and 10:00; (days, 48)."""
    factor = draw.gamma(busy_shape, 1.0 / busy_shape, days) if busy_shape else np.ones(days)
    mean = np.zeros((days, STEPS))
    mean[:, 14:20] = (20.0 / 6.0) * factor[:, None]
    return draw.poisson(mean).astype(float)


def visits(energy_wh: float = 9000.0) -> Visits:
    found = no_visits()
    for day in range(20):
        local = LocalMoment(day=day, kind=DayKind.WORKDAY, of_day_s=8 * 3600.0)
        found = remembered(
            found, Visit(user=0, arrival_s=float(day), local=local, dwell_s=9000.0, energy_wh=energy_wh)
        )
    return found


def test_a_site_that_knows_nothing_expects_nobody() -> None:
    found = arrivals_ahead(nothing_measured(STEPS), no_visits(), now(1), STEPS, POWER_W, LEVELS)

    assert found.arriving.mean.sum() == 0.0
    assert (found.load.quantiles == 0.0).all()


def test_those_who_come_each_morning_are_expected_in_the_morning() -> None:
    memory = seen(mornings(np.random.default_rng(1), 60))

    found = arrivals_ahead(memory, visits(), now(61), STEPS, POWER_W, LEVELS)

    assert found.arriving.mean.sum() == pytest.approx(20.0, rel=0.1)
    assert found.arriving.mean[:11].sum() + found.arriving.mean[24:].sum() < 0.5


def test_a_busy_morning_promises_more_than_a_quiet_one_where_days_differ() -> None:
    past = mornings(np.random.default_rng(2), 60, busy_shape=4.0)
    today = np.zeros((1, STEPS))
    busy, quiet = today.copy(), today.copy()
    busy[0, 14:17] = 8.0

    told = []
    for morning in (busy, quiet):
        memory = seen(past)
        for step in range(17):
            memory = measured(memory, now(61, step), float(morning[0, step]))
        told.append(arrivals_ahead(memory, visits(), now(61, 17), 12, POWER_W, LEVELS).arriving.mean.sum())

    assert told[0] > 2.0 * told[1] > 0.0


def test_nine_kilowatt_hours_at_six_kilowatts_load_the_site_for_an_hour_and_a_half() -> None:
    memory = seen(mornings(np.random.default_rng(3), 60))

    found = arrivals_ahead(memory, visits(9000.0), now(61), STEPS, POWER_W, LEVELS)

    assert found.energy_wh[16] == pytest.approx(9000.0)
    total_wh = found.load.mean.sum() * 0.5
    assert total_wh == pytest.approx(9000.0 * found.arriving.mean.sum(), rel=1e-6)
    assert (np.diff(found.load.quantiles, axis=1) >= 0.0).all()


def test_80_percent_of_days_lie_in_the_band_also_where_days_differ() -> None:
    counts = mornings(np.random.default_rng(4), 260, busy_shape=5.0)
    memory, inside = seen(counts[:60]), 0

    for day in range(60, 260):
        found = arrivals_ahead(memory, visits(), now(day + 1), STEPS, POWER_W, LEVELS)
        total = found.arriving.mean.sum(keepdims=True)
        low, _, high = count_quantiles(total, found.shape_count, LEVELS)[0]
        inside += int(low <= counts[day].sum() <= high)
        for step in range(STEPS):
            memory = measured(memory, now(day + 1, step), float(counts[day, step]))

    assert 150 <= inside <= 180  # a band of whole numbers holds a little more than 80 %


def test_counts_that_differ_by_chance_alone_are_poisson() -> None:
    # P(N <= 1) = 0.0916, P(N <= 2) = 0.2381, P(N <= 4) = 0.6288, P(N <= 7) = 0.9489 for a mean of 4.
    found = count_quantiles(np.array([4.0]), 1e4, np.array([0.09, 0.2, 0.6, 0.94]))

    assert found[0].tolist() == [1.0, 2.0, 4.0, 7.0]


@given(mean_count=st.floats(0.0, 300.0), shape_count=st.floats(0.3, 1e4))
def test_quantiles_of_counts_rise_and_hold_the_mean(mean_count: float, shape_count: float) -> None:
    found = count_quantiles(np.array([mean_count]), shape_count, np.array([0.001, 0.1, 0.5, 0.9, 0.999]))[0]

    assert (np.diff(found) >= 0.0).all()
    assert found[0] <= mean_count < found[-1] + 1.0
    assert (found == np.floor(found)).all()

"""What a solar plant gives: clear sky times an index that lasts a while."""

from datetime import UTC, datetime

import numpy as np
import pytest

from voltloom.forecast.days import Measured
from voltloom.forecast.pv import Plant, clear_w_in, no_sun_yet, sun_ahead, sun_measured
from voltloom.forecast.sun import Plane

LEVELS = np.array([0.1, 0.5, 0.9])
PLANT = Plant(
    plane=Plane(latitude_deg=34.2, longitude_deg=-118.17, tilt_deg=20.0, azimuth_deg=180.0),
    rated_w=100_000.0,
    step_s=1800.0,
)
START_S = datetime(2019, 6, 1, 8, tzinfo=UTC).timestamp()
STEPS = 48


def starts_s(first: int, count: int) -> np.ndarray:
    return START_S + PLANT.step_s * np.arange(first, first + count, dtype=np.float64)


def fed(index: np.ndarray) -> Measured:
    """Return what a plant remembers that gave `index` of a clear sky, step after step."""
    memory = no_sun_yet(PLANT)
    times_s = starts_s(0, index.size)
    for start_s, power_w in zip(times_s, index * clear_w_in(PLANT, times_s), strict=True):
        memory = sun_measured(memory, PLANT, float(start_s), float(power_w))
    return memory


def daily(index_of_days: np.ndarray) -> np.ndarray:
    return np.repeat(index_of_days, STEPS)


def test_a_plant_that_gave_nine_tenths_of_a_clear_sky_is_expected_to_go_on() -> None:
    memory = fed(daily(np.full(20, 0.9)))

    curve = sun_ahead(memory, PLANT, START_S + 20 * 86_400.0, STEPS, LEVELS)

    assert curve.mean == pytest.approx(0.9 * clear_w_in(PLANT, starts_s(20 * STEPS, STEPS)), abs=500.0)


def test_the_night_is_zero_in_every_quantile() -> None:
    memory = fed(daily(np.random.default_rng(3).uniform(0.2, 1.1, 20)))

    curve = sun_ahead(memory, PLANT, START_S + 20 * 86_400.0, STEPS, LEVELS)

    is_night = clear_w_in(PLANT, starts_s(20 * STEPS, STEPS)) == 0.0
    assert 15 < is_night.sum() < 25
    assert (curve.mean[is_night] == 0.0).all()
    assert (curve.quantiles[is_night] == 0.0).all()
    assert (curve.quantiles >= 0.0).all()
    assert (np.diff(curve.quantiles, axis=1) >= 0.0).all()


def test_a_dark_morning_darkens_the_next_hours_and_less_the_next_day() -> None:
    past = np.random.default_rng(5).uniform(0.4, 1.1, 30)
    today = np.full(24, 0.3)

    curve = sun_ahead(fed(np.append(daily(past), today)), PLANT, START_S + 30.5 * 86_400.0, 40, LEVELS)

    clear_w = clear_w_in(PLANT, starts_s(30 * STEPS + 24, 40))
    next_hour, next_morning = curve.mean[1] / clear_w[1], curve.mean[-1] / clear_w[-1]
    assert next_hour < 0.45
    assert next_morning > next_hour + 0.1


def test_before_anything_was_measured_a_clear_sky_is_the_most_that_is_told() -> None:
    curve = sun_ahead(no_sun_yet(PLANT), PLANT, START_S, STEPS, LEVELS)

    clear_w = clear_w_in(PLANT, starts_s(0, STEPS))
    assert curve.mean == pytest.approx(0.5 * clear_w)
    assert (curve.quantiles <= clear_w[:, None]).all()


def test_a_meter_that_shows_the_moon_teaches_nothing() -> None:
    memory = sun_measured(no_sun_yet(PLANT), PLANT, START_S, 50.0)

    assert np.isnan(memory.today).all()

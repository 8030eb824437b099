"""Days as curves: the mean of like days, how long a departure from it lasts, and honest bands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.forecast.days import Measured, Now, ahead, measured, nothing_measured, weighted_quantiles
from voltloom.forecast.load import load_ahead, step_at
from voltloom.forecast.skill import JUDGED_LEVELS, judged, unjudged

STEPS = 24
LEVELS = np.array([0.1, 0.5, 0.9])


def kind_of(day: int) -> int:
    return 2 if day % 7 == 0 else 1 if day % 7 == 6 else 0


def at(day: int, step: int = 0) -> Now:
    return Now(day=day, step=step, kind=kind_of(day), next_kind=kind_of(day + 1))


def week(days: int, *, noise_w: float = 0.0, lasting: float = 0.0, seed: int = 1) -> np.ndarray:
    """Return an office's power: 100 W at night and on Sundays, 500 W by day, with noise that lasts; (days, 24)."""
    draw = np.random.default_rng(seed)
    power_w = np.full((days, STEPS), 100.0)
    for day in range(days):
        power_w[day, 8:18] = 500.0 if kind_of(day) == 0 else 300.0 if kind_of(day) == 1 else 100.0
    noise, level_w = np.zeros(days * STEPS), 0.0
    for step in range(noise.size):
        level_w = lasting * level_w + draw.normal(0.0, noise_w)
        noise[step] = level_w
    return power_w + noise.reshape(power_w.shape)


def seen(power_w: np.ndarray, until_step: int | None = None, *, first: int = 1) -> Measured:
    memory = nothing_measured(STEPS)
    for step, value in enumerate(power_w.ravel()[:until_step]):
        memory = measured(memory, at(first + step // STEPS, step % STEPS), float(value))
    return memory


def office(days: int, **drawn: float) -> np.ndarray:
    """Return an office's days from day 1 on."""
    return week(days + 1, **drawn)[1:]  # type: ignore[arg-type]  # a seed is whole


def test_before_any_day_is_over_nothing_is_known() -> None:
    curve = ahead(nothing_measured(STEPS), at(1), 4, LEVELS)

    assert np.isnan(curve.mean).all()
    assert np.isnan(curve.quantiles).all()


def test_workdays_and_sundays_are_kept_apart_also_over_midnight() -> None:
    memory = seen(office(27))  # day 28 is a Sunday, day 27 a Saturday

    saturday_noon = load_ahead(memory, at(27, 12), 24, LEVELS)
    sunday_noon = load_ahead(memory, at(28, 12), 24, LEVELS)

    assert saturday_noon.mean[:6] == pytest.approx(300.0, abs=10.0)
    assert saturday_noon.mean[-4:] == pytest.approx(100.0, abs=15.0)
    assert sunday_noon.mean[-4:] == pytest.approx(500.0, abs=15.0)


def test_a_departure_from_the_usual_fades_as_such_departures_did_before() -> None:
    lasting = office(28, noise_w=10.0, lasting=0.9)
    fleeting = office(28, noise_w=10.0, lasting=0.0)
    at_noon = at(29, 12)

    raised = {}
    for name, past in (("lasting", lasting), ("fleeting", fleeting)):
        today = week(30)[29] + 100.0
        memory = seen(np.concatenate([past, today[None, :]]), 28 * STEPS + 12)
        raised[name] = ahead(memory, at_noon, 6, LEVELS).mean - 500.0

    assert raised["lasting"][0] > 60.0
    assert raised["lasting"][0] > raised["lasting"][5]
    assert abs(raised["fleeting"][0]) < 40.0


def test_what_happens_later_today_does_not_reach_back() -> None:
    whole = office(30, noise_w=20.0)
    changed = whole.copy()
    changed[-1, 12:] += 1000.0

    told = [ahead(seen(each), at(30, 12), 12, LEVELS) for each in (whole, changed)]

    assert told[0].mean == pytest.approx(told[1].mean)
    assert told[0].quantiles == pytest.approx(told[1].quantiles)


def test_a_gap_in_the_record_is_no_zero() -> None:
    gappy = office(28)
    gappy[-10:, 9] = np.nan

    curve = ahead(seen(gappy), at(29, 0), 24, LEVELS)

    assert curve.mean[9] == pytest.approx(500.0, abs=5.0)


def test_what_comes_too_late_is_ignored_and_old_days_are_forgotten() -> None:
    memory = seen(office(80))

    assert memory.days.day.size == 70
    assert measured(memory, at(3, 5), 9e9) is memory


def test_the_memory_that_came_in_stays_as_it_was() -> None:
    before = seen(office(3))
    kept = before.today.copy()

    measured(before, at(3, 4), 1234.0)

    assert before.today == pytest.approx(kept)


def test_the_80_percent_band_holds_80_percent_of_what_comes() -> None:
    record = office(150, noise_w=20.0, lasting=0.7).ravel()
    memory, skill = nothing_measured(STEPS), unjudged()

    for step, value in enumerate(record):
        now = at(1 + step // STEPS, step % STEPS)
        if step >= 50 * STEPS and step % 5 == 0 and step + STEPS < record.size:
            curve = load_ahead(memory, now, STEPS, JUDGED_LEVELS)
            week_ago = record[step - 7 * STEPS : step - 6 * STEPS]
            skill = judged(skill, curve.quantiles, week_ago, record[step : step + STEPS])
        memory = measured(memory, now, float(value))

    assert 0.74 <= skill.covered_ratio <= 0.86
    assert skill.error_ratio < 0.85


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40),
    seed=st.integers(0, 1000),
)
def test_quantiles_of_few_samples_rise_and_stay_among_them(values: list[float], seed: int) -> None:
    weights = np.random.default_rng(seed).uniform(0.01, 1.0, (1, len(values)))

    found = weighted_quantiles(np.array([values]), weights, np.linspace(0.0, 1.0, 11))[0]

    assert (np.diff(found) >= 0.0).all()
    assert min(values) <= found[0]
    assert found[-1] <= max(values)


def test_the_ninth_of_nine_equal_samples_is_the_90_percent_quantile() -> None:
    found = weighted_quantiles(np.arange(1.0, 10.0)[None, ::-1], np.ones((1, 9)), LEVELS)

    assert found[0] == pytest.approx([1.0, 5.0, 9.0])


def test_a_step_of_the_day_follows_the_wall_clock_through_the_change_of_clocks() -> None:
    los_angeles = "America/Los_Angeles"
    saturday_s, sunday_s = 1_572_714_000.0, 1_572_804_000.0  # 10:00 PDT and 10:00 PST, 25 hours later

    before, after = step_at(los_angeles, saturday_s, 900.0), step_at(los_angeles, sunday_s, 900.0)

    assert (before.step, after.step) == (40, 40)
    assert (before.kind, before.next_kind) == (1, 2)
    assert (after.kind, after.next_kind) == (2, 0)
    assert after.day == before.day + 1


def test_the_memory_holds_plain_numbers_and_arrays_only_so_that_it_can_be_kept() -> None:
    now = step_at("America/Los_Angeles", 1_572_714_000.0, 900.0)

    memory = measured(nothing_measured(96), now, 5.0)

    assert {type(value) for value in (memory.day, memory.kind)} == {int}
    assert {column.dtype.str for column in (memory.today, *memory.days)} == {"<f8", "<i8"}


def test_a_load_that_rises_day_by_day_is_expected_above_the_mean_of_the_days_before() -> None:
    rising = np.full((40, STEPS), 100.0) + 10.0 * np.arange(40.0)[:, None]

    curve = ahead(seen(rising), at(41, 0), 6, LEVELS)

    assert (curve.quantiles[:, 1] > 480.0).all()


def test_a_restless_monday_does_not_widen_the_band_of_sunday() -> None:
    record = office(62)  # day 62 is a Saturday
    mondays = np.flatnonzero(np.arange(1, 63) % 7 == 1)
    record[mondays] += np.random.default_rng(6).normal(0.0, 50.0, (mondays.size, 1))

    curve = ahead(seen(record, 61 * STEPS + 12), at(62, 12), 24, LEVELS)

    sunday = curve.quantiles[14:]
    assert (sunday[:, 2] - sunday[:, 0] < 30.0).all()

"""How long vehicles stay and what they take: own history, what was typed, like times of day, and a prior."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.forecast.local_time import DayKind, LocalMoment
from voltloom.forecast.skill import JUDGED_LEVELS, judged, unjudged
from voltloom.forecast.stays import Outlooks, departures, energies, likely, stacked, still_there
from voltloom.forecast.visits import NOBODY, Visit, Visits, no_visits, remembered, visit_begun
from voltloom.session.need import Need
from voltloom.simulation.sessions_file import load_sessions

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
MORNING_S = 8 * HOUR_S
LEVELS = np.array([0.1, 0.5, 0.9])
SAMPLE = Path(__file__).resolve().parents[2] / "scenarios/data/caltech_2019-10.csv"


def visit(
    day: int, *, at_h: float = 8.0, user: int = NOBODY, typed_h: float = math.nan, typed_kwh: float = math.nan
) -> Visit:
    return Visit(
        user=user,
        arrival_s=day * DAY_S + at_h * HOUR_S,
        local=LocalMoment(day=day, kind=DayKind.WORKDAY, of_day_s=at_h * HOUR_S),
        typed_stay_s=typed_h * HOUR_S,
        typed_wh=typed_kwh * 1000.0,
    )


def over(begun: Visit, stay_h: float, taken_kwh: float) -> Visit:
    return begun._replace(dwell_s=stay_h * HOUR_S, energy_wh=taken_kwh * 1000.0)


def site_of(*visits: Visit) -> Visits:
    seen = no_visits()
    for each in visits:
        seen = remembered(seen, each)
    return seen


def commuters(count: int = 60) -> tuple[Visit, ...]:
    """Visits of one each morning: nobody's, all stay 9 hours and take 10 kWh."""
    return tuple(over(visit(day), 9.0, 10.0) for day in range(count))


def median_stay_h(outlooks: Outlooks) -> float:
    leave_s = departures(outlooks, float(outlooks.arrival_s[0]), np.array([0.5])).quantile_s
    return float(leave_s[0, 0] - outlooks.arrival_s[0]) / HOUR_S


def median_kwh(outlooks: Outlooks) -> float:
    return float(energies(outlooks, np.zeros(1), np.array([0.5])).quantile_wh[0, 0]) / 1000.0


def test_a_site_that_has_seen_nobody_takes_what_is_typed_with_the_errors_others_made() -> None:
    outlooks = likely(no_visits(), [visit(1, typed_h=8.0, typed_kwh=20.0)])

    leave_s = departures(outlooks, outlooks.arrival_s[0], LEVELS).quantile_s[0] - outlooks.arrival_s[0]
    assert leave_s[0] < 6.0 * HOUR_S
    assert leave_s[1] == pytest.approx(8.25 * HOUR_S, abs=0.5 * HOUR_S)
    assert 8.0 < median_kwh(outlooks) < 12.0


def test_visits_at_like_times_are_what_a_stranger_is_judged_by() -> None:
    short = [over(visit(day, at_h=18.0), 1.0, 4.0) for day in range(60)]
    seen = site_of(*commuters(), *short)

    morning, evening = likely(seen, [visit(61, at_h=8.2)]), likely(seen, [visit(61, at_h=17.8)])

    assert median_stay_h(morning) == pytest.approx(9.0, abs=0.3)
    assert median_stay_h(evening) == pytest.approx(1.0, abs=0.3)
    assert median_kwh(morning) == pytest.approx(10.0, abs=0.5)
    assert median_kwh(evening) == pytest.approx(4.0, abs=0.5)


def test_a_driver_is_judged_by_their_own_visits_once_there_are_enough() -> None:
    mine = [over(visit(day, user=7), 3.0, 25.0) for day in range(40, 60)]
    seen = site_of(*commuters(), *mine)

    known, stranger = likely(seen, [visit(61, user=7)]), likely(seen, [visit(61, user=8)])

    assert median_stay_h(known) == pytest.approx(3.0, abs=0.3)
    assert median_kwh(known) == pytest.approx(25.0, abs=1.0)
    assert median_stay_h(stranger) > 7.0


def test_one_visit_of_their_own_moves_a_driver_only_a_little_from_the_site() -> None:
    seen = site_of(*commuters(), over(visit(60, user=7), 2.0, 30.0))

    outlooks = likely(seen, [visit(61, user=7)])

    early = 1.0 - still_there(outlooks, outlooks.arrival_s[0], outlooks.arrival_s + 2.5 * HOUR_S)[0, 0]
    assert median_stay_h(outlooks) == pytest.approx(9.0, abs=0.3)
    assert 0.05 < early < 0.3


def test_a_driver_who_always_leaves_an_hour_late_is_expected_an_hour_late() -> None:
    mine = [over(visit(day, user=7, typed_h=4.0, typed_kwh=20.0), 5.0, 5.0) for day in range(30)]

    outlooks = likely(site_of(*mine), [visit(31, user=7, typed_h=7.0, typed_kwh=40.0)])

    assert median_stay_h(outlooks) == pytest.approx(8.0, abs=0.3)
    assert median_kwh(outlooks) == pytest.approx(10.0, abs=1.0)


def test_what_was_typed_says_which_visits_are_alike() -> None:
    brief = [over(visit(day, typed_h=1.0, typed_kwh=8.0), 1.5, 4.0) for day in range(60)]
    long = [over(visit(day, typed_h=9.0, typed_kwh=40.0), 8.0, 25.0) for day in range(60)]
    silent = [over(visit(day), 0.5, 1.0) for day in range(60)]
    seen = site_of(*brief, *long, *silent)

    assert median_stay_h(likely(seen, [visit(61, typed_h=1.1, typed_kwh=8.0)])) == pytest.approx(1.5, abs=0.2)
    assert median_kwh(likely(seen, [visit(61, typed_h=9.0, typed_kwh=42.0)])) == pytest.approx(25.0, abs=1.0)
    assert median_stay_h(likely(seen, [visit(61)])) == pytest.approx(0.5, abs=0.2)


def test_who_has_stayed_longer_than_expected_is_not_said_to_leave_in_the_past() -> None:
    outlooks = likely(site_of(*commuters()), [visit(61)])
    late_s = outlooks.arrival_s[0] + 11.0 * HOUR_S

    leave = departures(outlooks, late_s, LEVELS)

    assert (leave.quantile_s[0] >= late_s).all()
    assert leave.mean_s[0] > late_s
    assert still_there(outlooks, late_s, np.array([late_s - 1.0, late_s + DAY_S]))[0, 1] < 0.7


def test_a_vehicle_longer_there_than_any_before_is_expected_to_stay_a_while_yet() -> None:
    outlooks = likely(site_of(*commuters()), [visit(61)])
    late_s = outlooks.arrival_s[0] + 20.0 * HOUR_S

    leave_s = departures(outlooks, late_s, LEVELS).quantile_s[0]

    assert HOUR_S < leave_s[1] - late_s < 40.0 * HOUR_S


def test_a_vehicle_two_days_over_every_record_still_has_an_answer() -> None:
    outlooks = likely(site_of(*commuters()), [visit(61)])

    leave = departures(outlooks, outlooks.arrival_s[0] + 20 * DAY_S, LEVELS)

    assert np.isfinite(leave.quantile_s).all()


def test_energy_is_never_less_than_what_was_taken_already() -> None:
    outlooks = likely(site_of(*commuters()), [visit(61)])

    found = energies(outlooks, np.array([30_000.0]), LEVELS)

    assert (found.quantile_wh >= 30_000.0).all()
    assert found.mean_wh[0] > 30_000.0


def test_many_vehicles_are_answered_row_by_row() -> None:
    seen = site_of(*commuters())
    asked = [visit(61, at_h=7.0 + 0.5 * number) for number in range(5)]

    together = departures(likely(seen, asked), 61 * DAY_S + 12 * HOUR_S, LEVELS).quantile_s

    alone = [
        departures(likely(seen, [each]), 61 * DAY_S + 12 * HOUR_S, LEVELS).quantile_s[0] for each in asked
    ]
    one_by_one = departures(
        stacked([likely(seen, [each]) for each in asked]), 61 * DAY_S + 12 * HOUR_S, LEVELS
    )
    assert together == pytest.approx(np.array(alone))
    assert together == pytest.approx(one_by_one.quantile_s)


def test_no_vehicle_is_answered_by_no_row() -> None:
    outlooks = likely(no_visits(), [])

    assert departures(outlooks, 0.0, LEVELS).quantile_s.shape == (0, 3)
    assert energies(outlooks, np.zeros(0), LEVELS).quantile_wh.shape == (0, 3)


@given(
    stays_h=st.lists(st.floats(0.01, 60.0), max_size=30),
    typed_h=st.one_of(st.just(math.nan), st.floats(0.1, 300.0)),
    passed_h=st.floats(0.0, 100.0),
)
def test_departures_rise_with_their_level_and_lie_ahead(
    stays_h: list[float], typed_h: float, passed_h: float
) -> None:
    seen = site_of(*(over(visit(day, user=3), stay_h, stay_h) for day, stay_h in enumerate(stays_h)))
    outlooks = likely(seen, [visit(50, user=3, typed_h=typed_h, typed_kwh=typed_h)])
    now_s = float(outlooks.arrival_s[0]) + passed_h * HOUR_S

    leave = departures(outlooks, now_s, np.linspace(0.05, 0.95, 10))
    there = still_there(outlooks, now_s, now_s + HOUR_S * np.arange(0.0, 50.0))

    assert (np.diff(leave.quantile_s[0]) >= 0.0).all()
    assert leave.quantile_s[0, 0] >= now_s - 1e-3
    assert (np.diff(there[0]) <= 1e-9).all()
    assert there[0, 0] == pytest.approx(1.0)
    assert (energies(outlooks, np.zeros(1), LEVELS).quantile_wh >= 0.0).all()


def test_the_80_percent_band_holds_80_percent_of_drawn_stays() -> None:
    draw = np.random.default_rng(20)
    seen, skill = no_visits(), unjudged()

    for day in range(900):
        at_h = float(draw.choice([8.0, 13.0]) + draw.normal(0.0, 0.5))
        typed_h = float(draw.uniform(1.0, 9.0))
        stay_h = typed_h * float(draw.lognormal(0.0, 0.4))
        asked = visit(day, at_h=at_h, typed_h=typed_h, typed_kwh=10.0)
        if day >= 300:
            outlooks = likely(seen, [asked])
            stay_s = departures(outlooks, asked.arrival_s, JUDGED_LEVELS).quantile_s - asked.arrival_s
            skill = judged(skill, stay_s / HOUR_S, np.array([typed_h]), np.array([stay_h]))
        seen = remembered(seen, over(asked, stay_h, 5.0))

    assert skill.outcomes_count == 600
    assert 0.75 <= skill.covered_ratio <= 0.88


def test_the_shipped_month_is_forecast_better_than_what_its_drivers_typed() -> None:
    rows = load_sessions(SAMPLE).rows
    visits = [
        visit_begun(
            "",
            row.arrival_s,
            Need(
                energy_wh=math.inf if math.isnan(row.requested_wh) else row.requested_wh,
                departure_s=math.inf if math.isnan(row.requested_departure_s) else row.requested_departure_s,
            ),
            "America/Los_Angeles",
        )._replace(dwell_s=row.departure_s - row.arrival_s, energy_wh=row.energy_wh)
        for row in rows
    ]
    seen = site_of(*(each for each in visits[:500] if each.arrival_s + each.dwell_s < visits[500].arrival_s))
    asked = [each for each in visits[500:] if not math.isnan(each.typed_stay_s)]
    outlooks = likely(seen, asked)

    # Each is asked at its own arrival.
    each_s = np.array([each.dwell_s for each in asked])
    quantile_s = np.array(
        [
            departures(
                Outlooks(*(column[[row]] for column in outlooks)), each.arrival_s, JUDGED_LEVELS
            ).quantile_s[0]
            - each.arrival_s
            for row, each in enumerate(asked)
        ]
    )
    stay = judged(unjudged(), quantile_s, np.array([each.typed_stay_s for each in asked]), each_s)
    taken = judged(
        unjudged(),
        energies(outlooks, np.zeros(len(asked)), JUDGED_LEVELS).quantile_wh,
        np.array([each.typed_wh for each in asked]),
        np.array([each.energy_wh for each in asked]),
    )

    assert stay.outcomes_count > 300
    assert stay.error_ratio < 0.75
    assert taken.error_ratio < 0.6
    assert 0.7 <= stay.covered_ratio <= 0.9
    assert 0.7 <= taken.covered_ratio <= 0.9

"""Who is likely still to come, by the last like days."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.forecast.comers import LIKE_DAYS, MOST_ROWS, Comers, Outlets, comers_of
from voltloom.forecast.local_time import local_moment
from voltloom.forecast.visits import (
    KEPT_VISITS,
    NOWHERE,
    Visits,
    no_visits,
    remembered,
    user_number,
    visit_begun,
)
from voltloom.session.need import Need
from voltloom.site.network import Ints

BERLIN = "Europe/Berlin"
MONDAY_S = 1_717_970_400.0  # 10 June 2024, 00:00 in Berlin
DAY_S, HOUR_S = 86_400.0, 3600.0
APART = np.arange(4)  # each outlet loads limits of its own


NOBODY_HERE = np.zeros(0, dtype=np.int64)


def came(
    visits: Visits,
    day: int,
    hour: float,
    evse: int = 0,
    kwh: float = 8.0,
    asked_kwh: float = math.inf,
    who: str = "",
) -> Visits:
    """Return the memory with one two-hour visit more, some days from Monday."""
    arrival_s = MONDAY_S + day * DAY_S + hour * HOUR_S
    begun = visit_begun(who, arrival_s, Need(energy_wh=asked_kwh * 1000.0), BERLIN, evse=evse)
    return remembered(visits, begun._replace(dwell_s=2 * HOUR_S, energy_wh=kwh * 1000.0))


def outlets(alike: Ints = APART, free_h: tuple[float, ...] = (), phases: Ints | None = None) -> Outlets:
    """Return outlets that are free now, or some hours after Monday's midnight."""
    free_s = (
        np.array([MONDAY_S + HOUR_S * hour for hour in free_h]) if free_h else np.full(alike.size, -np.inf)
    )
    return Outlets(BERLIN, alike, alike if phases is None else phases, free_s)


def comers(
    visits: Visits,
    day: int,
    hour: float,
    *,
    at: Outlets | None = None,
    here: Ints = NOBODY_HERE,
    by_told: bool = False,
) -> Comers:
    now_s = MONDAY_S + day * DAY_S + hour * HOUR_S
    return comers_of(visits, outlets() if at is None else at, here, now_s, by_told=by_told)


def test_each_visit_of_the_last_five_workdays_is_expected_again_at_its_outlet_and_time_by_a_fifth() -> None:
    visits = no_visits()
    for day in range(-14, 0):  # the two weeks before, Monday to Sunday
        visits = came(visits, day, hour=9.0 + 0.1 * (day % 7), evse=day % 4)

    found = comers(visits, 0, 6.0)

    workdays = np.array([-7, -6, -5, -4, -3])
    assert found.evse.tolist() == (workdays % 4).tolist()
    assert found.arrival_s == pytest.approx(MONDAY_S + HOUR_S * (9.0 + 0.1 * (workdays % 7)))
    assert found.departure_s == pytest.approx(found.arrival_s + 2 * HOUR_S)
    assert found.need_wh == pytest.approx(8000.0)
    assert found.share_count == pytest.approx(1.0 / LIKE_DAYS)


def test_a_weekend_is_told_by_weekends() -> None:
    visits = no_visits()
    for day in range(-14, 5):
        visits = came(visits, day, hour=15.0 if day % 7 > 4 else 9.0)

    saturday = comers(visits, 5, 6.0)

    assert saturday.arrival_s == pytest.approx(MONDAY_S + 5 * DAY_S + 15 * HOUR_S)
    assert saturday.share_count == pytest.approx(0.25)  # of four such days


def test_only_who_comes_within_the_time_is_told_and_the_next_morning_is_part_of_it() -> None:
    visits = no_visits()
    for day in range(-7, 0):
        visits = came(came(visits, day, hour=1.0), day, hour=20.0)

    early, late = comers(visits, 0, 7.0), comers(visits, 0, 19.5)

    assert early.arrival_s.size == 0
    hours = np.unique((late.arrival_s - MONDAY_S) / HOUR_S)
    assert hours == pytest.approx([20.0, 25.0])


def test_the_night_before_a_weekend_expects_a_weekends_morning() -> None:
    visits = no_visits()
    for day in range(-7, 4):
        visits = came(visits, day, hour=3.0 if day % 7 > 4 else 6.0)

    friday_night = comers(visits, 4, 22.0)

    assert friday_night.arrival_s == pytest.approx(MONDAY_S + 5 * DAY_S + 3 * HOUR_S)


def test_where_drivers_are_believed_what_they_asked_for_counts_else_what_they_got() -> None:
    visits = came(came(no_visits(), -3, 9.0, kwh=5.0, asked_kwh=12.0), -4, 9.0, kwh=5.0)

    assert comers(visits, 0, 6.0, by_told=True).need_wh.tolist() == [12_000.0, 5000.0]
    assert comers(visits, 0, 6.0).need_wh.tolist() == [5000.0, 5000.0]


def test_a_visit_without_an_outlet_or_energy_is_not_expected_again() -> None:
    visits = came(came(came(no_visits(), -3, 9.0, evse=NOWHERE), -3, 10.0, kwh=0.0), -3, 11.0)

    assert comers(visits, 0, 6.0).arrival_s == pytest.approx([MONDAY_S + 11 * HOUR_S])


def test_a_site_that_has_seen_no_such_day_expects_nobody() -> None:
    assert comers(no_visits(), 0, 6.0).evse.size == 0
    assert comers(came(no_visits(), -1, 9.0), 0, 6.0).evse.size == 0  # that was a Sunday


def test_the_hands_of_the_clock_count_in_the_night_in_which_the_clocks_change() -> None:
    change_s = 1_711_839_600.0  # Sunday 31 March 2024, 00:00 in Berlin; at 02:00 it is 03:00
    begun = visit_begun("", change_s - DAY_S + 9 * HOUR_S, Need(), BERLIN, evse=0)  # 09:00 on Saturday
    visits = remembered(no_visits(), begun._replace(dwell_s=2 * HOUR_S, energy_wh=8000.0))

    for at_s in (change_s - HOUR_S, change_s + 4 * HOUR_S):  # Saturday 23:00, Sunday 05:00
        found = comers_of(visits, outlets(), NOBODY_HERE, at_s, by_told=False)
        expected = 1 if at_s > change_s else 0  # on Saturday night that day is not over
        assert [local_moment(BERLIN, moment_s).of_day_s for moment_s in found.arrival_s] == [
            9 * HOUR_S
        ] * expected
    again = visits._replace(day=visits.day - 7)
    late = comers_of(again, outlets(), NOBODY_HERE, change_s - HOUR_S, by_told=False)
    assert local_moment(BERLIN, float(late.arrival_s[0])).of_day_s == 9 * HOUR_S


def test_a_day_without_visits_counts_as_one() -> None:
    visits = came(
        came(no_visits(), -7, 9.0), -5, 10.0
    )  # Monday and Wednesday, none on the days between and after

    found = comers(visits, 0, 6.0)

    assert found.share_count == pytest.approx([0.2, 0.2])


def test_days_of_more_than_four_weeks_ago_tell_nothing() -> None:
    assert comers(came(no_visits(), -28, 9.0), 0, 6.0).share_count.size == 0  # five later ones had nobody
    assert comers(came(no_visits(), -700, 9.0), 0, 6.0).evse.size == 0


def test_a_full_memorys_oldest_day_is_left_out_for_it_may_be_kept_in_part() -> None:
    visits = no_visits()
    for day in (-5, -4, -3):
        visits = came(visits, day, 9.0)
    many = Visits._make(np.concatenate([np.repeat(column[:1], KEPT_VISITS), column[1:]]) for column in visits)

    assert comers(visits, 0, 6.0).share_count == pytest.approx([1 / 3] * 3)
    assert comers(many, 0, 6.0).share_count == pytest.approx([0.5] * 2)


def test_who_is_there_or_was_today_is_not_expected_again() -> None:
    visits = no_visits()
    for day in (-5, -4, -3):
        visits = came(came(visits, day, 9.0, who="anna"), day, 9.5, evse=1, who="bert")
    anna_was_here = came(visits, 0, 5.0, who="anna")

    assert set(comers(visits, 0, 8.0).evse.tolist()) == {0, 1}
    assert set(comers(anna_was_here, 0, 8.0).evse.tolist()) == {1}
    assert set(comers(visits, 0, 8.0, here=np.array([user_number("bert")])).evse.tolist()) == {0}


def test_nobody_comes_before_an_outlet_like_the_one_is_free() -> None:
    visits = came(came(no_visits(), -3, 9.0), -3, 9.5, evse=3)
    taken = outlets(np.array([0, 0, 0, 1]), free_h=(10.0, 12.0, 12.0, 14.0))

    found = comers(visits, 0, 8.0, at=taken)

    assert found.evse.tolist() == [0]  # who would come at 9:30 would have left before 14:00
    assert found.arrival_s == pytest.approx([MONDAY_S + 10 * HOUR_S])
    assert found.departure_s == pytest.approx([MONDAY_S + 11 * HOUR_S])


@given(st.sampled_from([1, 3, 6, 60]), st.integers(MOST_ROWS + 1, 900), st.integers(0, 2**32 - 1))
def test_many_visits_become_few_rows_that_mean_as_much(kinds: int, count: int, seed: int) -> None:
    chance = np.random.default_rng(seed)
    evse = chance.integers(0, 60, count)
    alike = np.arange(60) % kinds
    day = local_moment(BERLIN, MONDAY_S - 3 * DAY_S).day
    none = np.full(count, np.nan)
    kept = Visits(
        user=np.zeros(count, dtype=np.int64),
        arrival_s=np.zeros(count),
        kind=np.zeros(count, dtype=np.int64),
        of_day_s=chance.uniform(7.0, 17.0, count) * HOUR_S,
        dwell_s=chance.uniform(0.5, 20.0, count) * HOUR_S,
        energy_wh=chance.uniform(200.0, 60_000.0, count),
        typed_stay_s=none,
        typed_wh=none,
        day=np.full(count, day),
        evse=evse,
    )

    found = comers(kept, 0, 6.0, at=outlets(alike, phases=alike % 3))

    assert found.evse.size <= MOST_ROWS
    assert found.share_count.sum() == pytest.approx(count)
    for kind in range(min(kinds, 3)):  # many kinds are told apart by their phases alone
        mine, theirs = alike[found.evse] % 3 == kind, alike[evse] % 3 == kind
        told_wh = (found.share_count * found.need_wh)[mine].sum()
        assert told_wh == pytest.approx(kept.energy_wh[theirs].sum())
    assert (found.departure_s > found.arrival_s).all()
    assert (found.arrival_s > MONDAY_S + 6 * HOUR_S).all()

"""The peak that past days teach, how it is begun with, and what the month's end makes of it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import peak_of
from tests.places import row_of, snapshot_of
from voltloom.allocation.adaptive.horizon.hindsight import (
    FIRST_DAYS,
    OUTLETS_RATIO,
    empty_day,
    first_kw,
    with_day,
    with_today,
)
from voltloom.allocation.adaptive.horizon.memory import DaySeen, PeakSeen
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.allocation.adaptive.horizon.solving import solved
from voltloom.decision.outlook import Outlook
from voltloom.site.network import Floats

HOUR_S, DAY_S = 3600.0, 86_400.0
SOLD = PlanningSettings(objective=Objective.PROFIT, sell_price_per_kwh=0.30)


def month(*, left: int, demand: float = 10.0, day: int = 0) -> Outlook:
    """Return a month of one price, on a local day with so many workdays left."""
    start_s = day * DAY_S + HOUR_S * np.arange(48, dtype=np.float64)
    return Outlook(start_s, np.full(48, 0.10), demand, 900.0, 0.0, 30 * DAY_S, day * DAY_S, True, left)


def visits(count: int, *, is_workday: bool = True) -> DaySeen:
    """Return a day on which cars of 6 kW come at eight, one after another, and stay eight hours for 20 kWh each."""
    arrival_s: Floats = 8 * HOUR_S + 60.0 * np.arange(count, dtype=np.float64)
    departure_s: Floats = arrival_s + 8 * HOUR_S
    return DaySeen(
        0.0,
        is_workday,
        np.arange(1, count + 1),
        arrival_s,
        departure_s,
        np.full(count, 20.0),
        np.full(count, 6.0),
        np.full(144, 0.10),
    )


def after(day: DaySeen, outlook: Outlook, seen: PeakSeen | None = None) -> PeakSeen:
    return with_day((seen or peak_of(0.0))._replace(today=day), outlook, SOLD, solved)


def test_a_site_begins_with_a_little_of_what_its_outlets_can_draw_where_that_soon_pays() -> None:
    site = row_of(4, rating_a=500.0)
    outlook = month(left=21)
    snapshot = snapshot_of(site, outlook=outlook)
    outlets_kw = float(snapshot.network.max_a @ snapshot.network.w_per_a[1]) / 1000.0

    assert first_kw(snapshot, outlook, SOLD) == pytest.approx(OUTLETS_RATIO * outlets_kw)


@pytest.mark.parametrize(("left", "demand"), [(2, 10.0), (0, 10.0), (21, 40.0)])
def test_it_begins_with_nothing_where_a_kw_must_be_used_all_day_to_pay(left: int, demand: float) -> None:
    outlook = month(left=left, demand=demand)

    assert first_kw(snapshot_of(row_of(4, rating_a=500.0), outlook=outlook), outlook, SOLD) == 0.0


def test_a_day_teaches_the_peak_that_serves_its_cars_while_enough_such_days_are_left() -> None:
    early, late = after(visits(10), month(left=20, day=1)), after(visits(10), month(left=3, day=1))

    assert early.target_kw == pytest.approx(10 * 20.0 / 8.0, rel=0.1)
    assert late.target_kw < 2.0


def test_a_month_that_begins_on_a_sunday_begins_with_the_peak_of_a_whole_month() -> None:
    ended = after(visits(10), month(left=1, day=1))

    begun = after(visits(2, is_workday=False), month(left=22, day=2), ended)

    assert begun.workdays == 1
    assert begun.target_kw == pytest.approx(25.0, rel=0.1)


def test_a_day_is_judged_by_its_own_prices_also_where_tomorrow_is_another_market() -> None:
    tomorrow = month(left=20, day=1)._replace(price_per_kwh=np.full(48, 0.29))

    assert (
        after(visits(10), tomorrow).worth_kwh.tolist()
        == after(visits(10), month(left=20, day=1)).worth_kwh.tolist()
    )


def test_a_day_that_began_before_the_site_did_takes_tomorrows_prices_for_the_hours_before() -> None:
    outlook = month(left=20)
    late = outlook._replace(start_s=outlook.start_s + 14 * HOUR_S, price_per_kwh=np.arange(48.0))

    price = empty_day(late).price_per_kwh

    assert price[[0, 55, 56]].tolist() == [10.0, 23.0, 24.0]  # from midnight on: those of an hour, a day on


def test_a_holiday_at_the_months_beginning_teaches_nothing_but_that_there_are_such_days() -> None:
    usual = after(visits(10), month(left=20, day=1))
    holiday = after(visits(1), month(left=20, day=1))

    then = after(visits(10), month(left=19, day=2), holiday)

    assert (holiday.workdays, then.workdays, then.days_off) == (1, 1, 1)
    assert then.worth_kwh.tolist() == usual.worth_kwh.tolist()
    assert 0.8 * usual.target_kw < then.target_kw <= usual.target_kw


def test_a_holiday_later_on_lowers_no_days_worth() -> None:
    usual = after(visits(10), month(left=20, day=1))

    then = after(visits(2), month(left=19, day=2), usual)

    assert (then.workdays, then.days_off) == (1, 1)
    assert then.worth_kwh.tolist() == usual.worth_kwh.tolist()


def test_a_memory_of_before_prices_were_kept_learns_from_the_next_day_on() -> None:
    old = visits(10)._replace(price_per_kwh=np.zeros(0))

    learned = after(old, month(left=20, day=1))

    assert learned.workdays == 0
    assert learned.today.price_per_kwh.size > 0


def test_a_full_second_day_raises_the_peak_before_it_is_over() -> None:
    quiet = after(visits(4), month(left=20, day=1))

    noon = with_today(quiet._replace(today=visits(16)), month(left=20), SOLD, solved, 12 * HOUR_S)

    assert noon.target_kw > 1.5 * quiet.target_kw
    assert noon.workdays == 1


def test_a_day_that_began_emptier_than_others_lowers_no_peak() -> None:
    busy = after(visits(16), month(left=20, day=1))

    morning = with_today(busy._replace(today=visits(1)), month(left=20), SOLD, solved, 9 * HOUR_S)

    assert morning.target_kw == busy.target_kw


def test_after_some_days_a_day_counts_when_it_is_over() -> None:
    taught = after(visits(4), month(left=20, day=1))._replace(workdays=FIRST_DAYS, today=visits(16))

    assert with_today(taught, month(left=20), SOLD, solved, 12 * HOUR_S) is taught

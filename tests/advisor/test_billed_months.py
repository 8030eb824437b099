"""How much of a month with a demand charge a run has played, and what it would owe for those days."""

from dataclasses import replace

import pytest

from tests.advisor.made_runs import DAY_S, FLAT_TARIFF, START_S, a_scenario
from voltloom.advisor.billed_months import billed_months, by_the_day_minor, charge_words, is_too_short
from voltloom.simulation.scenario import Scenario
from voltloom.site.tariff import Bill, MonthPeak

CHARGED = replace(FLAT_TARIFF, seasons=(replace(FLAT_TARIFF.seasons[0], demand_nano_per_kw=10 * 10**9),))


def days_of(count: float, *, begins_after: float = 0.0) -> Scenario:
    begin_s = START_S + begins_after * DAY_S
    return replace(a_scenario(tariff=CHARGED), start_s=begin_s, end_s=begin_s + count * DAY_S)


@pytest.mark.parametrize(
    ("count", "begins_after", "is_short"),
    [(1, 0, True), (13, 0, True), (14, 0, False), (31, 0, False), (26, 18, True), (28, 17, False)],
)
def test_a_month_is_judged_from_two_weeks_in_it_on(count: int, begins_after: int, is_short: bool) -> None:
    assert is_too_short(days_of(count, begins_after=begins_after)) is is_short


def test_a_day_owes_a_day_of_the_months_charge() -> None:
    bill = Bill(
        total_minor=31_000,
        energy_minor=0,
        demand_minor=31_000,
        energy_wh=0,
        peak_w=31_000,
        months=(MonthPeak(at_s=START_S + 3600.0, peak_w=31_000, cost_minor=31_000.0),),
    )

    assert by_the_day_minor(days_of(1), bill) == pytest.approx(1_000.0)
    assert by_the_day_minor(days_of(31), bill) == pytest.approx(31_000.0)


def test_words_name_the_days_played_and_a_whole_month_needs_none() -> None:
    assert "only 2 of 31 days of October 2019 were played" in charge_words(days_of(2))
    assert charge_words(days_of(31)) == ""


def test_without_a_demand_charge_no_month_is_billed() -> None:
    world = a_scenario(tariff=FLAT_TARIFF, days=1)

    assert billed_months(world) == ()
    assert not is_too_short(world)

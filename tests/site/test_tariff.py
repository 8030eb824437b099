"""Bills are exact, and prices follow the clock on the wall."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.controller.outlooks import Outlooks
from voltloom.site.mistakes import PlanError
from voltloom.site.tariff import NANO, Tariff, TariffError, bill_of, price_steps
from voltloom.site.tariff_plan import tariff_of

ZONE = "America/Los_Angeles"
TOU: dict[str, Any] = {
    "name": "day and night",
    "schedule": [
        {"id": "week", "dow_mask": "WEEKDAYS", "times": [0, 8, 21.5], "tariffs": [0.1, 0.3, 0.1], "demand_charge": 15.51},
        {"id": "end", "dow_mask": "WEEKENDS", "tariffs": [0.1], "demand_charge": 15.51},
    ],
}  # fmt: skip


def tou(**changes: Any) -> Tariff:
    return tariff_of({**TOU, **changes}, time_zone=ZONE)


def at(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)).timestamp()


def test_a_price_holds_from_its_minute_on() -> None:
    tariff = tou()

    prices = [tariff.price_nano_at(at(f"2019-10-01T{hour}")) / NANO for hour in ("07:59", "08:00", "21:29", "21:30")]  # fmt: skip

    assert prices == [0.1, 0.3, 0.3, 0.1]


def test_energy_and_demand_add_up_to_the_cent() -> None:
    start_s = at("2019-10-01T07:00")
    energy_wh = np.array([1000.0, 2000.0, 500.0, 500.0])  # two half hours before and two after eight

    bill = bill_of(tou(), start_s, 1800.0, energy_wh)

    assert bill.energy_minor == round(3.0 * 10 + 1.0 * 30)
    assert bill.peak_w == 4000
    assert bill.demand_minor == (4 * 1551)
    assert bill.total_minor == bill.energy_minor + bill.demand_minor
    assert bill.energy_wh == 4000


def test_a_step_over_a_change_of_price_is_divided() -> None:
    bill = bill_of(tou(), at("2019-10-01T07:30"), 3600.0, np.array([1000.0]))

    assert bill.energy_minor == 20


@pytest.mark.parametrize(("day", "hours"), [("2019-03-10", 23), ("2019-11-03", 25), ("2019-10-06", 24)])
def test_a_day_on_which_clocks_change_has_as_many_hours_as_it_has(day: str, hours: int) -> None:
    hourly = tou(schedule=[{"times": list(range(24)), "tariffs": [h / 100 for h in range(24)]}])
    end = datetime.fromisoformat(day) + timedelta(days=1)

    steps = price_steps(hourly, at(day), end.replace(tzinfo=ZoneInfo(ZONE)).timestamp())

    assert sum(step.end_s - step.start_s for step in steps) == hours * 3600
    seen = [step.price_nano_per_kwh * 100 // NANO for step in steps]
    missing = {23: [2], 24: [], 25: []}[hours]
    assert seen == [h for h in range(24) if h not in missing]
    lasts = {step.price_nano_per_kwh * 100 // NANO: step.end_s - step.start_s for step in steps}
    assert lasts[1] == (7200 if hours == 25 else 3600)


def test_a_season_goes_over_the_new_year() -> None:
    tariff = tou(
        schedule=[
            {"id": "summer", "effective_start": "06-01", "effective_end": "9-30", "tariffs": [0.2]},
            {"id": "winter", "effective_start": "10-01", "effective_end": "05-31", "tariffs": [0.1]},
        ]
    )

    seasons = [tariff.season_at(at(day)).season_id for day in ("2019-05-31", "2019-06-01", "2019-12-31", "2020-01-01")]  # fmt: skip

    assert seasons == ["winter", "summer", "winter", "winter"]


def test_two_schedules_on_one_day_are_told_not_chosen_between() -> None:
    tariff = tou(schedule=[{"id": "a", "tariffs": [0.1]}, {"id": "b", "tariffs": [0.2]}])

    with pytest.raises(TariffError, match=r"'a', 'b' hold at once on Tuesday 2019-10-01"):
        price_steps(tariff, at("2019-10-01"), at("2019-10-02"))


def test_each_calendar_month_has_a_peak_of_its_own() -> None:
    start_s = at("2019-10-31T23:00")
    energy_wh = np.array([5000.0, 2000.0])

    bill = bill_of(tou(), start_s, 3600.0, energy_wh)

    assert bill.demand_minor == ((5 + 2) * 1551)


@given(
    energies_wh=st.lists(st.integers(min_value=0, max_value=90_000), min_size=1, max_size=96),
    minutes=st.sampled_from([5, 15, 60]),
)
def test_a_bill_is_the_exact_sum_of_its_parts_rounded_once(energies_wh: list[int], minutes: int) -> None:
    tariff = tou(schedule=[{"times": [0, 8, 20], "tariffs": [0.05623, 0.26668, 0.0925]}])
    start_s = at("2019-07-01")

    bill = bill_of(tariff, start_s, minutes * 60.0, np.array(energies_wh, dtype=np.float64))

    exact = Decimal(0)
    for number, energy_wh in enumerate(energies_wh):
        hour = datetime.fromtimestamp(start_s + number * minutes * 60, UTC).astimezone(ZoneInfo(ZONE)).hour
        price = Decimal("0.05623") if hour < 8 else Decimal("0.26668") if hour < 20 else Decimal("0.0925")
        exact += price * energy_wh / 10
    assert abs(Decimal(bill.total_minor) - exact) <= Decimal("0.5")
    assert bill.energy_wh == sum(energies_wh)


PRICES = "when,eur\n2024-03-31 00:00:00,50.25\n2024-03-31 01:00:00,-10\n2024-03-31 02:00:00,80\n"


def test_day_ahead_prices_come_from_a_csv_and_may_be_negative() -> None:
    columns = {"time": "when", "price": "eur"}

    tariff = tariff_of(
        {"currency": "EUR", "columns": columns}, time_zone="Europe/Amsterdam", prices_csv=PRICES
    )

    start_s = datetime(2024, 3, 31, tzinfo=UTC).timestamp()
    assert [s.price_nano_per_kwh for s in price_steps(tariff, start_s, start_s + 3 * 3600)] == [
        50_250_000,
        -10_000_000,
        80_000_000,
    ]
    with pytest.raises(TariffError, match="no price for 2024-03-31 05:00"):
        tariff.price_nano_at(start_s + 3 * 3600)


def test_a_csv_may_tell_how_much_carbon_comes_with_a_kwh_and_a_change_of_it_is_a_step_of_its_own() -> None:
    table = {"name": "x", "columns": {"time": "t", "price": "p", "carbon": "g"}}
    lines = [
        "t,p,g",
        "2024-01-01 00:00:00,50,300",
        "2024-01-01 01:00:00,50,120.5",
        "2024-01-01 02:00:00,50,120.5",
    ]

    tariff = tariff_of(table, time_zone="UTC", prices_csv="\n".join(lines))

    assert tariff.series is not None
    start_s = float(tariff.series.start_s[0])
    steps = price_steps(tariff, start_s, start_s + 10_800.0)
    assert [(step.start_s - start_s, tariff.carbon_g_at(step.start_s)) for step in steps] == [
        (0.0, 300.0),
        (3600.0, 120.5),
    ]
    outlook = Outlooks(tariff).at(start_s)
    assert outlook is not None
    assert outlook.carbon_g_per_kwh is not None
    assert outlook.carbon_g_per_kwh.tolist() == [300.0, 120.5]
    assert np.isnan(tariff.carbon_g_at(start_s - 1.0))


def test_mistakes_in_a_tariff_are_named_at_once() -> None:
    schedule = {
        "id": "s",
        "effective_start": "13-01",
        "dow_mask": ["Mondy"],
        "times": [1, 2],
        "tariffs": [0.1],
    }

    with pytest.raises(PlanError) as caught:
        tariff_of({"schedule": [schedule]}, time_zone=ZONE)

    assert [m.path for m in caught.value.mistakes] == [
        "tariff.schedule.s.effective_start",
        "tariff.schedule.s.dow_mask",
        "tariff.schedule.s.times",
        "tariff.schedule.s.tariffs",
    ]


def test_a_bad_line_of_prices_is_named() -> None:
    text = PRICES.replace("-10", "cheap")

    with pytest.raises(PlanError, match="line 3"):
        tariff_of({"columns": {"time": "when", "price": "eur"}}, time_zone=ZONE, prices_csv=text)

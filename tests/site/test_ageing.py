"""Batteries age by time and by use as their measurements say, and using one costs more the harder it is used."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.site.ageing import (
    BatteryUse,
    Replacement,
    calendar_loss_ratio,
    cycle_loss_ratio,
    life_s,
    wear_eur_per_kwh,
)
from voltloom.units import SECONDS_PER_DAY

YEAR_S = 365.25 * SECONDS_PER_DAY
NEW = Replacement(price_eur_per_kwh=250.0)
USES = st.builds(
    BatteryUse,
    soc_ratio=st.floats(0.0, 1.0),
    temperature_c=st.floats(0.0, 45.0),
    rate_per_h=st.floats(0.05, 1.0),
    depth_ratio=st.floats(0.1, 1.0),
    cycles_per_day=st.floats(0.1, 3.0),
)


def test_a_cell_at_rest_loses_what_the_fit_of_its_measurements_says() -> None:
    # At the reference, 50 % and 25 °C: 1.2571e-5 * 0.60225 for the root of a second.
    assert calendar_loss_ratio(0.5, 25.0, YEAR_S) == pytest.approx(0.0425, abs=0.0002)
    assert calendar_loss_ratio(1.0, 25.0, YEAR_S) / calendar_loss_ratio(0.5, 25.0, YEAR_S) == pytest.approx(
        1.593, abs=0.001
    )
    assert calendar_loss_ratio(0.5, 45.0, YEAR_S) / calendar_loss_ratio(0.5, 25.0, YEAR_S) == pytest.approx(
        1.544, abs=0.003
    )


def test_a_thousand_full_cycles_take_what_the_fit_says() -> None:
    # 1 C and 80 %: (0.0630 + 0.0971) * (4.0253 * 0.2^3 + 1.0923) percent for the root of a cycle.
    assert cycle_loss_ratio(1.0, 0.8, 1000.0) == pytest.approx(0.0569, abs=0.0002)


@given(use=USES)
def test_a_life_ends_when_age_and_cycles_together_have_taken_enough(use: BatteryUse) -> None:
    lasts_s = life_s(use, 0.2)

    by_age = calendar_loss_ratio(use.soc_ratio, use.temperature_c, lasts_s)
    cycles = use.cycles_per_day * lasts_s / SECONDS_PER_DAY
    assert by_age + cycle_loss_ratio(use.rate_per_h, use.depth_ratio, cycles) == pytest.approx(0.2)


@given(use=USES)
def test_what_all_kwh_of_a_life_pay_for_wear_is_the_cycles_part_of_a_new_battery(use: BatteryUse) -> None:
    days = life_s(use, NEW.worn_out_ratio) / SECONDS_PER_DAY
    paid_eur = wear_eur_per_kwh(use, NEW) * 2.0 * use.cycles_per_day * days

    share = cycle_loss_ratio(use.rate_per_h, use.depth_ratio, use.cycles_per_day * days) / NEW.worn_out_ratio
    assert paid_eur == pytest.approx(share * NEW.price_eur_per_kwh)
    assert 0.0 < paid_eur < NEW.price_eur_per_kwh


@given(use=USES, more=st.floats(1.01, 2.0))
def test_more_power_costs_more(use: BatteryUse, more: float) -> None:
    harder = replace(use, rate_per_h=use.rate_per_h * more)

    assert wear_eur_per_kwh(harder, NEW) > wear_eur_per_kwh(use, NEW)
    assert life_s(harder, 0.2) < life_s(use, 0.2)


@given(use=USES, warmer=st.floats(1.0, 15.0))
def test_heat_and_a_full_battery_shorten_its_life_and_make_each_kwh_dearer(
    use: BatteryUse, warmer: float
) -> None:
    hot = replace(use, temperature_c=use.temperature_c + warmer)
    full, half = replace(use, soc_ratio=1.0), replace(use, soc_ratio=0.5)

    assert life_s(hot, 0.2) < life_s(use, 0.2)
    assert wear_eur_per_kwh(hot, NEW) > wear_eur_per_kwh(use, NEW)
    assert wear_eur_per_kwh(full, NEW) > wear_eur_per_kwh(half, NEW)


def test_a_stationary_battery_of_today_wears_by_a_cent_or_so_for_each_kwh() -> None:
    assert 0.002 < wear_eur_per_kwh(BatteryUse(), NEW) < 0.03


def test_a_battery_that_is_never_used_costs_no_wear() -> None:
    assert wear_eur_per_kwh(BatteryUse(cycles_per_day=0.0), NEW) == 0.0

"""Which kW of a month's peak is bought now, and which is waited for."""

from __future__ import annotations

import numpy as np
import pytest

from tests.allocation.adaptive.horizon.places import peak_of
from voltloom.allocation.adaptive.horizon.day_worth import PEAKS_KW
from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.allocation.adaptive.horizon.waiting import BELIEVED_DAYS, HOLIDAY_RATIO, peak_to_buy_kw
from voltloom.site.network import Floats

HOURS, CHARGE_KWH = (
    8.0,
    50.0,
)  # a kW is used so long on a day that needs it, and costs as much as six such days bring
PLENTY = 1e6


def days_of(sizes_kw: Floats, variance_ratio: float) -> PeakSeen:
    """Return what days taught that each used every kW up to a size for HOURS."""
    worth = HOURS * np.minimum(PEAKS_KW, np.asarray(sizes_kw)[:, None]).sum(axis=0)
    count = len(sizes_kw)
    return peak_of(0.0)._replace(worth_kwh=worth, workdays=count, variance_ratio=variance_ratio * count)


def earned_kwh(targets_kw: list[float], sizes_kw: Floats) -> float:
    """Return what a month brings in which each day has its target, or the highest before, less the charge."""
    paid_kw = np.maximum.accumulate(np.minimum(targets_kw, PLENTY))
    return float(HOURS * np.minimum(paid_kw, sizes_kw).sum() - CHARGE_KWH * paid_kw[-1])


def test_where_days_are_all_alike_a_kw_is_bought_while_enough_of_them_are_left() -> None:
    alike = days_of(np.full(3, 30.0), 0.0)
    used = 1.0 - HOLIDAY_RATIO * BELIEVED_DAYS / (3 + BELIEVED_DAYS)
    enough = int(np.ceil(CHARGE_KWH / HOURS / used))

    assert peak_to_buy_kw(alike, enough, CHARGE_KWH) == pytest.approx(30.0, rel=0.03)
    assert peak_to_buy_kw(alike, enough - 1, CHARGE_KWH) == 0.0


def test_nothing_is_bought_before_a_day_is_known_and_after_the_last() -> None:
    assert peak_to_buy_kw(peak_of(0.0), 20, CHARGE_KWH) == 0.0
    assert peak_to_buy_kw(days_of(np.full(3, 30.0), 0.04), 0, CHARGE_KWH) == 0.0


def test_days_off_that_were_seen_make_a_kw_pay_less() -> None:
    seen = days_of(np.array([30.0, 30.0, 22.0, 22.0]), 0.0)

    free = [peak_to_buy_kw(seen._replace(days_off=off), 16, CHARGE_KWH) for off in (0, 4)]

    assert free == [pytest.approx(30.0, rel=0.03), pytest.approx(22.0, rel=0.03)]


def test_one_great_day_among_three_is_waited_for_where_days_vary_much() -> None:
    three = np.array([20.0, 22.0, 40.0])

    surely, perhaps = (peak_to_buy_kw(days_of(three, variance), 20, CHARGE_KWH) for variance in (0.0, 0.05))

    assert surely == pytest.approx(40.0, rel=0.03)
    assert 22.0 < perhaps < 36.0


@pytest.mark.parametrize("variance_ratio", [0.05, 0.1, 0.2])
def test_after_one_day_no_more_is_bought_than_it_used_however_much_days_vary_as_more_can_be_bought_tomorrow(
    variance_ratio: float,
) -> None:
    bought_kw = peak_to_buy_kw(days_of(np.full(1, 30.0), variance_ratio), 20, CHARGE_KWH)

    assert 28.0 < bought_kw < 30.0 * 1.03  # 35 to 40 where all that pays is bought at once


def test_over_many_months_waiting_brings_more_than_the_best_peak_of_the_days_so_far() -> None:
    chance, deviation, left = np.random.default_rng(7), 0.25, 12
    waited, plain = 0.0, 0.0
    for _ in range(60):
        sizes_kw = 30.0 * np.exp(chance.normal(0.0, deviation, left))
        targets: list[float] = []
        best: list[float] = []
        for day in range(1, left):
            seen = days_of(sizes_kw[:day], deviation**2)
            targets.append(peak_to_buy_kw(seen, left - day, CHARGE_KWH))
            gains = (left - day) * seen.worth_kwh / day - CHARGE_KWH * PEAKS_KW
            best.append(float(PEAKS_KW[int(np.argmax(gains))]))
        waited += earned_kwh(targets, sizes_kw[1:])
        plain += earned_kwh(best, sizes_kw[1:])

    assert waited > plain + 0.02 * abs(plain)


def test_after_one_day_no_more_is_bought_than_that_day_used_though_it_may_have_been_a_small_one() -> None:
    one = days_of(np.array([30.0]), 0.0625)

    bought_kw = peak_to_buy_kw(one, 22, CHARGE_KWH)

    assert bought_kw == pytest.approx(30.0, rel=0.05)  # by what such days earn alone it were a fifth more

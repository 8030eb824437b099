"""Clarabel's plans against optima that can be found by hand."""

from __future__ import annotations

import numpy as np
import pytest

from voltloom.allocation.adaptive.horizon.conic import solved
from voltloom.allocation.adaptive.horizon.problem import Demand, Limits, Peak, Problem
from voltloom.site.network import Floats

CLOSE = 0.02  # A


def demand(need_kwh: list[float], cost: list[list[float]], **given: Floats) -> Demand:
    """Return vehicles of up to 10 A, each ampere of which is a kWh in each step."""
    shape = (len(need_kwh), len(cost[0]))
    made = Demand(
        low_a=np.zeros(shape),
        high_a=np.full(shape, 10.0),
        cost_per_a=np.array(cost),
        kwh_per_a=np.ones(shape),
        stiffness_per_a=np.full(shape, 1e-7),
        reference_a=np.zeros(shape),
        need_kwh=np.array(need_kwh),
        worth_per_kwh=np.ones(shape[0]),
    )
    return made._replace(**given)


def limits(*rows: tuple[list[complex], float], steps: int) -> Limits:
    weight = np.array([row for row, _ in rows], dtype=complex)
    rating = np.repeat(np.array([[rating] for _, rating in rows]), steps, axis=1)
    return Limits(weight, rating, (np.abs(weight.imag) < 1e-9).all(axis=1))


def test_a_need_is_met_in_the_cheapest_step() -> None:
    problem = Problem(demand([8.0], [[0.3, 0.1, 0.2]]), limits(([1.0], 100.0), steps=3), None)

    answer = solved(problem)

    assert answer.is_exact
    assert answer.current_a[0] == pytest.approx([0.0, 8.0, 0.0], abs=CLOSE)


def test_what_the_cheapest_step_cannot_hold_goes_to_the_next() -> None:
    problem = Problem(demand([15.0], [[0.3, 0.1, 0.2]]), limits(([1.0], 100.0), steps=3), None)

    assert solved(problem).current_a[0] == pytest.approx([0.0, 10.0, 5.0], abs=CLOSE)


def test_energy_that_costs_more_than_it_is_worth_is_not_taken() -> None:
    problem = Problem(demand([20.0], [[1.2, 0.5]]), limits(([1.0], 100.0), steps=2), None)

    assert solved(problem).current_a[0] == pytest.approx([0.0, 10.0], abs=CLOSE)


def test_a_shared_fuse_goes_to_who_can_use_it_only_now_and_its_price_is_what_waiting_costs() -> None:
    high = np.array([[10.0, 0.0], [10.0, 10.0]])
    problem = Problem(
        demand([10.0, 10.0], [[0.0, 0.0], [0.0, 0.1]], high_a=high), limits(([1.0, 1.0], 10.0), steps=2), None
    )

    answer = solved(problem)

    assert answer.current_a == pytest.approx(np.array([[10.0, 0.0], [0.0, 10.0]]), abs=CLOSE)
    assert 0.1 - 1e-3 <= answer.price_per_a[0, 0] <= 1.0 + 1e-3


def test_currents_at_a_right_angle_share_a_limit_as_its_length() -> None:
    problem = Problem(demand([10.0, 10.0], [[0.0], [0.0]]), limits(([1.0, 1.0j], 10.0), steps=1), None)

    answer = solved(problem)

    assert answer.current_a[:, 0] == pytest.approx([10.0 / np.sqrt(2.0)] * 2, abs=CLOSE)


def test_a_charge_on_the_peak_spreads_what_no_price_would_spread() -> None:
    peak = Peak(kw_per_a=np.ones(1), base_kw=np.array([3.0, 1.0]), least_kw=0.0, price_per_kw=0.5)
    problem = Problem(demand([10.0], [[0.0, 0.0]]), limits(([1.0], 100.0), steps=2), peak)

    answer = solved(problem)

    assert answer.current_a[0] == pytest.approx([4.0, 6.0], abs=CLOSE)  # 7 kW in both with what else flows
    assert answer.peak_kw == pytest.approx(7.0, abs=CLOSE)


def test_a_peak_that_is_paid_for_is_used() -> None:
    peak = Peak(kw_per_a=np.ones(1), base_kw=np.zeros(2), least_kw=9.0, price_per_kw=0.5)
    problem = Problem(demand([10.0], [[0.0, 0.1]]), limits(([1.0], 100.0), steps=2), peak)

    assert solved(problem).current_a[0] == pytest.approx([9.0, 1.0], abs=CLOSE)


def test_of_equal_plans_the_one_nearest_to_the_last_is_taken() -> None:
    last = np.array([[0.0, 6.0, 0.0]])
    problem = Problem(
        demand([6.0], [[0.1, 0.1, 0.1]], reference_a=last, stiffness_per_a=np.full((1, 3), 1e-4)),
        limits(([1.0], 100.0), steps=3),
        None,
    )

    assert solved(problem).current_a == pytest.approx(last, abs=0.2)


def test_a_problem_that_cannot_be_solved_is_told_as_such() -> None:
    low = np.full((2, 1), 6.0)
    problem = Problem(
        demand([10.0, 10.0], [[0.0], [0.0]], low_a=low), limits(([1.0, 1.0], 10.0), steps=1), None
    )

    assert not solved(problem).is_exact

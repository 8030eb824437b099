"""What is stored, fed back, bought and sold, against optima that can be found by hand, and what must hold of any."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.allocation.adaptive.horizon.flowing import batteries, fuse, givers, paid, problem, vehicles
from voltloom.allocation.adaptive.horizon.checking import checked
from voltloom.allocation.adaptive.horizon.problem import Answer, Peak, Problem, Stored
from voltloom.allocation.adaptive.horizon.solving import solved

CLOSE = 0.03  # kW, A or kWh
FEW = settings(max_examples=max(10, settings().max_examples // 4))


def planned(asked: Problem) -> tuple[Answer, Stored]:
    """Return an answer that stands the check."""
    answer = checked(asked, solved)
    assert answer is not None
    assert answer.stored is not None
    return answer, answer.stored


def test_a_battery_buys_cheap_and_covers_what_the_site_draws_when_it_is_dear() -> None:
    _, stored = planned(problem([0.1, 0.3], [4.0, 4.0], batteries(0.0)))

    assert stored.battery_kw[0] == pytest.approx([4.0, -4.0], abs=CLOSE)
    assert stored.grid_kw == pytest.approx([8.0, 0.0], abs=CLOSE)


def test_losses_are_bought_too_and_stored_energy_is_what_is_left_of_it() -> None:
    lossy = batteries(0.0, charge_ratio=np.array([0.8]), discharge_ratio=np.array([0.9]))

    _, stored = planned(problem([0.1, 0.3], [3.6, 3.6], lossy))

    assert stored.battery_kw[0] == pytest.approx([5.0, -3.6], abs=CLOSE)
    assert stored.stored_kwh[0] == pytest.approx([4.0, 0.0], abs=CLOSE)


@pytest.mark.parametrize(
    "why",
    [
        {"wear_per_kwh": np.array([0.11])},
        {"charge_ratio": np.array([0.5]), "discharge_ratio": np.array([0.6])},
    ],
)
def test_a_difference_in_price_that_wear_or_losses_eat_up_moves_nothing(why: dict[str, Any]) -> None:
    _, stored = planned(problem([0.1, 0.3], [4.0, 4.0], batteries(0.0, **why)))

    assert stored.battery_kw[0] == pytest.approx([0.0, 0.0], abs=CLOSE)


def test_what_an_answer_leaves_out_as_next_to_nothing_does_not_add_up_to_more_than_is_held() -> None:
    steps = 40
    trickling = batteries(9.99, steps=steps, least_kwh=np.array([1.0]), charge_ratio=np.array([0.96]))
    asked = problem([0.1 + 0.001 * (step % 7) for step in range(steps)], [4.0] * steps, trickling)

    _, stored = planned(asked)

    assert stored.stored_kwh.min() >= 1.0 - 1e-9
    assert stored.stored_kwh.max() <= 10.0 + 1e-9


def test_surplus_is_stored_and_not_given_away() -> None:
    _, stored = planned(problem([0.2, 0.2], [-3.0, 5.0], batteries(0.0)))

    assert stored.battery_kw[0] == pytest.approx([3.0, -3.0], abs=CLOSE)
    assert stored.grid_kw == pytest.approx([0.0, 2.0], abs=CLOSE)


@pytest.mark.parametrize(("sells_at", "sold_kw"), [(0.0, 0.0), (0.25, 5.0)])
def test_stored_energy_is_sold_only_where_that_brings_something(sells_at: float, sold_kw: float) -> None:
    asked = problem([0.1, 0.3], [0.0, 0.0], batteries(0.0))
    assert asked.flows is not None
    asked = asked._replace(flows=asked.flows._replace(sell_per_kwh=np.array([0.05, sells_at])))

    _, stored = planned(asked)

    assert stored.grid_kw[1] == pytest.approx(-sold_kw, abs=CLOSE)


def test_what_is_left_at_the_end_is_kept_where_it_is_worth_more_than_now() -> None:
    kept = batteries(6.0, end_worth_per_kwh=np.array([0.25]))

    _, stored = planned(problem([0.1, 0.3], [4.0, 4.0], kept))

    assert stored.battery_kw[0] == pytest.approx([4.0, -4.0], abs=CLOSE)
    assert stored.stored_kwh[0, -1] == pytest.approx(6.0, abs=CLOSE)


def test_what_is_kept_for_peaks_is_bought_and_used_for_nothing_else_but_a_peak_that_costs() -> None:
    keeps = batteries(0.0, kept_kwh=np.array([3.0]), kept_worth_per_kwh=np.array([0.4]))
    peak = Peak(kw_per_a=np.zeros(0), base_kw=np.zeros(2), least_kw=8.0, price_per_kw=2.0)

    _, quiet = planned(problem([0.1, 0.1], [4.0, 4.0], keeps, peak=peak))
    _, steep = planned(problem([0.1, 0.1], [4.0, 10.0], keeps, peak=peak))

    assert quiet.stored_kwh[0, -1] == pytest.approx(3.0, abs=CLOSE)
    assert steep.grid_kw[1] == pytest.approx(8.0, abs=CLOSE)


def test_what_is_kept_for_peaks_is_not_spent_on_vehicles_that_are_there() -> None:
    """Ten kWh at the grid's price, or five more from the battery: 4 of its 8 kWh are kept."""
    keeps = batteries(8.0, kept_kwh=np.array([4.0]), kept_worth_per_kwh=np.array([0.4]))
    peak = Peak(kw_per_a=np.ones(1), base_kw=np.zeros(1), least_kw=10.0, price_per_kw=5.0)
    asked = problem(
        [0.1],
        [0.0],
        keeps._replace(reference_kw=np.zeros((1, 1))),
        demand=vehicles([20.0], 1, most_a=20.0),
        peak=peak,
    )

    answer, stored = planned(asked)

    assert stored.stored_kwh[0, -1] == pytest.approx(4.0, abs=CLOSE)
    assert answer.current_a[0, 0] == pytest.approx(14.0, abs=CLOSE)


def test_a_battery_takes_the_top_off_a_peak_that_costs() -> None:
    peak = Peak(kw_per_a=np.zeros(0), base_kw=np.array([2.0, 8.0]), least_kw=0.0, price_per_kw=1.0)

    answer, stored = planned(problem([0.2, 0.2], [2.0, 8.0], batteries(0.0), peak=peak))

    assert stored.battery_kw[0] == pytest.approx([3.0, -3.0], abs=CLOSE)
    assert answer.peak_kw == pytest.approx(5.0, abs=CLOSE)


def test_a_vehicle_feeds_back_when_it_is_dear_and_has_it_again_when_it_leaves() -> None:
    asked = problem([0.5, 0.1], [4.0, 0.0], feeding=givers([0], 2), demand=vehicles([0.0], 2))

    answer, stored = planned(asked)

    assert stored.given_a[0] == pytest.approx([4.0, 0.0], abs=CLOSE)
    assert answer.current_a[0] == pytest.approx([0.0, 4.0], abs=CLOSE)


def test_what_its_driver_asked_for_comes_before_what_feeding_back_earns() -> None:
    short = givers([0], 2, short_kwh=np.array([5.0]))
    asked = problem([0.5, 0.1], [4.0, 0.0], feeding=short, demand=vehicles([5.0], 2, most_a=6.0))

    answer, stored = planned(asked)

    net_kwh = float((answer.current_a - stored.given_a).sum())
    assert net_kwh == pytest.approx(5.0, abs=CLOSE)
    assert stored.given_a[0, 0] == pytest.approx(1.0, abs=CLOSE), "what it can have back in an hour"


def test_a_vehicle_holds_more_than_was_asked_for_meanwhile_and_gives_it_back() -> None:
    asked = problem([0.1, 0.5], [0.0, 4.0], feeding=givers([0], 2), demand=vehicles([0.0], 2))

    answer, stored = planned(asked)

    assert answer.current_a[0] == pytest.approx([4.0, 0.0], abs=CLOSE)
    assert stored.given_a[0] == pytest.approx([0.0, 4.0], abs=CLOSE)


def test_who_holds_more_than_was_asked_for_gives_that_and_no_more() -> None:
    rich = givers([0], 2, short_kwh=np.array([-3.0]), wear_per_kwh=0.01)
    asked = problem([0.2, 0.2], [4.0, 4.0], feeding=rich, demand=vehicles([0.0], 2))

    answer, stored = planned(asked)

    assert float(stored.given_a.sum()) == pytest.approx(3.0, abs=CLOSE)
    assert answer.current_a == pytest.approx(0.0, abs=CLOSE)


def test_nobody_goes_below_the_floor_whatever_it_would_earn() -> None:
    poor = givers([0], 2, spare_kwh=np.array([1.5]))
    asked = problem([0.9, 0.1], [8.0, 0.0], feeding=poor, demand=vehicles([0.0], 2))

    _, stored = planned(asked)

    assert stored.given_a[0, 0] == pytest.approx(1.5, abs=CLOSE)


def test_what_one_vehicle_feeds_back_makes_no_room_for_another() -> None:
    asked = problem([0.5], [0.0], feeding=givers([0], 1), demand=vehicles([0.0, 20.0], 1, most_a=20.0))
    asked = asked._replace(limits=fuse(2, 1, rating_a=6.0))

    answer, stored = planned(asked)

    assert answer.current_a[1, 0] == pytest.approx(6.0, abs=CLOSE)
    assert stored.grid_kw[0] <= 6.0 + CLOSE


def test_a_battery_charges_with_what_cars_leave_of_a_limit() -> None:
    asked = problem([0.1, 0.9], [0.0, 5.0], batteries(0.0), demand=vehicles([8.0], 2, most_a=8.0))
    asked = asked._replace(limits=fuse(1, 2, rating_a=10.0))

    answer, stored = planned(asked)

    assert answer.current_a[0, 0] == pytest.approx(8.0, abs=CLOSE)
    assert stored.battery_kw[0, 0] == pytest.approx(2.0, abs=CLOSE)


def test_all_that_feeds_back_together_fits_its_limit() -> None:
    both = givers([0, 1], 1)
    asked = problem([0.9], [20.0], batteries(10.0, steps=1), both, vehicles([0.0, 0.0], 1))
    assert asked.flows is not None
    free = both._replace(short_kwh=np.full(2, -10.0))
    asked = asked._replace(flows=asked.flows._replace(back_a=np.array([7.0]), givers=free))

    _, stored = planned(asked)

    assert float(stored.given_a.sum() - stored.battery_kw.sum()) == pytest.approx(7.0, abs=CLOSE)


def test_of_a_plan_without_power_to_store_the_currents_are_those_of_the_problem_without_flows() -> None:
    buy, demand = [0.3, 0.1, 0.2], vehicles([8.0, 15.0], 3)
    limits = fuse(2, 3, rating_a=12.0)
    alone = Problem(demand._replace(cost_per_a=demand.kwh_per_a * np.array(buy)), limits, None)
    asked = problem(buy, [0.0] * 3, batteries(5.0, power_kw=0.0, steps=3), demand=demand)

    answer, stored = planned(asked._replace(limits=limits))

    assert answer.current_a == pytest.approx(solved(alone).current_a, abs=0.1)
    assert not stored.battery_kw.any()


@st.composite
def worlds(draw: st.DrawFn) -> Problem:
    """Any prices, other load and sun, with one or two batteries and up to two vehicles of which one may feed back."""
    steps = draw(st.integers(2, 6))

    def row(least: float, most: float) -> list[float]:
        return draw(st.lists(st.floats(least, most), min_size=steps, max_size=steps))

    def ratio() -> np.ndarray:
        return np.array([draw(st.floats(0.6, 1.0))])

    stores = batteries(
        draw(st.floats(0.0, 10.0)),
        power_kw=draw(st.floats(0.0, 8.0)),
        steps=steps,
        least_kwh=np.array([draw(st.floats(0.0, 3.0))]),
        charge_ratio=ratio(),
        discharge_ratio=ratio(),
        wear_per_kwh=np.array([draw(st.floats(0.0, 0.05))]),
    )
    feeding = givers(
        [1],
        steps,
        spare_kwh=np.array([draw(st.floats(0.0, 10.0))]),
        room_kwh=np.array([draw(st.floats(0.0, 10.0))]),
        short_kwh=np.array([draw(st.floats(-5.0, 9.0))]),
        kept_ratio=draw(st.floats(0.7, 1.0)),
        wear_per_kwh=draw(st.floats(0.0, 0.05)),
    )
    demand = vehicles([draw(st.floats(0.0, 20.0)), max(float(feeding.short_kwh[0]), 0.0)], steps)
    asked = problem(row(0.01, 0.3), row(-8.0, 12.0), stores, feeding, demand)
    assert asked.flows is not None
    sell = np.minimum(draw(st.floats(0.0, 0.2)), asked.flows.buy_per_kwh)
    rating = draw(st.floats(3.0, 30.0))
    return asked._replace(limits=fuse(2, steps, rating), flows=asked.flows._replace(sell_per_kwh=sell))


@FEW
@given(asked=worlds())
def test_whatever_the_prices_nothing_is_held_beyond_its_bounds_and_no_limit_is_passed(asked: Problem) -> None:
    answer, stored = planned(asked)

    flows = asked.flows
    assert flows is not None
    stores, feeding = flows.stores, flows.givers
    assert (stored.stored_kwh >= np.minimum(stores.least_kwh, stores.start_kwh) - CLOSE).all()
    assert (stored.stored_kwh <= stores.most_kwh + CLOSE).all()
    net_kwh = np.cumsum(answer.current_a[1] - stored.given_a[1] / feeding.kept_ratio)
    assert (net_kwh >= -feeding.spare_kwh - CLOSE).all()
    load = answer.current_a.sum(axis=0) + stored.battery_kw.clip(0.0).sum(axis=0)
    assert (load <= asked.limits.rating_a[0] + CLOSE).all(), "what discharges takes nothing off it"
    assert not ((answer.current_a > CLOSE) & (stored.given_a > CLOSE)).any()


@FEW
@given(asked=worlds())
def test_what_may_be_stored_and_fed_back_never_makes_a_plan_dearer(asked: Problem) -> None:
    flows = asked.flows
    assert flows is not None
    still = flows._replace(
        stores=flows.stores._replace(charge_kw=np.zeros(1), discharge_kw=np.zeros(1)),
        givers=flows.givers._replace(most_a=np.zeros(flows.givers.most_a.shape)),
    )

    answer, stored = planned(asked)
    without, quiet = planned(asked._replace(flows=still))

    def value(made: Answer, of: Stored, by: Problem) -> float:
        net = (made.current_a - of.given_a / flows.givers.kept_ratio).sum(axis=1)
        held = min(float(net[1]), float(flows.givers.short_kwh[0]))
        return paid(by, made) - float(net[0]) - held

    assert value(answer, stored, asked) <= value(without, quiet, asked._replace(flows=still)) + 0.02


def _held(change: float) -> Any:
    return lambda stored: stored._replace(stored_kwh=stored.stored_kwh + change)


@pytest.mark.parametrize(
    "broken",
    [
        lambda stored: None,
        _held(20.0),
        _held(-20.0),
        _held(np.nan),
        lambda stored: stored._replace(battery_kw=stored.battery_kw + 9.0),
        lambda stored: stored._replace(battery_kw=stored.battery_kw[:, :-1]),
        lambda stored: stored._replace(given_a=stored.given_a + 6.0),
        lambda stored: stored._replace(given_a=stored.given_a - 1.0),
        lambda stored: stored._replace(given_a=stored.given_a * np.nan),
    ],
)
def test_an_answer_that_stores_or_feeds_back_what_cannot_be_is_no_plan(broken: Any) -> None:
    asked = problem([0.5, 0.1], [4.0, 0.0], batteries(5.0), givers([0], 2), vehicles([0.0], 2))

    def solver(given: Problem) -> Answer:
        answer = solved(given)
        return answer._replace(stored=broken(answer.stored))

    assert checked(asked, solver) is None
    assert checked(asked, solved) is not None

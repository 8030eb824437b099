"""The array kernels against slow, plain references and a linear-programming oracle."""

from __future__ import annotations

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.optimize import linprog

from tests.places import currents, row_of, sites
from voltloom.allocation.kernels import admitted, greedy_fill, max_min_fill, quantised, round_robin_fill
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, Network, network_of
from voltloom.site.topology import Wiring

WYE = (Wiring.SINGLE_PHASE, Wiring.THREE_PHASE, Wiring.DC)


def matrix_of(network: Network, columns: np.ndarray) -> Floats:
    """Return the rows' coefficients (m, n) of a site whose rows are linear."""
    result = np.zeros((len(network.row_ids), columns.size))
    for evse, column in enumerate(columns):
        for entry in range(network.grid.start[column], network.grid.start[column + 1]):
            result[network.grid.row[entry], evse] += network.grid.coefficient[entry]
    return result


def max_min_by_linear_programs(
    matrix: Floats, rating_a: Floats, start_a: Floats, upper_a: Floats, weight: Floats
) -> Floats:
    """Return weighted lexicographic max-min shares: raise the common level, fix whoever cannot go above it, repeat."""
    count = upper_a.size
    fixed: dict[int, float] = {}
    while len(fixed) < count:
        free = [i for i in range(count) if i not in fixed]
        level = _level(matrix, rating_a, start_a, upper_a, weight, fixed, free)
        share = np.array([max(start_a[i], min(upper_a[i], weight[i] * level)) for i in range(count)])
        stuck = []
        for i in free:
            lower = np.where(np.isin(np.arange(count), free), share, 0.0)
            bounds = [
                (fixed[j], fixed[j]) if j in fixed else (lower[j], max(lower[j], upper_a[j]))
                for j in range(count)
            ]
            cost = np.zeros(count)
            cost[i] = -1.0
            best = linprog(cost, A_ub=matrix, b_ub=rating_a + 1e-9, bounds=bounds)
            if best.x is None or best.x[i] <= share[i] + 1e-6:
                stuck.append(i)
        assert stuck, "nobody is stuck: the level was not the highest"
        fixed |= {i: float(share[i]) for i in stuck}
    return np.array([fixed[i] for i in range(count)])


def _level(
    matrix: Floats,
    rating_a: Floats,
    start_a: Floats,
    upper_a: Floats,
    weight: Floats,
    fixed: dict[int, float],
    free: list[int],
) -> float:
    """Return the highest level at which max(start, min(upper, weight * level)) still fits, by bisection on an LP-free test."""
    low, high = 0.0, float(max(upper_a[i] / weight[i] for i in free))

    def fits(level: float) -> bool:
        share = np.array(
            [fixed.get(i, max(start_a[i], min(upper_a[i], weight[i] * level))) for i in range(upper_a.size)]
        )
        return bool((matrix @ share <= rating_a + 1e-9).all())

    if fits(high):
        return high
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


@given(st.data())
def test_equal_shares_are_the_lexicographic_max_min_of_a_linear_programming_oracle(
    data: st.DataObject,
) -> None:
    site = data.draw(sites(wirings=WYE, most=5).filter(lambda s: not s.phasor_limits))
    network = network_of(site)
    count = len(site.evses)
    columns = network.columns(np.ones(count, bool))
    upper = np.array(data.draw(st.lists(st.floats(1.0, 40.0), min_size=count, max_size=count)))
    weight = np.array(data.draw(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=count, max_size=count)))
    start = np.array(
        data.draw(st.lists(st.sampled_from([0.0, 0.0, 1.0, 6.0]), min_size=count, max_size=count))
    )
    upper = np.maximum(upper, start)
    assume((loads(network.grid, columns, start) <= network.grid.rating_a).all())

    share, _ = max_min_fill(network.grid, columns, start, np.arange(count), weight, upper)

    expected = max_min_by_linear_programs(
        matrix_of(network, columns), network.grid.rating_a, start, upper, weight
    )
    np.testing.assert_allclose(share, expected, atol=1e-5)


@given(st.data())
def test_no_rule_fills_a_row_over_its_rating(data: st.DataObject) -> None:
    site = data.draw(sites())
    network = network_of(site)
    count = len(site.evses)
    columns = network.columns(np.array(data.draw(st.lists(st.booleans(), min_size=count, max_size=count))))
    grid = network.grid._replace(worst_draw=data.draw(st.booleans()))
    upper = data.draw(currents(count))
    order = np.array(data.draw(st.permutations(range(count))), dtype=np.int64)
    zeros = np.zeros(count)
    pilots = (network.pilot_start, network.pilots_a)

    greedy, _ = greedy_fill(grid, columns, zeros, order, network.min_a, upper, *pilots)
    robin, _ = round_robin_fill(grid, columns, zeros, order, upper, *pilots, 1.0)
    shared, _ = max_min_fill(grid, columns, zeros, order, np.ones(count), upper)
    stepped = quantised(grid, columns, shared, order, network.min_a, upper, *pilots)

    for result in (greedy, robin, shared, stepped) if grid.worst_draw else (greedy, robin):
        assert (loads(grid, columns, result) <= grid.rating_a + 1e-6).all()
        assert (result <= upper + 1e-6).all()
    for result in (greedy, stepped):
        assert ((result == 0.0) | (result >= network.min_a - 1e-6)).all()


@given(st.data())
def test_greedy_gives_each_in_turn_what_bisection_finds(data: st.DataObject) -> None:
    site = data.draw(sites())
    network = network_of(site)
    count = len(site.evses)
    columns = network.columns(np.ones(count, bool))
    grid = network.grid._replace(worst_draw=False)
    order = np.array(data.draw(st.permutations(range(count))), dtype=np.int64)
    none = (np.zeros(count + 1, dtype=np.int64), np.zeros(0))

    result, _ = greedy_fill(
        grid, columns, np.zeros(count), order, np.zeros(count), np.full(count, 32.0), *none
    )

    slow = np.zeros(count)
    for evse in order:
        low, high = 0.0, 32.0
        for _ in range(60):
            middle = (low + high) / 2
            slow[evse] = middle
            fits = (loads(grid, columns, slow) <= grid.rating_a + 1e-12).all()
            low, high = (middle, high) if fits else (low, middle)
        slow[evse] = low
    np.testing.assert_allclose(result, slow, atol=1e-6)


def test_round_robin_steps_until_the_fuse_is_full_and_the_first_gets_the_odd_step() -> None:
    network = network_of(row_of(3, rating_a=10.0, min_a=0.0))
    columns = network.columns(np.ones(3, bool))

    result, binding = round_robin_fill(
        network.grid,
        columns,
        np.zeros(3),
        np.array([1, 0, 2]),
        np.full(3, 32.0),
        network.pilot_start,
        network.pilots_a,
        1.0,
    )

    assert list(result) == [3.0, 4.0, 3.0]
    assert [network.row_ids[row] for row in binding] == ["grid/L1"] * 3


def test_minimums_are_admitted_in_order_and_the_row_that_keeps_others_out_is_named() -> None:
    network = network_of(row_of(3, rating_a=13.0))
    columns = network.columns(np.ones(3, bool))

    chosen, blocked_by = admitted(network.grid, columns, np.zeros(3), np.array([2, 0, 1]), np.full(3, 6.0))

    assert list(chosen) == [True, False, True]
    assert network.row_ids[blocked_by[1]] == "grid/L1"

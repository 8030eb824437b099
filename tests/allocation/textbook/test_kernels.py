"""The textbook rules' kernels against the plain words of the published simulator."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.places import currents, row_of, sites
from voltloom.allocation.textbook.kernels import BORNE_A, HALVED_TO_A, halved_fill
from voltloom.site.kernels import loads
from voltloom.site.network import Floats, network_of


@given(st.data())
def test_each_in_turn_gets_the_bound_if_it_fits_or_the_lower_end_of_the_halved_interval(
    data: st.DataObject,
) -> None:
    network = network_of(data.draw(sites()))
    count = len(network.evse_ids)
    columns = network.columns(np.ones(count, dtype=np.bool_))
    grid = network.grid._replace(worst_draw=False)
    upper = data.draw(currents(count))
    order = np.array(data.draw(st.permutations(range(count))), dtype=np.int64)
    no_pilots = (np.zeros(count + 1, dtype=np.int64), np.zeros(0))
    zeros = np.zeros(count)

    result, _ = halved_fill(grid, columns, zeros, order, zeros, upper, *no_pilots)

    def bears(plan: Floats, evse: int, current_a: float) -> bool:
        tried = plan.copy()
        tried[evse] = current_a
        return bool((loads(grid, columns, tried) <= grid.rating_a + BORNE_A).all())

    plan = zeros.copy()
    for evse in order:
        low, high = 0.0, float(upper[evse])
        if bears(plan, evse, high):
            low = high
        while high - low > HALVED_TO_A:
            middle = (low + high) / 2
            low, high = (middle, high) if bears(plan, evse, middle) else (low, middle)
        assert abs(result[evse] - low) <= HALVED_TO_A + 1e-9
        plan[evse] = result[evse]
    assert (loads(grid, columns, result) <= grid.rating_a + 2 * BORNE_A).all()


def test_a_current_that_a_rating_bounds_lies_on_the_grid_that_halving_makes() -> None:
    network = network_of(row_of(1, rating_a=10.3))
    one = np.ones(1)
    no_pilots = (np.zeros(2, dtype=np.int64), np.zeros(0))

    result, binding = halved_fill(
        network.grid,
        network.columns(one > 0.0),
        0.0 * one,
        np.zeros(1, dtype=np.int64),
        0.0 * one,
        32.0 * one,
        *no_pilots,
    )

    assert result.tolist() == [1318 * 32.0 / 4096]  # the last such step below 10.3
    assert binding[0] >= 0

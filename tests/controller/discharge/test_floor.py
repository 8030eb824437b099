"""What a lease may take out: beside all leases before it that may be in force, never more than is there."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.controller.discharge.yard import discharging
from tests.places import row_of
from voltloom.controller.discharge.granting import by_floor
from voltloom.controller.discharge.memory import first_discharge
from voltloom.controller.discharge.sensing import CELLS_RATIO, DischargeSensed
from voltloom.controller.leases.grants import ceiling_a
from voltloom.site.network import network_of

NOW_S, LEASE_S, W_PER_A = 10_000.0, 300.0, 690.0
NETWORK = network_of(discharging(row_of(1, rating_a=100.0)))
CURRENTS = st.one_of(st.just(0.0), st.floats(0.0, 32.0))
LASTS = st.floats(-100.0, LEASE_S)


def found(newest: tuple[float, float], earlier: tuple[float, float], *, followed: bool) -> DischargeSensed:
    """Return one vehicle with two leases: how much, and for how long they last from now."""
    memory = first_discharge(NETWORK, 0.0, LEASE_S, LEASE_S)
    assert memory is not None
    grants = memory.grants._replace(
        limit_a=np.array([newest[0]]),
        lease_until_s=np.array([NOW_S + newest[1]]),
        earlier_a=np.array([earlier[0]]),
        earlier_until_s=np.array([NOW_S + earlier[1]]),
        followed=np.array([followed]),
    )
    ceiling = ceiling_a(grants, np.zeros(1), NOW_S)
    return DischargeSensed(memory._replace(grants=grants), ceiling, ceiling)


def worst_as(leases: list[tuple[float, float]]) -> float:
    """Return what is taken out if at every moment the highest lease that lasts is in force, in ampere-seconds."""
    ends_s = sorted({0.0, *(max(last_s, 0.0) for _, last_s in leases)})
    return sum(
        (end_s - begin_s) * max((a for a, last_s in leases if last_s >= end_s), default=0.0)
        for begin_s, end_s in itertools.pairwise(ends_s)
    )


@given(CURRENTS, LASTS, CURRENTS, LASTS, st.booleans(), st.floats(0.0, 12_000.0))
def test_all_leases_together_never_reach_the_floor(
    newest_a: float, newest_s: float, earlier_a: float, earlier_s: float, followed: bool, spare_as: float
) -> None:
    earlier_s = min(earlier_s, newest_s)  # an earlier lease ends earlier
    before = [(newest_a, newest_s)] + ([] if followed else [(earlier_a, earlier_s)])
    spare_wh = np.array([spare_as * W_PER_A / 3600.0 / CELLS_RATIO])
    leases = found((newest_a, newest_s), (earlier_a, earlier_s), followed=followed)

    most_a = by_floor(leases, spare_wh, np.array([W_PER_A]), LEASE_S, NOW_S).item()

    if worst_as(before) <= spare_as:
        assert worst_as([*before, (most_a, LEASE_S)]) <= spare_as * (1.0 + 1e-9) + 1e-6
    else:
        assert most_a == 0.0 or worst_as([*before, (most_a, LEASE_S)]) == pytest.approx(worst_as(before))


def test_what_is_there_is_used_where_nothing_is_in_force() -> None:
    free = found((0.0, 100.0), (0.0, -1.0), followed=True)
    spare_wh = np.array([10.0 * LEASE_S * W_PER_A / 3600.0 / CELLS_RATIO])

    most_a = by_floor(free, spare_wh, np.array([W_PER_A]), LEASE_S, NOW_S)

    assert most_a.item() == pytest.approx(10.0)


def test_without_leases_nothing_ends_by_itself_and_nothing_may_be_fed_back() -> None:
    free = found((0.0, 100.0), (0.0, -1.0), followed=True)

    assert by_floor(free, np.array([1e5]), np.array([W_PER_A]), 0.0, NOW_S).tolist() == [0.0]

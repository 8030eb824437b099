"""What an inverter is written: no power outlives its lease, not even where the link breaks right after a write."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from voltloom.live.batteries.holding import Holding, Lease, longest_rest_s, rewrite_s

REST_S, SPARE_S, LEASE_S = 60.0, 3.0, 300.0


def holding() -> Holding:
    return Holding(REST_S, SPARE_S, rewrite_s(LEASE_S, REST_S))


def test_before_the_core_has_spoken_it_rests() -> None:
    due = holding().due(0.0)

    assert due is not None
    assert (due.power_w, due.serial) == (0.0, -1)


def test_a_power_is_written_at_once_and_again_well_before_the_watchdog() -> None:
    held = holding()
    held.take(Lease(5_000.0, 300.0, 1))
    lease = held.due(0.0)
    assert lease is not None
    held.wrote(lease, 0.0)

    assert lease.power_w == 5_000.0
    assert held.serial == 1
    assert held.due(REST_S / 3.0 - 1.0) is None
    assert held.due(REST_S / 3.0) is not None


def test_an_older_lease_that_comes_late_changes_nothing() -> None:
    held = holding()
    held.take(Lease(0.0, 300.0, 2))
    held.take(Lease(9_000.0, 300.0, 1))

    due = held.due(0.0)

    assert due is not None
    assert (due.power_w, due.serial) == (0.0, 2)


def test_what_the_inverter_may_not_have_taken_is_written_again_and_not_told_as_taken() -> None:
    held = holding()
    held.take(Lease(5_000.0, 300.0, 1))
    held.doubts()

    assert held.serial == -1
    assert held.due(1.0) is not None


@given(
    st.lists(
        st.tuples(
            st.floats(0.0, 400.0), st.floats(-9_000.0, 9_000.0), st.booleans(), st.floats(0.0, SPARE_S)
        ),
        min_size=1,
        max_size=20,
    )
)
def test_wherever_the_link_breaks_the_inverter_rests_before_its_lease_is_over(
    rounds: list[tuple[float, float, bool, float]],
) -> None:
    held, now_s = holding(), 0.0
    until_s = -math.inf
    flows_w = 0.0
    for serial, (wait_s, power_w, is_renewed, takes_s) in enumerate(rounds):
        now_s += wait_s
        if is_renewed:
            until_s = now_s + LEASE_S
            held.take(Lease(power_w, until_s, serial))
        lease = held.due(now_s)
        if lease is not None:
            held.wrote(lease, now_s)
            flows_w = lease.power_w
        landed_s = now_s + takes_s

        if lease is not None and flows_w != 0.0:
            assert landed_s + REST_S <= until_s


def test_a_renewal_that_is_due_at_half_the_lease_comes_before_the_power_is_given_up() -> None:
    rest_s, period_s = longest_rest_s(LEASE_S, 30.0), 30.0
    held = Holding(rest_s, SPARE_S, rewrite_s(LEASE_S, rest_s))
    held.take(Lease(5_000.0, LEASE_S, 1))

    due = held.due(LEASE_S / 2.0 + period_s - 1e-6)

    assert due is not None
    assert due.power_w == 5_000.0

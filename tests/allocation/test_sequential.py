"""One visit at a time: whole delivery and end before the next begins."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.places import currents, row_of, sessions_at, sites, snapshot_of
from voltloom.allocation.contract import AllocationMemory
from voltloom.allocation.sequential import Sequential
from voltloom.decision.reason import Cause
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import network_of
from voltloom.site.topology import Site

ARCHITECTURE = Sequential(name="sequential")
ROW = row_of(3, rating_a=100.0)


def served(snapshot: SiteSnapshot, memory: AllocationMemory) -> tuple[list[int], AllocationMemory]:
    proposals, memory = ARCHITECTURE.allocate(snapshot, memory)
    return [int(evse) for evse in np.flatnonzero(proposals.current_a > 0.0)], memory


@given(site=sites(), data=st.data())
def test_sequential_never_serves_two_on_any_site_in_any_situation(site: Site, data: st.DataObject) -> None:
    count = len(site.evses)
    snapshot = snapshot_of(
        site,
        sessions=sessions_at(network_of(site), arrival_s=data.draw(currents(count))),
        measured_a=data.draw(currents(count)),
        delivered_wh=data.draw(currents(count)),
    )
    memory = AllocationMemory()

    for _ in range(3):
        chosen, memory = served(snapshot, memory)
        assert len(chosen) <= 1


def test_the_first_to_come_is_served_until_it_leaves_however_late_the_others_are() -> None:
    arrived = sessions_at(network_of(ROW), arrival_s=np.array([20.0, 10.0, 30.0]))
    without = arrived._replace(
        present=np.array([True, False, True]), wants_power=np.array([True, False, True])
    )

    first, memory = served(snapshot_of(ROW, sessions=arrived), AllocationMemory())
    still, memory = served(snapshot_of(ROW, sessions=arrived, served_s=np.array([0.0, 9e4, 0.0])), memory)
    then, _ = served(snapshot_of(ROW, sessions=without), memory)

    assert (first, still, then) == ([1], [1], [0])


def test_nobody_new_is_served_while_the_one_before_still_draws() -> None:
    snapshot = snapshot_of(
        ROW,
        sessions=sessions_at(network_of(ROW), wants_power=np.array([False, True, True])),
        measured_a=np.array([9.0, 0.0, 0.0]),
    )

    chosen, _ = served(snapshot, AllocationMemory())

    assert chosen == []


def test_one_that_cannot_be_controlled_for_a_cycle_keeps_its_place() -> None:
    arrived = sessions_at(network_of(ROW), arrival_s=np.array([10.0, 20.0, 30.0]))
    lost = snapshot_of(
        ROW,
        sessions=arrived,
        controllable=np.array([False, True, True]),
        reserved_a=np.array([32.0, 0.0, 0.0]),
        setpoint_a=np.array([32.0, 0.0, 0.0]),
        measured_a=np.array([32.0, 0.0, 0.0]),
    )
    # Afterwards another outlet is out of control: nobody new may be served, and it is not new.
    other = lost._replace(
        controllable=np.array([True, True, False]),
        reserved_a=np.array([0.0, 0.0, 6.0]),
    )

    _, memory = served(snapshot_of(ROW, sessions=arrived), AllocationMemory())
    _, memory = served(lost, memory)
    after, _ = served(other, memory)

    assert after == [0]


def test_one_that_cannot_be_controlled_and_draws_nothing_gives_its_place_away() -> None:
    arrived = sessions_at(network_of(ROW), arrival_s=np.array([10.0, 20.0, 30.0]))
    silent = snapshot_of(ROW, sessions=arrived, controllable=np.array([False, True, True]))

    _, memory = served(snapshot_of(ROW, sessions=arrived), AllocationMemory())
    then, memory = served(silent, memory)
    again, _ = served(snapshot_of(ROW, sessions=arrived), memory)

    assert (then, again) == ([1], [1])


def test_everybody_who_waits_knows_the_place_and_when_it_should_begin() -> None:
    arrived = sessions_at(network_of(ROW), arrival_s=np.array([20.0, 10.0, 30.0]))

    proposals, _ = ARCHITECTURE.allocate(snapshot_of(ROW, sessions=arrived), AllocationMemory())

    assert proposals.queue.place.tolist() == [1, 0, 2]
    starts = proposals.queue.expected_start_s
    assert np.isnan(starts[1])
    assert 0.0 < starts[0] < starts[2]
    assert [Cause(cause) for cause in proposals.cause[[0, 2]]] == [Cause.QUEUED, Cause.QUEUED]

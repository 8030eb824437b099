"""Equal shares: what is left for a vehicle that suspended itself, and who has the odd ampere."""

from __future__ import annotations

import numpy as np
import pytest

from tests.places import L1, L2, L3, row_of, sessions_at, site_of, snapshot_of
from voltloom.allocation.contract import AllocationMemory, Proposals
from voltloom.allocation.registry import Tuning, architecture_named
from voltloom.allocation.sharing import TurnRules
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import network_of
from voltloom.site.topology import Circuit, Evse, Wiring

RULES = TurnRules(turn_s=900.0, dwell_s=300.0, wait_limit_s=7200.0)


def proposed(snapshot: SiteSnapshot, architecture: str = "parallel") -> Proposals:
    made = architecture_named(architecture, Tuning(rules=RULES, increment_a=0.1))
    return made.allocate(snapshot, AllocationMemory())[0]


def third_suspended(rating_a: float) -> SiteSnapshot:
    """Return a row of three of which the last suspended itself and holds its minimum."""
    site = row_of(3, rating_a=rating_a)
    last = np.array([False, False, True])
    sessions = sessions_at(network_of(site), wants_power=~last, keeps_minimum=last)
    return snapshot_of(
        site, sessions=sessions, setpoint_a=np.array([7.0, 7.0, 6.0]), served_s=np.full(3, 900.0)
    )


@pytest.mark.parametrize("architecture", ["parallel", "parallel-weighted", "parallel-tiered", "adaptive"])
def test_a_vehicle_that_suspended_itself_keeps_no_minimum_that_others_can_use(architecture: str) -> None:
    found = proposed(third_suspended(20.0), architecture)

    assert found.current_a[2] == 0.0
    assert found.current_a[:2].sum() == pytest.approx(20.0)


def test_it_is_told_which_fuse_is_full() -> None:
    place = third_suspended(20.0)

    assert place.network.row_ids[proposed(place).binding_row[2]].startswith("grid/")


def test_a_vehicle_that_suspended_itself_keeps_its_minimum_where_nobody_can_use_it() -> None:
    assert proposed(third_suspended(70.0)).current_a.tolist() == [32.0, 32.0, 6.0]


@pytest.mark.parametrize("holder", [0, 1])
def test_the_odd_ampere_stays_with_who_has_it(holder: int) -> None:
    site = site_of(
        [Circuit(circuit_id="grid", parent_id="", rating_a=21.0)],
        [
            Evse(
                evse_id=name,
                circuit_id="grid",
                wiring=Wiring.THREE_PHASE,
                phases=(L1, L2, L3),
                min_a=6.0,
                max_a=32.0,
                pilots_a=tuple(map(float, range(6, 33))),
            )
            for name in ("a1", "a2")
        ],
    )
    before = np.array([10.0, 10.0])
    before[holder] = 11.0

    found = proposed(snapshot_of(site, setpoint_a=before, served_s=np.full(2, 600.0)))

    assert found.current_a.tolist() == before.tolist()


@pytest.mark.parametrize("architecture", ["parallel", "adaptive"])
def test_a_vehicle_that_seems_full_is_offered_its_minimum_again_once_in_the_bound(architecture: str) -> None:
    place = third_suspended(20.0)._replace(setpoint_a=np.array([10.0, 10.0, 0.0]))
    idle_s = np.array([0.0, 0.0, RULES.wait_limit_s - 1.0])

    before = proposed(place._replace(idle_s=idle_s), architecture)
    after = proposed(place._replace(idle_s=idle_s + 2.0), architecture)

    assert (before.current_a[2], after.current_a[2]) == (0.0, 6.0)


@pytest.mark.parametrize(("served_s", "kept_a"), [(60.0, 6.0), (RULES.dwell_s, 0.0)])
def test_it_has_a_dwell_time_to_begin(served_s: float, kept_a: float) -> None:
    place = third_suspended(20.0)

    found = proposed(place._replace(served_s=np.array([900.0, 900.0, served_s])))

    assert found.current_a[2] == kept_a


def test_of_two_that_suspended_themselves_the_one_that_has_its_minimum_keeps_it() -> None:
    site = row_of(3, rating_a=40.0)
    suspended = np.array([False, True, True])
    sessions = sessions_at(network_of(site), wants_power=~suspended, keeps_minimum=suspended)
    place = snapshot_of(
        site,
        sessions=sessions,
        setpoint_a=np.array([32.0, 0.0, 6.0]),
        served_s=np.array([900.0, 0.0, 900.0]),
        idle_s=np.array([0.0, 900.0, 0.0]),
    )

    assert proposed(place).current_a.tolist() == [32.0, 0.0, 6.0]


@pytest.mark.parametrize(
    ("delivered_wh", "idle_s", "is_let_in"),
    [
        (0.0, 2.0, True),  # it has just come
        (500.0, 2.0, False),  # it has just given up its turn, and must wait out its dwell
        (500.0, 300.0, True),
    ],
)
def test_who_has_just_given_up_its_turn_does_not_take_the_next_ones(
    delivered_wh: float, idle_s: float, is_let_in: bool
) -> None:
    place = snapshot_of(
        row_of(3, rating_a=13.0),
        setpoint_a=np.array([6.5, 6.5, 0.0]),
        served_s=np.array([1000.0, 1100.0, 0.0]),
        idle_s=np.array([0.0, 0.0, idle_s]),
        delivered_wh=np.array([500.0, 500.0, delivered_wh]),
    )

    assert (proposed(place).current_a > 0.0).tolist() == [True, not is_let_in, is_let_in]

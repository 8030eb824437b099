"""The limits that stations hold by themselves: fair, offered by the station, and safe on every row."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from voltloom.safety.offline_limit import offline_limits, verify
from voltloom.site.network import Floats, Network, network_of
from voltloom.site.topology import Circuit, Evse, Phase, PhasorLimit, Site, Wiring

L1, L2, L3 = Phase.L1, Phase.L2, Phase.L3
ALL = (L1, L2, L3)


def evse(
    name: str,
    circuit: str = "grid",
    *,
    phases: tuple[Phase, ...] = ALL,
    min_a: float = 6.0,
    max_a: float = 32.0,
    pilots_a: tuple[float, ...] = (),
) -> Evse:
    wiring = {1: Wiring.SINGLE_PHASE, 2: Wiring.LINE_TO_LINE, 3: Wiring.THREE_PHASE}[len(phases)]
    return Evse(
        evse_id=name, circuit_id=circuit, wiring=wiring, phases=phases, min_a=min_a, max_a=max_a,
        pilots_a=pilots_a,
    )  # fmt: skip


def network(*evses: Evse, grid_a: float = 63.0, row_a: float = 0.0) -> Network:
    circuits = [Circuit(circuit_id="grid", parent_id="", rating_a=grid_a)]
    if row_a:
        circuits.append(Circuit(circuit_id="row", parent_id="grid", rating_a=row_a))
    return network_of(
        Site(name="t", time_zone="UTC", voltage_v=230.0, between_phases_v=400.0,
             circuits=tuple(circuits), evses=evses)
    )  # fmt: skip


def no_other(place: Network) -> Floats:
    return np.zeros(len(place.row_ids))


def test_all_stations_offline_together_stay_below_the_main_fuse_beside_the_building() -> None:
    place = network(*(evse(f"e{i}") for i in range(4)))

    answer = offline_limits(place, np.full(3, 23.0))

    assert answer.is_safe
    assert answer.limit_a.tolist() == [10.0] * 4
    assert answer.tightest_row.startswith("grid/")
    assert verify(answer.limit_a, place, np.full(3, 23.0)) == ()


def test_a_narrow_row_does_not_make_the_others_poorer() -> None:
    place = network(evse("a", "row"), evse("b", "row"), evse("c"), grid_a=50.0, row_a=16.0)

    answer = offline_limits(place, no_other(place))

    assert answer.limit_a.tolist() == [8.0, 8.0, 32.0]


def test_rotated_single_phase_outlets_share_only_their_own_phase() -> None:
    place = network(evse("a", phases=(L1,)), evse("b", phases=(L1,)), evse("c", phases=(L2,)), grid_a=20.0)

    answer = offline_limits(place, no_other(place))

    assert answer.limit_a.tolist() == [10.0, 10.0, 20.0]


def test_a_share_under_six_amperes_becomes_nothing_for_as_few_as_possible() -> None:
    place = network(*(evse(f"e{i}") for i in range(4)), grid_a=20.0)

    answer = offline_limits(place, no_other(place))

    assert answer.limit_a.tolist() == [6.6, 6.6, 6.6, 0.0]


def test_limits_are_currents_that_the_station_can_offer() -> None:
    place = network(*(evse(f"e{i}", pilots_a=(8.0, 16.0, 24.0, 32.0)) for i in range(3)), grid_a=63.0)

    answer = offline_limits(place, no_other(place))

    assert answer.limit_a.tolist() == [16.0] * 3


def test_a_building_that_fills_its_own_fuse_cannot_be_made_safe_and_the_phase_is_named() -> None:
    place = network(evse("a"), grid_a=63.0)

    answer = offline_limits(place, np.array([10.0, 70.0, 10.0]))

    assert not answer.is_safe
    assert answer.tightest_row == "grid/L2"
    assert answer.room_a == pytest.approx(-7.0)
    assert answer.limit_a.tolist() == [0.0]


def test_stations_that_cannot_go_below_a_minimum_can_make_a_site_unsafe() -> None:
    place = network(evse("a"), evse("b"), grid_a=10.0)

    answer = offline_limits(place, no_other(place), minimum_a=np.array([6.0, 6.0]))

    assert not answer.is_safe
    assert answer.room_a == pytest.approx(-2.0)


def test_a_guaranteed_minimum_is_kept_and_the_rest_shares_what_is_left() -> None:
    place = network(evse("a"), evse("b"), grid_a=24.0)

    answer = offline_limits(place, no_other(place), minimum_a=np.array([16.0, 0.0]))

    assert answer.limit_a.tolist() == [16.0, 8.0]


def test_limits_that_a_planner_wrote_by_hand_are_checked_row_by_row() -> None:
    place = network(evse("a", phases=(L1,)), evse("b", phases=(L1,)), grid_a=20.0)

    overloads = verify(np.array([16.0, 16.0]), place, no_other(place))

    assert [(o.row_id, o.load_a, o.rating_a) for o in overloads] == [("grid/L1", 32.0, 20.0)]


ROTATIONS = [(L1,), (L2,), (L3,), (L1, L2), (L2, L3), (L3, L1), ALL, (L2, L3, L1)]


@st.composite
def sites(draw: st.DrawFn) -> tuple[Network, Floats]:
    count = draw(st.integers(1, 7))
    evses = tuple(
        evse(
            f"e{i}", draw(st.sampled_from(["grid", "row"])), phases=draw(st.sampled_from(ROTATIONS)),
            pilots_a=draw(st.sampled_from([(), (8.0, 16.0, 24.0, 32.0), (0.0, 6.0, 13.0)])),
        )
        for i in range(count)
    )  # fmt: skip
    place = network(*evses, grid_a=draw(st.floats(10.0, 200.0)), row_a=draw(st.floats(5.0, 100.0)))
    others = draw(st.lists(st.floats(0.0, 80.0), min_size=len(place.row_ids), max_size=len(place.row_ids)))
    return place, np.array(others)


@given(sites())
def test_whatever_the_site_the_answer_is_safe_and_offered_or_an_honest_no(
    case: tuple[Network, Floats],
) -> None:
    place, other_a = case

    answer = offline_limits(place, other_a)

    if not answer.is_safe:
        assert answer.room_a < 0.0
        assert (other_a > place.grid.rating_a).any()
        return
    assert verify(answer.limit_a, place, other_a) == ()
    assert all(
        limit == 0.0 or limit >= least for limit, least in zip(answer.limit_a, place.min_a, strict=True)
    )
    for number, limit in enumerate(answer.limit_a):
        pilots = place.pilots_a[place.pilot_start[number] : place.pilot_start[number + 1]]
        assert limit == 0.0 or pilots.size == 0 or limit in pilots


@settings(max_examples=40)
@given(st.data())
def test_the_poorest_outlet_gets_what_a_linear_program_would_give_it(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 6))
    outlets = [
        evse(f"e{i}", data.draw(st.sampled_from(["grid", "row"])), phases=data.draw(st.sampled_from(ROTATIONS)),
             min_a=0.0)
        for i in range(count)
    ]  # fmt: skip
    place = network(
        *outlets, grid_a=data.draw(st.floats(10.0, 100.0)), row_a=data.draw(st.floats(10.0, 60.0))
    )
    loads = np.array([
        [-c for c in verify_load(place, number)] for number in range(count)
    ]).T  # fmt: skip

    answer = offline_limits(place, no_other(place))

    # Maximise t subject to share >= t on every outlet, every row within its rating.
    rows = np.hstack([-loads, np.zeros((len(loads), 1))])
    floors = np.hstack([-np.eye(count), np.ones((count, 1))])
    best = linprog(
        np.r_[np.zeros(count), -1.0],
        A_ub=np.vstack([rows, floors]),
        b_ub=np.r_[place.grid.rating_a, np.zeros(count)],
        bounds=[(0.0, 32.0)] * count + [(0.0, 32.0)],
    )
    assert answer.limit_a.min() == pytest.approx(np.floor(-best.fun * 10.0 + 1e-6) / 10.0, abs=1e-6)


def verify_load(place: Network, number: int) -> list[float]:
    """Return how much of each row one ampere at one outlet loads, by asking the checker."""
    one_a = np.zeros(len(place.evse_ids))
    one_a[number] = 1e6
    found = {o.row_id: o.load_a / 1e6 for o in verify(one_a, place, no_other(place))}
    return [found.get(row_id, 0.0) for row_id in place.row_ids]


def test_phasor_rows_count_magnitudes_so_the_answer_holds_for_any_angle() -> None:
    delta = PhasorLimit(limit_id="secondary", coefficients=(1.0, -1.0), rating_a=20.0)
    place = network_of(
        Site(
            name="t", time_zone="UTC", voltage_v=120.0, between_phases_v=208.0, circuits=(
                Circuit(circuit_id="grid", parent_id="", rating_a=100.0),),
            evses=(evse("a", phases=(L1, L2)), evse("b", phases=(L2, L3))), phasor_limits=(delta,),
        )
    )  # fmt: skip

    answer = offline_limits(place, no_other(place))

    assert answer.limit_a.tolist() == [10.0, 10.0]
    assert answer.tightest_row == "secondary"

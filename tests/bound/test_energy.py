"""The most energy: worlds whose optimum can be told by hand, and what no architecture of ours may exceed."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.bound.worlds import START_S, car, world
from tests.places import L1, L2, L3, row_of, site_of, sites
from tests.simulation.small_world import HOUR_S, scenario_of, visit
from voltloom.bound.bounding import Bound, bound_of
from voltloom.bound.setting import Aim
from voltloom.simulation.outside_limits import OutsideLimitSpec
from voltloom.simulation.run import run
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.visits import BatteryKind, BatterySpec
from voltloom.site.topology import Cabinet, Circuit, Evse, PhasorLimit, Site, Wiring

GRID = Circuit(circuit_id="grid", parent_id="", rating_a=40.0)


def most(scenario: Scenario) -> Bound:
    return bound_of(scenario, Aim())


def test_a_car_alone_gets_all_it_wants() -> None:
    found = most(scenario_of(visit(1)))

    assert found.session_wh == pytest.approx([20_000.0])
    assert found.delivered_ratio == pytest.approx(1.0)


def test_three_cars_share_what_the_fuse_bears() -> None:
    found = most(scenario_of(visit(1), visit(2), visit(3)))

    assert found.energy_delivered_wh == pytest.approx(3 * 230.0 * 40.0 * 2.0)
    assert found.power_w == pytest.approx(np.full(120, 27_600.0), rel=1e-6)


def test_other_load_takes_its_part() -> None:
    found = most(scenario_of(visit(1), visit(2), visit(3), other_a=10.0))

    assert found.energy_delivered_wh == pytest.approx(3 * 230.0 * 30.0 * 2.0)


def test_other_load_that_changes_counts_while_it_lasts() -> None:
    place = world(row_of(2, rating_a=40.0), [car("a1"), car("a2")])
    load = OtherLoad(
        start_s=np.array([START_S, START_S + 1500.0]), current_a=np.array([[10.0] * 3, [60.0] * 3])
    )

    found = most(replace(place, other_load=load))

    assert found.energy_delivered_wh == pytest.approx(690.0 * 30.0 * 1500.0 / 3600.0, rel=1e-4)


def test_a_car_on_one_phase_leaves_the_others_to_those_on_three() -> None:
    found = most(world(row_of(2, rating_a=40.0), [car("a1", uses_all_phases=False), car("a2")], hours=1.0))

    # On L1 they share 40 A; an ampere of the car on three phases delivers three times as much, so it has its 32 A.
    assert found.session_wh == pytest.approx([230.0 * 8.0, 690.0 * 32.0], rel=1e-6)


def test_currents_between_phases_add_as_phasors() -> None:
    outlets = [
        Evse(evse_id=name, circuit_id="grid", wiring=Wiring.LINE_TO_LINE, phases=phases)
        for name, phases in (("ab", (L1, L2)), ("bc", (L2, L3)))
    ]

    found = most(world(site_of([GRID], outlets), [car("ab"), car("bc")]))

    # In L2 they meet at 60 degrees: sqrt(a^2 + b^2 + ab) <= 40 A, so each may draw 40 / sqrt(3).
    assert found.energy_delivered_wh == pytest.approx(400.0 * 2 * 40.0 / math.sqrt(3.0), rel=1e-6)


def test_opposite_currents_cancel_up_to_the_rating_on_either_side() -> None:
    outlets = [
        Evse(evse_id=name, circuit_id="grid", wiring=Wiring.SINGLE_PHASE, phases=(L1,))
        for name in ("plus", "minus")
    ]
    grid = replace(GRID, rating_a=100.0)
    limit = PhasorLimit(limit_id="bridge", coefficients=(1.0, -1.0), rating_a=5.0)
    place = site_of([grid], outlets, [limit])

    assert most(world(place, [car("plus"), car("minus")])).energy_delivered_wh == pytest.approx(230.0 * 64.0)
    assert most(world(place, [car("plus")])).energy_delivered_wh == pytest.approx(230.0 * 5.0)
    assert most(world(place, [car("minus")])).energy_delivered_wh == pytest.approx(230.0 * 5.0)


def test_two_outlets_share_the_modules_of_their_cabinet() -> None:
    outlets = [
        Evse(
            evse_id=name,
            circuit_id="grid",
            wiring=Wiring.DC,
            phases=(L1, L2, L3),
            max_a=100.0,
            cabinet_id="cabinet",
        )
        for name in ("left", "right")
    ]
    place = site_of([replace(GRID, rating_a=500.0)], outlets)
    place = replace(place, cabinets=(Cabinet(cabinet_id="cabinet", power_w=60_000.0),))

    assert most(world(place, [car("left"), car("right")])).energy_delivered_wh == pytest.approx(60_000.0)


def test_a_limit_from_outside_binds_while_it_is_in_force() -> None:
    limit = OutsideLimitSpec(id="evening", length_s=900.0, limit_a=20.0, told_s=0.0, start_s=1800.0)
    place = replace(world(row_of(1, rating_a=40.0), [car("a1")]), outside_limits=(limit,))

    assert most(place).energy_delivered_wh == pytest.approx(690.0 * (32.0 * 0.75 + 20.0 * 0.25))


def test_minimum_and_pilots_do_not_lower_the_bound() -> None:
    place = row_of(3, rating_a=15.0)
    stepped = replace(place, evses=tuple(replace(e, pilots_a=(0.0, 8.0, 16.0)) for e in place.evses))

    found = most(world(stepped, [car("a1"), car("a2"), car("a3")]))

    assert found.energy_delivered_wh == pytest.approx(690.0 * 15.0)


def test_an_outlet_that_offers_less_than_a_car_needs_to_start_delivers_nothing() -> None:
    found = most(world(row_of(2, rating_a=40.0, max_a=10.0), [car("a1", min_a=12.0), car("a2")]))

    assert found.session_wh == pytest.approx([0.0, 6_900.0])


def test_a_tapering_battery_fills_as_the_simulated_one_does() -> None:
    battery = BatterySpec(kind=BatteryKind.TWO_STAGE, capacity_wh=60_000.0, initial_wh=48_000.0)
    tapering = car("a1", battery=battery, max_power_w=11_040.0)

    found = most(world(row_of(1, rating_a=40.0), [tapering]))

    # From the transition on what is missing decays with its own time, 12 kWh / 11.04 kW.
    assert found.energy_delivered_wh == pytest.approx(12_000.0 * (1.0 - math.exp(-11.04 / 12.0)), rel=1e-6)


@pytest.mark.parametrize("initial_wh", [20_000.0, 36_000.0, 44_000.0])
def test_where_a_battery_begins_to_taper_the_bound_is_a_little_high_and_never_low(initial_wh: float) -> None:
    battery = BatterySpec(kind=BatteryKind.TWO_STAGE, capacity_wh=60_000.0, initial_wh=initial_wh)
    place = scenario_of(visit(1, battery=battery, wants_wh=40_000.0, stated_wh=40_000.0), hours=4.0)

    played = run(place, architecture="parallel", faults="none", seed=1).summary.energy_delivered_wh

    assert played <= most(place).energy_delivered_wh <= 1.01 * played


def test_cars_that_never_meet_are_programs_of_their_own() -> None:
    late = car("a2", arrival_s=START_S + HOUR_S, departure_s=START_S + 2 * HOUR_S)

    found = most(world(row_of(2, rating_a=40.0), [car("a1"), late]))

    assert found.size.programs == 2
    assert found.energy_delivered_wh == pytest.approx(2 * 690.0 * 32.0)


def test_a_limit_that_cannot_bind_is_left_out() -> None:
    assert most(scenario_of(visit(1))).size.kept_count == 0
    assert most(scenario_of(visit(1), visit(2), visit(3))).size.kept_count == 3


def test_nobody_who_wants_anything_is_no_error() -> None:
    found = most(scenario_of(visit(1, wants_wh=0.0)))

    assert found.energy_delivered_wh == 0.0
    assert found.size.programs == 0


@st.composite
def small_worlds(draw: st.DrawFn) -> Scenario:
    """Any small and tight site with a car at every outlet, half of the batteries tapering, for two hours."""
    place: Site = draw(sites(most=4))
    circuits = tuple(replace(c, rating_a=draw(st.floats(6.0, 40.0))) for c in place.circuits)
    visits = []
    for evse in place.evses:
        arrival_s = START_S + 60.0 * draw(st.integers(0, 30))
        capacity_wh = draw(st.sampled_from([10_000.0, 60_000.0]))
        visits.append(
            car(
                evse.evse_id,
                arrival_s=arrival_s,
                departure_s=arrival_s + 60.0 * draw(st.integers(30, 90)),
                wants_wh=draw(st.floats(5_000.0, 40_000.0)),
                max_power_w=draw(st.sampled_from([3_680.0, 7_360.0, 11_040.0])),
                min_a=draw(st.sampled_from([0.0, 6.0])),
                uses_all_phases=draw(st.booleans()),
                battery=BatterySpec(
                    kind=draw(st.sampled_from(BatteryKind)),
                    capacity_wh=capacity_wh,
                    initial_wh=capacity_wh * draw(st.floats(0.0, 0.9)),
                ),
            )
        )
    return world(replace(place, circuits=circuits), visits, hours=2.0, step_s=60.0)


@settings(max_examples=settings().max_examples // 3)
@given(small_worlds())
def test_no_architecture_ever_delivers_more_than_the_bound(place: Scenario) -> None:
    most_wh = most(place).energy_delivered_wh

    for architecture in ("sequential", "parallel", "adaptive", "llf"):
        result = run(place, architecture=architecture, faults="none", seed=1)

        assert not result.breaches
        assert result.summary.energy_delivered_wh <= most_wh * (1.0 + 1e-6) + 0.01

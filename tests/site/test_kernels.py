"""What a row carries under given currents, and how much more fits."""

from __future__ import annotations

import cmath
import math
from itertools import product

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.places import L1, L2, currents, row_of, site_of, sites
from voltloom.site.kernels import load_of_row, loads, room_of, sums_of
from voltloom.site.network import network_of
from voltloom.site.topology import Circuit, Evse, Phase, PhasorLimit, Site, Wiring


def phasor_loads(site: Site, current_a: np.ndarray, *, one_phase: bool) -> dict[str, float]:
    """Return the load of every circuit and phase and phasor limit by plain complex arithmetic."""
    turn = {Phase.L1: 0.0, Phase.L2: -120.0, Phase.L3: 120.0}
    unit = {phase: cmath.rect(1.0, math.radians(angle)) for phase, angle in turn.items()}
    parents = {circuit.circuit_id: circuit.parent_id for circuit in site.circuits}
    total: dict[str, complex] = {}
    for evse, amperes in zip(site.evses, current_a, strict=True):
        if evse.wiring is Wiring.LINE_TO_LINE:
            first, second = evse.phases
            along = (unit[first] - unit[second]) / math.sqrt(3)
            parts = [(first, along), (second, -along)]
        else:
            used = evse.phases[:1] if one_phase and evse.wiring is not Wiring.DC else evse.phases
            parts = [(phase, unit[phase]) for phase in used]
        circuit = evse.circuit_id
        while circuit:
            for phase, direction in parts:
                key = f"{circuit}/{phase.name}"
                total[key] = total.get(key, 0j) + amperes * direction
            circuit = parents[circuit]
    for limit in site.phasor_limits:
        total[limit.limit_id] = sum(
            (
                factor * amperes * cmath.rect(1.0, math.radians(evse.angle_deg))
                for factor, amperes, evse in zip(limit.coefficients, current_a, site.evses, strict=True)
            ),
            start=0j,
        )
    return {key: abs(value) for key, value in total.items()}


def sums_magnitudes(site: Site, row_id: str) -> bool:
    """Return whether a phasor row has more angles than groups, so that it adds magnitudes to be safe."""
    angles = {
        (evse.angle_deg + (180.0 if factor < 0 else 0.0)) % 360
        for limit in site.phasor_limits
        if limit.limit_id == row_id
        for factor, evse in zip(limit.coefficients, site.evses, strict=True)
        if factor
    }
    return len(angles) > 3


@given(st.data())
def test_row_loads_are_phasor_sums_on_every_circuit_and_phase(data: st.DataObject) -> None:
    site = data.draw(sites())
    network = network_of(site)
    amperes = data.draw(currents(len(site.evses)))
    one_phase = data.draw(st.booleans())

    columns = network.columns(np.full(len(site.evses), not one_phase))
    result = loads(network.grid._replace(worst_draw=False), columns, amperes)

    expected = phasor_loads(site, amperes, one_phase=one_phase)
    for row, row_id in enumerate(network.row_ids):
        if (network.grid.coefficient[network.grid.row == row] > 0.0).any() and sums_magnitudes(site, row_id):
            assert result[row] >= expected[row_id] - 1e-9
        else:
            assert math.isclose(result[row], expected.get(row_id, 0.0), rel_tol=1e-9, abs_tol=1e-9)


@given(st.data())
def test_the_worst_draw_is_the_worst_of_every_combination_of_cars_that_draw_and_cars_that_do_not(
    data: st.DataObject,
) -> None:
    site = data.draw(sites(most=4))
    network = network_of(site)
    amperes = data.draw(currents(len(site.evses)))

    worst = loads(network.grid, network.columns(np.ones(len(site.evses), bool)), amperes)

    plain = network.grid._replace(worst_draw=False)
    every = [
        loads(plain, network.columns(np.ones(len(site.evses), bool)), amperes * np.array(pattern, float))
        for pattern in product([0, 1], repeat=len(site.evses))
    ]
    # Where a row has too many angles the sum of magnitudes stands for the worst; it is never less.
    exact = np.array([not sums_magnitudes(site, row_id) for row_id in network.row_ids])
    np.testing.assert_allclose(worst[exact], np.max(every, axis=0)[exact], rtol=1e-9, atol=1e-9)
    assert (worst >= np.max(every, axis=0) - 1e-9).all()


@given(st.data())
def test_what_still_fits_fills_the_tightest_row_exactly(data: st.DataObject) -> None:
    site = data.draw(sites())
    network = network_of(site)
    columns = network.columns(np.ones(len(site.evses), bool))
    amperes = data.draw(currents(len(site.evses), 8.0))
    evse = data.draw(st.integers(0, len(site.evses) - 1))
    sums = sums_of(network.grid, columns, amperes)

    room, row = room_of(network.grid, sums, columns[evse])

    if not math.isfinite(room):
        return
    amperes[evse] += room
    after = sums_of(network.grid, columns, amperes)
    touched = network.grid.row[network.grid.start[columns[evse]] : network.grid.start[columns[evse] + 1]]
    over = [load_of_row(network.grid, after, r) - network.grid.rating_a[r] for r in touched]
    if room > 0.0:
        assert max(over) <= 1e-6
        assert abs(load_of_row(network.grid, after, row) - network.grid.rating_a[row]) <= 1e-6


def test_a_one_phase_car_on_a_three_phase_outlet_loads_only_the_phase_its_first_conductor_meets() -> None:
    site = row_of(1, rating_a=100.0)
    turned = site_of(
        site.circuits,
        [Evse(evse_id="a", circuit_id="grid", wiring=Wiring.THREE_PHASE, phases=(L2, Phase.L3, L1))],
    )
    network = network_of(turned)

    load = loads(network.grid, network.columns(np.array([False])), np.array([16.0]))

    assert network.row_ids == ("grid/L1", "grid/L2", "grid/L3")
    np.testing.assert_allclose(load, [0.0, 16.0, 0.0])


def test_two_line_to_line_cars_on_a_shared_phase_add_up_as_phasors_not_as_numbers() -> None:
    site = site_of(
        [Circuit(circuit_id="grid", parent_id="", rating_a=100.0)],
        [
            Evse(evse_id="ab", circuit_id="grid", wiring=Wiring.LINE_TO_LINE, phases=(L1, L2)),
            Evse(evse_id="bc", circuit_id="grid", wiring=Wiring.LINE_TO_LINE, phases=(L2, Phase.L3)),
        ],
    )
    network = network_of(site)

    load = loads(network.grid, network.columns(np.ones(2, bool)), np.array([30.0, 30.0]))

    by_row = dict(zip(network.row_ids, load, strict=True))
    assert math.isclose(by_row["grid/L1"], 30.0)
    assert math.isclose(by_row["grid/L2"], 30.0 * math.sqrt(3), rel_tol=1e-9)


def test_a_row_of_more_angles_than_groups_adds_magnitudes_which_is_never_less() -> None:
    angles = [0.0, 30.0, 60.0, 90.0]
    site = site_of(
        [],
        [
            Evse(evse_id=f"e{a}", circuit_id="", wiring=Wiring.LINE_TO_LINE, phases=(L1, L2), angle_deg=a)
            for a in angles
        ],
        [PhasorLimit(limit_id="row", coefficients=(1.0,) * 4, rating_a=100.0)],
    )
    network = network_of(site)

    load = loads(network.grid, network.columns(np.ones(4, bool)), np.full(4, 10.0))

    assert load[0] == 40.0


@given(st.floats(6.0, 500.0), st.sampled_from([0.0, 30.0, -90.0, 150.0]))
def test_a_car_that_leads_a_full_row_back_inside_has_room_whatever_rounding_made_of_full(
    rating_a: float, angle_deg: float
) -> None:
    site = site_of(
        [],
        [
            Evse(evse_id=f"e{a}", circuit_id="", wiring=Wiring.LINE_TO_LINE, phases=(L1, L2), angle_deg=a)
            for a in (angle_deg, angle_deg + 120.0)
        ],
        [PhasorLimit(limit_id="row", coefficients=(1.0, 1.0), rating_a=rating_a)],
    )
    network = network_of(site)
    columns = network.columns(np.ones(2, bool))
    grid = network.grid._replace(worst_draw=False)
    first_a, _ = room_of(grid, sums_of(grid, columns, np.zeros(2)), columns[0])

    room_a, _ = room_of(grid, sums_of(grid, columns, np.array([first_a, 0.0])), columns[1])

    assert math.isclose(
        room_a, rating_a, rel_tol=1e-6
    )  # two equal currents 120 degrees apart are as long as one

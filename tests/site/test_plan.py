"""A site plan becomes a site, or a list of everything that is wrong with it."""

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.site.kernels import loads
from voltloom.site.mistakes import Mistake, PlanError
from voltloom.site.network import network_of
from voltloom.site.plan import site_of
from voltloom.site.topology import Phase, Wiring

PLAN: dict[str, Any] = {
    "name": "yard",
    "time_zone": "Europe/Berlin",
    "voltage_v": 230.0,
    "circuit": [
        {"id": "grid", "rating_a": 100.0},
        {"id": "row", "parent": "grid", "rating_a": 63.0},
        {"id": "shed", "parent": "grid", "rating_a": 20.0, "phases": ["L2"]},
    ],
    "evse": [
        {"name": "row", "count": 3, "prefix": "P", "circuit": "row", "rotation": "alternating", "pilots": "6..16"},
        {"name": "shed", "ids": ["S"], "circuit": "shed", "wiring": "single_phase", "rotation": "L2", "max_a": 20.0},
    ],
}  # fmt: skip


def plan(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(PLAN), **changes}


def mistakes_in(table: dict[str, Any]) -> dict[str, Mistake]:
    with pytest.raises(PlanError) as caught:
        site_of(table)
    return {mistake.path: mistake for mistake in caught.value.mistakes}


def test_a_plan_becomes_the_site_it_describes() -> None:
    table = plan()

    site = site_of(table)

    assert [e.evse_id for e in site.evses] == ["P1", "P2", "P3", "S"]
    assert site.evses[1].phases == (Phase.L2, Phase.L3, Phase.L1)
    assert site.evses[0].pilots_a == (0.0, *range(6, 17))
    assert site.evses[3].wiring is Wiring.SINGLE_PHASE
    assert site.between_phases_v == pytest.approx(398.37, abs=0.01)


def test_every_mistake_is_named_at_once_with_the_nearest_right_word() -> None:
    table = plan(time_zone="Europe/Berln")
    table["circuit"][0]["raitng_a"] = 5
    table["circuit"][1]["parent"] = "gird"
    table["evse"][0]["pilots"] = [6, 6, 8]
    table["evse"][0]["offline_a"] = 3.0
    table["evse"][1]["max_a"] = "twenty"

    found = mistakes_in(table)

    assert set(found) == {
        "site.time_zone",
        "site.circuit.grid.raitng_a",
        "site.circuit.row.parent",
        "site.evse.row.pilots",
        "site.evse.row.offline_a",
        "site.evse.shed.max_a",
    }
    assert "'rating_a'" in found["site.circuit.grid.raitng_a"].remedy
    assert "'grid'" in found["site.circuit.row.parent"].remedy


@pytest.mark.parametrize(
    ("circuits", "path", "words"),
    [
        ([{"id": "a", "rating_a": 1, "parent": "b"}, {"id": "b", "rating_a": 1, "parent": "a"}], "site.circuit.a.parent", "circle"),
        ([{"id": "a", "rating_a": 1}, {"id": "b", "rating_a": 1}], "site.circuit", "several"),
        ([{"id": "a", "rating_a": 1}, {"id": "a", "rating_a": 1, "parent": "a"}], "site.circuit", "2 times"),
        ([{"id": "a", "rating_a": 0}], "site.circuit.a.rating_a", "greater than 0"),
        ([{"id": "a"}], "site.circuit.a.rating_a", "either"),
        ([{"id": "a", "rating_a_per_transformer_kw": 2}], "site.circuit.a.rating_a_per_transformer_kw", "no transformer"),
        ([{"id": "a", "rating_a": 9, "phases": ["L1"]}, {"id": "b", "parent": "a", "rating_a": 9}], "site.circuit.b.phases", "L2, L3"),
    ],
)  # fmt: skip
def test_a_tree_that_cannot_be_built_is_refused(circuits: list[Any], path: str, words: str) -> None:
    table = plan(circuit=circuits)

    found = mistakes_in(table)

    assert words in found[path].problem


def test_an_outlet_on_a_phase_its_circuit_does_not_have_is_refused() -> None:
    table = plan()
    table["evse"][1]["rotation"] = "L1"

    found = mistakes_in(table)

    assert "L1 is not on circuit 'shed'" in found["site.evse.shed.rotation"].problem


def test_ratings_follow_the_transformer() -> None:
    table = plan(transformer={"rating_kw": 50})
    table["circuit"][0] = {"id": "grid", "rating_a_per_transformer_kw": 1.44}

    site = site_of(table)

    assert site.circuits[0].rating_a == pytest.approx(72.0)


def test_offline_limits_that_no_fuse_could_bear_together_are_refused() -> None:
    table = plan(offline_a=16.0)
    table["circuit"][1]["rating_a"] = 40.0

    found = mistakes_in(table)

    assert "48.0 on row/L3, which bears 40.0" in found["site.offline_a"].problem


@given(rating_a=st.floats(min_value=1.0, max_value=60.0), count=st.integers(min_value=1, max_value=8))
def test_automatic_offline_limits_never_overload_a_fuse(rating_a: float, count: int) -> None:
    table = plan()
    table["circuit"][1]["rating_a"] = rating_a
    table["evse"][0]["count"] = count

    network = network_of(site_of(table))

    columns = network.columns(np.ones(count + 1, dtype=np.bool_))
    assert (loads(network.grid, columns, network.offline_a) <= network.grid.rating_a + 1e-6).all()
    assert set(network.offline_a) <= {0.0, 6.0}
    assert network.offline_a[:count].sum() == 6.0 * min(count, int(rating_a // 6.0))


def test_a_site_of_phasor_rows_alone_needs_no_circuits() -> None:
    table = {
        "between_phases_v": 208.0,
        "evse": [
            {"name": "ab", "ids": ["A", "B"], "wiring": "line_to_line", "angle_deg": 30.0},
            {"name": "ca", "ids": ["C"], "wiring": "line_to_line", "angle_deg": 150.0},
        ],
        "phasor_limit": [{"id": "secondary", "rating_a": 80.0, "coefficients": {"ab": 1.0, "B": 0.5, "ca": -1}}],
    }  # fmt: skip

    site = site_of(table)

    assert site.circuits == ()
    assert site.phasor_limits[0].coefficients == (1.0, 0.5, -1.0)


def test_a_coefficient_for_an_outlet_that_does_not_exist_is_refused() -> None:
    table = plan(phasor_limit=[{"id": "odd", "rating_a": 80.0, "coefficients": {"P9": 1.0}}])

    found = mistakes_in(table)

    assert "Known: P1, P2, P3" in found["site.phasor_limit.odd.coefficients.P9"].remedy


def test_a_choice_among_numbers_and_words_is_told_both() -> None:
    plan = copy.deepcopy(PLAN)
    plan["evse"][0]["wiring"] = "threephase"
    plan["offline_a"] = "outo"

    with pytest.raises(PlanError) as caught:
        site_of(plan)

    found = {mistake.path: mistake for mistake in caught.value.mistakes}
    assert found["site.evse.row.wiring"].remedy == "Did you mean 'three_phase'?"
    assert found["site.offline_a"].problem == "input should be a valid number or 'auto'"
    assert found["site.offline_a"].remedy == "Did you mean 'auto'?"


def test_mistakes_that_differ_in_their_place_alone_are_told_once_with_their_count() -> None:
    alike = [
        Mistake(path=f"site.evse.P{n}.pilots", value="6", problem="too few", remedy="Add.") for n in range(21)
    ]
    other = Mistake(path="site.name", value="", problem="missing", remedy="Add it.")

    told = str(PlanError([*alike, other])).splitlines()

    assert told == [
        "22 mistakes:",
        "  site.evse.P0.pilots and 20 more alike = 6: too few. Add.",
        "  site.name: missing. Add it.",
    ]


def test_outlets_stand_where_the_plan_says_and_nowhere_where_it_says_nothing() -> None:
    placed = plan()
    placed["evse"][0] |= {"x_m": [0.0, 2.5, 5.0], "y_m": [1.0, 1.0, 1.0]}

    evses = site_of(placed).evses

    assert [(evse.x_m, evse.y_m) for evse in evses[:3]] == [(0.0, 1.0), (2.5, 1.0), (5.0, 1.0)]
    assert np.isnan([evses[3].x_m, evses[3].y_m]).all()


def test_a_place_too_few_is_told() -> None:
    placed = plan()
    placed["evse"][0] |= {"x_m": [0.0, 2.5, 5.0], "y_m": [1.0, 1.0]}
    placed["evse"][1] |= {"x_m": [9.0]}

    told = mistakes_in(placed)

    assert set(told) == {"site.evse.row.y_m", "site.evse.shed.y_m"}

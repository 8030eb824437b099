"""Batteries and PV in a site plan: what becomes of them, and every mistake by its path."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.site.mistakes import PlanError
from voltloom.site.network import network_of
from voltloom.site.plan import site_of
from voltloom.site.storage import storage_of

NOON_JUNE_S = 1_718_971_200.0  # 2024-06-21 12:00 UTC
PLAN: dict[str, Any] = {
    "time_zone": "Europe/Berlin",
    "voltage_v": 230.0,
    "circuit": [
        {"id": "grid", "rating_a": 63.0, "other_load_a": 10.0},
        {"id": "roof", "parent": "grid", "rating_a": 40.0},
        {"id": "cars", "parent": "grid", "rating_a": 40.0},
    ],
    "evse": [{"name": "cars", "count": 2, "prefix": "C", "circuit": "cars"}],
    "battery": [{"id": "B", "circuit": "roof", "capacity_kwh": 20.0, "charge_kw": 6.9}],
    "pv": [
        {
            "id": "PV",
            "circuit": "roof",
            "phases": ["L2"],
            "peak_kw": 4.6,
            "latitude_deg": 52.5,
            "longitude_deg": 13.4,
        }
    ],
}


def plan(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(PLAN), **changes}


def test_batteries_and_pv_load_the_rows_above_them_and_make_their_circuits_feed_back() -> None:
    site = site_of(plan())
    network = network_of(site)
    storage = storage_of(site, network)

    assert storage is not None
    rows = {row_id: number for number, row_id in enumerate(network.row_ids)}
    assert storage.charge_a[0] == pytest.approx(10.0)
    assert storage.discharge_a[0] == storage.charge_a[0]
    loaded = {row_id for row_id, row in rows.items() if storage.row_shares[0, row] == 1.0}
    assert loaded == {f"{circuit}/{phase}" for circuit in ("grid", "roof") for phase in ("L1", "L2", "L3")}
    noon_a = storage.pv_most_a(NOON_JUNE_S)
    assert noon_a[rows["grid/L2"]] == pytest.approx(20.0)
    assert noon_a[rows["grid/L1"]] == 0.0
    assert [c.circuit_id for c in site.circuits if c.feeds_back] == ["grid", "roof"]
    assert [c.circuit_id for c in site.circuits if c.is_metered] == ["grid", "roof"]


def test_pv_alone_asks_for_no_meter_because_nobody_counts_on_it() -> None:
    site = site_of(plan(battery=[]))

    assert [c.circuit_id for c in site.circuits if c.feeds_back] == ["grid", "roof"]
    assert [c.circuit_id for c in site.circuits if c.is_metered] == ["grid"], "there the building draws"


def test_at_night_pv_may_feed_nothing_in_where_the_plan_says_where_it_stands() -> None:
    midnight_s = NOON_JUNE_S + 12 * 3600.0
    placed, elsewhere = plan(), plan()
    for key in ("latitude_deg", "longitude_deg"):
        del elsewhere["pv"][0][key]

    nights = []
    for table in (placed, elsewhere):
        site = site_of(table)
        storage = storage_of(site, network_of(site))
        assert storage is not None
        nights.append(float(storage.pv_most_a(midnight_s).max()))

    assert nights == [0.0, pytest.approx(20.0)]


def test_a_site_without_them_has_no_columns_of_them() -> None:
    site = site_of(plan(battery=[], pv=[]))

    assert storage_of(site, network_of(site)) is None
    assert not any(circuit.feeds_back for circuit in site.circuits)


def test_every_mistake_is_named_by_its_path() -> None:
    table = plan()
    table["battery"][0] |= {"circuit": "rof", "min_soc_ratio": 0.9, "max_soc_ratio": 0.5}
    table["battery"].append(
        {"id": "other", "circuit": "cars", "capacity_kwh": 1, "charge_kw": 1.0, "max_soc_ratio": 2.0}
    )
    table["pv"][0] |= {"phases": ["L2", "L2"]}
    del table["pv"][0]["longitude_deg"]
    table["pv"].append({"id": "second", "circuit": "cars", "peak_kw": 1.0, "peek_kw": 2.0})

    with pytest.raises(PlanError) as caught:
        site_of(table)
    found = {mistake.path: mistake for mistake in caught.value.mistakes}

    assert "'roof'" in found["site.battery.B.circuit"].remedy
    assert found["site.battery.B.min_soc_ratio"].value == "0.9"
    assert "site.battery.other.max_soc_ratio" in found
    assert found["site.pv.PV.longitude_deg"].remedy == "Give both, or neither."
    assert found["site.pv.PV.phases"].problem == "names a phase twice"
    assert found["site.pv.second.peek_kw"].problem == "unknown key"


def test_an_id_stands_once_over_batteries_and_pv_together() -> None:
    table = plan()
    table["battery"][0]["id"] = "PV"

    with pytest.raises(PlanError, match="is there 2 times"):
        site_of(table)


def test_what_feeds_in_must_be_borne_by_every_fuse_while_nothing_draws() -> None:
    table = plan()
    table["battery"][0]["discharge_kw"] = 15.0  # 21.7 A beside 20 A of PV on L2 of a 40 A circuit

    with pytest.raises(PlanError, match=r"may feed 41\.7 A into roof/L2, which bears 40\.0"):
        site_of(table)


@given(
    discharge_kw=st.floats(0.0, 60.0), peak_kw=st.floats(0.1, 60.0), rating_a=st.floats(5.0, 80.0),
    phases=st.sampled_from([["L1"], ["L1", "L3"], ["L1", "L2", "L3"]]),
)  # fmt: skip
def test_a_plan_that_is_accepted_never_exports_more_than_a_fuse_bears(
    discharge_kw: float, peak_kw: float, rating_a: float, phases: list[str]
) -> None:
    table = plan()
    table["circuit"][1]["rating_a"] = rating_a
    table["battery"][0]["discharge_kw"] = discharge_kw
    table["pv"][0] |= {"peak_kw": peak_kw, "phases": phases}

    fed_a = max(
        (peak_kw * 1000.0 / len(phases) / 230.0 if phase in phases else 0.0) + discharge_kw * 1000.0 / 690.0
        for phase in ("L1", "L2", "L3")
    )
    if fed_a > min(rating_a, 63.0) + 1e-5:
        with pytest.raises(PlanError, match="may feed"):
            site_of(table)
    elif fed_a < min(rating_a, 63.0) - 1e-5:
        assert site_of(table).batteries[0].discharge_w == pytest.approx(discharge_kw * 1000.0)


def test_a_battery_of_one_phase_loads_that_phase_alone() -> None:
    table = plan()
    table["battery"][0]["phases"] = ["L3"]

    site = site_of(table)
    network = network_of(site)
    storage = storage_of(site, network)

    assert storage is not None
    assert np.flatnonzero(storage.row_shares[0]).tolist() == [
        network.row_ids.index("grid/L3"),
        network.row_ids.index("roof/L3"),
    ]
    assert storage.charge_a[0] == pytest.approx(30.0)

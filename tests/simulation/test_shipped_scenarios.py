"""The scenarios that ship load, and the Caltech garage is the published one to the last number."""

import json
from pathlib import Path

import numpy as np
import pytest

from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.simulation.scenario_layers import shipped_folder

NAMES = sorted(file.stem for file in shipped_folder().glob("*.toml"))


def test_what_the_readme_promises_is_there() -> None:
    promised = {
        "caltech_54",
        "caltech_54_quantised",
        "caltech_sample",
        "depot",
        "home_two",
        "dc_hub",
        "mixed_property",
        "solar_yard",
    }

    assert promised <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_shipped_scenario_loads_with_cars_and_safe_offline_limits(name: str) -> None:
    scenario = load_scenario(name)

    assert scenario.visits
    assert scenario.start_s <= min(v.arrival_s for v in scenario.visits)
    assert {v.evse_id for v in scenario.visits} <= set(scenario.network.evse_ids)


def test_the_transformer_of_the_garage_scales_its_rows() -> None:
    small = load_scenario("caltech_54", Overrides(assignments=("site.transformer.rating_kw=75",)))

    ratings = dict(zip(small.network.row_ids, small.network.grid.rating_a, strict=True))

    assert ratings["Secondary A"] == pytest.approx(208.33333333333334, abs=1e-9)
    assert ratings["Primary C"] == pytest.approx(90.25270758122744, abs=1e-9)
    assert ratings["CC Pod"] == 80.0


@pytest.mark.reference
def test_the_garage_is_the_published_one(shared_data: Path) -> None:
    garage = json.loads((shared_data / "network" / "caltech_54.json").read_text())

    site = load_scenario("caltech_54").site
    quantised = load_scenario("caltech_54_quantised").site

    assert [e.evse_id for e in site.evses] == garage["stations"]
    assert [e.angle_deg for e in site.evses] == garage["phase_angle_deg"]
    assert [limit.limit_id for limit in site.phasor_limits] == garage["constraints"]
    assert np.array_equal([limit.coefficients for limit in site.phasor_limits], garage["matrix"])
    assert [limit.rating_a for limit in site.phasor_limits] == pytest.approx(garage["magnitude_a"], abs=1e-9)
    assert {e.evse_id: list(e.pilots_a) for e in quantised.evses} == garage["allowable_a"]
    assert site.between_phases_v == garage["voltage_v"]


@pytest.mark.reference
def test_march_2019_is_taken_exactly_as_published(shared_data: Path) -> None:
    periods = shared_data / "sessions" / "caltech_2019-03_periods.csv.gz"

    scenario = load_scenario("caltech_54", Overrides(sessions=periods))

    first = next(v for v in scenario.visits if v.session_id.startswith("2_39_89_25_2019-03-01 14:24"))
    assert len(scenario.visits) == 954
    assert (first.arrival_s - scenario.start_s, first.departure_s - scenario.start_s) == (76 * 300, 92 * 300)
    assert (first.wants_wh, first.max_power_w, first.battery.capacity_wh) == (4216.0, 6600.0, 4216.0)
    assert max(v.stay_s for v in scenario.visits) == 2571 * 300

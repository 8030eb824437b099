"""PV in a simulated site: what a scenario tells of it, and that losing all of it at once opens no breaker."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.simulation.fed_world import breach_of, dark, fed_world, played
from tests.simulation.small_world import HOUR_S, START_S, scenario_of, visit
from tests.simulation.small_world import played as played_by
from voltloom.controller.settings import ControlSettings
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.simulation.run import run
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.scenario_file import Overrides, load_scenario
from voltloom.site.mistakes import PlanError
from voltloom.site.network import network_of
from voltloom.site.topology import Phase, Pv

SITE = """
first_day = 2024-06-21
last_day = 2024-06-21
[site]
time_zone = "Europe/Berlin"
voltage_v = 230.0
[[site.circuit]]
id = "grid"
rating_a = 63.0
[[site.evse]]
name = "row"
count = 2
prefix = "P"
circuit = "grid"
[[site.pv]]
id = "roof"
circuit = "grid"
peak_kw = 20.7
latitude_deg = 52.5
longitude_deg = 13.4
[arrivals]
weekday_per_hour = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
[other_load.grid]
power_kw = 6.9
"""


def written(folder: Path, text: str = SITE, more: str = "") -> str:
    file = folder / "fed.toml"
    file.write_text(text + more, encoding="utf-8")
    return str(file)


def fed_a(scenario: Scenario, hour: float) -> float:
    """Return what is fed into a phase of the grid connection at a UTC hour of the day."""
    assert scenario.generation is not None
    return float(scenario.generation.at(1_718_928_000.0 + hour * HOUR_S)[0])


def test_pv_with_a_place_has_a_clear_day_and_a_dark_night(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path))

    assert fed_a(scenario, 22.0) == 0.0
    assert 20.0 < fed_a(scenario, 11.0) <= 30.0
    assert scenario.site.circuits[0].feeds_back
    assert scenario.site.circuits[0].other_load_a == pytest.approx(10.0), "the building alone"


def test_a_profile_is_told_as_other_load_is_and_lies_beside_the_file(tmp_path: Path) -> None:
    (tmp_path / "sun.csv").write_text(
        "time,kw\n2024-06-21T00:00+00:00,0\n2024-06-21T10:00+00:00,6.9\n2024-06-21T12:00+00:00,13.8\n"
    )
    more = '[pv.roof]\nfile = "sun.csv"\ncolumn = "kw"\ntime_column = "time"\n'

    scenario = load_scenario(written(tmp_path, more=more))

    assert [fed_a(scenario, hour) for hour in (9.0, 10.5, 13.0)] == pytest.approx([0.0, 10.0, 20.0])


def test_mistakes_of_profiles_are_told_by_path(tmp_path: Path) -> None:
    more = "[pv.rof]\npower_kw = 1.0\n[pv.roof]\npower_kw = 30.0\n"

    with pytest.raises(PlanError) as caught:
        load_scenario(written(tmp_path, more=more))
    found = {mistake.path: mistake for mistake in caught.value.mistakes}

    assert "'roof'" in found["pv.rof"].remedy
    assert "brings up to 30.0 kW" in found["pv.roof"].problem


def test_pv_without_profile_and_place_is_a_mistake(tmp_path: Path) -> None:
    text = SITE.replace("latitude_deg = 52.5\nlongitude_deg = 13.4\n", "")

    with pytest.raises(PlanError, match="has neither a profile nor a place"):
        load_scenario(written(tmp_path, text))


def with_pv(scenario: Scenario, *, peak_a: float, given_a: float) -> Scenario:
    """Return a scenario with PV on its fuse that gives something all the time."""
    pv = Pv(pv_id="pv", circuit_id="grid", phases=tuple(Phase), peak_w=peak_a * 690.0)
    circuits = tuple(
        replace(c, feeds_back=True, is_metered=True, other_load_a=20.0) for c in scenario.site.circuits
    )
    site = replace(scenario.site, pvs=(pv,), circuits=circuits)
    network = network_of(site)
    fed = OtherLoad(start_s=np.array([START_S]), current_a=np.full((1, len(network.row_ids)), given_a))
    return replace(scenario, site=site, network=network, generation=fed)


CLOUD = FaultSpec(kind=FaultKind.PV_COLLAPSES, start_s=HOUR_S, magnitude_ratio=0.0)


def cloudy() -> Scenario:
    """Return four cars on 60 A beside a building of 20 A, with 40 A of PV that is gone after an hour."""
    cars = [visit(n, max_power_w=22_080.0, wants_wh=60_000.0) for n in (1, 2, 3, 4)]
    base = scenario_of(
        *cars, outlets=4, rating_a=60.0, other_a=20.0, settings=ControlSettings(period_s=60.0), faults=[CLOUD]
    )
    return with_pv(base, peak_a=40.0, given_a=40.0)


def test_a_cloud_that_takes_all_pv_in_a_second_leaves_the_fuse_at_its_rating() -> None:
    result = run(cloudy(), architecture="parallel", faults="some", seed=1)

    assert result.breaches == ()
    assert result.trace.max_row_load_ratio.max() <= 1.0
    assert result.summary.energy_delivered_wh > 0.8 * 2 * 40.0 * 690.0 * 0.9, "cars charge all the while"


def test_a_controller_that_counts_on_pv_opens_the_breaker_when_it_goes_and_is_told_before() -> None:
    trusting = [24.0, 24.0, 24.0, 24.0]  # 96 A beside 20 A of building and 40 A of PV on 60 A: 76 A at once

    warned, _ = played_by(cloudy(), trusting, faults="some")
    opened, _ = played_by(cloudy(), trusting, faults="some", off=frozenset({"feed_in", "setpoints"}))

    assert warned.breaches[0].checker in ("feed_in", "setpoints")
    assert opened.breaches[0].checker == "breaker"


def test_export_beyond_a_rating_opens_a_breaker_as_import_does() -> None:
    base = scenario_of(visit(1, arrival_s=START_S + HOUR_S), rating_a=20.0)
    exporting = with_pv(base, peak_a=36.0, given_a=36.0)

    result, _ = played_by(exporting, [0.0, 0.0, 0.0])

    assert [breach.checker for breach in result.breaches] == ["breaker"]


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.nightly) for first in range(4, 20, 4))]
)
def test_four_hours_of_mixed_faults_and_clouds_breach_nothing(first: int) -> None:
    breaches = [what for seed in range(first, first + 4) if (what := breach_of(seed))]

    assert not breaches, "\n".join(breaches)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(20, 400, 20))
def test_clouds_open_no_breaker_that_holds_without_them(first: int) -> None:
    for seed in range(first, first + 20):
        world = fed_world(seed)
        with_clouds, without = played(world, seed), played(dark(world), seed)
        assert with_clouds.summary.breaker_trips <= without.summary.breaker_trips, seed


def test_a_shipped_world_with_pv_repeats_itself(tmp_path: Path) -> None:
    scenario = load_scenario(written(tmp_path), Overrides(seed=5))

    first, again = (run(scenario, architecture="parallel", faults="none", seed=5) for _ in range(2))

    assert first.summary.determinism_digest == again.summary.determinism_digest
    assert first.breaches == ()

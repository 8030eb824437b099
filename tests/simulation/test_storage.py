"""Stationary batteries from truth to setpoint: what they hold, whom they yield to, and what goes wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.simulation.small_world import HOUR_S, START_S, scenario_of, visit
from tests.simulation.storage_world import breach_of
from voltloom.controller.settings import ControlSettings, StorageSettings
from voltloom.decision.command import SetBatteries
from voltloom.decision.storage import StorageCause
from voltloom.simulation.faults import FaultKind, FaultSpec, Restart
from voltloom.simulation.run import run
from voltloom.simulation.scenario import OtherLoad, Scenario
from voltloom.simulation.storage import Batteries
from voltloom.simulation.storage_books import StorageTrace
from voltloom.simulation.summary import RunResult
from voltloom.simulation.visits import Visit
from voltloom.site.network import Floats, network_of
from voltloom.site.storage import StorageNetwork, storage_of
from voltloom.site.topology import Battery, Phase, Pv

W_PER_A = 690.0
BATTERY = Battery(
    battery_id="cellar",
    circuit_id="grid",
    phases=tuple(Phase),
    capacity_wh=20_000.0,
    charge_w=10_000.0,
    discharge_w=10_000.0,
    charge_efficiency_ratio=0.9,
    discharge_efficiency_ratio=0.8,
    min_soc_ratio=0.1,
    max_soc_ratio=0.9,
    wear_eur_per_kwh=0.05,
)


def stored(
    *visits: Visit,
    building_a: Sequence[float] = (10.0,),
    pv_a: float = 0.0,
    storage: StorageSettings | None = None,
    soc_ratio: float = 0.5,
    rating_a: float = 60.0,
    hours: float = 2.0,
    faults: Sequence[FaultSpec] = (),
    planned_a: float = 40.0,
) -> Scenario:
    """Return outlets, a building that changes every half hour, PV and a battery behind one fuse."""
    settings = ControlSettings(period_s=30.0, storage=storage or StorageSettings())
    base = scenario_of(
        *(visits or [visit(1, arrival_s=START_S + 10 * HOUR_S, departure_s=START_S + 11 * HOUR_S)]),
        rating_a=rating_a,
        hours=hours,
        step_s=30.0,
        settings=settings,
        faults=faults,
    )
    circuit = replace(base.site.circuits[0], feeds_back=True, is_metered=True, other_load_a=planned_a)
    roof = Pv(pv_id="pv", circuit_id="grid", phases=tuple(Phase), peak_w=pv_a * W_PER_A)
    pvs = (roof,) if pv_a > 0.0 else ()
    site = replace(base.site, circuits=(circuit,), batteries=(BATTERY,), pvs=pvs)
    network = network_of(site)
    start_s: Floats = START_S + 0.5 * HOUR_S * np.arange(len(building_a), dtype=np.float64)
    load = OtherLoad(start_s=start_s, current_a=np.repeat(np.array(building_a)[:, None], 3, axis=1))
    sun = OtherLoad(start_s=np.array([START_S]), current_a=np.full((1, 3), pv_a))
    return replace(
        base,
        site=site,
        network=network,
        other_load=load,
        generation=sun if pv_a > 0.0 else None,
        stations=replace(base.stations, report_period_s=30.0),
        battery_soc_ratio=soc_ratio,
    )


def outcome(scenario: Scenario, faults: str = "none") -> tuple[RunResult, StorageTrace]:
    result = run(scenario, architecture="parallel", faults=faults, seed=1)
    assert result.storage is not None
    return result, result.storage


def at(values: Floats, minute: float) -> float:
    """Return what flowed half a minute after a minute of the run."""
    return float(values[int(minute * 2) + 1].sum())


def cell() -> tuple[Batteries, StorageNetwork]:
    site = stored().site
    storage = storage_of(site, network_of(site))
    assert storage is not None
    return Batteries(storage, 0.5), storage


def command(power_w: float, *, serial: int = 1, until_s: float = 1e9) -> SetBatteries:
    return SetBatteries(
        time_s=0.0,
        batteries=np.array([0]),
        power_w=np.array([power_w]),
        lease_until_s=np.array([until_s]),
        serial=np.array([serial]),
    )


ON = np.ones(1, dtype=np.bool_)


def test_what_goes_in_and_comes_out_differs_by_the_efficiencies() -> None:
    battery, _ = cell()

    battery.take(command(8_000.0), 0.0)
    current_a = battery.flow(0.0, 900.0, ON)
    after_wh = float(battery.stored_wh[0])
    battery.take(command(-8_000.0, serial=2), 900.0)
    battery.flow(900.0, 900.0, ON)

    assert current_a == pytest.approx([8_000.0 / W_PER_A] * 3)
    assert after_wh == pytest.approx(10_000.0 + 2_000.0 * 0.9)
    assert battery.stored_wh[0] == pytest.approx(after_wh - 2_000.0 / 0.8)


@given(
    powers=st.lists(st.floats(-40_000.0, 40_000.0), min_size=1, max_size=30), step_s=st.floats(1.0, 3600.0)
)
def test_it_never_leaves_its_bounds_and_makes_no_energy(powers: list[float], step_s: float) -> None:
    battery, storage = cell()
    began_wh, through_wh = float(battery.stored_wh[0]), 0.0

    for number, power_w in enumerate(powers):
        battery.take(command(power_w, serial=number + 1), 0.0)
        battery.flow(0.0, step_s, ON)
        flowed_wh = float(battery.power_w[0]) * step_s / 3600.0
        through_wh += flowed_wh * 0.9 if flowed_wh > 0.0 else flowed_wh / 0.8
        assert 0.1 - 1e-9 <= battery.soc_ratio[0] <= 0.9 + 1e-9
        assert abs(battery.power_w[0]) <= 10_000.0 + 1e-6

    assert battery.stored_wh[0] - began_wh == pytest.approx(through_wh, abs=1e-6 * storage.capacity_wh[0])


def test_it_rests_when_its_lease_ends_or_its_fuse_is_open_and_keeps_to_the_newest_word() -> None:
    battery, _ = cell()

    battery.take(command(5_000.0, serial=7, until_s=300.0), 0.0)
    battery.take(command(-5_000.0, serial=6), 0.0)
    flowing = [float(battery.flow(now_s, 30.0, ON)[0]) for now_s in (0.0, 299.0, 300.0)]
    battery.take(command(5_000.0, serial=8), 400.0)

    assert flowing == pytest.approx([5_000.0 / W_PER_A, 5_000.0 / W_PER_A, 0.0])
    assert battery.flow(400.0, 30.0, ~ON).max() == 0.0


def test_a_peak_is_shaved_to_the_target_and_the_battery_fills_up_again_below_it() -> None:
    peak = StorageSettings(peak_w=20_000.0, peak_soc_ratio=0.6, covers_own_use=False)

    result, storage = outcome(stored(building_a=(20.0, 36.0, 20.0), hours=1.5, storage=peak, soc_ratio=0.6))

    assert result.breaches == ()
    assert at(storage.grid_w, 45) == pytest.approx(20_000.0, abs=250.0)
    assert at(storage.power_w, 45) == pytest.approx(20_000.0 - 36.0 * W_PER_A, abs=250.0)
    assert at(storage.power_w, 75) == pytest.approx(18_000.0 - 20.0 * W_PER_A, abs=250.0)
    assert {change.cause for change in storage.changes} >= {StorageCause.PEAK, StorageCause.REFILL}


def test_surplus_of_pv_is_stored_and_covers_the_evening() -> None:
    noon = stored(building_a=(5.0, 5.0, 30.0, 30.0), pv_a=15.0, hours=2.0, soc_ratio=0.2)

    result, storage = outcome(noon)

    assert result.breaches == ()
    assert at(storage.power_w, 15) == pytest.approx(10.0 * W_PER_A, abs=1.0)
    assert abs(at(storage.grid_w, 15)) < 10.0, "nothing is sold while there is room to store it"
    assert at(storage.power_w, 75) == pytest.approx(-10_000.0), "all it can of what the building draws"
    assert storage.exported_wh < 150.0, "only before its first reading"
    assert storage.wear_minor == round(5.0 * float((storage.charged_wh + storage.discharged_wh)[0]) / 1000.0)


def test_a_battery_yields_to_a_car_that_comes_and_the_fuse_holds_all_the_while() -> None:
    late = visit(1, arrival_s=START_S + HOUR_S, max_power_w=22_080.0, wants_wh=40_000.0)
    other = visit(2, arrival_s=START_S + HOUR_S, max_power_w=22_080.0, wants_wh=40_000.0)
    fills = StorageSettings(peak_w=80.0 * W_PER_A, peak_soc_ratio=0.9)

    result, storage = outcome(
        stored(late, other, building_a=(10.0,), storage=fills, soc_ratio=0.1, rating_a=40.0, planned_a=12.0)
    )

    assert result.breaches == ()
    assert result.trace.max_row_load_ratio.max() <= 1.0
    assert at(storage.power_w, 30) > 5_000.0
    assert at(storage.power_w, 80) < 500.0, "cars come first"
    assert StorageCause.CARS_FIRST in {change.cause for change in storage.changes}
    assert at(result.trace.power_w, 80) > 0.9 * (0.98 * 40.0 - 12.0) * W_PER_A


def test_cars_get_no_room_from_a_battery_that_discharges_so_one_that_trips_opens_nothing() -> None:
    cars = [visit(n, max_power_w=22_080.0, wants_wh=80_000.0) for n in (1, 2, 3)]
    trips = FaultSpec(kind=FaultKind.BATTERY_TRIPS, start_s=HOUR_S)
    shaves = StorageSettings(peak_w=20_000.0)

    result, storage = outcome(
        stored(*cars, building_a=(20.0,), storage=shaves, soc_ratio=0.9, planned_a=20.0, faults=[trips]),
        faults="some",
    )

    assert at(storage.power_w, 55) < -8_000.0
    assert at(storage.power_w, 62) == 0.0
    assert result.breaches == ()
    assert result.trace.max_row_load_ratio.max() <= 1.0
    assert at(result.trace.power_w, 55) == pytest.approx(at(result.trace.power_w, 62), rel=0.02)


def test_a_battery_that_stays_at_its_old_power_is_reserved_at_what_it_takes() -> None:
    cars = [visit(n, arrival_s=START_S + HOUR_S, max_power_w=22_080.0, wants_wh=80_000.0) for n in (1, 2, 3)]
    ignores = FaultSpec(kind=FaultKind.BATTERY_IGNORES_POWER, start_s=0.9 * HOUR_S)
    fills = StorageSettings(peak_w=60.0 * W_PER_A, peak_soc_ratio=0.9)

    result, storage = outcome(
        stored(*cars, building_a=(10.0,), storage=fills, soc_ratio=0.1, planned_a=12.0, faults=[ignores]),
        faults="some",
    )

    assert at(storage.power_w, 75) > 9_000.0
    assert result.summary.breaker_trips == 0
    assert result.trace.max_row_load_ratio[(2 * 70) :].max() <= 1.0
    assert at(result.trace.power_w, 75) > 15_000.0, "cars charge beside it"


def test_a_battery_that_nobody_hears_rests_when_its_lease_is_over() -> None:
    silent = FaultSpec(kind=FaultKind.BATTERY_OFFLINE, start_s=0.5 * HOUR_S)
    shaves = StorageSettings(peak_w=10_000.0)

    result, storage = outcome(
        stored(building_a=(20.0,), storage=shaves, soc_ratio=0.9, hours=1.0, faults=[silent]), faults="some"
    )

    assert at(storage.power_w, 25) < -3_000.0
    assert at(storage.power_w, 40) == 0.0
    assert result.breaches == ()
    assert StorageCause.SILENT in {change.cause for change in storage.changes}


def test_a_controller_that_lost_its_memory_reserves_the_battery_until_its_lease_is_surely_over() -> None:
    cars = [visit(n, max_power_w=22_080.0, wants_wh=80_000.0) for n in (1, 2, 3)]
    crash = FaultSpec(
        kind=FaultKind.CONTROLLER_CRASH, start_s=0.5 * HOUR_S, length_s=60.0, restart=Restart.NOTHING
    )

    result, _ = outcome(stored(*cars, building_a=(20.0,), faults=[crash], planned_a=20.0), faults="some")

    assert result.breaches == ()


def test_the_same_day_has_the_same_digest_and_another_target_another() -> None:
    one, other = (
        outcome(stored(building_a=(20.0,), hours=0.5, storage=StorageSettings(peak_w=peak_w)))[0].summary
        for peak_w in (10_000.0, 12_000.0)
    )
    again = outcome(stored(building_a=(20.0,), hours=0.5, storage=StorageSettings(peak_w=10_000.0)))[
        0
    ].summary

    assert one.determinism_digest == again.determinism_digest != other.determinism_digest


@pytest.mark.parametrize(
    "first", [0, *(pytest.param(first, marks=pytest.mark.nightly) for first in range(4, 20, 4))]
)
def test_four_hours_of_mixed_faults_with_batteries_breach_nothing(first: int) -> None:
    breaches = [what for seed in range(first, first + 4) if (what := breach_of(seed))]

    assert not breaches, "\n".join(breaches)


@pytest.mark.nightly
@pytest.mark.parametrize("first", range(20, 400, 20))
def test_many_worlds_with_batteries_breach_nothing(first: int) -> None:
    breaches = [what for seed in range(first, first + 20) if (what := breach_of(seed))]

    assert not breaches, "\n".join(breaches)

"""A run from plug-in to summary: order within a step, faults and what stations do by themselves, and repeatability."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.simulation.small_world import HOUR_S, PLAIN, START_S, played, scenario_of, visit
from voltloom.controller.settings import ControlSettings
from voltloom.session.events import (
    CapabilityReported,
    EvseReadings,
    NeedStated,
    PluggedIn,
    TokenPresented,
    Unplugged,
)
from voltloom.simulation.faults import Direction, FaultKind, FaultSpec, Meter, Restart
from voltloom.simulation.run import first_arrivals, run, warm_up
from voltloom.simulation.scenario import Scenario, VehicleSettings
from voltloom.simulation.summary import RunResult, SessionOutcome

FULL = [16.0, 16.0, 0.0]


def outcome(result: RunResult, session_id: str) -> SessionOutcome:
    return next(o for o in result.trace.sessions if o.session_id == session_id)


def power_w(result: RunResult, minute: float) -> float:
    return float(result.trace.power_w[int(minute * 60.0 / result.trace.step_s)])


def test_a_car_that_arrives_at_a_step_is_through_its_handshake_and_charges_from_that_step_on() -> None:
    result, controller = played(scenario_of(visit(1, arrival_s=START_S + 600.0)), FULL)

    assert outcome(result, "s1").wait_s == 0.0
    assert power_w(result, 9) == 0.0
    assert power_w(result, 10) == pytest.approx(11_040.0)
    told = [type(e) for e in controller.heard if e.time_s == START_S + 600.0]
    assert [t for t in told if t is not EvseReadings and "Ack" not in t.__name__] == [
        PluggedIn,
        TokenPresented,
        CapabilityReported,
        NeedStated,
    ]


def test_the_controller_knows_the_energy_delivered_at_every_cycle() -> None:
    result, controller = played(scenario_of(visit(1)), FULL)

    registers = {e.time_s: e.energy_wh[0] for e in controller.heard if isinstance(e, EvseReadings)}

    assert registers[START_S + 600.0] == pytest.approx(11_040.0 / 6.0)
    assert result.summary.energy_delivered_wh == pytest.approx(20_000.0)


def test_a_full_car_says_so_and_leaves_with_what_its_meter_counted() -> None:
    result, controller = played(scenario_of(visit(1, wants_wh=5_520.0, departure_s=START_S + HOUR_S)), FULL)

    assert outcome(result, "s1").finished_s == START_S + HOUR_S / 2
    (left,) = [e for e in controller.heard if isinstance(e, Unplugged)]
    assert left.energy_wh == pytest.approx(5_520.0)
    assert result.summary.unmet_sessions == 0


def test_a_car_that_finds_its_outlet_taken_waits_until_it_is_free() -> None:
    first = visit(1, departure_s=START_S + 1200.0)
    second = visit(1, session_id="late", arrival_s=START_S + 600.0)

    result, _ = played(scenario_of(first, second), FULL)

    assert outcome(result, "late").plugged_in_s == START_S + 1200.0
    assert outcome(result, "late").wait_s == 600.0


def test_a_station_falls_back_to_its_offline_limit_when_its_lease_ends() -> None:
    silence = FaultSpec(kind=FaultKind.STATION_OFFLINE, start_s=1800.0, target=("a1",))

    result, _ = played(scenario_of(visit(1), faults=[silence]), FULL, faults="some")

    assert power_w(result, 33) == pytest.approx(11_040.0)  # the lease of the last cycle before still holds
    assert power_w(result, 34) == 0.0


def test_a_vehicle_follows_its_limit_after_its_reaction_time() -> None:
    scenario = scenario_of(visit(1), step_s=10.0, vehicles=VehicleSettings(reaction_s=25.0))

    result, _ = played(scenario, FULL)

    assert outcome(result, "s1").first_power_s == START_S + 30.0


def test_a_meter_that_drifts_misleads_the_reading_and_not_the_battery() -> None:
    drift = FaultSpec(kind=FaultKind.METER_DRIFTING, magnitude_ratio=-0.5, target=("a1",))

    result, controller = played(scenario_of(visit(1), faults=[drift]), FULL, faults="some")

    shown = {e.time_s: e.current_a[0] for e in controller.heard if isinstance(e, EvseReadings)}
    assert shown[START_S + HOUR_S] == pytest.approx(8.0)
    assert power_w(result, 59) == pytest.approx(11_040.0)


@pytest.mark.parametrize(
    ("kind", "shown_a"), [(FaultKind.METER_FROZEN, 16.0), (FaultKind.METER_SIGN_FLIPPED, -0.0)]
)
def test_a_frozen_meter_shows_the_past_and_a_flipped_one_the_opposite(
    kind: FaultKind, shown_a: float
) -> None:
    fault = FaultSpec(kind=kind, start_s=600.0, target=("a1",))

    _, controller = played(
        scenario_of(visit(1), faults=[fault]),
        lambda time_s: FULL if time_s < 1200.0 else [0.0, 0.0, 0.0],
        faults="some",
    )

    shown = {e.time_s: e.current_a[0] for e in controller.heard if isinstance(e, EvseReadings)}
    assert abs(shown[START_S + 900.0]) == pytest.approx(16.0)
    assert shown[START_S + 1800.0] == pytest.approx(shown_a)


def test_a_delayed_meter_tells_honestly_how_old_its_sample_is() -> None:
    fault = FaultSpec(kind=FaultKind.METER_DELAYED, delay_s=180.0, target=("a1",))

    _, controller = played(scenario_of(visit(1), faults=[fault]), FULL, faults="some")

    late = [e for e in controller.heard if isinstance(e, EvseReadings)][30]
    assert late.time_s - late.sampled_s[0] == 180.0
    assert late.time_s == late.sampled_s[1]


def test_a_power_cut_stops_everything_and_all_stations_start_at_once() -> None:
    cut = FaultSpec(kind=FaultKind.POWER_CUT, start_s=1200.0, length_s=600.0)

    result, controller = played(scenario_of(visit(1), visit(2), faults=[cut]), FULL, faults="some")

    assert power_w(result, 19) == pytest.approx(2 * 11_040.0)
    assert power_w(result, 25) == 0.0
    booted = [e.time_s for e in controller.heard if type(e).__name__ == "StationBooted"]
    assert booted == [START_S + 1800.0] * 3
    assert not any(START_S + 1200.0 <= s < START_S + 1800.0 for s in controller.decided_s)


@pytest.mark.parametrize(("restart", "starts"), [(Restart.SAVED, 1), (Restart.NOTHING, 2)])
def test_a_controller_that_comes_back_hears_of_the_car_that_came_meanwhile(
    restart: Restart, starts: int
) -> None:
    crash = FaultSpec(kind=FaultKind.CONTROLLER_CRASH, start_s=1200.0, length_s=600.0, restart=restart)
    cars = visit(1), visit(2, arrival_s=START_S + 1500.0)

    result, controller = played(scenario_of(*cars, faults=[crash]), FULL, faults="some")

    assert controller.starts == starts
    assert outcome(result, "s2").first_power_s == START_S + 1800.0
    known = [e.session_id for e in controller.heard if isinstance(e, PluggedIn)]
    assert known == (["s1", "s2"] if restart is Restart.SAVED else ["s1", "s1", "s2"])


def test_a_flapping_vehicle_draws_only_while_it_asks() -> None:
    fault = FaultSpec(kind=FaultKind.VEHICLE_FLAPPING, start_s=600.0, delay_s=120.0, target=("a1",))

    result, _ = played(scenario_of(visit(1), faults=[fault]), FULL, faults="some")

    assert [power_w(result, m) > 0.0 for m in (9, 10, 11, 12, 13, 14)] == [
        True,
        False,
        False,
        True,
        True,
        False,
    ]


def test_a_vehicle_that_never_wakes_stays_asleep_after_a_pause() -> None:
    fault = FaultSpec(kind=FaultKind.VEHICLE_NEVER_WAKES, target=("a1",))

    result, _ = played(
        scenario_of(visit(1), visit(2), faults=[fault]),
        lambda time_s: [0.0, 0.0, 0.0] if 600.0 <= time_s < 720.0 else FULL,
        faults="some",
    )

    assert power_w(result, 9) == pytest.approx(2 * 11_040.0)
    assert power_w(result, 20) == pytest.approx(11_040.0)


def test_other_load_that_appears_is_seen_by_the_meter_of_the_circuit_and_not_by_the_outlets() -> None:
    cut = FaultSpec(kind=FaultKind.GRID_LIMIT_CUT, start_s=600.0, magnitude_ratio=0.75, target=("grid",))

    result, _ = played(scenario_of(visit(1), faults=[cut]), FULL, faults="some")

    assert result.trace.max_row_load_ratio[9] == pytest.approx(16.0 / 40.0)
    assert result.trace.max_row_load_ratio[10] == pytest.approx(26.0 / 40.0)


def test_days_without_any_car_are_passed_in_one_go_and_cost_no_cycles() -> None:
    late = visit(1, arrival_s=START_S + 47 * HOUR_S, departure_s=START_S + 48 * HOUR_S)

    result, controller = played(scenario_of(late, hours=48.0), FULL)

    assert len(controller.decided_s) < 65
    assert outcome(result, "s1").delivered_wh == pytest.approx(11_040.0)
    assert result.trace.time_s.size == 48 * 60


def test_a_run_tells_how_far_it_is() -> None:
    told: list[float] = []

    run(real_day(), architecture="parallel", faults="none", seed=1, watch=told.append)

    assert told == sorted(told)
    assert told[-1] == 1.0


def real_day() -> Scenario:
    """Return a few hours under the real controller, with everything that can go wrong a little."""
    faults = [
        FaultSpec(kind=FaultKind.MESSAGE_LOSS, magnitude_ratio=0.2, direction=Direction.BOTH),
        FaultSpec(kind=FaultKind.MESSAGE_DELAY, delay_s=2.0, jitter_s=30.0),
        FaultSpec(kind=FaultKind.MESSAGE_REORDER, magnitude_ratio=0.2, jitter_s=60.0),
        FaultSpec(kind=FaultKind.METER_NOISY, magnitude_ratio=0.02),
        FaultSpec(kind=FaultKind.METER_NOISY, magnitude_ratio=0.02, meter=Meter.CIRCUIT),
        FaultSpec(kind=FaultKind.STATION_BOOTS, spread_s=7200.0, length_s=10.0, target=("any",), count=3),
        FaultSpec(kind=FaultKind.OPTIMISER_HANGING, start_s=3600.0, length_s=300.0),
    ]
    cars = [visit(n, arrival_s=START_S + 300.0 * n, tier=n % 2) for n in range(1, 6)]
    return scenario_of(
        *cars, outlets=5, rating_a=30.0, hours=3.0, step_s=30.0, settings=ControlSettings(), faults=faults
    )


def digest(seed: int) -> str:
    return run(real_day(), architecture="parallel", faults="some", seed=seed).summary.determinism_digest


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    assert digest(1) == digest(1)
    assert digest(1) != digest(2)


def test_the_same_seed_gives_the_same_digest_in_another_process() -> None:
    words = "from tests.simulation.test_run import digest; print(digest(3))"

    other = subprocess.run(
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    ).stdout.strip()

    assert other == digest(3)


def test_the_real_controller_charges_everybody_on_a_quiet_day() -> None:
    scenario = replace(real_day(), end_s=START_S + 5 * HOUR_S)

    result = run(scenario, architecture="parallel", faults="none", seed=1)

    assert result.breaches == ()
    assert result.summary.sessions == 5
    assert result.summary.delivered_ratio > 0.7
    assert result.summary.peak_a <= 30.0
    assert 0.9 < result.summary.jain_fairness <= 1.0


def test_energy_in_the_curves_is_the_energy_of_the_sessions() -> None:
    result, _ = played(scenario_of(visit(1), visit(2, wants_wh=7_000.0)), FULL)

    by_curve_wh = result.trace.power_w.sum() * result.trace.step_s / HOUR_S
    by_sample_wh = sum(
        float((o.sample_w * np.diff([*o.sample_s, result.trace.time_s[-1] + 60.0])).sum()) / HOUR_S
        for o in result.trace.sessions
    )

    assert by_curve_wh == pytest.approx(result.summary.energy_delivered_wh)
    assert by_sample_wh == pytest.approx(by_curve_wh, rel=1e-6)


def test_smaller_physics_steps_than_cycles_decide_no_more_often() -> None:
    result, controller = played(scenario_of(visit(1), step_s=10.0, settings=PLAIN), FULL)

    assert len(controller.decided_s) == 120
    assert result.trace.time_s.size == 720


def test_a_warm_up_leaves_no_trace_in_the_run_that_follows() -> None:
    scenario = scenario_of(visit(1), visit(2))
    before = run(scenario, architecture="parallel", faults="none", seed=1)

    warm_up(scenario, architecture="parallel", faults="none", seed=1)

    after = run(scenario, architecture="parallel", faults="none", seed=1)
    assert after.summary.determinism_digest == before.summary.determinism_digest


def test_a_warm_up_plays_what_happens_around_the_first_vehicle_and_not_the_hours_before() -> None:
    scenario = scenario_of(visit(1, arrival_s=START_S + 7 * HOUR_S), hours=12.0, settings=PLAIN)

    part = first_arrivals(scenario)

    assert part.start_s == START_S + 7 * HOUR_S - 4 * PLAIN.period_s
    assert part.end_s == START_S + 7.5 * HOUR_S


def test_a_warm_up_stays_within_the_scenario() -> None:
    part = first_arrivals(scenario_of(visit(1), hours=0.25, settings=PLAIN))

    assert (part.start_s, part.end_s) == (START_S, START_S + HOUR_S / 4)

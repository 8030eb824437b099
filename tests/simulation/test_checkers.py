"""Every checker is shown the breach it is there for, by a controller that is broken on purpose; a good one passes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.simulation.small_world import HOUR_S, PLAIN, START_S, FakeController, played, scenario_of, visit
from voltloom.controller.settings import ControlSettings, SmoothingSettings
from voltloom.decision.command import SetLimits
from voltloom.decision.reason import Cause
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.simulation.kernels import without_reason
from voltloom.simulation.measures import Stopwatch
from voltloom.simulation.play import Play
from voltloom.simulation.run import result_of
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.shell import Shell
from voltloom.simulation.summary import RunResult

TWO = (visit(1), visit(2))


def breach_of(result: RunResult) -> str:
    return result.breaches[0].checker if result.breaches else ""


def with_smoothing(**values: float) -> ControlSettings:
    return replace(PLAIN, smoothing=replace(PLAIN.smoothing, **values))


def swinging(time_s: float) -> Sequence[float]:
    """Return 10 A and 6 A in turn."""
    return [10.0 if time_s // 60.0 % 2 == 0 else 6.0, 0.0, 0.0]


def second_without(command: SetLimits) -> SetLimits:
    """Leave the first outlet out of a command."""
    return command._replace(
        evses=command.evses[1:],
        limit_a=command.limit_a[1:],
        lease_until_s=command.lease_until_s[1:],
        serial=command.serial[1:],
    )


def test_a_controller_that_keeps_the_rules_contents_every_checker() -> None:
    scenario = scenario_of(*TWO, settings=with_smoothing(dwell_s=300.0, turn_s=600.0, wait_limit_s=1800.0))

    result, _ = played(scenario, [16.0, 16.0, 0.0])

    assert result.breaches == ()
    assert result.summary.energy_delivered_wh == pytest.approx(2 * 20_000.0)


def test_an_overloaded_breaker_opens_and_cuts_off_everything_under_it() -> None:
    greedy = visit(1, max_power_w=22_080.0), visit(2, max_power_w=22_080.0)
    scenario = scenario_of(*greedy, rating_a=40.0, step_s=10.0)

    result, _ = played(scenario, [32.0, 32.0, 0.0], off=frozenset({"setpoints"}))

    assert breach_of(result) == "breaker"
    assert result.summary.breaker_trips == 1
    assert result.summary.overload_a_s > 0.0
    assert "--seed 1" in result.breaches[0].how_to_repeat


def test_a_trip_that_is_looked_for_by_nobody_still_leaves_the_cars_without_power() -> None:
    greedy = visit(1, max_power_w=22_080.0), visit(2, max_power_w=22_080.0)
    scenario = scenario_of(*greedy, rating_a=40.0, step_s=10.0)

    result, _ = played(scenario, [32.0, 32.0, 0.0], off=frozenset({"setpoints", "breaker"}))

    assert result.breaches == ()
    assert result.summary.breaker_trips == 1
    assert result.trace.power_w[-1] == 0.0


def test_limits_that_add_up_to_more_than_the_fuse_are_seen_before_anything_flows_too_high() -> None:
    result, _ = played(scenario_of(*TWO, rating_a=31.0), [16.0, 16.0, 0.0])

    assert breach_of(result) == "setpoints"
    assert "grid/L1" in result.breaches[0].what


def test_a_limit_that_stations_hold_against_other_load_is_seen_after_the_time_to_lower_it() -> None:
    settings = replace(PLAIN, safety=replace(PLAIN.safety, follows_meters=True))
    scenario = scenario_of(*TWO, rating_a=40.0, other_a=9.0, settings=settings)

    result, _ = played(scenario, [16.0, 16.0, 0.0])

    assert breach_of(result) == "setpoints"
    assert result.breaches[0].time_s > START_S + 3 * 60.0


def test_sequential_that_serves_two_is_seen() -> None:
    result, _ = played(scenario_of(*TWO), [8.0, 8.0, 0.0], architecture="sequential")

    assert breach_of(result) == "sequential"
    assert "a1, a2" in result.breaches[0].what


def test_a_vehicle_that_never_gets_its_turn_is_seen() -> None:
    settings = with_smoothing(turn_s=600.0, wait_limit_s=1800.0)

    result, _ = played(scenario_of(*TWO, settings=settings), [16.0, 0.0, 0.0])

    assert breach_of(result) == "waiting"
    assert "a2" in result.breaches[0].what


def test_a_vehicle_that_got_all_its_driver_asked_for_does_not_wait() -> None:
    settings = with_smoothing(turn_s=600.0, wait_limit_s=1800.0)
    cars = visit(1), visit(2, stated_wh=0.0)

    result, _ = played(scenario_of(*cars, settings=settings), [16.0, 0.0, 0.0])

    assert result.breaches == ()


def test_nobody_is_said_to_starve_where_the_other_load_leaves_no_room() -> None:
    settings = with_smoothing(turn_s=600.0, wait_limit_s=1800.0)

    result, _ = played(scenario_of(*TWO, settings=settings, other_a=34.0), [0.0, 0.0, 0.0])

    assert result.breaches == ()


@pytest.mark.parametrize("limit_a", [3.0, 33.0, float("nan")])
def test_a_limit_that_no_outlet_can_offer_is_seen(limit_a: float) -> None:
    def tamper(command: SetLimits) -> SetLimits:
        return command._replace(limit_a=np.array([limit_a, 0.0, 0.0]))

    result, _ = played(
        scenario_of(*TWO), [0.0, 0.0, 0.0], tamper=tamper, off=frozenset({"reasons", "setpoints"})
    )

    assert breach_of(result) == "pilots"


@pytest.mark.parametrize(
    "tamper",
    [
        lambda command: command._replace(limit_a=command.limit_a * 0.5),
        second_without,
        lambda command: None,
    ],
)
def test_a_command_that_is_not_the_decision_is_seen(
    tamper: Callable[[SetLimits], SetLimits | None],
) -> None:
    result, _ = played(scenario_of(*TWO), [16.0, 16.0, 0.0], tamper=tamper)

    assert breach_of(result) == "reasons"


def test_a_rise_without_a_reason_is_seen() -> None:
    result, _ = played(scenario_of(*TWO), [16.0, 16.0, 0.0], cause=Cause.NO_SESSION)

    assert breach_of(result) == "reasons"


@pytest.mark.parametrize("cause", [-1, max(Cause) + 1])
def test_a_number_that_is_no_cause_is_seen(cause: int) -> None:
    nothing, nobody = np.zeros(1), np.zeros(1, dtype=np.bool_)

    assert without_reason(nothing, nothing, nobody, np.array([cause]), nobody, int(max(Cause))) == 0


def test_a_refused_vehicle_that_is_offered_power_is_seen() -> None:
    result, _ = played(scenario_of(visit(1)), [16.0, 0.0, 0.0], accepts=False)

    assert breach_of(result) == "refused"


def test_a_broken_outlet_that_goes_on_is_seen() -> None:
    fault = FaultSpec(kind=FaultKind.STATION_FAULT, start_s=600.0, target=("a1",))

    result, _ = played(scenario_of(visit(1), faults=[fault]), [16.0, 0.0, 0.0], faults="some")

    assert breach_of(result) == "refused"
    assert result.breaches[0].time_s >= START_S + 600.0


def test_a_limit_that_flickers_within_the_dwell_time_is_seen() -> None:
    result, _ = played(scenario_of(visit(1), settings=with_smoothing(dwell_s=300.0)), swinging)

    assert breach_of(result) == "dwell"


def test_the_same_flicker_slower_than_the_dwell_time_is_fine() -> None:
    result, _ = played(scenario_of(visit(1), settings=with_smoothing(dwell_s=60.0)), swinging)

    assert result.breaches == ()
    assert result.summary.reversals_per_dwell == 0.0


def test_a_register_that_falls_is_seen() -> None:
    scenario = scenario_of(visit(1))
    assert breach_of(tampered(scenario, "register_wh", -5000.0)) == "records"


def test_a_vehicle_that_gets_more_than_it_wants_is_seen() -> None:
    scenario = scenario_of(visit(1))
    assert breach_of(tampered(scenario, "left_wh", -1e6)) == "records"


def test_a_meter_that_counts_what_no_battery_took_is_seen() -> None:
    scenario = scenario_of(visit(1, departure_s=START_S + HOUR_S))
    assert breach_of(tampered(scenario, "register_wh", 50.0)) == "records"


def tampered(scenario: Scenario, column: str, by: float) -> RunResult:
    """Return a run in which somebody changes a column of the world after ten minutes."""
    play = Play(scenario=scenario, architecture="parallel", faults="none", seed=1)
    controller = FakeController(network=scenario.network, wish=lambda _: [16.0, 0.0, 0.0])
    stopwatch = Stopwatch()
    shell = Shell(controller, play, stopwatch)
    inner = controller.wish

    def wish(time_s: float) -> Sequence[float]:
        if time_s == 600.0:
            world = shell.world
            columns = world.vehicles if column == "left_wh" else world.stations.columns
            getattr(columns, column)[0] += by
        return inner(time_s)

    controller.wish = wish
    shell.play(None)
    return result_of(shell, play, stopwatch)


def test_smoothing_that_is_off_asks_for_no_dwell() -> None:
    settings = replace(PLAIN, smoothing=SmoothingSettings(dwell_s=0.0, wait_limit_s=0.0))

    result, _ = played(scenario_of(visit(1), settings=settings), swinging)

    assert result.breaches == ()
    assert result.summary.reversals_per_dwell > 0.0

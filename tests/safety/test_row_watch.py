"""Which circuit meters are believed: the field's complaints about sensing, one test each."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from tests.safety.metered_row import Seen, World, live
from voltloom.safety.row_watch import RowInputs, RowVerdicts, first_row_watch, watch_rows
from voltloom.safety.settings import SafetySettings
from voltloom.safety.watch import Verdict

SETTINGS = SafetySettings(recover_s=600.0)


def rows(
    now_s: float, meter_a: list[float], below_a: list[float], own_a: list[float] | None = None
) -> RowInputs:
    count = len(meter_a)
    return RowInputs(
        current_a=np.array(meter_a), sampled_s=np.full(count, now_s), contribution_a=np.array(below_a),
        timely_a=np.array(below_a), is_timely=np.ones(count, dtype=np.bool_),
        uncommanded_a=np.array(own_a or [0.0] * count), in_flight_a=np.zeros(count),
        planned_other_a=np.full(count, 30.0), rating_a=np.full(count, 100.0),
        feeds_most_a=np.zeros(count),
        least_other_a=np.zeros(count),
    )  # fmt: skip


def story(*steps: RowInputs) -> list[RowVerdicts]:
    watch, found = first_row_watch(len(steps[0].current_a)), []
    for step in steps:
        watch, verdicts = watch_rows(watch, step, float(step.sampled_s[0]), SETTINGS)
        found.append(verdicts)
    return found


def last(*steps: RowInputs) -> list[str]:
    return [Verdict(v).name for v in story(*steps)[-1].verdict]


def first_doubt(world: World) -> Seen | None:
    return next((s for s in live(world) if s.rows.verdict[0] not in (Verdict.GOOD, Verdict.MISSING)), None)


def test_a_clamp_mounted_backwards_is_found_at_once() -> None:
    assert last(rows(0.0, [-40.0], [30.0])) == ["SIGN_FLIPPED"]


def test_a_meter_before_solar_panels_may_read_negative() -> None:
    feeding = replace(rows(0.0, [-40.0], [0.0]), feeds_most_a=np.full(1, np.inf))

    assert last(feeding) == ["GOOD"]


@pytest.mark.parametrize("nonsense_a", [np.nan, np.inf, 23_000.0, -1e12])
def test_a_meter_that_tells_nonsense_is_not_used(nonsense_a: float) -> None:
    assert last(rows(0.0, [40.0], [10.0]), rows(60.0, [nonsense_a], [10.0])) == ["OUT_OF_RANGE"]


def test_a_real_overload_is_believed_not_explained_away() -> None:
    assert last(*(rows(60.0 * i, [180.0], [60.0]) for i in range(10))) == ["GOOD"]


def test_a_meter_that_tells_less_than_flows_below_it_contradicts() -> None:
    assert last(*(rows(60.0 * i, [50.0], [64.0]) for i in range(4))) == ["CONTRADICTS"]


def test_outlets_that_tell_minutes_late_discredit_no_meter() -> None:
    late = [
        replace(rows(60.0 * i, [50.0], [64.0]), timely_a=np.zeros(1), is_timely=np.zeros(1, dtype=np.bool_))
        for i in range(4)
    ]

    assert last(*late) == ["GOOD"]


def test_a_clamp_with_an_offset_on_one_phase_discredits_that_phase_only() -> None:
    steps = [rows(60.0 * i, [34.0, 34.0 - 10.0, 34.0], [31.0, 31.0, 31.0]) for i in range(4)]

    assert last(*steps) == ["GOOD", "CONTRADICTS", "GOOD"]


def test_a_vehicle_that_just_left_does_not_discredit_the_meter_that_saw_it_first() -> None:
    before = [rows(30.0 * i, [40.0], [32.0]) for i in range(10)]
    meter_first = [rows(300.0, [8.0], [32.0]), rows(330.0, [8.0], [32.0])]
    after = [rows(360.0 + 30.0 * i, [8.0], [0.0]) for i in range(10)]

    assert {int(v.verdict[0]) for v in story(*before, *meter_first, *after)} == {Verdict.GOOD}


def test_a_vehicle_that_just_started_does_not_discredit_the_meter_that_sees_it_late() -> None:
    before = [rows(30.0 * i, [8.0], [0.0]) for i in range(10)]
    outlet_first = [rows(300.0, [8.0], [32.0]), rows(330.0, [8.0], [32.0])]
    after = [rows(360.0 + 30.0 * i, [40.0], [32.0]) for i in range(10)]

    assert {int(v.verdict[0]) for v in story(*before, *outlet_first, *after)} == {Verdict.GOOD}


def test_a_meter_that_stands_still_while_vehicles_come_and_go_is_frozen() -> None:
    steps = [rows(60.0 * i, [60.0], [16.0 if (i // 6) % 2 else 32.0]) for i in range(20)]

    assert last(*steps) == ["FROZEN"]


def test_a_meter_that_stands_still_because_nothing_moves_is_believed() -> None:
    steps = [rows(60.0 * i, [60.0], [32.0 + 0.5 * (i % 2)]) for i in range(60)]

    assert last(*steps) == ["GOOD"]


def test_a_loop_that_holds_the_meter_at_its_limit_does_not_make_it_look_insensitive() -> None:
    # The building takes 10 A more, the vehicles are given 10 A less: the meter hardly moves, and is right.
    steps = [rows(60.0 * i, [95.0 + 0.3 * (i % 3)], [60.0 if (i // 6) % 2 else 50.0]) for i in range(120)]

    assert {int(v.verdict[0]) for v in story(*steps)} == {Verdict.GOOD}


@pytest.mark.parametrize(
    ("gain_ratio", "verdict"), [(1.0, "GOOD"), (0.6, "DRIFTING"), (1.6, "DRIFTING"), (-1.0, "SIGN_FLIPPED")]
)
def test_vehicles_that_leave_tell_the_gain_of_the_meter(gain_ratio: float, verdict: str) -> None:
    # A building that feeds back hides every other clue; each vehicle that leaves by itself is a measured step.
    steps = []
    for i in range(240):
        below_a = 20.0 if (i // 5) % 2 else 36.0
        own_a = 0.0 if i % 5 else (-16.0 if (i // 5) % 2 else 16.0)
        meter_a = gain_ratio * (below_a + 3.0 * np.sin(0.7 * i)) - 60.0
        step = rows(60.0 * i, [meter_a], [below_a], [own_a])
        steps.append(replace(step, feeds_most_a=np.full(1, np.inf)))

    assert last(*steps) == [verdict]


def drifting(from_s: float, per_hour: float) -> Callable[[float, float], float]:
    return lambda now_s, true_a: true_a * max(1.0 - per_hour * max(now_s - from_s, 0.0) / 3600.0, 0.0)


@pytest.mark.parametrize("seed", range(4))
def test_sensor_drift_is_found_before_the_main_breaker_would_trip(seed: int) -> None:
    # The source's story: calibration drift made the optimiser allocate too much power.
    world = World(seed=seed, building_a=10.0, jump_a=5.0, distort=drifting(3600.0, 0.15), hours=6.0)

    worst_ratio, doubt = 0.0, None
    for seen in live(world):
        worst_ratio = max(worst_ratio, seen.total_a / world.rating_a)
        if seen.rows.verdict[0] not in (Verdict.GOOD, Verdict.MISSING):
            doubt = seen
            break

    assert doubt is not None
    assert doubt.now_s > 3600.0
    assert Verdict(doubt.rows.verdict[0]) in (Verdict.CONTRADICTS, Verdict.DRIFTING)
    assert worst_ratio < 1.45, "IEC 60898-1: the breaker must open at 1.45 times its rating"


def test_a_frozen_meter_is_found_while_charging_goes_on() -> None:
    doubt = first_doubt(
        World(seed=2, distort=lambda now_s, a: a if now_s < 3600.0 else 60.0, noise_ratio=0.0)
    )

    assert doubt is not None
    assert Verdict(doubt.rows.verdict[0]) in (Verdict.FROZEN, Verdict.CONTRADICTS)


def test_a_meter_that_died_and_repeats_its_last_message_gets_no_younger() -> None:
    again = rows(60.0, [40.0], [10.0])

    watch, _ = watch_rows(first_row_watch(1), again, 60.0, SETTINGS)
    later, verdicts = watch_rows(watch, again, 6000.0, SETTINGS)

    assert verdicts.usable.all(), "silence is judged by age, not by plausibility"
    assert later.sampled_s.tolist() == [60.0]


def test_without_plausibility_checks_every_reading_counts() -> None:
    off = replace(SETTINGS, checks_plausibility=False)

    _, verdicts = watch_rows(first_row_watch(1), rows(0.0, [-40.0], [30.0]), 0.0, off)

    assert verdicts.usable.all()

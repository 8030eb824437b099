"""Which outlets' readings are believed, and which vehicles are found not to follow."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.safety.metered_row import World, live
from voltloom.safety.plausibility import EvseInputs, EvseVerdicts, first_evse_watch, watch_evses
from voltloom.safety.settings import SafetySettings
from voltloom.safety.watch import Verdict

SETTINGS = SafetySettings(confirm_s=60.0, obey_tolerance_a=1.0, recover_s=600.0)
W_PER_A = 690.0


def inputs(now_s: float, current_a: float, energy_wh: float = np.nan, limit_a: float = 32.0) -> EvseInputs:
    one = np.ones(1)
    return EvseInputs(
        current_a=current_a * one, energy_wh=energy_wh * one, sampled_s=now_s * one, limit_a=limit_a * one,
        max_a=32.0 * one, w_per_a_least=W_PER_A * one, w_per_a_most=W_PER_A * one, present=one > 0.0,
        discharges=one < 0.0,
    )  # fmt: skip


def story(*steps: EvseInputs) -> list[EvseVerdicts]:
    watch, found = first_evse_watch(1), []
    for step in steps:
        watch, verdicts = watch_evses(watch, step, float(step.sampled_s[0]), SETTINGS)
        found.append(verdicts)
    return found


def names(found: list[EvseVerdicts]) -> list[str]:
    return [Verdict(v.verdict[0]).name for v in found]


def charging(true_a: float, told_a: float, count: int = 40, start_s: float = 0.0) -> list[EvseInputs]:
    """Return minutes of a steady charge whose register tells the truth and whose current may not."""
    return [inputs(start_s + 60.0 * i, told_a, 1000.0 + true_a * W_PER_A * i / 60.0) for i in range(count)]


def test_what_was_never_heard_is_missing_not_doubted() -> None:
    _, verdicts = watch_evses(
        first_evse_watch(1), replace(inputs(0.0, np.nan), sampled_s=np.full(1, -np.inf)), 0.0, SETTINGS
    )

    assert verdicts.verdict.tolist() == [Verdict.MISSING]
    assert not verdicts.usable.any()


@pytest.mark.parametrize("true_a", [6.0, 16.0, 32.0])
@pytest.mark.parametrize("voltage_ratio", [0.9, 1.0, 1.1])
def test_a_truthful_outlet_is_believed_on_any_grid_voltage(true_a: float, voltage_ratio: float) -> None:
    found = names(story(*charging(true_a * voltage_ratio, true_a)))

    assert set(found) == {"GOOD"}


@pytest.mark.parametrize("told_a", [8.0, 10.0])
def test_a_current_that_reads_too_little_is_found_by_the_energy_register(told_a: float) -> None:
    found = names(story(*charging(16.0, told_a)))

    assert found[0] == "GOOD"
    assert found[-1] == "DRIFTING"


def test_a_meter_that_repeats_itself_while_the_register_stands_still_is_frozen() -> None:
    assert names(story(*charging(0.0, 16.0)))[-1] == "FROZEN"


def test_a_current_with_the_wrong_sign_is_found_at_once() -> None:
    assert names(story(inputs(0.0, 16.0), inputs(60.0, -16.0))) == ["GOOD", "SIGN_FLIPPED"]


def test_a_vehicle_that_feeds_back_may_read_negative() -> None:
    both_ways = replace(inputs(60.0, -16.0), discharges=np.ones(1, dtype=np.bool_))

    assert names(story(inputs(0.0, 16.0), both_ways)) == ["GOOD", "GOOD"]


@pytest.mark.parametrize("nonsense_a", [np.nan, np.inf, 3600.0, -3600.0])
def test_watts_told_as_amperes_are_out_of_range(nonsense_a: float) -> None:
    assert names(story(inputs(0.0, 16.0), inputs(60.0, nonsense_a))) == ["GOOD", "OUT_OF_RANGE"]


@pytest.mark.parametrize("jump_wh", [-900.0, 909_948.0])
def test_a_register_that_was_reset_or_replaced_does_not_discredit_the_current(jump_wh: float) -> None:
    before = charging(16.0, 16.0, 20)
    after = [replace(step, energy_wh=step.energy_wh + jump_wh) for step in charging(16.0, 16.0, 40)[20:]]

    assert set(names(story(*before, *after))) == {"GOOD"}


def test_a_doubted_outlet_is_trusted_again_only_after_a_time_of_good_readings() -> None:
    good = [inputs(60.0 + 60.0 * i, 16.0) for i in range(1, 12)]

    found = names(story(inputs(0.0, 16.0), inputs(60.0, -16.0), *good))

    assert found[1:11] == ["SIGN_FLIPPED"] * 10
    assert found[11:] == ["GOOD"] * 2


def test_each_relapse_doubles_the_wait() -> None:
    steps = [inputs(0.0, 16.0), inputs(60.0, -16.0), inputs(660.0, 16.0), inputs(720.0, -16.0)]

    found = names(story(*steps, inputs(1320.0, 16.0), inputs(1920.0, 16.0)))

    assert found == ["GOOD", "SIGN_FLIPPED", "GOOD", "SIGN_FLIPPED", "SIGN_FLIPPED", "GOOD"]


def test_a_reading_that_was_overtaken_by_a_newer_one_changes_nothing() -> None:
    assert names(story(inputs(60.0, 16.0), inputs(0.0, -16.0))) == ["GOOD", "GOOD"]


def test_one_outlet_that_is_heard_says_nothing_of_another_that_is_not() -> None:
    one = inputs(60.0, 16.0)
    first = EvseInputs(**{name: np.repeat(getattr(one, name), 2) for name in EvseInputs.__slots__})
    second = replace(first, current_a=np.array([16.0, -16.0]), sampled_s=np.array([120.0, 0.0]))

    watch, _ = watch_evses(first_evse_watch(2), first, 60.0, SETTINGS)
    _, verdicts = watch_evses(watch, second, 120.0, SETTINGS)

    assert verdicts.verdict.tolist() == [Verdict.GOOD, Verdict.GOOD]


def test_accepted_is_not_obeyed_a_vehicle_that_stays_above_its_limit_is_named() -> None:
    steps = [inputs(t, 12.0, limit_a=16.0 if t < 60.0 else 7.0) for t in np.arange(0.0, 360.0, 30.0)]

    found = [bool(v.disobedient[0]) for v in story(*steps)]

    assert not any(found[:4])
    assert all(found[6:])


def test_a_vehicle_that_follows_a_falling_staircase_a_little_late_is_not_accused() -> None:
    limits = [32.0 - 3.0 * i for i in range(8)]
    steps = [inputs(30.0 * i, limits[max(i - 1, 0)], limit_a=limit) for i, limit in enumerate(limits)]

    assert not any(v.disobedient[0] for v in story(*steps))


def test_one_sample_above_the_limit_is_no_disobedience() -> None:
    steps = [inputs(30.0 * i, 18.0 if i == 5 else 16.0, limit_a=16.0) for i in range(20)]

    assert not any(v.disobedient[0] for v in story(*steps))


def test_a_disobedient_vehicle_is_forgiven_only_after_it_followed_a_lower_limit_for_a_while() -> None:
    wild = [inputs(30.0 * i, 20.0, limit_a=10.0) for i in range(10)]
    untested = [inputs(300.0 + 60.0 * i, 20.0, limit_a=32.0) for i in range(20)]
    tame = [inputs(1500.0 + 60.0 * i, 10.0, limit_a=10.0) for i in range(12)]

    found = [bool(v.disobedient[0]) for v in story(*wild, *untested, *tame)]

    assert all(found[9:40]), "a limit that it cannot break proves nothing"
    assert not found[40]


def test_obedience_that_was_interrupted_by_an_untested_time_starts_anew() -> None:
    wild = [inputs(30.0 * i, 20.0, limit_a=10.0) for i in range(10)]
    tame = [inputs(300.0 + 60.0 * i, 10.0, limit_a=10.0) for i in range(5)]
    untested = [inputs(600.0 + 60.0 * i, 20.0, limit_a=32.0) for i in range(10)]

    found = story(*wild, *tame, *untested, inputs(1200.0, 10.0, limit_a=10.0))

    assert found[-1].disobedient.all()


def test_disobedience_leaves_with_the_vehicle() -> None:
    wild = [inputs(30.0 * i, 20.0, limit_a=10.0) for i in range(10)]
    empty = replace(inputs(300.0, 0.0, limit_a=0.0), present=np.zeros(1, dtype=np.bool_))

    assert [bool(v.disobedient[0]) for v in story(*wild, empty)][-2:] == [True, False]


def test_an_outlet_that_goes_on_drawing_without_a_vehicle_is_not_forgiven() -> None:
    steps = [
        replace(inputs(30.0 * i, 16.0, limit_a=0.0), present=np.zeros(1, dtype=np.bool_)) for i in range(8)
    ]

    assert story(*steps)[-1].disobedient.all()


def test_what_is_drawn_above_every_recent_limit_counts_from_the_first_sample_on() -> None:
    calm = [inputs(30.0 * i, 6.0, limit_a=6.0) for i in range(4)]
    late = [inputs(120.0, 32.0, limit_a=6.0), inputs(150.0, 6.0, limit_a=6.0)]

    found = [float(v.excessive_a[0]) for v in story(*calm, *late)]

    assert found == [0.0, 0.0, 0.0, 0.0, 32.0, 0.0]


def test_the_last_reading_of_a_vehicle_that_left_is_nothing_in_excess() -> None:
    left = replace(inputs(30.0, 16.0, limit_a=0.0), present=np.zeros(1, dtype=np.bool_))

    assert story(inputs(0.0, 0.0, limit_a=0.0), left)[-1].excessive_a.tolist() == [0.0]


def test_a_vehicle_that_follows_a_falling_limit_late_draws_nothing_in_excess() -> None:
    falling = [inputs(30.0 * i, 16.0 - 2.0 * i, limit_a=14.0 - 2.0 * i) for i in range(5)]

    assert [float(v.excessive_a[0]) for v in story(inputs(-30.0, 16.0, limit_a=16.0), *falling)] == [0.0] * 6


def test_without_plausibility_checks_every_reading_counts() -> None:
    off = replace(SETTINGS, checks_plausibility=False)

    watch, verdicts = watch_evses(first_evse_watch(1), inputs(0.0, -16.0), 0.0, off)

    assert verdicts.usable.all()
    assert not verdicts.disobedient.any()
    assert watch.sampled_s.tolist() == [-np.inf]


def nobody_is_doubted(world: World) -> None:
    for seen in live(world):
        assert np.isin(seen.evses.verdict, [Verdict.GOOD, Verdict.MISSING]).all(), seen
        assert np.isin(seen.rows.verdict, [Verdict.GOOD, Verdict.MISSING]).all(), seen
        assert not seen.evses.disobedient.any(), seen
        assert not seen.evses.excessive_a.any(), seen


def honest_world(seed: int, evse_s: float, row_s: float, outlets: int) -> World:
    return World(
        seed=seed, outlets=outlets, rating_a=12.0 * outlets, building_a=2.5 * outlets, jump_a=2.0 * outlets,
        evse_sampling_s=evse_s, row_sampling_s=row_s, truncates=seed % 2 == 0, step_s=5.0,
    )  # fmt: skip


SAMPLING_S = st.sampled_from([5.0, 20.0, 60.0])


@settings(max_examples=5)
@given(st.integers(0, 10_000), SAMPLING_S, SAMPLING_S, st.sampled_from([3, 8, 20]))
def test_hours_of_honest_meters_raise_no_doubt_and_accuse_nobody(
    seed: int, evse_s: float, row_s: float, outlets: int
) -> None:
    nobody_is_doubted(replace(honest_world(seed, evse_s, row_s, outlets), hours=4.0))


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(60))
def test_days_of_honest_meters_raise_no_doubt_and_accuse_nobody(seed: int) -> None:
    evse_s, row_s = [(5.0, 5.0), (60.0, 60.0), (5.0, 60.0), (60.0, 5.0), (30.0, 10.0)][seed % 5]
    world = honest_world(seed, evse_s, row_s, [3, 8, 20][seed % 3])

    nobody_is_doubted(replace(world, hours=24.0))

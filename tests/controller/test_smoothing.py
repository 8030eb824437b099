"""Limits fall at once, rise slowly, and not too often."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voltloom.controller.limiting.kernels import held_back
from voltloom.controller.settings import SmoothingSettings
from voltloom.controller.smoothing import forgotten, moved, no_moves, rules_of
from voltloom.decision.reason import Cause

FIELD = SmoothingSettings()
PERIOD_S = 30.0
CURRENTS = st.sampled_from([0.0, 6.0, 6.5, 10.0, 16.0, 31.0, 32.0])


def smooth(
    wanted_a: float,
    before_a: float,
    *,
    changed_s: float = 1000.0,
    fell_s: float = -np.inf,
    settings: SmoothingSettings = FIELD,
) -> tuple[float, int]:
    """Return the limit at 1060 s and the cause that held it back, -1 for none."""
    limit, held_by = held_back(
        np.array([wanted_a]),
        np.array([before_a]),
        np.array([6.0]),
        np.array([changed_s]),
        np.array([fell_s]),
        1060.0,
        rules_of(settings, PERIOD_S),
    )
    return float(limit[0]), int(held_by[0])


@given(before_a=CURRENTS, wanted_a=CURRENTS, changed_s=st.floats(0.0, 1060.0), fell_s=st.floats(0.0, 1060.0))
def test_a_fall_is_never_delayed_and_a_rise_never_overshoots(
    before_a: float, wanted_a: float, changed_s: float, fell_s: float
) -> None:
    limit_a, _ = smooth(wanted_a, before_a, changed_s=changed_s, fell_s=fell_s)

    assert limit_a <= max(wanted_a, before_a)
    if wanted_a <= before_a:
        assert limit_a == wanted_a
    else:
        assert limit_a >= before_a


def test_a_rise_climbs_by_the_ramp_and_says_so() -> None:
    limit_a, cause = smooth(32.0, 6.0, changed_s=1030.0)

    assert limit_a == 6.0 + 30.0 * FIELD.ramp_a_per_s
    assert cause == Cause.RAMP


def test_a_limit_that_stood_for_hours_climbs_no_more_than_a_minutes_worth() -> None:
    assert smooth(32.0, 4.0, changed_s=-7200.0)[0] == 4.0 + 60.0 * FIELD.ramp_a_per_s


def test_a_start_goes_to_the_minimum_at_once_and_not_beyond() -> None:
    assert smooth(32.0, 0.0) == (6.0, Cause.RAMP)


def climbed(wanted_a: float, every_s: float) -> list[float]:
    """Return the limits that an outlet gets within ten minutes of its start, decided so often."""
    limit, moves, found = np.array([0.0]), no_moves(1), [0.0]
    for now_s in np.arange(1000.0, 1600.0, every_s):
        before = limit
        limit, _ = held_back(
            np.array([wanted_a]),
            before,
            np.array([6.0]),
            moves.changed_s,
            moves.fell_s,
            now_s,
            rules_of(FIELD, PERIOD_S),
        )
        moves = moved(moves, before, limit, now_s)
        found += [float(limit[0])] if limit[0] != before[0] else []
    return found


def test_whoever_decides_on_every_reading_climbs_in_the_same_steps_as_once_a_period() -> None:
    assert climbed(32.0, every_s=2.0) == climbed(32.0, every_s=PERIOD_S) == [0.0, 6.0, 19.0, 32.0]


def test_the_last_bit_of_a_rise_does_not_wait_for_a_dwell() -> None:
    assert climbed(12.7, every_s=2.0) == climbed(12.7, every_s=PERIOD_S) == [0.0, 6.0, 12.7]


def test_after_a_fall_nothing_rises_before_the_dwell_is_over() -> None:
    assert smooth(16.0, 8.0, fell_s=1060.0 - FIELD.dwell_s + 1.0) == (8.0, Cause.DWELL)
    assert smooth(16.0, 8.0, fell_s=1060.0 - FIELD.dwell_s)[0] > 8.0


def test_a_small_rise_is_sent_only_once_it_has_been_wanted_for_a_dwell() -> None:
    assert smooth(10.5, 10.0) == (10.0, Cause.DEADBAND)
    assert smooth(10.5, 10.0, changed_s=1060.0 - FIELD.dwell_s) == (10.5, -1)


def test_with_every_rule_off_the_wish_is_the_limit() -> None:
    off = replace(FIELD, ramp_a_per_s=0.0, dwell_s=0.0, deadband_a=0.0)

    assert smooth(32.0, 6.0, fell_s=1059.0, settings=off) == (32.0, -1)


def test_what_moved_is_remembered_by_direction_and_forgotten_with_the_session() -> None:
    moves = moved(no_moves(3), np.array([6.0, 10.0, 8.0]), np.array([8.0, 6.0, 8.0]), 50.0)

    assert moves.changed_s.tolist() == [50.0, 50.0, -np.inf]
    assert moves.fell_s.tolist() == [-np.inf, 50.0, -np.inf]
    assert forgotten(moves, 1).fell_s.tolist() == [-np.inf] * 3

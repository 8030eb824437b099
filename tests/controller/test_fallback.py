"""How the controller loses trust in itself at once, and regains it step by step."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.controller.fallback import Evidence, TrustMemory, mode_alarms, next_mode
from voltloom.decision.reason import Cause
from voltloom.decision.record import Mode
from voltloom.safety.settings import SafetySettings
from voltloom.session.alarms import AlarmKind

SETTINGS = SafetySettings(recover_s=600.0)
RANK = {Mode.FLOOR: 0, Mode.EQUAL: 1, Mode.CHOSEN: 2}


def evidence(
    now_s: float, rows: float = 1.0, *, site: bool = True, optimiser: bool = True, lease: bool = True
) -> Evidence:
    return Evidence(
        optimiser_ok=optimiser, rows_usable_ratio=rows, site_meter_ok=site, lease_ok=lease, now_s=now_s
    )


def modes(*steps: Evidence) -> list[Mode]:
    memory, found = TrustMemory(), []
    for step in steps:
        memory, mode, _ = next_mode(memory, step, SETTINGS)
        found.append(mode)
    return found


def test_while_all_is_well_the_chosen_architecture_runs() -> None:
    memory, mode, cause = next_mode(TrustMemory(), evidence(0.0), SETTINGS)

    assert (mode, cause) == (Mode.CHOSEN, Cause.SHARED)
    assert memory.mode is Mode.CHOSEN


@pytest.mark.parametrize(
    ("step", "mode", "cause"),
    [
        (evidence(0.0, optimiser=False), Mode.EQUAL, Cause.FALLBACK_EQUAL),
        (evidence(0.0, site=False), Mode.EQUAL, Cause.IMPLAUSIBLE_READING),
        (evidence(0.0, 0.7), Mode.EQUAL, Cause.IMPLAUSIBLE_READING),
        (evidence(0.0, 0.2), Mode.FLOOR, Cause.STALE_READING),
        (evidence(0.0, float("nan")), Mode.FLOOR, Cause.STALE_READING),
        (evidence(0.0, lease=False), Mode.FLOOR, Cause.NO_LEASE),
    ],
)
def test_what_breaks_trust_acts_in_the_same_cycle_and_is_named(
    step: Evidence, mode: Mode, cause: Cause
) -> None:
    _, found, why = next_mode(TrustMemory(), step, SETTINGS)

    assert (found, why) == (mode, cause)


def test_the_climb_from_the_floor_takes_one_quiet_wait_for_each_step() -> None:
    blind, well = evidence(0.0, 0.0), [evidence(float(t)) for t in range(30, 1500, 30)]

    found = modes(blind, *well)

    assert found[: 1 + 600 // 30] == [Mode.FLOOR] * 21
    assert found[21] is Mode.EQUAL
    assert found[40] is Mode.EQUAL
    assert found[41] is Mode.CHOSEN


def test_one_bad_cycle_starts_the_wait_again() -> None:
    steps = [
        evidence(0.0, optimiser=False),
        evidence(30.0),
        evidence(600.0, optimiser=False),
        evidence(660.0),
    ]

    found = modes(*steps, evidence(1259.0), evidence(1260.0))

    assert found == [Mode.EQUAL] * 5 + [Mode.CHOSEN]


EVIDENCE = st.builds(
    lambda gap_s, rows, flags: (gap_s, rows, flags),
    st.floats(0.0, 900.0),
    st.one_of(st.just(1.0), st.floats(0.0, 1.0)),
    st.tuples(*[st.sampled_from([True, True, True, False])] * 3),
)


@given(st.lists(EVIDENCE, max_size=60))
def test_no_evidence_makes_the_mode_flap(story: list[tuple[float, float, tuple[bool, bool, bool]]]) -> None:
    memory, now_s, seen = TrustMemory(), 0.0, [(0.0, Mode.CHOSEN)]
    for gap_s, rows, (site, optimiser, lease) in story:
        now_s += gap_s
        step = evidence(now_s, rows, site=site, optimiser=optimiser, lease=lease)
        memory, mode, _ = next_mode(memory, step, SETTINGS)
        alone = next_mode(TrustMemory(), step, SETTINGS)[1]
        assert RANK[mode] <= RANK[alone], "down at once"
        seen.append((now_s, mode))

    climbs = [b for a, b in pairwise(seen) if RANK[b[1]] > RANK[a[1]]]
    steps_up = [RANK[b[1]] - RANK[a[1]] for a, b in pairwise(seen)]
    assert all(later[0] - sooner[0] >= SETTINGS.recover_s for sooner, later in pairwise(climbs))
    assert all(step <= 1 for step in steps_up)


@given(st.lists(EVIDENCE, max_size=30))
def test_whatever_happened_quiet_evidence_leads_back_to_the_chosen_architecture(
    story: list[tuple[float, float, tuple[bool, bool, bool]]],
) -> None:
    memory, now_s = TrustMemory(), 0.0
    for gap_s, rows, (site, optimiser, lease) in story:
        now_s += gap_s
        step = evidence(now_s, rows, site=site, optimiser=optimiser, lease=lease)
        memory, _, _ = next_mode(memory, step, SETTINGS)

    for _ in range(4):
        now_s += SETTINGS.recover_s
        memory, _, _ = next_mode(memory, evidence(now_s), SETTINGS)

    assert (memory.mode, memory.cause) == (Mode.CHOSEN, Cause.SHARED)


@given(st.floats(1.0, 599.0))
def test_a_fall_during_recovery_forgets_the_time_already_waited(wait_s: float) -> None:
    steps = [evidence(0.0, 0.0), evidence(10.0), evidence(10.0 + wait_s, 0.0), evidence(20.0 + wait_s)]

    found = modes(*steps, evidence(20.0 + wait_s + 599.0), evidence(20.0 + wait_s + 600.1))

    assert found == [Mode.FLOOR] * 5 + [Mode.EQUAL]


def test_a_fall_to_the_floor_forgets_the_time_already_waited_one_step_higher() -> None:
    steps = [evidence(0.0, optimiser=False), evidence(30.0), evidence(500.0, 0.0), evidence(640.0)]

    found = modes(*steps)

    assert found == [Mode.EQUAL, Mode.EQUAL, Mode.FLOOR, Mode.FLOOR]


def test_a_mode_that_falls_is_an_alarm_that_says_why_and_one_that_rises_is_none() -> None:
    chosen = TrustMemory()
    equal = TrustMemory(mode=Mode.EQUAL, since_s=10.0, cause=Cause.IMPLAUSIBLE_READING)
    floor = TrustMemory(mode=Mode.FLOOR, since_s=20.0, cause=Cause.STALE_READING)

    (fell,) = mode_alarms(chosen, equal, 10.0)
    assert fell.kind is AlarmKind.MODE_LOWERED
    assert "chosen to equal (implausible reading)" in fell.what
    assert [alarm.time_s for alarm in mode_alarms(equal, floor, 20.0)] == [20.0]
    assert mode_alarms(floor, equal, 700.0) == mode_alarms(equal, chosen, 1300.0) == ()
    assert mode_alarms(equal, equal, 30.0) == ()

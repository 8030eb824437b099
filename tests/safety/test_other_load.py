"""What the building takes: at once when it rises, slowly when it falls, and never one's own action twice."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voltloom.safety.other_load import first_other_load, other_load, quiet
from voltloom.safety.row_watch import RowInputs

PLANNED_A = 30.0


def row(sampled_s: float, meter_a: float, below_a: float, in_flight_a: float = 0.0) -> RowInputs:
    return RowInputs(
        current_a=np.array([meter_a]), sampled_s=np.array([sampled_s]), contribution_a=np.array([below_a]),
        timely_a=np.array([below_a]), is_timely=np.ones(1, dtype=np.bool_),
        uncommanded_a=np.zeros(1), in_flight_a=np.array([in_flight_a]), planned_other_a=np.array([PLANNED_A]),
        rating_a=np.array([100.0]), feeds_most_a=np.zeros(1), least_other_a=np.zeros(1),
    )  # fmt: skip


def estimates(*steps: tuple[float, RowInputs, bool]) -> list[float]:
    memory, found = first_other_load(np.array([PLANNED_A]), 0.0), []
    for now_s, inputs, usable in steps:
        memory, other_a = other_load(memory, inputs, np.array([usable]), now_s)
        found.append(float(other_a[0]))
    return found


def settled(meter_a: float, below_a: float) -> list[tuple[float, RowInputs, bool]]:
    """Return an hour of steady readings, after which the estimate has come to rest."""
    return [(60.0 * i, row(60.0 * i, meter_a, below_a), True) for i in range(61)]


def test_a_building_that_takes_more_counts_in_the_same_cycle() -> None:
    found = estimates(*settled(50.0, 40.0), (3660.0, row(3660.0, 75.0, 40.0), True))

    assert found[-2] == pytest.approx(10.0, abs=0.1)
    assert found[-1] == pytest.approx(35.0)


def test_a_building_that_takes_less_is_believed_over_minutes() -> None:
    calmer = [(3600.0 + 60.0 * i, row(3600.0 + 60.0 * i, 42.0, 40.0), True) for i in range(1, 31)]

    found = estimates(*settled(60.0, 40.0), *calmer)[61:]

    assert found[0] > 15.0
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(2.0, abs=0.5)


def test_when_the_meter_dies_the_planned_worst_case_counts_at_once() -> None:
    found = estimates(*settled(45.0, 40.0), (3630.0, row(3600.0, 45.0, 40.0), False))

    assert found[-1] == PLANNED_A


def test_when_the_meter_dies_at_more_than_planned_what_was_seen_counts() -> None:
    found = estimates(*settled(85.0, 40.0), (3601.0, row(3600.0, np.nan, 40.0), False))

    assert found[-1] == pytest.approx(45.0, abs=0.1)


def test_when_the_meter_comes_back_the_planned_worst_case_is_left_over_minutes() -> None:
    dead = (3630.0, row(3600.0, 45.0, 40.0), False)
    back = (3660.0, row(3660.0, 45.0, 40.0), True)

    found = estimates(*settled(45.0, 40.0), dead, back)

    assert 25.0 < found[-1] < PLANNED_A


def test_before_the_first_reading_the_planned_worst_case_counts() -> None:
    assert estimates((0.0, row(-np.inf, np.nan, 0.0), False)) == [PLANNED_A]


def test_a_vehicle_that_was_just_allowed_more_is_not_counted_twice() -> None:
    # The meter shows the 16 A first; the station tells of them half a minute later.
    steps = [
        (3630.0, row(3630.0, 26.0, 0.0, in_flight_a=16.0), True),
        (3660.0, row(3630.0, 26.0, 16.0), True),
        (3690.0, row(3690.0, 26.0, 16.0), True),
    ]

    found = estimates(*settled(10.0, 0.0), *steps)[61:]

    assert found == pytest.approx([10.0, 10.0, 10.0], abs=0.1)


def test_a_rise_that_an_outlet_explains_later_leaves_no_lasting_trace() -> None:
    steps = [
        (3630.0, row(3630.0, 26.0, 0.0), True),
        (3660.0, row(3630.0, 26.0, 16.0), True),
        (3690.0, row(3690.0, 26.0, 16.0), True),
    ]

    found = estimates(*settled(10.0, 0.0), *steps)[61:]

    assert found == pytest.approx([26.0, 10.0, 10.0], abs=0.1)


def test_a_vehicle_that_stopped_before_the_meter_looked_again_is_no_building_load() -> None:
    found = estimates(*settled(26.0, 16.0), (3630.0, row(3600.0, 26.0, 0.0), True))

    assert found[-1] == pytest.approx(10.0, abs=0.1)


def test_a_meter_that_reads_less_than_its_outlets_leaves_no_negative_load() -> None:
    assert estimates(*settled(30.0, 40.0))[-1] == pytest.approx(0.0, abs=0.1)


@given(
    st.lists(
        st.tuples(
            st.floats(1.0, 300.0), st.booleans(), st.floats(-50.0, 300.0), st.floats(0.0, 100.0), st.booleans(),
        ),
        min_size=1,
        max_size=40,
    )
)  # fmt: skip
def test_the_estimate_never_falls_below_what_the_newest_sample_shows(
    story: list[tuple[float, bool, float, float, bool]],
) -> None:
    memory, now_s, sampled_s, meter_a = first_other_load(np.array([PLANNED_A]), 0.0), 0.0, -np.inf, np.nan
    for gap_s, renewed, told_a, below_a, plausible in story:
        now_s += gap_s
        if renewed:
            sampled_s, meter_a = now_s, told_a
        usable = plausible and np.isfinite(meter_a)

        memory, other_a = other_load(memory, row(sampled_s, meter_a, below_a), np.array([usable]), now_s)

        assert other_a[0] >= 0.0
        if not usable:
            assert other_a[0] >= PLANNED_A
        elif renewed:
            assert other_a[0] >= meter_a - below_a - 1e-9


@given(st.lists(st.floats(-1.0, 1.0), min_size=100, max_size=100))
def test_noise_of_a_meter_hardly_moves_the_estimate_once_it_has_settled(noise: list[float]) -> None:
    steps = [(10.0 * i, row(10.0 * i, 50.0 + wobble_a, 40.0), True) for i, wobble_a in enumerate(noise)]

    found = estimates(*settled(50.0, 40.0), *[(3600.0 + t, row(3600.0 + t, float(r.current_a[0]), 40.0), u)
                                              for t, r, u in steps[1:]])[61:]  # fmt: skip

    assert all(10.0 - 1.0 <= other_a <= 10.0 + 1.0 + 0.1 for other_a in found)
    slowest_a = 2.2 * (1.0 - np.exp(-10.0 / 300.0))
    assert np.diff(found).min() >= -slowest_a, "limits may not follow the noise upwards"


@given(st.lists(st.floats(-20.0, 80.0), min_size=1, max_size=40), st.floats(0.0, 5.0))
def test_what_is_counted_is_never_under_the_estimate_and_at_most_a_step_above_it(
    estimates_a: list[float], step_a: float
) -> None:
    memory = first_other_load(np.array([PLANNED_A]), 0.0)

    for estimate_a in estimates_a:
        memory, counted_a = quiet(memory, np.array([estimate_a]), np.array([step_a]))
        assert estimate_a <= counted_a[0] <= estimate_a + step_a


def test_what_is_counted_stands_still_under_noise_and_follows_a_building() -> None:
    memory, found = first_other_load(np.array([PLANNED_A]), 0.0), []
    for estimate_a in (10.0, 9.8, 10.0, 9.7, 9.4, 9.7, 9.5, 12.0):
        memory, counted_a = quiet(memory, np.array([estimate_a]), np.array([0.5]))
        found.append(counted_a.item())

    assert found == pytest.approx([10.0, 10.0, 10.0, 10.0, 9.65, 9.7, 9.7, 12.0])

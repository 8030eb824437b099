"""What the controller makes of messages that come late, twice, or from a clock that is wrong."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.controller.desk import Desk, desk_for
from tests.places import row_of
from voltloom.decision.reason import Cause
from voltloom.session.events import (
    EvseReadings,
    LimitsAcknowledged,
    PluggedIn,
    RowReadings,
    StationBooted,
    Unplugged,
)
from voltloom.session.record import Doubt


def told(desk: Desk, current_a: float, *, sampled_s: float, time_s: float) -> float:
    """Return what the controller takes for the current of the first outlet after a reading."""
    desk.hear(
        EvseReadings(
            time_s=time_s,
            evses=np.array([0]),
            sampled_s=np.array([sampled_s]),
            current_a=np.array([current_a]),
            energy_wh=np.array([np.nan]),
        )
    )
    return float(desk.memory.readings.current_a[0])


@pytest.fixture(name="desk")
def _desk() -> Desk:
    return desk_for(row_of(2, rating_a=40.0))


def test_a_reading_that_was_overtaken_by_a_newer_one_changes_nothing_but_counts_as_a_word(desk: Desk) -> None:
    newest_a = told(desk, 16.0, sampled_s=100.0, time_s=101.0)
    late_a = told(desk, 6.0, sampled_s=70.0, time_s=130.0)

    assert (newest_a, late_a) == (16.0, 16.0)
    assert desk.memory.readings.sampled_s[0] == 100.0
    assert desk.memory.readings.heard_s[0] == 130.0


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2),
            st.floats(0.0, 32.0),
            st.floats(0.0, 500.0) | st.just(math.nan),
            st.floats(-50.0, 400.0) | st.just(math.nan),
        ),
        max_size=12,
    )
)
def test_readings_told_together_are_readings_told_one_after_another(
    told: list[tuple[int, float, float, float]],
) -> None:
    events = [
        EvseReadings(
            time_s=100.0 + 10.0 * number,
            evses=np.array([evse]),
            sampled_s=np.array([sampled_s]),
            current_a=np.array([current_a]),
            energy_wh=np.array([energy_wh]),
        )
        for number, (evse, current_a, energy_wh, sampled_s) in enumerate(told)
    ]
    together, apart = (desk_for(row_of(3, rating_a=40.0)) for _ in range(2))
    for desk in (together, apart):
        desk.hear(PluggedIn(time_s=1.0, evse=1, session_id="a"))

    together.hear(*events)
    for event in events:
        apart.hear(event)

    for one, other in zip(together.memory.readings, apart.memory.readings, strict=True):
        assert np.array_equal(one, other, equal_nan=True)
    assert np.array_equal(together.memory.service.start_wh, apart.memory.service.start_wh, equal_nan=True)


def test_a_circuit_reading_that_was_overtaken_changes_nothing_either(desk: Desk) -> None:
    for sampled_s, current_a in ((100.0, 30.0), (70.0, 5.0)):
        desk.hear(
            RowReadings(
                time_s=130.0,
                rows=np.array([0, 1]),
                sampled_s=np.full(2, sampled_s),
                current_a=np.full(2, current_a),
            )
        )

    assert desk.memory.readings.row_a[:2].tolist() == [30.0, 30.0]


@pytest.mark.parametrize("stamp_s", [2e9 + 86_400.0, 0.0, np.nan])
def test_a_station_whose_clock_is_wrong_is_believed_by_the_time_of_arrival(
    desk: Desk, stamp_s: float
) -> None:
    now_s = 2e9

    told(desk, 16.0, sampled_s=stamp_s, time_s=now_s)

    assert desk.memory.readings.sampled_s[0] == now_s


def test_an_hour_old_reading_replayed_after_an_outage_is_an_hour_old(desk: Desk) -> None:
    told(desk, 16.0, sampled_s=2e9 - 3600.0, time_s=2e9)

    assert desk.memory.readings.sampled_s[0] == 2e9 - 3600.0


def test_a_station_that_fell_silent_keeps_its_reserve_and_the_others_do_not_take_it(desk: Desk) -> None:
    for now_s in np.arange(0.0, 900.0, 30.0):
        desk.cycle(float(now_s))
    held_a = float(desk.limit_a[0])

    quiet = [desk.cycle(float(now_s), silent=[0]) for now_s in np.arange(900.0, 3600.0, 30.0)]

    assert held_a > 16.0
    for decision in quiet:
        assert decision.after_a[1] + held_a <= 40.0 * 0.98 + 1e-6
        assert decision.after_a[0] <= held_a
    assert quiet[-1].cause[0] == Cause.STATION_SILENT


def test_a_station_that_restarted_is_not_steered_until_a_new_lease_has_reached_it(desk: Desk) -> None:
    before = [desk.cycle(now_s) for now_s in (0.0, 30.0, 60.0, 90.0)][-1]
    desk.hear(StationBooted(time_s=100.0, evse=0))

    restarted, after = desk.cycle(120.0), desk.cycle(150.0)

    assert before.after_a.min() >= 6.0
    assert restarted.after_a[0] <= before.after_a[0]
    assert after.after_a.sum() <= 40.0 * 0.98


@pytest.mark.parametrize("register_wh", [1e308, -1e308, 1e15])
def test_a_register_beyond_every_meter_is_quarantined_and_stops_nobody(
    desk: Desk, register_wh: float
) -> None:
    desk.cycle(0.0)

    desk.hear(Unplugged(time_s=600.0, evse=0, energy_wh=register_wh))

    (record,) = desk.memory.records
    assert record.doubts == (Doubt.REGISTER_UNKNOWN,)
    assert record.energy_tenth_wh == 0
    assert np.isfinite(desk.cycle(630.0).after_a).all()


@pytest.mark.parametrize("time_s", [np.nan, np.inf])
def test_a_session_without_a_length_is_quarantined(desk: Desk, time_s: float) -> None:
    desk.hear(Unplugged(time_s=time_s, evse=0, energy_wh=100.0))

    (record,) = desk.memory.records
    assert record.doubts == (Doubt.REGISTER_JUMPED,)


def test_a_confirmation_of_a_limit_that_was_never_sent_confirms_nothing(desk: Desk) -> None:
    desk.cycle(0.0)
    desk.hear(LimitsAcknowledged(time_s=1.0, evses=np.array([0]), serial=np.array([2**62])))

    last = [desk.cycle(float(now_s)) for now_s in np.arange(30.0, 1800.0, 30.0)][-1]

    assert last.cause[0] != Cause.STATION_SILENT
    assert desk.memory.grants.confirmed_serial[0] == desk.memory.grants.serial[0]

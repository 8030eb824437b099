"""Closed sessions add up exactly, and what cannot be true is not billed."""

import math
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.session.world import after, charging, context, plugged_in, session, unplugged
from voltloom.session.alarms import AlarmKind
from voltloom.session.answers import StopCause
from voltloom.session.authorization import AuthorizationRules
from voltloom.session.choreography import advance
from voltloom.session.events import VehicleRequested
from voltloom.session.evidence import need_met, observed, stopped
from voltloom.session.facts import Ended, Seat
from voltloom.session.record import (
    Doubt,
    EndReason,
    EnergySlice,
    SessionRecord,
    close,
    priced,
    quarantine_alarms,
    slices_between,
)

OUTLET_W = 22_000.0


def left(seat: Seat, time_s: float = 3600.0, register_wh: float = 5000.0) -> Ended:
    return advance(seat, unplugged(time_s, register_wh), context()).ended[0]


def record(ended: Ended, slices: tuple[EnergySlice, ...] = ()) -> SessionRecord:
    return close(ended, "a1", slices, OUTLET_W)


def test_a_record_tells_energy_times_and_registers() -> None:
    closed = record(left(charging()))

    assert (closed.meter_start_tenth_wh, closed.meter_stop_tenth_wh) == (10_000, 50_000)
    assert closed.energy_tenth_wh == 40_000
    assert (closed.start_s, closed.first_power_s, closed.stop_s) == (0.0, 60.0, 3600.0)
    assert not closed.is_quarantined


def read(seat: Seat, sampled_s: float, current_a: float, setpoint_a: float = 16.0) -> Seat:
    """Return the outlet after a reading that is noticed two seconds after its sample."""
    told = observed(
        seat,
        sampled_s + 2.0,
        sampled_s=sampled_s,
        current_a=current_a,
        register_wh=math.nan,
        setpoint_a=setpoint_a,
    )
    return told.seat


def test_a_session_is_idle_since_a_reading_showed_that_its_power_had_ended() -> None:
    full = read(charging(), 3000.0, 0.0)

    closed = record(left(full))

    assert (closed.first_power_s, closed.last_power_s) == (60.0, 3000.0)
    assert closed.idle_s == 600.0


def test_a_pause_between_two_stretches_of_power_is_not_counted_as_idle() -> None:
    again = read(read(charging(), 600.0, 0.0, 0.0), 1200.0, 16.0)

    closed = record(left(read(again, 3000.0, 0.0)))

    assert (closed.last_power_s, closed.idle_s) == (3000.0, 600.0)


def test_a_session_whose_power_flowed_to_its_end_was_never_idle() -> None:
    closed = record(left(charging()))

    assert (closed.last_power_s, closed.idle_s) == (3600.0, 0.0)


def test_who_feeds_back_is_not_idle() -> None:
    fed = read(read(charging(), 1000.0, 0.0, 0.0), 3000.0, -16.0, 0.0)

    closed = record(left(read(fed, 3060.0, 0.0, 0.0)))

    assert (closed.last_power_s, closed.idle_s) == (3000.0, 600.0)


def test_a_session_without_power_was_idle_all_along() -> None:
    closed = record(left(after(plugged_in(0.0)).seat))

    assert math.isnan(closed.last_power_s)
    assert closed.idle_s == 3600.0


@given(
    steps_wh=st.lists(st.floats(0.0, 60.0, width=32), min_size=2, max_size=20),
    price=st.integers(0, 10**9),
)
def test_slices_sum_to_the_session_and_their_price_is_exact(steps_wh: list[float], price: int) -> None:
    registers_wh = [*accumulate(steps_wh)]
    slices = slices_between([60.0 * i for i in range(len(registers_wh))], registers_wh)
    facts = session(charging())._replace(register_start_wh=registers_wh[0], register_wh=registers_wh[-1])
    closed = record(Ended(facts=facts, ended_s=3600.0, is_reported=True), slices)

    bill = priced(closed, (price,) * len(slices))

    assert sum(piece.energy_tenth_wh for piece in slices) == closed.energy_tenth_wh
    assert not closed.is_quarantined
    assert bill.cost_minor == round(Fraction(closed.energy_tenth_wh * price * 100, 10_000 * 10**9))


@pytest.mark.parametrize(
    ("readings_wh", "is_sound"),
    [
        ([100.0, 99.6, 2500.0, 4804.4, 4804.0], True),  # both ends in whole Wh
        ([100.0, 2500.0, 4805.1, 4804.0], False),
        ([100.0, 98.9, 2500.0, 4804.0], False),
        ([4804.0, 4803.5, 4803.0], False),  # a register that fell stays one
    ],
)
def test_ends_in_whole_watt_hours_under_readings_in_tenths_are_no_reason_for_doubt(
    readings_wh: list[float], is_sound: bool
) -> None:
    slices = slices_between([900.0 * i for i in range(len(readings_wh))], readings_wh)
    facts = session(charging())._replace(register_start_wh=readings_wh[0], register_wh=readings_wh[-1])

    closed = record(Ended(facts=facts, ended_s=3600.0, is_reported=True), slices)

    assert closed.is_quarantined is not is_sound


def test_each_slice_costs_its_own_price() -> None:
    slices = (
        EnergySlice(start_s=0.0, end_s=1800.0, energy_tenth_wh=10_000),
        EnergySlice(start_s=1800.0, end_s=3600.0, energy_tenth_wh=30_000),
    )

    bill = priced(record(left(charging()), slices), (300_000_000, 100_000_000))

    assert bill.cost_minor == 60  # 1 kWh at 0.30 and 3 kWh at 0.10


def test_a_session_that_began_at_zero_and_met_the_real_register_is_not_billed() -> None:
    ghost = after(plugged_in(0.0), where=context(register_wh=0.0)).seat

    closed = priced(record(left(ghost, register_wh=909_948.0)), (300_000_000,))

    assert closed.doubts == (Doubt.REGISTER_JUMPED,)
    assert closed.cost_minor == 0
    assert [alarm.kind for alarm in quarantine_alarms(closed)] == [AlarmKind.ENERGY_QUARANTINED]


@pytest.mark.parametrize(
    ("start_wh", "stop_wh", "doubt"),
    [
        (math.nan, math.nan, Doubt.REGISTER_UNKNOWN),
        (5000.0, 4000.0, Doubt.REGISTER_FELL),
        (0.0, 40_000.0, Doubt.REGISTER_JUMPED),
    ],
)
def test_registers_that_cannot_be_true_are_kept_aside(start_wh: float, stop_wh: float, doubt: Doubt) -> None:
    facts = session(charging())._replace(register_start_wh=start_wh, register_wh=stop_wh)

    closed = record(Ended(facts=facts, ended_s=3600.0, is_reported=True))

    assert closed.doubts == (doubt,)


def test_slices_that_do_not_sum_to_the_register_are_kept_aside() -> None:
    short = (EnergySlice(start_s=0.0, end_s=3600.0, energy_tenth_wh=39_999),)

    assert record(left(charging()), short).doubts == (Doubt.SLICES_DISAGREE,)


def test_a_sound_record_raises_no_alarm() -> None:
    assert quarantine_alarms(record(left(charging()))) == ()


def test_a_record_says_why_the_session_ended() -> None:
    full = advance(charging(), VehicleRequested(time_s=90.0, evse=0, request_a=0.0), context()).seat
    missed = advance(charging(), plugged_in(900.0, "next"), context(serial=2)).ended[0]

    assert record(left(charging())).why is EndReason.DRIVER_LEFT
    assert record(left(need_met(charging(), 100.0).seat)).why is EndReason.NEED_MET
    assert record(left(full)).why is EndReason.VEHICLE_FULL
    assert record(left(stopped(charging(), 100.0, StopCause.OPERATOR).seat)).why is EndReason.STOPPED_BY_SITE
    assert record(left(stopped(charging(), 100.0, StopCause.FAULT).seat)).why is EndReason.FAULT
    assert record(missed).why is EndReason.UNPLUG_MISSED


def test_a_visit_that_nobody_was_let_in_for_is_told_so() -> None:
    seat = after(plugged_in(0.0), where=context(AuthorizationRules())).seat

    assert record(left(seat, register_wh=1000.0)).why is EndReason.NEVER_AUTHORIZED

"""What vehicles are told to feed back: a wish within consent, floor and every row, and never as room for charging."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from tests.controller.discharge.yard import BATTERY_WH, LOSS_RATIO, W_PER_A, Yard, discharging
from tests.places import row_of
from voltloom.controller.falling import fallen
from voltloom.decision.command import SetLimits
from voltloom.decision.reason import Cause
from voltloom.session.events import SocMeasured

FLOOR_WH = 12_000.0


def yard_of(count: int, *, rating_a: float = 100.0) -> Yard:
    """Return a yard in which every vehicle may feed back and what may have been in force at the start is long over."""
    yard = Yard(discharging(row_of(count, rating_a=rating_a)))
    for _ in range(30):
        yard.cycle()
    for evse in range(count):
        yard.plug_in(evse)
    yard.cycle()
    return yard


def test_a_wish_to_feed_back_is_told_as_a_negative_limit_and_flows() -> None:
    yard = yard_of(2)

    yard.wish_a = np.array([-10.0, 0.0])
    decision = yard.cycle()

    assert decision.after_a.tolist() == [-10.0, 0.0]
    assert yard.flow_a.tolist() == [-10.0, 0.0]
    assert decision.reason(0).cause is Cause.FEEDS_BACK
    assert yard.memory.discharge is not None
    assert yard.memory.discharge.grants.serial.tolist() == yard.memory.grants.serial.tolist()
    assert yard.cycle().after_a.tolist() == [-10.0, 0.0]
    assert yard.snapshot().setpoint_a.tolist() == [-10.0, 0.0]


def test_without_consent_a_wish_is_nothing_and_a_revoked_one_ends_at_once() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-10.0])
    yard.cycle()

    yard.state(0, floor_ratio=math.nan)
    decision = yard.cycle()

    assert decision.after_a.tolist() == [0.0]
    assert yard.flow_a.tolist() == [0.0]


@pytest.mark.parametrize(("floor_ratio", "after_a"), [(math.nan, 0.0), (0.4, 0.0), (0.2, -10.0)])
def test_a_need_that_is_refused_takes_consent_back_unless_it_says_as_much(
    floor_ratio: float, after_a: float
) -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-10.0])
    yard.cycle()
    before = yard.memory.seats[0].session

    yard.state(0, floor_ratio=floor_ratio, departure_s=yard.now_s - 3600.0)
    decision = yard.cycle()

    after = yard.memory.seats[0].session
    assert before is not None
    assert after is not None
    assert after.need.departure_s == before.need.departure_s
    assert decision.after_a.tolist() == [after_a]


def test_it_ends_before_the_floor_and_says_so() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-16.0])
    decision = yard.cycle()
    fed_back_s = 0.0

    while yard.flow_a[0] < 0.0:
        decision = yard.cycle()
        fed_back_s += 30.0

    assert fed_back_s > 3600.0
    assert decision.reason(0).cause is Cause.AT_FLOOR
    assert FLOOR_WH < yard.cells_wh[0] < FLOOR_WH + 5_000.0


def test_a_station_that_falls_silent_near_the_floor_still_ends_above_it() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-16.0])
    yard.cycle()
    while yard.decide().after_a[0] == -16.0:
        yard.pass_time(30.0)
        yard.read()
    yard.flow_a = np.array([-16.0])  # as if it had not heard of the last change

    for _ in range(60):
        yard.cycle(silent=(0,))

    assert yard.cells_wh[0] > FLOOR_WH


@pytest.mark.parametrize("floor_ratio", [0.4330, 0.4346, 0.4362, 0.4378, 0.4394])
def test_no_lease_may_take_out_more_than_is_there_above_the_floor(floor_ratio: float) -> None:
    yard = yard_of(1)
    yard.state(0, floor_ratio=floor_ratio)
    yard.wish_a = np.array([-16.0])
    given_a = []

    for _ in range(60):
        soc_ratio = float(yard.cells_wh[0]) / BATTERY_WH
        yard.hear(SocMeasured(time_s=yard.now_s, evse=0, soc_ratio=soc_ratio))
        given_a.append(-yard.cycle().after_a[0])

        lasts_s = yard.until_s[0] - yard.now_s if yard.flow_a[0] < 0.0 else 0.0
        may_take_wh = -yard.flow_a[0] * W_PER_A * lasts_s / 3600.0 / LOSS_RATIO
        assert may_take_wh <= yard.cells_wh[0] - floor_ratio * BATTERY_WH

    assert given_a[0] == 16.0
    assert given_a[-1] == 0.0


def test_near_its_floor_a_vehicle_does_not_start_and_stop_in_turn() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-16.0])

    limits_a = [yard.cycle().after_a[0] for _ in range(260)]

    assert limits_a[-1] == 0.0
    starts = [now for now, before in zip(limits_a[1:], limits_a, strict=False) if before == 0.0 > now]
    assert not starts


def test_all_that_is_fed_back_together_is_borne_by_the_row_with_no_load_at_all() -> None:
    yard = yard_of(4, rating_a=40.0)

    yard.wish_a = np.array([-16.0, -16.0, -16.0, 10.0])
    for _ in range(10):
        yard.cycle()
        assert -yard.flow_a[yard.flow_a < 0.0].sum() <= 40.0

    decision = yard.cycle()
    assert -decision.after_a[:3].sum() == pytest.approx(40.0 * 0.98)
    assert decision.reason(0).cause is Cause.ENVELOPE


def test_one_may_not_take_anothers_place_before_that_has_surely_ended() -> None:
    yard = yard_of(2, rating_a=20.0)
    yard.wish_a = np.array([-16.0, 0.0])
    yard.cycle()
    yard.cycle()

    yard.wish_a = np.array([0.0, -16.0])
    waiting = yard.cycle(silent=(0,))

    assert yard.flow_a[0] == -16.0
    assert waiting.after_a[1] == 0.0
    assert waiting.reason(1).cause is Cause.IN_FLIGHT
    for _ in range(25):
        yard.cycle(silent=(0,))
        assert -yard.flow_a.sum() <= 20.0
    assert yard.flow_a.tolist() == [0.0, -16.0]


def test_what_is_fed_back_makes_no_room_for_charging() -> None:
    yard = yard_of(3, rating_a=20.0)

    yard.wish_a = np.array([-16.0, 16.0, 16.0])
    for _ in range(10):
        yard.cycle()
        assert np.maximum(yard.flow_a, 0.0).sum() <= 20.0

    assert yard.flow_a[0] == -16.0
    assert yard.flow_a[1:].sum() == pytest.approx(19.6)


def test_a_vehicle_that_turns_from_charging_to_feeding_back_holds_one_of_them() -> None:
    yard = yard_of(2, rating_a=20.0)
    yard.wish_a = np.array([16.0, 0.0])
    for _ in range(5):
        yard.cycle()
    assert yard.flow_a.tolist() == [16.0, 0.0]

    yard.wish_a = np.array([-16.0, 16.0])
    heard_nothing = yard.cycle(silent=(0,))

    assert yard.flow_a.tolist() == [16.0, 0.0]
    assert heard_nothing.after_a[1] == 0.0
    assert yard.memory.grants.limit_a[0] == 0.0
    assert yard.memory.discharge is not None
    assert yard.memory.discharge.grants.limit_a[0] == 16.0


def test_who_feeds_back_far_more_than_told_is_counted_at_all_the_outlet_can() -> None:
    yard = yard_of(3, rating_a=30.0)
    yard.wish_a = np.array([-6.0, 0.0, 0.0])
    yard.cycle()
    for _ in range(4):
        yard.flows(-15.0, 0.0, 0.0)
        yard.cycle()
    yard.flows(-15.0, 0.0, 0.0)
    yard.pass_time(30.0)
    yard.read()

    yard.wish_a = np.array([-6.0, -16.0, -16.0])
    decision = yard.decide()

    assert -decision.after_a[1:].sum() <= 30.0 * 0.98 - 16.0 + 1e-6


def test_the_energy_of_a_session_is_what_went_in_less_what_came_out() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-10.0])
    for _ in range(20):
        yard.cycle()

    net_wh = yard.imported_wh[0] - yard.exported_wh[0] - 950.0
    assert net_wh < -0.9 * 10.0 * W_PER_A * 19 * 30 / 3600
    assert yard.snapshot().delivered_wh[0] == pytest.approx(net_wh)


def test_when_all_that_is_fed_back_stops_at_once_nothing_is_over_its_rating() -> None:
    site = discharging(row_of(4, rating_a=60.0))
    grid = replace(site.circuits[0], other_load_a=20.0, is_metered=True)
    yard = Yard(replace(site, circuits=(grid,)))
    for evse in range(4):
        yard.plug_in(evse)

    yard.wish_a = np.array([-16.0, -16.0, 32.0, 32.0])
    for _ in range(60):
        yard.pass_time(30.0)
        yard.read()
        yard.read_rows([float(yard.flow_a.sum()) + 20.0] * 3)
        yard.decide()

        assert np.maximum(yard.flow_a, 0.0).sum() + 20.0 <= 60.0

    assert yard.flow_a[:2].tolist() == [-16.0, -16.0]
    assert yard.flow_a[2:].sum() == pytest.approx(60.0 * 0.98 - 20.0)


def test_a_register_of_export_that_stands_still_breaks_no_floor() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-16.0])
    stands_wh = yard.exported_wh

    for _ in range(300):
        yard.pass_time(30.0)
        truly_wh, yard.exported_wh = yard.exported_wh, stands_wh
        yard.read()
        yard.exported_wh = truly_wh
        yard.decide()

    assert yard.flow_a[0] == 0.0
    assert yard.cells_wh[0] > FLOOR_WH


def test_a_cycle_that_fails_ends_what_is_fed_back() -> None:
    yard = yard_of(1)
    yard.wish_a = np.array([-10.0])
    yard.cycle()

    yard.memory, commands = fallen(yard.memory, yard.network, yard.settings, yard.now_s)

    assert [command.limit_a.tolist() for command in commands if isinstance(command, SetLimits)] == [[0.0]]
    assert yard.memory.discharge is not None
    assert yard.memory.discharge.grants.serial.tolist() == yard.memory.grants.serial.tolist()

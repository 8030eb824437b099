"""What vehicles hold above their drivers' floors, as a plan sees it: from states of charge and registers, with losses."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.controller.discharge.yard import W_PER_A, Yard, discharging
from tests.places import row_of
from voltloom.controller.discharge.sensing import CELLS_RATIO, SOC_STEP_RATIO
from voltloom.session.events import SocMeasured

BATTERY_WH = 60_000.0
FLOOR_WH = (0.2 + SOC_STEP_RATIO) * BATTERY_WH


def settled_yard(discharge_a: float = 16.0) -> Yard:
    """Return a yard of two in which what may have been in force at the start is long over, and a vehicle came to the first."""
    yard = Yard(discharging(row_of(2, rating_a=100.0), discharge_a))
    for _ in range(30):
        yard.cycle()
    yard.plug_in(0)
    yard.cycle(0.0)
    return yard


def test_a_vehicle_that_may_feed_back_tells_what_it_holds_above_its_floor() -> None:
    yard = settled_yard()

    seen = yard.snapshot()

    assert seen.sessions.most_discharge_a.tolist() == [16.0, 0.0]
    assert seen.spare_wh[0] == pytest.approx(0.5 * BATTERY_WH - FLOOR_WH)
    assert seen.room_wh[0] == pytest.approx(0.5 * BATTERY_WH)
    assert seen.spare_wh[1] == seen.room_wh[1] == 0.0


@pytest.mark.parametrize("missing", ["floor_ratio", "battery_wh", "soc_ratio"])
def test_without_consent_or_knowledge_nothing_may_be_fed_back(missing: str) -> None:
    yard = Yard(discharging(row_of(1, rating_a=100.0)))
    yard.plug_in(0, need={missing: math.nan})
    yard.cycle()

    assert yard.snapshot().sessions.most_discharge_a.tolist() == [0.0]
    assert yard.snapshot().spare_wh.tolist() == [0.0]


def test_neither_an_outlet_nor_a_vehicle_that_only_charges_feeds_back() -> None:
    yard = Yard(discharging(row_of(2, rating_a=100.0)))
    yard.plug_in(0, discharges=False)
    yard.cycle()

    assert yard.snapshot().sessions.most_discharge_a.tolist() == [0.0, 0.0]
    assert settled_yard(discharge_a=0.0).memory.discharge is None


def test_a_need_without_a_floor_takes_the_consent_back() -> None:
    yard = settled_yard()

    yard.state(0, floor_ratio=math.nan)
    yard.cycle()

    assert yard.snapshot().sessions.most_discharge_a.tolist() == [0.0, 0.0]
    assert yard.snapshot().spare_wh.tolist() == [0.0, 0.0]


def test_what_goes_in_counts_with_losses_and_what_comes_out_with_more() -> None:
    yard = settled_yard()
    before_wh = yard.snapshot().spare_wh[0]

    yard.flows(10.0, 0.0)
    yard.cycle(360.0)
    charged_wh = yard.snapshot().spare_wh[0]
    moved_wh = 10.0 * W_PER_A * 0.1
    yard.flows(0.0, 0.0)
    yard.exported_wh = yard.exported_wh + 0.5 * moved_wh
    yard.cycle(180.0)

    assert charged_wh == pytest.approx(before_wh + CELLS_RATIO * moved_wh)
    given_wh = charged_wh - yard.snapshot().spare_wh[0]
    assert given_wh == pytest.approx(0.5 * moved_wh / CELLS_RATIO)
    assert yard.snapshot().delivered_wh[0] == pytest.approx(0.5 * moved_wh)


def test_a_new_state_of_charge_replaces_what_was_reckoned() -> None:
    yard = settled_yard()
    yard.flows(10.0, 0.0)
    yard.cycle(360.0)
    yard.flows(0.0, 0.0)

    yard.hear(SocMeasured(time_s=yard.now_s, evse=0, soc_ratio=0.4))
    yard.cycle()

    assert yard.snapshot().spare_wh[0] == pytest.approx(0.4 * BATTERY_WH - FLOOR_WH)


def test_a_state_of_charge_told_late_leaves_out_nothing_that_was_fed_back_meanwhile() -> None:
    yard = settled_yard()
    yard.cycle()
    measured_s, begin_wh = yard.now_s, yard.exported_wh[0]
    yard.wish_a = np.array([-16.0, 0.0])
    for _ in range(12):
        yard.cycle()
    yard.wish_a = np.array([0.0, 0.0])
    yard.cycle()

    yard.hear(SocMeasured(time_s=measured_s, evse=0, soc_ratio=0.5))
    yard.cycle()

    taken_wh = yard.exported_wh[0] - begin_wh
    assert taken_wh > 1000.0
    assert 0.0 < yard.snapshot().spare_wh[0] <= 0.5 * BATTERY_WH - taken_wh / CELLS_RATIO - FLOOR_WH + 1e-6


def test_of_a_station_that_is_not_heard_nothing_is_known() -> None:
    yard = settled_yard()
    assert yard.snapshot().spare_wh[0] > 0.0

    yard.cycle(400.0, silent=(0,))

    assert yard.snapshot().spare_wh[0] == 0.0


def test_who_may_feed_back_never_has_all_it_wants_until_the_driver_revokes() -> None:
    yard = settled_yard()
    yard.flows(30.0, 0.0)

    yard.cycle(3600.0)
    yard.cycle()

    assert yard.snapshot().delivered_wh[0] > 10_000.0
    assert yard.snapshot().sessions.wants_power[0]
    yard.state(0, floor_ratio=math.nan)
    yard.cycle()
    assert not yard.snapshot().sessions.wants_power[0]
    yard.state(0)
    yard.cycle()
    assert yard.snapshot().sessions.wants_power[0]


def test_the_record_of_a_visit_counts_as_idle_what_follows_the_last_that_was_fed_back() -> None:
    yard = settled_yard()
    yard.flows(16.0, 0.0)
    yard.cycle()
    yard.wish_a = np.array([-10.0, 0.0])
    yard.flows(0.0, 0.0)
    fed_a = [float(yard.cycle().after_a[0]) for _ in range(6)]
    last_s = yard.now_s + 30.0
    yard.wish_a = np.zeros(2)
    for _ in range(6):
        yard.cycle()
    yard.unplug(0)

    (record,) = yard.memory.records
    assert fed_a[-1] == -10.0
    assert record.last_power_s == last_s
    assert record.idle_s == yard.now_s - last_s

"""After a restart a battery counts with what it was told last, for it may have been told so again unseen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tests.controller.desk import Desk
from tests.places import site_of
from voltloom.controller.settings import ControlSettings, StorageSettings
from voltloom.controller.site_controller import SiteController
from voltloom.session.events import BatteryReadings
from voltloom.site.network import network_of
from voltloom.site.topology import Battery, Circuit, Evse, Phase, Pv, Wiring

RATING_A = 50.0
BATTERY_A = 14.0
PLANNED_A = 10.0
LEASE_S = ControlSettings().safety.lease_s
BATTERY = Battery(
    battery_id="cellar",
    circuit_id="grid",
    phases=tuple(Phase),
    capacity_wh=20_000.0,
    charge_w=BATTERY_A * 690.0,
    discharge_w=BATTERY_A * 690.0,
    charge_efficiency_ratio=0.95,
    discharge_efficiency_ratio=0.95,
    min_soc_ratio=0.1,
    max_soc_ratio=0.9,
    wear_eur_per_kwh=0.0,
)


def storing_desk(row_a: float) -> Desk:
    """Return a controller whose battery follows since what may be in force at the start is over, at a site that draws so much without cars."""
    grid = Circuit(
        circuit_id="grid",
        parent_id="",
        rating_a=RATING_A,
        is_metered=True,
        feeds_back=True,
        other_load_a=PLANNED_A,
    )
    outlets = [
        Evse(evse_id=f"a{n}", circuit_id="grid", wiring=Wiring.THREE_PHASE, phases=tuple(Phase))
        for n in range(2)
    ]
    roof = Pv(pv_id="roof", circuit_id="grid", phases=tuple(Phase), peak_w=25.0 * 690.0)
    site = replace(site_of([grid], outlets), batteries=(BATTERY,), pvs=(roof,))
    settings = ControlSettings(storage=StorageSettings(peak_w=10_000.0))
    controller = SiteController(site=site, network=network_of(site), settings=settings)
    memory = controller.start(0.0, "parallel")
    desk = Desk(controller=controller, network=network_of(site), memory=memory, limit_a=np.zeros(2))
    for now_s in np.arange(0.0, 2400.0, 20.0):
        tell(desk, float(now_s))
        held = desk.memory.storage
        assert held is not None
        flowing_a = float((held.charge.limit_a - held.discharge.limit_a)[0])
        desk.cycle(float(now_s), row_a=[row_a + flowing_a] * 3)
    return desk


def tell(desk: Desk, now_s: float) -> None:
    """Let the battery say that it does what it was told."""
    held = desk.memory.storage
    assert held is not None
    desk.hear(
        BatteryReadings(
            time_s=now_s,
            batteries=np.array([0]),
            sampled_s=np.array([now_s]),
            power_w=(held.charge.limit_a - held.discharge.limit_a) * 690.0,
            soc_ratio=np.array([0.5]),
            serial=held.charge.serial.copy(),
        )
    )


def test_cars_get_no_room_of_a_battery_that_was_told_to_charge_on_while_no_journal_wrote() -> None:
    desk = storing_desk(-20.0)
    held = desk.memory.storage
    assert held is not None
    charged_a = float(held.charge.limit_a[0])
    now_s = float(held.charge.lease_until_s[0]) + 1000.0  # renewed all the while, and nothing was kept

    desk.memory = desk.controller.resume(desk.memory, now_s)
    for evse in (0, 1):
        desk.plug_in(evse, now_s)
    together_a = []
    for at_s in np.arange(now_s, now_s + LEASE_S, 20.0):
        desk.cycle(float(at_s), row_a=[float(desk.limit_a.sum()) + charged_a - 20.0] * 3)
        together_a.append(float(desk.limit_a.sum()))

    assert charged_a == pytest.approx(BATTERY_A, abs=1.0)
    assert 20.0 < max(together_a) <= RATING_A - PLANNED_A - charged_a


def test_what_a_battery_may_feed_in_counts_as_before_and_no_number_is_given_twice() -> None:
    desk = storing_desk(25.0)
    given = desk.memory.storage
    assert given is not None
    now_s = float(given.discharge.lease_until_s[0]) + 1.0

    after = desk.controller.resume(desk.memory, now_s).storage

    assert after is not None
    assert given.discharge.limit_a[0] > 0.0
    assert after.discharge.earlier_a.tolist() == given.discharge.limit_a.tolist()
    assert after.discharge.earlier_until_s.tolist() == [now_s + LEASE_S]
    assert after.charge.next_serial == after.discharge.next_serial > given.charge.serial.max()

"""Batteries that an operator hears of, once: from when silence or disobedience came of age."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tests.live.batteried import tree
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings, SafetySettings
from voltloom.controller.site_controller import SiteController
from voltloom.session.alarms import AlarmKind
from voltloom.session.events import BatteryReadings
from voltloom.site.network import network_of
from voltloom.site.plan import site_of

BATTERY_KINDS = (AlarmKind.BATTERY_SILENT, AlarmKind.BATTERY_DISOBEYS)


def core(*, keeps_power: bool = False) -> SiteController:
    site = site_of(tree()["site"])
    batteries = tuple(replace(battery, keeps_power=keeps_power) for battery in site.batteries)
    site = replace(site, batteries=batteries)
    settings = ControlSettings(safety=SafetySettings(lease_s=300.0, silent_s=300.0, confirm_s=60.0))
    return SiteController(site=site, network=network_of(site), settings=settings)


def speaks(power_w: float, time_s: float, memory: ControllerMemory) -> BatteryReadings:
    assert memory.storage is not None
    return BatteryReadings(
        time_s=time_s,
        batteries=np.array([0]),
        sampled_s=np.array([time_s]),
        power_w=np.array([power_w]),
        soc_ratio=np.array([0.5]),
        serial=memory.storage.charge.serial.copy(),
    )


def told(site: SiteController, powers_w: dict[int, float]) -> list[tuple[int, AlarmKind]]:
    """Return the battery's alarms of an hour in which it told these powers at these seconds, by second."""
    memory = site.start(0.0, "parallel")
    found = []
    for second in range(0, 1800, 30):
        if second in powers_w:
            memory, _ = site.observe(memory, (speaks(powers_w[second], float(second), memory),))
        memory, _, _ = site.decide(memory, float(second))
        found += [(second, alarm.kind) for alarm in memory.alarms if alarm.kind in BATTERY_KINDS]
    return found


def test_silence_is_told_once_when_it_comes_of_age_and_again_after_a_word() -> None:
    assert told(core(), {}) == [(300, AlarmKind.BATTERY_SILENT)]
    assert told(core(), {0: 0.0, 600: 0.0}) == [
        (300, AlarmKind.BATTERY_SILENT),
        (900, AlarmKind.BATTERY_SILENT),
    ]


def test_disobedience_is_told_once_until_it_is_over() -> None:
    charges = dict.fromkeys(range(0, 1800, 30), 8000.0)
    rests = dict.fromkeys(range(0, 1800, 30), 0.0)

    disobeys = told(core(), charges)
    again = told(core(), {**charges, **dict.fromkeys(range(900, 1200, 30), 0.0)})

    assert [kind for _, kind in disobeys] == [AlarmKind.BATTERY_DISOBEYS]
    assert disobeys[0][0] >= 300  # until then a lease from before the start may allow it
    assert [kind for _, kind in again] == [AlarmKind.BATTERY_DISOBEYS] * 2
    assert told(core(), rests) == []


def test_one_that_keeps_its_power_is_reserved_for_as_long_as_nothing_is_heard() -> None:
    rated_a = {}
    for keeps_power in (False, True):
        site = core(keeps_power=keeps_power)
        memory = site.start(0.0, "parallel")
        for second in range(0, 3_000, 30):
            memory, decision, _ = site.decide(memory, float(second))
            rated_a[keeps_power] = decision.row_rating_a.item(0)

    assert rated_a[False] - rated_a[True] == 10_000.0 / 690.0

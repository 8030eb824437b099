"""A battery behind a real Modbus server on a running site: it shaves peaks, and what its silence and its own will do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from tests.live.batteried import tree, yard
from tests.live.slow_disk import halted
from tests.live.test_meters import decided_again
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite
from voltloom.session.alarms import AlarmKind
from voltloom.web.views import site_view

NEAR_W = 150.0


def alarms(site: LiveSite) -> set[AlarmKind]:
    return {alarm.kind for alarm in site.loop.logbook.alarms}


def rated_a(site: LiveSite) -> float:
    """Return what the grid connection leaves to cars, on L1."""
    return float(site.loop.logbook.decisions[-1].row_rating_a[0])


def runs(play: Callable[[Path], Coroutine[Any, Any, None]], folder: Path) -> None:
    asyncio.run(play(folder))


def test_a_battery_keeps_a_running_site_at_its_target_and_the_day_is_decided_again(tmp_path: Path) -> None:
    async def play(folder: Path) -> None:
        async with yard(folder, building_w=16_000.0) as here:
            site = await here.open()
            await here.until(lambda: abs(here.site_w() - 10_000.0) < NEAR_W)
            here.building_w = 13_000.0
            await here.until(lambda: abs(here.flows_w() + 3_000.0) < NEAR_W)
            told = site_view(site).batteries
            await site.stop()
            rests_w = here.flows_w()

        assert [(b.battery, b.cause) for b in told] == [("cellar", "peak")]
        assert told[0].sentence.startswith(
            "cellar discharges with 3.0 kW: the site draws more than its target"
        )
        assert told[0].soc_ratio is not None
        assert 0.5 < told[0].soc_ratio < 0.6
        assert rests_w == 0.0
        assert decided_again(site) is None

    runs(play, tmp_path)


def test_a_silent_inverter_rests_by_its_watchdog_and_is_told_to_rest_until_it_speaks_again(
    tmp_path: Path,
) -> None:
    async def play(folder: Path) -> None:
        async with yard(folder, building_w=16_000.0) as here:
            site = await here.open()
            await here.until(lambda: here.flows_w() < -5_000.0)
            here.inverter.is_mute = True
            await here.until(lambda: AlarmKind.BATTERY_SILENT in alarms(site))
            await here.until(lambda: site_view(site).batteries[0].cause == "silent")
            silent = site_view(site).batteries[0]
            rested_w = here.flows_w()
            failures_count = site.batteries.links[0].failures_count
            here.inverter.is_mute = False
            await here.until(lambda: here.flows_w() < -5_000.0)
            await site.stop()

        assert (silent.is_silent, silent.setpoint_w) == (True, 0.0)
        assert rested_w == 0.0
        assert failures_count > 0
        assert decided_again(site) is None

    runs(play, tmp_path)


def test_a_link_that_broke_is_opened_again_and_the_battery_goes_on(tmp_path: Path) -> None:
    plan = tree()
    plan["battery"][0]["modbus"]["heartbeat"] = {"address": 3, "encoding": "uint16"}

    async def play(folder: Path) -> None:
        async with yard(folder, plan, building_w=16_000.0) as here:
            site = await here.open()
            await here.until(lambda: here.flows_w() < -5_000.0)
            await here.inverter.stop()
            await here.until(lambda: site.batteries.links[0].failures_count > 0)
            await here.until(lambda: here.flows_w() == 0.0)
            beats_count, here.inverter.beats_count = here.inverter.beats_count, 0
            await here.inverter.start("127.0.0.1", here.plan["battery"][0]["modbus"]["port"])
            await here.until(lambda: here.flows_w() < -5_000.0)
            await site.stop()

        assert beats_count > 0
        assert here.inverter.beats_count > 0
        assert decided_again(site) is None

    runs(play, tmp_path)


def test_a_disobedient_inverter_is_told_and_the_most_it_can_draw_is_reserved(tmp_path: Path) -> None:
    async def play(folder: Path) -> None:
        async with yard(folder, building_w=2_000.0, soc_ratio=0.1) as here:
            site = await here.open()
            await here.until(lambda: here.flows_w() > 5_000.0)  # below its target it gets ready for a peak
            here.inverter.cells.told_w, here.inverter.cells.ignores = 6_900.0, True
            here.building_w = 16_000.0
            await here.until(lambda: AlarmKind.BATTERY_DISOBEYS in alarms(site))
            await here.until(lambda: rated_a(site) < 63.0 - 16_000.0 / 690.0 - 13.0)
            await site.stop()

        assert decided_again(site) is None

    runs(play, tmp_path)


def test_after_a_restart_the_battery_goes_on_and_both_runs_are_decided_again(tmp_path: Path) -> None:
    async def play(folder: Path) -> None:
        async with yard(folder, building_w=16_000.0) as here:
            first = await here.open()
            await here.until(lambda: here.flows_w() < -5_000.0)
            await first.stop()
            here.inverter.writes.clear()
            again = await here.open()
            held_w = again.loop.memory.storage
            await here.until(lambda: here.flows_w() < -5_000.0)
            await again.stop()
            wrote = here.inverter.writes
            config = here.config()
        outcome = replayed(config, str(config.journal), Stretch())

        assert held_w is not None
        assert float(held_w.discharge.limit_a[0]) > 0.0  # what may still be in force counts
        assert wrote[0] == 0.0  # nothing old goes on before the core has spoken
        assert outcome.difference is None
        assert outcome.cycles_count == first.loop.cycles_count + again.loop.cycles_count

    runs(play, tmp_path)


def test_a_battery_that_keeps_its_power_stays_reserved_however_long_it_is_silent(tmp_path: Path) -> None:
    plan = tree()
    plan["site"]["battery"][0]["keeps_power"] = True
    del plan["battery"][0]["modbus"]["rests_after_s"], plan["battery"][0]["modbus"]["timeout"]

    async def play(folder: Path) -> None:
        async with yard(folder, plan, building_w=2_000.0, soc_ratio=0.1) as here:
            here.inverter.cells.timeout_s = 1e9
            site = await here.open()
            await here.until(lambda: here.flows_w() > 5_000.0)
            here.inverter.is_mute = True
            silent_s = here.clock.now_s()
            await here.until(lambda: here.clock.now_s() > silent_s + 80.0)
            kept_w, left_a = here.flows_w(), rated_a(site)
            here.inverter.is_mute = False
            await site.stop()
            rests_w = here.flows_w()

        assert kept_w > 5_000.0  # it goes on, as its plan says
        assert left_a < 63.0 - 10_000.0 / 690.0
        assert rests_w == 0.0

    runs(play, tmp_path)


def test_a_battery_does_no_more_than_before_while_the_journal_does_not_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def play(folder: Path) -> None:
        async with yard(folder, building_w=13_000.0) as here:
            site = await here.open()
            await here.until(lambda: abs(here.flows_w() + 3_000.0) < NEAR_W)
            here.inverter.writes.clear()
            disk = halted(site.journal, monkeypatch)
            here.building_w = 16_000.0
            await here.until(lambda: site_view(site).batteries[0].setpoint_w < -5_500.0)
            await asyncio.sleep(0.3)
            waiting = list(here.inverter.writes)
            disk.set()
            await here.until(lambda: here.flows_w() < -5_500.0)
            await site.stop()

        assert min(waiting, default=0.0) > -3_000.0 - NEAR_W
        assert decided_again(site) is None

    runs(play, tmp_path)

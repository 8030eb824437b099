"""What a demo's process does beside site and fleet: its building draws, its circuit's meter is read and befallen by faults."""

from __future__ import annotations

import asyncio
import tomllib
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.demo import PLAN
from tests.ports import free_port
from voltloom.cli.playing import SPECS, Played, building, meters_of
from voltloom.live.clock import Clock
from voltloom.live.config import config_of
from voltloom.live.modbus import watch
from voltloom.live.wire import MeterRead
from voltloom.site.network import network_of
from voltloom.virtual.fleet import Fleet
from voltloom.virtual.planning import Day, plan_of
from voltloom.web.console.faults import Fault, FaultKind

NOON_S = 1_569_924_000.0  # 2019-10-01 12:00 in Berlin
BERLIN_S = 7200.0
HOURS_A = [float(hour) for hour in range(24)]


@dataclass
class Told:
    """A fleet's clock that says what it is set to."""

    time_s: float
    speed_ratio: float = 60.0

    def now_s(self) -> float:
        return self.time_s


async def _shown(folder: Path, kind: FaultKind | None) -> tuple[float, float]:
    """Return what the circuit's meter shows at noon and at one o'clock, where a fault begins shortly after noon."""
    meter = {"host": "127.0.0.1", "port": free_port(), "registers": [100, 102, 104], "period_s": 0.5}
    tree = tomllib.loads(PLAN) | {"meter": [{"circuit": "yard", "modbus": meter}]}
    config = config_of(tree, folder=folder)
    load = building(network_of(config.site), NOON_S, {"yard": HOURS_A}, BERLIN_S)
    clock = Told(NOON_S)
    fleet = Fleet(plan_of(config.site, (), Day(start_s=NOON_S, other_load=load)), clock, "demo")
    ((station_meter, host, port),) = meters_of(config, fleet)
    await station_meter.listen(host, port)
    try:
        _pass(fleet, clock, 10.0)
        noon_a = await _read(config.meters.modbus[0])
        if kind is not None:
            fault = Fault(1, kind, "yard", clock.time_s, NOON_S + 86_400.0)
            Played(fleet, config).suffer([fault])
        _pass(fleet, clock, 3600.0)
        return noon_a, await _read(config.meters.modbus[0])
    finally:
        await station_meter.close()


def _pass(fleet: Fleet, clock: Told, duration_s: float) -> None:
    fleet.tick()
    for part_s in (duration_s, 1.0):  # a second in which what began with the hour flows
        clock.time_s += part_s
        fleet.tick()


async def _read(meter: object) -> float:
    told: asyncio.Future[MeterRead] = asyncio.get_running_loop().create_future()

    def tell(read: MeterRead) -> None:
        if not told.done():
            told.set_result(read)

    watching = asyncio.create_task(watch(meter, Clock(), tell))  # type: ignore[arg-type]  # the file's own
    async with asyncio.timeout(10.0):
        read = await told
    watching.cancel()
    assert len(set(read.current_a)) == 1  # a building is even on its phases
    return read.current_a[0]


@pytest.mark.parametrize(
    ("kind", "after_a"),
    [(None, 13.0), (FaultKind.METER_FROZEN, 12.0), (FaultKind.METER_HIGH, 1.2 * 13.0)],
    ids=["right", "frozen", "high"],
)
def test_a_circuits_meter_shows_the_building_by_the_local_hour_or_what_a_fault_makes_of_it(
    kind: FaultKind | None, after_a: float, tmp_path: Path
) -> None:
    before_a, shown_a = asyncio.run(_shown(tmp_path, kind))

    assert before_a == pytest.approx(12.0)
    assert shown_a == pytest.approx(after_a)


def test_every_fault_of_the_bar_befalls_the_fleet_but_what_comes_from_outside() -> None:
    assert set(FaultKind) - set(SPECS) == {FaultKind.LIMIT_CUT, FaultKind.PRICE_SPIKE}


def test_a_fault_ends_with_its_time_and_with_a_word(tmp_path: Path) -> None:
    async def offline() -> list[bool]:
        config = config_of(tomllib.loads(PLAN), folder=tmp_path)
        clock = Told(NOON_S)
        fleet = Fleet(plan_of(config.site, (), Day(start_s=NOON_S)), clock, "demo")
        played, seen = Played(fleet, config), []
        fault = Fault(1, FaultKind.STATION_OFFLINE, "LEFT", NOON_S, NOON_S + 600.0)
        for told, later_s in (((fault,), 10.0), ((), 10.0), ((fault,), 10.0), (None, 700.0)):
            if told is not None:
                played.suffer(told)
            clock.time_s += later_s
            fleet.tick()
            seen.append(not fleet.garage.world.is_reachable[0])
        return seen

    assert asyncio.run(offline()) == [True, False, True, False]

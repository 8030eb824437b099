"""Circuit meters: a station's main meter, one read by Modbus/TCP from a real server, and what their silence does."""

from __future__ import annotations

import asyncio
import threading
import time
import tomllib
from pathlib import Path
from typing import Any, cast

import pytest
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from tests.live.demo import PLAN
from tests.live.scripted import VERSIONS, Client, Script, always, joined
from tests.live.test_limits import each_version
from voltloom.live.config import config_of
from voltloom.live.replaying import Difference, Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.site.mistakes import PlanError

LINES = ("L1", "L2", "L3")


def tree_with(meter: dict[str, Any]) -> dict[str, Any]:
    tree = tomllib.loads(PLAN)
    tree["meter"] = [meter]
    return tree


async def tell_main(client: Client, current_a: float) -> None:
    await client.meter(0, [("Current.Import", line, "A", current_a) for line in LINES])


async def both(site: LiveSite, version: str) -> tuple[Client, Client]:
    clients = []
    for name in ("CP1", "CP2"):
        client = await joined(site.ports[0][1], name, version, Script(always("Accepted")))
        await client.boot()
        clients.append(client)
    return clients[0], clients[1]


def decided_again(site: LiveSite) -> Difference | None:
    """Return the first decision of a site that ended that is not made again; memories are compared too."""
    outcome = replayed(site.config, str(site.config.journal), Stretch())
    assert outcome.cycles_count == site.loop.cycles_count
    return outcome.difference


@each_version
async def test_a_stations_main_meter_measures_the_circuit_and_its_load_is_left_out(
    folder: Path, version: str
) -> None:
    site = await opened(config_of(tree_with({"circuit": "yard", "station": "CP1"}), folder=folder))
    left, right = await both(site, version)
    await tell_main(left, 15.0)
    await left.plug_in()
    for _ in range(8):
        await tell_main(left, 15.0)
        await left.measure(left.script.limit_a() if left.script.limits("transaction") else 0.0)
        await asyncio.sleep(0.5)
    row_a = site.loop.memory.readings.row_a.tolist()
    crowded_a = site.loop.memory.grants.limit_a.tolist()

    await site.stop()
    await left.leave()
    await right.leave()

    assert row_a == [15.0, 15.0, 15.0]
    assert crowded_a == [0.0, 0.0]  # 20 A less 15 A is less than any vehicle takes
    assert decided_again(site) is None


def test_a_meter_is_read_by_modbus_and_its_silence_is_seen_by_its_age(tmp_path: Path) -> None:
    asyncio.run(_modbus(tmp_path))


async def _modbus(folder: Path) -> None:
    values = [4.5, 5.5, 6.5]
    device = SimDevice(id=1, simdata=[SimData(100, values=values, datatype=DataType.FLOAT32)])
    server = ModbusTcpServer(device, address=("127.0.0.1", 0))
    assert await server.listen()
    port = cast(asyncio.Server, server.transport).sockets[0].getsockname()[1]
    read = {"host": "127.0.0.1", "port": port, "registers": [100, 102, 104], "kind": "holding"}
    tree = tree_with({"circuit": "yard", "modbus": {**read, "period_s": 0.5}})
    site = await opened(config_of(tree, folder=folder))
    readings = site.loop.memory.readings
    async with asyncio.timeout(20.0):
        while readings.row_a.tolist() != values:
            await asyncio.sleep(0.1)
            readings = site.loop.memory.readings
    await server.shutdown()  # type: ignore[no-untyped-call]  # the package types half of itself
    await asyncio.sleep(1.5)  # a reading under way may still come
    silent_s = site.loop.memory.readings.row_sampled_s.tolist()
    await asyncio.sleep(1.5)
    still_s = site.loop.memory.readings.row_sampled_s.tolist()
    await site.stop()

    assert readings.row_a.tolist() == values
    assert still_s == silent_s  # nothing is made up while it is away
    assert decided_again(site) is None


@pytest.mark.parametrize(
    ("meter", "path"),
    [
        ({"circuit": "yrad", "station": "CP1"}, "meter.1.circuit"),
        ({"circuit": "yard"}, "meter.1"),
        ({"circuit": "yard", "station": "CP9"}, "meter.1.station"),
        ({"circuit": "yard", "station": "CP1", "outlet": 1}, "meter.1.outlet"),
        ({"circuit": "yard", "modbus": {"host": "m", "registers": [0]}}, "meter.1.modbus.registers"),
    ],
)
def test_a_wrong_meter_is_told_by_path(meter: dict[str, Any], path: str, tmp_path: Path) -> None:
    with pytest.raises(PlanError) as told:
        config_of(tree_with(meter), folder=tmp_path)

    assert [mistake.path for mistake in told.value.mistakes] == [path]


@pytest.mark.parametrize("version", VERSIONS[:1])
def test_readings_reach_the_core_while_a_decision_hangs(
    version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(_hanging(tmp_path, version, monkeypatch))


async def _hanging(folder: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    site = await opened(config_of(tree_with({"circuit": "yard", "station": "CP1"}), folder=folder))
    left, right = await both(site, version)
    released, began = threading.Event(), threading.Event()
    decide = site.loop._controller.decide

    def hanging(*given: Any) -> Any:
        began.set()
        released.wait(30.0)
        return decide(*given)

    monkeypatch.setattr(site.loop._controller, "decide", hanging)
    async with asyncio.timeout(20.0):
        while not began.is_set():
            await asyncio.sleep(0.1)
        asked_s = time.monotonic()
        await tell_main(left, 7.0)
        answered_s = time.monotonic() - asked_s
        while site.loop.memory.readings.row_a.tolist() != [7.0] * 3:
            await asyncio.sleep(0.05)
    is_hanging = not released.is_set()
    released.set()
    async with asyncio.timeout(20.0):
        while site.loop.cycles_count == 0:
            await asyncio.sleep(0.1)
    kept_a = site.loop.memory.readings.row_a.tolist()
    await site.stop()
    await left.leave()
    await right.leave()

    assert is_hanging
    assert answered_s < 20.0
    assert kept_a == [7.0] * 3  # what came meanwhile is not lost with the decision
    assert decided_again(site) is None

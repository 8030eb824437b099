"""A yard with a battery behind a real Modbus server: its file, its inverter, and a site that runs on both."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.steady import SteadyClock
from voltloom.live.clock import Clock
from voltloom.live.config import Config, config_of
from voltloom.live.running import LiveSite, opened
from voltloom.virtual.inverter import Cells, Inverter

SPEED_RATIO = 60.0
START_S = 1_718_000_000.0
REST_S = 18.0
PLAN = """
[site]
name = "Yard"
voltage_v = 230.0
[[site.circuit]]
id = "grid"
rating_a = 63.0
other_load_a = 40.0
[[site.evse]]
ids = ["LEFT", "RIGHT"]
circuit = "grid"
max_a = 16.0
[[site.battery]]
id = "cellar"
circuit = "grid"
capacity_kwh = 20.0
charge_kw = 10.0
[gateway]
port = 0
security_profile = 0
allow_insecure = true
[journal]
path = "journal.db"
[control]
period_s = 5.0
[control.safety]
lease_s = 60.0
longest_lease_s = 60.0
confirm_s = 10.0
stale_s = 60.0
silent_s = 60.0
recover_s = 60.0
[control.storage]
peak_w = 10000.0
peak_soc_ratio = 0.3
[[station]]
id = "CP1"
evses = ["LEFT"]
[[station]]
id = "CP2"
evses = ["RIGHT"]
[[token]]
id = "anna"
[[meter]]
circuit = "grid"
[meter.modbus]
host = "127.0.0.1"
device = 2
registers = [0, 2, 4]
[[battery]]
id = "cellar"
[battery.modbus]
host = "127.0.0.1"
setpoint = { address = 0 }
power = { address = 4 }
soc = { address = 6, encoding = "uint16", per_unit = 0.0001 }
timeout = { address = 2, encoding = "uint16" }
rests_after_s = 18.0
"""


def tree() -> dict[str, Any]:
    return tomllib.loads(PLAN)


@dataclass(slots=True)
class Yard:
    """The building's load is what a test says."""

    clock: Clock
    inverter: Inverter
    building_w: float
    plan: dict[str, Any]
    folder: Path

    def config(self) -> Config:
        return config_of(self.plan, folder=self.folder)

    async def open(self) -> LiveSite:
        return await opened(self.config(), self.clock)

    def flows_w(self) -> float:
        """Return what the battery really does."""
        self.inverter.cells.pass_time(self.clock.now_s())
        return self.inverter.cells.power_w

    def site_w(self) -> float:
        """Return what the site really draws."""
        return 230.0 * sum(self.inverter.lines_a)

    async def until(self, is_so: Callable[[], bool], within_s: float = 20.0) -> None:
        """Wait until something holds. Raises TimeoutError after so many real seconds."""
        async with asyncio.timeout(within_s):
            while not is_so():
                await asyncio.sleep(0.02)


@asynccontextmanager
async def yard(
    folder: Path, plan: dict[str, Any] | None = None, *, building_w: float, soc_ratio: float = 0.6
) -> AsyncIterator[Yard]:
    clock = SteadyClock(SPEED_RATIO, START_S)
    cells = Cells(
        capacity_wh=20_000.0,
        most_w=10_000.0,
        soc_ratio=soc_ratio,
        timeout_s=REST_S,
        now_s=clock.now_s(),
    )
    found: list[Yard] = []
    inverter = Inverter(cells, clock, lambda: [found[0].building_w / 690.0] * 3)
    found.append(Yard(clock, inverter, building_w, plan or tree(), folder))
    port = await inverter.start("127.0.0.1")
    for part in ("meter", "battery"):
        for table in found[0].plan[part]:
            table["modbus"]["port"] = port
    try:
        yield found[0]
    finally:
        await inverter.stop()

"""A site of two outlets on one 20 A circuit, and the `ocpp` package's charge point as a station that owes us nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any

from ocpp.routing import on
from ocpp.v16 import ChargePoint, call, call_result
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from voltloom.protocols.ocpp.timestamps import stamp_text

RATING_A = 20.0
PLAN = """
[site]
name = "Yard"
time_zone = "Europe/Berlin"
voltage_v = 230.0
[[site.circuit]]
id = "yard"
rating_a = 20.0
[[site.evse]]
name = "bays"
ids = ["LEFT", "RIGHT"]
circuit = "yard"
wiring = "three_phase"
max_a = 16.0
[gateway]
port = 0
security_profile = 0
allow_insecure = true
[journal]
path = "journal.db"
[control]
period_s = 2.0
[[station]]
id = "CP1"
evses = ["LEFT"]
[[station]]
id = "CP2"
evses = ["RIGHT"]
[[token]]
id = "anna"
[[token]]
id = "bert"
"""


def plan_file(folder: Path) -> Path:
    file = folder / "site.toml"
    file.write_text(PLAN, encoding="utf-8")
    return file


class Station16(ChargePoint):  # type: ignore[misc]  # the package ships no types
    """Accepts every profile and keeps it."""

    def __init__(self, name: str, socket: ClientConnection) -> None:
        super().__init__(name, socket)
        self.socket = socket
        self.profiles: list[dict[str, Any]] = []
        self.news = asyncio.Event()
        self.listening = asyncio.create_task(self.start())

    @on("GetConfiguration")  # type: ignore[untyped-decorator]  # the package ships no types
    def configured(self, **_: Any) -> Any:
        values = {
            "ChargeProfileMaxStackLevel": "5",
            "ChargingScheduleAllowedChargingRateUnit": "Current",
            "ChargingScheduleMaxPeriods": "6",
        }
        keys = [{"key": key, "readonly": True, "value": value} for key, value in values.items()]
        return call_result.GetConfiguration(configuration_key=keys)

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package ships no types
    def limited(self, connector_id: int, cs_charging_profiles: dict[str, Any]) -> Any:
        self.profiles.append(cs_charging_profiles)
        self.news.set()
        return call_result.SetChargingProfile(status="Accepted")

    def transaction_limits(self) -> list[dict[str, Any]]:
        return [p for p in self.profiles if p["charging_profile_purpose"] == "TxProfile"]

    async def until_limited(self, least_a: float = 6.0) -> dict[str, Any]:
        async with asyncio.timeout(40.0):
            while True:
                for profile in self.transaction_limits():
                    if limit_a(profile) >= least_a:
                        return profile
                self.news.clear()
                await self.news.wait()

    async def arrive(self, token: str, meter_wh: int, stamp: str) -> int:
        """Boot, plug in, and start."""
        booted = await self.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
        assert booted.status == "Accepted"
        await self.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Preparing"))
        judged = await self.call(call.Authorize(id_tag=token))
        assert judged.id_tag_info["status"] == "Accepted"
        started = await self.begin(token, meter_wh, stamp)
        await self.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Charging"))
        return started

    async def stand_free(self) -> None:
        """Boot and tell that no vehicle is here: then nothing is reserved for one."""
        await self.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
        await self.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Available"))

    async def begin(self, token: str, meter_wh: int, stamp: str) -> int:
        started = await self.call(
            call.StartTransaction(connector_id=1, id_tag=token, meter_start=meter_wh, timestamp=stamp)
        )
        assert started.id_tag_info["status"] == "Accepted"
        return int(started.transaction_id)

    async def measure(self, transaction_id: int, current_a: float, register_wh: float, now_s: float) -> None:
        samples = [
            {"value": f"{current_a}", "measurand": "Current.Import", "phase": phase, "unit": "A"}
            for phase in ("L1", "L2", "L3")
        ]
        samples.append({"value": f"{register_wh}", "unit": "Wh"})
        value = {"timestamp": stamp_text(now_s), "sampled_value": samples}
        await self.call(call.MeterValues(connector_id=1, transaction_id=transaction_id, meter_value=[value]))

    async def leave(self) -> None:
        await self.socket.close()
        with suppress(ConnectionClosed, asyncio.CancelledError):
            await self.listening


def limit_a(profile: dict[str, Any]) -> float:
    return float(profile["charging_schedule"]["charging_schedule_period"][0]["limit"])


async def station(port: int, name: str) -> Station16:
    socket = await connect(
        f"ws://127.0.0.1:{port}/ocpp/{name}", subprotocols=[Subprotocol("ocpp1.6")], proxy=None
    )
    return Station16(name, socket)

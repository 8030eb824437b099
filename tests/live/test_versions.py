"""Stations of OCPP 2.0.1 and 2.1 at a whole site over real sockets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import ocpp.v21
import ocpp.v201
import pytest
from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.live.demo import plan_file, station
from tests.live.test_whole_site import kept_sessions
from voltloom.live.config import load_config
from voltloom.live.running import opened
from voltloom.protocols.ocpp.timestamps import stamp_text


def taking(package: Any) -> Any:
    """Return a station of a version that takes every profile."""

    class Client(package.ChargePoint):  # type: ignore[misc]  # the package ships no types
        @on("GetBaseReport")  # type: ignore[untyped-decorator]  # the package ships no types
        def asked(self, **_: Any) -> Any:
            return package.call_result.GetBaseReport(status="Accepted")

        @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package ships no types
        def limited(self, evse_id: int, charging_profile: dict[str, Any], **_: Any) -> Any:
            self.limits.put_nowait(charging_profile)
            return package.call_result.SetChargingProfile(status="Accepted")

    return Client


async def visit(folder: Path, package: Any, subprotocol: str) -> None:
    config = load_config(plan_file(folder))
    site = await opened(config)
    port = site.ports[0][1]
    idle = await station(port, "CP2")
    await idle.stand_free()
    socket = await connect(
        f"ws://127.0.0.1:{port}/ocpp/CP1", subprotocols=[Subprotocol(subprotocol)], proxy=None
    )
    anna = taking(package)("CP1", socket)
    anna.limits = asyncio.Queue()
    listening = asyncio.create_task(anna.start())
    call = package.call

    def register(wh: float, context: str) -> list[dict[str, Any]]:
        sample = {"value": wh, "context": context, "measurand": "Energy.Active.Import.Register"}
        return [{"timestamp": stamp_text(time.time()), "sampled_value": [sample]}]

    def event(kind: str, trigger: str, seq_no: int, **more: Any) -> Any:
        return call.TransactionEvent(
            event_type=kind,
            timestamp=stamp_text(time.time()),
            trigger_reason=trigger,
            seq_no=seq_no,
            transaction_info={"transaction_id": "tx1", "charging_state": "Charging"},
            **more,
        )

    booted = await anna.call(
        call.BootNotification(charging_station={"model": "M", "vendor_name": "V"}, reason="PowerUp")
    )
    await anna.call(
        event(
            "Started",
            "CablePluggedIn",
            0,
            evse={"id": 1, "connector_id": 1},
            id_token={"id_token": "anna", "type": "ISO14443"},
            meter_value=register(1000.0, "Transaction.Begin"),
        )
    )
    limit_a, profile = 0.0, {}
    async with asyncio.timeout(40.0):
        while limit_a < 6.0:
            profile = await anna.limits.get()
            if profile["charging_profile_purpose"] == "TxProfile":
                schedule = profile["charging_schedule"][0]
                limit_a = schedule["charging_schedule_period"][0]["limit"]
    await anna.call(event("Ended", "EVDeparted", 1, meter_value=register(1015.0, "Transaction.End")))

    await site.stop()
    await socket.close()
    await asyncio.gather(listening, return_exceptions=True)
    await idle.leave()

    assert booted.status == "Accepted"
    assert 6.0 <= limit_a <= 16.0
    assert profile["transaction_id"] == "tx1"
    kept = await kept_sessions(config.journal)
    assert [(row.id_token, row.evse_id, row.energy_tenth_wh) for row in kept] == [("anna", "LEFT", 150)]


@pytest.mark.parametrize(("package", "subprotocol"), [(ocpp.v201, "ocpp2.0.1"), (ocpp.v21, "ocpp2.1")])
def test_a_whole_visit_of_a_2_x_station_is_limited_and_kept(
    package: Any, subprotocol: str, tmp_path: Path
) -> None:
    asyncio.run(visit(tmp_path, package, subprotocol))

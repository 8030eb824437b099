"""Whole visits with smart charging, the station played by the `ocpp` package, which validates every message itself."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import ocpp.v16
import ocpp.v21
import ocpp.v201
import pytest
from ocpp.routing import on

from tests.protocols.ocpp.desk import Desk, Pipe
from tests.protocols.ocpp.station16 import NOON_S, PLACE, kinds
from voltloom.protocols.ocpp import v2x_commands, v16_commands
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.hearing import Chapter
from voltloom.protocols.ocpp.profiles import ChargingAbility, LimitOrder
from voltloom.protocols.ocpp.timestamps import stamp_text

ABILITY = ChargingAbility(max_stack_level=3, max_periods=6, is_dynamic=True)


class Client16(ocpp.v16.ChargePoint):  # type: ignore[misc]  # the package ships no types
    """A 1.6 station that takes what it is sent."""

    taken: list[tuple[str, Any]]

    @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package ships no types
    def limited(self, connector_id: int, cs_charging_profiles: Any, **_: Any) -> Any:
        self.taken.append(("limit", cs_charging_profiles))
        return ocpp.v16.call_result.SetChargingProfile(status="Accepted")

    @on("GetConfiguration")  # type: ignore[untyped-decorator]  # the package ships no types
    def asked(self, **_: Any) -> Any:
        key = {"key": "ChargeProfileMaxStackLevel", "readonly": True, "value": "3"}
        return ocpp.v16.call_result.GetConfiguration(configuration_key=[key])

    @on("RemoteStopTransaction")  # type: ignore[untyped-decorator]  # the package ships no types
    def stopped(self, transaction_id: int) -> Any:
        self.taken.append(("stop", transaction_id))
        return ocpp.v16.call_result.RemoteStopTransaction(status="Accepted")


def taking_2x(package: Any) -> type:
    """Return a 2.x station of a package that takes what it is sent."""

    class Client(package.ChargePoint):  # type: ignore[misc]  # the package ships no types
        taken: list[tuple[str, Any]]

        @on("SetChargingProfile")  # type: ignore[untyped-decorator]  # the package ships no types
        def limited(self, evse_id: int, charging_profile: Any, **_: Any) -> Any:
            self.taken.append(("limit", charging_profile))
            return package.call_result.SetChargingProfile(status="Accepted")

        @on("RequestStopTransaction")  # type: ignore[untyped-decorator]  # the package ships no types
        def stopped(self, transaction_id: str, **_: Any) -> Any:
            self.taken.append(("stop", transaction_id))
            return package.call_result.RequestStopTransaction(status="Accepted")

    return Client


class Client21(taking_2x(ocpp.v21)):  # type: ignore[misc]  # made above, without types
    """A 2.1 station that also takes numbers for its dynamic schedule."""

    @on("UpdateDynamicSchedule")  # type: ignore[untyped-decorator]  # the package ships no types
    def updated(self, charging_profile_id: int, schedule_update: Any, **_: Any) -> Any:
        self.taken.append(("update", schedule_update))
        return ocpp.v21.call_result.UpdateDynamicSchedule(status="Accepted")


async def with_station(
    version: OcppVersion, client: type, story: Callable[[Any, Desk], Awaitable[None]]
) -> tuple[Any, Desk]:
    pipe = Pipe()
    desk = Desk(version=version, pipe=pipe)
    station = client("CP1", pipe)
    station.taken = []
    tasks = [asyncio.create_task(desk.serve()), asyncio.create_task(station.start())]
    try:
        await asyncio.wait_for(story(station, desk), timeout=20.0)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return station, desk


async def settled(desk: Desk, count: int) -> None:
    """Wait until our CALLs are answered."""
    while len(desk.results) < count:
        await asyncio.sleep(0.001)


def order(
    limit_a: float, now_s: float, transaction_id: str, installed_until_s: float = float("-inf")
) -> LimitOrder:
    return LimitOrder(
        number=1,
        outlet=PLACE.outlets[1],
        limit_a=limit_a,
        offline_a=6.0,
        now_s=now_s,
        lease_until_s=NOON_S + 600.0,
        transaction_id=transaction_id,
        installed_until_s=installed_until_s,
    )


async def visit_16(station: Any, desk: Desk) -> None:
    call, now = ocpp.v16.call, stamp_text(NOON_S)
    boot = await station.call(call.BootNotification(charge_point_model="m", charge_point_vendor="v"))
    assert boot.status == "Accepted"
    await station.call(call.Heartbeat())
    assert (await station.call(call.Authorize(id_tag="anna"))).id_tag_info["status"] == "Accepted"
    await station.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Preparing"))
    start = await station.call(
        call.StartTransaction(connector_id=1, id_tag="anna", meter_start=1000, timestamp=now)
    )
    await desk.order(v16_commands.capability_asked())
    await desk.order(v16_commands.limited(order(16.0, desk.now_s, str(start.transaction_id)), ABILITY))
    await desk.order(v16_commands.stopped(str(start.transaction_id)))
    await settled(desk, 3)
    desk.now_s += 3600.0
    sample = {"value": "15.9", "measurand": "Current.Import", "phase": "L1", "unit": "A"}
    value = {"timestamp": stamp_text(desk.now_s), "sampled_value": [sample]}
    await station.call(
        call.MeterValues(connector_id=1, transaction_id=start.transaction_id, meter_value=[value])
    )
    await station.call(
        call.StopTransaction(
            transaction_id=start.transaction_id, meter_stop=5000, timestamp=stamp_text(desk.now_s)
        )
    )
    await station.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Available"))


def test_a_1_6_station_of_the_ocpp_package_has_a_whole_visit() -> None:
    station, desk = asyncio.run(with_station(OcppVersion.V16, Client16, visit_16))

    assert desk.faults == []
    assert [type(result) for result in desk.results] == [Decoded] * 3
    assert station.taken[0][1]["charging_schedule"]["charging_schedule_period"][0]["limit"] == 16.0
    assert station.taken[1] == ("stop", 7)
    assert [word.chapter for word in desk.told] == [Chapter.STARTED, Chapter.ENDED]
    assert desk.told[-1].energy_wh == 5000.0
    assert kinds(desk.events)[:7] == [
        "StationBooted",
        "StationBooted",
        "PluggedIn",
        "CapabilityReported",
        "PluggedIn",
        "EvseReadings",
        "TokenPresented",
    ]
    assert kinds(desk.events)[-1] == "Unplugged"


def visit_2x(package: Any, version: OcppVersion) -> Callable[[Any, Desk], Awaitable[None]]:
    call = package.call

    def event(kind: str, trigger: str, seq_no: int, now_s: float, **more: Any) -> Any:
        info = {"transaction_id": "tx1", "charging_state": "Charging"}
        return call.TransactionEvent(
            event_type=kind,
            timestamp=stamp_text(now_s),
            trigger_reason=trigger,
            seq_no=seq_no,
            transaction_info=info,
            **more,
        )

    async def story(station: Any, desk: Desk) -> None:
        boot = call.BootNotification(charging_station={"model": "m", "vendor_name": "v"}, reason="PowerUp")
        assert (await station.call(boot)).status == "Accepted"
        await station.call(call.Heartbeat())
        token = {"id_token": "anna", "type": "ISO14443"}
        await station.call(call.Authorize(id_token=token))
        started = await station.call(
            event(
                "Started", "CablePluggedIn", 0, desk.now_s, evse={"id": 1, "connector_id": 1}, id_token=token
            )
        )
        assert started.id_token_info["status"] == "Accepted"
        await desk.order(v2x_commands.limited(order(16.0, desk.now_s, "tx1"), ABILITY, version))
        await settled(desk, 1)
        again = order(10.0, desk.now_s + 10.0, "tx1", installed_until_s=NOON_S + 600.0)
        await desk.order(v2x_commands.limited(again, ABILITY, version))
        await desk.order(v2x_commands.stopped("tx1", version))
        await settled(desk, 3)
        desk.now_s += 3600.0
        sample = {"value": 5.0, "unit_of_measure": {"unit": "kWh"}}
        value = [{"timestamp": stamp_text(desk.now_s), "sampled_value": [sample]}]
        await station.call(event("Ended", "EVDeparted", 1, desk.now_s, meter_value=value))

    return story


@pytest.mark.parametrize(
    ("version", "package", "client", "second"),
    [
        (OcppVersion.V201, ocpp.v201, taking_2x(ocpp.v201), "limit"),
        (OcppVersion.V21, ocpp.v21, Client21, "update"),
    ],
)
def test_a_2_x_station_of_the_ocpp_package_has_a_whole_visit(
    version: OcppVersion, package: Any, client: type, second: str
) -> None:
    station, desk = asyncio.run(with_station(version, client, visit_2x(package, version)))

    assert desk.faults == []
    assert [type(result) for result in desk.results] == [Decoded] * 3
    assert [kind for kind, _ in station.taken] == ["limit", second, "stop"]
    assert [word.chapter for word in desk.told] == [Chapter.STARTED, Chapter.ENDED]
    assert desk.told[-1].energy_wh == 5000.0
    assert kinds(desk.events) == [
        *("StationBooted", "StationBooted", "PluggedIn", "CapabilityReported", "TokenPresented"),
        "Unplugged",
    ]

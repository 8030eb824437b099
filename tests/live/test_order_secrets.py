"""Passwords of an order reach the station and no file."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.live.ordered import Fields, Ordered, site_of, states
from tests.live.scripted import VERSIONS
from tests.live.test_orders import heard, raw
from voltloom.live.orders.kinds import OrderState
from voltloom.protocols.ocpp.orders import wishes

HIDDEN = "hunter2hunter2"
LOG = wishes.FetchLog(log="diagnostics", location=f"ftp://olga:{HIDDEN}@files/up?sig={HIDDEN}")
ANSWERS: dict[str, Fields] = {
    "GetLog": {"status": "Accepted"},
    "GetDiagnostics": {},
    "SetVariables": {
        "set_variable_result": [
            {
                "attribute_status": "Accepted",
                "component": {"name": "NetworkConfiguration"},
                "variable": {"name": "VpnPassword"},
            }
        ]
    },
    "GetVariables": {
        "get_variable_result": [
            {
                "attribute_status": "Accepted",
                "attribute_value": HIDDEN,
                "component": {"name": "NetworkConfiguration"},
                "variable": {"name": "VpnPassword"},
            }
        ]
    },
}


def kept(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize("version", VERSIONS)
def test_a_password_goes_to_the_station_and_is_in_no_file(version: str, tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered(version, ANSWERS)
            await station.join(site.ports[0][1])
            await station.boot()
            placed = await site.orders.order("CP1", LOG, by="olga", key="k1")
            again = await site.orders.order("CP1", LOG, by="olga", key="k1")
            await watch.until(placed.order.order_id, OrderState.ACCEPTED)
            sent = [fields for action, fields in station.asked if action == "GetLog"]
            await station.leave()

        assert again.order.order_id == placed.order.order_id
        assert placed.order.told["log"]["remoteLocation"] == "ftp://***@files/up?***"
        assert sent[0]["log"]["remote_location"] == LOG.location

    asyncio.run(day())
    assert b"GetLog" in kept(tmp_path)
    assert HIDDEN.encode() not in kept(tmp_path)


@pytest.mark.parametrize("version", [version for version in VERSIONS if version != "ocpp1.6"])
def test_a_secret_setting_is_done_when_the_station_says_so(version: str, tmp_path: Path) -> None:
    setting = wishes.Setting(component="NetworkConfiguration", variable="VpnPassword")

    async def day() -> None:
        async with site_of(tmp_path) as (site, watch):
            station = Ordered(version, ANSWERS)
            await station.join(site.ports[0][1])
            await station.boot()
            wish = wishes.WriteSetting(setting=setting, value=HIDDEN)
            placed = await site.orders.order("CP1", wish, by="olga")
            done = await watch.until(placed.order.order_id, OrderState.TOOK_EFFECT, OrderState.NO_EFFECT)
            sent = [fields for action, fields in station.asked if action == "SetVariables"]
            await station.leave()

        assert states(done)[-1] == "took_effect"
        assert sent[0]["set_variable_data"][0]["attribute_value"] == HIDDEN

    asyncio.run(day())
    assert HIDDEN.encode() not in kept(tmp_path)


def test_an_order_whose_answer_did_not_come_before_a_restart_is_not_sent_again(tmp_path: Path) -> None:
    async def day() -> None:
        async with site_of(tmp_path) as (site, _):
            socket = await raw(site)
            placed = await site.orders.order("CP1", LOG, by="olga", key="k1")
            await heard(socket, 2, "GetLog")  # and never answered
        await socket.close()
        async with site_of(tmp_path) as (site, _):
            async with asyncio.timeout(30.0):
                while (
                    found := site.orders.find(placed.order.order_id)
                ) is None or found.state is OrderState.SENT:
                    await asyncio.sleep(0.02)
            station = Ordered("ocpp1.6", ANSWERS)
            await station.join(site.ports[0][1])
            await station.boot()
            again = await site.orders.order("CP1", LOG, by="olga", key="k1")
            await station.leave()
            assert "GetLog" not in [action for action, _ in station.asked]

        assert (found.state, found.is_open) == (OrderState.TIMED_OUT, True)  # it may have got there
        assert again.order == placed.order

    asyncio.run(day())
    assert HIDDEN.encode() not in kept(tmp_path)

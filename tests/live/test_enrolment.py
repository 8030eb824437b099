"""Stations that nobody announced: seen, approved, rejected, and all of it known again after a restart."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest
from ocpp.routing import on
from ocpp.v16 import call, call_result
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from tests.live.demo import PLAN, Station16
from voltloom.live.config import Config, config_of
from voltloom.live.enrolment.kinds import EnrolmentError
from voltloom.live.running import opened

BOOT = call.BootNotification(
    charge_point_model="Wall 22", charge_point_vendor="Acme", firmware_version="1.4.2"
)


class Stranger(Station16):
    """Boots when it is asked to, and remembers the answers."""

    def __init__(self, name: str, socket: Any) -> None:
        super().__init__(name, socket)
        self.answers: asyncio.Queue[str] = asyncio.Queue()

    @on("TriggerMessage")  # type: ignore[untyped-decorator]  # the package ships no types
    def triggered(self, requested_message: str, **_: Any) -> Any:
        assert requested_message == "BootNotification"
        self.booting = asyncio.create_task(self.boot())
        return call_result.TriggerMessage(status="Accepted")

    async def boot(self) -> None:
        booted = await self.call(BOOT)
        await self.answers.put(booted.status)


async def stranger(port: int, name: str) -> Stranger:
    address = f"ws://127.0.0.1:{port}/ocpp/{name}"
    return Stranger(name, await connect(address, subprotocols=[Subprotocol("ocpp1.6")], proxy=None))


def one_bay_free(folder: Path) -> Config:
    tree = tomllib.loads(PLAN)
    tree["station"] = tree["station"][:1]
    return config_of(tree, folder=folder)


def test_an_approved_stranger_boots_at_once_and_keeps_its_outlet_after_a_restart(tmp_path: Path) -> None:
    asyncio.run(_approved(tmp_path))


async def _approved(folder: Path) -> None:
    config = one_bay_free(folder)
    site = await opened(config)
    new = await stranger(site.ports[0][1], "N1")
    await new.boot()
    (seen,) = site.parked()

    await site.approve("N1", ["RIGHT"], by="olga", mark=seen.mark)

    async with asyncio.timeout(20.0):
        answers = [await new.answers.get(), await new.answers.get()]
    waiting = site.parked()
    await site.stop()
    await new.leave()
    again = await opened(config)
    back = await stranger(again.ports[0][1], "N1")
    await back.boot()
    after = await back.answers.get()
    judged = await back.call(call.Authorize(id_tag="anna"))
    last_seen_s = again.enrolment.roll.last_seen_s["N1"]
    await again.stop()
    await back.leave()
    assert (seen.vendor, seen.model, seen.firmware, seen.version) == ("Acme", "Wall 22", "1.4.2", "ocpp1.6")
    assert seen.address == "127.0.0.1"
    assert seen.first_seen_s <= seen.last_seen_s <= last_seen_s
    assert (answers, waiting, after) == (["Pending", "Accepted"], (), "Accepted")
    assert judged.id_tag_info["status"] == "Accepted"
    assert again.enrolment.roll.evses_of("N1") == ("RIGHT",)


def test_a_rejected_stranger_is_told_so_and_stays_out_after_a_restart(tmp_path: Path) -> None:
    asyncio.run(_rejected(tmp_path))


async def _rejected(folder: Path) -> None:
    config = one_bay_free(folder)
    site = await opened(config)
    new = await stranger(site.ports[0][1], "N1")
    await new.boot()

    await site.reject("N1", by="olga", reason="not ours")

    async with asyncio.timeout(20.0):
        answers = [await new.answers.get(), await new.answers.get()]
    with pytest.raises(ConnectionClosed):
        await new.listening
    with pytest.raises(EnrolmentError, match="Readmit it first"):
        await site.approve("N1", ["RIGHT"], by="olga")
    await site.stop()
    again = await opened(config)
    with pytest.raises(InvalidStatus) as told:
        await stranger(again.ports[0][1], "N1")
    await again.enrolment.readmit("N1", by="olga")
    back = await stranger(again.ports[0][1], "N1")
    await back.boot()
    after = await back.answers.get()
    await again.stop()
    await back.leave()
    assert answers == ["Pending", "Rejected"]
    assert new.socket.close_code == 1008
    assert told.value.response.status_code == 403
    assert after == "Pending"


def test_an_outlet_belongs_to_one_station_until_that_is_rejected(tmp_path: Path) -> None:
    asyncio.run(_taken(tmp_path))


async def _taken(folder: Path) -> None:
    site = await opened(one_bay_free(folder))
    old = await stranger(site.ports[0][1], "CP1")
    await old.boot()
    new = await stranger(site.ports[0][1], "N1")
    refusals = []
    for evses in (["LEFT"], ["LEFFT"], [], ["RIGHT", "RIGHT"]):
        with pytest.raises(EnrolmentError) as told:
            await site.approve("N1", evses, by="olga")
        refusals.append(told.value.problem)

    await site.reject("CP1", by="olga", reason="replaced")
    await site.approve("N1", ["LEFT"], by="olga")

    with pytest.raises(ConnectionClosed):
        await old.listening
    with pytest.raises(EnrolmentError, match="has not been seen"):
        await site.approve("N2", ["RIGHT"], by="olga")
    places = {name: site.enrolment.roll.evses_of(name) for name in site.desks}
    await site.stop()
    await new.leave()
    assert refusals == ["belongs to CP1", "no such EVSE", "names no outlet", "is named twice"]
    assert places == {"N1": ("LEFT",)}


def test_a_station_that_cannot_be_asked_to_boot_is_sent_away_and_comes_again(tmp_path: Path) -> None:
    asyncio.run(_deaf(tmp_path))


async def _deaf(folder: Path) -> None:
    site = await opened(one_bay_free(folder))
    address = f"ws://127.0.0.1:{site.ports[0][1]}/ocpp/N1"
    deaf = Station16("N1", await connect(address, subprotocols=[Subprotocol("ocpp1.6")], proxy=None))
    await deaf.call(BOOT)

    await site.approve("N1", ["RIGHT"], by="olga")

    with pytest.raises(ConnectionClosed):
        await deaf.listening
    again = await stranger(site.ports[0][1], "N1")
    await again.boot()
    answer = await again.answers.get()
    await site.stop()
    await again.leave()
    assert (deaf.socket.close_code, answer) == (1012, "Accepted")

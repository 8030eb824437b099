"""Every switch between the three architectures while 24 cars charge over real sockets: nobody is ended, no fuse overloaded."""

from __future__ import annotations

import asyncio
import json
import math
from collections import Counter
from itertools import pairwise, permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.steady import SteadyClock
from voltloom.live.clock import Clock
from voltloom.live.config import config_of
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.events import ArchitectureChosen

CARS_COUNT = 24
MAIN_A, ROW_A, MOST_A = 160.0, 100.0, 32.0
SPEED_RATIO = 60.0
PERIOD_S, SAMPLED_S = 10.0, 20.0
DWELL_S = 340.0  # between two switches: a car that was paused may start again after 300 s
ADAPTIVE = ("adaptive", "adaptive-plan")
NAMES = [f"B{number:02d}" for number in range(CARS_COUNT)]


def tour(adaptive: str) -> tuple[str, ...]:
    """Return an order in which every switch between three architectures happens once."""
    return ("parallel", adaptive, "sequential", adaptive, "parallel", "sequential", "parallel")


def plan(folder: Path) -> dict[str, Any]:
    rows = {
        row: [name for number, name in enumerate(NAMES) if number % 2 == place]
        for place, row in enumerate("ns")
    }
    return {
        "site": {
            "name": "Depot",
            "time_zone": "Europe/Berlin",
            "voltage_v": 230.0,
            "circuit": [
                {"id": "main", "rating_a": MAIN_A},
                *({"id": row, "parent": "main", "rating_a": ROW_A} for row in rows),
            ],
            "evse": [
                {
                    "name": row,
                    "ids": ids,
                    "circuit": row,
                    "wiring": "three_phase",
                    "max_a": MOST_A,
                    "offline_a": 6.0,
                }
                for row, ids in rows.items()
            ],
        },
        "gateway": {"port": 0, "security_profile": 0, "allow_insecure": True},
        "journal": {"path": str(folder / "journal.db")},
        "control": {"period_s": PERIOD_S, "architecture": "parallel"},
        "access": {"free_vend": True, "concurrent": True},
        "station": [{"id": f"CP{name}", "evses": [name]} for name in NAMES],
    }


class Yard:
    """What flows under each circuit, looked at whenever a car changes what it draws."""

    def __init__(self) -> None:
        self.current_a = dict.fromkeys(NAMES, 0.0)
        self.worst_ratio = {"main": 0.0, "n": 0.0, "s": 0.0}
        self.calls: Counter[str] = Counter()

    def drawn(self, name: str, current_a: float) -> None:
        self.current_a[name] = current_a
        rows = {row: sum(list(self.current_a.values())[place::2]) for place, row in enumerate("ns")}
        for row, load_a in rows.items():
            self.worst_ratio[row] = max(self.worst_ratio[row], load_a / ROW_A)
        self.worst_ratio["main"] = max(self.worst_ratio["main"], sum(rows.values()) / MAIN_A)


class Car:
    """A station of OCPP 1.6 with a car that draws at once what it is allowed, and whose battery never fills."""

    def __init__(self, name: str, yard: Yard, clock: Clock) -> None:
        self.name, self._yard, self._clock = name, yard, clock
        self._limits_a: dict[str, float] = {}
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._register_wh = 1000.0

    async def charge(self, port: int, is_over: asyncio.Event) -> None:
        uri = f"ws://127.0.0.1:{port}/ocpp/CP{self.name}"
        async with connect(uri, subprotocols=[Subprotocol("ocpp1.6")], proxy=None) as socket:
            listening = asyncio.create_task(self._listen(socket))
            await self._call(socket, "BootNotification", chargePointModel="M", chargePointVendor="V")
            await self._call(
                socket, "StatusNotification", connectorId=1, errorCode="NoError", status="Preparing"
            )
            at = stamp_text(self._clock.now_s())
            started = await self._call(
                socket, "StartTransaction", connectorId=1, idTag=self.name, meterStart=1000, timestamp=at
            )
            await self._call(
                socket, "StatusNotification", connectorId=1, errorCode="NoError", status="Charging"
            )
            while not is_over.is_set():
                await self._measure(socket, started["transactionId"])
                await self._clock.sleep(SAMPLED_S)
            listening.cancel()

    async def _measure(self, socket: ClientConnection, transaction_id: int) -> None:
        current_a = self._yard.current_a[self.name]
        self._register_wh += 3.0 * 230.0 * current_a * SAMPLED_S / 3600.0
        samples = [
            {"value": f"{current_a}", "measurand": "Current.Import", "phase": phase, "unit": "A"}
            for phase in ("L1", "L2", "L3")
        ]
        samples.append({"value": f"{self._register_wh:.1f}", "unit": "Wh"})
        value = {"timestamp": stamp_text(self._clock.now_s()), "sampledValue": samples}
        await self._call(
            socket, "MeterValues", connectorId=1, transactionId=transaction_id, meterValue=[value]
        )

    async def _call(self, socket: ClientConnection, action: str, **payload: Any) -> dict[str, Any]:
        message_id = f"{self.name}-{len(self._answers)}"
        answer = self._answers[message_id] = asyncio.get_running_loop().create_future()
        await socket.send(json.dumps([2, message_id, action, payload]))
        told: dict[str, Any] = await answer
        return told

    async def _listen(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            if frame[0] == 3:
                self._answers[frame[1]].set_result(frame[2])
                continue
            assert frame[0] == 2, frame
            self._yard.calls[frame[2]] += 1
            if frame[2] == "SetChargingProfile":
                self._limited(frame[3]["csChargingProfiles"])
            await socket.send(
                json.dumps([3, frame[1], {} if frame[2] == "GetConfiguration" else {"status": "Accepted"}])
            )

    def _limited(self, profile: dict[str, Any]) -> None:
        limit_a = float(profile["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"])
        self._limits_a[profile["chargingProfilePurpose"]] = limit_a
        held_a = self._limits_a.get("TxProfile", self._limits_a.get("TxDefaultProfile", MOST_A))
        self._yard.drawn(self.name, held_a if held_a >= 6.0 else 0.0)


def sessions_of(site: LiveSite) -> dict[str, str]:
    return {
        seat.evse_id: seat.session.session_id for seat in site.loop.memory.seats if seat.session is not None
    }


class Toured(NamedTuple):
    """What a tour showed. most_a, least_a: what flowed at all outlets together while an architecture ruled."""

    yard: Yard
    site: LiveSite
    sessions: dict[str, str]
    most_a: dict[str, float]
    least_a: dict[str, float]


async def toured(folder: Path, adaptive: str) -> Toured:
    clock = SteadyClock(SPEED_RATIO, 1_569_880_800.0)
    site = await opened(config_of(plan(folder), folder=folder), clock)
    yard, is_over = Yard(), asyncio.Event()
    port = site.ports[0][1]
    cars = asyncio.gather(*(Car(name, yard, clock).charge(port, is_over) for name in NAMES))
    async with asyncio.timeout(60.0):
        while len(sessions_of(site)) < CARS_COUNT or sum(yard.current_a.values()) < MAIN_A / 2:
            await asyncio.sleep(0.1)
    first = sessions_of(site)
    most_a: dict[str, float] = {}
    least_a: dict[str, float] = {}
    for name in tour(adaptive)[1:]:
        await site.loop.order((ArchitectureChosen(time_s=clock.now_s(), architecture=name),), "operator")
        until_s = clock.now_s() + DWELL_S
        while clock.now_s() < until_s:
            await clock.sleep(1.0)
            least_a[name] = min(least_a.get(name, math.inf), sum(yard.current_a.values()))
        most_a[name] = max(most_a.get(name, 0.0), sum(yard.current_a.values()))
    is_over.set()
    await cars
    last = sessions_of(site)
    assert last == first
    await site.stop()
    return Toured(yard, site, last, most_a, least_a)


@pytest.mark.long
@pytest.mark.parametrize("adaptive", ADAPTIVE)
def test_every_switch_while_24_cars_charge_ends_nobody_and_overloads_nothing(
    adaptive: str, tmp_path: Path
) -> None:
    yard, site, sessions, most_a, least_a = asyncio.run(toured(tmp_path, adaptive))

    assert set(pairwise(tour(adaptive))) == set(permutations(("sequential", "parallel", adaptive), 2))
    assert len(sessions) == CARS_COUNT
    assert max(yard.worst_ratio.values()) <= 1.0 + 1e-9
    assert yard.calls["RemoteStopTransaction"] == 0
    assert site.loop.failures_count == 0
    assert site.loop.memory.architecture == "parallel"
    assert set(most_a) == {"sequential", "parallel", adaptive}
    assert min(most_a.values()) > 0.0  # they did charge, under each
    assert least_a["sequential"] > 0.0  # it takes over with a car that charges, so there is no pause

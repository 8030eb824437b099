"""Stations of all versions built on the `ocpp` package that do what they are ordered, and a site that orders."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from ocpp.routing import on
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from tests.live.demo import PLAN
from tests.live.scripted import PACKAGES, PATIENCE_S
from voltloom.live.config import config_of
from voltloom.live.orders.kinds import OrderRecord, OrderState
from voltloom.live.running import LiveSite, opened

Fields = dict[str, Any]
# What the controller asks of every station beside the orders.
_TO_THE_CONTROLLER: dict[bool, dict[str, Fields]] = {
    True: {"SetChargingProfile": {"status": "Accepted"}, "GetConfiguration": {}},
    False: {"SetChargingProfile": {"status": "Accepted"}, "GetBaseReport": {"status": "NotSupported"}},
}
After = Callable[["Ordered"], Awaitable[None]]


class Ordered:
    """One station. answers: what it says to each action. after: what it does then. asked: every CALL it was sent."""

    def __init__(self, version: str, answers: dict[str, Fields]) -> None:
        self.version, self.answers = version, {**_TO_THE_CONTROLLER[version == "ocpp1.6"], **answers}
        self.after: dict[str, After] = {}
        self.asked: list[tuple[str, Fields]] = []
        self.package = PACKAGES[version]
        self.tasks: list[asyncio.Task[None]] = []

    @property
    def is_old(self) -> bool:
        return self.version == "ocpp1.6"

    async def join(self, port: int, name: str = "CP1") -> None:
        self.socket = await connect(
            f"ws://127.0.0.1:{port}/ocpp/{name}", subprotocols=[Subprotocol(self.version)], proxy=None
        )
        self.point = _point(self)(name, self.socket)
        self.listening = asyncio.create_task(self.point.start())

    async def say(self, action: str, **fields: Any) -> Any:
        async with asyncio.timeout(PATIENCE_S):
            return await self.point.call(getattr(self.package.call, action)(**fields))

    async def boot(self) -> Any:
        if self.is_old:
            return await self.say("BootNotification", charge_point_model="M", charge_point_vendor="V")
        station = {"model": "M", "vendor_name": "V"}
        return await self.say("BootNotification", charging_station=station, reason="PowerUp")

    async def status(self, word: str, number: int = 1) -> None:
        if self.is_old:
            await self.say("StatusNotification", connector_id=number, error_code="NoError", status=word)
        else:
            place = {"evse_id": number, "connector_id": 1}
            stamp = "2026-01-01T00:00:00Z"
            await self.say("StatusNotification", timestamp=stamp, connector_status=word, **place)

    async def leave(self) -> None:
        await self.socket.close()
        for task in self.tasks:
            task.cancel()
        self.listening.cancel()
        with suppress(ConnectionClosed, asyncio.CancelledError):
            await self.listening


def _point(station: Ordered) -> Any:
    handlers: Fields = {}
    for action, answer in station.answers.items():
        handlers[f"on_{action}"] = _handler(station, action, answer)
    return type("Point", (station.package.ChargePoint,), handlers)


def _handler(station: Ordered, action: str, answer: Fields) -> Any:
    def answered(_: Any, **fields: Any) -> Any:
        station.asked.append((action, fields))
        if (after := station.after.get(action)) is not None:
            station.tasks.append(asyncio.create_task(_soon(after, station)))
        return getattr(station.package.call_result, action)(**answer)

    answered.__name__ = f"on_{action}"  # the package finds handlers by name
    return on(action)(answered)


async def _soon(after: After, station: Ordered) -> None:
    await after(station)


class Watch:
    """Every record that a site's desk told."""

    def __init__(self, site: LiveSite) -> None:
        self.told: list[OrderRecord] = []
        self.news = asyncio.Event()
        self.unsubscribe = site.orders.subscribe(self._take)

    def _take(self, record: OrderRecord) -> None:
        self.told.append(record)
        self.news.set()

    async def until(self, order_id: str, *states: OrderState) -> OrderRecord:
        """Wait until an order has come to one of some states."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    for record in self.told:
                        if record.order.order_id != order_id:
                            continue
                        if record.state in states:
                            return record
                        assert record.is_open, record
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            steps = [(r.order.action, [(s.state, s.why) for s in r.steps]) for r in self.told]
            raise AssertionError(f"{states} never came: {steps}") from None


@asynccontextmanager
async def site_of(folder: Path) -> AsyncIterator[tuple[LiveSite, Watch]]:
    """Give a site that runs, and who watches its orders."""
    site = await opened(config_of(tomllib.loads(PLAN), folder=folder))
    try:
        yield site, Watch(site)
    finally:
        await site.stop()


def states(record: OrderRecord) -> list[str]:
    """Return the states an order went through, each once."""
    found: list[str] = []
    for step in record.steps:
        if step.state.value not in found:
            found.append(step.state.value)
    return found

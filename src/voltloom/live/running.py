"""A whole site in one process: the journal is opened and read, the core started, the gateway listens, all of it drains."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress

from msgspec import Struct

from voltloom.controller.site_controller import SiteController
from voltloom.live.actuator.actuator import Actuator
from voltloom.live.actuator.talking import Shell
from voltloom.live.central import Central
from voltloom.live.config import Config
from voltloom.live.desk import Desk, heard_call
from voltloom.live.gateway.events import GatewayEvent
from voltloom.live.gateway.gateway import Gateway
from voltloom.live.gateway.settings import GatewaySettings
from voltloom.live.gateway.stations import Directory
from voltloom.live.site_loop import SiteLoop
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.hearing import Shown
from voltloom.session.authorization import Authorization, Presented, authorize
from voltloom.session.events import Event, EvseReadings
from voltloom.site.network import network_of
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal, open_journal
from voltloom.store.projecting import catch_up

PAGE_COUNT = 500
READ_MODELS_S = 5.0  # how far bills and sessions may lie behind the journal
_log = logging.getLogger("voltloom.live")


class LiveSite:
    """One running site. Made by `opened`."""

    def __init__(self, config: Config, journal: Journal) -> None:
        self.config, self.journal = config, journal
        network = network_of(config.site)
        controller = SiteController(
            site=config.site, network=network, settings=config.settings, access=config.access
        )
        evse_ids = tuple(evse.evse_id for evse in config.site.evses)
        self.desks = {name: Desk(place, evse_ids, self._judged) for name, place in config.places.items()}
        self.loop = SiteLoop(controller, config.settings, journal, self._act, self._floor)
        self.ports: tuple[tuple[str, int], ...] = ()
        self._last_id = 0
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Read the journal, then listen."""
        self.loop.warm()
        await self._recall()
        self.central = Central(self.desks, self.journal, self._heard, self._last_id)
        offline_a = tuple(evse.offline_a for evse in self.config.site.evses)
        later = asyncio.get_running_loop().call_later
        shell = Shell(self.central, self.loop.tell, time.time, later)
        self.actuator = Actuator(self.config.places, offline_a, shell)
        settings = GatewaySettings(listeners=(self.config.listener,))
        self.gateway = Gateway(settings, Directory(self.config.known), self.central, _report)
        self.central.gateway = self.gateway
        (self.ports,) = await self.gateway.start()
        self._tasks = [
            asyncio.create_task(self.loop.run()),
            asyncio.create_task(self._project()),
        ]

    async def stop(self) -> None:
        """Accept nobody, answer what was taken in, close every link with 1001, and commit."""
        await self.gateway.drain(self.central.settled())
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task
        await catch_up(self.journal)
        await self.journal.close()

    async def _recall(self) -> None:
        seq = 0
        while rows := await self.journal.rows_after(seq, PAGE_COUNT):
            seq = rows[-1].seq
            for row in rows:
                heard = heard_call(row)
                if heard is None or heard.station_id not in self.desks:
                    continue
                self._last_id = max(self._last_id, heard.transaction_id)
                understood = self.desks[heard.station_id].heard_before(heard)
                if understood is not None:
                    told = [event for event in understood.events if not isinstance(event, EvseReadings)]
                    self.loop.recall(told)

    async def _project(self) -> None:
        while True:
            await asyncio.sleep(READ_MODELS_S)
            try:
                await catch_up(self.journal)
            except StoreError as behind:  # the journal itself is whole; the next round tries again
                _log.error("sessions and bills lie behind the journal: %s", behind)

    def _act(self, command: object) -> None:
        self.actuator.act(command)  # type: ignore[arg-type]  # commands of the core

    def _floor(self, now_s: float) -> None:
        self.actuator.floor(now_s)

    def _judged(self, shown: Shown, decoded: Decoded, station_id: str) -> Authorization:
        """Judge a token; a session at the same outlet is its own, not another one."""
        access = self.config.access
        outlet = getattr(decoded.message, "connector_id", None)
        running = {
            transaction.id_token
            for name, desk in self.desks.items()
            for transaction in desk.memory.transactions
            if not transaction.is_over
            and (name != station_id or (outlet is not None and transaction.outlet != outlet))
        }
        presented = Presented(id_token=shown.id_token, kind=shown.kind)
        return authorize(presented, access.known, running, time.time(), access.backend, access.rules)

    def _heard(
        self, name: str, message: Call | Send, told: Struct | None, events: tuple[Event, ...], key: str
    ) -> None:
        if message.action == "BootNotification":
            self.actuator.rebooted(name, told)
        elif message.action == "NotifyReport":
            self.actuator.reported(name, told)
        self.actuator.heard(name, told)
        self.loop.tell(events, key)


async def opened(config: Config) -> LiveSite:
    """Return a site that listens. Raises StoreError, OSError."""
    journal = await open_journal(config.journal, node=config.node)
    try:
        site = LiveSite(config, journal)
        await site.start()
    except BaseException:
        await journal.close()
        raise
    return site


async def run(
    config: Config, told: Callable[[LiveSite], None], wait: Callable[[], asyncio.Future[None]]
) -> None:
    """Operate a site until `wait` is done, then drain. told: called once it listens."""
    site = await opened(config)
    told(site)
    await wait()
    await site.stop()


def _report(event: GatewayEvent) -> None:
    _log.info("%s %s %s %s", event.kind.value, event.identity, event.address, event.detail)

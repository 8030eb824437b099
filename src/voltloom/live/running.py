"""A whole site in one process: the journal is opened and read, the core started, the gateway listens, all of it drains."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial

from msgspec import Struct

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import Command, SetBatteries
from voltloom.decision.record import Decision
from voltloom.live.actuator.actuator import Actuator
from voltloom.live.actuator.refusals import Refusals, Refused
from voltloom.live.actuator.talking import Shell
from voltloom.live.alarming import ALARM_KIND, CONTROLLER, KNOWN_COUNT, known_alarms, restored
from voltloom.live.attendance import Attendance, Held, held_by
from voltloom.live.batteries.links import Batteries
from voltloom.live.central import Central
from voltloom.live.clock import WALL, Clock, Timer
from voltloom.live.config import Config, place_of
from voltloom.live.desk import Desk, heard_call
from voltloom.live.enrolment.deciding import Enrolment
from voltloom.live.enrolment.kinds import ParkedStation
from voltloom.live.enrolment.renewing import Renewing
from voltloom.live.enrolment.roll import Roll
from voltloom.live.gateway.events import GatewayEvent
from voltloom.live.gateway.gateway import Gateway
from voltloom.live.gateway.settings import Listener
from voltloom.live.gateway.stations import KnownStation, Standing
from voltloom.live.keeping import Keeper, Records, Shelf, marks_of
from voltloom.live.modbus import watch
from voltloom.live.orders.desk import OrderDesk
from voltloom.live.orders.notices import NoticeBoard
from voltloom.live.orders.replies import Replies
from voltloom.live.past import Beside, Past, PastError
from voltloom.live.pricing import PriceList
from voltloom.live.remembering import read_whole, remembered, rows_after
from voltloom.live.reporting import Reporter
from voltloom.live.services.prices import Buying
from voltloom.live.site_loop import Hands, SiteLoop
from voltloom.live.warming import settle, warm
from voltloom.live.wire import BatteryRead, MeterRead, events_of
from voltloom.protocols.ocpp.decoding import Decoded
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.hearing import AdmissionStatus, Scheduled, Shown
from voltloom.protocols.ocpp.needs import planned_a
from voltloom.session.alarms import AlarmKind
from voltloom.session.authorization import Authorization, Presented, authorize
from voltloom.session.events import Event
from voltloom.session.policy import Policy
from voltloom.site.network import network_of
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal, open_journal
from voltloom.store.journal_rows import newest_rows_of
from voltloom.store.projecting import catch_up

NOTICES_WITHIN_COUNT = 10_000  # rows before a restart in which notices are looked for
ENDED_WITHIN_COUNT = 100  # rows before the newest, one of which is of the latest moment
AGAIN_S = 8.0  # the last word to an inverter takes six at most
READ_MODELS_S = 5.0  # how far bills and sessions may lie behind the journal
_log = logging.getLogger("voltloom.live")


class LiveSite:
    """One running site. Made by `opened`."""

    def __init__(self, config: Config, journal: Journal, clock: Clock = WALL) -> None:
        self.config, self.journal, self.clock = config, journal, clock
        self.network = network_of(config.site)
        self.certificates: dict[str, bytes] = {}  # those that came after the start, by listener
        self._reporter = Reporter(asyncio.get_running_loop().time)
        self._controller = SiteController(
            site=config.site,
            network=self.network,
            settings=config.settings,
            access=config.access,
            tariff=config.buys,
        )
        self._evse_ids = tuple(evse.evse_id for evse in config.site.evses)
        self.ports: tuple[tuple[str, int], ...] = ()
        self.listening: tuple[tuple[Listener, tuple[tuple[str, int], ...]], ...] = ()
        self.buying: Buying | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._forget()

    def _forget(self) -> None:
        """Know what the file says, and nothing else."""
        config = self.config
        self._is_recalled, self._last_id = False, 0
        self.prices, self.refusals = PriceList(), Refusals()
        roll = Roll(
            config.known, config.places, partial(place_of, config.site), self._evse_ids, config.stated_least
        )
        self.enrolment = Enrolment(roll, self.journal, self._placed, self.clock)
        self.renewing = Renewing(self.enrolment)
        self.orders = OrderDesk(self.journal, self.clock, self._standing)
        self.notices = NoticeBoard()
        self._replies = Replies(config.signer, config.vendors, self._certificate_names, self.clock)
        self.desks: dict[str, Desk] = {}
        for name in roll.places:
            self._placed(name)
        self.attendance = Attendance(roll.places, self._holding, self.clock)
        shelf = Shelf(roll, self.desks, self.prices, self._newest_id, self._refused)
        records = Records(self.journal, Keeper(marks_of(config), shelf))
        hands = Hands(self._act, self._floor)
        self.loop = SiteLoop(self._controller, config.settings, records, hands, self.clock)

    async def start(self) -> None:
        """Read the journal, then listen."""
        settings = self.config.settings
        now_s, period_s = self.clock.now_s(), settings.period_s
        warm(self._controller, settings.architecture, now_s, period_s, self.network.discharge_a)
        away_s = await self._set_off()
        await self._remember()
        await self._recall_alarms(away_s)
        await self._recall_notices()
        await self.prices.write(self.journal, self.config.tariffs, round(self.clock.now_s() * 1000.0))
        for identity, problem in self.enrolment.roll.problems.items():
            _log.warning("%s was approved, but is answered Pending: %s", identity, problem)
        self.central = Central(self.desks, self.journal, self._heard, self._last_id, self.clock)
        self.central.untold = self.loop.untold
        self.central.greeter, self.central.overheard = self.enrolment, self._overheard
        self.central.timed = self.attendance.answered
        self.orders.central = self.central
        offline_a = tuple(evse.offline_a for evse in self.config.site.evses)
        self._is_recalled = True
        shell = Shell(self.central, self.loop.tell, self.clock.now_s, self._later, self._one_way)
        self.actuator = Actuator(self.enrolment.roll.places, offline_a, shell, self.config.rationing)
        self.actuator.recall(self.refusals.by_station)
        lease_s = self.config.settings.safety.lease_s
        self.batteries = Batteries(self.config.inverters, lease_s, self.clock, self._told)
        await self.loop.keep_start()
        self.gateway = Gateway(self.config.gateway, self.enrolment.roll.directory, self.central, self._report)
        self.central.gateway = self.enrolment.gateway = self.gateway
        self.enrolment.untold = self.loop.untold
        self.enrolment.central = self.central
        self.orders.resume()
        ports = await self.gateway.start()
        self.listening = tuple(zip(self.config.gateway.listeners, ports, strict=True))
        self.ports = tuple(address for some in ports for address in some)
        if self.config.price_service is not None:
            told = self.loop.memory.prices
            self.buying = Buying(self.config.price_service, self.clock, self.loop.order, told)
            self._tasks.append(asyncio.create_task(self.buying.run()))
        self._tasks += [
            asyncio.create_task(self.loop.run()),
            asyncio.create_task(self._project()),
            *(asyncio.create_task(watch(m, self.clock, self._told)) for m in self.config.meters.modbus),
            *self.batteries.started(),
        ]

    async def stop(self) -> None:
        """Accept nobody, answer what was taken in, close every link with 1001, and commit."""
        await self.gateway.drain(self.central.settled())
        await self.enrolment.settled()
        await self.orders.settled()
        going = set(self._tasks)
        while going:  # a library on the way may have swallowed the word, so it is said again
            for task in going:
                task.cancel()
            _, going = await asyncio.wait(going, timeout=AGAIN_S)
        await self.loop.settled()
        await catch_up(self.journal)
        await self.journal.close()

    async def _set_off(self) -> float:
        """Let the site's time begin; with a journal it goes on from where that ended. Return how long ago, inf without one."""
        head = await self.journal.head()
        # The newest row need not be of the latest moment, and whole milliseconds may be short of what a kept memory says.
        newest = await self.journal.rows_after(max(0, head.seq - ENDED_WITHIN_COUNT), ENDED_WITHIN_COUNT)
        ended_s = max(((row.at_ms + 1) / 1000.0 for row in newest), default=0.0)
        self.clock.set_off(ended_s)
        if self.clock.now_s() < ended_s:
            _log.error(
                "the journal ends %.0f s from now: the clock is wrong, or was", ended_s - self.clock.now_s()
            )
        return max(0.0, self.clock.now_s() - ended_s) if newest else math.inf

    def decided_instead(self, memory: ControllerMemory, now_s: float) -> Decision:
        """Return what would be decided on another memory. Nothing comes of it."""
        return self._controller.decide(memory, now_s)[1]

    def foreseen(
        self, memory: ControllerMemory, events: Sequence[Event], now_s: float
    ) -> tuple[ControllerMemory, Decision]:
        """Return what would be known and decided if these events were told now. Nothing comes of it."""
        told, _ = self._controller.observe(memory, tuple(events))
        return self._controller.decide(told, now_s)[:2]

    def checked_policy(self, policy: Policy) -> Policy:
        """Return a policy that can rule here, its parameters in order. Raises PolicyError."""
        return self._controller.checked(policy)

    def _one_way(self, station_id: str, why: str) -> None:
        """Tell of a station that only charges where its outlets shall feed back; "" where it can be told to."""
        if why:
            self.loop.alarms.tell(AlarmKind.ONE_WAY, station_id, why)
        else:
            self.loop.alarms.end(AlarmKind.ONE_WAY, station_id)

    def parked(self) -> tuple[ParkedStation, ...]:
        """Return the stations that wait for an operator's word."""
        return self.enrolment.parked()

    async def approve(self, identity: str, evses: Sequence[str], *, by: str, mark: str = "") -> KnownStation:
        """Let a parked station take part. Raises EnrolmentError, StoreError. See `Enrolment`."""
        return await self.enrolment.approve(identity, evses, by=by, mark=mark)

    async def reject(self, identity: str, *, by: str, reason: str = "") -> None:
        """Let a station in no more. Raises EnrolmentError, StoreError."""
        await self.enrolment.reject(identity, by=by, reason=reason)

    async def _remember(self) -> None:
        """Go on from the newest kept memory and what came after it; without one that fits, the journal tells all."""
        try:
            past = await remembered(self.journal, self.config, self._fresh_past(), self.clock.now_s())
        except PastError as unusable:
            _log.info("no kept memory is used: %s", unusable)
            self._forget()
            past = await read_whole(self.journal, self._fresh_past())
            self.loop.begin(self._controller.begun_again(past.memory, self.clock.now_s()))
        else:
            self.loop.begin(self._controller.resume(past.memory, self.clock.now_s()))
        self._last_id = past.last_id

    def _fresh_past(self) -> Past:
        memory = self._controller.start(self.clock.now_s(), self.config.settings.architecture)
        takers = (self.prices.take, self.orders.take)
        roll, prices = self.enrolment.roll, self.prices
        beside = Beside(roll, self.desks, takers, prices, self.refusals, self._placed)
        return Past(self._controller, memory, beside)

    def _newest_id(self) -> int:
        return self.central.newest_id if self._is_recalled else self._last_id

    def _refused(self) -> dict[str, Refused]:
        return self.actuator.refused() if self._is_recalled else self.refusals.by_station

    async def _recall_notices(self) -> None:
        """Take in what stations told lately."""
        head = await self.journal.head()
        async for row in rows_after(self.journal, max(0, head.seq - NOTICES_WITHIN_COUNT)):
            self.attendance.recall(row, heard := heard_call(row))
            if heard is not None:
                self.notices.recall(heard.station_id, heard.now_s, heard.action, heard.payload)

    async def _recall_alarms(self, away_s: float) -> None:
        """Know what an earlier run told, and tell of the restart. away_s: since its last word, inf where there was none."""
        if not math.isfinite(away_s):
            return
        node, memory = self.config.node, self.loop.memory
        rows = await self.journal.run(lambda c: newest_rows_of(c, node, ALARM_KIND, KNOWN_COUNT))
        self.loop.alarms.recall(known_alarms(reversed(rows)), memory.standing.alarms)
        self.loop.alarms.tell(AlarmKind.CONTROLLER_RESTARTED, CONTROLLER, restored(memory, away_s))

    async def _project(self) -> None:
        while True:
            await asyncio.sleep(READ_MODELS_S)
            try:
                await catch_up(self.journal)
            except StoreError as behind:  # the journal itself is whole; the next round tries again
                _log.error("sessions and bills lie behind the journal: %s", behind)
            except Exception:  # nor may a bug in a bill end what keeps all others
                _log.exception("sessions and bills lie behind the journal")

    def _placed(self, name: str) -> None:
        """Give a station that has another place now its desk; those that lost theirs go."""
        places = self.enrolment.roll.places
        for gone in self.desks.keys() - places.keys():
            del self.desks[gone]
        if (place := places.get(name)) is None:
            return
        meters = self.config.meters.by_station.get(name, {})
        self.desks[name] = Desk(place._replace(meters=meters), self._evse_ids, self._judged)
        self.desks[name].reply, self.desks[name].scheduled = self._replies.answer, self._scheduled
        if self._is_recalled:
            self.actuator.seat(place)

    def _told(self, read: MeterRead | BatteryRead) -> None:
        self.loop.tell(events_of(read), read)

    def _holding(self, name: str) -> tuple[Held, ...]:
        evses = (
            [outlet.evse for outlet in self.desks[name].place.outlets.values()] if name in self.desks else []
        )
        return held_by(self.network, self.loop.memory, evses, self.clock.now_s())

    def _scheduled(self, name: str) -> Scheduled:
        return self.actuator.scheduled(name)

    def _act(self, command: Command) -> None:
        if isinstance(command, SetBatteries):
            self.batteries.act(command)
        else:
            self.actuator.act(command)

    def _later(self, wait_s: float, callback: Callable[[], None]) -> Timer:
        return self.clock.call_at(self.clock.now_s() + wait_s, callback)

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
        return authorize(presented, access.known, running, self.clock.now_s(), access.backend, access.rules)

    def _certificate_names(self, station_id: str) -> frozenset[str]:
        known = self.enrolment.roll.directory.find(station_id)
        return frozenset() if known is None else frozenset({known.expected_certificate_name})

    def _overheard(self, name: str, action: str, told: Struct | None) -> None:
        self.orders.heard(name, action, told)
        self.notices.heard(name, self.clock.now_s(), action, told)
        if action == "SignCertificate" and name in self.desks:
            self.orders.soon(self._replies.sign(name, told, self.orders))

    def _standing(self, station_id: str) -> AdmissionStatus:
        """Return whether a station takes part, as it was told or will be."""
        known = self.enrolment.roll.directory.find(station_id)
        if known is not None and known.standing is Standing.REFUSED:
            return AdmissionStatus.REJECTED
        is_parked = station_id not in self.desks or self.central.link_of(station_id) is None
        return AdmissionStatus.PENDING if is_parked else AdmissionStatus.ACCEPTED

    def _report(self, event: GatewayEvent) -> None:
        self._reporter.report(event)
        self.attendance.linked(event)
        self.enrolment.noted(event)

    def _heard(
        self, name: str, message: Call | Send, told: Struct | None, events: tuple[Event, ...], key: str
    ) -> None:
        action = message.action
        if action == "BootNotification":
            self.actuator.rebooted(name, told)
            self.attendance.booted(name, told)
        elif action == "NotifyReport":
            self.actuator.reported(name, told)
        elif told is not None and action.startswith("NotifyEVCharging"):
            self._charging_told(name, action, told)
        self.actuator.heard(name, told)
        self.loop.tell(events, key)

    def _charging_told(self, name: str, action: str, told: Struct) -> None:
        """Let the actuator answer what a vehicle of ISO 15118 wants or plans."""
        number = getattr(told, "evse_id", 0)
        if action == "NotifyEVChargingNeeds":
            self.actuator.needs_told(name, number)
        elif action == "NotifyEVChargingSchedule":
            outlet = self.desks[name].place.outlets.get(number)
            if outlet is not None:
                self.actuator.renegotiate(name, number, planned_a(told, outlet))


async def opened(config: Config, clock: Clock = WALL) -> LiveSite:
    """Return a site that listens. Raises StoreError, OSError."""
    journal = await open_journal(config.journal, node=config.node)
    async with AsyncExitStack() as undone:
        undone.push_async_callback(journal.close)  # whatever goes wrong, the file must not stay locked
        site = LiveSite(config, journal, clock)
        await site.start()
        undone.pop_all()
    return site


async def run(
    config: Config,
    told: Callable[[LiveSite], None],
    wait: Callable[[], asyncio.Future[None]],
    clock: Clock = WALL,
) -> None:
    """Operate a site until `wait` is done, then drain. told: called once it listens."""
    site = await opened(config, clock)
    settle()
    told(site)
    await wait()
    await site.stop()

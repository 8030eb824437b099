"""The site's loop: the core is told every event at once, and decides on events and on a tick."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import msgspec
import numpy as np

from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import Command
from voltloom.decision.record import Decision
from voltloom.live.clock import Clock
from voltloom.live.wire import CYCLE_KIND, CoreCycle, Source, digest_of
from voltloom.session.events import (
    ArchitectureFailed,
    Event,
    EvseReadings,
    LimitsAcknowledged,
    PluggedIn,
    TokenKind,
    TokenPresented,
)
from voltloom.store.entry import Entry
from voltloom.store.errors import StoreError
from voltloom.store.journal import Journal

LEAST_BETWEEN_S = 1.0  # between two cycles that events ask for
DECISION_S = 10.0  # real seconds after which a decision counts as failed
_log = logging.getLogger("voltloom.live")


class Hands(NamedTuple):
    """What carries out what was decided, without blocking. floor: brings every outlet to its offline limit."""

    act: Callable[[Command], None]
    floor: Callable[[float], None]


class SiteLoop:
    """One controller with its memory."""

    def __init__(
        self,
        controller: SiteController,
        settings: ControlSettings,
        journal: Journal,
        hands: Hands,
        clock: Clock,
    ) -> None:
        self._controller, self._settings, self._journal = controller, settings, journal
        self._hands, self._clock = hands, clock
        self.begin()
        self._observed: list[Source] = []
        self._wanted = asyncio.Event()
        self._run_id = time.time_ns()  # names this run's rows; never a time
        self._has_failed = False
        self._aside = ThreadPoolExecutor(1, "decision")
        self._meanwhile: list[tuple[Event, ...]] | None = None
        self.cycles_count = self.failures_count = 0

    def begin(self) -> None:
        """Know nothing: any limit may be in force."""
        self.memory = self._controller.start(self._clock.now_s(), self._settings.architecture)

    def tell(self, events: Sequence[Event], source: Source) -> None:
        """Tell the core what happened, in the journal's order; what it answers goes out at once."""
        if not events:
            return
        self._observed.append(source)
        if self._meanwhile is not None:
            self._meanwhile.append(tuple(events))
        self.memory, commands = self._controller.observe(self.memory, tuple(events))
        for command in commands:
            self._hands.act(command)
        self._wanted.set()

    def recall(self, events: Sequence[Event]) -> None:
        """Tell the core what the journal has from before a restart; nobody is answered."""
        self.memory, _ = self._controller.observe(self.memory, tuple(events))

    def warm(self) -> None:
        """Run cycles with a made-up vehicle on a memory that is thrown away: compiling must not hold up stations."""
        now_s = self._clock.now_s()
        memory = self._controller.start(now_s, self._settings.architecture)
        for step in range(3):
            at_s = now_s + step * self._settings.period_s
            events: list[Event] = [
                EvseReadings(
                    time_s=at_s,
                    evses=np.array([0], dtype=np.int64),
                    sampled_s=np.array([at_s]),
                    current_a=np.array([0.0]),
                    energy_wh=np.array([0.0]),
                )
            ]
            if step == 1:
                events.append(PluggedIn(time_s=at_s, evse=0, session_id="warm"))
                events.append(TokenPresented(time_s=at_s, evse=0, id_token="", kind=TokenKind.FREE_VEND))
            memory, _ = self._controller.observe(memory, tuple(events))
            serial = np.array([memory.next_serial - 1], dtype=np.int64)
            told = LimitsAcknowledged(time_s=at_s, evses=np.array([0], dtype=np.int64), serial=serial)
            memory, _ = self._controller.observe(memory, (told,))
            memory, _, _ = self._controller.decide(memory, at_s)

    async def run(self) -> None:
        """Decide until cancelled."""
        while True:
            try:
                await self._decide()
            except Exception:  # the one place: a bug must not leave a site without limits
                _log.exception("the core failed; every outlet falls to its safe floor")
                self.failures_count += 1
                self._has_failed = True
                self._hands.floor(self._clock.now_s())
            await self._clock.sleep(min(LEAST_BETWEEN_S, self._settings.period_s))
            try:
                async with self._clock.timeout(max(0.0, self._settings.period_s - LEAST_BETWEEN_S)):
                    await self._wanted.wait()
            except TimeoutError:
                continue

    async def _decide(self) -> None:
        self._wanted.clear()
        now_s = self._clock.now_s()
        if self._has_failed:
            self.memory, _ = self._controller.observe(self.memory, (ArchitectureFailed(time_s=now_s),))
            self._has_failed = False
        before = tuple(self._observed)
        decision, commands = await self._decided_aside(now_s)
        observed, self._observed = before, self._observed[len(before) :]
        self.cycles_count += 1
        for command in commands:
            self._hands.act(command)
        cycle = CoreCycle(now_s=now_s, observed=observed, digest=digest_of(decision))
        key = f"cycle/{self._run_id}/{self.cycles_count}"
        entry = Entry(key, CYCLE_KIND, int(now_s * 1000.0), msgspec.json.encode(cycle))
        try:
            await self._journal.append(entry)
        except StoreError as unwritten:
            _log.error("a cycle was not kept: %s", unwritten)

    async def _decided_aside(self, now_s: float) -> tuple[Decision, tuple[Command, ...]]:
        """Decide beside the event loop; readings, answers and stops go on meanwhile, and are told to the memory after.

        Raises TimeoutError for a decision that takes too long; it is left to itself.
        """
        memory, self._meanwhile = self.memory, []
        deciding = asyncio.get_running_loop().run_in_executor(
            self._aside, self._controller.decide, memory, now_s
        )
        try:
            async with asyncio.timeout(DECISION_S):
                after, decision, commands = await deciding
        except TimeoutError:
            self._aside.shutdown(wait=False)
            self._aside = ThreadPoolExecutor(1, "decision")
            raise
        finally:
            meanwhile, self._meanwhile = self._meanwhile, None
        for alarm in after.alarms:
            _log.warning("%s: %s. %s. %s.", alarm.source, alarm.what, alarm.effect, alarm.next_step)
        for events in meanwhile:  # what they asked for went out when they came
            after, _ = self._controller.observe(after, events)
        self.memory = after
        return decision, commands

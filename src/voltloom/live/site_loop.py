"""The site's loop: the core is told every event at once, and decides on events and on a tick."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple

import msgspec

from voltloom.controller.memory import ControllerMemory
from voltloom.controller.settings import ControlSettings
from voltloom.controller.site_controller import SiteController
from voltloom.decision.command import Command, SetBatteries, SetLimits
from voltloom.decision.record import Decision, Mode
from voltloom.live.alarming import CONTROLLER, JOURNAL, Alarms
from voltloom.live.aside import Aside
from voltloom.live.clock import Clock
from voltloom.live.frozen import FrozenError, frozen, thawed
from voltloom.live.keeping import Kept, Records
from voltloom.live.logbook import Logbook
from voltloom.live.putting_out import Leases, Out, is_newest, split
from voltloom.live.urgency import is_too_much
from voltloom.live.wire import (
    CYCLE_KIND,
    CYCLE_VERSION,
    TOLD_KIND,
    CoreCycle,
    Source,
    changed_since,
    digest_of,
)
from voltloom.session.alarms import AlarmKind
from voltloom.session.events import Event, EvseReadings
from voltloom.store.entry import LARGEST, Entry
from voltloom.store.errors import StoreError

LEAST_BETWEEN_S = 1.0  # between two cycles that events ask for
URGENT_BETWEEN_S = 0.01  # real seconds, before a cycle that a reading of too much asks for
MEMORY_EVERY_S = 900.0  # a restart runs the cycles since the last kept memory again
MEMORY_EVERY_COUNT = 20_000  # rows told since then
MEMORY_LATE_RATIO = 2.0  # times as long: then the decision before it holds up stations: nothing comes between
_log = logging.getLogger("voltloom.live")


class Hands(NamedTuple):
    """What carries out what was decided, without blocking. floor: brings every outlet to its offline limit."""

    act: Callable[[Command], None]
    floor: Callable[[float], None]


class SiteLoop:
    """One controller with its memory.

    A limit that rises either way, or a lease that is made longer, goes out once its cycle is durable, a battery's power likewise: a restart
    then never knows less than what may be drawn. What falls goes out at once. While the journal does not write, what went out before is
    renewed all the same: a restart counts on such leases (`falling.resumed`). `untold` holds the keys of rows that are being made
    durable and of which the core was not told yet.

    A decision runs beside the event loop. What is told meanwhile is observed at once, for what it asks for, and again
    on the decided memory; it stands in the next cycle's row, so a replay observes the same on the same memory.
    """

    def __init__(
        self,
        controller: SiteController,
        settings: ControlSettings,
        records: Records,
        hands: Hands,
        clock: Clock,
    ) -> None:
        self._controller, self._settings = controller, settings
        self._records, self._hands, self._clock = records, hands, clock
        self.untold: set[str] = set()
        self.logbook, self._aside = Logbook(), Aside()
        self._observed: list[Source] = []
        self._meanwhile: list[tuple[Event, ...]] | None = None
        self._shown: Decision | None = None
        self._wanted, self._urgent = asyncio.Event(), asyncio.Event()
        self._run_id = time.time_ns()  # names this run's rows; never a time
        self.alarms = Alarms(self.logbook, clock.now_s, self._run_id)
        self._keeping: set[asyncio.Task[None]] = set()
        self._has_gap = False
        self._told_count = self._ordered_count = self._kept_count = 0
        self.cycles_count = self.failures_count = self.late_count = 0
        self._readings: list[Event] = []  # that the memory was not told yet
        self._memory: ControllerMemory
        self.begin(controller.start(clock.now_s(), settings.architecture))

    def begin(self, memory: ControllerMemory) -> None:
        """Take over a memory."""
        self.memory = memory
        self._out = Out(memory)
        self._memory_kept_s = self._clock.now_s()

    @property
    def memory(self) -> ControllerMemory:
        """What the core knows, with everything that it was told."""
        if self._readings:
            readings, self._readings = self._readings, []
            self._memory, _ = self._controller.observe(self._memory, readings)
        return self._memory

    @memory.setter
    def memory(self, memory: ControllerMemory) -> None:
        self._memory = memory
        self._readings = []

    async def keep_start(self) -> None:
        """Write the memory that this run goes on from. Raises StoreError."""
        await self._records.journal.append(self._memory_entry(is_start=True))

    def tell(self, events: Sequence[Event], source: Source) -> None:
        """Tell the core what happened, in the journal's order; what it answers goes out at once.

        source: the key of the durable row that tells it, or what no row of its own tells.
        """
        if not events:
            return
        commands: Sequence[Command] = ()
        if all(isinstance(event, EvseReadings) for event in events):
            # Nothing answers them at once, and many together cost little more than one.
            self._readings += events
        else:
            self.memory, commands = self._controller.observe(self.memory, tuple(events))
        self._observed.append(source)
        if self._meanwhile is not None:
            self._meanwhile.append(tuple(events))
        self._told_count += 1
        for command in commands:  # now that a replay knows of the event, whatever becomes of a command
            self._hands.act(command)
        self._wanted.set()
        limit_a, rating_a = self._memory.grants.limit_a, self._controller.rating_a
        if is_too_much(events, limit_a, rating_a, self._settings.safety.obey_tolerance_a):
            self._urgent.set()

    async def order(self, events: Sequence[Event], by: str, once: str = "") -> str:
        """Tell the core what no station told: an operator's or a driver's word. It is durable before it counts.

        by: who gave it, a part of the row's key. once: the giver's own name for it, "" for none; see `ordered`. Returns the
        key. Raises StoreError, and what `observe` raises.
        """
        self._controller.observe(self.memory, tuple(events))  # what it cannot take must not be written
        self._ordered_count += 1
        key = _key_once(by, once) if once else f"told/{by}/{self._run_id}/{self._ordered_count}"
        entry = Entry(key, TOLD_KIND, int(self._clock.now_s() * 1000.0), frozen(tuple(events)))
        self.untold.add(key)
        try:
            await self._records.journal.append(entry)
            self.tell(events, key)
        finally:
            self.untold.discard(key)
        return key

    async def ordered(self, by: str, once: str) -> tuple[Event, ...] | None:
        """Return what a giver ordered under a name of its own, also before a restart; None for nothing yet.

        What another version wrote and this one cannot read is (). Raises StoreError.
        """
        rows = await self._records.journal.rows_before(LARGEST, (_key_once(by, once),))
        try:
            return tuple(thawed(rows[0].payload)) if rows else None
        except FrozenError:
            return ()

    async def run(self) -> None:
        """Decide until cancelled."""
        while True:
            for way, failed in (
                (self._decide_in_time, "the core failed; every outlet falls to its safe floor"),
                (self._fall, "not even the floor is known to the core; it is sent all the same"),
                (self._floor, "the floor could not be sent; leases end by themselves"),
            ):
                try:
                    await way()
                    break
                except Exception as wrong:  # the one place: a bug must not leave a site without limits
                    _log.exception(failed)
                    self.alarms.failure = f"{type(wrong).__name__} {wrong}".strip()
            await self._pause()
            with suppress(TimeoutError):
                async with self._clock.timeout(max(0.0, self._settings.period_s - LEAST_BETWEEN_S)):
                    await self._wanted.wait()

    async def _pause(self) -> None:
        """Let some time pass between two cycles; less where more flows than was allowed."""
        await asyncio.sleep(URGENT_BETWEEN_S)
        with suppress(TimeoutError):
            async with self._clock.timeout(min(LEAST_BETWEEN_S, self._settings.period_s)):
                await self._urgent.wait()

    async def settled(self) -> None:
        """Write what is still to be written, and the memory, so that the next run goes on from here."""
        self._aside.close()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        try:
            is_start = self._has_gap or bool(self._observed)
            for entry in (*self._memory_entries(is_start=is_start), *self.alarms.entries()):
                await self._records.journal.append(entry)
        except StoreError as unwritten:
            _log.error("the memory was not kept: %s", unwritten)

    async def _decide_in_time(self) -> None:
        """Decide; where the architecture takes too long, once more without it, as if it had failed."""
        try:
            await self._decide(is_doubted=False)
        except TimeoutError:
            if self.memory.architecture_failed or self.memory.trust.mode is not Mode.CHOSEN:
                raise
            self.late_count += 1
            self.alarms.tell(AlarmKind.OPTIMISER_LATE, CONTROLLER, self.memory.architecture)
            await self._decide(is_doubted=True)

    async def _decide(self, *, is_doubted: bool) -> None:
        for task in [task for task in self._keeping if task.done()]:
            self._keeping.discard(task)
            task.result()
        self._wanted.clear()
        self._urgent.clear()
        if self._clock.jumped_s():  # what was given before may last longer than its end says now
            self.memory, self._has_gap = self._controller.resume(self.memory, self._clock.now_s()), True
        now_s, before_count = self._clock.now_s(), len(self._observed)
        if is_doubted:
            self.memory = self._controller.doubt(self.memory)
        began_s = time.perf_counter()
        if self._is_memory_due(MEMORY_LATE_RATIO, now_s):
            decided, decision, commands = self._controller.decide(self.memory, now_s)
            self.memory = decided
        else:
            decided, decision, commands = await self._decided_aside(now_s)
        took_s = time.perf_counter() - began_s
        kept = self._kept_with(now_s, before_count)
        before, self._shown = self._shown, decision

        def cycle() -> CoreCycle:
            self.alarms.take(decided)  # their rows are written with the cycle's
            return CoreCycle(
                number=self.cycles_count,
                now_s=now_s,
                observed=tuple(self._observed[:before_count]),
                digest=digest_of(decision),
                changed=changed_since(before, decision),
                is_after_gap=self._has_gap,
                is_doubted=is_doubted,
            )

        self._carry_out(commands, kept, cycle)
        self.logbook.decided(decision, decided, took_s)
        self.alarms.went_well(decision)

    async def _decided_aside(self, now_s: float) -> tuple[ControllerMemory, Decision, tuple[Command, ...]]:
        """Decide beside the event loop; readings, answers and stops go on meanwhile, and are told to the memory after.

        Raises TimeoutError. Where anything is raised, the memory is the one before with all that was told since.
        """
        decide = partial(self._controller.decide, self.memory, now_s)
        self._meanwhile = []
        try:
            decided, decision, commands = await self._aside.run(decide)
        finally:
            meanwhile, self._meanwhile = self._meanwhile, None
        after = decided
        for events in meanwhile or ():  # what they asked for went out when they came
            after, _ = self._controller.observe(after, events)
        self.memory = after
        return decided, decision, commands

    async def _fall(self) -> None:
        """Bring every outlet to its offline limit; the memory knows it."""
        self.failures_count += 1
        now_s = self._clock.now_s()
        self.memory, commands = self._controller.fall(self.memory, now_s)
        kept = self._kept_with(now_s, len(self._observed))

        def cycle() -> CoreCycle:
            return CoreCycle(
                number=self.cycles_count,
                now_s=now_s,
                observed=tuple(self._observed[: kept.told_count]),
                digest="",
                is_fallen=True,
                is_after_gap=self._has_gap,
            )

        self._carry_out(commands, kept, cycle)
        self.alarms.failed(self.memory)

    async def _floor(self) -> None:
        """Bring every outlet to its offline limit without the core; its memory does not know."""
        self._hands.floor(self._clock.now_s())
        self.alarms.failed(self.memory)

    def _carry_out(self, commands: Sequence[Command], kept: Kept, cycle_of: Callable[[], CoreCycle]) -> None:
        """Let out what only lowers, and what is no limit; then write the cycle, after which the rest goes out.

        What the memory knows must stand in a row, whatever becomes of a command. cycle_of: makes the row's content, which
        takes longer than lowering may wait.
        """
        later: list[Leases] = []
        try:
            for command in commands:
                if isinstance(command, SetLimits | SetBatteries):
                    now, after = self._out.parts(command)
                    later += after
                    for part in now:
                        self._put_out(part)
                else:
                    self._hands.act(command)
        finally:
            self.cycles_count += 1
            self._write(cycle_of(), kept, later)

    def _kept_with(self, now_s: float, told_count: int) -> Kept:
        """Return what is to be kept with a cycle, before anything more is told.

        told_count: what its decision knows of what was told since the last one. A memory after a gap knows all of it.
        """
        if self._has_gap:
            return Kept(self._memory_entries(is_start=True), len(self._observed))
        if len(self._observed) == told_count and self._is_memory_due(1.0, now_s):
            return Kept(self._memory_entries(is_start=False), told_count)
        return Kept((), told_count)

    def _write(self, cycle: CoreCycle, kept: Kept, later: Sequence[Leases]) -> None:
        """Write a cycle, before anything that comes after its memory was made. later: what goes out once it is durable."""
        del self._observed[: kept.told_count]
        key = f"cycle/{self._run_id}/{cycle.number}"
        at_ms = int(cycle.now_s * 1000.0)
        entry = Entry(key, CYCLE_KIND, at_ms, msgspec.json.encode(cycle), CYCLE_VERSION)
        self._has_gap = False
        entries = (entry, *kept.memory, *self.alarms.entries())
        written = self._records.put(entries)
        self._keeping.add(asyncio.create_task(self._keep(entries, written, later)))

    def _is_memory_due(self, late_ratio: float, now_s: float) -> bool:
        is_old = now_s - self._memory_kept_s >= late_ratio * MEMORY_EVERY_S
        return is_old or self._told_count >= late_ratio * MEMORY_EVERY_COUNT

    async def _keep(
        self, entries: Sequence[Entry], written: Awaitable[object], later: Sequence[Leases]
    ) -> None:
        try:
            await written
        except StoreError as unwritten:
            self.alarms.unwritten(entries)
            self._unwritten(str(unwritten).rstrip("."))
            later = [self._out.lowered(command) for command in later]
        else:
            self.alarms.end(AlarmKind.JOURNAL_FAILING, JOURNAL)
        for command in later:
            for part in split(command, is_newest(command, self.memory))[0]:
                self._put_out(part)

    def _unwritten(self, why: str) -> None:
        """Take in that a cycle was not kept: nothing rises, but what went out before is renewed, else a full disk would
        let every station fall to its default.
        """
        self._has_gap = True
        self.alarms.tell(AlarmKind.JOURNAL_FAILING, JOURNAL, why)

    def _put_out(self, command: Leases) -> None:
        """Let limits go out. What went out last tells a fall from a rise: a limit that still waits lets nobody rise."""
        self._out.note(command)
        self._hands.act(command)

    def _memory_entries(self, *, is_start: bool) -> tuple[Entry, ...]:
        """Return the row of the memory, nothing where it cannot be made: that must not cost a cycle."""
        try:
            return (self._memory_entry(is_start=is_start),)
        except FrozenError as wrong:
            _log.error("the memory cannot be kept: %s", wrong)
            return ()

    def _memory_entry(self, *, is_start: bool) -> Entry:
        now_s = self._clock.now_s()
        self._memory_kept_s, self._told_count = now_s, 0
        self._kept_count += 1
        key = f"memory/{self._run_id}/{self._kept_count}"
        untold = tuple(sorted(self.untold))
        return self._records.keeper.entry(key, self.memory, now_s, untold, is_start=is_start)


def _key_once(by: str, once: str) -> str:
    return f"told/{by}/once/{hashlib.blake2b(once.encode(), digest_size=16).hexdigest()}"

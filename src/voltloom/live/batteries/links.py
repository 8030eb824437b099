"""The links to a site's batteries: each is read and written in a loop of its own; what one tells, the core is told."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, NamedTuple

from voltloom.decision.command import SetBatteries
from voltloom.live.batteries.holding import SPARE_RATIO, Holding, Lease, rewrite_s
from voltloom.live.clock import Clock
from voltloom.live.modbus import ANSWER_S, FAILURES, Device, Health, Line, Register
from voltloom.live.wire import BatteryRead

BEATS_COUNT: Final = 0x8000  # a heartbeat counts up to here and begins anew: it fits every encoding
TOLERANCE_RATIO: Final = (
    0.02  # a state of charge so far beyond empty or full is a coarse scale, further is a wrong one
)
_log = logging.getLogger("voltloom.live")


class Inverter(NamedTuple):
    """A battery's inverter. setpoint, power: W, charge positive. soc: 0 to 1. heartbeat: counted up with every round.
    timeout: gets rests_after_s. rests_after_s: after so long without a write it rests by itself; 0 for one that never does.
    """

    battery_id: str
    device: Device
    setpoint: Register
    power: Register
    soc: Register
    heartbeat: Register | None
    timeout: Register | None
    rests_after_s: float
    period_s: float


class Batteries:
    """All links, in the order of the site's batteries."""

    def __init__(
        self,
        inverters: Sequence[Inverter],
        lease_s: float,
        clock: Clock,
        tell: Callable[[BatteryRead], None],
    ) -> None:
        self.links = tuple(
            Link(number, inverter, lease_s, clock, tell) for number, inverter in enumerate(inverters)
        )

    def act(self, command: SetBatteries) -> None:
        """Carry out a command without waiting for it."""
        columns = command.power_w, command.lease_until_s, command.serial
        for battery, *lease in zip(command.batteries.tolist(), *(c.tolist() for c in columns), strict=True):
            self.links[battery].take(Lease(*lease))

    def started(self) -> list[asyncio.Task[None]]:
        """Return the tasks that keep the links; a link whose task is cancelled lets its battery rest first."""
        return [asyncio.create_task(link.run()) for link in self.links]


class Link:
    """One battery's. failures_count: rounds in which the inverter could not be read or written."""

    def __init__(
        self,
        number: int,
        inverter: Inverter,
        lease_s: float,
        clock: Clock,
        tell: Callable[[BatteryRead], None],
    ) -> None:
        self._number, self._inverter, self._clock, self._tell = number, inverter, clock, tell
        rests_after_s = inverter.rests_after_s
        spare_s = min(lease_s * SPARE_RATIO, ANSWER_S * clock.speed_ratio)
        self._holding = Holding(rests_after_s, spare_s, rewrite_s(lease_s, rests_after_s))
        self._news = asyncio.Event()
        self._beat = 0
        self._health = Health(f"battery {inverter.battery_id} at {inverter.device}")
        self._is_sane = True
        self.failures_count = 0

    def take(self, lease: Lease) -> None:
        """Hold a power; it is written at once."""
        self._holding.take(lease)
        self._news.set()

    async def run(self) -> None:
        """Write and read until cancelled; then rest."""
        try:
            async with Line(self._inverter.device) as line:
                while True:
                    await self._round(line)
                    with suppress(TimeoutError):
                        async with self._clock.timeout(self._inverter.period_s):
                            await self._news.wait()
        finally:
            with suppress(*FAILURES):
                async with Line(self._inverter.device) as last, asyncio.timeout(ANSWER_S):
                    await last.write(self._inverter.setpoint, 0.0)

    async def _round(self, line: Line) -> None:
        self._news.clear()
        try:
            await self._write(line)
        except FAILURES as silent:
            # An inverter that takes nothing may still tell what it does, under the serial that it took last.
            self._holding.doubts()
            self.failures_count += 1
            self._health.fails(silent)
        else:
            self._health.is_well()
        try:
            await self._read(line)
        except FAILURES as silent:
            self.failures_count += 1
            self._health.fails(silent)

    async def _write(self, line: Line) -> None:
        """Write what is due. The time that counts is the one before: until then a lease is what it was."""
        inverter, now_s = self._inverter, self._clock.now_s()
        lease = self._holding.due(now_s)
        if lease is not None:
            # Rest needs no watchdog, so nothing may stand in its way; any other power does.
            if inverter.timeout is not None and lease.power_w != 0.0:
                await line.write(inverter.timeout, inverter.rests_after_s / inverter.timeout.per_unit)
            await line.write(inverter.setpoint, lease.power_w / inverter.setpoint.per_unit)
            self._holding.wrote(lease, now_s)
        if inverter.heartbeat is not None:
            self._beat = (self._beat + 1) % BEATS_COUNT
            await line.write(inverter.heartbeat, self._beat)

    async def _read(self, line: Line) -> None:
        serial = self._holding.serial
        power_w = await line.read(self._inverter.power)
        soc_ratio = await line.read(self._inverter.soc)
        is_sane = math.isfinite(power_w) and -TOLERANCE_RATIO <= soc_ratio <= 1.0 + TOLERANCE_RATIO
        if is_sane:
            self._tell(
                BatteryRead(
                    time_s=self._clock.now_s(),
                    battery=self._number,
                    power_w=power_w,
                    soc_ratio=min(max(soc_ratio, 0.0), 1.0),
                    serial=serial,
                )
            )
        elif self._is_sane:
            what = "battery %s tells what cannot be (%g W, state of charge %g of 1): it counts as silent"
            _log.warning(what, self._inverter.battery_id, power_w, soc_ratio)
        self._is_sane = is_sane

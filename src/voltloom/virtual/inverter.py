"""A battery's inverter and the meter of the grid connection above it, behind one Modbus/TCP address; they share a clock.

The inverter takes a setpoint, and rests by itself when it hears nothing for as long as its watchdog waits.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, Final

from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from voltloom.units import wh_from_w
from voltloom.virtual.fleet import Clock

INVERTER, METER = 1, 2  # the units behind the address
SETPOINT, TIMEOUT, HEARTBEAT, POWER, SOC = 0, 2, 3, 4, 6  # registers: W and W as int32, s, a count, 0.01 %
LINES: Final = (0, 2, 4)  # registers of the meter: A of L1, L2, L3 as float32
LINE_V: Final = 230.0
CHARGE_RATIO = DISCHARGE_RATIO = 0.96
SOC_UNITS: Final = 10_000.0


class Cells:
    """What an inverter holds and does. most_w: what it charges or discharges with at most. heard_s: its last word.

    timeout_s: it rests when it hears nothing for so long. ignores: takes every setpoint and stays at the old one.
    """

    def __init__(
        self, *, capacity_wh: float, most_w: float, soc_ratio: float, timeout_s: float, now_s: float
    ) -> None:
        self.capacity_wh, self.most_w = capacity_wh, most_w
        self.soc_ratio, self.timeout_s = soc_ratio, timeout_s
        self.now_s = self.heard_s = now_s
        self.told_w, self.ignores = 0.0, False

    @property
    def power_w(self) -> float:
        """Return what flows now, charge positive."""
        if (self.soc_ratio >= 1.0 and self.told_w > 0.0) or (self.soc_ratio <= 0.0 and self.told_w < 0.0):
            return 0.0
        return min(max(self.told_w, -self.most_w), self.most_w)

    def pass_time(self, now_s: float) -> None:
        """Let it flow until now; the watchdog ends it in between where its time came."""
        ends_s = self.heard_s + self.timeout_s
        if self.now_s < ends_s <= now_s and not self.ignores:
            self._flow(ends_s)
            self.told_w = 0.0
        self._flow(now_s)

    def take(self, power_w: float) -> None:
        """Take a setpoint."""
        if not self.ignores:
            self.told_w = power_w

    def _flow(self, until_s: float) -> None:
        through_wh = wh_from_w(self.power_w, max(0.0, until_s - self.now_s))
        kept_wh = through_wh * CHARGE_RATIO if through_wh > 0.0 else through_wh / DISCHARGE_RATIO
        self.soc_ratio = min(max(self.soc_ratio + kept_wh / self.capacity_wh, 0.0), 1.0)
        self.now_s = max(self.now_s, until_s)


class Inverter:
    """The server. other_a: what the site draws beside the battery on L1, L2, L3, shown by the meter with it. is_mute: answers
    nobody. writes: every setpoint that came, W. beats_count: how often its heartbeat was written.
    """

    def __init__(self, cells: Cells, clock: Clock, other_a: Callable[[], Sequence[float]]) -> None:
        self.cells, self.is_mute = cells, False
        self.writes: list[float] = []
        self.beats_count = 0
        self._clock, self._other_a = clock, other_a
        self._server: ModbusTcpServer | None = None

    async def start(self, host: str, port: int = 0) -> int:
        """Listen; return the port. Raises OSError where it is taken."""
        battery = SimDevice(
            id=INVERTER,
            simdata=[SimData(0, count=SOC + 1, values=0, datatype=DataType.REGISTERS)],
            action=self._inverter_asked,
        )
        meter = SimDevice(
            id=METER,
            simdata=[SimData(0, count=LINES[-1] + 2, values=0, datatype=DataType.REGISTERS)],
            action=self._meter_asked,
        )
        self._server = ModbusTcpServer([battery, meter], address=(host, port))
        if not await self._server.listen():
            raise OSError(f"{host}:{port}")
        server: Any = self._server.transport
        found: int = server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Listen no more."""
        if self._server is not None:
            await self._server.shutdown()  # type: ignore[no-untyped-call]  # the package types half of itself
            self._server = None

    @property
    def lines_a(self) -> tuple[float, ...]:
        """Return what the meter shows now, L1 first."""
        self.cells.pass_time(self._clock.now_s())
        return tuple(other_a + self.cells.power_w / (3.0 * LINE_V) for other_a in self._other_a())

    async def _inverter_asked(
        self,
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        if self.is_mute:
            return ExcCodes.GATEWAY_NO_RESPONSE
        cells, now_s = self.cells, self._clock.now_s()
        cells.pass_time(now_s)
        if values is not None:
            words = [int(word) for word in values]
            cells.heard_s = now_s
            if address == SETPOINT and count == 2:
                power_w = float(_int32(words))
                self.writes.append(power_w)
                cells.take(power_w)
            elif address == HEARTBEAT and count == 1:
                self.beats_count += 1
            elif address == TIMEOUT and count == 1:
                cells.timeout_s = float(words[0])
        registers[POWER : POWER + 2] = _words(round(cells.power_w))
        registers[SOC] = round(cells.soc_ratio * SOC_UNITS)
        return None

    async def _meter_asked(
        self,
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        registers: list[int],
        values: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        for line, line_a in zip(LINES, self.lines_a, strict=True):
            registers[line : line + 2] = _float_words(line_a)
        return None


def _int32(words: list[int]) -> int:
    return int.from_bytes(b"".join(word.to_bytes(2, "big") for word in words), "big", signed=True)


def _words(number: int) -> list[int]:
    data = number.to_bytes(4, "big", signed=True)
    return [int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big")]


def _float_words(line_a: float) -> list[int]:
    data = struct.pack(">f", line_a)
    return [int.from_bytes(data[:2], "big"), int.from_bytes(data[2:], "big")]

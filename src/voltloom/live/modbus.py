"""Modbus/TCP: devices' registers as numbers; circuit meters, each in a loop of its own: no slow one delays another."""

from __future__ import annotations

import asyncio
import logging
import math
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, NamedTuple

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from voltloom.live.clock import Clock
from voltloom.live.wire import MeterRead

ANSWER_S = 3.0
FAILURES: Final = (
    ModbusException,
    OSError,
    TimeoutError,
)  # what a device does that cannot be read or written
_log = logging.getLogger("voltloom.live")


class Register(NamedTuple):
    """Where a number stands and how it is written. per_unit: what one of it means."""

    address: int
    encoding: str
    per_unit: float
    is_input: bool = False
    is_low_word_first: bool = False


class Device(NamedTuple):
    """A device and where it is reached. number: the unit behind a gateway."""

    host: str
    port: int
    number: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}/{self.number}"


class ModbusMeter(NamedTuple):
    """A meter: registers of the currents of rows, in the same order; per_unit below zero where its transformers are turned."""

    device: Device
    rows: tuple[int, ...]
    registers: tuple[Register, ...]
    period_s: float


class Line:
    """A connection to a device, opened when it is needed and again after it broke; closed with its context."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._client = AsyncModbusTcpClient(
            device.host, port=device.port, timeout=ANSWER_S, retries=0, reconnect_delay=0
        )

    async def __aenter__(self) -> Line:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._client.close()

    async def read(self, register: Register) -> float:
        """Return the number in a register. Raises one of FAILURES."""
        await self._connect()
        client = self._client
        ask = client.read_input_registers if register.is_input else client.read_holding_registers
        form = self._form(register)
        async with asyncio.timeout(2.0 * ANSWER_S):
            answer = await ask(register.address, count=form.value[1], device_id=self._device.number)
        if answer.isError():
            raise ModbusException(f"register {register.address}: {answer}")
        value = client.convert_from_registers(answer.registers, form, _order(register))
        return float(value) * register.per_unit  # type: ignore[arg-type]  # one number of this form

    async def write(self, register: Register, units_count: float) -> None:
        """Write how many of its units a register is to hold, rounded where it holds whole ones. Raises one of FAILURES."""
        await self._connect()
        client, form = self._client, self._form(register)
        number = units_count if register.encoding == "float32" else round(units_count)
        words = client.convert_to_registers(number, form, _order(register))
        async with asyncio.timeout(2.0 * ANSWER_S):
            answer = await client.write_registers(register.address, words, device_id=self._device.number)
        if answer.isError():
            raise ModbusException(f"register {register.address}: {answer}")

    async def _connect(self) -> None:
        async with asyncio.timeout(2.0 * ANSWER_S):
            if self._client.connected:
                return
            if not await self._client.connect():
                raise ConnectionError("no connection")
        # What was not sent when a connection broke must not arrive later: closing it discards that.
        transport: Any = self._client.ctx.transport
        if transport is not None and (sock := transport.get_extra_info("socket")) is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _form(self, register: Register) -> Any:
        return self._client.DATATYPE[register.encoding.upper()]


async def watch(meter: ModbusMeter, clock: Clock, tell: Callable[[MeterRead], None]) -> None:
    """Read a meter until cancelled. One that does not answer tells nothing: its age is what the core sees."""
    health = Health(f"meter {meter.device}")
    async with Line(meter.device) as line:
        while True:
            try:
                currents_a = [await line.read(register) for register in meter.registers]
            except FAILURES as silent:
                health.fails(silent)
            else:
                health.is_well()
                told = [
                    (row, current_a)
                    for row, current_a in zip(meter.rows, currents_a, strict=True)
                    if math.isfinite(current_a)
                ]
                if told:
                    rows, finite_a = zip(*told, strict=True)
                    tell(MeterRead(time_s=clock.now_s(), rows=rows, current_a=finite_a))
            await clock.sleep(meter.period_s)


class Health:
    """Tells the log once that a device fails, and once that it answers again."""

    def __init__(self, name: str) -> None:
        self._name, self._failing = name, False

    def fails(self, why: BaseException) -> None:
        """Take note of a failure."""
        if not self._failing:
            _log.warning("%s does not answer: %s", self._name, str(why) or type(why).__name__)
        self._failing = True

    def is_well(self) -> None:
        """Take note of an answer."""
        if self._failing:
            _log.warning("%s answers again", self._name)
        self._failing = False


def _order(register: Register) -> Any:
    return "little" if register.is_low_word_first else "big"

"""Circuit meters by Modbus/TCP, each read in a loop of its own: no slow meter delays another, nor does a decision."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from pymodbus.client import AsyncModbusTcpClient
from pymodbus.exceptions import ModbusException

from voltloom.live.clock import Clock
from voltloom.live.wire import MeterRead

ANSWER_S = 3.0
_log = logging.getLogger("voltloom.live")


class ModbusMeter(NamedTuple):
    """A meter: registers of the currents of rows, in the same order. encoding: how a value is written.

    a_per_unit: of a register; below zero where the transformers are turned round.
    """

    host: str
    port: int
    device: int
    rows: tuple[int, ...]
    registers: tuple[int, ...]
    encoding: str
    is_input: bool
    a_per_unit: float
    period_s: float


async def watch(meter: ModbusMeter, clock: Clock, tell: Callable[[MeterRead], None]) -> None:
    """Read a meter until cancelled. One that does not answer tells nothing: its age is what the core sees."""
    name = f"meter {meter.host}:{meter.port}/{meter.device}"
    is_well = True
    async with _opened(meter) as client:
        while True:
            try:
                currents_a = await _read(client, meter)
            except (ModbusException, OSError, TimeoutError) as silent:
                if is_well:
                    _log.warning("%s does not answer: %s", name, silent)
                is_well = False
            else:
                if not is_well:
                    _log.warning("%s answers again", name)
                is_well = True
                told = [
                    (row, current_a)
                    for row, current_a in zip(meter.rows, currents_a, strict=True)
                    if math.isfinite(current_a)
                ]
                if told:
                    rows, finite_a = zip(*told, strict=True)
                    tell(MeterRead(time_s=clock.now_s(), rows=rows, current_a=finite_a))
            await clock.sleep(meter.period_s)


class _opened:  # noqa: N801  a context manager, used like a function
    def __init__(self, meter: ModbusMeter) -> None:
        self._client = AsyncModbusTcpClient(
            meter.host, port=meter.port, timeout=ANSWER_S, retries=0, reconnect_delay=0
        )

    async def __aenter__(self) -> AsyncModbusTcpClient:
        return self._client

    async def __aexit__(self, *_: object) -> None:
        with suppress(OSError):
            self._client.close()


async def _read(client: AsyncModbusTcpClient, meter: ModbusMeter) -> list[float]:
    """Return the currents. Raises ModbusException, OSError, TimeoutError."""
    async with asyncio.timeout(2.0 * ANSWER_S):
        if not client.connected and not await client.connect():
            raise ConnectionError("no connection")
        ask = client.read_input_registers if meter.is_input else client.read_holding_registers
        form = client.DATATYPE[meter.encoding.upper()]
        found = []
        for register in meter.registers:
            answer = await ask(register, count=form.value[1], device_id=meter.device)
            if answer.isError():
                raise ModbusException(f"register {register}: {answer}")
            value = client.convert_from_registers(answer.registers, form)
            found.append(float(value) * meter.a_per_unit)  # type: ignore[arg-type]  # one number of this form
        return found

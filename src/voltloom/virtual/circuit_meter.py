"""The meter of a circuit, read by Modbus/TCP: it shows what a garage's cars and building draw, or what a fault makes of that."""

from __future__ import annotations

from struct import pack, unpack

import numpy as np
from pymodbus.constants import ExcCodes
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from voltloom.site.network import Ints
from voltloom.virtual.garage import Garage

REGISTERS_PER_FLOAT = 2


class CircuitMeter:
    """A meter that listens from `listen` until `close`. rows: of the network, one for each phase, ascending; their currents stand as 32-bit
    floats one behind the other from `register` on.
    """

    def __init__(self, garage: Garage, rows: Ints, register: int, device: int = 1) -> None:
        self._garage, self._rows, self._register = garage, rows, register
        values = [0.0] * len(rows)
        block = SimData(register, values=values, datatype=DataType.FLOAT32)
        self._device = SimDevice(id=device, simdata=[block], action=self._read)

    async def listen(self, host: str, port: int) -> None:
        """Answer from now on. Raises OSError."""
        self._server = ModbusTcpServer(self._device, address=(host, port))
        if not await self._server.listen():
            raise OSError(f"{host}:{port}: the circuit's meter cannot listen there")

    async def close(self) -> None:
        """Answer no more."""
        await self._server.shutdown()  # type: ignore[no-untyped-call]  # the package types half of itself

    async def _read(
        self,
        function_code: int,
        start_address: int,
        address: int,
        count: int,
        registers: list[int],
        written: list[int] | list[bool] | None,
    ) -> ExcCodes | None:
        """Bring the registers to now; nothing can be written."""
        if written is not None:
            return ExcCodes.ILLEGAL_FUNCTION
        shown_a = self._garage.circuit_a(self._rows, self._garage.now_s)
        words = unpack(f">{REGISTERS_PER_FLOAT * len(self._rows)}H", pack(f">{len(self._rows)}f", *shown_a))
        begin = self._register - start_address
        registers[begin : begin + len(words)] = words
        return None


def rows_of(circuit_ids: tuple[str, ...], circuit: str) -> Ints:
    """Return the rows of a circuit. circuit_ids: of each row."""
    return np.flatnonzero(np.array(circuit_ids) == circuit)

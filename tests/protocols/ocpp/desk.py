"""The smallest shell for the tests: one connection over queues, the protocol room inside, an independent client outside.

It does what the live half will do with sockets: hand text to the RPC machine, answer what it understood, and send limits.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import msgspec

from tests.protocols.ocpp.station16 import ANNA, NOON_S, PLACE
from voltloom.protocols.ocpp import calls, v16, v21, v201
from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.decoding import Decoded, decode_call, decode_result
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.hearing import Hearing, StationMemory, TransactionTold
from voltloom.protocols.ocpp.link import (
    CallArrived,
    CallFailed,
    Link,
    Moved,
    Outgoing,
    ResultArrived,
    SendFrame,
)
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.session.events import Event

TRANSLATORS: dict[OcppVersion, Any] = {OcppVersion.V16: v16, OcppVersion.V201: v201, OcppVersion.V21: v21}


class Pipe:
    """The station's end of a connection, as the `ocpp` package wants a socket to be."""

    def __init__(self) -> None:
        self.to_station: asyncio.Queue[str] = asyncio.Queue()
        self.to_desk: asyncio.Queue[str] = asyncio.Queue()

    async def recv(self) -> str:
        return await self.to_station.get()

    async def send(self, text: str) -> None:
        await self.to_desk.put(text)


@dataclass(kw_only=True)
class Desk:
    """Our end. now_s: moved by hand."""

    version: OcppVersion
    pipe: Pipe
    now_s: float = NOON_S
    memory: StationMemory = field(default_factory=StationMemory)
    events: list[Event] = field(default_factory=list)
    told: list[TransactionTold] = field(default_factory=list)
    results: list[Decoded | CallFailed | Fault] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self.link: Link = calls.opened(self.version, self.now_s)

    async def serve(self) -> None:
        """Answer until cancelled."""
        while True:
            text = await self.pipe.to_desk.get()
            await self.act(calls.received(self.link, text, self.now_s))

    async def order(self, prepared: Prepared) -> None:
        """Send a CALL of ours."""
        self.made += 1
        payload = msgspec.json.encode(prepared.payload)
        outgoing = Outgoing(f"desk-{self.made}", prepared.action, payload, prepared.key)
        await self.act(calls.called(self.link, outgoing, self.now_s))

    async def act(self, moved: Moved) -> None:
        self.link = moved.link
        for effect in moved.effects:
            match effect:
                case SendFrame(text):
                    await self.pipe.to_station.put(text.decode())
                case ResultArrived(outgoing, result):
                    self.results.append(decode_result(actions(self.version)[outgoing.action], result))
                case CallFailed():
                    self.results.append(effect)
                case CallArrived(call):
                    await self.act(self.answered(call))

    def answered(self, call: Any) -> Moved:
        decoded = decode_call(call, self.version)
        if isinstance(decoded, Fault):
            self.faults.append(decoded)
            return calls.refused(self.link, call.message_id, decoded, self.now_s)
        hearing = Hearing(self.now_s, PLACE, verdict=ANNA, transaction_id=7)
        understood = TRANSLATORS[self.version].understand(decoded, self.memory, hearing)
        self.memory = understood.memory
        self.events += understood.events
        self.told += understood.told
        if isinstance(understood.answer, Fault):
            self.faults.append(understood.answer)
            return calls.refused(self.link, call.message_id, understood.answer, self.now_s)
        return calls.answered(self.link, call.message_id, understood.answer, self.now_s)

"""Stations of three versions that say the same visits whatever happens: what was not answered is said again, word for word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidMessage
from websockets.typing import Subprotocol

from voltloom.protocols.ocpp.timestamps import stamp_text

Message = tuple[str, dict[str, Any]]
VISIT_S = 60.0
VISIT_WH = 90  # in 40 s under 16 A on three phases


class Stubborn:
    """One station. heard: told of every answer. It says its messages one after another, each until it is answered."""

    def __init__(self, name: str, version: str, token: str, heard: Callable[[], None]) -> None:
        self.name, self.version, self.token = name, version, token
        self.acknowledged: list[str] = []
        self.transaction_id: object = None
        self._heard = heard

    async def say(self, visits_count: int, base_s: float, port: Callable[[], int]) -> None:
        """Say all visits."""
        script = enumerate(self._script(visits_count, base_s))
        waiting = next(script, None)
        while waiting is not None:
            try:
                uri = f"ws://127.0.0.1:{port()}/ocpp/{self.name}"
                async with connect(uri, subprotocols=[Subprotocol(self.version)], proxy=None) as socket:
                    while waiting is not None:
                        await self._said(socket, *waiting)
                        waiting = next(script, None)
            except (ConnectionClosed, InvalidHandshake, InvalidMessage, OSError, EOFError):
                await asyncio.sleep(0.02)

    async def _said(self, socket: ClientConnection, number: int, message: Message) -> None:
        message_id = f"{self.name}-{number}"
        action, payload = message
        if action == "StopTransaction":
            payload = {**payload, "transactionId": self.transaction_id}
        await socket.send(json.dumps([2, message_id, action, payload]))
        while True:
            frame = json.loads(await socket.recv())
            if frame[0] == 2:
                await socket.send(
                    json.dumps(
                        [3, frame[1], {} if frame[2] == "GetConfiguration" else {"status": "Accepted"}]
                    )
                )
                continue
            assert frame[0] == 3, frame
            if frame[1] == message_id:
                break
        self.transaction_id = frame[2].get("transactionId", self.transaction_id)
        self.acknowledged.append(message_id)
        self._heard()

    def _script(self, visits_count: int, base_s: float) -> Iterator[Message]:
        make = self._visit_16 if self.version == "ocpp1.6" else self._visit_2x
        if self.version == "ocpp1.6":
            yield "BootNotification", {"chargePointModel": "M", "chargePointVendor": "V"}
        else:
            yield (
                "BootNotification",
                {"chargingStation": {"model": "M", "vendorName": "V"}, "reason": "PowerUp"},
            )
        for visit in range(visits_count):
            yield from make(visit, base_s + VISIT_S * visit, 1000 + VISIT_WH * visit)

    def _visit_16(self, visit: int, start_s: float, register_wh: int) -> Iterator[Message]:
        def status(name: str, after_s: float) -> Message:
            at = stamp_text(start_s + after_s)
            return "StatusNotification", {
                "connectorId": 1,
                "errorCode": "NoError",
                "status": name,
                "timestamp": at,
            }

        yield status("Preparing", 0.0)
        stamp = stamp_text(start_s)
        start = {"connectorId": 1, "idTag": self.token, "meterStart": register_wh, "timestamp": stamp}
        yield "StartTransaction", start
        for part in (1, 2):
            value = {"value": str(register_wh + VISIT_WH * part // 3), "unit": "Wh"}
            sampled = {"timestamp": stamp_text(start_s + 10.0 * part), "sampledValue": [value]}
            yield "MeterValues", {"connectorId": 1, "meterValue": [sampled]}
        stop = {
            "meterStop": register_wh + VISIT_WH,
            "timestamp": stamp_text(start_s + 40.0),
            "reason": "Local",
        }
        yield "StopTransaction", stop
        yield status("Available", 45.0)

    def _visit_2x(self, visit: int, start_s: float, register_wh: int) -> Iterator[Message]:
        def told(kind: str, trigger: str, number: int, context: str, **more: Any) -> Message:
            wh = register_wh + VISIT_WH * number // 3
            sample = {"value": wh, "context": context, "measurand": "Energy.Active.Import.Register"}
            at = stamp_text(start_s + 10.0 * number)
            return "TransactionEvent", {
                "eventType": kind,
                "timestamp": at,
                "triggerReason": trigger,
                "seqNo": number,
                "transactionInfo": {"transactionId": f"{self.name}-v{visit}", "chargingState": "Charging"},
                "meterValue": [{"timestamp": at, "sampledValue": [sample]}],
                **more,
            }

        def status(name: str, after_s: float) -> Message:
            at = stamp_text(start_s + after_s)
            return "StatusNotification", {
                "timestamp": at,
                "connectorStatus": name,
                "evseId": 1,
                "connectorId": 1,
            }

        yield status("Occupied", 0.0)
        token = {"idToken": self.token, "type": "ISO14443"}
        evse = {"id": 1, "connectorId": 1}
        yield told("Started", "CablePluggedIn", 0, "Transaction.Begin", idToken=token, evse=evse)
        yield told("Updated", "MeterValuePeriodic", 1, "Sample.Periodic")
        yield told("Updated", "MeterValuePeriodic", 2, "Sample.Periodic")
        yield told("Ended", "EVDeparted", 3, "Transaction.End")
        yield status("Available", 35.0)

"""A 1.6 station of two connectors as its messages show it, for the tests of translation."""

from __future__ import annotations

from typing import Any

import msgspec

from voltloom.protocols.ocpp import v16
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.frames import Call
from voltloom.protocols.ocpp.hearing import (
    Admission,
    Hearing,
    Oddity,
    Outlet,
    StationMemory,
    StationPlace,
    Understood,
)
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.authorization import Authorization, Authorized
from voltloom.session.events import Event

NOON_S = 1_767_268_800.0  # 2026-01-01T12:00:00Z
PLACE = StationPlace("CP1", {1: Outlet(evse=4, max_a=32.0), 2: Outlet(evse=5, max_a=32.0)})
ANNA = Authorized(tier=0, weight=1.0)


class Station:
    """Tells its messages to the translator one after another and keeps what came of them."""

    def __init__(self, place: StationPlace = PLACE, version: OcppVersion = OcppVersion.V16) -> None:
        self.place = place
        self.version = version
        self.memory = StationMemory()
        self.now_s = NOON_S
        self.next_id = 100
        self.verdict: Authorization | None = ANNA
        self.admission = Admission()
        self.events: list[Event] = []

    def tell(self, action: str, payload: dict[str, Any], translator: Any = v16) -> Understood:
        call = Call("1", action, msgspec.json.encode(payload))
        decoded = decode_call(call, self.version)
        assert isinstance(decoded, Decoded), decoded
        self.next_id += 1
        hearing = Hearing(
            self.now_s, self.place, self.admission, verdict=self.verdict, transaction_id=self.next_id
        )
        understood: Understood = translator.understand(decoded, self.memory, hearing)
        self.memory = understood.memory
        self.events += understood.events
        if not isinstance(understood.answer, Fault) and decoded.action.response is not None:
            # What is answered is what the schema allows.
            msgspec.json.decode(msgspec.json.encode(understood.answer), type=decoded.action.response)
        return understood

    def status(self, status: str, connector: int = 1, error: str = "NoError") -> Understood:
        return self.tell(
            "StatusNotification", {"connectorId": connector, "errorCode": error, "status": status}
        )

    def start(self, meter_wh: int = 1000, at_s: float | None = None, connector: int = 1) -> Understood:
        stamp = stamp_text(self.now_s if at_s is None else at_s)
        return self.tell(
            "StartTransaction",
            {"connectorId": connector, "idTag": "anna", "meterStart": meter_wh, "timestamp": stamp},
        )

    def stop(self, transaction_id: int, meter_wh: int = 6000, **more: Any) -> Understood:
        payload = {
            "transactionId": transaction_id,
            "meterStop": meter_wh,
            "timestamp": stamp_text(self.now_s),
        }
        return self.tell("StopTransaction", payload | more)

    def meter(self, *samples: dict[str, Any], connector: int = 1, **more: Any) -> Understood:
        value = {"timestamp": stamp_text(self.now_s), "sampledValue": list(samples)}
        return self.tell("MeterValues", {"connectorId": connector, "meterValue": [value]} | more)


def oddities(understood: Understood) -> list[Oddity]:
    """Return what was odd, in order."""
    return [remark.oddity for remark in understood.remarks]


def kinds(events: tuple[Event, ...] | list[Event]) -> list[str]:
    """Return the names of events."""
    return [type(event).__name__ for event in events]

"""A 2.x station of two EVSEs as its messages show it, for the tests of translation."""

from __future__ import annotations

from typing import Any

from tests.protocols.ocpp.station16 import PLACE, Station
from voltloom.protocols.ocpp import v21, v201
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import StationPlace, Understood
from voltloom.protocols.ocpp.timestamps import stamp_text

TRANSLATORS = {OcppVersion.V201: v201, OcppVersion.V21: v21}


class Station2x(Station):
    """A station that speaks 2.x; `event` numbers its events by itself."""

    def __init__(self, version: OcppVersion = OcppVersion.V201, place: StationPlace = PLACE) -> None:
        super().__init__(place=place, version=version)
        self.seq_no = -1

    def say(self, action: str, payload: dict[str, Any]) -> Understood:
        return self.tell(action, payload, translator=TRANSLATORS[self.version])

    def event(self, kind: str, trigger: str, info: dict[str, Any] | None = None, **more: Any) -> Understood:
        self.seq_no += 1
        payload = {
            "eventType": kind,
            "timestamp": stamp_text(self.now_s),
            "triggerReason": trigger,
            "seqNo": self.seq_no,
            "transactionInfo": {"transactionId": "tx1"} | (info or {}),
        }
        return self.say("TransactionEvent", payload | more)

    def register(self, energy_wh: float, context: str = "", **unit: Any) -> list[dict[str, Any]]:
        sample: dict[str, Any] = {"value": energy_wh} | ({"unitOfMeasure": unit} if unit else {})
        if context:
            sample["context"] = context
        return [{"timestamp": stamp_text(self.now_s), "sampledValue": [sample]}]

    def current(self, current_a: float) -> list[dict[str, Any]]:
        sample = {"value": current_a, "measurand": "Current.Import", "phase": "L2"}
        return [{"timestamp": stamp_text(self.now_s), "sampledValue": [sample]}]

"""A virtual station on a bench: a server that answers easily and takes nothing that breaks the official schemas."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.protocols.ocpp.decoding import Decoded, Reading, decode_call
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.frames import Call
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.virtual import telling
from voltloom.virtual.answering import answer_to
from voltloom.virtual.counting import Counts
from voltloom.virtual.dialect16 import Said
from voltloom.virtual.nature import Done, Nature, Phase
from voltloom.virtual.outlet import Hardware
from voltloom.virtual.station import Station

NOW_S = 1_570_000_000.0
V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21


class Server:
    """Answers as an easy-going central system does, and takes nothing that breaks the official schema."""

    def __init__(self, version: OcppVersion) -> None:
        self.version = version
        self.said: list[tuple[str, Any]] = []
        self.drops = 0
        self.accepts = True
        self.is_deaf = False
        self._last_id = 0

    def call(self, said: Said, done: Done) -> None:
        if self.is_deaf:
            done(None)
            return
        action, payload = said
        decoded = decode_call(Call("1", action, json.dumps(payload).encode()), self.version)
        assert isinstance(decoded, Decoded), (action, payload, decoded)
        assert decoded.reading is Reading.STRICT, (action, payload, decoded.remarks)
        self.said.append((action, decoded.message))
        done(self._answer(action))

    def drop(self) -> None:
        self.drops += 1

    def names(self) -> list[str]:
        return [action for action, _ in self.said]

    def last(self, action: str) -> Any:
        return next(message for name, message in reversed(self.said) if name == action)

    def _answer(self, action: str) -> Any:
        status = "Accepted" if self.accepts else ("Invalid" if self.version is V16 else "Unknown")
        now = stamp_text(NOW_S)
        self._last_id += action == "StartTransaction"
        answers: dict[str, dict[str, Any]] = {
            "BootNotification": {"status": "Accepted", "currentTime": now, "interval": 300},
            "Heartbeat": {"currentTime": now},
            "Authorize": {"idTagInfo": {"status": status}},
            "StartTransaction": {"idTagInfo": {"status": status}, "transactionId": self._last_id},
            "NotifyEVChargingNeeds": {"status": "Accepted"},
            "NotifyEVChargingSchedule": {"status": "Accepted"},
        }
        if self.version is not V16:
            answers["Authorize"] = answers["TransactionEvent"] = {"idTokenInfo": {"status": status}}
        response = actions(self.version)[action].response
        assert response is not None
        return msgspec.convert(answers.get(action, {}), response)


class Bench:
    """An outlet's hardware: a meter that shows a little, and a contactor."""

    def __init__(self) -> None:
        self.closed: dict[int, bool] = {}

    def close_contactor(self, number: int, *, is_closed: bool) -> None:
        self.closed[number] = is_closed

    def reading(self, number: int, time_s: float) -> telling.Reading:
        return telling.Reading(time_s, 10.0, 6900.0, 1234.0, ("L1", "L2", "L3"))

    def w_per_a(self, number: int) -> float:
        return 690.0


def station(version: OcppVersion, **more: Any) -> tuple[Station, Server, Bench]:
    """Return a station of two outlets that has booted, at NOW_S."""
    server, bench = Server(version), Bench()
    nature = Nature("CP1", version, (Hardware(1, 32.0), Hardware(2, 32.0)), **more)
    found = Station(nature, server, bench, Counts())
    found.tick(NOW_S)
    found.connected()
    found.tick(NOW_S)
    assert found.phase is Phase.ACCEPTED
    return found, server, bench


def ask(asked: Station, action: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a call, checked against the schema; what follows from it is done too."""
    version = asked.nature.version
    msgspec.convert(payload, actions(version)[action].request)
    answer = answer_to(asked, Call("1", action, json.dumps(payload).encode()))
    assert not isinstance(answer, Fault), answer
    response = actions(version)[action].response
    assert response is not None
    msgspec.json.decode(json.dumps(answer).encode(), type=response)
    asked.tick(asked.fleet_s + 0.1)
    return answer


def profile(
    version: OcppVersion, purpose: str, limit: float, profile_id: int = 1, **more: Any
) -> dict[str, Any]:
    schedule: dict[str, Any] = {
        "chargingRateUnit": "A",
        "startSchedule": stamp_text(NOW_S - 60.0),
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
    }
    schedule.update(more.pop("schedule", {}))
    if version is V16:
        base: dict[str, Any] = {"chargingProfileId": profile_id, "chargingSchedule": schedule}
    else:
        base = {"id": profile_id, "chargingSchedule": [{"id": profile_id, **schedule}]}
    words = {"chargingProfilePurpose": purpose, "chargingProfileKind": "Absolute", "stackLevel": 1}
    return {**base, **words, **more}


def set_profile(asked: Station, number: int, told: dict[str, Any]) -> str:
    if asked.nature.version is V16:
        payload: dict[str, Any] = {"connectorId": number, "csChargingProfiles": told}
    else:
        payload = {"evseId": number, "chargingProfile": told}
    return str(ask(asked, "SetChargingProfile", payload)["status"])

"""What each station and this program said to each other lately: every CALL with its answer, for people who look for a fault.

It begins with the process. What a station said is in the journal for good; answers and our own CALLs are in no row.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import Struct

from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.orders.masking import without_secrets

MOST_COUNT: Final = 400  # of one station
ALL_COUNT: Final = 20_000  # shared by all stations: a message is some hundred bytes
LEAST_COUNT: Final = 8
LATEST_COUNT: Final = 64  # among which the CALL of an answer is looked for


@dataclass(slots=True)
class Exchange:
    """A CALL and what came of it. is_ours: this program called. told: as bytes of JSON or decoded.

    answer: None while there is none. answered_s: NaN as long. number: grows with every exchange of the process.
    """

    number: int
    at_s: float
    is_ours: bool
    message_id: str
    action: str
    told: bytes | Struct
    answer: Struct | Fault | CallFailed | None = None
    answered_s: float = float("nan")

    def payload(self) -> Any:
        """Return what was said, as JSON values, secrets masked."""
        return _shown(self.told)

    def result(self) -> Any:
        """Return the answer as JSON values, secrets masked; None for none, or for a refusal."""
        return _shown(self.answer) if isinstance(self.answer, Struct) else None

    def outcome(self) -> str:
        """Return how it ended: "answered", "waiting", or why there is no answer."""
        match self.answer:
            case None:
                return "waiting"
            case Fault():
                return f"refused: {self.answer.code.value} {self.answer.description}".strip()
            case CallFailed():
                error = self.answer.error
                why = "" if error is None else f": {error.code_text} {error.description}".rstrip()
                return f"{self.answer.outcome.value}{why}"
        return "answered"


class Exchanges:
    """The newest exchanges of each station; the more stations, the fewer of each."""

    def __init__(self) -> None:
        self._by_station: dict[str, deque[Exchange]] = {}
        self._count = 0

    def called(self, station_id: str, message_id: str, action: str, told: Struct, now_s: float) -> None:
        """Note a CALL of ours."""
        self._enter(station_id, Exchange(self._next(), now_s, True, message_id, action, told))

    def heard(self, station_id: str, message: Call | Send, now_s: float) -> None:
        """Note a station's message."""
        name = message.message_id
        self._enter(
            station_id, Exchange(self._next(), now_s, False, name, message.action, bytes(message.payload))
        )

    def answered(
        self, station_id: str, message_id: str, answer: Struct | Fault | CallFailed, now_s: float
    ) -> None:
        """Note the answer to a message; one that is forgotten already has none."""
        for place, one in enumerate(reversed(self._by_station.get(station_id, ()))):
            if one.message_id == message_id and one.answer is None:
                one.answer, one.answered_s = answer, now_s
                return
            if place >= LATEST_COUNT:
                return

    def newest(self, station_id: str, *, before: int = 0, action: str = "") -> Iterator[Exchange]:
        """Yield what a station and we said, the newest first. before: older than this number, 0 for all; action: "" for all."""
        for one in reversed(self._by_station.get(station_id, ())):
            if (not before or one.number < before) and (not action or one.action == action):
                yield one

    def actions(self, station_id: str) -> list[str]:
        """Return the actions that occur, in order."""
        return sorted({one.action for one in self._by_station.get(station_id, ())})

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _enter(self, station_id: str, exchange: Exchange) -> None:
        kept = self._by_station.get(station_id)
        if kept is None:
            most = ALL_COUNT // (len(self._by_station) + 1)
            kept = self._by_station[station_id] = deque(maxlen=min(MOST_COUNT, max(LEAST_COUNT, most)))
        kept.append(exchange)


def _shown(told: bytes | Struct) -> Any:
    data = told if isinstance(told, bytes) else msgspec.json.encode(told)
    try:
        return without_secrets(msgspec.json.decode(data))
    except msgspec.DecodeError:
        return "cannot be read"

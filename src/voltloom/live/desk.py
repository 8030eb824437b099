"""The desk of one station: its messages in order, each understood, made durable, and only then answered."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Final, NamedTuple

import msgspec
from msgspec import Struct

from voltloom.live.wire import CALL_KIND, HeardCall, entries_of, verdict_fields
from voltloom.protocols.ocpp import v16, v21, v201
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.decoding import Decoded, decode_call
from voltloom.protocols.ocpp.errors import Fault
from voltloom.protocols.ocpp.frames import Call, Send
from voltloom.protocols.ocpp.hearing import (
    ACCEPTED,
    Hearing,
    Scheduled,
    Shown,
    StationMemory,
    StationPlace,
    Understood,
)
from voltloom.session.authorization import Authorization, AuthorizationRejected, Authorized, RejectionCause
from voltloom.store.entry import Entry, JournalRow

TRANSLATORS: Final[dict[OcppVersion, ModuleType]] = {
    OcppVersion.V16: v16,
    OcppVersion.V201: v201,
    OcppVersion.V21: v21,
}
_UNKEPT: Final = frozenset(
    {"Heartbeat", "NotifyReport", "PullDynamicScheduleUpdate"}
)  # nothing of them must survive
_ABOUT_LIMITS: Final = frozenset({"NotifyEVChargingNeeds", "PullDynamicScheduleUpdate"})
_NOT_ASKED: Final = Scheduled()
Judge = Callable[[Shown, Decoded, str], Authorization]
Answer = Callable[[str, Decoded], Struct | None]


class Said(NamedTuple):
    """What a station said. rows: to be durable first, none where nothing of it must survive."""

    understood: Understood | Fault
    decoded: Decoded | None
    rows: tuple[Entry, ...]


class Desk:
    """What is known of one station over all its connections. Its memory changes with a durable row only."""

    def __init__(self, place: StationPlace, evse_ids: tuple[str, ...], judge: Judge) -> None:
        self.place = place
        self.memory = StationMemory()
        self._evse_ids = evse_ids
        self._judge = judge
        self.reply: Answer = lambda _station_id, _decoded: (
            None
        )  # the site's own answer, None for the translator's
        self.scheduled: Callable[[str], Scheduled] = lambda _: Scheduled()

    def hear(self, call: Call | Send, version: OcppVersion, now_s: float, *, key: str, next_id: int) -> Said:
        """Return what a message means, and the rows that must be durable before it counts. Nothing is changed yet."""
        decoded = decode_call(call, version)
        if isinstance(decoded, Fault):
            return Said(decoded, None, ())
        translator, name = TRANSLATORS[version], self.place.station_id
        shown = translator.shown_token(decoded.message)
        verdict = None if shown is None else self._judge(shown, decoded, name)
        scheduled = self.scheduled(name) if decoded.action.name in _ABOUT_LIMITS else _NOT_ASKED
        hearing = Hearing(now_s, self.place, ACCEPTED, verdict, next_id, scheduled)
        understood: Understood = translator.understand(decoded, self.memory, hearing)
        if (reply := self.reply(name, decoded)) is not None:
            understood = understood._replace(answer=reply)
        if decoded.action.name in _UNKEPT:
            return Said(understood, decoded, ())
        heard = HeardCall(
            station_id=name,
            version=version.value,
            message_id=getattr(call, "message_id", ""),
            action=call.action,
            payload=call.payload.decode("utf-8"),
            now_s=now_s,
            transaction_id=next_id,
            **(verdict_fields(verdict) if verdict is not None else {}),  # type: ignore[arg-type]  # the struct's fields
        )
        at_ms = math.floor(now_s * 1000.0)
        row = Entry(key, CALL_KIND, at_ms, msgspec.json.encode(heard))
        rows = (row, *entries_of(understood, self.place, self._evse_ids, at_ms))
        return Said(understood, decoded, rows)

    def heard_before(self, heard: HeardCall) -> Understood | None:
        """Take in a message that the journal has from before a restart; None where it says nothing any more."""
        version = OcppVersion(heard.version)
        call = Call(heard.message_id, heard.action, heard.payload.encode("utf-8"))
        decoded = decode_call(call, version)
        if isinstance(decoded, Fault):
            return None
        hearing = Hearing(
            heard.now_s, self.place, verdict=_verdict(heard), transaction_id=heard.transaction_id
        )
        understood: Understood = TRANSLATORS[version].understand(decoded, self.memory, hearing)
        self.memory = understood.memory
        return understood


def heard_call(row: JournalRow) -> HeardCall | None:
    """Return the message of a journal row, None for a row of another kind."""
    return msgspec.json.decode(row.payload, type=HeardCall) if row.kind == CALL_KIND else None


def _verdict(heard: HeardCall) -> Authorization | None:
    if heard.is_authorized is None:
        return None
    if heard.is_authorized:
        return Authorized(tier=heard.tier, weight=heard.weight)
    return AuthorizationRejected(why=RejectionCause(heard.why))

"""What each station showed lately: what it is by its boot, when its link came and went, and how soon it answers.

In memory; boots and ends of links from before a restart come from the journal.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Collection
from enum import Enum
from typing import Final, NamedTuple

import msgspec
import numpy as np

from voltloom.controller.leases.grants import ceiling_a
from voltloom.controller.memory import ControllerMemory
from voltloom.live.clock import Clock
from voltloom.live.enrolment.kinds import SEEN_KIND, StationSeen
from voltloom.live.enrolment.waiting import BootFacts, boot_facts
from voltloom.live.gateway.events import EventKind, GatewayEvent
from voltloom.live.wire import HeardCall
from voltloom.protocols.ocpp.actions import OcppVersion, actions
from voltloom.site.network import Network
from voltloom.store.entry import JournalRow

EVENTS_COUNT: Final = 100  # of each station
ANSWERS_COUNT: Final = 100


class Sign(Enum):
    """What a station showed, or what its link did."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    BOOTED = "booted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PROFILE_RAISED = "profile_raised"
    SECRET_PROVED = "secret_proved"
    TURNED_AWAY = "turned_away"  # it wanted to come in and could not


_SIGNS: Final = {
    EventKind.OPENED: Sign.CONNECTED,
    EventKind.CLOSED: Sign.DISCONNECTED,
    EventKind.APPROVED: Sign.APPROVED,
    EventKind.STATION_REFUSED: Sign.REJECTED,
    EventKind.PROFILE_RAISED: Sign.PROFILE_RAISED,
    EventKind.SECRET_PROVED: Sign.SECRET_PROVED,
}


class Held(NamedTuple):
    """What an outlet held when its link went. limit_a: until lease_until_s, then offline_a. reserved_a: the most that is counted for it
    until then.
    """

    evse: str
    limit_a: float
    reserved_a: float
    lease_until_s: float
    offline_a: float


class Event(NamedTuple):
    """One sign. detail: how or why, in the gateway's or the station's words. times_count: how often in a row. held: of a link that went."""

    at_s: float
    sign: Sign
    detail: str = ""
    times_count: int = 1
    held: tuple[Held, ...] = ()


class Pace(NamedTuple):
    """How soon a station answers: the newest answers, in real seconds."""

    answers_count: int
    median_s: float
    p95_s: float


_COMING: Final = frozenset({Sign.CONNECTED, Sign.APPROVED})
Holding = Callable[[str], tuple[Held, ...]]


class Attendance:
    """Keeps what stations showed. known: their identities; of others nothing is kept, for they are without number.

    holding: what the outlets of a station hold now.
    """

    def __init__(self, known: Collection[str], holding: Holding, clock: Clock) -> None:
        self._known, self._holding, self._clock = known, holding, clock
        self._boots: dict[str, BootFacts] = {}
        self._events: dict[str, deque[Event]] = {}
        self._answers: dict[str, deque[float]] = {}

    def boot_of(self, identity: str) -> BootFacts | None:
        """Return what a station told of itself when it booted last, None where it never did."""
        return self._boots.get(identity)

    def events_of(self, identity: str) -> tuple[Event, ...]:
        """Return what a station showed, the oldest first."""
        return tuple(self._events.get(identity, ()))

    def connected_s(self, identity: str) -> float:
        """Return since when its newest link has been, NaN where none is remembered."""
        found = (one.at_s for one in reversed(self.events_of(identity)) if one.sign in _COMING)
        return next(found, math.nan)

    def pace_of(self, identity: str) -> Pace | None:
        """Return how soon a station answers, None before its first answer."""
        kept = self._answers.get(identity)
        if not kept:
            return None
        median_s, p95_s = np.percentile(list(kept), [50.0, 95.0]).tolist()
        return Pace(len(kept), median_s, p95_s)

    def answered(self, identity: str, took_s: float) -> None:
        """Take note of an answer to a CALL of ours."""
        if identity in self._known:
            self._answers.setdefault(identity, deque(maxlen=ANSWERS_COUNT)).append(took_s)

    def linked(self, event: GatewayEvent) -> None:
        """Take note of what the gateway tells."""
        if event.identity not in self._known:
            return
        sign = _SIGNS.get(event.kind, Sign.TURNED_AWAY)
        words = [event.kind.value] if sign is Sign.TURNED_AWAY else []
        words += [event.cause.value] if event.cause is not None else []
        detail = ": ".join(filter(None, (*words, event.detail))) or event.address
        held = self._holding(event.identity) if sign is Sign.DISCONNECTED else ()
        self._put(event.identity, Event(self._clock.now_s(), sign, detail, held=held))

    def booted(self, identity: str, message: object) -> None:
        """Take note of a boot."""
        self._boot(identity, self._clock.now_s(), message)

    def recall(self, row: JournalRow, heard: HeardCall | None) -> None:
        """Take in a row from before a restart. heard: the message that it holds, if any."""
        if row.kind == SEEN_KIND:
            seen = msgspec.json.decode(row.payload, type=StationSeen)
            if seen.identity in self._known:
                self._put(seen.identity, Event(seen.seen_s, Sign.DISCONNECTED))
        if heard is not None and heard.action == "BootNotification":
            request = actions(OcppVersion(heard.version))[heard.action].request
            try:
                message = msgspec.json.decode(heard.payload, type=request)
            except msgspec.MsgspecError:  # it was answered as what it was: no boot
                return
            self._boot(heard.station_id, heard.now_s, message)

    def _boot(self, identity: str, at_s: float, message: object) -> None:
        facts = boot_facts(message)
        if facts is None or identity not in self._known:
            return
        self._boots[identity] = facts
        words = (facts.vendor, facts.model, facts.firmware and f"firmware {facts.firmware}")
        self._put(identity, Event(at_s, Sign.BOOTED, " ".join(filter(None, words))))

    def _put(self, identity: str, event: Event) -> None:
        kept = self._events.setdefault(identity, deque(maxlen=EVENTS_COUNT))
        if kept and event.sign is Sign.TURNED_AWAY and kept[-1][1:3] == event[1:3]:
            event = event._replace(times_count=kept.pop().times_count + 1)
        kept.append(event)


def held_by(
    network: Network, memory: ControllerMemory, evses: Collection[int], now_s: float
) -> tuple[Held, ...]:
    """Return what outlets hold at a moment. evses: their columns."""
    grants, offline_a = memory.grants, network.offline_a
    reserved_a = ceiling_a(grants, offline_a, now_s)
    return tuple(
        Held(
            network.evse_ids[evse],
            float(grants.limit_a[evse]),
            float(reserved_a[evse]),
            float(max(grants.lease_until_s[evse], grants.earlier_until_s[evse])),
            float(offline_a[evse]),
        )
        for evse in evses
    )

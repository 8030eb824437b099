"""How the actuator talks: calls over a station's link, and what is put off."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from msgspec import Struct

from voltloom.live.wire import Observed
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.hearing import StationMemory
from voltloom.protocols.ocpp.link import CallFailed
from voltloom.protocols.ocpp.prepared import Prepared
from voltloom.session.events import Event

Done = Callable[[Struct | CallFailed], None]


class Caller(Protocol):
    """How a station is called. done: given the answer, or how the CALL ended without one."""

    def call(self, station_id: str, prepared: Prepared, done: Done) -> None:
        """Make a CALL over the station's link."""

    def version_of(self, station_id: str) -> OcppVersion | None:
        """Return the version its link speaks, None while it has no link."""

    def link_of(self, station_id: str) -> object:
        """Return its link, None while it has none; another object for another link."""

    def memory_of(self, station_id: str) -> StationMemory:
        """Return what is remembered of a station."""


class Timer(Protocol):
    """Something that was put off."""

    def cancel(self) -> None:
        """Do not do it."""


Later = Callable[[float, Callable[[], None]], Timer]


class Source(Protocol):
    """How the core is told, with what the journal keeps of it."""

    def __call__(self, events: tuple[Event, ...], source: Observed) -> None:
        """Tell the core."""


def nobody(station_id: str, why: str) -> None:
    """Tell no operator."""


class Shell(NamedTuple):
    """What the actuator is given. later: call something after some seconds. one_way: tells an operator which station only
    charges though its outlets shall feed back, and why; "" for one that does feed back by its whole inventory.
    """

    caller: Caller
    tell: Source
    clock: Callable[[], float]
    later: Later
    one_way: Callable[[str, str], None] = nobody

"""What a virtual station is, how far its registration is, and how it speaks."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import NamedTuple, Protocol

from msgspec import Struct

from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.virtual.dialect16 import Said
from voltloom.virtual.outlet import Hardware
from voltloom.virtual.profile_words import ProfileAbility

Done = Callable[[Struct | None], None]


class Wire(Protocol):
    """How a station speaks. `call` while there is no link is answered by None at once."""

    def call(self, said: Said, done: Done) -> None:
        """Make a CALL. done: given the answer, None where there is none."""

    def drop(self) -> None:
        """Close the link; it comes again by itself."""


class Phase(Enum):
    """How far a station's registration is."""

    DOWN = "down"
    UNKNOWN = "unknown"  # a link, and no answer to a boot yet
    PENDING = "pending"
    REJECTED = "rejected"
    ACCEPTED = "accepted"


class Nature(NamedTuple):
    """What a station is. meter_s: between meter values in a transaction."""

    identity: str
    version: OcppVersion
    outlets: tuple[Hardware, ...]
    ability: ProfileAbility = ProfileAbility()
    meter_s: float = 60.0
    has_iso15118: bool = False
    serves_unknown_offline: bool = True

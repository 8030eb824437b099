"""The words of enrolment: a station that waits, what is kept of a decision, and why one is refused."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Final

import msgspec

from voltloom.live.gateway.settings import SecurityProfile
from voltloom.live.gateway.stations import KnownStation

KEPT_KIND: Final = "station_kept"
SEEN_KIND: Final = "station_seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedStation:
    """A station that waits for an operator's word.

    version: as the link speaks it ("ocpp1.6"). vendor, model, serial, firmware: of its boot, "" until it told.
    mark: stands for the secret it showed, in this process only; `approve` may ask that it is still this one.
    """

    identity: str
    address: str
    profile: SecurityProfile
    version: str
    mark: str
    first_seen_s: float
    last_seen_s: float
    is_connected: bool
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""


class EnrolmentError(ValueError):
    """A decision about a station that cannot be carried out: which field, and the remedy."""

    def __init__(self, field: str, value: str, problem: str, remedy: str) -> None:
        self.field, self.value, self.problem, self.remedy = field, value, problem, remedy
        super().__init__(f'{field} = "{value}": {problem}. {remedy}')


class Turn(Enum):
    """What happened to a station's standing."""

    APPROVED = "approved"
    REJECTED = "rejected"
    READMITTED = "readmitted"  # a rejected one may come again: with its outlets, or as a stranger
    PROFILE_RAISED = "profile_raised"
    SECRET_GIVEN = "secret_given"
    SECRET_PROVED = "secret_proved"


class StationKept(msgspec.Struct, frozen=True, kw_only=True):
    """All that holds of a station after a turn.

    file_mark: what the site's file said of its proofs then, see `mark_of`. file_least: the least profile that the file
    stated for this station then, None where it stated none.
    """

    identity: str
    turn: Turn
    evses: tuple[str, ...]
    least_profile: int
    secret_record: str | None
    next_secret_record: str | None
    certificate_name: str | None
    file_mark: str
    by: str
    file_least: int | None = None
    reason: str = ""


class StationSeen(msgspec.Struct, frozen=True, kw_only=True):
    """When a known station was last heard of: written when its link ends."""

    identity: str
    seen_s: float


def mark_of(known: KnownStation | None) -> str:
    """Return what the file says of a station's proofs, as a short digest; "" where it does not name the station."""
    if known is None:
        return ""
    said = (known.secret_record, known.certificate_name)
    return hashlib.blake2b(msgspec.json.encode(said), digest_size=8).hexdigest()

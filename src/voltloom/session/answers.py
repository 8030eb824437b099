"""What a session asks the shell to do at once, in answer to an event. `decision/command.py` adds the cycle's own words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class StopCause(Enum):
    """Why the site ended or refused a session."""

    NOT_AUTHORIZED = "not_authorized"
    FAULT = "fault"
    DEADLINE = "deadline"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerToken:
    """The answer to a presented token."""

    time_s: float
    evse: int
    accepted: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopSession:
    """End the session at an EVSE."""

    time_s: float
    evse: int
    cause: StopCause


@dataclass(frozen=True, slots=True, kw_only=True)
class WakeVehicle:
    """Interrupt the offer for a moment, so that a vehicle that sleeps through it notices.

    Stations do it in their own way (control pilot off and on, or the limit to nothing and back). It never raises a
    limit, so a shell that cannot do it may leave it out.
    """

    time_s: float
    evse: int


Answer = AnswerToken | StopSession | WakeVehicle

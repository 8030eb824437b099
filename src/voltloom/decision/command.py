"""What the controller tells the shell to do. The shell does it and reports what came of it as events."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray


class StopCause(Enum):
    """Why the site ended or refused a session."""

    NOT_AUTHORIZED = "not_authorized"
    FAULT = "fault"
    DEADLINE = "deadline"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SetLimits:
    """New limits for some EVSEs, each a lease: evses (k,), limit_a (k,), lease_until_s (k,), serial (k,).

    When a lease ends without a newer one the station falls back to its offline limit by itself. Lower serials that
    arrive late are ignored by the station.
    """

    time_s: float
    evses: NDArray[np.int64]
    limit_a: NDArray[np.float64]
    lease_until_s: NDArray[np.float64]
    serial: NDArray[np.int64]


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


Command = SetLimits | AnswerToken | StopSession

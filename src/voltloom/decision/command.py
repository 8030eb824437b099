"""What the controller tells the shell to do. The shell does it and reports what came of it as events."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from voltloom.session.answers import Answer, AnswerToken, StopCause, StopSession, WakeVehicle

__all__ = ["AnswerToken", "Command", "SetBatteries", "SetLimits", "StopCause", "StopSession", "WakeVehicle"]


class SetLimits(NamedTuple):
    """New limits for some EVSEs, each a lease: evses (k,), limit_a (k,), lease_until_s (k,), serial (k,).

    When a lease ends without a newer one the station falls back to its offline limit by itself. Lower serials that
    arrive late are ignored by the station.
    """

    time_s: float
    evses: NDArray[np.int64]
    limit_a: NDArray[np.float64]
    lease_until_s: NDArray[np.float64]
    serial: NDArray[np.int64]


class SetBatteries(NamedTuple):
    """New powers for some stationary batteries, each a lease: batteries (k,), power_w (k,) charge positive, lease_until_s (k,),
    serial (k,).

    When a lease ends without a newer one the battery rests by itself.
    """

    time_s: float
    batteries: NDArray[np.int64]
    power_w: NDArray[np.float64]
    lease_until_s: NDArray[np.float64]
    serial: NDArray[np.int64]


Command = SetLimits | SetBatteries | Answer

"""The truth of one car's visit: what the driver says, what the battery really takes, when the car really leaves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum


class BatteryKind(StrEnum):
    """How a battery takes power."""

    IDEAL = "ideal"  # all it is offered until it is full
    TWO_STAGE = "two_stage"  # the power it accepts falls linearly to 0 above the transition


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySpec:
    """A battery as it arrives.

    transition_soc_ratio: where the power starts to fall; only for `TWO_STAGE`.
    """

    kind: BatteryKind
    capacity_wh: float
    initial_wh: float
    transition_soc_ratio: float = 0.8

    @property
    def initial_soc_ratio(self) -> float:
        """Return the state of charge on arrival; an empty battery of no capacity counts as full."""
        return self.initial_wh / self.capacity_wh if self.capacity_wh > 0.0 else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One car at one EVSE; all times are Unix seconds.

    departure_s: when it really leaves. stated_departure_s, stated_wh: what the driver or car told, NaN where nobody
    told anything. wants_wh: what it would really take, given time. max_power_w: the most the car takes at this EVSE.
    tier: 0 is served first. soc_known: whether the controller is told the state of charge.
    phases_known, is_dynamic: what the handshake finds out; a car that is not dynamic ignores changes of its limit.
    discharges: it feeds back when it is told to, gives_ratio of what leaves its cells: what is lost on the way in and out,
    5 % each, is lost here. floor_ratio: the least state of charge that its driver allows, NaN for no consent.
    """

    session_id: str
    evse_id: str
    id_token: str
    arrival_s: float
    departure_s: float
    stated_departure_s: float
    stated_wh: float
    wants_wh: float
    max_power_w: float
    battery: BatterySpec
    tier: int = 0
    min_a: float = 6.0  # IEC 61851-1
    uses_all_phases: bool = True
    phases_known: bool = True
    is_dynamic: bool = True
    soc_known: bool = False
    discharges: bool = False
    gives_ratio: float = 0.95 * 0.95
    floor_ratio: float = math.nan

    @property
    def stay_s(self) -> float:
        """Return how long the car is plugged in."""
        return self.departure_s - self.arrival_s

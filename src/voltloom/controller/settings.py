"""How a site is controlled: the numbers an operator may change, each with the field's reason for its default."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from voltloom.allocation.adaptive.horizon.settings import PlanningSettings
from voltloom.controller.storage.settings import StorageSettings
from voltloom.safety.settings import SafetySettings

__all__ = ["ControlSettings", "SafetySettings", "SmoothingSettings", "StorageSettings", "textbook_settings"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SmoothingSettings:
    """How limits change: fall at once, rise slowly, not too often. 0 switches a rule off.

    ramp_a_per_s: 26 A a minute by default, from 6 A to 32 A. dwell_s: least time between a fall and a rise of one
    EVSE, and between a start and a stop. deadband_a: smaller rises are not sent, nor smaller falls that nothing needs, before a dwell
    is over (station writes can be flash writes). turn_s: how long a vehicle under the minimum keeps its turn. wait_limit_s: nobody whose turn can come
    waits longer.
    """

    ramp_a_per_s: float = 26.0 / 60.0
    dwell_s: float = 300.0
    deadband_a: float = 1.0
    turn_s: float = 900.0
    wait_limit_s: float = 7200.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlSettings:
    """All settings of one controller. period_s: time between cycles.

    group_architecture: (group, architecture) pairs for EVSE groups that are run apart from the rest, each on its own
    circuits (requirement B6). increment_a: the step of the textbook round robin. reclaim_a: a vehicle that draws less
    than it may by three of these steps is bounded two above its draw, and the rest given to others; 0 leaves it unused.
    """

    period_s: float = 30.0
    architecture: str = "parallel"
    smoothing: SmoothingSettings = field(default_factory=SmoothingSettings)
    safety: SafetySettings = field(default_factory=SafetySettings)
    storage: StorageSettings = field(default_factory=StorageSettings)
    group_architecture: tuple[tuple[str, str], ...] = ()
    increment_a: float = 0.1
    reclaim_a: float = 1.0
    planning: PlanningSettings = field(default_factory=PlanningSettings)


def textbook_settings(period_s: float) -> ControlSettings:
    """Return settings under which every setpoint is the proposal, for comparison with published simulations."""
    return ControlSettings(
        period_s=period_s,
        reclaim_a=0.0,
        smoothing=SmoothingSettings(
            ramp_a_per_s=0.0, dwell_s=0.0, deadband_a=0.0, turn_s=0.0, wait_limit_s=0.0
        ),
        safety=SafetySettings(
            margin_ratio=0.0,
            worst_draw=False,
            reserves_in_flight=False,
            lease_s=0.0,
            stale_s=math.inf,
            silent_s=math.inf,
            follows_meters=False,
            checks_plausibility=False,
        ),
    )

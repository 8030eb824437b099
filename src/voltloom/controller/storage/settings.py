"""How stationary batteries are used without an optimiser: the numbers an operator may change."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class StorageSettings:
    """What batteries are for. peak_w: what the site should not draw more than; inf for no target.

    stores_surplus: charges with what is generated beyond what the site draws. covers_own_use: discharges to cover what the
    site draws. peak_soc_ratio: kept for peaks, and refilled from the grid below the target. deadband_w: smaller changes
    are not sent. settle_s: how long after a change meters show it. follows_plan: where plans are made for money they place
    batteries too, and the rest holds while there is none.
    """

    peak_w: float = math.inf
    stores_surplus: bool = True
    covers_own_use: bool = True
    peak_soc_ratio: float = 0.0
    deadband_w: float = 200.0
    settle_s: float = 10.0
    follows_plan: bool = True

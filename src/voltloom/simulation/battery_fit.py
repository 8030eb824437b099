"""A battery for a session that only tells its energy and stay: ACN-Sim's documented rule, derived anew.

A two-stage battery takes its full power P until the state of charge reaches the transition t; above it the power falls
linearly to 0 at full. With C the capacity, d = P * stay / C the state of charge that full power would add, and a start at
s0, the state of charge gained in the stay is d while s0 + d <= t, and otherwise, integrating ds/dt = P/C * (1-s)/(1-t),

    gained(s0) = 1 - s0 - (1 - t) * exp(-(d + s0 - t) / (1 - t))        started below t
    gained(s0) = (1 - s0) * (1 - exp(-d / (1 - t)))                      started at or above t

The rule takes the smallest capacity of a list that can take the energy within the stay, and the highest start that still
allows it: the battery tapers as long as it possibly can. `gained` falls with s0, so the start is found by halving.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Final

from voltloom.simulation.visits import BatteryKind, BatterySpec
from voltloom.units import SECONDS_PER_HOUR, wh_from_kwh

CAPACITIES_KWH: Final = (8.0, 24.0, 40.0, 60.0, 85.0, 100.0)
TRANSITION_SOC_RATIO: Final = 0.8
ROUNDING_RATIO: Final = 1e-12
CLOSE_SOC_RATIO: Final = 1e-9  # ACN-Sim stops halving here; stopping elsewhere would give another start


class StartRule(StrEnum):
    """How full a fitted battery arrives.

    AS_ACNSIM: `acnportal` 0.3.3 hands back the state of charge where it means the energy, for starts above the
    transition (0.9 of 24 kWh becomes 0.9 kWh, so those batteries hardly taper). Needed to repeat its tables.
    """

    LATEST = "latest"
    AS_ACNSIM = "as_acnsim"


def fitted_battery(
    energy_kwh: float, stay_periods_count: float, full_power_kw: float, period_s: float, rule: StartRule
) -> BatterySpec | None:
    """Return the battery for a session, or None where no listed capacity can take the energy in the stay.

    stay_periods_count: the stay, in periods of period_s; stays are counted so because ACN-Sim does, to the last bit.
    """
    for slack_ratio in (0.0, ROUNDING_RATIO):  # exactly full power for the whole stay may miss by a rounding
        for capacity_kwh in CAPACITIES_KWH:
            if energy_kwh > capacity_kwh:
                continue
            needed_ratio = energy_kwh / capacity_kwh - slack_ratio
            full_ratio = full_power_kw / capacity_kwh / (SECONDS_PER_HOUR / period_s) * stay_periods_count
            if (tapering := _start_in_taper(needed_ratio, full_ratio)) is not None:
                initial_kwh = tapering * (1.0 if rule is StartRule.AS_ACNSIM else capacity_kwh)
            elif (start := _start_below_taper(needed_ratio, full_ratio)) is not None:
                initial_kwh = start * capacity_kwh
            else:
                continue
            return BatterySpec(
                kind=BatteryKind.TWO_STAGE,
                capacity_wh=wh_from_kwh(capacity_kwh),
                initial_wh=wh_from_kwh(max(initial_kwh, 0.0)),
                transition_soc_ratio=TRANSITION_SOC_RATIO,
            )
    return None


def gained_soc(start_ratio: float, full_ratio: float) -> float:
    """Return the state of charge gained from a start below the transition, when full power would add full_ratio."""
    taper = 1.0 - TRANSITION_SOC_RATIO
    over = full_ratio + start_ratio - TRANSITION_SOC_RATIO
    if over <= 0.0:
        return full_ratio
    return 1.0 - taper * math.exp(-over / taper) - start_ratio


def _start_in_taper(needed_ratio: float, full_ratio: float) -> float | None:
    """Return the start at or above the transition from which the needed state of charge is gained, if there is one."""
    filled_ratio = -math.expm1(-full_ratio / (1.0 - TRANSITION_SOC_RATIO))  # of what is missing
    if filled_ratio <= 0.0:
        return None
    start = 1.0 - needed_ratio / filled_ratio
    return start if start >= TRANSITION_SOC_RATIO else None


def _start_below_taper(needed_ratio: float, full_ratio: float) -> float | None:
    """Return the highest start below the transition from which the needed state of charge is gained, if there is one."""
    if gained_soc(0.0, full_ratio) < needed_ratio:
        return None
    low, high = TRANSITION_SOC_RATIO - full_ratio, 1.0
    while True:
        middle = (low + high) / 2.0
        excess = gained_soc(middle, full_ratio) - needed_ratio
        if abs(excess) < CLOSE_SOC_RATIO:
            return middle
        low, high = (middle, high) if excess > 0.0 else (low, middle)

"""How batteries age and what using one costs: calendar and cycles of a commercial LiFePO4/graphite cell, as pure functions.

Measured and fitted by Naumann et al.: calendar ageing (Journal of Energy Storage 17, 2018, 153-169) and cycle ageing
(Journal of Power Sources 451, 2020, 227666), at 10 to 60 °C and up to 1 C. Both lose capacity with the square root, of time
and of full cycles, so what a kWh costs depends on how long a battery is used until it is replaced; `wear_eur_per_kwh`
spreads the cycles' part of its price over all that goes through it until then. Other chemistries age faster: for vehicles
the price is a lower bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from voltloom.units import SECONDS_PER_DAY

GAS_J_PER_MOL_K: Final = 8.3144598
REFERENCE_K: Final = 298.15
ZERO_CELSIUS_K: Final = 273.15
CALENDAR_PER_ROOT_S: Final = 1.2571e-5
ACTIVATION_J_PER_MOL: Final = 17_126.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatteryUse:
    """How a battery is used: the mean state of charge and temperature, the power by its capacity (1 empties it in an hour),
    the depth of its cycles, and how many full cycles a day that makes.
    """

    soc_ratio: float = 0.5
    temperature_c: float = 25.0
    rate_per_h: float = 0.5
    depth_ratio: float = 0.8
    cycles_per_day: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Replacement:
    """What a new battery costs for each kWh it holds, and the loss of capacity at which the old one is replaced."""

    price_eur_per_kwh: float
    worn_out_ratio: float = 0.2


def calendar_loss_ratio(soc_ratio: float, temperature_c: float, age_s: float) -> float:
    """Return the part of its capacity that a battery has lost by its age alone."""
    kelvin = temperature_c + ZERO_CELSIUS_K
    warmth = math.exp(-ACTIVATION_J_PER_MOL / GAS_J_PER_MOL_K * (1.0 / kelvin - 1.0 / REFERENCE_K))
    fullness = 2.8575 * (soc_ratio - 0.5) ** 3 + 0.60225
    return CALENDAR_PER_ROOT_S * warmth * fullness * math.sqrt(age_s)


def cycle_loss_ratio(rate_per_h: float, depth_ratio: float, full_cycles_count: float) -> float:
    """Return the part of its capacity that a battery has lost by cycles of a depth, counted as full ones."""
    stress = 0.0630 * rate_per_h + 0.0971
    depth = 4.0253 * (depth_ratio - 0.6) ** 3 + 1.0923
    return stress * depth * math.sqrt(full_cycles_count) / 100.0


def life_s(use: BatteryUse, worn_out_ratio: float) -> float:
    """Return how long a battery lasts under a use: until age and cycles together have taken so much of it."""
    return SECONDS_PER_DAY * (worn_out_ratio / sum(_daily(use))) ** 2


def wear_eur_per_kwh(use: BatteryUse, replacement: Replacement) -> float:
    """Return what a kWh through a battery costs, in and out counted together, where it is used like this for all its life.

    The part of the price that cycles take of the battery, by all that goes through it; what age takes would be lost anyway.
    0 for a battery that is never used.
    """
    by_age, by_cycles = _daily(use)
    if use.cycles_per_day <= 0.0:
        return 0.0
    days = life_s(use, replacement.worn_out_ratio) / SECONDS_PER_DAY
    through = 2.0 * use.cycles_per_day * days  # by its capacity: each full cycle goes in and out
    return replacement.price_eur_per_kwh * by_cycles / (by_age + by_cycles) / through


def _daily(use: BatteryUse) -> tuple[float, float]:
    """Return what the first day takes by age and by cycles; both grow with the square root of days."""
    by_age = calendar_loss_ratio(use.soc_ratio, use.temperature_c, SECONDS_PER_DAY)
    return by_age, cycle_loss_ratio(use.rate_per_h, use.depth_ratio, use.cycles_per_day)

"""What a driver wants: energy, by when, from which state of charge; and how long that can wait."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from voltloom.session.events import NeedStated
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

LONGEST_STAY_S = 14.0 * SECONDS_PER_DAY  # a departure later than this is a slip of the keyboard
LARGEST_NEED_WH = 1_000_000.0  # the largest truck batteries; more is kWh or mWh taken for Wh
MET_WH = 1.0  # a need below one watt-hour is met


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """Energy wanted since plug-in, by when, the state of charge as told last, and how far the vehicle may be discharged.

    Unknowns as in `SessionColumns`: energy_wh and departure_s inf, soc_ratio NaN; battery_wh NaN too. floor_ratio: the least
    state of charge that its driver allows; NaN where the driver has not consented that it feeds back.
    """

    energy_wh: float = math.inf
    departure_s: float = math.inf
    soc_ratio: float = math.nan
    floor_ratio: float = math.nan
    battery_wh: float = math.nan

    @property
    def is_known(self) -> bool:
        """Return whether the energy wanted is known."""
        return math.isfinite(self.energy_wh)

    @property
    def may_feed_back(self) -> bool:
        """Return whether the driver consented, and enough is known to keep to the floor."""
        return not math.isnan(self.floor_ratio + self.battery_wh + self.soc_ratio)


class ImplausibleNeed(ValueError):  # noqa: N818  named for what it is, as the driver reads it
    """A stated need that cannot be true; names the field and what to do."""

    def __init__(self, field: str, problem: str, remedy: str) -> None:
        super().__init__(f"{field}: {problem}; {remedy}")
        self.field = field
        self.problem = problem
        self.remedy = remedy


def need_of(stated: NeedStated, *, now_s: float) -> Need:
    """Return the need that was stated; NaN and inf become unknown, and no consent.

    Raises ImplausibleNeed naming field and remedy for an energy below zero or beyond every battery, a departure in
    the past or weeks away, a state of charge or a floor outside 0 to 1, or a battery of no size or beyond every other.
    """
    energy_wh = stated.energy_wh if math.isfinite(stated.energy_wh) else math.inf
    departure_s = stated.departure_s if math.isfinite(stated.departure_s) else math.inf
    soc_ratio = stated.soc_ratio if math.isfinite(stated.soc_ratio) else math.nan
    if energy_wh < 0.0 or stated.energy_wh == -math.inf:
        raise ImplausibleNeed("energy_wh", f"{stated.energy_wh:g} Wh is below zero", "state what is wanted")
    if math.isfinite(energy_wh) and energy_wh > LARGEST_NEED_WH:
        problem = f"{energy_wh:g} Wh is more than any battery takes"
        raise ImplausibleNeed("energy_wh", problem, "state it in Wh")
    if departure_s <= now_s or stated.departure_s == -math.inf:
        raise ImplausibleNeed("departure_s", "the departure is in the past", "state a time to come")
    if math.isfinite(departure_s) and departure_s - now_s > LONGEST_STAY_S:
        problem = f"the departure is {(departure_s - now_s) / SECONDS_PER_DAY:.0f} days away"
        raise ImplausibleNeed("departure_s", problem, "state one within 14 days")
    if not math.isnan(soc_ratio) and not 0.0 <= soc_ratio <= 1.0:
        raise ImplausibleNeed("soc_ratio", f"{soc_ratio:g} is not from 0 to 1", "divide a percentage by 100")
    floor_ratio, battery_wh = _consent_of(stated)
    return Need(
        energy_wh=energy_wh,
        departure_s=departure_s,
        soc_ratio=soc_ratio,
        floor_ratio=floor_ratio,
        battery_wh=battery_wh,
    )


def _consent_of(stated: NeedStated) -> tuple[float, float]:
    """Return floor and battery as stated, NaN where unknown. Raises ImplausibleNeed."""
    floor_ratio = stated.floor_ratio if math.isfinite(stated.floor_ratio) else math.nan
    battery_wh = stated.battery_wh if math.isfinite(stated.battery_wh) else math.nan
    if not math.isnan(floor_ratio) and not 0.0 <= floor_ratio <= 1.0:
        problem = f"{floor_ratio:g} is not from 0 to 1"
        raise ImplausibleNeed("floor_ratio", problem, "divide a percentage by 100")
    if battery_wh <= 0.0:
        problem = f"{battery_wh:g} Wh is no battery"
        raise ImplausibleNeed("battery_wh", problem, "state what it holds when it is full")
    if battery_wh > LARGEST_NEED_WH:
        problem = f"{battery_wh:g} Wh is more than any battery holds"
        raise ImplausibleNeed("battery_wh", problem, "state it in Wh")
    return floor_ratio, battery_wh


def laxity_s(need_wh: float, max_power_w: float, departure_s: float, now_s: float) -> float:
    """Return how long a session can wait and still get its need at full power; negative when it is too late.

    Without a known departure it can wait for ever (inf), without a need as long as it stays; with an unknown (inf)
    need and a known departure it cannot wait at all (-inf).
    """
    if math.isinf(departure_s):
        return math.inf
    stay_s = departure_s - now_s
    if need_wh <= 0.0:
        return stay_s
    if math.isinf(need_wh) or max_power_w <= 0.0:
        return -math.inf
    return stay_s - need_wh / max_power_w * SECONDS_PER_HOUR


def laxities_s(need_wh: Floats, max_power_w: Floats, departure_s: Floats, now_s: float) -> Floats:
    """Return the laxity of many sessions at once, all (n,); the same rules as `laxity_s`."""
    powered = max_power_w > 0.0
    charge_s = np.where(need_wh > 0.0, np.inf, 0.0)
    np.divide(need_wh * SECONDS_PER_HOUR, max_power_w, out=charge_s, where=powered & (need_wh > 0.0))
    leaves = np.isfinite(departure_s)
    stay_s = np.where(leaves, departure_s - now_s, 0.0)
    result: Floats = np.where(leaves, stay_s - charge_s, np.inf)
    return result

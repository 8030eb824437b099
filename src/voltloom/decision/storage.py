"""What one cycle decides for stationary batteries, and why, as columns and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.decision.explain import PRICE_DIGITS, amount_words
from voltloom.site.network import Bools, Floats, Ints
from voltloom.site.storage import StorageNetwork
from voltloom.units import SECONDS_PER_HOUR, kw_from_w

LEAST_MINOR: Final = 0.05  # of the minor unit: prices this near are the same


class StorageCause(IntEnum):
    """The one thing that fixed a battery's setpoint. Columns hold the number, people read the name."""

    IDLE = 0
    PEAK = 1  # the site draws more than its target
    SURPLUS = 2  # more is generated than the site draws
    OWN_USE = 3  # what was stored covers what the site draws
    REFILL = 4  # charges from the grid, below the target, to be ready for the next peak
    CARS_FIRST = 5  # would charge with more; cars or the circuit need the room
    FULL = 6
    EMPTY = 7
    SETTLING = 8  # the meters do not show the last change yet
    METER_UNKNOWN = 9  # what the site draws is not known, or not believed
    SILENT = 10  # no word from the battery
    IN_FLIGHT = 11  # waits until cars have confirmed lower limits
    PLANNED = 12  # the plan of the coming hours places it so


class PlannedUse(NamedTuple):
    """What a plan's power is for. then_s: when the battery goes the other way, or starts where it rests; NaN for never.

    price_now_per_kwh, price_then_per_kwh: of energy, NaN where unknown.
    """

    then_s: float
    price_now_per_kwh: float
    price_then_per_kwh: float
    currency: str
    minor_digits: int


NO_USE: Final = PlannedUse(math.nan, math.nan, math.nan, "", 2)


class BatteriesNow(NamedTuple):
    """A site's batteries as a cycle finds them, (k,). soc_ratio: NaN where unknown. power_w: what flows, charge positive.

    peak_soc_ratio: what is kept for peaks that nobody foresees.
    """

    network: StorageNetwork
    soc_ratio: Floats
    power_w: Floats
    peak_soc_ratio: float = 0.0


WORDS: Final[Mapping[StorageCause, str]] = MappingProxyType(
    {
        StorageCause.IDLE: "nothing asks for it",
        StorageCause.PEAK: "the site draws more than its target of {target}",
        StorageCause.SURPLUS: "more is generated than the site draws",
        StorageCause.OWN_USE: "what was stored covers what the site draws",
        StorageCause.REFILL: "it gets ready for the next peak while the site draws less than its target of {target}",
        StorageCause.CARS_FIRST: "cars and their circuit need the room first",
        StorageCause.FULL: "it is full",
        StorageCause.EMPTY: "it is as empty as it may be",
        StorageCause.SETTLING: "the meters do not show its last change yet",
        StorageCause.METER_UNKNOWN: "what the site draws is not known",
        StorageCause.SILENT: "nothing is heard of it",
        StorageCause.IN_FLIGHT: "cars are being slowed down first, which takes a moment",
        StorageCause.PLANNED: "{use}",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySetpoint:
    """The power one battery holds from now on, charge positive, and why.

    site_w: what the site draws without it, NaN where unknown. target_w: what it should not draw more than, inf for none.
    use: what a plan places it for; `NO_USE` where none does.
    """

    time_s: float
    battery_id: str
    cause: StorageCause
    before_w: float
    after_w: float
    site_w: float
    soc_ratio: float
    target_w: float
    age_s: float
    use: PlannedUse = NO_USE

    def sentence(self) -> str:
        """Return what it does and why."""
        if self.after_w > 0.0:
            does = f"charges with {kw_from_w(self.after_w):.1f} kW"
        elif self.after_w < 0.0:
            does = f"discharges with {kw_from_w(-self.after_w):.1f} kW"
        else:
            does = "rests"
        why = WORDS[self.cause].format(
            target=f"{kw_from_w(self.target_w):.4g} kW", use=use_words(self.use, self.after_w, self.time_s)
        )
        return f"{self.battery_id} {does}: {why}."

    def record(self) -> dict[str, object]:
        """Return what an operator reads, ready for JSON: unknown and unlimited are None."""
        return {
            "battery": self.battery_id,
            "before_w": round(self.before_w, 1),
            "after_w": round(self.after_w, 1),
            "cause": self.cause.name.lower(),
            "site_w": _rounded(self.site_w),
            "soc_ratio": _rounded(self.soc_ratio),
            "target_w": _rounded(self.target_w),
            "planned": _use_record(self.use),
            "inputs": {"oldest_age_s": _rounded(self.age_s)},
            "sentence": self.sentence(),
        }


class StorageDecision(NamedTuple):
    """One cycle's batteries, arrays (k,), charge positive. sent: whether a command goes out for a change. cause:
    `StorageCause` numbers. age_s: of the oldest input. site_w: what the site draws without them, NaN where unknown. uses: (k,)
    what a plan places them for, empty where none does.
    """

    now_s: float
    ids: tuple[str, ...]
    before_w: Floats
    after_w: Floats
    sent: Bools
    cause: Ints
    soc_ratio: Floats
    age_s: Floats
    site_w: float
    target_w: float
    uses: tuple[PlannedUse, ...] = ()

    def setpoints(self) -> Iterator[BatterySetpoint]:
        """Yield a setpoint with its reason for every battery whose power changes now."""
        for battery in self.sent.nonzero()[0]:
            yield BatterySetpoint(
                time_s=self.now_s,
                battery_id=self.ids[battery],
                cause=StorageCause(int(self.cause[battery])),
                before_w=float(self.before_w[battery]),
                after_w=float(self.after_w[battery]),
                site_w=self.site_w,
                soc_ratio=float(self.soc_ratio[battery]),
                target_w=self.target_w,
                age_s=float(self.age_s[battery]),
                use=self.uses[battery] if self.uses else NO_USE,
            )


def use_words(use: PlannedUse, after_w: float, time_s: float) -> str:
    """Return what a plan's power is for: "the site uses it in 6.5 h, when a kWh costs 12 ct more"."""
    if not math.isfinite(use.then_s):
        if after_w == 0.0:
            return "the plan has no use for it in the coming hours"
        return "the plan keeps it for later" if after_w > 0.0 else "what was stored is worth most now"
    hours = f"in {(use.then_s - time_s) / SECONDS_PER_HOUR:.1f} h"
    apart = use.price_then_per_kwh - use.price_now_per_kwh
    when = ""
    if abs(apart) * 10**use.minor_digits >= LEAST_MINOR and use.currency:
        amount = amount_words(abs(apart), use.currency, use.minor_digits)
        when = f", when a kWh costs {amount} {'more' if apart > 0.0 else 'less'}"
    if after_w == 0.0:
        return f"it waits until it is of more use {hours}{when}"
    return f"the plan uses it {hours}{when}" if after_w > 0.0 else f"it charges again {hours}{when}"


def _use_record(use: PlannedUse) -> dict[str, object] | None:
    if not math.isfinite(use.then_s):
        return None
    return {
        "turns": f"{datetime.fromtimestamp(use.then_s, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "price_now_per_kwh": _priced(use.price_now_per_kwh),
        "price_then_per_kwh": _priced(use.price_then_per_kwh),
        "currency": use.currency or None,
    }


def _priced(price_per_kwh: float) -> float | None:
    return round(price_per_kwh, PRICE_DIGITS) if math.isfinite(price_per_kwh) else None


def _rounded(amount_w: float) -> float | None:
    return round(amount_w, 3) if math.isfinite(amount_w) else None

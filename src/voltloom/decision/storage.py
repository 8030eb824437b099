"""What one cycle decides for stationary batteries, and why, as columns and in words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import kw_from_w


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
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatterySetpoint:
    """The power one battery holds from now on, charge positive, and why.

    site_w: what the site draws without it, NaN where unknown. target_w: what it should not draw more than, inf for none.
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

    def sentence(self) -> str:
        """Return what it does and why."""
        if self.after_w > 0.0:
            does = f"charges with {kw_from_w(self.after_w):.1f} kW"
        elif self.after_w < 0.0:
            does = f"discharges with {kw_from_w(-self.after_w):.1f} kW"
        else:
            does = "rests"
        why = WORDS[self.cause].format(target=f"{kw_from_w(self.target_w):g} kW")
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
            "inputs": {"oldest_age_s": _rounded(self.age_s)},
            "sentence": self.sentence(),
        }


class StorageDecision(NamedTuple):
    """One cycle's batteries, arrays (k,), charge positive. sent: whether a command goes out for a change. cause:
    `StorageCause` numbers. age_s: of the oldest input. site_w: what the site draws without them, NaN where unknown.
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
            )


def _rounded(amount_w: float) -> float | None:
    return round(amount_w, 3) if math.isfinite(amount_w) else None

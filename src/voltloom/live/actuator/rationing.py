"""Which limits are written to a station: lowering always, renewals before they end, rises within a budget. Pure.

A profile may be a flash write (field-notes.md). The budget of an outlet is a bucket: three quarters of a day's writes
flow in over a day and a quarter fits in, so that no day of 24 hours has more writes than the budget, lowering apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final, NamedTuple

from voltloom.protocols.ocpp.profiles import Hold
from voltloom.units import SECONDS_PER_DAY

LIMIT_NOISE_A: Final = 0.05  # limits are written in tenths
LONG_LEASE_S: Final = 3600.0  # of a limit that is no higher than the one a station falls back to
EARLY_RATIO: Final = 0.7  # of a lease: a renewal with more left than this can wait for the core's next


@dataclass(frozen=True, slots=True, kw_only=True)
class Rationing:
    """How often an outlet may be written. deadband_a: smaller rises wait for a renewal. interval_s: between rises.

    writes_per_day: of one outlet, lowering not counted; dynamic updates of 2.1 are no writes.
    """

    deadband_a: float = 0.5
    interval_s: float = 10.0
    writes_per_day: int = 1000


class Bucket(NamedTuple):
    """What is left to write. at_s: when it was counted."""

    writes_count: float
    at_s: float


class Action(Enum):
    """What becomes of an order."""

    WRITE = "write"
    HOLD = "hold"  # what the station holds is no more than was ordered, and lasts
    LATER = "later"  # as HOLD, and written when the interval is over


class Verdict(NamedTuple):
    """What becomes of an order: the limit and lease to write where it is written."""

    action: Action
    limit_a: float
    lease_until_s: float
    is_held_low: bool = False


class Asked(NamedTuple):
    """An order beside what its outlet surely holds. held: None where that is not known. last_rise_s: -inf for never.

    is_light: it would be a dynamic update, no write. is_urgent: somebody waits for the profile itself.
    """

    limit_a: float
    lease_until_s: float
    offline_a: float
    held: Hold | None
    last_rise_s: float
    is_light: bool = False
    is_urgent: bool = False


def full(rationing: Rationing, now_s: float) -> Bucket:
    """Return the bucket of an outlet that was not written yet."""
    return Bucket(rationing.writes_per_day / 4.0, now_s)


def refilled(bucket: Bucket, rationing: Rationing, now_s: float) -> Bucket:
    """Return the bucket with what has flowed in since."""
    passed_s = max(0.0, now_s - bucket.at_s)
    flown_count = 0.75 * rationing.writes_per_day * passed_s / SECONDS_PER_DAY
    return Bucket(min(rationing.writes_per_day / 4.0, bucket.writes_count + flown_count), now_s)


def spent(bucket: Bucket) -> Bucket:
    """Return the bucket after a write. Lowering is written also from an empty one; it leaves no debt."""
    return bucket._replace(writes_count=max(0.0, bucket.writes_count - 1.0))


def judged(asked: Asked, bucket: Bucket, rationing: Rationing, now_s: float) -> Verdict:
    """Return what becomes of an order. bucket: refilled at now_s.

    What is not written leaves the station at or below the order. While the bucket is low, limits that are no higher than
    the offline limit get a longer lease; from an empty one a rise, and a renewal above the offline limit, hold that. From an
    empty one nothing is fed back: its lease is never made longer.
    """
    if asked.limit_a < 0.0:
        return _judged_feeding(asked, bucket, rationing, now_s)
    limit_a, lease_until_s, held = asked.limit_a, asked.lease_until_s, asked.held
    if limit_a <= asked.offline_a and bucket.writes_count < rationing.writes_per_day / 8.0:
        lease_until_s = max(lease_until_s, now_s + LONG_LEASE_S)
    write = Verdict(Action.WRITE, limit_a, lease_until_s)
    if held is None or asked.is_urgent or asked.is_light or _is_lowered(limit_a, held):
        return write
    lease_s = asked.lease_until_s - now_s
    is_due = held.until_s - now_s <= EARLY_RATIO * lease_s
    hold = Verdict(Action.HOLD, held.limit_a, held.until_s)
    rise_a = limit_a - held.limit_a
    if rise_a <= LIMIT_NOISE_A:
        if not is_due:
            return hold
    elif not is_due and rise_a < rationing.deadband_a:
        return hold
    elif not is_due and now_s - asked.last_rise_s < rationing.interval_s:
        return hold._replace(action=Action.LATER)
    if bucket.writes_count >= 1.0:
        return write
    if not is_due:
        return hold._replace(is_held_low=True)
    low_a = min(limit_a, asked.offline_a)
    return Verdict(Action.WRITE, low_a, now_s + LONG_LEASE_S, is_held_low=low_a < limit_a)


def _is_lowered(limit_a: float, held: Hold) -> bool:
    """Return whether an order to charge lowers what is held, either way: what is fed back ends at once."""
    return limit_a < held.limit_a - LIMIT_NOISE_A or held.least_a < -LIMIT_NOISE_A


def _judged_feeding(asked: Asked, bucket: Bucket, rationing: Rationing, now_s: float) -> Verdict:
    """Return what becomes of an order to feed back."""
    limit_a, held = asked.limit_a, asked.held
    if bucket.writes_count < 1.0:
        return judged(asked._replace(limit_a=0.0), bucket, rationing, now_s)._replace(is_held_low=True)
    is_same = (
        held is not None and held.limit_a == held.least_a and abs(limit_a - held.limit_a) <= LIMIT_NOISE_A
    )
    if held is None or not is_same or asked.is_urgent:
        return Verdict(Action.WRITE, limit_a, asked.lease_until_s)
    is_due = held.until_s - now_s <= EARLY_RATIO * (asked.lease_until_s - now_s)
    if is_due:
        return Verdict(Action.WRITE, limit_a, asked.lease_until_s)
    return Verdict(Action.HOLD, held.limit_a, held.until_s)

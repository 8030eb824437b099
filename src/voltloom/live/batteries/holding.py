"""What an inverter is to be written and when, so that it rests by itself before a lease is over that nobody renewed."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

WRITES_COUNT: Final = 3.0  # in the time after which an inverter rests: one may get lost
SPARE_RATIO: Final = 0.1  # of a lease, that a write may take


class Lease(NamedTuple):
    """A power that the core commanded, charge positive, and until when."""

    power_w: float
    until_s: float
    serial: int


NO_LEASE = Lease(0.0, -math.inf, -1)


class Holding:
    """One battery's newest lease, and what its inverter was written.

    rests_after_s: how long after the last word it rests by itself; 0 for one that never does. spare_s: how long a write may
    take. rewrite_s: how long a write stands before it is repeated. serial: of the newest lease that the inverter took.
    """

    def __init__(self, rests_after_s: float, spare_s: float, rewrite_s: float) -> None:
        self._early_s, self._rewrite_s = rests_after_s + spare_s, rewrite_s
        self._lease = NO_LEASE
        self._written_w, self._written_s = math.nan, -math.inf
        self.serial = -1

    def take(self, lease: Lease) -> None:
        """Hold a lease from now on, unless it is older than the one before."""
        if lease.serial > self._lease.serial:
            self._lease = lease

    def due(self, now_s: float) -> Lease | None:
        """Return what is to be written now, None where what was written still stands.

        Nothing is written any more that would outlive its lease where the link breaks right after.
        """
        lease = self._lease
        if now_s >= lease.until_s - self._early_s:
            lease = lease._replace(power_w=0.0)
        is_new = lease.serial > self.serial or lease.power_w != self._written_w
        return lease if is_new or now_s - self._written_s >= self._rewrite_s else None

    def wrote(self, lease: Lease, now_s: float) -> None:
        """Take in that the inverter took it."""
        self._written_w, self._written_s = lease.power_w, now_s
        self.serial = max(self.serial, lease.serial)

    def doubts(self) -> None:
        """Take in that nobody knows what the inverter took: it is written again."""
        self._written_w = math.nan


def longest_rest_s(lease_s: float, period_s: float) -> float:
    """Return how long an inverter may go on without a word: its renewal, due at half the lease and a cycle, still comes first."""
    return lease_s * (0.5 - SPARE_RATIO) - period_s


def rewrite_s(lease_s: float, rests_after_s: float) -> float:
    """Return how long a write may stand: before half a lease is over, and well before the inverter rests by itself."""
    half_s = lease_s / 2.0
    return min(half_s, rests_after_s / WRITES_COUNT) if rests_after_s > 0.0 else half_s

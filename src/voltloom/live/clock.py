"""The site's time: the wall clock, or time that runs faster from a chosen moment so that a day passes in minutes.

Control periods, leases, stamps and deadlines are in site time. What concerns sockets and disk (the gateway's liveness,
time-outs of calls, read models) stays in real time.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class Clock:
    """One site's time. speed_ratio: site seconds in a real second. starting_s: site time at the beginning; without it
    the wall time.

    At speed 1 and without a start it is the wall clock itself, with its corrections.
    """

    def __init__(self, speed_ratio: float = 1.0, starting_s: float | None = None) -> None:
        """Raises ValueError for a speed that is not above 0."""
        if not speed_ratio > 0.0:
            raise ValueError(f"A clock's speed is above 0, not {speed_ratio}.")
        self.speed_ratio = speed_ratio
        self.is_wall = speed_ratio == 1.0 and starting_s is None
        self._epoch_s = time.time() if starting_s is None else starting_s
        self._origin_s = time.monotonic()

    def set_off(self, not_before_s: float) -> None:
        """Begin now, at the chosen start or where a journal ended; the wall clock cannot be moved."""
        self._epoch_s = max(self._epoch_s, not_before_s)
        self._origin_s = time.monotonic()

    def now_s(self) -> float:
        """Return the site's time, seconds since 1970 UTC."""
        if self.is_wall:
            return time.time()
        return self._epoch_s + (time.monotonic() - self._origin_s) * self.speed_ratio

    async def sleep(self, duration_s: float) -> None:
        """Wait for some site seconds."""
        await asyncio.sleep(self.real_s(duration_s))

    def timeout(self, duration_s: float) -> asyncio.Timeout:
        """Return `asyncio.timeout` after some site seconds."""
        return asyncio.timeout(self.real_s(duration_s))

    def call_at(self, at_s: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call back at a site time; at once where it is over."""
        loop = asyncio.get_running_loop()
        return loop.call_later(self.real_s(max(0.0, at_s - self.now_s())), callback)

    def real_s(self, duration_s: float) -> float:
        """Return how many real seconds some site seconds take."""
        return duration_s / self.speed_ratio


WALL = Clock()

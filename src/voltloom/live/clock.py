"""The site's time: the wall clock, or time that runs faster from a chosen moment so that a day passes in minutes.

Control periods, leases, stamps and deadlines are in site time. It never goes back: a lease that was given must end when it was
said to. Where the wall clock is set back, site time goes on and lets it catch up; where it is set forward, site time jumps, and
whoever gave leases must know (`jumped_s`). What concerns sockets and disk (the gateway's liveness,
time-outs of calls, read models) stays in real time.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

STEP_S = 1.0  # less is no step: time servers mend it unseen
SLOWER_RATIO = 0.02  # 6 s of a lease of 300 s, 36 s of the longest: room is made 60 s before a lease ends
MOST_AHEAD_S = 86_400.0  # a journal that ends later than this from now was written by a clock that was wrong

_log = logging.getLogger("voltloom.live")


class Clock:
    """One site's time. speed_ratio: site seconds in a real second. starting_s: site time at the beginning; without it
    the wall time.

    At speed 1 and without a start it is the wall clock, but for steps back. wall: tells that, seconds since 1970 UTC.
    """

    def __init__(
        self,
        speed_ratio: float = 1.0,
        starting_s: float | None = None,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Raises ValueError for a speed that is not above 0."""
        if not speed_ratio > 0.0:
            raise ValueError(f"A clock's speed is above 0, not {speed_ratio}.")
        self.speed_ratio = speed_ratio
        self.is_wall = speed_ratio == 1.0 and starting_s is None
        self._wall, self._jumped_s, self._is_ahead = wall, 0.0, False
        self._epoch_s = wall() if starting_s is None else starting_s
        self._origin_s = time.monotonic()

    def set_off(self, not_before_s: float) -> None:
        """Begin now, at the chosen start or where a journal ended; the wall clock that is behind that by a day or less, too."""
        if self.is_wall:
            wall_s = self._wall()
            self._epoch_s = not_before_s if wall_s < not_before_s <= wall_s + MOST_AHEAD_S else wall_s
            self._origin_s = time.monotonic()
            return
        self._epoch_s = max(self._epoch_s, not_before_s)
        self._origin_s = time.monotonic()

    def now_s(self) -> float:
        """Return the site's time, seconds since 1970 UTC."""
        if self.is_wall:
            return self._by_wall()
        return self._epoch_s + (time.monotonic() - self._origin_s) * self.speed_ratio

    def jumped_s(self) -> float:
        """Return how far site time jumped since this was asked last, because the wall clock was set forward."""
        self.now_s()
        jumped_s, self._jumped_s = self._jumped_s, 0.0
        return jumped_s

    def _by_wall(self) -> float:
        """Return the wall's time where it goes on as it should; else mind its step."""
        wall_s, steady_s = self._wall(), time.monotonic()
        passed_s = steady_s - self._origin_s
        ahead_s = self._epoch_s + passed_s - wall_s
        is_ahead, was_ahead = ahead_s > STEP_S, self._is_ahead
        if is_ahead:
            now_s = max(self._epoch_s + passed_s * (1.0 - SLOWER_RATIO), wall_s)
        else:
            now_s = max(self._epoch_s, wall_s)
        if is_ahead and not was_ahead:
            _log.error(
                "the wall clock was set back by %.0f s: the site's time goes on, and waits for it", ahead_s
            )
        elif ahead_s < -STEP_S:
            _log.error("the wall clock was set forward by %.0f s: what may be in force counts anew", -ahead_s)
            self._jumped_s -= ahead_s
        self._is_ahead = is_ahead
        self._epoch_s, self._origin_s = now_s, steady_s
        return now_s

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

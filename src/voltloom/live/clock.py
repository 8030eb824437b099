"""The site's time: the wall clock, or time that runs faster from a chosen moment so that a day passes in minutes.

Control periods, leases, stamps and deadlines are in site time. It never goes back: a lease that was given must end when it was
said to. Where the wall clock is set back, site time goes on and lets it catch up; where it is set forward, site time jumps, and
whoever gave leases must know (`jumped_s`). What concerns sockets and disk (the gateway's liveness,
time-outs of calls, read models) stays in real time.

Time that runs faster may be paused, or run at another speed; whoever waits then waits for the site time that was asked for.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable
from types import TracebackType

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
        self.is_paused = False
        self._waiting: set[Timer] = set()
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
        return self._epoch_s + (time.monotonic() - self._origin_s) * self._pace_ratio

    @property
    def _pace_ratio(self) -> float:
        return 0.0 if self.is_paused else self.speed_ratio

    def run_at(self, speed_ratio: float, *, is_paused: bool = False) -> None:
        """Go on from now at another speed, or stand still. Raises ValueError for the wall clock, or a speed that is not above 0."""
        if self.is_wall:
            raise ValueError("The wall clock cannot be told how fast to run.")
        if not 0.0 < speed_ratio < math.inf:
            raise ValueError(f"A clock's speed is above 0, not {speed_ratio}.")
        self._epoch_s, self._origin_s = self.now_s(), time.monotonic()
        self.speed_ratio, self.is_paused = speed_ratio, is_paused
        for timer in tuple(self._waiting):
            timer.set_off()

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
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end() -> None:
            if not over.done():
                over.set_result(None)

        timer = self.call_at(self.now_s() + duration_s, end)
        try:
            await over
        finally:
            timer.cancel()

    def timeout(self, duration_s: float) -> Timeout:
        """Return what `asyncio.timeout` does, after some site seconds."""
        return Timeout(self, duration_s)

    def call_at(self, at_s: float, callback: Callable[[], object]) -> Timer:
        """Call back at a site time; at once where it is over."""
        return Timer(self, at_s, callback)

    def real_s(self, duration_s: float) -> float:
        """Return how many real seconds some site seconds take, inf while time stands still."""
        return math.inf if self.is_paused else duration_s / self.speed_ratio


class Timer:
    """A callback at a site time; it follows its clock's speed until it has rung or is cancelled."""

    def __init__(self, clock: Clock, at_s: float, callback: Callable[[], object]) -> None:
        self._clock, self.at_s, self._callback = clock, at_s, callback
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()
        if not clock.is_wall:  # that one keeps its pace
            clock._waiting.add(self)
        self.set_off()

    def set_off(self) -> None:
        """Count anew when it rings in real time."""
        self._stop()
        wait_s = self._clock.real_s(max(0.0, self.at_s - self._clock.now_s()))
        if wait_s < math.inf:
            self._timer = self._loop.call_later(wait_s, self.ring)

    def cancel(self) -> None:
        """Ring no more."""
        self._stop()
        self._clock._waiting.discard(self)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def ring(self) -> None:
        """Call back, once."""
        self.cancel()
        self._callback()


class Timeout:
    """`asyncio.timeout` in site time: the block ends with TimeoutError after some site seconds."""

    def __init__(self, clock: Clock, duration_s: float) -> None:
        self._clock, self._duration_s = clock, duration_s
        self._inner = asyncio.timeout(None)

    async def __aenter__(self) -> asyncio.Timeout:
        """Begin to count."""
        inner = await self._inner.__aenter__()
        self._timer = self._clock.call_at(self._clock.now_s() + self._duration_s, self._end)
        return inner

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Count no more. Raises TimeoutError where it is over."""
        self._timer.cancel()
        await self._inner.__aexit__(kind, error, trace)

    def _end(self) -> None:
        self._inner.reschedule(asyncio.get_running_loop().time())


WALL = Clock()

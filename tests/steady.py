"""Accelerated time for tests, which stands still while this process is not let run.

Where a second of the machine is a minute of the site, a machine that is busy elsewhere for four seconds has every station silent
for four minutes. A site is right to act on that, and a test that does not mean it must not see it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from voltloom.live.clock import Clock, Timer

TICK_S = 0.004  # real
MOST_S = 0.012  # real seconds that count between two ticks, however many passed


class SteadyClock(Clock):
    """A clock at whose every tick, once in a round of the event loop, only a little time has passed."""

    def __init__(self, speed_ratio: float, starting_s: float | None = None) -> None:
        super().__init__(speed_ratio, starting_s)
        assert not self.is_wall  # that one keeps its pace
        self._loop: asyncio.AbstractEventLoop | None = None  # that ticks

    def now_s(self) -> float:
        """Return the site's time at the last tick."""
        return self._epoch_s

    def set_off(self, not_before_s: float) -> None:
        """Go on where a journal ended, if that is later."""
        self._epoch_s = max(self._epoch_s, not_before_s)

    def call_at(self, at_s: float, callback: Callable[[], object]) -> Timer:
        """Call back at the first tick from a site time on."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._waiting.clear()  # who waited in a loop that is over
            self._loop, self._origin_s = loop, time.monotonic()
            loop.call_later(TICK_S, self._tick)
        return _AtTick(self, at_s, callback)

    def _tick(self) -> None:
        assert self._loop is not None
        self._loop.call_later(TICK_S, self._tick)  # first: a callback that fails must not stop time
        real_s = time.monotonic()
        self._epoch_s += min(real_s - self._origin_s, MOST_S) * self._pace_ratio
        self._origin_s = real_s
        due = [timer for timer in self._waiting if timer.at_s <= self._epoch_s]
        for timer in sorted(due, key=_at_s):
            if timer in self._waiting:  # and not cancelled by the one before
                timer.ring()


class _AtTick(Timer):
    """A timer that its clock rings."""

    def set_off(self) -> None:
        """Leave it to the clock."""


def _at_s(timer: Timer) -> float:
    return timer.at_s

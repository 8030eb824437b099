"""The clock that tests run fast by."""

from __future__ import annotations

import asyncio
import time
from functools import partial

from tests.steady import SteadyClock


def test_time_in_which_nothing_could_be_done_does_not_count() -> None:
    async def passed_s() -> tuple[float, float, list[float]]:
        clock, rung = SteadyClock(1000.0, 0.0), list[float]()
        for at_s in (30.0, 20.0):
            clock.call_at(at_s, partial(rung.append, at_s))
        await clock.sleep(10.0)
        before_s = clock.now_s()
        time.sleep(0.3)  # 300 s of the site: as if another process had the machine
        await clock.sleep(0.001)
        stalled_s = clock.now_s() - before_s
        await clock.sleep(100.0)
        return before_s, stalled_s, rung

    before_s, stalled_s, rung = asyncio.run(passed_s())

    assert 10.0 <= before_s < 30.0
    assert 0.0 < stalled_s < 100.0
    assert rung == [20.0, 30.0]


def test_it_goes_on_in_another_loop_from_where_it_stood() -> None:
    clock = SteadyClock(1000.0, 50.0)

    asyncio.run(clock.sleep(10.0))
    asyncio.run(clock.sleep(10.0))

    assert clock.now_s() >= 70.0

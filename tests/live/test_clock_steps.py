"""Somebody sets the wall clock: no lease lasts past its end, and no reserve ends early."""

from __future__ import annotations

import asyncio
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.live.demo import PLAN
from tests.live.scripted import Script, always, opened_site
from tests.live.test_limits import acknowledged, charging
from voltloom.controller.leases.grants import ceiling_a
from voltloom.live.clock import MOST_AHEAD_S, SLOWER_RATIO, Clock
from voltloom.live.config import config_of
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite
from voltloom.session.events import OutsideLimitSet
from voltloom.site.outside import LimitSource, OutsideLimit

HOUR_S = 3600.0
PERIOD: dict[str, Any] = {"period_s": 1.0}


@dataclass
class Wall:
    """A wall clock that somebody sets."""

    set_by_s: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.set_by_s


@contextmanager
def told(caplog: pytest.LogCaptureFixture, text: str) -> Iterator[None]:
    caplog.clear()
    yield
    assert text in caplog.text


def test_set_back_it_goes_on_a_little_slower_and_set_forward_it_jumps_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    wall = Wall()
    clock = Clock(wall=wall)
    first_s = clock.now_s()

    wall.set_by_s = -HOUR_S
    with told(caplog, "set back by 3600 s"):
        moments_s = [clock.now_s() for _ in range(1000)]
    behind_s = wall()
    wall.set_by_s = HOUR_S
    with told(caplog, "set forward by 3600 s"):
        jumped_s = clock.jumped_s()

    assert moments_s == sorted(moments_s)
    assert first_s <= moments_s[0]
    # It catches up by no more than its slower pace.
    assert moments_s[-1] - behind_s >= HOUR_S - SLOWER_RATIO * (behind_s + HOUR_S - first_s) - 1e-3
    assert jumped_s == pytest.approx(HOUR_S, abs=2.0)
    assert clock.jumped_s() == 0.0


def test_a_start_goes_on_where_a_journal_of_today_ended_and_not_where_one_of_next_month_did() -> None:
    now_s = time.time()
    soon, late = Clock(), Clock()

    soon.set_off(now_s + HOUR_S)
    late.set_off(now_s + MOST_AHEAD_S + HOUR_S)

    assert soon.now_s() >= now_s + HOUR_S
    assert late.now_s() < now_s + HOUR_S


def test_while_the_clock_is_set_back_leases_are_renewed_and_readings_count(tmp_path: Path) -> None:
    asyncio.run(_set_back(tmp_path))


async def _set_back(folder: Path) -> None:
    wall, script = Wall(), Script(always("Accepted"))
    clock = Clock(wall=wall)
    async with charging(folder, "ocpp2.1", script, clock=clock, **PERIOD) as (site, client):
        await script.until(lambda: script.limit_a() >= 6.0, "a limit")
        await acknowledged(site, script)
        before = site.loop.memory
        wall.set_by_s = -HOUR_S
        await client.measure(6.0)
        await _decided(site, script)
        after = site.loop.memory
    again = await opened_site(folder, Clock(wall=wall), **PERIOD)
    remembered = again.loop.memory
    await again.stop()

    assert after.decided_s > before.decided_s
    assert after.readings.current_a[0] == 6.0
    assert after.readings.sampled_s[0] >= before.decided_s
    assert 0.0 < after.grants.lease_until_s[0] - after.decided_s <= _lease_s(site)
    # A restart goes on from the kept memory: it is of no time to come.
    assert remembered.seats[0].session is not None
    assert remembered.started_s == after.started_s


def test_when_the_clock_is_set_forward_what_a_station_may_hold_counts_until_that_is_surely_over(
    tmp_path: Path,
) -> None:
    asyncio.run(_set_forward(tmp_path))


async def _set_forward(folder: Path) -> None:
    wall, script = Wall(), Script(always("Accepted"))
    clock = Clock(wall=wall)
    async with charging(folder, "ocpp2.1", script, clock=clock, **PERIOD) as (site, client):
        await script.until(lambda: script.limit_a() >= 6.0, "a limit")
        await acknowledged(site, script)
        held_a = float(site.loop.memory.grants.limit_a[0])
        await client.leave()  # it holds its limit for the rest of its lease, and nobody can lower it
        wall.set_by_s = HOUR_S
        now_s = clock.now_s()
        source = LimitSource.GRID_OPERATOR
        less = OutsideLimit(source=source, limit_id="evening", until_s=now_s + HOUR_S, limit_a=0.0)
        await site.loop.order((OutsideLimitSet(time_s=now_s, limit=less),), "a test")
        await _decided(site, script)
        grants, now_s = site.loop.memory.grants, clock.now_s()
        # As far as a lease that was given just before the step lasts.
        ends_s = now_s + _lease_s(site) - 10.0
        ceilings_a = [float(ceiling_a(grants, np.zeros(2), at_s)[0]) for at_s in (now_s, ends_s)]
    config = config_of(
        {**(tree := tomllib.loads(PLAN)), "control": {**tree["control"], **PERIOD}}, folder=folder
    )
    outcome = await asyncio.to_thread(replayed, config, str(config.journal), Stretch())

    assert grants.limit_a[0] == 0.0
    assert min(ceilings_a) >= held_a >= 6.0
    assert outcome.difference is None
    assert outcome.cycles_count > 1


async def _decided(site: LiveSite, script: Script) -> None:
    count = site.loop.cycles_count + 2
    await script.until(lambda: site.loop.cycles_count >= count, "two cycles")


def _lease_s(site: LiveSite) -> float:
    return site.config.settings.safety.lease_s

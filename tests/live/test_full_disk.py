"""While the journal's disk is full, stations keep their limits: they are renewed, lowered, and raised only once it writes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.scripted import Alarms, Client, Script, always
from tests.live.test_limits import charging
from tests.steady import SteadyClock
from voltloom.live.alarming import in_journal
from voltloom.live.running import LiveSite
from voltloom.session.alarms import AlarmKind

SPEED_RATIO = 60.0
LEASE_S = 300.0


async def _fill(site: LiveSite) -> None:
    """Let the database grow no more; what fits in its last pages is still written."""
    await site.journal.run(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1").all())


async def _make_room(site: LiveSite) -> None:
    await site.journal.run(lambda c: c.exec_driver_sql("PRAGMA max_page_count = 1000000").all())


@pytest.mark.parametrize("version", ["ocpp1.6"])
def test_a_full_disk_lets_no_station_fall_to_its_default(tmp_path: Path, version: str) -> None:
    asyncio.run(_kept_up(tmp_path, version))


async def _kept_up(folder: Path, version: str) -> None:
    script, clock = Script(always("Accepted")), SteadyClock(SPEED_RATIO)
    seen_a: list[float] = []

    async def watch(client: Client, duration_s: float) -> None:
        until_s = clock.now_s() + duration_s
        while clock.now_s() < until_s:
            await client.call("Heartbeat")  # nothing of it is kept
            seen_a.append(script.limit_a())
            await clock.sleep(10.0)

    async def charge_until(client: Client, is_so: Callable[[], bool], what: str) -> None:
        """Draw what is allowed, and tell it, until something is so."""

        async def draw() -> None:
            while True:
                await client.measure(script.limit_a())
                await clock.sleep(10.0)

        drawing = asyncio.create_task(draw())
        await script.until(is_so, what)
        drawing.cancel()

    with Alarms() as alarms:
        slow = {"ramp_a_per_s": 0.03}
        async with charging(folder, version, script, clock=clock, smoothing=slow) as (site, client):
            await charge_until(client, lambda: script.limit_a() >= 8.0, "more than its default")
            await _fill(site)
            while not site.journal.fault:
                await watch(client, 10.0)
            held_a = script.limit_a()
            seen_a.clear()
            await watch(client, 3 * LEASE_S)
            full = list(seen_a)
            standing = set(site.loop.logbook.standing)
            await _make_room(site)
            await charge_until(client, lambda: script.limit_a() > held_a + 1.0, "a rise once there is room")

    assert 8.0 <= held_a < 15.0  # it would have risen
    assert min(full) > 6.0
    assert max(full) <= held_a
    assert (AlarmKind.JOURNAL_FAILING, "journal") in standing
    assert alarms.has(AlarmKind.JOURNAL_FAILING)
    failing = [one for one in in_journal(str(folder / "journal.db"), 50) if one.source == "journal"]
    assert failing  # more than one where the last pages still took something small
    assert all(one.is_over for one in failing)  # what could not be written when it was told was written after

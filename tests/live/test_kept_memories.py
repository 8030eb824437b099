"""What is written in the very moment in which a memory is kept is known after a crash, and to a replay."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.live.demo import plan_file, station
from tests.live.test_replay import OCTOBER_S, SPEED_RATIO, charge
from tests.steady import SteadyClock
from voltloom.live.config import Config, load_config
from voltloom.live.gateway.stations import Standing
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.store.entry import Entry
from voltloom.store.errors import JournalFullError
from voltloom.store.journal import Receipts

LONG_AGO_S = -1e9
Written = asyncio.Future[Receipts]


async def standing(site: LiveSite) -> None:
    """Let a site decide only when it is told to."""
    for task in site._tasks:
        task.cancel()
    await asyncio.gather(*site._tasks, return_exceptions=True)


def test_a_station_rejected_while_a_memory_is_kept_stays_out_after_a_crash(tmp_path: Path) -> None:
    async def whole() -> tuple[list[str], Standing | None, int]:
        before, after = tmp_path / "before", tmp_path / "after"
        before.mkdir()
        after.mkdir()
        site = await opened(load_config(plan_file(before)))
        await standing(site)
        site.loop._memory_kept_s = LONG_AGO_S
        rejecting = asyncio.create_task(site.enrolment.reject("CP1", by="op"))
        await asyncio.sleep(0.0)  # its row is on its way
        await site.loop._decide(is_doubted=False)
        await rejecting
        await asyncio.gather(*site.loop._keeping)
        kinds = [row.kind for row in await site.journal.rows_after(0, 100)]
        plan_file(after)
        for file in before.glob("journal.db*"):
            shutil.copy(file, after / file.name)
        again = await opened(load_config(after / "site.toml"))
        known, kept_count = again.enrolment.roll.directory.find("CP1"), len(again.enrolment.roll.kept)
        await again.stop()
        await site.stop()
        return kinds, None if known is None else known.standing, kept_count

    kinds, known, kept_count = asyncio.run(whole())

    assert kinds[-1] == "core_memory"
    assert "station_kept" in kinds
    assert known is Standing.REFUSED
    assert kept_count == 1


def test_a_transaction_that_starts_while_a_memory_after_a_gap_is_kept_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks, untold = list[asyncio.Task[None]](), list[frozenset[str]]()

    def decide(site: LiveSite) -> None:
        site.loop._memory_kept_s, site.loop._has_gap = LONG_AGO_S, True
        untold.append(frozenset(site.loop.untold))
        tasks.append(asyncio.create_task(site.loop._decide(is_doubted=False)))

    def deciding_as_it_starts(site: LiveSite) -> Callable[..., Written]:
        put = site.journal.put

        def hooked(entries: Sequence[Entry], *, waits: bool = True) -> Written:
            if b'"StartTransaction"' in entries[0].payload:
                asyncio.get_running_loop().call_soon(decide, site)
            return put(entries, waits=waits)

        return hooked

    async def whole() -> Config:
        config = load_config(plan_file(tmp_path))
        site = await opened(config, SteadyClock(SPEED_RATIO, OCTOBER_S))
        one = await station(site.ports[0][1], "CP1")
        monkeypatch.setattr(site.journal, "put", deciding_as_it_starts(site))
        await charge(site, one, "anna", 1000.0, 4)
        await asyncio.gather(*tasks)
        site.loop._memory_kept_s = LONG_AGO_S  # the next one is compared
        await site.clock.sleep(60.0)
        await site.stop()
        await one.leave()
        return config

    config = asyncio.run(whole())

    (keys,) = untold
    assert keys  # the core was not told of it yet
    outcome = replayed(config, str(config.journal), Stretch())
    assert outcome.difference is None
    assert outcome.cycles_count > 5


def test_a_last_cycle_that_was_not_written_is_a_gap_and_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def whole() -> Config:
        config = load_config(plan_file(tmp_path))
        site = await opened(config, SteadyClock(SPEED_RATIO, OCTOBER_S))
        await site.clock.sleep(60.0)
        await standing(site)

        def full(*_: object, **__: object) -> Written:
            failed: Written = asyncio.get_running_loop().create_future()
            failed.set_exception(JournalFullError("the disk is full"))
            return failed

        with monkeypatch.context() as patch:
            patch.setattr(site.journal, "put", full)
            await site.loop._decide(is_doubted=False)
            await asyncio.gather(*site.loop._keeping)
        await site.stop()
        return config

    config = asyncio.run(whole())

    assert replayed(config, str(config.journal), Stretch()).difference is None

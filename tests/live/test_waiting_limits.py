"""A limit that waits for its row is not in force: what comes after it is no fall from it."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from tests.live.demo import plan_file
from tests.live.slow_disk import halted
from voltloom.decision.command import Command, SetLimits
from voltloom.live.config import load_config
from voltloom.live.keeping import Kept
from voltloom.live.running import opened
from voltloom.live.site_loop import Hands
from voltloom.live.wire import CYCLE_KIND, CoreCycle
from voltloom.store.entry import Entry


def _limit(limit_a: float, serial: int) -> SetLimits:
    return SetLimits(
        time_s=0.0,
        evses=np.array([0]),
        limit_a=np.array([limit_a]),
        lease_until_s=np.array([300.0]),
        serial=np.array([serial]),
    )


def _cycle(number: int) -> CoreCycle:
    return CoreCycle(number=number, now_s=0.0, observed=(), digest="")


def test_what_a_cycle_keeps_stands_before_what_is_written_after_its_decision(tmp_path: Path) -> None:
    async def order() -> list[str]:
        site = await opened(load_config(plan_file(tmp_path)))
        before = (await site.journal.head()).seq
        cycle = partial(_cycle, 900)
        site.loop._carry_out([], Kept((Entry("memory", "core_memory", 0, b""),), 0), cycle)
        # In the same turn of the event loop a station's message comes, of which that memory knows nothing.
        await site.journal.put((Entry("message", "ocpp_call", 0, b""),))
        rows = await site.journal.rows_after(before, 100)
        await site.stop()
        return [row.key for row in rows if row.key in ("memory", "message")]

    assert asyncio.run(order()) == ["memory", "message"]


async def _went_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    site = await opened(load_config(plan_file(folder)))
    out: list[float] = []

    def act(command: Command) -> None:
        assert isinstance(command, SetLimits)
        out.append(float(command.limit_a[0]))

    site.loop._out.limit_a[0] = 8.0  # what went out last
    disk = halted(site.journal, monkeypatch)
    monkeypatch.setattr(site.loop, "_hands", Hands(act, lambda _: None))
    seen = []
    for number, limit_a in enumerate((6.0, 32.0, 20.0, 5.0), start=900):
        site.loop._carry_out([_limit(limit_a, number)], Kept((), 0), partial(_cycle, number))
        seen.append(list(out))
    disk.set()
    await site.stop()
    return seen


def test_only_what_is_below_the_limit_in_force_goes_out_before_it_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = asyncio.run(_went_out(tmp_path, monkeypatch))

    assert seen == [[6.0], [6.0], [6.0], [6.0, 5.0]]


async def _row_of_a_failed_fall(folder: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    site = await opened(load_config(plan_file(folder)))

    def act(command: Command) -> None:
        raise RuntimeError("a bug about one command")

    site.loop._out.limit_a[0] = 8.0
    with monkeypatch.context() as broken:
        broken.setattr(site.loop, "_hands", Hands(act, lambda _: None))
        with pytest.raises(RuntimeError, match="one command"):
            site.loop._carry_out([_limit(6.0, 900)], Kept((), 0), partial(_cycle, 900))
    await asyncio.gather(*site.loop._keeping)
    rows = await site.journal.rows_after(0, 100)
    await site.stop()
    return {row.key for row in rows if row.kind == CYCLE_KIND and b'"number":900' in row.payload}


def test_a_cycle_is_written_though_a_command_of_it_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asyncio.run(_row_of_a_failed_fall(tmp_path, monkeypatch))

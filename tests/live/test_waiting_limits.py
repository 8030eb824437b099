"""A limit that waits for its row is not in force: what comes after it is no fall from it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.live.demo import plan_file
from voltloom.decision.command import Command, SetLimits
from voltloom.live.config import load_config
from voltloom.live.running import opened
from voltloom.live.site_loop import Hands, Kept
from voltloom.live.wire import CoreCycle


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


async def _went_out(folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[float]]:
    site = await opened(load_config(plan_file(folder)))
    disk = asyncio.Event()
    append = site.journal.append_together

    async def slow(entries: object) -> object:
        await disk.wait()
        return await append(entries)  # type: ignore[arg-type]  # what the loop hands over

    out: list[float] = []

    def act(command: Command) -> None:
        assert isinstance(command, SetLimits)
        out.append(float(command.limit_a[0]))

    site.loop._out_a[0] = 8.0  # what went out last
    monkeypatch.setattr(site.journal, "append_together", slow)
    monkeypatch.setattr(site.loop, "_hands", Hands(act, lambda _: None))
    seen = []
    for number, limit_a in enumerate((6.0, 32.0, 20.0, 5.0), start=900):
        later = site.loop._let_fall([_limit(limit_a, number)])
        site.loop._write(_cycle(number), Kept((), 0), later)
        seen.append(list(out))
    disk.set()
    await site.stop()
    return seen


def test_only_what_is_below_the_limit_in_force_goes_out_before_it_is_durable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = asyncio.run(_went_out(tmp_path, monkeypatch))

    assert seen == [[6.0], [6.0], [6.0], [6.0, 5.0]]

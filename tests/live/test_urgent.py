"""A reading of too much is decided upon at once, however long the pause between two cycles would be."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from ocpp.v16 import call

from tests.live.demo import PLAN, station
from voltloom.live import site_loop
from voltloom.live.config import load_config
from voltloom.live.running import opened
from voltloom.protocols.ocpp.timestamps import stamp_text


def test_more_than_was_allowed_asks_for_a_cycle_at_once_and_less_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_loop, "LEAST_BETWEEN_S", 3600.0)
    file = tmp_path / "site.toml"
    file.write_text(PLAN.replace("period_s = 2.0", "period_s = 60.0"), encoding="utf-8")

    calm_count, urgent_count = asyncio.run(_cycles(file))

    assert calm_count == 1  # the first one, at the start
    assert urgent_count >= 2


async def _cycles(file: Path) -> tuple[int, int]:
    site = await opened(load_config(file))
    anna = await station(site.ports[0][1], "CP1")
    await anna.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
    transaction_id = await anna.begin("anna", 1000, stamp_text(time.time()))
    await anna.measure(transaction_id, 0.5, 1001.0, time.time())
    await asyncio.sleep(0.3)
    calm_count = site.loop.cycles_count
    await anna.measure(transaction_id, 15.0, 1002.0, time.time())
    async with asyncio.timeout(20.0):
        while site.loop.cycles_count == calm_count:
            await asyncio.sleep(0.01)
    urgent_count = site.loop.cycles_count
    await anna.leave()
    await site.stop()
    return calm_count, urgent_count

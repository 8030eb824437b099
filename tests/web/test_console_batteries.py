"""Batteries in the console: a real inverter's power and charge, with its sign, and what is left for the building."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.live.batteried import yard
from tests.web.stage import staged
from voltloom.web.console.shapes import NodeNow
from voltloom.web.console.state import Console, Ticker

BUILDING_W = 16_000.0


def told_building_kw(console: Console) -> float | None:
    """Return the building's power in the newest point of the chart: a point is of a decision, so it may be a cycle old."""
    return console.points.since(0)[-1].other_kw


def test_a_battery_is_told_with_its_sign_its_charge_and_why_and_is_no_part_of_the_building(
    tmp_path: Path,
) -> None:
    async def whole() -> None:
        async with yard(tmp_path, building_w=BUILDING_W) as here:
            site = await here.open()
            console = Console(site)
            follower, ticker = Ticker(console), Ticker(console)
            await here.until(lambda: abs(here.site_w() - 10_000.0) < 150.0)
            await here.until(lambda: abs((root(ticker).load_kw or 0.0) - 10.0) < 0.3)
            await here.until(lambda: told_building_kw(console) == pytest.approx(BUILDING_W / 1000.0, abs=0.5))
            tick, now = follower.tick(), ticker.begin()
            point = console.points.since(0)[-1]
            here.inverter.is_mute = True
            await here.until(lambda: console.now().batteries[0].is_silent)
            console.end()
            await site.stop()

        (battery,) = now.batteries
        assert tick.batteries == [battery]
        assert (battery.id, battery.node) == ("cellar", "grid")
        assert battery.power_kw == pytest.approx(-6.0, abs=0.5)
        assert battery.told_kw == pytest.approx(-6.0, abs=0.5)
        assert (battery.discharge_kw, battery.charge_kw) == (10.0, 10.0)
        assert battery.soc_ratio is not None
        assert 0.5 < battery.soc_ratio <= 0.6
        assert battery.sentence.startswith("cellar discharges with ")
        assert not battery.is_silent
        assert now.nodes[0].other_kw == pytest.approx(BUILDING_W / 1000.0, abs=0.5)
        assert point.other_kw == pytest.approx(BUILDING_W / 1000.0, abs=0.5)

    def root(ticker: Ticker) -> NodeNow:
        return ticker.begin().nodes[0]

    asyncio.run(whole())


def test_a_site_without_batteries_has_no_row_of_one(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client() as client:
            await stage.decided()
            assert (await client.get("/api/v1/console")).json()["batteries"] == []

    asyncio.run(whole())

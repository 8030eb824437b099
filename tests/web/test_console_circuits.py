"""Circuits in the console: a measured load has the building in it, so the limit beside it must have it too."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.live.demo import PLAN, RATING_A
from tests.web.stage import staged
from tests.web.test_consent import config_of as with_discharge
from tests.web.test_consent import fed_back
from tests.web.test_interface import charging
from voltloom.live.config import config_of
from voltloom.live.wire import MeterRead, events_of

BUILDING_A = 8.0


async def _told(folder: Path) -> dict[str, Any]:
    """Return the state of a site whose circuit is measured, and on which nothing but a building draws."""
    config = config_of(
        tomllib.loads(PLAN) | {"meter": [{"circuit": "yard", "station": "CP1"}]}, folder=folder
    )
    async with staged(folder, config=config) as stage, stage.client() as client:
        read = MeterRead(time_s=stage.site.clock.now_s(), rows=(0, 1, 2), current_a=(BUILDING_A,) * 3)
        stage.site.loop.tell(events_of(read), read)
        await stage.decided()
        await stage.decided()
        state: dict[str, Any] = (await client.get("/api/v1/console")).json()
        return state


def test_the_limit_of_a_measured_circuit_is_its_rating_less_the_margin_whatever_a_building_draws(
    tmp_path: Path,
) -> None:
    state = asyncio.run(_told(tmp_path))

    (node,) = state["nodes"]
    kw_per_a = 3 * 0.230
    assert node["is_metered"]
    assert node["load_kw"] == node["other_kw"] == pytest.approx(BUILDING_A * kw_per_a)
    assert node["limit_kw"] == state["head"]["limit_kw"] == pytest.approx(0.98 * RATING_A * kw_per_a)
    assert node["headroom_kw"] == pytest.approx((0.98 * RATING_A - BUILDING_A) * kw_per_a, abs=0.001)


def test_what_a_vehicle_feeds_back_is_told_with_its_sign_at_its_outlet_its_circuit_and_in_the_chart(
    tmp_path: Path,
) -> None:
    async def whole() -> dict[str, Any]:
        async with staged(tmp_path, config=with_discharge(tmp_path, 16.0)) as stage:
            anna, _ = await charging(stage)
            stage.leaving.append(anna)
            await stage.site.loop.order((fed_back(500.0),), "a test")
            await stage.decided()
            async with stage.client() as client:
                state: dict[str, Any] = (await client.get("/api/v1/console")).json()
                return state

    state = asyncio.run(whole())

    outlet = next(one for one in state["outlets"] if one["look"] == "feeding")
    (node,) = state["nodes"]
    assert outlet["draws_a"] == -10.0
    assert outlet["draws_kw"] == pytest.approx(-10.0 * 3 * 0.230)
    assert node["load_kw"] == pytest.approx(outlet["draws_kw"])
    assert sum(state["points"][-1]["feeders_kw"]) == pytest.approx(outlet["draws_kw"])

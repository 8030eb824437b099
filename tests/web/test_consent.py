"""A driver says over the interface that the vehicle may feed back, and takes it back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import numpy as np

from tests.live.demo import plan_file
from tests.web.stage import Stage, staged
from tests.web.test_interface import charging
from voltloom.live.config import Config, load_config
from voltloom.live.config.api import Role
from voltloom.session.events import EvseReadings

FLOOR = {"energy_wh": 12_000, "soc_ratio": 0.6, "floor_ratio": 0.4, "battery_wh": 60_000}


def config_of(folder: Path, discharge_a: float) -> Config:
    """Return the yard's configuration, with outlets that can discharge; a file of a running site may not say so yet."""
    config = load_config(plan_file(folder))
    evses = tuple(replace(evse, discharge_a=discharge_a) for evse in config.site.evses)
    return replace(config, site=replace(config.site, evses=evses))


def fed_back(register_wh: float) -> EvseReadings:
    """Return a reading of the first outlet, whose vehicle feeds back; its register shows so much."""
    return EvseReadings(
        time_s=time.time(),
        evses=np.array([0], dtype=np.int64),
        sampled_s=np.array([time.time()]),
        current_a=np.array([-10.0]),
        energy_wh=np.array([1010.0]),
        exported_wh=np.array([register_wh]),
    )


def answers(
    folder: Path, *needs: dict[str, Any], discharge_a: float = 16.0, exported_wh: Sequence[float] = ()
) -> list[httpx.Response]:
    """Return the answers to a driver's needs, stated one after the other, then the session as it is.

    exported_wh: what the outlet's register of exported energy shows before that, one reading after the other.
    """

    async def whole() -> list[httpx.Response]:
        async with staged(folder, config=config_of(folder, discharge_a)) as stage:
            return await stated(stage)

    async def stated(stage: Stage) -> list[httpx.Response]:
        anna, session_id = await charging(stage)
        stage.leaving.append(anna)
        address = f"/api/v1/sessions/{session_id}"
        async with stage.client(Role.DRIVER) as client:
            found = [await client.put(f"{address}/need", json=need) for need in needs]
            for register_wh in exported_wh:
                await stage.site.loop.order((fed_back(register_wh),), "a test")
            return [*found, await client.get(address)]

    return asyncio.run(whole())


def test_a_driver_consents_with_a_floor_and_takes_it_back_with_a_need_that_has_none(tmp_path: Path) -> None:
    vague = {name: FLOOR[name] for name in ("energy_wh", "floor_ratio")}
    past = {"departure": "2001-01-01T00:00:00Z"}

    unclear, given, refused, same, back, _, other, after = answers(
        tmp_path,
        vague,
        FLOOR,
        {**FLOOR, **past},
        FLOOR,
        {"energy_wh": 9000},
        FLOOR,
        past,
        exported_wh=[500.0, 1700.0],
    )

    missing = "battery_wh and soc_ratio"
    assert unclear.json()["note"] == f"Nothing is fed back until the vehicle or you tell {missing}."
    assert (given.json()["need"]["floor_ratio"], given.json()["need"]["battery_wh"]) == (0.4, 60_000)
    assert given.json()["note"] == "The vehicle has not told that it can feed back."
    assert (refused.status_code, same.json()["note"]) == (422, given.json()["note"])
    assert back.json()["need"]["floor_ratio"] is None
    assert back.json()["note"] == "The vehicle may not feed back any more: floor_ratio was left out."
    # A need that is refused keeps nothing but that its driver allows it no more.
    assert other.json()["detail"] == "body.departure: the departure is in the past. State a time to come."
    assert (after.json()["need"]["energy_wh"], after.json()["need"]["floor_ratio"]) == (12_000, None)
    assert given.json()["exported_wh"] is None
    assert after.json()["exported_wh"] == 1200.0


def test_a_floor_that_cannot_be_is_refused_and_where_the_outlet_only_charges_any(tmp_path: Path) -> None:
    wrong = {"floor_ratio": 40}, {"floor_ratio": -0.1}, {"battery_wh": 0}, {"battery_wh": 6e7}

    *refused, nowhere, after = answers(tmp_path, *({**FLOOR, **one} for one in wrong), FLOOR, discharge_a=0.0)

    assert [one.status_code for one in refused] == [422] * 4
    assert [one.json()["errors"][0]["field"] for one in refused] == [
        f"body.{name}" for one in wrong for name in one
    ]
    assert nowhere.status_code == 422
    assert nowhere.json()["detail"] == "body.floor_ratio: outlet LEFT cannot feed back. Leave it out."
    assert (after.json()["need"]["energy_wh"], after.json()["exported_wh"]) == (None, 0.0)

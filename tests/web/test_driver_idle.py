"""Since when a driver pays for a place that is not used any more."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from ocpp.v16 import call

from tests.live.demo import plan_file, station
from tests.web.stage import staged
from tests.web.test_interface import charging
from voltloom.live.config import load_config
from voltloom.protocols.ocpp.timestamps import stamp_text

Told = dict[str, Any]


def test_a_finished_visit_pays_for_its_place_since_its_power_ended_also_after_a_restart(
    tmp_path: Path,
) -> None:
    file = plan_file(tmp_path)
    priced = '[[tariff]]\nname = "fair"\nprice_per_kwh = 0.4\nidle_price_per_h = 6.0\n'
    file.write_text(file.read_text(encoding="utf-8") + priced, encoding="utf-8")
    config = load_config(file)

    async def first() -> tuple[str, float, Told]:
        async with staged(tmp_path, config=config) as stage:
            anna, session_id = await charging(stage)
            stage.leaving.append(anna)
            async with stage.client() as client:
                link = (await client.post(f"/api/v1/sessions/{session_id}/link")).json()["link"]
                ended_s = round(time.time(), 3)
                number = stage.site.desks["CP1"].memory.transactions[-1].transaction_id
                await anna.call(
                    call.StopTransaction(
                        meter_stop=3500, timestamp=stamp_text(ended_s), transaction_id=int(number)
                    )
                )
                await stage.decided()
                await stage.decided()
                return link, ended_s, (await client.get(f"{link}/state")).json()

    async def then(link: str) -> Told:
        async with staged(tmp_path, config=config) as stage, stage.client() as client:
            anna = await station(stage.site.ports[0][1], "CP1")
            stage.leaving.append(anna)
            await anna.call(call.Heartbeat())
            await stage.decided()
            await stage.decided()
            told: Told = (await client.get(f"{link}/state")).json()
            return told

    link, ended_s, before = asyncio.run(first())
    after = asyncio.run(then(link))

    assert before["stage"] == "finished"
    assert before["idle_ms"] == after["idle_ms"] == round(ended_s * 1000.0)

"""What a console looks back on: it takes bounded room and little time, however large the site and long the day."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from tests.controller.desk import desk_for
from tests.web.stage import staged
from voltloom.web.console import rings
from voltloom.web.console.rings import Changes


def test_changes_keep_no_more_decisions_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def noted() -> tuple[int, int, list[int]]:
        async with staged(tmp_path) as stage:
            changes, desk = Changes(stage.site), desk_for(stage.site.config.site)
            decision = desk.cycle(0.0)
            changed = decision._replace(
                sent=np.ones(2, dtype=np.bool_), before_a=np.zeros(2), after_a=np.full(2, 6.0)
            )
            each_bytes = rings._bytes_of(changed)
            monkeypatch.setattr(rings, "DECISIONS_BYTES", 10 * each_bytes)
            for step in range(200):
                changes.note(changed._replace(now_s=float(step)))
            kept = changes.after(0, 1_000)
            return len(kept), len(changes._sizes), [kept[0].id, kept[-1].id]

    kept_count, sizes_count, ids = asyncio.run(noted())

    assert (kept_count, sizes_count) == (20, 10)
    assert ids == [381, 400]


def test_bands_tell_power_where_a_vehicle_is_and_null_where_none_is_or_no_meter_told(tmp_path: Path) -> None:
    async def told() -> dict[str, object]:
        async with staged(tmp_path) as stage, stage.client() as client:
            await stage.decided()
            found: dict[str, object] = {"at_ms": []}
            while not found["at_ms"]:
                found = (await client.get("/api/v1/bands", params={"count": 10})).json()
                await asyncio.sleep(0.05)
            return found

    found = asyncio.run(told())

    moments = found["at_ms"]
    assert isinstance(moments, list)
    assert found["evses"] == ["LEFT", "RIGHT"]
    assert found["draws_kw"] == [[None] * len(moments)] * 2

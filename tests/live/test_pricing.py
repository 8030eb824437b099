"""The file's prices reach the journal once, and again only when they change; bills follow them."""

from __future__ import annotations

import asyncio
import tomllib
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.live.demo import PLAN
from voltloom.live.config import config_of
from voltloom.live.running import opened
from voltloom.store.journal import open_journal
from voltloom.store.schema import tariffs

CHEAP = {"name": "cheap", "currency": "EUR", "price_per_kwh": 0.3}
DEAR = {"name": "dear", "currency": "EUR", "price_per_kwh": 0.6}


def test_prices_are_written_once_and_again_when_they_change(tmp_path: Path) -> None:
    later = tomllib.loads("from = 2030-01-01")
    runs: list[list[dict[str, Any]]] = [[CHEAP], [CHEAP], [CHEAP, DEAR | later], [DEAR], [CHEAP], []]

    counts = [asyncio.run(_run_with(tmp_path, prices)) for prices in runs]

    # The fourth run also replaces what began in 2030; the sixth takes nothing back.
    assert [len(found) for found in counts] == [1, 1, 2, 3, 5, 5]
    assert [name for _, name in counts[-1]] == ["cheap", "dear", "dear", "cheap", "cheap"]


async def _run_with(folder: Path, prices: list[dict[str, Any]]) -> list[tuple[int, str]]:
    config = config_of(tomllib.loads(PLAN) | {"tariff": prices}, folder=folder)
    site = await opened(config)
    await site.stop()
    async with await open_journal(config.journal, node=config.node) as journal:
        rows = await journal.run(
            lambda c: c.execute(select(tariffs.c.from_ms, tariffs.c.payload).order_by(tariffs.c.seq)).all()
        )
    return [(row.from_ms, "cheap" if b'"cheap"' in row.payload else "dear") for row in rows]

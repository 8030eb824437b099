"""Prices and bills over the interface are the numbers that the journal's read models hold."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from tests.store.day import HOUR_MS, MIDNIGHT_MS, Visit, priced_from_midnight, tariff
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.store.payloads import TariffSet, entry_of
from voltloom.store.projecting import catch_up
from voltloom.store.schema import bill_lines

COMING_MS = 4_102_444_800_000  # 2100


async def a_priced_day(stage: Stage) -> None:
    """Keep three tariffs, one of them replaced, and two visits."""
    replaced = priced_from_midnight(tariff("a first thought", day=1))
    coming = entry_of(TariffSet(from_ms=COMING_MS, tariff=tariff("later")), key="later", at_ms=MIDNIGHT_MS)
    annas = Visit(start_ms=MIDNIGHT_MS + 5 * HOUR_MS, minutes=120)
    others = Visit(transaction_id="a/b", start_ms=annas.start_ms + 9 * HOUR_MS)
    entries = [replaced, priced_from_midnight(), coming, *annas.entries()]
    entries += [others.start(id_token="carl"), others.stop(register_tenth_wh=0)]
    await stage.site.journal.append_together(entries)
    await catch_up(stage.site.journal)


def test_a_bill_is_shown_line_by_line_in_whole_numbers_that_add_up(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as client:
            await a_priced_day(stage)
            bill = (await client.get("/api/v1/bills/S1/1")).json()
            doubted = (await client.get("/api/v1/bills/S1/a/b")).json()
            unknown = await client.get("/api/v1/bills/S1/2")
            kept = await stage.site.journal.run(
                lambda c: c.execute(select(bill_lines).order_by(bill_lines.c.line)).mappings().all()
            )

        assert (bill["status"], bill["tariff"], bill["currency"]) == ("priced", "day and night", "EUR")
        for name in ("energy_tenth_wh", "price_nano_per_kwh", "amount_minor"):
            assert [line[name] for line in bill["lines"]] == [row[name] for row in kept]
        assert [line["price_nano_per_kwh"] for line in bill["lines"]] == [190_000_001, 412_345_679]
        assert sum(line["amount_minor"] for line in bill["lines"]) == bill["total_minor"] == 361
        assert sum(line["energy_tenth_wh"] for line in bill["lines"]) == bill["energy_tenth_wh"] == 120_000
        six = datetime.fromtimestamp((MIDNIGHT_MS + 6 * HOUR_MS) / 1000.0, UTC)
        assert datetime.fromisoformat(bill["lines"][1]["start"]) == six
        assert (doubted["status"], doubted["total_minor"]) == ("quarantined", None)
        assert "register_fell" in doubted["note"]
        assert unknown.status_code == 404

    asyncio.run(whole())


def test_a_driver_sees_the_own_bill_only(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.DRIVER) as client:
            await a_priced_day(stage)
            mine = await client.get("/api/v1/bills/S1/1")
            foreign = await client.get("/api/v1/bills/S1/a/b")

        assert mine.status_code == 200
        assert foreign.status_code == 404

    asyncio.run(whole())


def test_tariffs_are_shown_as_they_stand(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as client:
            await a_priced_day(stage)
            told = (await client.get("/api/v1/tariffs")).json()
            second = (await client.get("/api/v1/tariffs", params={"count": 1, "skip": 1})).json()

        assert [(one["name"], one["standing"]) for one in told] == [
            ("later", "coming"),
            ("day and night", "in_force"),
            ("a first thought", "replaced"),
        ]
        assert told[1]["price_nano_per_kwh"] in (190_000_001, 412_345_679)
        assert told[1]["seasons"][0]["prices_nano_per_kwh"] == [190_000_001, 412_345_679, 190_000_001]
        assert told[1]["ends"] == told[0]["begins"] == "2100-01-01T00:00:00Z"
        assert (told[1]["charging_nano_per_h"], told[1]["idle_nano_per_h"]) == (0, 0)
        assert second == [told[1]]

    asyncio.run(whole())

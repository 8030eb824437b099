"""What a station refuses is known after a restart, and forgotten when it boots with another firmware."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest

from tests.live.scripted import VERSIONS, Script, always, joined, opened_roomy_site, refusing
from voltloom.live.actuator.refusals import Refused
from voltloom.live.running import LiveSite
from voltloom.live.wire import CALL_KIND, HeardCall
from voltloom.store.entry import Entry
from voltloom.store.journal import open_journal

ENOUGH_COUNT = 7  # profiles: a purpose was refused twice among them


async def _charged(
    folder: Path, version: str, script: Script, firmware: str = "", sent_count: int = 1
) -> dict[str, Refused]:
    """Let a station charge until it holds a limit, and end its site. firmware: it boots with it, if any. sent_count: profiles before."""
    site = await opened_roomy_site(folder)
    idle = await joined(site.ports[0][1], "CP2", version, Script(always("Accepted")))
    await idle.boot()
    client = await joined(site.ports[0][1], "CP1", version, script)
    try:
        if firmware:
            await client.boot(firmware)
        else:
            await client.call("Heartbeat")
        if not script.outlet.transaction_id:
            await client.plug_in()
        await script.until(lambda: _is_confirmed(site) and len(script.sent) >= sent_count, "a limit")
        return site.actuator.refused()
    finally:
        await site.stop()
        await client.leave()
        await idle.leave()


def _is_confirmed(site: LiveSite) -> bool:
    grants = site.loop.memory.grants
    return bool(grants.confirmed_serial[0] == grants.serial[0] and grants.limit_a[0] >= 6.0)


@pytest.mark.parametrize("version", [pytest.param(VERSIONS[0], marks=pytest.mark.nightly), VERSIONS[2]])
def test_a_refused_purpose_is_not_tried_again_after_a_restart_but_after_new_firmware(
    tmp_path: Path, version: str
) -> None:
    async def tried() -> tuple[list[float], list[float], list[float]]:
        script = Script(refusing("transaction"))
        await _charged(tmp_path, version, script, "1", ENOUGH_COUNT)
        first = script.limits("transaction")
        script.sent.clear()
        await _charged(tmp_path, version, script, sent_count=2)
        again = script.limits("transaction")
        script.sent.clear()
        await _charged(tmp_path, version, script, "2", 3)
        return first, again, script.limits("transaction")

    first, again, updated = asyncio.run(tried())

    assert len(first) >= 2
    assert again == []
    assert updated != []


def test_new_firmware_that_only_the_journal_tells_of_is_known_after_a_restart(tmp_path: Path) -> None:
    async def known() -> tuple[dict[str, Refused], dict[str, Refused], dict[str, Refused]]:
        before = await _charged(tmp_path, "ocpp1.6", Script(refusing("transaction")), "1", ENOUGH_COUNT)
        same = await _booted(tmp_path, "1")
        return before, same, await _booted(tmp_path, "2")

    before, same, other = asyncio.run(known())

    assert before["CP1"].firmware == ("V", "M", "1")
    assert same == before
    assert other == {}


async def _booted(folder: Path, firmware: str) -> dict[str, Refused]:
    """Return what is known to be refused after a restart, the last thing before it a boot."""
    told = {"chargePointModel": "M", "chargePointVendor": "V", "firmwareVersion": firmware}
    async with await open_journal(folder / "journal.db", node="site") as journal:
        head = await journal.head()
        row = (await journal.rows_after(head.seq - 1, 1))[0]
        heard = HeardCall(
            station_id="CP1",
            version="ocpp1.6",
            message_id="m",
            action="BootNotification",
            payload=msgspec.json.encode(told).decode(),
            now_s=row.at_ms / 1000.0,
            transaction_id=0,
        )
        await journal.append(
            Entry(f"CP1/call/late/{firmware}", CALL_KIND, row.at_ms, msgspec.json.encode(heard))
        )
    site = await opened_roomy_site(folder)
    refused = site.actuator.refused()
    await site.stop()
    return refused

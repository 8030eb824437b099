"""A restart goes on from the kept memory and the rows after it; where that cannot be, it knows that it knows nothing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import msgspec
import numpy as np
import pytest

from tests.live.demo import limit_a, plan_file, station
from tests.live.test_whole_site import _served
from voltloom.controller.memory import ControllerMemory
from voltloom.live.clock import Clock
from voltloom.live.config import load_config
from voltloom.live.frozen import frozen
from voltloom.live.keeping import MEMORY_KIND, kept_memory
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.events import ArchitectureChosen
from voltloom.store.entry import Entry
from voltloom.store.journal import open_journal


def test_after_kill_9_the_session_its_limit_and_its_lease_go_on(tmp_path: Path) -> None:
    asyncio.run(_killed_while_charging(tmp_path))


async def _killed_while_charging(folder: Path) -> None:
    file = plan_file(folder)
    process, port = await _served(file)
    anna, bert = await station(port, "CP1"), await station(port, "CP2")
    transaction_id = await anna.arrive("anna", 1000, stamp_text(time.time()))
    await bert.arrive("bert", 5000, stamp_text(time.time()))
    await anna.until_limited()
    await anna.measure(transaction_id, 6.0, 1010.0, time.time())
    process.kill()
    await process.wait()
    told_a = [
        limit_a(each.transaction_limits()[-1]) if each.transaction_limits() else 0.0 for each in (anna, bert)
    ]
    await anna.leave()
    await bert.leave()

    site = await opened(load_config(file))
    memory = site.loop.memory
    await site.stop()

    assert [seat.session is not None and seat.session.id_token for seat in memory.seats] == ["anna", "bert"]
    assert memory.readings.energy_wh[0] == 1010.0
    assert memory.grants.confirmed_serial[0] > 0
    # What a station holds is never more than what the core believes may be in force.
    assert (np.maximum(memory.grants.limit_a, memory.grants.earlier_a) >= np.array(told_a) - 1e-9).all()
    assert memory.grants.lease_until_s[0] > time.time()


async def _closed(folder: Path, clock: Clock | None = None) -> tuple[LiveSite, bytes]:
    """Run a site in which an operator chose an architecture, and end it; return it and its memory."""
    site = await opened(load_config(plan_file(folder)), clock or Clock())
    chosen = ArchitectureChosen(time_s=site.clock.now_s(), architecture="sequential")
    await site.loop.order((chosen,), "operator")
    await site.stop()
    return site, _known(site.loop.memory)


def _known(memory: ControllerMemory) -> bytes:
    """Return a memory without what a restart changes: numbers of limits, and how long those before may be in force."""
    nothing = np.zeros(memory.grants.limit_a.size)
    grants = memory.grants._replace(
        next_serial=0,
        serial=np.zeros(0, dtype=np.int64),
        past_a=np.zeros((3, 0)),
        earlier_a=nothing,
        earlier_until_s=nothing,
        followed=nothing > 0.0,
    )
    return frozen(memory._replace(grants=grants))


def test_what_an_operator_ordered_and_all_else_is_there_after_an_orderly_end(tmp_path: Path) -> None:
    async def both() -> tuple[bytes, bytes, str]:
        _, before = await _closed(tmp_path)
        site = LiveSite(
            load_config(tmp_path / "site.toml"), await open_journal(tmp_path / "journal.db", node="site")
        )
        await site._remember()
        memory = site.loop.memory
        await site.journal.close()
        return (
            before,
            _known(memory),
            memory.architecture,
        )

    before, after, architecture = asyncio.run(both())

    assert after == before
    assert architecture == "sequential"


def test_an_order_that_no_cycle_saw_before_the_end_is_told_after_it(tmp_path: Path) -> None:
    async def architecture() -> str:
        site, _ = await _closed(tmp_path)
        late = ArchitectureChosen(time_s=site.clock.now_s(), architecture="adaptive")
        async with await open_journal(tmp_path / "journal.db", node="site") as journal:
            at_ms = int(site.clock.now_s() * 1000.0)
            await journal.append(Entry("told/operator/late", "core_told", at_ms, frozen((late,))))
        again = await opened(load_config(tmp_path / "site.toml"))
        await again.stop()
        return again.loop.memory.architecture

    assert asyncio.run(architecture()) == "adaptive"


@pytest.mark.parametrize("spoilt", ["code", "site", "bytes", "future"])
def test_a_memory_that_does_not_fit_is_not_used_and_the_journal_is_read(tmp_path: Path, spoilt: str) -> None:
    async def again() -> LiveSite:
        await _closed(tmp_path)
        async with await open_journal(tmp_path / "journal.db", node="site") as journal:
            row = await journal.newest(MEMORY_KIND)
            assert row is not None
            kept = kept_memory(row)
            marks = kept.marks
            if spoilt in ("code", "site"):
                kept = msgspec.structs.replace(
                    kept, marks=msgspec.structs.replace(marks, **{spoilt: "other"})
                )
            elif spoilt == "bytes":
                kept = msgspec.structs.replace(kept, core=kept.core[:-4])
            else:
                kept = msgspec.structs.replace(kept, now_s=kept.now_s + 9e6)
            await journal.append(Entry("memory/spoilt", MEMORY_KIND, row.at_ms, msgspec.msgpack.encode(kept)))
        found = LiveSite(
            load_config(tmp_path / "site.toml"), await open_journal(tmp_path / "journal.db", node="site")
        )
        await found._remember()
        await found.journal.close()
        return found

    memory = asyncio.run(again()).loop.memory

    assert memory.architecture == "sequential"  # the order itself is in the journal
    assert (memory.grants.earlier_a == 16.0).all()  # any limit may be in force
    assert memory.decided_s == memory.started_s


def test_a_changed_site_does_not_go_on_from_the_old_ones_memory(tmp_path: Path) -> None:
    async def again() -> LiveSite:
        await _closed(tmp_path)
        file = tmp_path / "site.toml"
        file.write_text(
            file.read_text(encoding="utf-8").replace("rating_a = 20.0", "rating_a = 18.0"), encoding="utf-8"
        )
        found = LiveSite(load_config(file), await open_journal(tmp_path / "journal.db", node="site"))
        await found._remember()
        await found.journal.close()
        return found

    memory = asyncio.run(again()).loop.memory

    assert (memory.grants.earlier_a == 16.0).all()

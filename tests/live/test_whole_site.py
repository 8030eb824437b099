"""A whole site over real sockets: journal, core and the `ocpp` package's stations."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16 import call
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed

from tests.live.demo import PLAN, RATING_A, Station16, limit_a, plan_file, station
from voltloom.live.config import config_of, load_config
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.site.mistakes import PlanError
from voltloom.store.entry import Entry, Receipt
from voltloom.store.journal import Journal, open_journal
from voltloom.store.memory import MemoryLedger
from voltloom.store.projecting import catch_up
from voltloom.store.schema import sessions


def test_a_whole_visit_is_limited_and_kept(tmp_path: Path) -> None:
    asyncio.run(_whole_visit(tmp_path))


async def _whole_visit(folder: Path) -> None:
    config = load_config(plan_file(folder))
    site = await opened(config)
    anna = await station(site.ports[0][1], "CP1")
    # Whoever has not booted since the server started may still hold a lease, so the other station tells that nobody is there.
    idle = await station(site.ports[0][1], "CP2")
    await idle.stand_free()
    transaction_id = await anna.arrive("anna", 1000, stamp_text(time.time()))
    profile = await anna.until_limited()
    await anna.measure(transaction_id, 10.0, 1010.0, time.time())
    await anna.call(
        call.StopTransaction(
            transaction_id=transaction_id, meter_stop=1015, timestamp=stamp_text(time.time()), reason="Local"
        )
    )
    await anna.call(call.StatusNotification(connector_id=1, error_code="NoError", status="Available"))

    await site.stop()
    await anna.leave()
    await idle.leave()

    assert profile["transaction_id"] == transaction_id
    assert profile["charging_schedule"]["duration"] > 0
    assert 6.0 <= limit_a(profile) <= 16.0
    kept = await kept_sessions(config.journal)
    assert [(row.id_token, row.evse_id, row.energy_tenth_wh) for row in kept] == [("anna", "LEFT", 150)]


async def kept_sessions(path: Path) -> list[Any]:
    async with await open_journal(path, node="site") as journal:
        await catch_up(journal)
        return await journal.run(lambda connection: list(connection.execute(select(sessions))))


def test_two_stations_are_never_promised_more_than_their_circuit_bears(tmp_path: Path) -> None:
    asyncio.run(_two(tmp_path))


async def _two(folder: Path) -> None:
    site = await opened(load_config(plan_file(folder)))
    port = site.ports[0][1]
    both = [await station(port, "CP1"), await station(port, "CP2")]
    ids = [
        await s.arrive(t, 1000, stamp_text(time.time())) for s, t in zip(both, ("anna", "bert"), strict=True)
    ]
    most_a, held = 0.0, 0.0
    for _ in range(12):
        for each, transaction_id in zip(both, ids, strict=True):
            now_a = limit_a(each.transaction_limits()[-1]) if each.transaction_limits() else 0.0
            await each.measure(transaction_id, now_a, 1000.0, time.time())
        await asyncio.sleep(0.7)
        held = sum(_last_a(each) for each in both)
        most_a = max(most_a, held)

    await site.stop()
    for each in both:
        await each.leave()

    assert 6.0 <= most_a <= RATING_A


def _last_a(each: Station16) -> float:
    limits = each.transaction_limits()
    return limit_a(limits[-1]) if limits else 0.0


def test_an_acknowledged_start_survives_kill_9_and_a_repeat_is_not_a_second_one(tmp_path: Path) -> None:
    asyncio.run(_killed(tmp_path))


async def _served(file: Path) -> tuple[asyncio.subprocess.Process, int]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voltloom", "run", str(file), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    async with asyncio.timeout(60.0):
        line = (await process.stdout.readline()).decode()
    return process, int(line.split("127.0.0.1:")[1].split("/")[0])


async def _killed(folder: Path) -> None:
    file = plan_file(folder)
    stamp = stamp_text(time.time())
    process, port = await _served(file)
    anna = await station(port, "CP1")
    first = await anna.arrive("anna", 1000, stamp)
    process.kill()  # right after the answer
    await process.wait()
    await anna.leave()

    process, port = await _served(file)
    again = await station(port, "CP1")
    second = await again.begin("anna", 1000, stamp)
    await again.call(
        call.StopTransaction(transaction_id=second, meter_stop=1015, timestamp=stamp_text(time.time()))
    )
    process.send_signal(signal.SIGTERM)
    returned = await process.wait()
    await again.leave()

    assert (first, returned) == (second, 0)
    assert len(await kept_sessions(folder / "journal.db")) == 1


def test_an_unknown_station_is_parked_and_served_nothing(tmp_path: Path) -> None:
    asyncio.run(_stranger(tmp_path))


async def _stranger(folder: Path) -> None:
    site = await opened(load_config(plan_file(folder)))
    stranger = await station(site.ports[0][1], "WHO")

    booted = await stranger.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
    refused = await stranger.call(call.Authorize(id_tag="anna"))

    parked = [link.identity for link in site.gateway.parked]
    await site.stop()
    await stranger.leave()
    assert (booted.status, refused, parked) == ("Pending", None, ["WHO"])


def test_a_drained_site_says_goodbye_with_1001(tmp_path: Path) -> None:
    asyncio.run(_drained(tmp_path))


async def _drained(folder: Path) -> None:
    site = await opened(load_config(plan_file(folder)))
    anna = await station(site.ports[0][1], "CP1")

    await site.stop()

    with pytest.raises(ConnectionClosed):
        await anna.listening
    assert anna.socket.close_code == 1001
    await anna.leave()


def test_every_mistake_of_a_configuration_is_told_by_its_path(tmp_path: Path) -> None:
    tree = tomllib.loads(PLAN)
    tree["station"][0]["evses"] = ["LEFTT"]
    tree["gateway"]["prot"] = 1
    tree["control"]["architecture"] = "paralel"

    with pytest.raises(PlanError) as caught:
        config_of(tree, folder=tmp_path)

    paths = {mistake.path for mistake in caught.value.mistakes}
    assert paths == {"station.CP1.evses", "gateway.prot", "control.architecture"}


class SlowLedger(MemoryLedger):
    """A disk that takes its time."""

    def __init__(self) -> None:
        super().__init__("site")
        self.may_write = threading.Event()

    def commit(self, entries: Sequence[Entry]) -> tuple[Receipt, ...]:
        assert self.may_write.wait(30.0)
        return super().commit(entries)


def test_nobody_is_answered_before_the_journal_has_it(tmp_path: Path) -> None:
    asyncio.run(_slow(tmp_path))


async def _slow(folder: Path) -> None:
    ledger = SlowLedger()
    ledger.may_write.set()
    site = LiveSite(load_config(plan_file(folder)), Journal(ledger))
    await site.start()
    ledger.may_write.clear()
    anna = await station(site.ports[0][1], "CP1")

    boot = call.BootNotification(charge_point_model="M", charge_point_vendor="V")
    answer = asyncio.create_task(anna.call(boot))
    _, early = await asyncio.wait({answer}, timeout=0.5)
    ledger.may_write.set()
    booted = await answer

    await site.stop()
    await anna.leave()
    assert early == {answer}
    assert booted.status == "Accepted"

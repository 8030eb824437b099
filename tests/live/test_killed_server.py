"""kill -9 of the server at random points while stations of three versions talk: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from tests.live.demo import PLAN
from tests.live.stubborn import VISIT_S, Stubborn
from voltloom.live.wire import HeardCall
from voltloom.store.export import Period, session_rows, up_to_date
from voltloom.store.journal import open_journal

ROOT = Path(__file__).parents[2]
SEED = 7
ANSWERS_BETWEEN = 7  # at most, between two kills
VISITS_OF_ALL = 18  # answers in one visit of each of the three stations
THREE = (
    PLAN.replace('ids = ["LEFT", "RIGHT"]', 'ids = ["LEFT", "RIGHT", "BACK"]')
    + """
[[token]]
id = "cleo"
[[station]]
id = "CP3"
evses = ["BACK"]
[[tariff]]
name = "day"
price_per_kwh = 0.4
"""
)


class Server:
    """`voltloom run`, started by a process that has loaded everything already."""

    def __init__(self, file: Path) -> None:
        self.file, self.port, self.process_id = file, 0, 0
        self.starts_count = 0
        self._log = file.with_name("log.txt").open("wb")

    async def __aenter__(self) -> Server:
        self._nursery = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.live.nursery", str(self.file)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=self._log,
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"},
        )
        await self._line("ready")
        return self

    async def __aexit__(self, *_: object) -> None:
        if self.process_id:
            with suppress(ProcessLookupError):
                os.kill(self.process_id, signal.SIGKILL)
        self._log.close()
        assert self._nursery.stdin is not None
        self._nursery.stdin.close()
        await self._nursery.wait()

    async def start(self) -> None:
        assert self._nursery.stdin is not None
        self._nursery.stdin.write(b"\n")
        self.process_id = int((await self._line("pid")).split()[1])
        self.port = int((await self._line("Stations")).split("127.0.0.1:")[1].split("/")[0])
        self.starts_count += 1

    async def end(self, how: signal.Signals) -> None:
        os.kill(self.process_id, how)
        await self._line("gone")
        self.process_id = 0

    async def _line(self, begins: str) -> str:
        assert self._nursery.stdout is not None
        async with asyncio.timeout(400.0):
            while line := (await self._nursery.stdout.readline()).decode():
                if line.startswith(begins):
                    return line
                if line.startswith("gone"):
                    break
        said = self.file.with_name("log.txt").read_text(encoding="utf-8")
        raise AssertionError(f"the server ended before it said {begins}: {said[-3000:]}")


async def said(folder: Path, visits_count: int, base_s: float, kills_count: int) -> list[str]:
    """Let three stations say their visits to a server that is killed so often. Returns the acknowledged messages."""
    file = folder / "site.toml"
    file.write_text(THREE, encoding="utf-8")
    chance = np.random.default_rng(SEED)
    progress = asyncio.Event()
    stations = [
        Stubborn("CP1", "ocpp1.6", "anna", progress.set),
        Stubborn("CP2", "ocpp2.0.1", "bert", progress.set),
        Stubborn("CP3", "ocpp2.1", "cleo", progress.set),
    ]
    async with Server(file) as server:
        await server.start()
        talking = asyncio.gather(*(each.say(visits_count, base_s, lambda: server.port) for each in stations))
        for _ in range(kills_count):
            for _ in range(int(chance.integers(1, ANSWERS_BETWEEN + 1))):
                progress.clear()
                await progress.wait()
            await asyncio.sleep(
                float(chance.uniform(0.0, 0.02))
            )  # between a message, its commit and its answer
            assert not talking.done()
            await server.end(signal.SIGKILL)
            await server.start()
        await talking
        await server.end(signal.SIGTERM)
        assert server.starts_count == kills_count + 1
    return [message_id for each in stations for message_id in each.acknowledged]


def bills(folder: Path) -> list[dict[str, Any]]:
    """Return what is billed; the ids that a server gives may differ."""
    with up_to_date(folder / "journal.db") as connection:
        rows = list(session_rows(connection, Period()))
    given = ("session_id", "transaction_id")
    return sorted(
        ({name: value for name, value in row.items() if name not in given} for row in rows),
        key=lambda row: (row["station_id"], row["start"]),
    )


async def kept_messages(folder: Path) -> set[str]:
    found = set()
    async with await open_journal(folder / "journal.db", node="site") as journal:
        seq = 0
        while rows := await journal.rows_after(seq, 500):
            seq = rows[-1].seq
            calls = (row.payload for row in rows if row.kind == "ocpp_call")
            found |= {msgspec.json.decode(payload, type=HeardCall).message_id for payload in calls}
    return found


@pytest.mark.long
@pytest.mark.parametrize("kills_count", [4, pytest.param(200, marks=pytest.mark.nightly)])
def test_nothing_acknowledged_is_lost_or_doubled_and_the_bills_are_those_of_an_undisturbed_run(
    tmp_path: Path, kills_count: int
) -> None:
    # One wait may see several answers at once, and a quick machine answers many while a kill is on its way.
    visits_count = 2 + kills_count * (3 * ANSWERS_BETWEEN + 40) // VISITS_OF_ALL
    base_s = float(int(time.time() - VISIT_S * (visits_count + 10)))
    quiet, killed = tmp_path / "quiet", tmp_path / "killed"
    quiet.mkdir()
    killed.mkdir()

    asyncio.run(said(quiet, visits_count, base_s, 0))
    acknowledged = asyncio.run(said(killed, visits_count, base_s, kills_count))

    assert set(acknowledged) <= asyncio.run(kept_messages(killed))
    undisturbed = bills(quiet)
    assert len(undisturbed) == 3 * visits_count
    assert {row["bill_status"] for row in undisturbed} == {"priced"}
    assert bills(killed) == undisturbed

"""The server sides of bench_ocpp in Python, one process each.

python -m benchmarks.ocpp_server durable|undurable|metered|ocpp|floor-echo|floor-typed FOLDER STATIONS: prints its port, then its CPU seconds for each line
on stdin.
durable: a whole `voltloom run` with its journal on the disk. undurable: the same with a journal that keeps nothing, which
is the only difference. metered: durable, each station's share of the yard is below what its outlet can, and station S0 tells
what the yard draws. ocpp: the `ocpp` package on `websockets`, its schema validation on, nothing kept, no sessions.
floor-echo, floor-typed: see `ocpp_floor`.
"""

import asyncio
import json
import logging
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import websockets
from ocpp import v16, v201
from ocpp.routing import on
from websockets.asyncio.server import ServerConnection, serve
from websockets.typing import Subprotocol

from benchmarks.ocpp_floor import floor_port
from voltloom.live.config.reading import load_config
from voltloom.live.gateway.settings import Rate
from voltloom.live.running import LiveSite
from voltloom.live.warming import settle
from voltloom.store.entry import Entry, Outcome, Receipt
from voltloom.store.journal import Journal, Receipts, open_journal
from voltloom.store.memory import MemoryLedger

PLAN = """
[site]
name = "Bench"
time_zone = "Europe/Berlin"
voltage_v = 230.0
[[site.circuit]]
id = "yard"
rating_a = {rating_a}
[[site.evse]]
name = "bays"
ids = [{evses}]
circuit = "yard"
wiring = "three_phase"
max_a = 16.0
[gateway]
port = 0
security_profile = 0
allow_insecure = true
[journal]
path = "journal.db"
"""
TRANSACTIONS = count(1)


class Oblivious(Journal):
    """A journal that keeps nothing and says so at once."""

    def __init__(self, ledger: MemoryLedger) -> None:
        super().__init__(ledger)
        self._done: asyncio.Future[Receipts] = asyncio.get_running_loop().create_future()

    def put(self, entries: Sequence[Entry]) -> asyncio.Future[Receipts]:
        """Return receipts of nothing."""
        if not self._done.done():
            self._done.set_result((Receipt(0, Outcome.KEPT),))
        return self._done


SHARE_A = 10.0  # of a station where the yard is metered
METER = '[[meter]]\ncircuit = "yard"\nstation = "S0"\n'


def plan(folder: Path, stations: int, *, is_metered: bool = False) -> Path:
    """Write the file of a site with one outlet and one token for each station."""
    names = ", ".join(f'"E{n}"' for n in range(stations))
    share_a = SHARE_A if is_metered else 16.0
    parts = [PLAN.format(rating_a=share_a * stations, evses=names), METER if is_metered else ""]
    parts += [f'[[station]]\nid = "S{n}"\nevses = ["E{n}"]\n' for n in range(stations)]
    parts += [f'[[token]]\nid = "T{n}"\n' for n in range(stations)]
    path = folder / "site.toml"
    path.write_text("".join(parts), encoding="utf-8")
    return path


async def voltloom_port(kind: str, folder: Path, stations: int) -> int:
    """Start a whole site. Returns its port."""
    config = load_config(plan(folder, stations, is_metered=kind == "metered"))
    fast = Rate(burst_count=1e9, refill_per_s=1e9)
    limits = replace(config.gateway.limits, messages=fast, attempts_by_address=fast)
    config = replace(config, gateway=replace(config.gateway, limits=limits))
    if kind in ("durable", "metered"):
        journal = await open_journal(config.journal, node=config.node)
    else:
        journal = Oblivious(MemoryLedger(config.node))
    site = LiveSite(config, journal)
    await site.start()
    settle()  # as `voltloom run` does
    return site.ports[0][1]


def now_text() -> str:
    """Return the time of an answer."""
    return datetime.now(UTC).isoformat()


class Station16(v16.ChargePoint):  # type: ignore[misc]  # the package ships no types
    """Answers what the bench asks in OCPP 1.6."""

    @on("BootNotification")  # type: ignore[untyped-decorator]  # the package ships no types
    def booted(self, **_: Any) -> Any:
        """Accept."""
        return v16.call_result.BootNotification(current_time=now_text(), interval=300, status="Accepted")

    @on("Heartbeat")  # type: ignore[untyped-decorator]  # the package ships no types
    def beaten(self, **_: Any) -> Any:
        """Tell the time."""
        return v16.call_result.Heartbeat(current_time=now_text())

    @on("StartTransaction")  # type: ignore[untyped-decorator]  # the package ships no types
    def started(self, **_: Any) -> Any:
        """Number it."""
        return v16.call_result.StartTransaction(next(TRANSACTIONS), {"status": "Accepted"})

    @on("MeterValues")  # type: ignore[untyped-decorator]  # the package ships no types
    def metered(self, **_: Any) -> Any:
        """Keep nothing."""
        return v16.call_result.MeterValues()


class Station201(v201.ChargePoint):  # type: ignore[misc]  # the package ships no types
    """Answers what the bench asks in OCPP 2.0.1."""

    @on("BootNotification")  # type: ignore[untyped-decorator]  # the package ships no types
    def booted(self, **_: Any) -> Any:
        """Accept."""
        return v201.call_result.BootNotification(current_time=now_text(), interval=300, status="Accepted")

    @on("TransactionEvent")  # type: ignore[untyped-decorator]  # the package ships no types
    def told(self, **_: Any) -> Any:
        """Keep nothing."""
        return v201.call_result.TransactionEvent()


async def package_port() -> int:
    """Start the `ocpp` package on websockets. Returns its port."""
    logging.getLogger("ocpp").setLevel(logging.ERROR)  # its INFO line for each message would cost it more

    async def station(socket: ServerConnection) -> None:
        kind = Station16 if socket.subprotocol == "ocpp1.6" else Station201
        try:
            await kind("S", socket).start()
        except websockets.ConnectionClosed:
            return

    server = await serve(
        station, "127.0.0.1", 0, subprotocols=[Subprotocol("ocpp1.6"), Subprotocol("ocpp2.0.1")],
        compression=None, backlog=4096,
        ping_interval=None,  # the generator answers no ping while it measures another server
    )  # fmt: skip
    return int(next(iter(server.sockets)).getsockname()[1])


async def main() -> None:
    """Serve until stdin ends."""
    kind, folder, stations = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    logging.getLogger("voltloom").setLevel(logging.CRITICAL)
    if kind.startswith("floor-"):
        port = await floor_port(kind)
    else:
        port = await (package_port() if kind == "ocpp" else voltloom_port(kind, folder, stations))
    print(port, flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while await commands.readline():
        print(json.dumps({"cpu_s": time.process_time()}), flush=True)


if __name__ == "__main__":
    asyncio.run(main())

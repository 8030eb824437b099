"""The server side of bench_console: a running site of 30 outlets with its console, that tells what it costs.

python -m benchmarks.console_server FOLDER PORT SPEED: prints its address with the key, then answers each line on stdin with the
processor's seconds, and of the cycles and the event loop since the last question: the processor's seconds for each decision, how long
each cycle took by the clock, and how late the loop came to what was due.
"""

import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from functools import wraps
from itertools import count
from pathlib import Path
from typing import Any

from voltloom.cli.run import open_api
from voltloom.controller.site_controller import SiteController
from voltloom.live.clock import Clock
from voltloom.live.config import load_config
from voltloom.live.running import opened

STATIONS = [f"CP{number:02d}" for number in range(1, 31)]
HALLS = ("north", "east", "west")
TOKENS = [f"bench-{number}" for number in range(120)]  # a token charges one car at a time
PROBE_S = 0.005
SITE = """
[site]
name = "Bench garage"
time_zone = "America/Los_Angeles"
voltage_v = 230.0
[[site.circuit]]
id = "grid"
rating_a = 80.0
{halls}
[gateway]
host = "127.0.0.1"
port = {port}
security_profile = 0
allow_insecure = true
[api]
port = 0
[journal]
path = "journal.db"
[control]
architecture = "parallel"
period_s = 30.0
{tokens}
{stations}
"""
HALL = """
[[site.circuit]]
id = "{hall}"
parent = "grid"
rating_a = 50.0
[[site.evse]]
name = "{hall}"
ids = {outlets}
circuit = "{hall}"
wiring = "three_phase"
rotation = "alternating"
max_a = 16.0
"""


def site_text(port: int) -> str:
    """Return the file of a site whose outlets share too little."""
    at = count()
    halls = [
        HALL.format(hall=hall, outlets=json.dumps([f"E{next(at) + 1:02d}" for _ in range(10)]))
        for hall in HALLS
    ]
    stations = [
        f'[[station]]\nid = "{station}"\nevses = ["E{number + 1:02d}"]'
        for number, station in enumerate(STATIONS)
    ]
    tokens = "".join(f'[[token]]\nid = "{token}"\n' for token in TOKENS)
    return SITE.format(halls="".join(halls), port=port, tokens=tokens, stations="\n".join(stations))


def timed(took_s: list[float]) -> None:
    """Note the processor's seconds of each decision from now on, wherever it is made: what waits for the processor is not in them."""
    decide = SiteController.decide

    @wraps(decide)
    def timed_decide(*given: Any) -> Any:
        began_s = time.thread_time()
        try:
            return decide(*given)
        finally:
            took_s.append(time.thread_time() - began_s)

    SiteController.decide = timed_decide  # type: ignore[method-assign]  # only this process, which measures


class Lateness:
    """How late the event loop comes to what was due, looked at every 5 ms."""

    def __init__(self) -> None:
        self.all_s: list[float] = []
        self._due_s = 0.0

    def look(self) -> None:
        """Look, from now on."""
        loop = asyncio.get_running_loop()
        if self._due_s:
            self.all_s.append(loop.time() - self._due_s)
        self._due_s = loop.time() + PROBE_S
        loop.call_later(PROBE_S, self.look)


async def main() -> None:
    """Serve until stdin ends."""
    folder, port, speed_ratio = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    file = folder / "site.toml"
    file.write_text(site_text(port), encoding="utf-8")
    start_s = 1_570_032_000.0  # Wednesday 2 October 2019, 9:00 in Los Angeles
    decide_cpu_s: list[float] = []
    timed(decide_cpu_s)
    site = await opened(load_config(file), Clock(speed_ratio, start_s))
    lateness = Lateness()
    lateness.look()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(site.stop)
        await open_api(site, stack, lambda text: print(text, flush=True))
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
        )
        while await commands.readline():
            book = site.loop.logbook
            told = {
                "cpu_s": time.process_time(),
                "decide_cpu_s": decide_cpu_s,
                "cycle_s": list(book.cycle_s),
                "late_s": lateness.all_s,
            }
            print(json.dumps(told), flush=True)
            book.cycle_s.clear()
            decide_cpu_s.clear()
            lateness.all_s = []


if __name__ == "__main__":
    asyncio.run(main())

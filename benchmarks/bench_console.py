"""Measure the console: bytes of a first load, time to cards, memory of the page, what pages cost the site that also controls.

python -m benchmarks.bench_console [--phase-s 20] [--rounds 3]: a site of 30 outlets, its stations and its pages are processes of
their own. Results go to benchmarks/results/console.json. Built before: `make console`.
"""

import argparse
import asyncio
import json
import os
import re
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import Browser, sync_playwright
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedError

from benchmarks.console_server import STATIONS, TOKENS
from benchmarks.run import RESULTS, commit, machine

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-sync",
)
SPEED = "60"
CLIENTS = (0, 1, 20, 100)
LOADS_COUNT = 7
CARDS = """new MutationObserver((_, watch) => { if (!document.querySelector('.card')) return; watch.disconnect();
requestAnimationFrame(() => setTimeout(() => { window.cardsAt = performance.now() })) }).observe(document, { childList: true, subtree: true })"""
HEAP_AFTER_S = 20.0


@dataclass(frozen=True)
class Site:
    """A running site. key: opens its console."""

    address: str
    key: str
    process: subprocess.Popen[str]

    def told(self) -> dict[str, Any]:
        """Return what it cost since the last question."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        answer: dict[str, Any] = json.loads(self.process.stdout.readline())
        return answer


@dataclass(frozen=True)
class Phase:
    """What the site cost while so many pages followed it, and what they were sent."""

    clients_count: int
    length_s: float
    cpu_s: float
    messages_count: int
    sent_bytes: int
    lost_count: int
    cycle_s: list[float]
    late_s: list[float]


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Run a site and its stations until the context ends."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.console_server", str(folder), str(port), SPEED]
    server = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    fleet = None
    try:
        assert server.stdout
        found = re.search(r"Open (\S+)/#key=(\w+)", server.stdout.readline())
        server.stdout.readline()  # the key again
        assert found, "the site did not start"
        words = ["-n", str(len(STATIONS)), "--url", f"ws://127.0.0.1:{port}/ocpp"]
        words += [word for token in TOKENS for word in ("--token", token)]
        words += ["--speed", SPEED, "--starting", "2019-10-02T09:00"]
        fleet = subprocess.Popen(
            [sys.executable, "-m", "voltloom", "stations", *words],
            stdout=subprocess.DEVNULL,
        )
        yield Site(found[1], found[2], server)
    finally:
        if fleet is not None:
            fleet.send_signal(signal.SIGINT)
            fleet.wait()
        server.communicate()


def first_loads(browser: Browser, site: Site) -> dict[str, object]:
    """Return bytes on the wire, and the time from the address to the painted cards, in a browser that has kept nothing."""
    login = browser.new_context()
    page = login.new_page()
    page.goto(f"{site.address}/#key={site.key}")
    page.wait_for_selector(".card")
    kept = login.storage_state()
    login.close()
    took_ms: list[float] = []
    parts: dict[str, int] = {}
    cards_count = 0
    for _ in range(LOADS_COUNT):
        context = browser.new_context(storage_state=kept, viewport={"width": 1280, "height": 900})
        context.add_init_script(CARDS)
        page = context.new_page()
        network = context.new_cdp_session(page)
        network.send("Network.enable")
        names: dict[str, str] = {}
        network.on(
            "Network.requestWillBeSent", lambda e, n=names: n.update({e["requestId"]: e["request"]["url"]})
        )
        sizes: dict[str, int] = {}
        network.on(
            "Network.loadingFinished", lambda e, s=sizes: s.update({e["requestId"]: e["encodedDataLength"]})
        )
        page.goto(f"{site.address}/console/live")
        took_ms.append(
            page.evaluate(
                "new Promise(t => { const l = () => window.cardsAt ? t(window.cardsAt) : setTimeout(l, 5); l() })"
            )
        )
        cards_count = page.locator(".card").count()
        parts = {}
        for request, size_bytes in sizes.items():
            name = re.sub(r"-[0-9A-Z]{8}", "", names[request].removeprefix(site.address))
            parts[name] = parts.get(name, 0) + size_bytes
        context.close()
    return {
        "cards_count": cards_count,
        "wire_bytes": {**parts, "all": sum(parts.values())},
        "cards_ms": took_ms,
        "cards_ms_median": statistics.median(took_ms),
    }


def heap(browser: Browser, site: Site) -> dict[str, float]:
    """Return what the page's objects take after it has followed the site for a while and what is no longer used was removed."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.goto(f"{site.address}/#key={site.key}")
    page.wait_for_selector(".card")
    time.sleep(HEAP_AFTER_S)
    session = context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")["usedSize"]
    context.close()
    return {"heap_bytes": used, "after_s": HEAP_AFTER_S}


async def followed(site: Site, clients_count: int, length_s: float) -> Phase:
    """Let so many pages follow the site."""
    url = site.address.replace("http", "ws", 1) + "/api/v1/console/feed"
    headers = {"Authorization": f"Bearer {site.key}"}
    heard = [0, 0, 0]

    async def listen(socket_: ClientConnection) -> None:
        try:
            async for message in socket_:
                heard[0] += 1
                heard[1] += len(message)
        except ConnectionClosedError:
            heard[2] += 1

    sockets = [await connect(url, additional_headers=headers, compression=None) for _ in range(clients_count)]
    listening = [asyncio.create_task(listen(one)) for one in sockets]
    await asyncio.sleep(1.5)
    before = await asyncio.to_thread(site.told)
    heard[:] = 0, 0, 0
    began_s = time.perf_counter()
    await asyncio.sleep(length_s)
    after = await asyncio.to_thread(site.told)
    took_s = time.perf_counter() - began_s
    counted = list(heard)
    for one in sockets:
        await one.close()
    await asyncio.gather(*listening)
    return Phase(
        clients_count=clients_count,
        length_s=took_s,
        cpu_s=after["cpu_s"] - before["cpu_s"],
        messages_count=counted[0],
        sent_bytes=counted[1],
        lost_count=counted[2],
        cycle_s=after["cycle_s"],
        late_s=after["late_s"],
    )


def summed(phases: list[Phase]) -> list[dict[str, object]]:
    """Return a row for each number of clients; costs are the median of the rounds, quantiles those of all rounds together."""
    rows: list[dict[str, object]] = []
    idle_ratio, one_ratio, one_per_s = 0.0, 0.0, 0.0
    for clients_count in CLIENTS:
        own = [phase for phase in phases if phase.clients_count == clients_count]
        cpu_ratio = statistics.median(phase.cpu_s / phase.length_s for phase in own)
        lost_count = sum(phase.lost_count for phase in own)
        row: dict[str, object] = {
            "clients_count": clients_count,
            "lost_count": lost_count,
            "cpu_ratio": cpu_ratio,
        }
        if messages_count := sum(phase.messages_count for phase in own):
            rate_per_s = messages_count / sum(phase.length_s for phase in own)
            row["bytes_per_update"] = sum(phase.sent_bytes for phase in own) / messages_count
            row["more_core_ratio"] = cpu_ratio - idle_ratio
            if clients_count == 1:
                one_ratio, one_per_s = cpu_ratio, rate_per_s
                row["ms_to_make_an_update"] = 1000.0 * (cpu_ratio - idle_ratio) / rate_per_s
            else:
                row["ms_to_send_it_to_one_more"] = 1000.0 * (cpu_ratio - one_ratio) / (rate_per_s - one_per_s)
        else:
            idle_ratio = cpu_ratio
        cycles_ms = [1000.0 * took_s for phase in own for took_s in phase.cycle_s]
        late_ms = [1000.0 * took_s for phase in own for took_s in phase.late_s]
        row["cycles_count"] = len(cycles_ms)
        row["cycle_ms_p50_p95_p99"] = np.quantile(cycles_ms, (0.5, 0.95, 0.99)).tolist()
        row["late_ms_p50_p95_p99"] = np.quantile(late_ms, (0.5, 0.95, 0.99)).tolist()
        rows.append(row)
    return rows


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--phase-s", type=float, default=20.0, help="seconds for each number of clients in a round"
    )
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        time.sleep(15.0)  # every station has connected by then
        phases = [
            asyncio.run(followed(site, clients_count, given.phase_s))
            for _ in range(given.rounds)
            for clients_count in CLIENTS
        ]
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            loads, page = first_loads(browser, site), heap(browser, site)
            browser.close()
    rows = summed(phases)
    told = {
        "machine": machine(),
        **commit(),
        "speed_ratio": float(SPEED),
        "first_load": loads,
        "page": page,
        "following": rows,
    }
    (RESULTS / "console.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(json.dumps({name: told[name] for name in ("first_load", "page", "following")}, indent=1))


if __name__ == "__main__":
    main()

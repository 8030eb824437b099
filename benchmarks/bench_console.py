"""Measure the console: bytes of a first load, time to cards, memory of the page, what pages cost the site that also controls.

python -m benchmarks.bench_console [--part first_load|following] [--block-s 8] [--rounds 14]: a site of 30 outlets, its stations and its
pages are processes of their own. A round is a block of time with each number of pages, in turn from the least and from the most, so that
what the machine does besides falls on all of them alike; intervals are by drawing whole rounds again and again. Both parts take eight
minutes. Results go to benchmarks/results/console.json, where a part that was not asked for stays. Built before: `make console`.
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
CLIENTS = (0, 1, 100)
DRAWS_COUNT = 2_000
SEED = 7
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
class Block:
    """What the site cost while so many pages followed it, and what they were sent."""

    clients_count: int
    length_s: float
    cpu_s: float
    messages_count: int
    sent_bytes: int
    lost_count: int
    decide_cpu_s: list[float]
    cycle_s: list[float]
    late_s: list[float]

    @property
    def cpu_ratio(self) -> float:
        """Return the share of a core."""
        return self.cpu_s / self.length_s


Round = dict[int, Block]


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


async def followed(site: Site, clients_count: int, length_s: float) -> Block:
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
    await asyncio.sleep(1.2)
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
    return Block(
        clients_count=clients_count,
        length_s=took_s,
        cpu_s=after["cpu_s"] - before["cpu_s"],
        messages_count=counted[0],
        sent_bytes=counted[1],
        lost_count=counted[2],
        decide_cpu_s=after["decide_cpu_s"],
        cycle_s=after["cycle_s"],
        late_s=after["late_s"],
    )


def summed(rounds: list[Round]) -> dict[str, object]:
    """Return what each number of pages cost, and how it compares to none: with 95 % intervals."""
    most = max(CLIENTS)
    one = [each[1] for each in rounds]
    sent_ms = [
        1000.0
        * (each[most].cpu_s / each[most].messages_count * most - each[1].cpu_s / each[1].messages_count)
        for each in rounds
    ]
    return {
        "rounds_count": len(rounds),
        "block_s": statistics.median(block.length_s for block in one),
        "rows": [_row(rounds, clients_count) for clients_count in CLIENTS],
        "bytes_per_update": sum(b.sent_bytes for b in one) / sum(b.messages_count for b in one),
        "core_ratio_to_make_updates": _drawn([each[1].cpu_ratio - each[0].cpu_ratio for each in rounds]),
        f"core_ratio_of_{most}": _drawn([each[most].cpu_ratio - each[0].cpu_ratio for each in rounds]),
        "ms_to_send_it_to_one_more": _drawn([took_ms / (most - 1) for took_ms in sent_ms]),
        f"ratio_of_{most}_to_none": {
            f"{name}_p{100 * level:.0f}": _compared(rounds, name, level)
            for name in ("decide_cpu_s", "cycle_s", "late_s")
            for level in (0.5, 0.99)
        },
    }


def _row(rounds: list[Round], clients_count: int) -> dict[str, object]:
    own = [each[clients_count] for each in rounds]
    found: dict[str, object] = {
        "clients_count": clients_count,
        "lost_count": sum(block.lost_count for block in own),
        "cpu_ratio": statistics.mean(block.cpu_ratio for block in own),
        "cycles_count": sum(len(block.cycle_s) for block in own),
    }
    for name in ("decide_cpu_s", "cycle_s", "late_s"):
        all_ms = [1000.0 * took_s for block in own for took_s in getattr(block, name)]
        found[f"{name.removesuffix('_s')}_ms_p50_p95_p99"] = np.quantile(all_ms, (0.5, 0.95, 0.99)).tolist()
    return found


def _drawn(values: list[float]) -> dict[str, float]:
    """Return the mean of what each round showed, with its interval."""
    draws = np.random.default_rng(SEED).choice(values, (DRAWS_COUNT, len(values))).mean(axis=1)
    low, high = np.quantile(draws, (0.025, 0.975)).tolist()
    return {"mean": statistics.mean(values), "from": low, "to": high}


def _compared(rounds: list[Round], name: str, level: float) -> dict[str, float]:
    """Return a quantile with most pages by that without any. Whole rounds are drawn: cycles of one block are not independent."""
    most, draw = max(CLIENTS), np.random.default_rng(SEED)
    sides = [[np.array(getattr(each[count], name)) for each in rounds] for count in (most, 0)]
    drawn = []
    for at in draw.integers(len(rounds), size=(DRAWS_COUNT, len(rounds))):
        with_it, without = (np.quantile(np.concatenate([side[each] for each in at]), level) for side in sides)
        drawn.append(with_it / without)
    with_it, without = (np.quantile(np.concatenate(side), level) for side in sides)
    low, high = np.quantile(drawn, (0.025, 0.975)).tolist()
    return {"ratio": float(with_it / without), "from": low, "to": high}


def measured(site: Site, part: str, block_s: float, rounds_count: int) -> dict[str, object]:
    """Return what was asked for, each part with where it was measured."""
    told: dict[str, object] = {}
    where = {"machine": machine(), **commit(), "speed_ratio": float(SPEED)}
    if part != "first_load":
        os.nice(19)  # pages are on other machines: here they shall not take the processor from the site
        rounds: list[Round] = []
        for number in range(rounds_count):
            order = CLIENTS if number % 2 else CLIENTS[::-1]
            rounds.append({count: asyncio.run(followed(site, count, block_s)) for count in order})
        told["following"] = {**summed(rounds), **where}
    if part != "following":
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            told["first_load"] = {**first_loads(browser, site), **where}
            told["page"] = {**heap(browser, site), **where}
            browser.close()
    return told


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("first_load", "following", "all"), default="all")
    parser.add_argument(
        "--block-s", type=float, default=8.0, help="seconds for each number of pages in a round"
    )
    parser.add_argument("--rounds", type=int, default=14)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as site:
        time.sleep(15.0)  # every station has connected by then
        told = measured(site, given.part, given.block_s, given.rounds)
    file = RESULTS / "console.json"
    kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    parts = {name: kept.get(name) for name in ("first_load", "page", "following")} | told
    file.write_text(json.dumps(parts, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=1))


if __name__ == "__main__":
    main()

"""A running demo and a browser that looks at it: what the tests of the console stand on."""

from __future__ import annotations

import os
import re
import selectors
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.ports import free_port
from voltloom.live.gateway.credentials import generated

if TYPE_CHECKING:
    from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parent.parent.parent
PROGRAM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
    ),
)
AXE = ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
STARTS_WITHIN_S = 240.0  # kernels are compiled where none were kept
BUSY = re.compile(r"(Reading|Asking|Loading) [^.]*…")
READY = "html[data-ready='1']"


@dataclass(frozen=True)
class Served:
    """A console under its address. key: opens it. visitor: the key of who only looks on, "" where there is none."""

    address: str
    key: str
    process: subprocess.Popen[str]
    visitor: str = ""


@contextmanager
def serving(words: list[str], until: str) -> Iterator[Served]:
    """Run `voltloom` until the context ends, from when it has printed its address and then `until`. Raises RuntimeError."""
    command = [sys.executable, "-u", "-m", "voltloom", *words]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        text = _told(process, until)
        found = re.search(r"Open (http://[^/\s]+)/(?:#key=(\w+))?", text)
        if found is None:
            raise RuntimeError(text)
        visitor = re.search(r"only look gets \S+#key=(\w+)", text)
        yield Served(found[1], found[2] or "", process, visitor[1] if visitor else "")
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def _told(process: subprocess.Popen[str], until: str) -> str:
    """Return what a program has printed so far, once that holds `until`."""
    assert process.stdout is not None
    text, last_s = "", time.monotonic() + STARTS_WITHIN_S
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        while re.search(until, text) is None:
            if process.poll() is not None or not waiting.select(last_s - time.monotonic()):
                raise RuntimeError(f"it did not start: {text}")
            text += os.read(process.stdout.fileno(), 1 << 16).decode()
    return text


@dataclass
class Seen:
    """An open page and all it complained of or asked for."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda wrong: self.complaints.append(str(wrong)))
        self.page.on("request", self._note)

    def _hear(self, said: Any) -> None:
        if said.type in ("error", "warning"):
            self.complaints.append(f"{said.text} ({said.location.get('url', '')})")

    def _note(self, asked: Any) -> None:
        if not asked.url.startswith((self.address, "data:", "blob:")):
            self.strangers.append(asked.url)

    def open(self, path: str) -> Page:
        """Show a page of the site, and wait until it stands with all it asked for."""
        self.page.goto(self.address + path)
        self.page.wait_for_selector(READY)
        self.settled()
        return self.page

    def settled(self) -> None:
        """Wait until no panel of the page is still reading."""
        from playwright.sync_api import expect

        expect(self.page.locator("main")).not_to_contain_text(BUSY)

    def until(self, fact: str) -> None:
        """Wait until an expression of JavaScript is true. Playwright's own way needs `eval`, which the site forbids its pages."""
        looked = f"new Promise(told => {{ const look = () => ({fact}) ? told() : requestAnimationFrame(look); look() }})"
        self.page.evaluate(looked)

    def breaches(self, *rules: str) -> list[str]:
        """Return what axe finds against WCAG 2.2 AA in the page as it stands. rules: all where none is named."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("only => axe.run(document, { runOnly: only })", list(rules or WCAG))
        return [
            f"{breach['id']}: {node['target']} {node['failureSummary']}"
            for breach in found["violations"]
            for node in breach["nodes"]
        ]


@dataclass(frozen=True)
class Quiet:
    """A site without a demo's fleet, where its stations would connect, and the secret of each key."""

    served: Served
    stations_url: str
    secrets: dict[str, str]


@contextmanager
def quiet_site(folder: Path, roles: Mapping[str, str], more: str = "") -> Iterator[Quiet]:
    """Run the demo's site file without its fleet. roles: of each key. more: what its file says beside."""
    text = (ROOT / "scenarios" / "demo" / "site.toml").read_text(encoding="utf-8")
    port, http_port = free_port(), free_port()
    text = text.replace("port = 9000", f"port = {port}").replace("port = 8080", f"port = {http_port}")
    secrets = {}
    for name, role in roles.items():
        secrets[name], record = generated()
        text += f'\n[[api.key]]\nid = "{name}"\nrole = "{role}"\nsecret_record = "{record}"\n'
    file = folder / "site.toml"
    file.write_text(text + more, encoding="utf-8")
    with serving(["run", str(file), "--speed", "60"], until=r"Open http\S+") as served:
        yield Quiet(served, f"ws://127.0.0.1:{port}/ocpp", secrets)

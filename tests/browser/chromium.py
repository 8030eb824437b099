"""Debian's chromium without a window, told what to do over a pipe (Chrome DevTools Protocol): no further package needed."""

from __future__ import annotations

import base64
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROGRAM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-dev-shm-usage", "--remote-debugging-pipe"),
)


class Page:
    """One open page. heard: every event so far, as the protocol names them."""

    def __init__(self, to_browser: int, from_browser: int) -> None:
        self.heard: list[dict[str, Any]] = []
        self._to, self._from = to_browser, from_browser
        self._last = 0
        self._rest = b""
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.ask(f"{domain}.enable")

    _session = ""

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return the browser's answer; events that come before it are kept.

        Raises RuntimeError with the browser's words where it refuses.
        """
        self._last += 1
        said: dict[str, object] = {"id": self._last, "method": method, "params": parameters}
        if self._session:
            said["sessionId"] = self._session
        os.write(self._to, json.dumps(said).encode() + b"\0")
        while True:
            message = self._next()
            if message.get("id") != self._last:
                self.heard.append(message)
            elif "error" in message:
                raise RuntimeError(f"{method}: {message['error']}")
            else:
                found: dict[str, Any] = message["result"]
                return found

    def open(self, address: str, *, width_px: int, height_px: int = 900, is_dark: bool = False) -> None:
        """Show an address in a window of a width, and wait until it is loaded."""
        self.ask(
            "Emulation.setDeviceMetricsOverride",
            width=width_px,
            height=height_px,
            deviceScaleFactor=1,
            mobile=width_px < 600,
        )
        scheme = {"name": "prefers-color-scheme", "value": "dark" if is_dark else "light"}
        self.ask("Emulation.setEmulatedMedia", features=[scheme])
        self.heard.clear()
        self.ask("Page.navigate", url=address)
        while not any(event["method"] == "Page.loadEventFired" for event in self.heard):
            self.heard.append(self._next())

    def value(self, script: str) -> Any:
        """Return what a script finds in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def picture(self, file: Path) -> None:
        """Write a picture of the whole page."""
        shot = self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        file.write_bytes(base64.b64decode(shot["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            part = os.read(self._from, 1 << 20)
            if not part:
                raise RuntimeError("chromium ended")
            self._rest += part
        line, self._rest = self._rest.split(b"\0", 1)
        found: dict[str, Any] = json.loads(line)
        return found


@contextmanager
def chromium(folder: Path) -> Iterator[Page]:
    """Run a browser with a profile of its own, and end it."""
    to_browser_out, to_browser = os.pipe()
    from_browser, from_browser_in = os.pipe()
    words = [str(PROGRAM), *FLAGS, f"--user-data-dir={folder}"]
    # The browser reads commands from 3 and answers on 4.
    script = f'exec "$@" 3<&{to_browser_out} 4>&{from_browser_in}'
    done = subprocess.Popen(
        ["/bin/bash", "-c", script, "bash", *words],
        pass_fds=(to_browser_out, from_browser_in),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(to_browser_out)
    os.close(from_browser_in)
    try:
        yield Page(to_browser, from_browser)
    finally:
        os.close(to_browser)  # it ends when nobody talks to it
        os.close(from_browser)
        try:
            done.wait(timeout=10)
        except subprocess.TimeoutExpired:
            done.kill()
            done.wait()

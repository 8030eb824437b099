"""What the tests of the console share: one browser, one running demo, one login."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.place import FLAGS, PROGRAM, Seen, Served, serving
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return the machine's Chromium. Without one nothing is tested here, and CI fails."""
    from playwright.sync_api import sync_playwright

    if not PROGRAM.exists():
        assert os.environ.get("CI") != "true", f"{PROGRAM} is missing: make browser-test installs it"
        pytest.skip(f"{PROGRAM} is missing")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return a site with 24 stations over sockets, all connected, a minute of theirs in a second."""
    ports = ["--port", str(free_port()), "--http-port", str(free_port())]
    words = ["demo", *ports, "--folder", str(tmp_path_factory.mktemp("demo")), "--for", "3600"]
    with serving(words, until=r"24 of 24 connected, [1-9]\d* charging") as served:
        yield served


@pytest.fixture(scope="session")
def cookies(browser: Browser, demo: Served) -> Any:
    """Return what a browser keeps that has logged in at the demo with the address it printed."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{demo.address}/#key={demo.key}")
    page.wait_for_selector(".shell")
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def seen(browser: Browser, demo: Served, cookies: Any) -> Iterator[Seen]:
    """Return a page that is logged in at the demo. Whatever a test does with it, it may complain of nothing and ask nobody else."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, storage_state=cookies)
    context.set_default_timeout(20_000)
    one = Seen(context.new_page(), demo.address)
    yield one
    context.close()
    assert one.complaints == []
    assert one.strangers == []


@pytest.fixture
def stranger(browser: Browser, demo: Served) -> Iterator[Seen]:
    """Return a page of somebody who is not logged in. The browser itself complains of each answer that refuses."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    one = Seen(context.new_page(), demo.address)
    yield one
    context.close()
    assert one.strangers == []


def pytest_ignore_collect(config: pytest.Config) -> bool | None:
    """Import no browser where no test of one is asked for."""
    return True if "not browser" in config.option.markexpr else None

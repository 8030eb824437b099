"""A page that follows a running site: new values without a reload, old ones told as old, and back by itself."""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen, Served
from tests.browser.relay import Relay

pytestmark = pytest.mark.browser
POWER = "[...document.querySelectorAll('.card .big')].map(e => e.textContent).join()"


def marked(seen: Seen) -> None:
    """Leave a mark that a reload would wipe out."""
    seen.page.evaluate("window.stillHere = true")


def is_marked(seen: Seen) -> bool:
    return bool(seen.page.evaluate("window.stillHere === true"))


def test_power_of_outlets_changes_without_a_reload(seen: Seen) -> None:
    page = seen.open("/console/live")
    marked(seen)
    before = page.evaluate(POWER)

    seen.until(f"{POWER} !== {before!r}")

    assert is_marked(seen)


def test_a_site_that_says_nothing_is_told_and_its_values_fade_until_it_speaks_again(
    seen: Seen, demo: Served
) -> None:
    page = seen.open("/console/live")
    marked(seen)
    status = page.locator(".head .live").filter(has_text="Live")
    expect(status).to_be_visible()
    faded = page.locator(".card .fades").first

    demo.process.send_signal(signal.SIGSTOP)
    try:
        expect(page.locator(".head .live")).to_contain_text("No data for", timeout=20_000)
        assert faded.evaluate("e => Number(getComputedStyle(e).opacity)") < 0.6
    finally:
        demo.process.send_signal(signal.SIGCONT)

    expect(status).to_be_visible(timeout=20_000)
    assert faded.evaluate("e => Number(getComputedStyle(e).opacity)") == 1
    assert is_marked(seen)


def test_a_page_that_lost_its_connection_keeps_its_values_and_comes_back(seen: Seen, demo: Served) -> None:
    with Relay(demo.address) as relay:
        seen.page.goto(f"{relay.address}/#key={demo.key}")
        page = seen.page
        page.wait_for_selector(".card")
        marked(seen)
        outlets_count = page.locator(".card").count()

        relay.cut()
        expect(page.locator(".head .live")).to_contain_text("Reconnecting")
        assert page.locator(".card").count() == outlets_count

        relay.mend()
        expect(page.locator(".head .live")).to_have_text("Live")
        assert is_marked(seen)
    seen.page.close()
    seen.strangers.clear()  # the relay is another port
    seen.complaints.clear()  # the browser names each connection that it could not open

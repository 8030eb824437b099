"""What a first look at the console costs on the wire, and that what is missed is caught up with, once and by itself."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen, Served
from tests.browser.relay import Relay

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
BUDGET_BYTES = 60_000
STATE = "/api/v1/console"
KEPT_S = 20.0  # for which a site keeps what a page may have missed
CLOCK = "document.querySelector('.head .num').textContent"


def states_asked(page: Page) -> list[str]:
    """Return the list to which each request for the whole state is added from now on."""
    asked: list[str] = []
    page.on("request", lambda one: asked.append(one.url) if one.url.endswith(STATE) else None)
    return asked


def test_a_first_look_is_at_most_60_kb_and_has_the_state_once(
    browser: Browser, demo: Served, cookies: Any
) -> None:
    context = browser.new_context(storage_state=cookies, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[int] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(round(event["encodedDataLength"])))
    asked, seen = states_asked(page), Seen(page, demo.address)

    seen.open("/console/live")
    before = page.evaluate(CLOCK)
    seen.until(f"{CLOCK} !== {before!r}")  # the feed goes on from the state in the page
    page.wait_for_load_state("networkidle")

    assert page.locator(".card").count() == 24
    assert asked == []
    assert 20_000 < sum(sizes) <= BUDGET_BYTES, sizes
    context.close()


@pytest.mark.nightly
def test_after_a_short_cut_a_page_goes_on_and_after_a_long_one_it_fetches_the_state_once(
    seen: Seen, demo: Served
) -> None:
    page = seen.page
    with Relay(demo.address) as relay:
        page.goto(f"{relay.address}/#key={demo.key}")
        page.wait_for_selector(".card")
        asked, status = states_asked(page), page.locator(".head .live")
        expect(status).to_have_text("Live")

        relay.cut()
        expect(status).to_contain_text("Reconnecting")
        relay.mend()
        expect(status).to_have_text("Live")
        assert asked == []

        relay.cut()
        expect(status).to_contain_text("Reconnecting")
        time.sleep(KEPT_S + 3.0)  # nothing to wait for: nobody gets through
        relay.mend()
        expect(status).to_have_text("Live", timeout=30_000)
        assert len(asked) == 1
        now = page.evaluate(CLOCK)
        seen.until(f"{CLOCK} !== {now!r}")
    page.close()
    seen.strangers.clear()  # the relay is another port
    seen.complaints.clear()  # the browser names each connection that it could not open

"""Operators on one site without a demo's fleet: a station is let in, two change the same policy, one logs out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, Request, expect
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.browser.place import Quiet, quiet_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
NAMES = ("anna", "bert")
BOOT = [2, "1", "BootNotification", {"chargePointVendor": "Acme", "chargePointModel": "Two"}]
# The next answer about policies comes to the page only when it is released.
HELD = """() => {
  const real = window.fetch;
  window.fetch = async (...asked) => {
    const answer = await real(...asked);
    if (!window.release && asked[0] === "/api/v1/policies") await new Promise(go => (window.release = go));
    return answer;
  };
}"""
RELEASED = """word => {
  window.seen = [];
  const look = () => document.body.textContent.includes(word) && window.seen.push(word);
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, characterData: true });
  window.release();
}"""
OUTLET = '\n[[site.evse]]\nids = ["X01"]\ncircuit = "east"\nwiring = "three_phase"\nmax_a = 16.0\n'


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet]:
    with quiet_site(tmp_path_factory.mktemp("yard"), dict.fromkeys(NAMES, "operator"), OUTLET) as one:
        yield one


@pytest.fixture
def pages(browser: Browser, yard: Quiet) -> Iterator[dict[str, Page]]:
    """Return a page of each operator."""
    opened = {}
    for name, secret in yard.secrets.items():
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.set_default_timeout(20_000)
        page.goto(f"{yard.served.address}/console/policies#key={secret}")
        page.wait_for_selector(".shell")
        opened[name] = page
    yield opened
    for page in opened.values():
        page.context.close()


def test_an_unknown_station_waits_until_an_operator_lets_it_in(pages: dict[str, Page], yard: Quiet) -> None:
    page = pages["anna"]
    page.get_by_role("navigation").get_by_role("link", name="Stations").click()

    with connect(f"{yard.stations_url}/NEW-1", subprotocols=[Subprotocol("ocpp1.6")]) as station:
        station.send(json.dumps(BOOT))
        assert json.loads(station.recv(timeout=20))[2]["status"] == "Pending"
        expect(page.get_by_role("heading", name="Waiting for your word (1)")).to_be_visible()
        waiting = page.locator("section").filter(has_text="Waiting for your word")
        expect(waiting).to_contain_text("Acme Two")
        waiting.get_by_label("X01").check()
        waiting.get_by_role("button", name="Let it in at X01").click()

        expect(page.get_by_text("NEW-1 takes part at X01.")).to_be_visible()
        expect(page.get_by_role("region", name="All stations")).to_contain_text("NEW-1")
        expect(waiting).to_have_count(0)


def test_a_trial_that_begins_at_25_percent_has_not_passed_the_steps_before(pages: dict[str, Page]) -> None:
    page, bert = pages["anna"], pages["bert"]
    unanswered = _unanswered(bert)
    page.get_by_role("combobox", name=re.compile(r"^On\b")).select_option("25")
    page.get_by_role("button", name="Begin the trial").click()

    steps = page.get_by_role("list", name="Steps of the trial")
    expect(steps.locator("li.reached")).to_have_text(["25 % now"])
    expect(page.get_by_text("Last change: anna put ")).to_be_visible()

    # Bert looks at it; then Anna takes it back, and he, who has not seen that, wants to go on.
    expect(bert.get_by_text("Last change: anna put ")).to_be_visible()
    promote = bert.get_by_role("button", name="Promote to all")
    expect(promote).to_be_visible()
    bert.evaluate(HELD)
    while not bert.evaluate("Boolean(window.release)"):
        bert.wait_for_event("response")
    bert.route("**/api/v1/policies", lambda route: route.abort())
    expect(bert.get_by_role("alert")).to_be_visible()  # from now on what he sees gets old,
    while unanswered:  # once all is answered that was asked before
        bert.wait_for_timeout(50.0)
    expect(promote).to_be_visible()
    page.get_by_role("button", name="Roll back").first.click()
    expect(page.get_by_text("Rolled back by an operator")).to_be_visible()
    promote.click()

    expect(bert.get_by_role("alert")).to_contain_text("Nothing was done: anna rolled back ")
    bert.unroute("**/api/v1/policies")
    expect(bert.get_by_text("Rolled back by an operator")).to_be_visible()
    expect(bert.get_by_role("alert")).to_contain_text("Nothing was done")

    # What he asked before all that is answered at last: it is not shown any more.
    with bert.expect_response("**/api/v1/policies"):  # what is asked after it
        bert.evaluate(RELEASED, "Promote to all")
    expect(bert.get_by_text("Last change: anna rolled back ")).to_be_visible()
    assert bert.evaluate("window.seen") == []


def _unanswered(page: Page) -> set[Request]:
    """Return what a page has asked about policies and was not answered, from now on."""
    found: set[Request] = set()

    def asked(request: Request) -> None:
        if request.url.endswith("/api/v1/policies"):
            found.add(request)

    def answered(request: Request) -> None:
        found.discard(request)

    page.on("request", asked)
    page.on("requestfinished", answered)
    page.on("requestfailed", answered)
    return found


def test_who_logs_out_in_one_tab_is_logged_out_in_all_and_comes_back_with_a_key(
    pages: dict[str, Page], yard: Quiet
) -> None:
    page = pages["anna"]
    other = page.context.new_page()
    other.goto(f"{yard.served.address}/console/settings")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()

    other.get_by_role("button", name="Log out").click()

    for tab in (page, other):
        expect(tab.get_by_label("Key")).to_be_visible()
        expect(tab.locator(".shell")).to_have_count(0)
    page.get_by_label("Key").fill(yard.secrets["bert"])
    page.get_by_label("Key").press("Enter")
    expect(page.get_by_role("status").filter(has_text="Live")).to_be_visible()
    expect(pages["bert"].get_by_role("status").filter(has_text="Live")).to_be_visible()

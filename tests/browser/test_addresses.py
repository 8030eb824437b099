"""Addresses of the console: each outlet, decision and filter has its own, and the browser's own buttons work."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen

pytestmark = pytest.mark.browser


def test_an_address_opens_an_outlet_and_closing_it_shows_the_site(seen: Seen) -> None:
    page = seen.open("/console/live/E07?show=charging")
    drawer = page.get_by_role("dialog", name="Outlet E07")

    expect(drawer).to_contain_text("DEMO-E07")
    drawer.get_by_role("button", name="Close").click()

    expect(drawer).to_have_count(0)
    assert page.url.endswith("/console/live?show=charging")


def test_back_closes_what_was_opened_and_forward_opens_it_again(seen: Seen) -> None:
    page = seen.open("/console/live")
    page.locator("a.card").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()

    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_forward()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_the_address_of_a_decision_shows_that_decision_to_somebody_else(seen: Seen) -> None:
    page = seen.open("/console/decisions")
    row = page.locator("a.decision").last.element_handle()  # the list may grow at its end meanwhile
    words = row.inner_text().split("\n")
    row.click()
    page.wait_for_url(re.compile(r"/console/decisions/\d+"))

    seen.open(page.url.removeprefix(seen.address))

    opened = page.locator("li.open")
    expect(opened).to_contain_text(words[1])
    expect(opened).to_contain_text("Limiting constraint")


def test_the_address_of_an_old_decision_still_shows_it(seen: Seen) -> None:
    seen.open("/console/live")
    oldest = "fetch('/api/v1/changes?count=200').then(told => told.json()).then(all => all.at(-1).id)"
    number = seen.page.evaluate(oldest)
    page = seen.open(f"/console/decisions/{number}")

    expect(page.locator("li.open")).to_contain_text("Limiting constraint")
    assert page.locator(f"#decision-{number}.open").count() == 1
    expect(page.locator("main")).not_to_contain_text("is not among those of this run")


def test_a_filter_of_decisions_is_in_the_address(seen: Seen) -> None:
    page = seen.open("/console/decisions")
    outlet = page.locator("a.decision b").first.inner_text()

    page.get_by_role("combobox", name="Outlet").select_option(outlet)
    expect(page.locator("a.decision b").filter(has_not_text=outlet)).to_have_count(0)
    assert page.url.endswith(f"/console/decisions?evse={outlet}")
    seen.open(f"/console/decisions?evse={outlet}")

    expect(page.get_by_role("combobox", name="Outlet")).to_have_value(outlet)
    expect(page.locator("a.decision b").filter(has_not_text=outlet)).to_have_count(0)
    unchanged = page.locator("a.decision .num").filter(has_text=re.compile(r"^\s*(\S+ A) → \1\s*$"))
    expect(unchanged).to_have_count(0)
    page.get_by_role("checkbox", name="Leave out what is too small to see").uncheck()
    page.wait_for_url(re.compile(rf"/console/decisions\?evse={outlet}&small=1$"))
    expect(page.locator("a.decision").first).to_be_visible()
    expect(unchanged).to_have_count(0)


def test_what_is_not_there_is_said_and_the_way_out_is_shown(seen: Seen) -> None:
    page = seen.open("/console/nowhere")

    expect(page.locator("main")).to_contain_text("There is no such page.")
    page.get_by_role("link", name="Show the site").click()

    expect(page.get_by_role("heading", name="Load against limits")).to_be_visible()
    seen.open("/console/live/X99")
    expect(page.get_by_role("dialog")).to_contain_text("There is no outlet called X99")

"""The console without a mouse: cards, drawer, rail and forms."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.place import Seen

pytestmark = pytest.mark.browser
FOCUSED = "document.activeElement?.matches({!r})"
OUTLINED = "parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 2"
MOST_TABS = 90


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until an element has the focus, as somebody does who has no mouse."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED.format(selector)):
            assert page.evaluate(OUTLINED), f"nobody sees that {selector} has the focus"
            return
    raise AssertionError(f"{MOST_TABS} times Tab do not lead to {selector}")


def test_enter_opens_an_outlet_escape_closes_it_and_the_focus_is_back_where_it_was(seen: Seen) -> None:
    page = seen.open("/console/live")
    card = "a.card[href='/console/live/E02']"

    tab_to(page, card)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Outlet E02")).to_be_visible()
    assert page.evaluate("document.activeElement.closest('dialog') !== null")

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.url.endswith("/console/live")
    assert page.evaluate(FOCUSED.format(card))


def test_the_focus_stays_in_an_open_drawer(seen: Seen) -> None:
    page = seen.open("/console/live/E02")

    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate("!document.activeElement.closest('.shell > .rail, .card')")


def test_the_rail_leads_to_every_page_and_the_focus_goes_there(seen: Seen) -> None:
    page = seen.open("/console/live")

    for word in ("Sessions", "Decisions", "Alarms", "Policies", "What-if", "Stations", "Settings", "Live"):
        page.get_by_role("navigation").get_by_role("link", name=word).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text(word)
        expect(page).to_have_title(f"{word} · Demo garage")
        assert page.evaluate(FOCUSED.format("#main"))
        seen.settled()


def test_outlets_are_filtered_and_shown_as_a_table_from_the_keyboard(seen: Seen) -> None:
    page = seen.open("/console/live")

    page.get_by_role("button", name="Charging").focus()
    page.keyboard.press("Space")
    expect(page.locator(".card").filter(has_text="Free")).to_have_count(0)
    page.get_by_role("button", name="Table").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("region", name="Outlets")).to_be_visible()
    assert page.url.endswith("/console/live?show=charging&as=table")


def test_a_policy_is_checked_from_the_keyboard(seen: Seen) -> None:
    page = seen.open("/console/policies")

    tab_to(page, "form select")
    page.keyboard.type("seq")
    tab_to(page, "form input")
    page.keyboard.type("By hand")
    page.get_by_role("button", name="Check").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text("It can rule here.")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="architecture")).to_contain_text("sequential")

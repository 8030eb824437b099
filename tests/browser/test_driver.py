"""The driver's page on a phone: from the code on a station, and from a visit's own link."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen

pytestmark = pytest.mark.browser
PHONES_PX = (320, 390)
SMALL = """[...document.querySelectorAll('main button, main a, main input')].filter(e => { const box = e.getBoundingClientRect();
return box.width > 0 && box.height < 44 }).map(e => e.outerHTML.slice(0, 90))"""


def asked(seen: Seen, method: str, path: str) -> Any:
    """Return what the site's interface answers to the operator whose login the page has."""
    headers = {"Origin": seen.address}
    answer = seen.page.context.request.fetch(seen.address + path, method=method, headers=headers)
    assert answer.ok, answer.text()
    return answer.json()


def opened(seen: Seen, path: str) -> None:
    """Show a page of a driver on a phone."""
    seen.page.set_viewport_size({"width": 390, "height": 844})
    seen.open(path)


def of_a_visit(seen: Seen) -> str:
    """Return the link of a visit whose car is charging."""
    outlets = asked(seen, "GET", "/api/v1/console")["outlets"]
    visit = next(one["visit"] for one in outlets if one["look"] == "charging" and one["visit"]["departs_ms"])
    link: str = asked(seen, "POST", f"/api/v1/sessions/{visit['id']}/link")["link"]
    return link


def fits_and_can_be_read(seen: Seen) -> None:
    page = seen.page
    assert page.evaluate(SMALL) == []
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        page.wait_for_selector(f"html[data-theme='{theme}']")
        assert seen.breaches() == [], theme
    for width_px in PHONES_PX:
        page.set_viewport_size({"width": width_px, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px


def test_the_code_on_a_station_shows_whether_it_is_in_use_and_nobodys_visit(seen: Seen) -> None:
    outlets = asked(seen, "GET", "/api/v1/console")["outlets"]
    taken = next(one for one in outlets if one["look"] == "charging")
    stickers = asked(seen, "GET", "/api/v1/stickers")
    link = next(one["link"] for one in stickers if taken["id"] in one.values())

    opened(seen, "/d/" + link.rpartition("/d/")[2])

    expect(seen.page.get_by_role("heading", level=1)).to_have_text(taken["id"])
    expect(seen.page.locator("main")).not_to_contain_text("kWh")
    expect(seen.page.locator("main")).to_contain_text("A demo: an hour here is 1 min of yours.")
    expect(seen.page.locator("main")).not_to_contain_text("quarter of an hour")  # of whose time?
    fits_and_can_be_read(seen)


def test_a_visits_own_link_shows_its_power_and_what_happened(seen: Seen) -> None:
    opened(seen, of_a_visit(seen))

    expect(seen.page.locator(".power")).to_have_text(re.compile(r"^\d+\.\d kW$"))
    expect(seen.page.get_by_role("heading", name="What happened")).to_be_visible()
    expect(seen.page.locator("main")).to_contain_text("Plugged in.")
    fits_and_can_be_read(seen)


def test_a_driver_hears_the_new_promise_before_it_is_saved(seen: Seen) -> None:
    opened(seen, of_a_visit(seen))
    page = seen.page

    page.get_by_role("button", name="Change departure or energy").click()
    form = page.get_by_role("form", name="Change departure or energy")
    departure = form.get_by_role("group", name="Departure").locator("output")
    before = departure.inner_text()
    form.get_by_role("button", name="+1 h").click()
    expect(departure).not_to_have_text(before)
    wanted = departure.inner_text()
    # Every answer names it, also where no time can be told yet.
    expect(form.locator(".promise")).to_contain_text(wanted)
    fits_and_can_be_read(seen)
    form.get_by_role("button", name="Save").click()

    expect(form).to_have_count(0)
    page.get_by_role("button", name="Change departure or energy").click()
    expect(departure).to_have_text(wanted)


def test_a_link_that_leads_nowhere_says_what_to_do(stranger: Seen) -> None:
    stranger.page.set_viewport_size({"width": 390, "height": 844})

    stranger.open("/d/nothing-is-behind-this")

    expect(stranger.page.locator("main")).to_contain_text("Scan the code on the charging station again.")
    fits_and_can_be_read(stranger)

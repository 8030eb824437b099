"""What somebody asks who sees the console for the first time, answered from what stands on its pages."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen

pytestmark = pytest.mark.browser
CHANGED = re.compile(r"\d+\.\d A → \d+\.\d A")
KW = r"\d+\.\d kW"


def told(seen: Seen, path: str) -> Any:
    """Return what the site's interface says, with the login of the page."""
    answer = seen.page.context.request.get(seen.address + path)
    assert answer.ok, answer.text()
    return answer.json()


def test_how_much_headroom_is_left_and_which_circuit_binds(seen: Seen) -> None:
    page = seen.open("/console/live")

    header = page.get_by_role("banner")
    expect(header).to_contain_text(re.compile(rf"Headroom {KW} · (transformer|east|west) binds"))
    circuit = header.inner_text().split(" binds")[0].split(" · ")[-1]

    row = page.locator(".tree-row").filter(has=page.get_by_text(circuit, exact=True))
    expect(row).to_contain_text(re.compile(rf"\d+\.\d of {KW}"))
    assert told(seen, "/api/v1/console")["head"]["headroom_kw"] >= 0.0


def test_why_did_an_outlet_slow_down(seen: Seen) -> None:
    changes = told(seen, "/api/v1/changes?count=500")
    slowed = next(one for one in changes if 0.0 < one["after_a"] < one["before_a"] - 0.1)

    page = seen.open(f"/console/decisions?evse={slowed['evse']}")
    page.locator(f"#decision-{slowed['id']} > a").click()

    opened = page.locator("li.open")
    expect(opened).to_contain_text(slowed["sentence"])
    constraint = (slowed["limit"] or "no circuit").partition("/")[0]
    expect(opened.locator("dd").first).to_contain_text(constraint)
    expect(opened).to_contain_text("Lifts when")


def test_which_cars_will_be_late(seen: Seen) -> None:
    page = seen.open("/console/live")
    late = page.locator(".card:has(.late)")
    expect(late.first).to_be_visible()

    page.get_by_role("button", name="Needs attention").click()

    expect(page.locator(".card:not(:has(.late)):not(.gone)").filter(has_not_text="Fault")).to_have_count(0)
    expect(late.first).to_contain_text(re.compile(rf"late by \d+ (h|min)|will lack {KW}h"))
    page.get_by_role("button", name="Table").click()
    rows = page.get_by_role("region", name="Outlets").get_by_role("row")
    expect(rows.filter(has_text=re.compile(r"late by|will lack")).first).to_be_visible()


def test_what_happened_when_a_station_went_offline(seen: Seen) -> None:
    page = seen.open("/console/live")
    outlet = page.locator(".card:has-text('Charging') b").first.inner_text()
    bar = page.get_by_role("region", name="Demo")
    bar.get_by_role("button", name="Put in a fault").click()
    bar.get_by_role("combobox", name="At").select_option(outlet)

    bar.get_by_role("button", name="Pull a station's cable").click()

    card = page.locator(f"a.card[href='/console/live/{outlet}']")
    expect(bar.get_by_role("list", name="Faults that last")).to_contain_text(outlet)
    expect(card).to_contain_text("Offline", timeout=30_000)
    expect(card).to_contain_text("last word")
    card.click()
    expect(page.get_by_role("dialog")).to_contain_text(CHANGED)  # what it may still draw is kept for it
    page.keyboard.press("Escape")
    bar.get_by_role("button", name="Clear all").click()
    expect(card).not_to_contain_text("Offline", timeout=30_000)


def test_what_would_sequential_have_delivered_today(seen: Seen) -> None:
    page = seen.open("/console/what-if")
    under = page.get_by_role("group", name="Under")
    for other in ("parallel", "adaptive"):
        under.get_by_role("checkbox", name=re.compile(f"^{other}( |$)")).uncheck()

    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url(re.compile("/console/what-if/.+"))

    row = page.get_by_role("row").filter(has_text="sequential").filter(has_text="kWh")
    expect(row.first).to_contain_text(re.compile(r"\d kWh \(\d+ %\)"), timeout=120_000)


def test_a_policy_rules_a_quarter_of_the_outlets_and_is_rolled_back(seen: Seen) -> None:
    page = seen.open("/console/policies")
    page.get_by_label("Name").fill("First come")
    page.get_by_role("combobox", name="Architecture").select_option("sequential")
    page.get_by_role("combobox", name="On").select_option("25")

    page.get_by_role("button", name="Begin the trial").click()

    expect(page.get_by_role("heading", name="Candidate: First come")).to_be_visible()
    expect(page.get_by_role("banner")).to_contain_text("canary First come (6 of 24)")
    page.get_by_role("navigation").get_by_role("link", name="Live").click()
    expect(page.locator(".card .tag").filter(has_text="canary")).to_have_count(6)
    page.get_by_role("navigation").get_by_role("link", name="Policies").click()
    page.get_by_role("button", name="Roll back").first.click()
    expect(page.get_by_text("Rolled back by an operator")).to_be_visible()
    expect(page.get_by_role("banner")).not_to_contain_text("canary")
    page.get_by_role("navigation").get_by_role("link", name="Live").click()
    expect(page.locator(".card .tag")).to_have_count(0)

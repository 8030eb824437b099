"""Who may look at the console: keys, what a viewer is not offered, and a site that no station has found yet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from tests.browser.place import Quiet, Seen, Served, quiet_site

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
ROLES = ("viewer", "operator")


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quiet]:
    with quiet_site(tmp_path_factory.mktemp("quiet"), {role: role for role in ROLES}) as one:
        yield one


@pytest.fixture
def as_role(browser: Browser, quiet: Quiet) -> Iterator[dict[str, Page]]:
    """Return a page of each role."""
    pages = {}
    for role, secret in quiet.secrets.items():
        page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        page.goto(f"{quiet.served.address}/#key={secret}")
        page.wait_for_selector(".shell")
        pages[role] = page
    yield pages
    for page in pages.values():
        page.context.close()


def test_a_wrong_key_is_told_and_the_right_one_opens_the_page_that_was_asked_for(
    stranger: Seen, demo: Served
) -> None:
    page = stranger.page
    page.goto(f"{demo.address}/console/alarms")
    field = page.get_by_label("Key")

    field.fill("not-the-key")
    page.get_by_role("button", name="Show the site").click()
    expect(page.get_by_role("alert")).to_contain_text("key")
    assert stranger.breaches() == []
    assert "Demo garage" not in page.content()

    field.fill(demo.key)
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alarms")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_key_of_an_address_does_not_stay_in_it(stranger: Seen, demo: Served) -> None:
    page = stranger.page

    page.goto(f"{demo.address}/console/policies#key={demo.key}")

    expect(page.get_by_role("heading", level=1)).to_have_text("Policies")
    assert page.url == f"{demo.address}/console/policies"
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Policies")


def test_scripts_cannot_read_what_stands_for_the_key(seen: Seen) -> None:
    page = seen.open("/console/live")

    assert page.evaluate("document.cookie") == ""
    assert seen.page.context.cookies()[0]["httpOnly"]


def test_a_viewer_sees_the_policies_and_is_offered_nothing_to_change_them(as_role: dict[str, Page]) -> None:
    for page in as_role.values():
        page.get_by_role("link", name="Policies").click()
        expect(page.get_by_role("heading", name="In force")).to_be_visible()

    expect(as_role["operator"].get_by_role("button", name="Roll back")).to_be_visible()
    expect(as_role["operator"].get_by_role("button", name="Begin")).to_be_visible()
    expect(as_role["viewer"].locator("main").get_by_role("button")).to_have_count(0)


def test_a_site_that_no_station_has_found_says_where_to_point_one(
    as_role: dict[str, Page], quiet: Quiet
) -> None:
    page = as_role["viewer"]

    expect(page.get_by_text("No station has connected")).to_contain_text(quiet.stations_url)
    expect(page.locator(".card").first).to_contain_text("Offline")


def test_a_viewer_sees_an_alarm_come_and_cannot_answer_it(as_role: dict[str, Page], quiet: Quiet) -> None:
    for page in as_role.values():
        page.get_by_role("navigation").get_by_role("link", name="Alarms").click()
        expect(page.get_by_role("heading", name="Open alarms")).to_be_visible()
        expect(page.locator(".alarm").filter(has_text="E01")).to_have_count(0)

    fault = {"connectorId": 1, "status": "Faulted", "errorCode": "GroundFailure"}
    with connect(f"{quiet.stations_url}/DEMO-E01", subprotocols=[Subprotocol("ocpp1.6")]) as station:
        for action, told in (
            ("BootNotification", {"chargePointVendor": "A", "chargePointModel": "B"}),
            ("StatusNotification", fault),
        ):
            station.send(json.dumps([2, action, action, told]))
        for page in as_role.values():
            expect(page.locator(".alarm").filter(has_text="E01")).to_have_count(1)

    operator, viewer = as_role["operator"], as_role["viewer"]
    expect(viewer.locator("main").get_by_role("button")).to_have_count(0)
    fault_of = operator.locator(".alarm").filter(has_text="E01")
    fault_of.get_by_role("button", name="Acknowledge").click()
    expect(viewer.get_by_text("Acknowledged by operator.").first).to_be_visible()

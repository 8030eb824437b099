"""What an operator does in the demo: an order to an outlet that is seen to take effect, the tour, the plan with a picture behind it."""

from __future__ import annotations

import itertools
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.place import ROOT, Seen, Served
from tests.browser.test_driver import asked

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
EFFECT_MS = 90_000  # a limit goes out with the next cycle, and the car follows; a busy machine is slower
PATIENCE_S = 90
ENOUGH_A = 6.8  # more than the limit of 6 A, and than what counts as near it
PHONES_PX = (320, 390)
FAULTS = tuple(re.findall(r'word: "([^"]+)"', (ROOT / "console/src/pages/demo/faults.ts").read_text("utf-8")))
PAGES = ["Live", "Sessions", "Decisions", "Alarms", "Policies", "What-if", "Stations", "Settings"]
PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 330 140"><rect width="330" height="140" fill="#ccc"/>
<script>document.documentElement.setAttribute("data-ran", "1")</script></svg>"""
BOXES = (
    "e => e.map(one => { const b = one.getBoundingClientRect(); return [b.left, b.top, b.right, b.bottom] })"
)


def charging(seen: Seen) -> str:
    """Return an outlet whose car draws more than the minimum and has much to get. Waits until one does."""
    for _ in range(PATIENCE_S):
        outlets = asked(seen, "GET", "/api/v1/console")["outlets"]
        found = [one for one in outlets if one["look"] == "charging" and one["draws_a"] > ENOUGH_A]
        if found:
            left = max(
                found, key=lambda one: (one["visit"]["need_kwh"] or 0) - (one["visit"]["energy_kwh"] or 0)
            )
            return str(left["id"])
        time.sleep(1.0)
    raise AssertionError(f"no car draws more than {ENOUGH_A} A")


def test_a_limit_is_sent_accepted_and_seen_to_take_effect(seen: Seen) -> None:
    outlet = charging(seen)
    page = seen.open(f"/console/live/{outlet}")
    drawer = page.get_by_role("dialog")

    drawer.get_by_role("button", name="Set limit").click()
    form = drawer.locator("form.deed")
    form.get_by_label("At most").fill("6")
    form.get_by_role("button", name="Set limit").click()

    steps = drawer.get_by_role("list", name="Limit: how far it has come")
    expect(steps.locator("li.reached")).to_have_text(
        [re.compile("Limit sent"), re.compile("accepted"), re.compile("took effect")], timeout=EFFECT_MS
    )
    told = next(one for one in asked(seen, "GET", "/api/v1/console")["outlets"] if one["id"] == outlet)
    assert told["may_a"] <= 6.05  # a limit that stood so near to it before is no other one for a page either
    assert told["draws_a"] <= 6.7

    drawer.get_by_role("button", name="Resume").click()
    resumed = drawer.get_by_role("list", name="Resume: how far it has come")
    expect(resumed.locator("li.reached").nth(1)).to_contain_text("accepted", timeout=EFFECT_MS)
    expect(drawer.get_by_role("button", name="Resume")).to_have_count(0)


def test_the_tour_shows_what_it_says_and_takes_its_faults_away(seen: Seen) -> None:
    page = seen.open("/console/live")
    chips = page.get_by_role("list", name="Faults that last")
    page.get_by_role("button", name="Tour").click()
    tour = page.get_by_role("group", name="Tour")
    expect(tour).to_contain_text("1 of 6")

    def go_on(words: str) -> None:
        tour.get_by_role("button", name="Next").click()
        expect(tour).to_contain_text(words)

    go_on("The grid operator cuts the limit")
    expect(chips).to_contain_text("Grid −40 %")
    go_on("Every change has a reason")
    expect(page.get_by_role("heading", level=1)).to_have_text("Decisions")
    go_on("A meter that lies")
    expect(chips).to_contain_text("Meter frozen")
    go_on("A cable is pulled")
    expect(chips).to_contain_text("Offline")
    assert page.url.endswith("/console/live?show=attention")
    go_on("What went wrong, in one list")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alarms")
    tour.get_by_role("button", name="End the tour").click()

    expect(tour).to_have_count(0)
    expect(chips).to_have_count(0)


def test_outlets_stand_on_the_plan_side_by_side_and_open_their_drawer(seen: Seen) -> None:
    page = seen.open("/console/live")
    page.get_by_role("group", name="As").get_by_role("button", name="Plan").click()
    tiles = page.get_by_role("region", name="Plan of the car park").locator(".tile")
    expect(tiles).to_have_count(24)

    boxes = tiles.evaluate_all(BOXES)
    for one, other in itertools.combinations(boxes, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, (one, other)
    assert seen.breaches() == []
    tiles.filter(has_text="W03").click()

    expect(page.get_by_role("dialog", name="Outlet W03")).to_be_visible()
    assert page.url.endswith("/console/live/W03?as=plan")


def test_a_picture_lies_behind_the_plan_and_runs_nothing(
    seen: Seen, tmp_path: Path, browser: Browser, demo: Served
) -> None:
    file = tmp_path / "car park.svg"
    file.write_text(PICTURE, encoding="utf-8")
    page = seen.open("/console/live?as=plan")
    page.get_by_text("Picture behind the plan").click()
    page.get_by_label("PNG or SVG, at most 2 MB").set_input_files(file)

    picture = page.locator("img.park-picture")
    expect(picture).to_be_visible()
    seen.until("document.querySelector('.park-picture').naturalWidth > 0")
    width_px = picture.evaluate("e => e.getBoundingClientRect().width")
    page.get_by_label("Width").fill("60")
    page.get_by_role("button", name="Move it").click()
    seen.until(f"document.querySelector('.park-picture').getBoundingClientRect().width > 1.5 * {width_px}")
    assert seen.breaches() == []

    alone = browser.new_context(storage_state=page.context.storage_state()).new_page()
    alone.goto(demo.address + str(picture.get_attribute("src")))
    assert alone.evaluate("document.documentElement.localName") == "svg"
    assert alone.evaluate("document.documentElement.getAttribute('data-ran')") is None
    alone.context.close()

    page.get_by_role("button", name="Take it away").click()
    expect(picture).to_have_count(0)


def test_a_visitor_sees_the_demo_and_is_offered_no_command(browser: Browser, demo: Served) -> None:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{demo.address}/console/live#key={demo.visitor}")

    bar = page.get_by_role("region", name="Demo")
    expect(bar).to_be_visible()
    expect(page.locator(".card")).to_have_count(24)
    expect(bar.get_by_role("button")).to_have_count(0)
    page.locator("a.card").first.click()
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("dialog").get_by_role("button", name="Set limit")).to_have_count(0)
    page.context.close()


@pytest.mark.parametrize("width_px", PHONES_PX)
def test_on_a_phone_every_page_is_in_sight_and_large_enough_for_a_thumb(seen: Seen, width_px: int) -> None:
    seen.page.set_viewport_size({"width": width_px, "height": 740})
    page = seen.open("/console/live")
    links = page.get_by_role("navigation", name="Pages").get_by_role("link")

    assert [words.strip() for words in links.all_inner_texts()] == PAGES
    for left, top, right, bottom in links.evaluate_all(BOXES):
        assert left >= 0
        assert right <= width_px
        assert top >= 0
        assert bottom <= 740
        assert bottom - top >= 44
    assert links.evaluate_all("e => e.every(one => one.scrollWidth <= one.clientWidth)")
    bar = page.get_by_role("region", name="Demo")
    assert bar.evaluate("e => e.getBoundingClientRect().height") <= 56
    bar.get_by_role("button", name="More").click()
    bar.get_by_role("button", name="Put in a fault").click()
    for fault in FAULTS:
        bar.get_by_role("button", name=fault).click(trial=True)  # in sight, and nothing lies over it
    bar.get_by_role("button", name="Less").click()
    links.filter(has_text="Sessions").click()
    now = page.locator(".gantt .now")
    expect(now).to_be_attached()
    ((left, _, right, _),) = now.evaluate_all(BOXES)
    assert 0.5 * width_px < left <= right < width_px  # what was, and some of what is to come
    links.filter(has_text="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")

"""Every page of the console in a real browser: silent, alone, readable in either theme, and not wider than a phone."""

from __future__ import annotations

import pytest

from tests.browser.place import Seen

pytestmark = pytest.mark.browser
PAGES = {
    "live": "/console/live",
    "live as a table": "/console/live?as=table",
    "what needs attention": "/console/live?show=attention",
    "an outlet": "/console/live/E07",
    "an outlet that is not there": "/console/live/X99",
    "sessions": "/console/sessions",
    "an outlet of the sessions": "/console/sessions/E07",
    "decisions": "/console/decisions",
    "alarms": "/console/alarms",
    "policies": "/console/policies",
    "what-if": "/console/what-if",
    "stations": "/console/stations",
    "settings": "/console/settings",
    "a page that is not there": "/console/nowhere",
}
PHONES_PX = (320, 390)
STICKS_OUT = """[...document.querySelectorAll('main *, .head *')].filter(e => !e.parentElement.closest('.wide'))
.filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""
COVERED = """[...document.querySelectorAll('.panel-head > h2 + *')].filter(aside => { const words = document.createRange();
words.selectNodeContents(aside.previousElementSibling); const a = words.getBoundingClientRect(), b = aside.getBoundingClientRect();
return a.right > b.left + 1 && a.bottom > b.top + 1 && b.bottom > a.top + 1 }).map(aside => aside.previousElementSibling.textContent)"""
SHIFTED = """new Promise(told => { let sum = 0; new PerformanceObserver(list => { for (const one of list.getEntries())
if (!one.hadRecentInput) sum += one.value }).observe({ type: 'layout-shift', buffered: true });
const clock = document.querySelector('.head .num'), before = clock.textContent;
const look = () => clock.textContent !== before ? told(sum) : requestAnimationFrame(look); look() })"""
every_page = pytest.mark.parametrize("path", PAGES.values(), ids=PAGES)


@every_page
def test_a_page_stands_still_while_values_come_and_fits_a_phone(seen: Seen, path: str) -> None:
    page = seen.open(path)

    assert page.evaluate(SHIFTED) < 0.1
    for width_px in PHONES_PX:
        page.set_viewport_size({"width": width_px, "height": 844})
        wide_px = page.evaluate("document.documentElement.scrollWidth")
        assert wide_px <= width_px, page.evaluate(STICKS_OUT)
        assert page.evaluate(COVERED) == []  # titles of panels


@every_page
def test_everybody_can_read_a_page_in_either_theme(seen: Seen, path: str) -> None:
    page = seen.open(path)

    page.emulate_media(color_scheme="light")
    page.wait_for_selector("html[data-theme='light']")
    assert seen.breaches() == []
    page.emulate_media(color_scheme="dark")
    page.wait_for_selector("html[data-theme='dark']")
    assert seen.breaches("color-contrast") == []  # nothing else is other in the dark


def test_what_nobody_could_read_would_be_found(seen: Seen) -> None:
    page = seen.open("/console/alarms")

    page.evaluate("document.querySelector('main').innerHTML = '<p id=faint>faint</p><input>'")
    page.evaluate("document.querySelector('#faint').style.color = '#999'")

    assert [breach.partition(":")[0] for breach in seen.breaches()] == ["color-contrast", "label"]

"""The report as a manager opens it, in a real browser at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.browser.chromium import PROGRAM, Page, chromium
from voltloom.cli.main import app

pytestmark = [pytest.mark.browser, pytest.mark.nightly]
BUILD = Path(__file__).resolve().parent.parent.parent / "build"
DAYS = ("--from", "2019-10-28", "--to", "2019-10-29")
WIDTHS_PX = (1280, 390)
# What sticks out of the page at the right; what scrolls inside a box of its own does not.
STICKS_OUT = """[...document.querySelectorAll('main *')].filter(e => !e.closest('.box') || e.matches('.box'))
.filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 0.5).map(e => e.outerHTML.slice(0, 90))"""
PICTURES = """[...document.querySelectorAll('figure')].map(f => { const s = f.querySelector('svg').getBoundingClientRect(),
b = f.querySelector('.box').getBoundingClientRect(); return {w: s.width, h: s.height, marks: f.querySelectorAll('svg path').length,
left: b.left, right: b.right, tall: b.height} })"""
FAINT = """(() => { const rgb = t => t.match(/[0-9.]+/g).map(Number), light = c => { const [r, g, b] = c.slice(0, 3).map(v => {
v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4 }); return 0.2126 * r + 0.7152 * g + 0.0722 * b };
const ground = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor);
if (c.length < 4 || c[3] > 0) return c } return [255, 255, 255] };
return [...document.querySelectorAll('main *, svg text')].filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
.filter(e => !e.closest('style, title, metadata')).filter(e => { const s = getComputedStyle(e);
const ink = rgb(e.closest('svg') ? s.fill : s.color), a = light(ink), b = light(ground(e));
return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05) < 4.5 }).map(e => e.textContent.slice(0, 40)) })()"""


@pytest.fixture(scope="module")
def report() -> str:
    """Return the address of a report made of real sessions."""
    BUILD.mkdir(exist_ok=True)
    file = BUILD / "browser.html"
    words = ["compare", "caltech_sample", *DAYS, "--faults", "none,mild", "--growth", "1.5", "--quiet"]
    done = CliRunner().invoke(app, [*words, "--report", str(file)])
    assert done.exit_code == 0, done.output
    return file.as_uri()


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    assert PROGRAM.exists(), "make browser-test installs chromium"
    with chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_it_fetches_nothing_and_the_browser_has_nothing_to_complain_about(
    page: Page, report: str, width_px: int
) -> None:
    page.open(report, width_px=width_px)

    asked = [e["params"]["request"]["url"] for e in page.heard if e["method"] == "Network.requestWillBeSent"]
    complaints = [
        e
        for e in page.heard
        if e["method"] in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
    ]
    assert asked == [report]
    assert complaints == []


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_the_verdict_is_the_first_thing_to_be_seen(page: Page, report: str, width_px: int) -> None:
    page.open(report, width_px=width_px)

    first = page.value("document.querySelector('main').firstElementChild.className")
    verdict = page.value("document.querySelector('.verdict > p').textContent")
    bottom_px = page.value("document.querySelector('.verdict > p').getBoundingClientRect().bottom")
    assert first.startswith("verdict")
    assert "parallel" in verdict or "adaptive" in verdict or "sequential" in verdict
    assert bottom_px < 400


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_the_table_of_the_six_features_has_six_rows_with_numbers_for_each_architecture(
    page: Page, report: str, width_px: int
) -> None:
    page.open(report, width_px=width_px)

    rows = page.value(
        "[...document.querySelectorAll('.six tbody tr')].map(r => r.querySelectorAll('td').length)"
    )
    fits = page.value("(b => b.scrollWidth <= b.clientWidth)(document.querySelector('.six').parentElement)")
    assert rows == [3] * 6
    assert fits, "no part of it is cut off"


@pytest.mark.parametrize("width_px", WIDTHS_PX)
def test_every_picture_is_there_and_nothing_sticks_out_of_the_page(
    page: Page, report: str, width_px: int
) -> None:
    page.open(report, width_px=width_px)

    pictures = page.value(PICTURES)
    page.picture(BUILD / f"browser-{width_px}.png")
    assert len(pictures) >= 6
    for picture in pictures:
        assert picture["w"] > 300
        assert picture["h"] > 80
        assert picture["marks"] > 3
        assert picture["left"] >= 0
        assert picture["right"] <= width_px
        assert picture["tall"] >= picture["h"]
    assert page.value(STICKS_OUT) == []
    assert page.value("document.documentElement.scrollWidth") <= width_px


@pytest.mark.parametrize("is_dark", [False, True])
def test_every_text_stands_out_from_its_ground(page: Page, report: str, is_dark: bool) -> None:
    page.open(report, width_px=1280, is_dark=is_dark)

    assert page.value(FAINT) == []

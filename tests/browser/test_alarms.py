"""What a person sees of alarms and of a controller that falls back or fails: on the board, in the header, beside decisions."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.browser.place import Seen
from tests.live.demo import RATING_A
from tests.live.test_alarms import Yard, yard
from voltloom.live.config.api import ApiKey, ApiPlan, Role
from voltloom.live.gateway.credentials import generated
from voltloom.session.alarms import AlarmKind
from voltloom.web.serving import served

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PAGES = ("live", "sessions", "decisions", "alarms", "policies", "what-if", "stations", "settings")
PATIENCE_MS = 60_000


class Served(NamedTuple):
    """A site in a thread of its own. does: has it do something there."""

    address: str
    secret: str
    does: Callable[[Callable[[Yard], None]], object]


@contextmanager
def serving(folder: Path, before: Callable[[Yard], None], kind: AlarmKind | None) -> Iterator[Served]:
    """Serve a site's console, from when an alarm of a kind was raised because of what was done before."""
    told: SimpleQueue[Served | BaseException] = SimpleQueue()
    over = threading.Event()

    async def run() -> None:
        secret, record = generated()
        keys = (ApiKey(key_id="tester", role=Role.OPERATOR, secret_record=record),)
        loop = asyncio.get_running_loop()
        async with yard(folder) as one:
            before(one)
            if kind is not None:
                await one.begun(kind)
            async with served(one.site, ApiPlan(host="127.0.0.1", port=0, keys=keys), keys) as address:
                told.put(Served(address, secret, lambda do: loop.call_soon_threadsafe(do, one)))
                while not over.is_set():
                    await asyncio.sleep(0.05)

    def begin() -> None:
        try:
            asyncio.run(run())
        except BaseException as wrong:
            told.put(wrong)
            raise

    thread = threading.Thread(target=begin)
    thread.start()
    try:
        found = told.get(timeout=120.0)
        assert isinstance(found, Served), found
        yield found
    finally:
        over.set()
        thread.join()


@contextmanager
def looking(browser: Browser, site: Served) -> Iterator[Seen]:
    """Give a page that is logged in; whatever a test does with it, it may complain of nothing."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    seen = Seen(context.new_page(), site.address)
    seen.page.goto(f"{site.address}/#key={site.secret}")
    seen.page.wait_for_selector(".shell")
    yield seen
    context.close()
    assert seen.complaints == []


def alarm(page: Page, kind_words: str) -> Any:
    return page.locator(".alarm").filter(has_text=kind_words)


def test_the_board_knows_what_was_told_before_it_was_opened_and_says_when_it_is_over(
    browser: Browser, tmp_path: Path
) -> None:
    from playwright.sync_api import expect

    def too_much(one: Yard) -> None:
        one.main_a = RATING_A + 5.0

    def little(one: Yard) -> None:
        one.main_a = 3.0

    with serving(tmp_path, too_much, AlarmKind.LIMIT_OUT_OF_REACH) as site, looking(browser, site) as seen:
        page = seen.open("/console/alarms")
        out_of_reach = alarm(page, "nothing more can be lowered")
        expect(out_of_reach).to_contain_text("25.0 A where 20.0 A are allowed")
        expect(out_of_reach).to_contain_text("since ")
        expect(out_of_reach).not_to_contain_text("over since")
        expect(page.get_by_role("heading", name="Over")).to_have_count(0)
        out_of_reach.get_by_role("button", name="Acknowledge").click()
        expect(page.get_by_role("heading", name="Acknowledged or muted (1)")).to_be_visible()

        site.does(little)

        expect(out_of_reach).to_contain_text("over since", timeout=PATIENCE_MS)
        expect(out_of_reach).to_contain_text("Acknowledged by tester.")
        assert seen.breaches() == []


@pytest.mark.parametrize("width_px", [390, pytest.param(1280, marks=pytest.mark.nightly)])
def test_every_page_says_that_the_controller_falls_back_or_fails(
    browser: Browser, tmp_path: Path, width_px: int
) -> None:
    from playwright.sync_api import expect

    def silent(one: Yard) -> None:
        one.main_a = None

    def failing(one: Yard) -> None:
        def fails(*_: Any) -> Any:
            raise ZeroDivisionError("no such share")

        one.site.loop._controller.decide = fails  # type: ignore[assignment]  # a bug, made on purpose

    with serving(tmp_path, silent, AlarmKind.MODE_LOWERED) as site, looking(browser, site) as seen:
        page = seen.page
        page.set_viewport_size({"width": width_px, "height": 844})
        said = page.get_by_role("status", name="Controller")
        for name in PAGES:
            seen.open(f"/console/{name}")
            expect(said).to_contain_text("Fallback: safe floor")
            expect(said.locator("svg")).to_be_visible()
        expect(page.locator(".failing")).to_have_count(0)

        site.does(failing)

        for name in PAGES:
            seen.open(f"/console/{name}")
            expect(said).to_contain_text("Fail-safe: decisions fail")
            assert page.evaluate("document.documentElement.scrollWidth") <= width_px
        for name in ("live", "decisions"):
            seen.open(f"/console/{name}")
            expect(page.locator(".failing").first).to_contain_text("every outlet goes to its offline limit")
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.wait_for_selector(f"html[data-theme='{theme}']")
            assert seen.breaches() == []
        said.get_by_role("link").click()
        expect(alarm(page, "The controller failed to decide")).to_contain_text("no such share")

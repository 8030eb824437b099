"""A battery in the tree of loads: what it does, how full it is, and why; also on a narrow phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen, Served, serving
from tests.ports import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.browser, pytest.mark.nightly]


@pytest.fixture(scope="module")
def cellar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    ports = [("--port", free_port()), ("--http-port", free_port()), ("--modbus-port", free_port())]
    words = [str(word) for pair in ports for word in pair]
    folder = str(tmp_path_factory.mktemp("cellar"))
    with serving(
        ["demo", "--battery", *words, "--folder", folder, "--for", "600"],
        until=r"24 of 24 connected, [1-9]\d* charging",
    ) as served:
        yield served


def test_a_battery_has_a_row_below_its_circuit(browser: Browser, cellar: Served) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    seen = Seen(context.new_page(), cellar.address)
    seen.page.goto(f"{cellar.address}/#key={cellar.key}")
    seen.page.wait_for_selector(".card")
    tree = seen.page.locator("section").filter(
        has=seen.page.get_by_role("heading", name="Load against limits")
    )
    row = tree.locator("li").filter(has_text="Battery cellar").last

    expect(row).to_contain_text(re.compile(r"−?\d+\.\d kW"), timeout=30_000)
    expect(row).to_contain_text(re.compile(r"(charging|discharging|resting)\d+ % full"))
    expect(row).to_contain_text("from −15.0 kW to 15.0 kW")
    expect(row).to_contain_text(re.compile(r"cellar (charges|discharges|rests).*: .+\."))
    assert seen.breaches() == []
    seen.page.set_viewport_size({"width": 320, "height": 740})
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert seen.complaints == []
    context.close()

"""What-if in a real browser: faults and what would flip the verdict are asked for, played, shown, exported, renamed and deleted."""

from __future__ import annotations

import os
import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.place import Seen, Served
from tests.browser.test_pages import PHONES_PX, STICKS_OUT

pytestmark = [pytest.mark.browser, pytest.mark.nightly]
PATH = "/console/what-if"
PLAYED_WITHIN_MS = 400_000.0  # some ten runs of a few hours, beside the demo and on a busy machine
PNG = b"\x89PNG\r\n\x1a\n"


def asking(seen: Seen) -> Any:
    """Show the page with sequential and parallel chosen, and return its form."""
    page = seen.open(PATH)
    form = page.locator("form").filter(has=page.get_by_role("button", name="Run", exact=True))
    form.get_by_role("checkbox", name=re.compile("^adaptive( |$)")).uncheck()
    return form


def the_one_played(program: Served) -> int:
    """Return the process that plays a what-if run for a program, once there is one."""
    last_s = time.monotonic() + 60.0
    while time.monotonic() < last_s:
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                parent = re.search(r"^PPid:\t(\d+)$", (folder / "status").read_text(), re.MULTILINE)
                words = (folder / "cmdline").read_bytes()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended meanwhile
            if parent and int(parent[1]) == program.process.pid and b"spawn_main" in words:
                return int(folder.name)
        time.sleep(0.05)
    raise AssertionError("no run is played")


def test_faults_and_what_would_flip_the_verdict_from_asking_to_deleting(seen: Seen, tmp_path: Path) -> None:
    form, page = asking(seen), seen.page
    form.get_by_role("checkbox", name="Mild faults").check()
    form.get_by_role("checkbox", name="Messages are lost").check()
    form.get_by_role("textbox", name="Messages are lost").fill("40")
    form.get_by_role("textbox", name="Name").fill("A bad link")

    form.get_by_role("button", name="Run", exact=True).click()

    page.wait_for_url(re.compile(f"{PATH}/.+"))
    run = page.locator(".panel").filter(has=page.get_by_role("heading", name="A bad link"))
    expect(run.get_by_role("heading", name="What would flip the verdict")).to_be_visible(
        timeout=PLAYED_WITHIN_MS
    )
    expect(run.locator(".verdict")).to_contain_text(re.compile("^(Use|No winner|Parallel|Sequential)"))
    expect(run).to_contain_text(re.compile(r"Message loss: .*tried up to 40 %"))
    scatter = run.get_by_role("img", name=re.compile("^Price of a kWh against unmet energy. sequential: "))
    expect(scatter.locator("path.mark")).to_have_count(2)
    expect(scatter.locator("text.word")).to_have_text(["sequential", "parallel"], use_inner_text=False)
    run.get_by_role("group", name="Faults shown").get_by_role("button", name="Mild faults").click()
    expect(scatter.locator("path.mark")).to_have_count(2)
    lines = run.get_by_role("img", name=re.compile("by message loss. as it is: "))
    expect(lines).to_have_count(2)
    for one in run.get_by_role("region", name="Paired differences").locator("tbody tr").all():
        low, high = re.findall(r"[+−]?\d[\d.]*", one.locator("td").last.inner_text())[:2]
        if low.startswith("−") and high.startswith("+"):
            expect(one).to_contain_text("no difference shown")

    assert seen.breaches() == []
    page.get_by_role("button", name=re.compile("Dark|Light")).click()
    assert seen.breaches("color-contrast") == []
    for width_px in PHONES_PX:
        page.set_viewport_size({"width": width_px, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width_px, page.evaluate(STICKS_OUT)
    page.set_viewport_size({"width": 1280, "height": 900})

    with page.expect_download() as fetched:
        run.get_by_role("link", name="Picture (PNG)").click()
    fetched.value.save_as(tmp_path / "run.png")
    assert (tmp_path / "run.png").read_bytes().startswith(PNG)
    run.get_by_role("textbox", name="Name").fill("40 % lost")
    run.get_by_role("button", name="Save under this name").click()
    listed = page.get_by_role("listitem").filter(has_text="40 % lost")
    expect(listed).to_contain_text("Saved")
    page.reload()
    expect(listed).to_contain_text("Saved")
    expect(page.get_by_role("heading", name="40 % lost")).to_be_visible()
    listed.get_by_role("button", name="Delete").click()
    expect(listed).to_have_count(0)
    expect(page.get_by_role("heading", name="40 % lost")).to_have_count(0)


def test_what_cannot_be_asked_is_told_before_it_is(seen: Seen) -> None:
    form = asking(seen)
    run = form.get_by_role("button", name="Run", exact=True)
    form.get_by_role("checkbox", name="More cars come").check()
    expect(run).to_be_enabled()
    values = form.get_by_role("textbox", name="More cars come")
    expect(values).to_have_value("25, 50, 100")

    values.fill("25, many")
    expect(run).to_be_disabled()
    expect(form).to_contain_text("many must be a number from 5 to 300 % more visits")
    values.fill("25")
    form.get_by_role("checkbox", name=re.compile("^parallel( |$)")).uncheck()
    expect(form).to_contain_text("One policy alone has no verdict that could flip")
    form.get_by_role("checkbox", name=re.compile("^parallel( |$)")).check()
    form.get_by_role("checkbox", name="Messages are lost").check()
    expect(form.get_by_role("checkbox", name="Every message takes longer")).to_be_disabled()
    form.get_by_role("checkbox", name="No faults").uncheck()
    expect(form).to_contain_text("Choose faults, or none.")
    form.get_by_role("button", name="A shipped scenario").click()
    form.get_by_role("combobox", name="Scenario").select_option("caltech_54_quantised")
    expect(form.get_by_role("group", name="Faults").get_by_role("checkbox")).to_have_count(1)


def test_a_run_whose_process_dies_tells_whose_it_was_and_its_seed(seen: Seen, demo: Served) -> None:
    form, page = asking(seen), seen.page
    form.get_by_role("button", name="A shipped scenario").click()
    form.get_by_role("combobox", name="Scenario").select_option("depot")
    form.get_by_role("textbox", name="Name").fill("Cut short")

    form.get_by_role("button", name="Run", exact=True).click()

    expect(page.get_by_text(re.compile(r"\d+ % played"))).to_be_visible(timeout=PLAYED_WITHIN_MS)
    os.kill(the_one_played(demo), signal.SIGKILL)
    told = page.get_by_role("alert").filter(has_text="The run failed under sequential")
    expect(told).to_contain_text(re.compile(r"seed \d+: Its process was ended by signal 9"))
    page.get_by_role("listitem").filter(has_text="Cut short").get_by_role("button", name="Delete").click()
    expect(told).to_have_count(0)


def test_a_run_is_cancelled_from_the_list(seen: Seen) -> None:
    form, page = asking(seen), seen.page
    form.get_by_role("button", name="A shipped scenario").click()
    form.get_by_role("textbox", name="Name").fill("Never mind")

    form.get_by_role("button", name="Run", exact=True).click()

    listed = page.get_by_role("listitem").filter(has_text="Never mind")
    listed.get_by_role("button", name="Cancel").click()
    expect(listed).to_have_count(0)

"""Take the README's pictures of the console from a running demo: `make pictures`. They are small: 128 colours, light theme."""

import io
import re
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.place import BUSY, FLAGS, PROGRAM, ROOT, free_port, serving

FOLDER = ROOT / "docs" / "img"
MOST_BYTES = 120_000
COLOURS_COUNT = 128
AFTER_S = 60.0  # an hour of the garage: there is something to see by then
DESK, PHONE = (1280, 800), (390, 800)
# Its name, its address, its window.
PICTURES = (
    ("live", "/console/live", DESK),
    ("sessions", "/console/sessions?hours=2", DESK),
    ("decision", "/console/decisions", DESK),
    ("phone", "/console/live", PHONE),
)


def taken(page: Page) -> bytes:
    """Return a picture of what a window shows, in few colours."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    packed = io.BytesIO()
    shot.convert("RGB").quantize(COLOURS_COUNT, dither=Image.Dither.NONE).save(packed, "png", optimize=True)
    return packed.getvalue()


def main() -> None:
    """Run a demo for a while, take the pictures, write them."""
    ports = ["--port", str(free_port()), "--http-port", str(free_port())]
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(["demo", *ports, "--folder", folder, "--for", "3600"], r"[1-9]\d* charging") as demo,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=FLAGS)
        page = browser.new_page(color_scheme="light", timezone_id="America/Los_Angeles")
        page.goto(f"{demo.address}/#key={demo.key}")
        time.sleep(AFTER_S)
        for name, path, (width_px, height_px) in PICTURES:
            page.set_viewport_size({"width": width_px, "height": height_px})
            page.goto(demo.address + path)
            expect(page.locator("main")).not_to_contain_text(BUSY)
            if name == "decision":
                page.locator("a.decision").nth(3).click()
                page.wait_for_url(re.compile(r"/\d+$"))
                expect(page.locator("main")).not_to_contain_text(BUSY)
            written(name, taken(page))
        browser.close()


def written(name: str, picture: bytes) -> None:
    """Keep a picture. Raises ValueError for one that is too large for a README."""
    if len(picture) > MOST_BYTES:
        raise ValueError(f"{name} takes {len(picture)} bytes, more than {MOST_BYTES}")
    file = Path(FOLDER / f"console-{name}.png")
    file.write_bytes(picture)
    print(f"{file.relative_to(ROOT)}: {len(picture) // 1000} KB")


if __name__ == "__main__":
    main()

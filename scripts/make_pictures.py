"""Take the README's pictures of the console from a running demo: `make pictures`. They are small: 128 colours, light theme."""

import io
import tempfile
import time
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.place import BUSY, FLAGS, PROGRAM, READY, ROOT, serving
from tests.ports import free_port

FOLDER = ROOT / "docs" / "img"
MOST_BYTES = 120_000
COLOURS_COUNT = 128
AFTER_S = 60.0  # an hour of the garage: there is something to see by then
SETTLES_MS = 1500.0  # for what is drawn on a canvas
DESK, PHONE = (1280, 800), (390, 800)


def taken(page: Page) -> bytes:
    """Return a picture of what a window shows, in few colours."""
    shot = Image.open(io.BytesIO(page.screenshot()))
    packed = io.BytesIO()
    shot.convert("RGB").quantize(COLOURS_COUNT, dither=Image.Dither.NONE).save(packed, "png", optimize=True)
    return packed.getvalue()


def visit_of(page: Page, address: str) -> tuple[str, str]:
    """Return the outlet of the car that charges most, and the link of its driver's own page."""
    request = page.context.request
    outlets = request.get(f"{address}/api/v1/console").json()["outlets"]
    most = max(
        (one for one in outlets if one["look"] == "charging" and one["visit"]["departs_ms"]),
        key=lambda one: float(one["visit"]["energy_kwh"] or 0.0),
    )
    path = f"{address}/api/v1/sessions/{most['visit']['id']}/link"
    return most["id"], request.post(path, headers={"Origin": address}).json()["link"]


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
        outlet, link = visit_of(page, demo.address)
        for name, path, (width_px, height_px) in (
            ("live", "/console/live", DESK),
            ("outlet", f"/console/live/{outlet}", DESK),
            ("sessions", "/console/sessions?hours=2", DESK),
            ("driver", link, PHONE),
        ):
            page.set_viewport_size({"width": width_px, "height": height_px})
            page.goto(demo.address + path)
            page.wait_for_selector(READY)
            expect(page.locator("main")).not_to_contain_text(BUSY)
            page.wait_for_timeout(SETTLES_MS)
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

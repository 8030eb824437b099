"""A picture behind the plan of the car park: known by its content, kept in the site's folder, harmless where it is opened by itself."""

from __future__ import annotations

import asyncio
import json
import struct
import tomllib
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live.demo import PLAN
from tests.web.stage import Stage, staged
from tests.web.test_console_feed import followed, heard, logged_in
from voltloom.live.config import Config, config_of
from voltloom.live.config.api import Role
from voltloom.web.console.pictures import MOST_BYTES, PictureError, recognised

AT = "/api/v1/plan-picture"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 200"><rect width="400" height="200"/></svg>'
WICKED = SVG.replace(b"<rect", b'<script>document.title = "ran"</script><rect onload="alert(1)"')


def png(width_px: int, height_px: int) -> bytes:
    """Return a picture of one colour."""

    def part(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width_px, height_px, 8, 0, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\x80" * width_px) * height_px)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", lines) + part(b"IEND", b"")


def with_places(folder: Path) -> Config:
    """Return the configuration of a yard whose two outlets stand 10 m from each other."""
    tree = tomllib.loads(PLAN)
    tree["site"]["evse"][0] |= {"x_m": [0.0, 10.0], "y_m": [4.0, 4.0]}
    return config_of(tree, folder=folder)


async def put(client: httpx.AsyncClient, content: bytes, kind: str = "image/png") -> httpx.Response:
    return await client.put(AT, content=content, headers={"Content-Type": kind})


def test_a_picture_lies_around_the_outlets_until_it_is_moved_and_is_there_after_a_restart(
    tmp_path: Path,
) -> None:
    async def fetched(stage: Stage) -> dict[str, Any]:
        async with stage.client(Role.VIEWER) as viewer:
            told: dict[str, Any] = (await viewer.get("/api/v1/console")).json()["site"]["picture"]
            picture = await viewer.get(f"{AT}/{told['version']}")
            assert picture.headers["content-type"] == "image/svg+xml"
            assert picture.content == SVG
            return told

    async def whole() -> None:
        async with staged(tmp_path, config=with_places(tmp_path)) as stage, stage.client() as admin:
            assert (await admin.get(AT)).status_code == 404
            await logged_in(browser := httpx.AsyncClient(base_url=stage.address), stage, Role.VIEWER)
            async with followed(stage, browser) as page:
                await heard(page)
                around = (await put(admin, SVG, "image/svg+xml")).json()
                assert await heard(page) == {"type": "resync"}
            await browser.aclose()
            assert (around["left_m"], around["top_m"], around["width_m"]) == (-1.5, 2.5, 13.0)
            place = {"left_m": -2.0, "top_m": 0.0, "width_m": 30.0}
            moved = (await admin.put(f"{AT}/place", json=place)).json()
            assert moved["version"] == around["version"]
            told = await fetched(stage)
            assert told["stands"] == place
            assert told["height_ratio"] == 0.5
            audit = (await admin.get("/api/v1/audit")).json()
            assert [one["action"] for one in audit] == ["move_plan_picture", "put_plan_picture"]
        async with staged(tmp_path, config=with_places(tmp_path)) as stage, stage.client() as admin:
            assert await fetched(stage) == told
            again = (await put(admin, png(20, 30))).json()
            assert (again["kind"], again["width_m"], again["height_ratio"]) == ("png", 30.0, 1.5)
            assert (await admin.get(f"{AT}/{told['version']}")).status_code == 404
            assert (await admin.delete(AT)).status_code == 204
            assert (await admin.get("/api/v1/console")).json()["site"]["picture"] is None
        assert [one.name for one in tmp_path.iterdir() if one.name.startswith("car-park")] == []

    asyncio.run(whole())


def test_a_picture_opened_by_itself_may_run_nothing(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client() as admin, stage.client(None) as stranger:
            version = (await put(admin, WICKED, "image/svg+xml")).json()["version"]
            picture = await admin.get(f"{AT}/{version}")

            rules = picture.headers.get_list("content-security-policy")
            assert any("default-src 'none'" in rule and "sandbox" in rule for rule in rules)
            assert "script-src" not in json.dumps(rules)
            assert picture.headers["x-content-type-options"] == "nosniff"
            assert (await stranger.get(f"{AT}/{version}")).status_code == 401

    asyncio.run(whole())


def test_who_is_no_admin_changes_no_picture(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            assert (await put(operator, SVG)).status_code == 403
            assert (await operator.delete(AT)).status_code == 403

    asyncio.run(whole())


def test_what_is_no_picture_or_too_large_is_refused_with_what_to_do(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client() as admin:
            named_wrong = await put(admin, b"GIF89a and more", "image/png")
            assert named_wrong.status_code == 422
            assert named_wrong.json()["errors"] == [
                {"field": "picture", "problem": "is neither PNG nor SVG", "remedy": "Send a PNG or SVG file."}
            ]
            assert named_wrong.json()["detail"].startswith("picture: is neither PNG nor SVG")
            large = await put(admin, b" " * (MOST_BYTES + 1))
            assert large.status_code == 413
            assert large.json()["detail"] == "picture: has more than 2048 KiB. Send a smaller one."
            assert not list(tmp_path.glob("car-park*"))

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "neither PNG nor SVG"),
        (b"\xff\xfe<svg/>", "neither PNG nor SVG"),
        (b"<svg viewBox='0 0 1 1'/>", "neither PNG nor SVG"),  # no SVG without its namespace
        (b"<html><svg/></html>", "neither PNG nor SVG"),
        (SVG[:-3], "neither PNG nor SVG"),
        (b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + SVG, "document type"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "does not say how large"),
        (SVG.replace(b"400 200", b"nan nan"), "does not say how large"),
        (SVG.replace(b"0 0 400 200", b"0 0 0 200"), "between 1 and"),
        (SVG.replace(b"0 0 400 200", b"0 0 400 -1"), "between 1 and"),
        (
            SVG.replace(b"0 0 400 200", b"0 0 400 1e-400"),
            "between 1 and",
        ),  # its height by its width would be 0
        (SVG.replace(b"0 0 400 200", b"0 0 1e-400 200"), "between 1 and"),
        (png(5, 5)[:-4], "cut off"),
        (png(5, 5)[:16] + struct.pack(">II", 2**31, 5) + png(5, 5)[24:], "between 1 and"),
        (png(8_001, 1), "between 1 and 8000 px"),
        (png(1, 8_001), "between 1 and 8000 px"),
    ],
)
def test_a_file_is_judged_by_what_is_in_it(content: bytes, problem: str) -> None:
    with pytest.raises(PictureError, match=problem):
        recognised(content)


def test_a_picture_may_be_as_large_as_browsers_bear() -> None:
    assert recognised(png(8_000, 1)).width_px == 8_000

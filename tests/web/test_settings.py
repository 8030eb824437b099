"""Settings over HTTP: what a site was started with, and a file that is to be, with every mistake by its path."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.live.demo import PLAN
from tests.web.stage import staged
from voltloom.live.config.api import Role


def checked(folder: Path, toml: str, role: Role = Role.ADMIN) -> tuple[int, dict[str, Any]]:
    """Have a running site check a file."""

    async def whole() -> tuple[int, dict[str, Any]]:
        async with staged(folder) as stage, stage.client(role) as client:
            answer = await client.post("/api/v1/config/check", json={"toml": toml})
            return answer.status_code, answer.json()

    return asyncio.run(whole())


def test_each_number_of_control_is_told_with_its_path_and_keys_by_name_alone(tmp_path: Path) -> None:
    async def whole() -> tuple[dict[str, Any], dict[str, Any]]:
        async with (
            staged(tmp_path) as stage,
            stage.client(Role.OPERATOR) as operator,
            stage.client(Role.VIEWER) as viewer,
        ):
            told = (await operator.get("/api/v1/settings")).json()
            return told, (await viewer.get("/api/v1/settings")).json()

    told, seen = asyncio.run(whole())

    controls = {one["path"]: (one["value"], one["is_usual"]) for one in told["controls"]}
    assert controls["control.period_s"] == (2.0, False)
    assert controls["control.safety.lease_s"] == (300.0, True)
    assert controls["control.planning.objective"] == ("energy", True)
    assert controls["control.writes.per_day"] == (1000, True)
    assert {"id": "the-admin", "role": "admin"} in told["keys"]
    assert all(set(one) == {"id", "role"} for one in told["keys"])
    assert seen["keys"] is None


def test_every_mistake_of_a_file_is_told_by_its_path(tmp_path: Path) -> None:
    wrong = PLAN.replace("max_a = 16.0", "max_a = 1.0").replace("period_s = 2.0", "periods = 2.0")

    status, told = checked(tmp_path, wrong)

    assert status == 200
    assert not told["is_sound"]
    paths = [one["path"] for one in told["mistakes"]]
    assert "control.periods" in paths
    assert all(one["problem"] and one["remedy"] for one in told["mistakes"])


def test_a_sound_file_is_called_sound_and_what_is_odd_is_a_warning(tmp_path: Path) -> None:
    _, told = checked(tmp_path, PLAN)

    assert (told["is_sound"], told["mistakes"], told["evses_count"]) == (True, [], 2)
    assert "tariff" in [one["path"] for one in told["warnings"]]


def test_text_that_is_no_toml_is_told_with_its_line(tmp_path: Path) -> None:
    _, told = checked(tmp_path, "[site\n")

    assert "line 1" in told["mistakes"][0]["problem"]


def test_a_file_cannot_make_the_site_open_others(tmp_path: Path) -> None:
    (tmp_path / "near.csv").write_text("start,price\n", encoding="utf-8")
    far = '[[tariff]]\ncurrency = "EUR"\nprices = "/etc/hostname"\n'
    near = far.replace("/etc/hostname", "near.csv")

    _, refused = checked(tmp_path, PLAN + far)
    _, looked_at = checked(tmp_path, PLAN + near)

    assert [one["path"] for one in refused["mistakes"]] == ["tariff.0.prices"]
    assert "own machine" in refused["mistakes"][0]["problem"]
    assert not any("own machine" in one["problem"] for one in looked_at["mistakes"])


def test_only_an_admin_has_files_checked(tmp_path: Path) -> None:
    status, _ = checked(tmp_path, PLAN, Role.OPERATOR)

    assert status == 403

"""Who tries drivers' links, or asks too much through one, is slowed down."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from tests.web.stage import Stage
from tests.web.test_interface import charging, played
from voltloom.live.config.api import Role


async def _until_slowed(ask: Callable[[int], Awaitable[httpx.Response]]) -> list[httpx.Response]:
    """Return the answers up to the one that slows down. On a busy machine that takes more of them: each second allows some again."""
    answers: list[httpx.Response] = []
    while not answers or (answers[-1].status_code != 429 and len(answers) < 200):
        answers.append(await ask(len(answers)))
    return answers


def test_who_tries_links_or_asks_too_often_is_slowed_down(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        stage.leaving.append(anna)
        async with stage.client(Role.DRIVER) as driver:
            link = (await driver.post(f"/api/v1/sessions/{session_id}/link")).json()["link"]
            other = await driver.post("/api/v1/sessions/CP2/1/1/1/link")
        async with stage.client(Role.VIEWER) as viewer:
            looker = await viewer.post(f"/api/v1/sessions/{session_id}/link")
        async with stage.client(None) as client:
            needs = await _until_slowed(lambda at: client.put(f"{link}/need", json={"energy_wh": 5000 + at}))
            promises = await _until_slowed(lambda _: client.post(f"{link}/promise", json={"energy_wh": 5000}))
            tries = await _until_slowed(lambda at: client.get(f"/d/{at:022}/state"))
            fine = await client.get(f"{link}/state")

        assert other.status_code == 404
        assert looker.status_code == 403
        assert {each.status_code for each in needs[:8]} == {200}
        assert needs[-1].status_code == promises[-1].status_code == tries[-1].status_code == 429
        assert int(needs[-1].headers["Retry-After"]) >= 1
        assert {each.status_code for each in tries[:30]} == {404}
        assert fine.status_code == 200

    played(tmp_path, scene)

"""Requests that are refused: each answer says what to write instead."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.web.stage import staged
from voltloom.live.config.api import Role


@pytest.mark.parametrize(
    ("method", "path", "body", "said"),
    [
        ("PUT", "architecture", {"architecture": "adaptve"}, "body.architecture: 'adaptve' is no architecture. Did you mean 'adaptive'?"),
        ("GET", "decisions?cont=3", None, "query.cont: is not known. Did you mean 'count'?"),
        ("GET", "site?count=3", None, "query.count: is not known. Leave it out."),
        ("GET", "sites", None, "There is nothing at /api/v1/sites. See /docs for what there is."),
        ("POST", "site", {}, "/api/v1/site does not take POST. Use GET; see /docs."),
        ("POST", "stations/CP1/commands", {"kind": "reset", "how": "slowly"}, "Write one of graceful, immediate,"),
        ("POST", "stations/CP1/commands", {"kind": "availability", "is_operative": 1}, "Write true or false."),
        ("POST", "limits", [], "Send a JSON object"),
    ],
)  # fmt: skip
def test_a_request_that_is_refused_is_told_what_to_write(
    tmp_path: Path, method: str, path: str, body: Any, said: str
) -> None:
    async def asked() -> tuple[int, str]:
        async with staged(tmp_path) as stage, stage.client(Role.ADMIN) as client:
            answer = await client.request(method, f"/api/v1/{path}", json=body)
            return answer.status_code, answer.text

    status, told = asyncio.run(asked())

    assert 400 <= status < 500
    assert said in told

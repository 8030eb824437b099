"""Policies over HTTP: what rules is told, what cannot rule is refused by field, a trial begins, goes further and comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.web.stage import staged
from voltloom.live.config.api import Role

ONE = {"name": "one by one", "architecture": "sequential"}


def test_a_trial_from_shadow_to_promotion(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await stage.decided()
            before = (await operator.get("/api/v1/policies")).json()
            assert before["in_force"]["name"] == "parallel"
            assert before["is_of_the_file"]
            assert before["trial"] is None

            begun = await operator.put("/api/v1/canary", json={"policy": ONE})
            assert begun.status_code == 200
            assert begun.json()["state"] == "shadow"
            assert begun.json()["differences"] == [
                {"parameter": "architecture", "before": "parallel", "after": "sequential"}
            ]
            other = await operator.put("/api/v1/canary", json={"policy": {**ONE, "name": "another"}})
            assert other.status_code == 409

            half = (await operator.put("/api/v1/canary", json={"policy": ONE, "share_percent": 50})).json()
            assert (half["state"], len(half["evses"]), half["share_percent"]) == ("canary", 1, 50.0)
            await stage.decided()
            head = stage.site.loop.memory
            assert head.canary is not None
            assert head.architecture == "parallel"

            promoted = (await operator.post("/api/v1/canary/promotion")).json()
            assert promoted["state"] == "promoted"
            after = (await operator.get("/api/v1/policies")).json()
            assert after["in_force"]["name"] == "one by one"
            again = await operator.post("/api/v1/canary/promotion")
            assert again.status_code == 409

    asyncio.run(whole())


def test_rolling_back_twice_is_rolling_back_once(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            assert (await operator.delete("/api/v1/canary")).status_code == 404
            await operator.put("/api/v1/canary", json={"policy": ONE, "circuit": "yard"})
            for _ in range(2):
                told = await operator.delete("/api/v1/canary")
                assert told.json()["state"] == "rolled_back"
            async with stage.client(Role.ADMIN) as admin:
                audit = (await admin.get("/api/v1/audit")).json()
        assert [one["action"] for one in audit] == ["roll_back_policy", "try_policy"]

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"policy": {**ONE, "architecture": "sequentail"}}, "body.policy.architecture"),
        (
            {"policy": {**ONE, "parameters": {"smoothing.turn_s": 1}}},
            "body.policy.parameters.smoothing.turn_s",
        ),
        ({"policy": ONE, "share_percent": 0}, "body.share_percent"),
        ({"policy": ONE, "share_percent": 5, "circuit": "yard"}, "body.circuit"),
        ({"policy": ONE, "circuit": "cellar"}, "body.circuit"),
        ({"policy": ONE, "evses": ["LEFT", "MIDDLE"]}, "body.evses"),
        ({"policy": ONE, "guards": {"unmet_ratio": 2}}, "body.guards.unmet_ratio"),
    ],
)
def test_what_cannot_be_tried_is_refused_by_field(
    tmp_path: Path, asked: dict[str, object], field: str
) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            refused = await operator.put("/api/v1/canary", json=asked)
        assert refused.status_code == 422
        assert [one["field"] for one in refused.json()["errors"]] == [field]
        assert refused.json()["errors"][0]["remedy"]

    asyncio.run(whole())


def test_a_viewer_looks_and_changes_nothing(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as viewer:
            assert (await viewer.get("/api/v1/policies")).status_code == 200
            assert (await viewer.put("/api/v1/canary", json={"policy": ONE})).status_code == 403
            assert (await viewer.delete("/api/v1/canary")).status_code == 403

    asyncio.run(whole())

"""Policies over HTTP: what rules is told, what cannot rule is refused by field, a trial begins, goes further and comes back."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.web.stage import refused_fields, staged
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
        assert refused_fields(refused) == [field]

    asyncio.run(whole())


def test_a_viewer_looks_and_changes_nothing(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as viewer:
            assert (await viewer.get("/api/v1/policies")).status_code == 200
            assert (await viewer.put("/api/v1/canary", json={"policy": ONE})).status_code == 403
            assert (await viewer.delete("/api/v1/canary")).status_code == 403

    asyncio.run(whole())


def test_what_two_operators_do_at_once_does_not_pass_in_silence(tmp_path: Path) -> None:
    async def whole() -> None:
        async with (
            staged(tmp_path) as stage,
            stage.client(Role.OPERATOR) as anna,
            stage.client(Role.ADMIN) as bob,
        ):
            await stage.decided()
            seen = (await anna.get("/api/v1/policies")).headers["ETag"]
            begun = await bob.put("/api/v1/canary", json={"policy": ONE, "share_percent": 50})
            assert begun.json()["by"] == "the-admin"

            blind = await anna.put("/api/v1/canary", json={"policy": ONE})
            late = await anna.put("/api/v1/canary", json={"policy": ONE}, headers={"If-Match": seen})
            promoted = await anna.post("/api/v1/canary/promotion")
            chosen = await anna.put("/api/v1/architecture", json={"architecture": "adaptive"})
            for refused in (blind, promoted, chosen):
                assert "'one by one', begun by the-admin, is still on trial" in refused.json()["detail"]
            for refused in (blind, late, promoted, chosen):
                assert refused.status_code == 409
                assert "the-admin put 'one by one' on one outlet at " in refused.json()["detail"]
                assert "If-Match" in refused.json()["detail"]
            other = await anna.put("/api/v1/canary", json={"policy": {**ONE, "name": "x"}})
            assert "the-admin put 'one by one'" in other.json()["detail"]
            assert (await anna.get("/api/v1/policies")).json()["trial"]["share_percent"] == 50.0

            now = (await anna.get("/api/v1/policies")).headers["ETag"]
            taken = await anna.put("/api/v1/canary", json={"policy": ONE}, headers={"If-Match": now})
            assert (taken.status_code, taken.json()["by"], taken.json()["state"]) == (
                200,
                "the-operator",
                "shadow",
            )
            assert taken.json()["steps_percent"] == [50.0, 0.0]
            own = await anna.put("/api/v1/architecture", json={"architecture": "adaptive"})
            assert own.status_code == 200  # her own trial goes on beside it
            assert (await bob.delete("/api/v1/canary")).json()["state"] == "rolled_back"

    asyncio.run(whole())


def test_of_two_requests_that_saw_the_same_only_one_is_carried_out(tmp_path: Path) -> None:
    async def whole() -> None:
        async with (
            staged(tmp_path) as stage,
            stage.client(Role.OPERATOR) as anna,
            stage.client(Role.ADMIN) as bob,
        ):
            await stage.decided()
            seen = {"If-Match": (await anna.get("/api/v1/policies")).headers["ETag"]}
            answers = await asyncio.gather(
                anna.put("/api/v1/architecture", json={"architecture": "sequential"}, headers=seen),
                bob.put("/api/v1/architecture", json={"architecture": "adaptive"}, headers=seen),
            )

            assert sorted(answer.status_code for answer in answers) == [200, 409]
            won = next(answer.json() for answer in answers if answer.status_code == 200)
            lost = next(answer.json() for answer in answers if answer.status_code == 409)
            assert f"chose {won['architecture']} at " in lost["detail"]
            assert (await anna.get("/api/v1/architecture")).json()["architecture"] == won["architecture"]

    asyncio.run(whole())


def test_what_was_promoted_is_not_said_to_be_rolled_back(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await stage.decided()
            await operator.put("/api/v1/canary", json={"policy": ONE, "share_percent": 100})
            await operator.post("/api/v1/canary/promotion")

            refused = await operator.delete("/api/v1/canary")

            assert refused.status_code == 409
            assert (
                "'one by one' is in force: the-operator promoted 'one by one' at " in refused.json()["detail"]
            )

    asyncio.run(whole())


def test_who_put_it_on_trial_is_known_after_a_restart(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await stage.decided()
            await operator.put("/api/v1/canary", json={"policy": ONE, "circuit": "yard"})
            before = (await operator.get("/api/v1/policies")).json()
        async with staged(tmp_path) as stage, stage.client(Role.ADMIN) as admin:
            after = (await admin.get("/api/v1/policies")).json()
            refused = await admin.put("/api/v1/canary", json={"policy": ONE})

        assert (after["last"], after["version"]) == (before["last"], before["version"])
        assert refused.status_code == 409
        assert "the-operator put 'one by one' on 2 outlets" in refused.json()["detail"]

    asyncio.run(whole())

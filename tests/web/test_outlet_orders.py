"""What an operator orders for an outlet over the interface, and the messages of its station, with real stations on real sockets."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live.demo import Station16, limit_a, station
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.protocols.ocpp.security import secret_given
from voltloom.protocols.ocpp.timestamps import stamp_text

PATH = "/api/v1/evses/LEFT/order"


def in_s(wait_s: float) -> str:
    return (datetime.now(UTC) + timedelta(seconds=wait_s)).isoformat()


def charged(folder: Path, scene: Callable[[Stage, Station16], Awaitable[None]]) -> None:
    """Play a scene with a vehicle that charges at LEFT."""

    async def whole() -> None:
        async with staged(folder) as stage:
            port = stage.site.ports[0][1]
            left, right = await station(port, "CP1"), await station(port, "CP2")
            stage.leaving.extend((left, right))
            await right.stand_free()
            await left.arrive("anna", 1000, stamp_text(time.time()))
            await left.until_limited()
            await scene(stage, left)

    asyncio.run(whole())


async def until_held(left: Station16, most_a: float) -> None:
    async with asyncio.timeout(30.0):
        while not limit_a(left.profiles[-1]) <= most_a:
            left.news.clear()
            await left.news.wait()


def test_a_pause_reaches_the_station_and_is_told_until_it_is_taken_back(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        async with stage.client(Role.OPERATOR) as operator, stage.client(Role.ADMIN) as admin:
            placed = await operator.put(PATH, json={"does": "pause"})
            assert placed.status_code == 200, placed.text
            assert placed.json() == {
                "does": "pause",
                "limit_a": 0.0,
                "until_ms": None,
                "sentence": "Paused by the operator until the car leaves.",
            }
            await until_held(left, 0.0)
            await stage.decided()
            profile = (await operator.get("/api/v1/evses/LEFT/profile")).json()
            assert (profile["limit_a"], profile["is_confirmed"], profile["held_a"]) == (0.0, True, 0.0)
            assert profile["order"]["does"] == "pause"

            resumed = await operator.delete(PATH)
            assert resumed.json()["order"] is None
            audit = (await admin.get("/api/v1/audit")).json()
            assert [one["action"] for one in audit] == ["resume_outlet", "pause_outlet"]
            assert audit[1]["after"] == "paused by the operator until the car leaves"

    charged(tmp_path, scene)


def test_a_limit_is_kept_at_the_station(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        async with stage.client(Role.OPERATOR) as operator:
            asked = {"does": "limit", "limit_a": 9.5, "until": in_s(600.0)}
            assert (await operator.put(PATH, json=asked)).status_code == 200
            count = len(left.profiles)
            await stage.decided()
            await stage.decided()
            assert all(limit_a(one) <= 9.5 for one in left.profiles[count:])
            boosted = await operator.put(PATH, json={"does": "boost", "until": in_s(600.0)})
            assert boosted.json()["limit_a"] is None
            profile = (await operator.get("/api/v1/evses/LEFT/profile")).json()
            assert profile["order"]["does"] == "boost"

    charged(tmp_path, scene)


def test_who_makes_room_for_a_boost_is_told_for_whom_and_what_is_reserved(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        right = stage.leaving[1]
        await right.arrive("bert", 1000, stamp_text(time.time()))
        async with stage.client(Role.OPERATOR) as operator:
            asked = {"does": "boost", "until": in_s(600.0)}
            assert (await operator.put("/api/v1/evses/RIGHT/order", json=asked)).status_code == 200
            state: dict[str, Any] = {"outlets": [{"cause": None}]}
            async with asyncio.timeout(30.0):
                while state["outlets"][0]["cause"] != "after_boost":
                    await stage.decided()
                    state = (await operator.get("/api/v1/console")).json()
        outlet, other = state["outlets"]
        assert (outlet["id"], outlet["boosted"], outlet["limit"]) == ("LEFT", ["RIGHT"], "yard/L1")
        assert "lets another car charge first" in outlet["sentence"]
        assert outlet["may_a"] <= outlet["reserved_a"]
        (node,) = state["nodes"]
        reserved_a = outlet["reserved_a"] + other["reserved_a"]
        assert [one["worst_a"] for one in node["phases"]] == pytest.approx([reserved_a] * 3, abs=0.01)

    charged(tmp_path, scene)


WRONG: tuple[tuple[dict[str, Any], str], ...] = (
    ({"does": "limit"}, "body.limit_a"),
    ({"does": "limit", "limit_a": 3}, "body.limit_a"),
    ({"does": "limit", "limit_a": 99}, "body.limit_a"),
    ({"does": "pause", "limit_a": 8}, "body.limit_a"),
    ({"does": "boost"}, "body.until"),
    ({"does": "boost", "until": in_s(6 * 3600.0)}, "body.until"),
    ({"does": "pause", "until": "2020-01-01T00:00:00Z"}, "body.until"),
    ({"does": "pause", "until": "2030-01-01T00:00:00"}, "body.until"),
)


def test_what_cannot_be_ordered_is_refused_by_field(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        async with stage.client(Role.OPERATOR) as operator:
            for asked, field in WRONG:
                refused = await operator.put(PATH, json=asked)
                assert refused.status_code == 422, asked
                assert [one["field"] for one in refused.json()["errors"]] == [field]
                assert refused.json()["errors"][0]["remedy"]
        assert stage.site.loop.memory.orders == ()

    charged(tmp_path, scene)


def test_an_order_is_about_the_visit_that_is_there(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        async with stage.client(Role.OPERATOR) as operator, stage.client(Role.VIEWER) as viewer:
            nobody = await operator.put("/api/v1/evses/RIGHT/order", json={"does": "pause"})
            other = await operator.put(PATH, json={"does": "pause", "session": "CP1/other"})
            unknown = await operator.put("/api/v1/evses/LEFTT/order", json={"does": "pause"})
            looked = await viewer.put(PATH, json={"does": "pause"})
        assert [one.status_code for one in (nobody, other, unknown, looked)] == [409, 409, 404, 403]
        assert "LEFT" in unknown.json()["errors"][0]["remedy"]

    charged(tmp_path, scene)


def test_messages_are_told_with_their_answers_the_newest_first(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        async with stage.client(Role.VIEWER) as viewer:
            whole = (await viewer.get("/api/v1/stations/CP1/messages?count=200")).json()
            limits = (await viewer.get("/api/v1/stations/CP1/messages?action=SetChargingProfile")).json()
            first = (await viewer.get("/api/v1/stations/CP1/messages?count=2")).json()
            then = (
                await viewer.get(f"/api/v1/stations/CP1/messages?count=2&before={first['before']}")
            ).json()
            nobody = await viewer.get("/api/v1/stations/CP9/messages")
        told = whole["messages"]
        numbers = [one["number"] for one in told]
        assert numbers == sorted(numbers, reverse=True)
        boot = next(one for one in told if one["action"] == "BootNotification")
        assert (boot["by"], boot["outcome"], boot["payload"]["chargePointVendor"]) == (
            "station",
            "answered",
            "V",
        )
        assert boot["answer"]["status"] == "Accepted"
        answered = [one for one in limits["messages"] if one["outcome"] == "answered"]
        assert answered
        assert {(one["by"], one["answer"]["status"]) for one in answered} == {("site", "Accepted")}
        assert {one["number"] for one in first["messages"]}.isdisjoint(
            one["number"] for one in then["messages"]
        )
        assert "SetChargingProfile" in whole["actions"]
        assert nobody.status_code == 404

    charged(tmp_path, scene)


def test_no_message_shows_a_secret(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        version = stage.site.central.version_of("CP1")
        assert version is not None
        stage.site.central.call("CP1", secret_given("hidden-from-all", version), lambda _: None)
        async with stage.client(Role.VIEWER) as viewer:
            told = await viewer.get("/api/v1/stations/CP1/messages?action=ChangeConfiguration")
        assert told.json()["messages"][0]["payload"] == {"key": "AuthorizationKey", "value": "***"}
        assert "hidden-from-all" not in told.text

    charged(tmp_path, scene)


def test_without_an_answer_the_old_limit_is_told_as_still_in_force(tmp_path: Path) -> None:
    async def scene(stage: Stage, left: Station16) -> None:
        left.listening.cancel()  # it is connected and says nothing any more
        async with stage.client(Role.OPERATOR) as operator:
            await operator.put(PATH, json={"does": "pause"})
            await stage.until(lambda: stage.site.loop.memory.grants.limit_a[0] == 0.0)
            profile = (await operator.get("/api/v1/evses/LEFT/profile")).json()
            told = (await operator.get("/api/v1/stations/CP1/messages?action=SetChargingProfile")).json()
        assert (profile["limit_a"], profile["is_confirmed"]) == (0.0, False)
        assert profile["may_draw_a"] >= 6.0
        assert (told["messages"][0]["outcome"], told["messages"][0]["answer"]) == ("waiting", None)

    charged(tmp_path, scene)

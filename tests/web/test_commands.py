"""Commands over the interface: from the request to the moment when the station shows that they took effect."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import msgspec
import pytest

from tests.live.ordered import Ordered
from tests.live.scripted import VERSIONS
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.web.problems import Problem
from voltloom.web.wording import KINDS, schema, wish_of

RESET = {"kind": "reset", "how": "immediate"}
PATH = "/api/v1/stations/CP1/commands"
TOKEN = {"id_token": "anna"}
MOMENT = "2026-11-26T18:00:00Z"
SIMPLEST: dict[str, dict[str, Any]] = {
    "start": {"token": TOKEN},
    "stop": {"transaction_id": "7"},
    "reset": {"how": "graceful"},
    "unlock": {"number": 1},
    "availability": {"is_operative": False},
    "trigger": {"message": "Heartbeat"},
    "reserve": {"token": TOKEN, "until": MOMENT},
    "cancel_reservation": {"reservation_id": 3},
    "local_list": {"tokens": [{"token": TOKEN, "until": MOMENT}]},
    "read_settings": {},
    "write_setting": {"setting": {"variable": "HeartbeatInterval"}, "value": "60"},
    "firmware": {"location": "ftp://there/image", "retrieve": MOMENT},
    "log": {"log": "diagnostics", "location": "ftp://there/", "oldest": MOMENT},
    "message": {"action": "DataTransfer", "payload": {"vendorId": "V", "until": "as it is"}},
}


def played(folder: Path, answers: dict[str, Any], scene: Callable[[Stage, Ordered], Awaitable[None]]) -> None:
    async def whole() -> None:
        async with staged(folder) as stage:
            one = Ordered("ocpp1.6", answers)
            await one.join(stage.site.ports[0][1])
            await one.boot()
            try:
                await scene(stage, one)
            finally:
                await one.leave()

    asyncio.run(whole())


async def until_over(client: httpx.AsyncClient, path: str) -> dict[str, Any]:
    async with asyncio.timeout(30.0):
        while (told := (await client.get(path)).json())["is_open"]:
            await asyncio.sleep(0.05)
    assert isinstance(told, dict)
    return told


@pytest.mark.parametrize("version", VERSIONS)
def test_a_command_is_followed_by_its_address_until_it_took_effect(version: str, tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as client:
            one = Ordered(version, {"Reset": {"status": "Accepted"}})
            one.after["Reset"] = Ordered.boot
            await one.join(stage.site.ports[0][1])
            await one.boot()
            placed = await client.post(PATH, json=RESET)
            assert placed.status_code == 202, placed.text
            done = await until_over(client, placed.headers["Location"])
            async with stage.client(Role.ADMIN) as admin:
                audit = (await admin.get("/api/v1/audit")).json()
            await one.leave()

        assert placed.json()["state"] == "sent"
        assert [step["state"] for step in done["steps"]] == ["sent", "accepted", "took_effect"]
        assert done["steps"][1]["message"] == {"status": "Accepted"}
        assert (done["by"], done["action"]) == ("the-operator", "Reset")
        assert (audit[0]["action"], audit[0]["target"]) == ("command", "CP1")
        assert done["id"] in audit[0]["after"]

    asyncio.run(whole())


def test_the_stream_tells_each_step_of_a_command(tmp_path: Path) -> None:
    async def scene(stage: Stage, one: Ordered) -> None:
        one.after["Reset"] = Ordered.boot
        told: list[str] = []
        async with (
            stage.client(Role.OPERATOR) as client,
            client.stream("GET", "/api/v1/events") as stream,
            asyncio.timeout(30.0),
        ):
            lines = stream.aiter_lines()
            assert await anext(lines) == ": voltloom"
            await client.post(PATH, json=RESET)
            while "took_effect" not in told:
                if await anext(lines) == "event: command":
                    told.append(json.loads((await anext(lines)).removeprefix("data: "))["state"])
        assert told == ["sent", "accepted", "took_effect"]

    played(tmp_path, {"Reset": {"status": "Accepted"}}, scene)


def test_a_refusal_is_told_with_the_stations_own_answer(tmp_path: Path) -> None:
    async def scene(stage: Stage, one: Ordered) -> None:
        async with stage.client(Role.OPERATOR) as client:
            placed = await client.post(PATH, json=RESET)
            done = await until_over(client, placed.headers["Location"])
        assert done["state"] == "refused"
        assert done["steps"][-1]["message"] == {"status": "Rejected"}

    played(tmp_path, {"Reset": {"status": "Rejected"}}, scene)


def test_the_same_key_is_the_same_command_and_another_askers_key_is_not(tmp_path: Path) -> None:
    async def scene(stage: Stage, one: Ordered) -> None:
        once = {"Idempotency-Key": "k1"}
        async with stage.client(Role.OPERATOR) as client, stage.client(Role.ADMIN) as admin:
            first = await client.post(PATH, json=RESET, headers=once)
            again = await client.post(PATH, json=RESET, headers=once)
            other = await client.post(PATH, json={**RESET, "how": "graceful"}, headers=once)
            foreign = await admin.post(PATH, json=RESET, headers=once)
            deeds = (await admin.get("/api/v1/audit")).json()
        assert again.json()["id"] == first.json()["id"]
        assert other.status_code == 409
        assert other.json()["errors"][0]["field"] == "header.Idempotency-Key"
        assert foreign.json()["id"] != first.json()["id"]
        assert [deed["by"] for deed in deeds] == ["the-admin", "the-operator"]

    played(tmp_path, {"Reset": {"status": "Accepted"}}, scene)


@pytest.mark.parametrize(
    ("path", "body", "status", "field"),
    [
        (PATH, {}, 422, "body.kind"),
        (PATH, {"kind": "explode"}, 422, "body.kind"),
        (PATH, {"kind": ["reset"]}, 422, "body.kind"),
        (PATH, {"type": "reset", "how": "immediate"}, 422, "body.type"),
        (PATH, {"kind": "reset"}, 422, "body.how"),
        (PATH, {**RESET, "now": True}, 422, "body.now"),
        (PATH, {"kind": "unlock", "number": "1"}, 422, "body.number"),
        (PATH, {"kind": "reserve", "token": TOKEN, "until": "soon"}, 422, "body.until"),
        (PATH, {"kind": "reserve", "token": TOKEN, "until": "2026-11-26T18:00:00"}, 422, "body.until"),
        (PATH, {"kind": "reserve", "token": TOKEN, "until_s": 1.0}, 422, "body.until_s"),
        (PATH, {"kind": "reserve", "token": TOKEN}, 422, "body.until"),
        ("/api/v1/stations/CP2/commands", RESET, 409, "path.identity"),  # known, not connected
        ("/api/v1/stations/CP9/commands", RESET, 404, ""),
    ],
)
def test_what_cannot_be_sent_is_told_by_field_and_nothing_goes_out(
    tmp_path: Path, path: str, body: dict[str, Any], status: int, field: str
) -> None:
    async def scene(stage: Stage, one: Ordered) -> None:
        async with stage.client(Role.OPERATOR) as client:
            answer = await client.post(path, json=body)
            kept = (await client.get("/api/v1/commands")).json()
        assert answer.status_code == status, answer.text
        assert answer.headers["content-type"].startswith("application/problem+json")
        assert [one["field"] for one in answer.json()["errors"]] == ([field] if field else [])
        assert kept == []
        assert "Reset" not in [action for action, _ in one.asked]

    played(tmp_path, {"Reset": {"status": "Accepted"}}, scene)


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_schema_describes_is_what_is_understood(kind: str) -> None:
    alternatives = {one["properties"]["kind"]["const"]: one for one in schema()["oneOf"]}
    body = {"kind": kind, **SIMPLEST[kind]}

    jsonschema.validate(body, schema())
    wish = msgspec.to_builtins(wish_of(body))
    assert wish["type"] == kind
    for name in alternatives[kind]["required"]:
        less = {key: value for key, value in body.items() if key != name}
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(less, schema())
        with pytest.raises(Problem):
            wish_of(less)


def test_a_message_goes_out_in_its_own_words() -> None:
    wish = msgspec.to_builtins(wish_of({"kind": "message", **SIMPLEST["message"]}))

    assert wish["payload"] == {"vendorId": "V", "until": "as it is"}

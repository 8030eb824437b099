"""Stations as a console shows them: what they are and hold, what happened when one went, labels, and the way back of a rejected one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from tests.live.demo import station
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.protocols.ocpp.timestamps import stamp_text


async def charging(stage: Stage) -> Any:
    """Let a vehicle charge at CP1 until it has a limit."""
    port = stage.site.ports[0][1]
    idle = await station(port, "CP2")
    await idle.stand_free()  # else its outlet is reserved for
    stage.leaving.append(idle)
    one = await station(port, "CP1")
    await one.arrive("anna", 1000, stamp_text(stage.site.clock.now_s()))
    await one.until_limited()
    return one


async def named(client: Any, name: str) -> dict[str, Any]:
    fleet = (await client.get("/api/v1/fleet")).json()
    found: dict[str, Any] = next(one for one in fleet["stations"] if one["id"] == name)
    return found


def test_a_station_tells_what_it_is_what_it_holds_and_how_soon_it_answers(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as viewer:
            before = await named(viewer, "CP1")
            stage.leaving.append(await charging(stage))
            after = await named(viewer, "CP1")

        assert (before["is_connected"], before["vendor"], before["median_ms"]) == (False, "", None)
        assert (after["is_connected"], after["version"], after["vendor"], after["model"]) == (
            True,
            "ocpp1.6",
            "V",
            "M",
        )
        assert after["connected_ms"] is not None
        assert after["answers_count"] >= 1
        assert 0.0 < after["median_ms"] <= after["p95_ms"]
        (outlet,) = after["outlets"]
        assert outlet["evse"] == "LEFT"
        assert outlet["may_a"] >= 6.0
        assert outlet["reserved_a"] >= outlet["may_a"]
        assert outlet["lease_ms"] is not None

    asyncio.run(whole())


def test_what_happened_when_a_station_went_is_told(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as viewer:
            one = await charging(stage)
            may_a = (await named(viewer, "CP1"))["outlets"][0]["may_a"]
            await one.leave()
            await stage.until(lambda: stage.site.gateway.link("CP1") is None)
            told = (await viewer.get("/api/v1/stations/CP1/timeline")).json()
            nobody = await viewer.get("/api/v1/stations/CP9/timeline")
        assert nobody.status_code == 404
        signs = [one["what"] for one in told if one["kind"] == "link"]
        assert signs == ["disconnected", "booted", "connected"]
        (reserved,) = [one for one in told if one["kind"] == "reserved"]
        assert (reserved["evse"], reserved["before_a"]) == ("LEFT", may_a)
        assert reserved["after_a"] >= may_a
        assert reserved["until_ms"] > reserved["at_ms"]

    asyncio.run(whole())


def test_boots_and_labels_outlast_a_restart(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            stage.leaving.append(await charging(stage))
            for _ in range(2):
                answer = await operator.put("/api/v1/stations/CP1/label", json={"label": " Gate "})
                assert answer.json() == {"id": "CP1", "label": "Gate"}
            assert (await operator.put("/api/v1/stations/CP9/label", json={"label": "x"})).status_code == 404
            async with stage.client(Role.ADMIN) as admin:
                audit = (await admin.get("/api/v1/audit")).json()
        assert [(one["action"], one["after"]) for one in audit] == [("label_station", "Gate")]

        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as viewer:
            again = await named(viewer, "CP1")
            told = (await viewer.get("/api/v1/stations/CP1/timeline")).json()
        assert (again["label"], again["vendor"], again["is_connected"]) == ("Gate", "V", False)
        assert [one["what"] for one in told if one["kind"] == "link"] == ["disconnected", "booted"]

    asyncio.run(whole())


def test_a_rejected_station_is_listed_with_the_reason_and_may_come_again(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            early = await operator.post("/api/v1/stations/CP1/readmission")
            await operator.post("/api/v1/stations/CP1/rejection", json={"reason": "sold"})
            rejected = (await operator.get("/api/v1/fleet")).json()
            back = await operator.post("/api/v1/stations/CP1/readmission")
            after = (await operator.get("/api/v1/fleet")).json()
        assert early.status_code == 409
        assert rejected["rejected"] == [{"id": "CP1", "by": "the-operator", "reason": "sold"}]
        assert "LEFT" in rejected["free_evses"]
        assert [one["id"] for one in rejected["stations"]] == ["CP2"]
        assert back.status_code == 200
        assert after["rejected"] == []
        assert after["free_evses"] == []

    asyncio.run(whole())

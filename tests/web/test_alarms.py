"""Alarms over HTTP: what lasts first, when it is over, and who acknowledged it, also after a restart."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

from ocpp.v16 import call
from typer.testing import CliRunner

from tests.live.demo import Station16, plan_file, station
from tests.web.stage import Stage, staged
from voltloom.cli.main import app
from voltloom.live.running import LiveSite
from voltloom.session.alarms import AlarmKind

FAULT = {"connector_id": 1, "error_code": "GroundFailure", "status": "Faulted"}
WELL = {"connector_id": 1, "error_code": "NoError", "status": "Available"}


async def reports(stage: Stage, **status: Any) -> None:
    """Let a station come and say how its outlet is."""
    one: Station16 = await station(stage.site.ports[0][1], "CP1")
    stage.leaving.append(one)
    await one.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
    await one.call(call.StatusNotification(**status))


def lasts(site: LiveSite, kind: AlarmKind) -> bool:
    return any(each is kind for each, _ in site.loop.logbook.standing)


async def board(stage: Stage) -> dict[str, Any]:
    async with stage.client() as client:
        snapshot = (await client.get("/api/v1/console")).json()
    return {alarm["kind"]: alarm for alarm in snapshot["alarms"]}


def test_what_was_acknowledged_stays_so_over_a_restart_until_it_comes_again(tmp_path: Path) -> None:
    async def story() -> None:
        async with staged(tmp_path) as stage:
            await reports(stage, **FAULT)
            await stage.until(lambda: lasts(stage.site, AlarmKind.GROUND_FAULT))
            async with stage.client() as client:
                answer = {"kind": "ground_fault", "source": "LEFT", "does": "acknowledge"}
                assert (await client.post("/api/v1/alarms/answers", json=answer)).status_code == 200
            await stage.decided()
        async with staged(tmp_path) as stage:
            kept = await board(stage)
            assert kept["ground_fault"]["state"] == "active"
            assert kept["ground_fault"]["acknowledged_by"] == "the-admin"
            assert kept["controller_restarted"]["acknowledged_by"] is None
            async with stage.client() as client:
                first, *others = (await client.get("/api/v1/alarms")).json()
            assert (first["kind"], first["state"], first["over"]) == ("ground_fault", "active", None)
            assert {one["state"] for one in others} == {"once"}

            await reports(stage, **WELL)
            await stage.until(lambda: not lasts(stage.site, AlarmKind.GROUND_FAULT))
            over = (await board(stage))["ground_fault"]
            assert over["state"] == "over"
            assert over["over_ms"] > over["last_ms"]
            assert over["acknowledged_by"] == "the-admin"
            assert over["count"] == 1
            async with stage.client() as client:
                ended = (await client.get("/api/v1/alarms")).json()
                figures = (await client.get("/metrics")).text
            assert {one["kind"]: one["state"] for one in ended}["ground_fault"] == "over"
            assert 'voltloom_alarms_active{severity="critical"} 0.0' in figures

            await reports(stage, **FAULT)
            await stage.until(lambda: lasts(stage.site, AlarmKind.GROUND_FAULT))
            again = (await board(stage))["ground_fault"]
            assert (again["state"], again["count"], again["acknowledged_by"]) == ("active", 2, None)

    asyncio.run(story())
    plan_file(tmp_path)

    told = CliRunner().invoke(app, ["alarms", str(tmp_path / "journal.db")], env={"COLUMNS": "200"})

    assert told.exit_code == 0, told.output
    assert "Times are Europe/Berlin." in told.stdout
    again_row, first_row = (line for line in told.stdout.splitlines() if "ground_fault" in line)
    when = r"\d{1,2} [A-Z][a-z]{2} \d\d:\d\d:\d\d"
    assert re.match(rf"{when} +lasts +critical", again_row)
    assert re.match(rf"{when} +{when} +by the-admin, {when} +critical", first_row)

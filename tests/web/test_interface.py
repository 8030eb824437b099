"""The interface over a real socket, on a real site with real stations."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ocpp.v16 import call

from tests.live.demo import Station16, station
from tests.web.stage import Stage, staged
from voltloom.live.config.api import Role
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.store.journal import open_journal
from voltloom.web.audit import DID_KIND

Scene = Callable[[Stage], Awaitable[None]]


def played(folder: Path, scene: Scene) -> None:
    async def whole() -> None:
        async with staged(folder) as stage:
            await scene(stage)

    asyncio.run(whole())


async def charging(stage: Stage) -> tuple[Station16, str]:
    """Return a station whose driver charges, and the session's id."""
    # Whoever has not booted since the server started may still hold a lease, so the other station boots as well.
    idle = await station(stage.site.ports[0][1], "CP2")
    await idle.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
    stage.leaving.append(idle)
    anna = await station(stage.site.ports[0][1], "CP1")
    transaction_id = await anna.arrive("anna", 1000, stamp_text(time.time()))
    await anna.until_limited()
    await anna.measure(transaction_id, 10.0, 1010.0, time.time())
    await stage.decided()
    (session,) = [seat.session for seat in stage.site.loop.memory.seats if seat.session is not None]
    return anna, session.session_id


def test_a_site_shows_its_circuits_outlets_sessions_and_why(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        async with stage.client(Role.VIEWER) as client:
            site = (await client.get("/api/v1/site")).json()
            rows = (await client.get("/api/v1/circuits")).json()
            stations = (await client.get("/api/v1/stations")).json()
            evses = (await client.get("/api/v1/evses")).json()
            sessions = (await client.get("/api/v1/sessions")).json()
            decisions = (await client.get("/api/v1/decisions", params={"evse": "LEFT"})).json()
        await anna.leave()

        assert site["sessions_count"] == 1
        assert site["charging_count"] == 1
        assert site["power_w"] == pytest.approx(3 * 230.0 * 10.0)
        assert [row["row"] for row in rows] == ["yard/L1", "yard/L2", "yard/L3"]
        assert all(row["worst_load_a"] <= row["rating_a"] == 20.0 for row in rows)
        assert [(one["id"], one["is_connected"]) for one in stations] == [("CP1", True), ("CP2", True)]
        left = next(evse for evse in evses if evse["id"] == "LEFT")
        assert left["station"] == "CP1"
        assert left["limit_a"] >= 6.0
        assert left["record"]["lifts_when"].startswith("Lifts when")
        assert left["sentence"]
        assert sessions[0]["id"] == session_id
        assert sessions[0]["current_a"] == 10.0
        assert all(evse["limit_a"] == round(evse["limit_a"], 3) for evse in evses)
        rise = decisions[-1]["changes"][0]
        assert (rise["evse"], rise["before_a"]) == ("LEFT", 0.0)
        assert rise["after_a"] > 0.0

    played(tmp_path, scene)


def test_a_session_tells_its_energy_by_the_newest_reading_also_while_its_state_stays(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        async with stage.client(Role.VIEWER) as client:
            before = (await client.get(f"/api/v1/sessions/{session_id}")).json()
            await anna.measure(1, 10.0, 1075.0, time.time())
            await stage.decided()
            after = (await client.get(f"/api/v1/sessions/{session_id}")).json()
        await anna.leave()

        assert after["state"] == before["state"] == "charging"
        assert after["delivered_wh"] - before["delivered_wh"] == 65.0
        assert after["limit_a"] == round(after["limit_a"], 3)

    played(tmp_path, scene)


def test_an_architecture_is_switched_while_a_session_runs_and_the_deed_is_kept(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        async with stage.client(Role.OPERATOR) as client:
            switched = await client.put("/api/v1/architecture", json={"architecture": "Sequential"})
            await stage.decided()
            after = (await client.get("/api/v1/site")).json()
            sessions = (await client.get("/api/v1/sessions")).json()
        async with stage.client(Role.ADMIN) as client:
            audit = (await client.get("/api/v1/audit")).json()
        await anna.leave()

        assert switched.status_code == 200
        assert switched.json()["before"] == "parallel"
        assert after["architecture"] == "sequential"
        assert [one["id"] for one in sessions] == [session_id]
        assert (audit[0]["by"], audit[0]["action"]) == ("the-operator", "choose_architecture")
        assert (audit[0]["before"], audit[0]["after"]) == ("parallel", "sequential")

    played(tmp_path, scene)
    kept = asyncio.run(_kinds(tmp_path))
    assert kept.index(DID_KIND) < kept.index("core_told")


async def _kinds(folder: Path) -> list[str]:
    async with await open_journal(folder / "journal.db", node="site") as journal:
        return [row.kind for row in await journal.rows_after(0, 10_000)]


def test_a_driver_states_a_need_of_the_own_session_only(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        bert = await station(stage.site.ports[0][1], "CP2")
        await bert.arrive("bert", 500, stamp_text(time.time()))
        await stage.until(
            lambda: sum(1 for seat in stage.site.loop.memory.seats if seat.session is not None) == 2
        )
        departure = datetime.now(UTC) + timedelta(hours=5)
        need = {"energy_wh": 12_000, "departure": departure.isoformat()}
        async with stage.client(Role.DRIVER) as client:
            seen = (await client.get("/api/v1/sessions")).json()
            stated = await client.put(f"/api/v1/sessions/{session_id}/need", json=need)
            past = await client.put(
                f"/api/v1/sessions/{session_id}/need", json={"departure": "2001-01-01T00:00:00Z"}
            )
        async with stage.client(Role.ADMIN) as client:
            audit = (await client.get("/api/v1/audit")).json()
        async with stage.client(Role.VIEWER) as client:
            everybody = (await client.get("/api/v1/sessions")).json()
        other = next(one["id"] for one in everybody if one["id"] != session_id)
        async with stage.client(Role.DRIVER) as client:
            foreign = await client.put(f"/api/v1/sessions/{other}/need", json=need)
        await anna.leave()
        await bert.leave()

        assert [one["id"] for one in seen] == [session_id]
        assert stated.status_code == 200, stated.text
        assert stated.json()["need"]["energy_wh"] == 12_000
        assert (audit[0]["action"], audit[0]["before"]) == ("state_need", "{}")
        assert json.loads(audit[0]["after"])["energy_wh"] == 12_000
        assert past.status_code == 422
        assert past.json()["detail"] == "body.departure: the departure is in the past. State a time to come."
        assert foreign.status_code == 404

    played(tmp_path, scene)


def test_a_parked_station_is_approved_over_the_interface_and_then_serves(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        stranger = await station(stage.site.ports[0][1], "NEW")
        await stage.until(stage.site.parked)
        async with stage.client(Role.OPERATOR) as client:
            waiting = (await client.get("/api/v1/stations/parked")).json()
            taken = await client.post(
                "/api/v1/stations/parked/NEW/approval", json={"evses": ["LEFT"], "mark": waiting[0]["mark"]}
            )
            rejected = await client.post("/api/v1/stations/NEW/rejection", json={"reason": "a test"})
        await stranger.leave()

        assert [one["id"] for one in waiting] == ["NEW"]
        assert taken.status_code == 409  # LEFT belongs to CP1
        assert taken.headers["content-type"].startswith("application/problem+json")
        assert taken.json()["errors"][0]["remedy"]
        assert rejected.status_code == 200

    played(tmp_path, scene)


def test_a_repeated_approval_and_rejection_with_one_key_are_one_deed(tmp_path: Path) -> None:
    once, other = {"Idempotency-Key": "k1"}, {"Idempotency-Key": "k2"}

    async def first_run(stage: Stage) -> None:
        stranger = await station(stage.site.ports[0][1], "NEW")
        await stage.until(stage.site.parked)
        path = "/api/v1/stations/parked/NEW/approval"
        async with stage.client(Role.OPERATOR) as client:
            await client.post("/api/v1/stations/CP2/rejection", json={"reason": "moved"})
            taken = await client.post(path, json={"evses": ["LEFT"]}, headers=once)
            answers = await asyncio.gather(
                *(client.post(path, json={"evses": ["RIGHT"]}, headers=once) for _ in range(3))
            )
            unnamed = await client.post(path, json={"evses": ["RIGHT"]})
            mixed = await client.post("/api/v1/stations/NEW/rejection", json={"reason": "r"}, headers=once)
            rejected = await client.post(
                "/api/v1/stations/NEW/rejection", json={"reason": "r"}, headers=other
            )
        async with stage.client(Role.ADMIN) as client:
            deeds = [one["action"] for one in (await client.get("/api/v1/audit")).json()]
        await stranger.leave()

        assert taken.status_code == 409  # it was not done, so the key is free
        assert [answer.status_code for answer in answers] == [200] * 3
        assert answers[0].json() == answers[1].json() == answers[2].json()
        assert unnamed.status_code == 409
        assert mixed.json()["errors"][0]["field"] == "header.Idempotency-Key"
        assert deeds == ["reject_station", "approve_station", "reject_station"]
        earlier.append(rejected.json())

    async def second_run(stage: Stage) -> None:
        async with stage.client(Role.OPERATOR) as client:
            again = await client.post("/api/v1/stations/NEW/rejection", json={"reason": "r"}, headers=other)
        assert again.json() == earlier[0]

    earlier: list[dict[str, Any]] = []
    played(tmp_path, first_run)
    played(tmp_path, second_run)


LEAST_ROLE = {
    ("GET", "/api/v1/sessions"): Role.DRIVER,
    ("GET", "/api/v1/site"): Role.VIEWER,
    ("GET", "/api/v1/circuits"): Role.VIEWER,
    ("GET", "/api/v1/stations"): Role.VIEWER,
    ("GET", "/api/v1/stations/parked"): Role.VIEWER,
    ("GET", "/api/v1/evses"): Role.VIEWER,
    ("GET", "/api/v1/decisions"): Role.VIEWER,
    ("GET", "/api/v1/alarms"): Role.VIEWER,
    ("GET", "/api/v1/sessions/closed"): Role.VIEWER,
    ("GET", "/api/v1/tariffs"): Role.VIEWER,
    ("GET", "/api/v1/bills/X"): Role.DRIVER,
    ("GET", "/api/v1/commands"): Role.VIEWER,
    ("GET", "/api/v1/commands/X"): Role.VIEWER,
    ("POST", "/api/v1/stations/X/commands"): Role.OPERATOR,
    ("GET", "/api/v1/limits"): Role.VIEWER,
    ("POST", "/api/v1/limits"): Role.OPERATOR,
    ("DELETE", "/api/v1/limits/operator/X"): Role.OPERATOR,
    ("PUT", "/api/v1/architecture"): Role.OPERATOR,
    ("POST", "/api/v1/stations/parked/X/approval"): Role.OPERATOR,
    ("POST", "/api/v1/stations/X/rejection"): Role.OPERATOR,
    ("GET", "/api/v1/audit"): Role.ADMIN,
    ("GET", "/api/v1/journal/verifications"): Role.ADMIN,
    ("GET", "/api/v1/journal/verifications/X"): Role.ADMIN,
    ("POST", "/api/v1/journal/verifications"): Role.ADMIN,
}


def test_each_role_may_do_what_it_may_and_nothing_above(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        for role in (None, *Role):
            async with stage.client(role) as client:
                for (verb, path), least in LEAST_ROLE.items():
                    answer = await client.request(verb, path, json={} if verb != "GET" else None)
                    if role is None:
                        assert answer.status_code == 401, path
                        assert answer.headers["www-authenticate"].startswith("Bearer")
                    elif role < least:
                        assert answer.status_code == 403, (role, path)
                        assert "this needs" in answer.json()["detail"]
                    else:
                        assert answer.status_code not in (401, 403, 500), (role, path)

    played(tmp_path, scene)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"{", "body"),
        (b"[]", "body"),
        (b"{}", "body.architecture"),
        (b'{"architecture": 7}', "body.architecture"),
        (b'{"architecture": "magic"}', "body.architecture"),
        (b'{"architecture": "parallel", "force": true}', "body.force"),
        (b"\xff\xfe\x00", "body"),
    ],
)
def test_a_bad_body_is_told_its_field_and_changes_nothing(tmp_path: Path, body: bytes, field: str) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.client(Role.OPERATOR) as client:
            answer = await client.put(
                "/api/v1/architecture", content=body, headers={"Content-Type": "application/json"}
            )
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"].startswith("application/problem+json")
        told = answer.json()
        if told["errors"]:
            assert told["errors"][0]["field"].startswith(field)
        assert stage.site.loop.memory.architecture == "parallel"

    played(tmp_path, scene)


def test_a_body_without_an_end_and_guessed_keys_are_turned_away(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.client(Role.OPERATOR) as client:
            huge = await client.put("/api/v1/architecture", content=b'{"architecture": "' + b"x" * 200_000)
            missing = await client.get("/api/v1/nothing")
        async with stage.client(None) as client:
            codes = [
                (await client.get("/api/v1/site", headers={"Authorization": f"Bearer {n:040d}"})).status_code
                for n in range(30)
            ]
        assert huge.status_code == 413
        assert missing.status_code == 404
        assert missing.headers["content-type"].startswith("application/problem+json")
        assert codes[:20] == [401] * 20
        assert codes[-1] == 429

    played(tmp_path, scene)


def test_a_stream_tells_decisions_as_they_are_taken_and_ends_for_who_lags(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async with (
            stage.client(Role.VIEWER) as client,
            client.stream("GET", "/api/v1/events") as stream,
        ):
            lines = stream.aiter_lines()
            assert await anext(lines) == ": voltloom"
            anna, _ = await charging(stage)
            found: list[dict[str, Any]] = []
            async with asyncio.timeout(20.0):
                while not any(one["evse"] == "LEFT" and one["after_a"] >= 6.0 for one in found):
                    line = await anext(lines)
                    if line.startswith("data: ") and '"changes"' in line:
                        found += json.loads(line[6:])["changes"]
            await anna.leave()

    played(tmp_path, scene)


def test_health_and_metrics_need_no_key_and_tell_how_it_is(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, _ = await charging(stage)
        async with stage.client(None) as client:
            alive = await client.get("/livez")
            ready = await client.get("/readyz")
            metrics = (await client.get("/metrics")).text
            stage.site.gateway.is_draining = True
            draining = await client.get("/readyz")
            stage.site.gateway.is_draining = False
        await anna.leave()

        assert alive.json() == {"status": "ok", "reasons": []}
        assert ready.status_code == 200, ready.text
        assert draining.status_code == 503
        assert "draining" in draining.json()["reasons"][0]
        figures = dict(line.rsplit(" ", 1) for line in metrics.splitlines() if not line.startswith("#"))
        assert figures['voltloom_circuit_rating_amperes{row="yard/L1"}'] == "20.0"
        assert figures['voltloom_stations_connected{version="ocpp1.6"}'] == "2.0"
        assert float(figures["voltloom_current_amperes_sum"]) == 10.0
        assert float(figures["voltloom_cycles_total"]) >= 1
        assert figures["voltloom_journal_writes"] == "1.0"
        assert figures["voltloom_cycles_late_total"] == figures["voltloom_cycles_unplanned_total"] == "0.0"
        assert figures["voltloom_plan_age_seconds"] == "NaN"  # this site does not plan

    played(tmp_path, scene)


def test_the_pages_come_from_here_alone(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.client(None) as client:
            for path in ("/", "/console/sessions", "/docs", "/static/docs.js", "/static/style.css"):
                page = await client.get(path)
                assert page.status_code == 200
                assert "http://" not in page.text
                assert "https://" not in page.text
                assert "default-src 'self'" in page.headers["content-security-policy"]
            assert (await client.get("/static/..%2fapp.py")).status_code in (404, 422)
            described = (await client.get("/api/openapi.json")).json()
        assert {path for _, path in LEAST_ROLE if "X" not in path} <= set(described["paths"])

    played(tmp_path, scene)

"""What-if over HTTP: a recorded day is played in a process of its own, followed, saved, reported; what cannot be played is refused."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.live.demo import station
from tests.store.day import HOUR_MS, MIDNIGHT_MS, Visit
from tests.web.stage import Stage, refused_fields, staged
from voltloom.live.config.api import Role
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.record import EndReason
from voltloom.store.projecting import catch_up
from voltloom.web.whatif.recorded import Notebook

TWO = [{"architecture": "sequential"}, {"architecture": "parallel"}]
A_DAY = {"first_day": "2024-03-01", "policies": TWO}
PATH = "/api/v1/what-if"


async def a_recorded_day(stage: Stage) -> None:
    """Keep two visits that wanted the yard's whole power at the same time; a third was there for nothing."""
    left = Visit(evse_id="LEFT", start_ms=MIDNIGHT_MS + 8 * HOUR_MS, minutes=30)
    right = Visit(transaction_id="2", station_id="S2", evse_id="RIGHT", start_ms=left.start_ms, minutes=30)
    idle = Visit(transaction_id="3", evse_id="LEFT", start_ms=left.start_ms + HOUR_MS, minutes=5, power_w=0)
    entries = []
    for one, why in (
        (left, EndReason.DRIVER_LEFT),
        (right, EndReason.DRIVER_LEFT),
        (idle, EndReason.VEHICLE_FULL),
    ):
        samples = [one.sample(minute) for minute in range(0, one.minutes, 5)]
        entries += [one.start(), *samples, one.stop(why=why)]
    await stage.site.journal.append_together(entries)
    await catch_up(stage.site.journal)


async def over(client: httpx.AsyncClient, run_id: str) -> dict[str, Any]:
    """Return a run once it is over."""
    async with asyncio.timeout(300.0):
        while True:
            run: dict[str, Any] = (await client.get(f"{PATH}/{run_id}")).json()
            if run["state"] not in ("waiting", "running"):
                return run
            await asyncio.sleep(0.1)


@pytest.mark.long
def test_a_recorded_day_under_two_policies(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await a_recorded_day(stage)
            choices = (await operator.get(f"{PATH}/choices")).json()
            assert choices["days"] == [{"day": "2024-03-01", "visits_count": 3, "running_count": 0}]
            assert choices["in_force"]["label"] == "parallel"
            assert "depot" in [one["name"] for one in choices["scenarios"]]

            asked = await operator.post(PATH, json=A_DAY)
            assert asked.status_code == 202
            run_id = asked.json()["id"]
            assert asked.headers["location"] == f"{PATH}/{run_id}"
            assert (await operator.get(f"{PATH}/{run_id}/report")).status_code == 404
            run = await over(operator, run_id)
            report = await operator.get(f"{PATH}/{run_id}/report")

            assert run["state"] == "done", run["failure"]
            rows = {row["label"]: row for row in run["result"]["rows"]}
            assert set(rows) == {"sequential", "parallel"}
            assert [rows[name]["visits_count"] for name in rows] == [2, 2]  # who wanted nothing is left out
            assert run["result"]["recorded_kwh"] == pytest.approx(6.0)
            assert all(
                0.0 < row["energy_kwh"] < 20.0 * 0.69 * 0.6 for row in rows.values()
            )  # the yard's 20 A
            assert run["headline"]
            assert len(run["result"]["differences"]) == 3
            assert run["headline"] in report.text
            assert "attachment" in report.headers["content-disposition"]
            assert "anna" not in report.text  # whose card it was stays here

            saved = await operator.put(f"{PATH}/{run_id}", json={"is_saved": True})
            assert saved.json()["is_saved"]
            (listed,) = (await operator.get(PATH)).json()
            assert (listed["headline"], listed["result"]) == (run["headline"], None)
        async with staged(tmp_path) as again, again.client(Role.OPERATOR) as operator:
            kept = (await operator.get(f"{PATH}/{run_id}")).json()
            assert kept["is_saved"]
            assert kept["result"] == run["result"]
            assert (await operator.delete(f"{PATH}/{run_id}")).status_code == 204
            assert (await operator.get(f"{PATH}/{run_id}")).status_code == 404
            assert not list((tmp_path / "journal.what-if").iterdir())
            async with again.client(Role.ADMIN) as admin:
                deeds = (await admin.get("/api/v1/audit")).json()
        assert [one["action"] for one in deeds] == ["delete_what_if", "save_what_if", "ask_what_if"]

    asyncio.run(whole())


def test_a_run_is_cancelled_and_others_wait_for_their_turn(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            long = {"scenario": "caltech_54", "policies": TWO}
            ids = [(await operator.post(PATH, json=long)).json()["id"] for _ in range(6)]
            full = await operator.post(PATH, json=long)
            assert full.status_code == 429
            places = [(await operator.get(f"{PATH}/{one}")).json()["place"] for one in ids]
            assert places == [0, 1, 2, 3, 4, 5]
            unfinished = await operator.put(f"{PATH}/{ids[0]}", json={"is_saved": True})
            assert unfinished.status_code == 409

            for one in reversed(ids):
                assert (await operator.delete(f"{PATH}/{one}")).status_code == 204
            assert (await operator.get(PATH)).json() == []

    asyncio.run(whole())


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"policies": TWO}, "body.recorded_days_count"),
        ({**A_DAY, "scenario": "depot"}, "body.first_day"),
        ({"scenario": "depto", "policies": TWO}, "body.scenario"),
        ({**A_DAY, "last_day": "2024-02-28"}, "body.last_day"),
        ({**A_DAY, "last_day": "2024-05-28"}, "body.last_day"),
        ({**A_DAY, "first_day": "2024-01-01"}, "body.first_day"),  # nobody came
        ({"recorded_days_count": 1, "policies": TWO}, "body.recorded_days_count"),
        ({**A_DAY, "policies": [TWO[0], TWO[0]]}, "body.policies.1.name"),
        ({**A_DAY, "policies": [{"architecture": "sequentail"}]}, "body.policies.0.architecture"),
        (
            {**A_DAY, "policies": [{"architecture": "parallel", "parameters": {"smoothing.turn_s": 1}}]},
            "body.policies.0.parameters.smoothing.turn_s",
        ),
    ],
)
def test_what_cannot_be_played_is_refused_by_field(
    tmp_path: Path, asked: dict[str, object], field: str
) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            await a_recorded_day(stage)
            refused = await operator.post(PATH, json=asked)
        assert refused_fields(refused) == [field]

    asyncio.run(whole())


def test_a_viewer_looks_at_runs_and_asks_for_none(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.VIEWER) as viewer:
            assert (await viewer.get(PATH)).json() == []
            assert (await viewer.get(f"{PATH}/choices")).status_code == 200
            assert (await viewer.post(PATH, json=A_DAY)).status_code == 403
            assert (await viewer.delete(f"{PATH}/1")).status_code == 403
            assert (await viewer.get(f"{PATH}/1")).status_code == 404

    asyncio.run(whole())


def test_a_visit_that_is_going_on_is_a_stay_until_now_with_what_was_stated_of_it(tmp_path: Path) -> None:
    async def whole() -> None:
        async with staged(tmp_path) as stage, stage.client(Role.OPERATOR) as operator:
            anna = await station(stage.site.ports[0][1], "CP1")
            stage.leaving.append(anna)
            notebook = Notebook(stage.site)
            transaction_id = await anna.arrive("anna", 1000, stamp_text(time.time()))
            for register_wh in (1000.0, 1010.0):  # the first one is where it begins
                await anna.measure(transaction_id, 10.0, register_wh, time.time())
            (session,) = (await operator.get("/api/v1/sessions")).json()
            path = f"/api/v1/sessions/{session['id']}/need"
            assert (await operator.put(path, json={"energy_wh": 9000.0})).status_code == 200

            await stage.until(lambda: notebook.running()[0].energy_wh == 10.0)
            (stay,) = notebook.running()
            (note,) = notebook.between(stay.start_s, stay.stop_s)
            choices = (await operator.get(f"{PATH}/choices")).json()

            assert (stay.evse_id, stay.is_full) == ("LEFT", False)
            assert note.need.energy_wh == 9000.0
            (today,) = choices["days"]
            assert (today["day"], today["running_count"]) == (choices["today"], 1)
            notebook.end()

    asyncio.run(whole())

"""The driver's page over HTTP: one's own visit, and nothing of anybody else."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from ocpp.v16 import call
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from tests.live.demo import station
from tests.web.stage import Stage, staged
from tests.web.test_interface import charging, played
from voltloom.live.config.api import Role
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.answers import StopCause
from voltloom.session.capability import Capability
from voltloom.session.facts import SessionFacts
from voltloom.session.state import SessionState
from voltloom.store.entry import Entry
from voltloom.store.projecting import catch_up
from voltloom.web.console.pages import bundle
from voltloom.web.driver.links import GIVEN_KIND, Given
from voltloom.web.driver.shapes import Happened
from voltloom.web.driver.state import merged, stage_of

WRONG = "A" * 22
Told = dict[str, Any]


async def stickers(stage: Stage) -> list[str]:
    """Return the link of each outlet's sticker."""
    async with stage.client(Role.OPERATOR) as client:
        told = (await client.get("/api/v1/stickers")).json()
    return [str(one["link"]).removeprefix(stage.address) for one in told]


async def heard(stage: Stage, link: str, count: int) -> list[str]:
    """Return the first messages of a page's feed."""
    async with connect(f"{stage.address.replace('http', 'ws')}{link}/feed", proxy=None) as socket:
        return [str(await socket.recv()) for _ in range(count)]


def test_a_sticker_tells_only_whether_it_is_free_and_opens_its_visit_once(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        left, _ = await stickers(stage)
        async with stage.client(None) as client:
            silent = (await client.get(f"{left}/state")).json()
            nobody = await client.post(f"{left}/claim", json={})
            anna, session_id = await charging(stage)
            stage.leaving.append(anna)
            before = (await client.get(f"{left}/state")).json()
            refused = await client.put(f"{left}/need", json={"energy_wh": 9000})
            link = (await client.post(f"{left}/claim", json={})).json()["link"]
            own = (await client.get(f"{link}/state")).json()
            after = (await client.get(f"{left}/state")).json()
            again = await client.post(f"{left}/claim", json={})

        assert (silent["stage"], silent["claim"]) == ("offline", "none")
        assert nobody.status_code == 409
        told = {"type", "now_ms", "site", "time_zone", "outlet", "phone", "stage", "claim", "speed_ratio"}
        assert set(before) == told
        assert (before["type"], before["stage"], before["claim"]) == ("sticker", "in_use", "first")
        assert refused.status_code == 403
        assert (own["type"], own["outlet"], own["stage"]) == ("visit", "LEFT", "charging")
        assert own["power_kw"] == pytest.approx(6.9)
        assert own["happened"][0]["sentence"]
        assert session_id not in json.dumps(own)
        assert after["claim"] == "card"
        assert again.status_code == 409
        assert "last 4 characters" in again.json()["errors"][0]["remedy"]

    played(tmp_path, scene)


def test_who_knows_the_cards_end_takes_a_visit_over_and_a_guesser_is_stopped(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        left, _ = await stickers(stage)
        anna, _ = await charging(stage)
        stage.leaving.append(anna)
        async with stage.client(None) as client:
            stranger = (await client.post(f"{left}/claim", json={})).json()["link"]
            stream = asyncio.create_task(ended(stage, stranger))
            wrong = await client.post(f"{left}/claim", json={"card": "bert"})
            owner = (await client.post(f"{left}/claim", json={"card": "ANNA"})).json()["link"]
            shut_out = await client.get(f"{stranger}/state")
            never = await client.get(f"/d/{WRONG}/state")
            mine = await client.get(f"{owner}/state")
            guesses = [await client.post(f"{left}/claim", json={"card": "0000"}) for _ in range(5)]
            code = await stream

        assert wrong.status_code == 403
        assert mine.status_code == 200
        assert shut_out.status_code == never.status_code == 404
        assert shut_out.content == never.content
        assert [each.status_code for each in guesses] == [403, 403, 403, 429, 429]
        assert int(guesses[-1].headers["Retry-After"]) > 60
        assert code == 4404

    async def ended(stage: Stage, link: str) -> int:
        """Return with which code a page is told to go."""
        address = f"{stage.address.replace('http', 'ws')}{link}/feed"
        code = 0
        for _ in range(2):  # the feed lets it go; who comes back is told why
            async with connect(address, proxy=None) as socket:
                try:
                    while True:
                        await socket.recv()
                except ConnectionClosed as closed:
                    code = 0 if closed.rcvd is None else closed.rcvd.code
        return code

    played(tmp_path, scene)


def test_a_change_is_promised_before_it_is_saved_and_stands_in_the_audit(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        stage.leaving.append(anna)
        leaves = datetime.now(UTC) + timedelta(hours=1)
        wish = {"energy_wh": 20_000, "departure": leaves.isoformat()}
        async with stage.client(Role.OPERATOR) as operator:
            link = (await operator.post(f"/api/v1/sessions/{session_id}/link")).json()["link"]
        async with stage.client(None) as client:
            promise = (await client.post(f"{link}/promise", json=wish)).json()
            before = (await client.get(f"{link}/state")).json()
            unread = await client.post(f"{link}/promise", json={"departure": "2001-01-01T00:00:00Z"})
            saved = (await client.put(f"{link}/need", json=wish)).json()
        async with stage.client() as admin:
            deeds = (await admin.get("/api/v1/audit")).json()

        assert before["need_kwh"] is None
        assert unread.status_code == 422
        assert unread.json()["errors"][0]["field"] == "body.departure"
        # 20 kWh at 6.9 kW take almost three hours, and one is left.
        assert promise["late_min"] == pytest.approx(114, abs=4)
        assert promise["short_kwh"] == pytest.approx(13.1, abs=0.3)
        assert (saved["need_kwh"], saved["departs_ms"]) == (20.0, round(leaves.timestamp() * 1000))
        assert saved["done_ms"] == pytest.approx(promise["done_ms"], abs=5_000)
        assert (saved["late_min"], saved["short_kwh"]) == (
            pytest.approx(promise["late_min"], abs=1),
            pytest.approx(promise["short_kwh"], abs=0.05),
        )
        assert [(each["by"], each["role"], each["action"], each["target"]) for each in deeds[:2]] == [
            ("driver-link", "driver", "state_need", session_id),
            ("the-operator", "operator", "open_visit", session_id),
        ]

    played(tmp_path, scene)


def test_an_open_page_hears_of_a_change_by_itself_and_of_nothing_twice(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        anna, session_id = await charging(stage)
        stage.leaving.append(anna)
        async with stage.client() as client:
            link = (await client.post(f"/api/v1/sessions/{session_id}/link")).json()["link"]
            async with connect(f"{stage.address.replace('http', 'ws')}{link}/feed", proxy=None) as socket:
                states = [json.loads(await socket.recv())]
                await client.put(f"{link}/need", json={"energy_wh": 12_345})
                async with asyncio.timeout(20.0):
                    while states[-1].get("need_kwh") != 12.345:
                        states.append(json.loads(await socket.recv()))
                    states += [json.loads(await socket.recv())]
        _, right = await stickers(stage)
        quiet = [json.loads(each)["type"] for each in await heard(stage, right, 2)]

        whole = [{**one, "now_ms": 0} for one in states if one["type"] == "visit"]
        assert quiet == ["sticker", "beat"]
        assert all(before != after for before, after in pairwise(whole[1:]))

    played(tmp_path, scene)


def test_no_byte_of_a_drivers_page_is_about_anybody_else(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        left, right = await stickers(stage)
        anna, _ = await charging(stage)
        bert = await station(stage.site.ports[0][1], "CP2")
        started = await bert.arrive("bert", 5000, stamp_text(time.time()))
        await bert.measure(started, 7.0, 5010.0, time.time())
        stage.leaving.extend((anna, bert))
        await stage.decided()
        ids = [seat.session.session_id for seat in stage.site.loop.memory.seats if seat.session]
        got: list[httpx.Response] = []
        async with stage.client(None) as client:
            link = (await client.post(f"{left}/claim", json={})).json()["link"]
            for path in ("", "/state", "/feed"):
                got += [await client.get(f"{left}{path}"), await client.get(f"{link}{path}")]
            got.append(await client.post(f"{link}/promise", json={"energy_wh": 5000}))
            got.append(await client.put(f"{link}/need", json={"energy_wh": 5000}))
            got += [await client.get(f"/d/{WRONG}/state"), await client.get(f"{link}/../state")]
            theirs = await client.get(f"{right}/state")
        told = [each.text for each in got] + await heard(stage, link, 2) + await heard(stage, left, 1)
        told += [str(each.headers) for each in got]

        assert len(ids) == 2
        for word in (*ids, "bert", "anna", "CP1", "CP2", "RIGHT", right.removeprefix("/d/")):
            assert not [text for text in told if word in text], word
        assert "visit" not in theirs.json()["type"]

    played(tmp_path, scene)


def test_links_survive_a_restart_and_a_visit_that_has_ended_shows_its_energy(tmp_path: Path) -> None:
    async def first() -> tuple[str, str]:
        async with staged(tmp_path) as stage:
            left, _ = await stickers(stage)
            anna, _ = await charging(stage)
            async with stage.client(None) as client:
                link = (await client.post(f"{left}/claim", json={})).json()["link"]
            await anna.leave()
            return left, link

    async def then(left: str, link: str) -> tuple[tuple[Told, Told], Told, list[str], httpx.Response]:
        async with staged(tmp_path) as stage:
            assert (await stickers(stage))[0] == left
            async with stage.client(None) as client:
                same = (await client.get(f"{link}/state")).json()
                anna = await station(stage.site.ports[0][1], "CP1")
                stage.leaving.append(anna)
                await anna.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
                stamp = stamp_text(time.time())
                number = stage.site.desks["CP1"].memory.transactions[-1].transaction_id
                await anna.call(
                    call.StopTransaction(meter_stop=3500, timestamp=stamp, transaction_id=int(number))
                )
                await stage.decided()
                stopped = (await client.get(f"{link}/state")).json()
                await anna.call(
                    call.StatusNotification(connector_id=1, error_code="NoError", status="Available")
                )
                await stage.until(lambda: stage.site.loop.memory.seats[0].session is None)
                told = await heard(stage, link, 1)
                late = await client.put(f"{link}/need", json={"energy_wh": 5000})
                await catch_up(stage.site.journal)
                over = (await client.get(f"{link}/state")).json()
            return (same, stopped), over, told, late

    left, link = asyncio.run(first())
    (same, stopped), over, told, late = asyncio.run(then(left, link))

    assert same["type"] == "visit"
    assert stopped["stage"] == "finished"
    assert json.loads(told[0])["type"] == over["type"] == "over"
    assert over["energy_kwh"] == pytest.approx(2.5)
    assert over["ended_ms"] is not None
    assert late.status_code == 409


@pytest.mark.parametrize(("hours", "status"), [(23, 200), (25, 404)])
def test_a_days_old_link_of_a_visit_that_has_ended_leads_nowhere(
    hours: int, status: int, tmp_path: Path
) -> None:
    async def scene(stage: Stage) -> None:
        token = "visit-of-yesterday"
        given = Given(
            session_id="CP1/1/1/1",
            evse_id="LEFT",
            arrived_ms=round((time.time() - hours * 3600) * 1000),
            token_hash=hashlib.sha256(token.encode()).hexdigest(),
            how="first",
        )
        row = Entry("visit_link/1", GIVEN_KIND, given.arrived_ms, msgspec.json.encode(given))
        await stage.site.journal.append(row)
        async with stage.client(None) as client:
            old = await client.get(f"/d/{token}/state")
            wrong = await client.get(f"/d/{WRONG}/state")

        assert old.status_code == status
        assert (old.content == wrong.content) == (status == 404)

    played(tmp_path, scene)


def test_a_wrong_link_and_an_old_one_get_the_same_page_and_a_right_one_its_state(tmp_path: Path) -> None:
    if bundle() is None:
        pytest.skip("the console was not built: make console")

    async def scene(stage: Stage) -> None:
        left, _ = await stickers(stage)
        anna, _ = await charging(stage)
        stage.leaving.append(anna)
        async with stage.client(None) as client:
            old = (await client.post(f"{left}/claim", json={})).json()["link"]
            await client.post(f"{left}/claim", json={"card": "anna"})
            right, gone, wrong = [await client.get(each) for each in (left, old, f"/d/{WRONG}")]

        assert (right.status_code, gone.status_code, wrong.status_code) == (200, 404, 404)
        assert gone.content == wrong.content
        assert '"type":"gone"' in gone.text
        assert '"type":"sticker"' in right.text
        assert right.headers["Cache-Control"] == "no-store"
        assert right.headers["Referrer-Policy"] == "no-referrer"

    played(tmp_path, scene)


def test_only_an_operator_prints_the_codes_and_each_outlet_has_one(tmp_path: Path) -> None:
    async def scene(stage: Stage) -> None:
        async with stage.client(Role.VIEWER) as viewer:
            refused = await viewer.get("/api/v1/qr-sheet")
            unread = await viewer.get("/api/v1/stickers")
        async with stage.client(Role.OPERATOR) as operator:
            sheet = (await operator.get("/api/v1/qr-sheet")).text
            style = await operator.get("/static/qr-sheet.css")

        assert refused.status_code == unread.status_code == 403
        assert sheet.count("<svg") == 2
        assert "<h2>LEFT</h2>" in sheet
        assert "api.public_url" in sheet  # a phone does not reach 127.0.0.1
        assert "style=" not in sheet
        assert style.status_code == 200

    played(tmp_path, scene)


def facts(state: SessionState) -> SessionFacts:
    return SessionFacts(
        session_id="CP1/1/1/1",
        evse=0,
        serial=1,
        state=state,
        state_since_s=0.0,
        arrival_s=0.0,
        capability=Capability(min_a=6.0, max_a=16.0, uses_all_phases=True, is_dynamic=True),
        is_authorized=True,
    )


@pytest.mark.parametrize(
    ("look", "state", "left_wh", "stage"),
    [
        ("plugged", SessionState.AUTHORISING, 5000.0, "authorising"),
        ("plugged", SessionState.REFUSED, 5000.0, "refused"),
        ("plugged", SessionState.NEGOTIATING, 5000.0, "starting"),
        ("charging", SessionState.CHARGING, 0.0, "charging"),
        ("paused", SessionState.PAUSED_BY_SITE, 5000.0, "paused"),
        ("paused", SessionState.PAUSED_BY_SITE, 0.0, "finished"),
        ("by_car", SessionState.SUSPENDED_BY_VEHICLE, 5000.0, "by_car"),
        ("plugged", SessionState.FINISHING, 5000.0, "finished"),
        ("fault", SessionState.FAULT, 0.0, "fault"),
        ("offline", SessionState.STATION_SILENT, 0.0, "offline"),
    ],
)
def test_a_visit_stands_where_its_driver_would_say(
    look: str, state: SessionState, left_wh: float, stage: str
) -> None:
    assert stage_of(look, facts(state), left_wh=left_wh) == stage


def test_a_visit_that_the_site_ended_waits_for_nobody() -> None:
    ended = facts(SessionState.PLUGGED_IN)._replace(stopped_by=StopCause.FAULT)

    assert stage_of("plugged", ended, left_wh=5000.0) == "stopped"


def test_of_changes_shortly_after_one_another_the_last_is_told() -> None:
    told = [Happened(at_ms=1000 * at_s, sentence=str(at_s)) for at_s in (900, 870, 790, 300, 200)]

    assert [one.sentence for one in merged(told)] == ["900", "300"]

"""The demo bar: only a demo has it; time runs at another speed; faults reach the fleet, the limits and the prices, and end."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Sequence
from pathlib import Path

import httpx

from tests.live.demo import PLAN
from tests.steady import SteadyClock
from tests.web.stage import staged
from voltloom.live.config import config_of
from voltloom.live.config.api import ApiKey, ApiPlan, Role
from voltloom.live.gateway.credentials import generated
from voltloom.live.running import opened
from voltloom.web.console.demo import spiked
from voltloom.web.console.faults import Fault, FaultKind
from voltloom.web.serving import served

NOON_S = 1_569_924_000.0  # 2019-10-01 12:00 in Berlin
BUYS = """
[control.planning.buys]
currency = "EUR"
[[control.planning.buys.schedule]]
times = [0, 16]
tariffs = [0.20, 0.40]
"""


class Suffering:
    """Keeps what it was told, as a fleet does."""

    def __init__(self) -> None:
        self.faults: tuple[Fault, ...] = ()

    def suffer(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)


async def _played(folder: Path, role: Role = Role.ADMIN) -> tuple[Suffering, list[httpx.Response]]:
    """Put in a fault of each kind, pause, and take all away; return the fleet and all answers, the state's after each step."""
    site = await opened(config_of(tomllib.loads(PLAN + BUYS), folder=folder), SteadyClock(60.0, NOON_S))
    secret, record = generated()
    keys = (ApiKey(key_id="k", role=role, secret_record=record),)
    fleet, told = Suffering(), list[httpx.Response]()
    headers = {"Authorization": f"Bearer {secret}"}
    plan = ApiPlan(host="127.0.0.1", port=0, keys=keys)
    try:
        async with (
            served(site, plan, keys, fleet=fleet) as address,
            httpx.AsyncClient(base_url=f"{address}/api/v1", headers=headers) as client,
        ):
            told.append(await client.put("/demo/clock", json={"speed_ratio": 10, "is_paused": True}))
            told += [await client.post("/demo/faults", json={"kind": kind}) for kind in FaultKind]
            told += [await client.get("/console"), await client.get("/limits")]
            told.append(await client.delete("/demo/faults/1"))
            told.append(await client.delete("/demo/faults/1"))
            told.append(await client.delete("/demo/faults"))
            told += [await client.get("/console"), await client.get("/limits")]
            told.append(await client.get("/audit"))
    finally:
        await site.stop()
    return fleet, told


def test_every_fault_is_put_in_shown_audited_and_taken_away(tmp_path: Path) -> None:
    fleet, told = asyncio.run(_played(tmp_path))

    count = len(FaultKind)
    assert [answer.status_code for answer in told[: count + 1]] == [200, *[201] * count]
    during, limits, first, again, cleared, after, no_limits, audit = told[count + 1 :]
    head = during.json()["head"]
    assert (head["is_demo"], head["speed_ratio"], head["demo"]["is_paused"]) == (True, 10.0, True)
    assert [fault["kind"] for fault in head["demo"]["faults"]] == [kind.value for kind in FaultKind]
    assert [limit["source"] for limit in limits.json()] == ["grid_operator"]
    assert head["price_per_kwh"] == 4 * 0.20
    assert (first.status_code, again.status_code, cleared.status_code) == (200, 404, 200)
    assert (after.json()["head"]["demo"]["faults"], no_limits.json(), fleet.faults) == ([], [], ())
    assert after.json()["head"]["price_per_kwh"] == 0.20
    actions = {row["action"] for row in audit.json()}
    assert {"set_demo_speed", "begin_fault", "end_fault", "limit", "withdraw_limit"} <= actions


def test_a_viewer_of_a_demo_changes_nothing(tmp_path: Path) -> None:
    fleet, told = asyncio.run(_played(tmp_path, Role.VIEWER))

    assert {answer.status_code for answer in told[: len(FaultKind) + 1]} == {403}
    assert fleet.faults == ()


def test_another_site_has_no_demo_bar(tmp_path: Path) -> None:
    async def asked() -> tuple[httpx.Response, list[int]]:
        async with staged(tmp_path) as stage, stage.client() as client:
            answers = [
                await client.put("/api/v1/demo/clock", json={"speed_ratio": 10}),
                await client.post("/api/v1/demo/faults", json={"kind": "wan_loss"}),
                await client.delete("/api/v1/demo/faults"),
            ]
            return await client.get("/api/v1/console"), [answer.status_code for answer in answers]

    state, codes = asyncio.run(asked())

    assert set(codes) <= {404, 405}
    assert (state.json()["head"]["is_demo"], state.json()["head"]["demo"]) == (False, None)


def test_a_price_spike_ends_and_leaves_the_tariff_as_it_was(tmp_path: Path) -> None:
    buys = config_of(tomllib.loads(PLAN + BUYS), folder=tmp_path).buys
    assert buys is not None

    plain, high = spiked(buys, NOON_S, NOON_S), spiked(buys, NOON_S + 600.0, NOON_S + 1800.0)

    assert [start_s - int(NOON_S) for start_s in high.start_s[:4]] == [0, 600, 1800, 4 * 3600]
    assert [nano / 10**9 for nano in high.price_nano_per_kwh[:4]] == [0.2, 0.8, 0.2, 0.4]
    assert set(plain.price_nano_per_kwh) == {200_000_000, 400_000_000}

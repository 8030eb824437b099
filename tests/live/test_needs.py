"""ISO 15118 vehicles at a whole site: their needs get a profile, their plans are held to it, sleepers are told of."""

from __future__ import annotations

import asyncio
import time
import tomllib
from pathlib import Path

import pytest

from tests.live.demo import PLAN
from tests.live.scripted import Alarms, Script, always, joined
from tests.live.test_limits import SPOKEN, acknowledged, charging
from tests.steady import SteadyClock
from voltloom.live.config import config_of
from voltloom.live.running import opened
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.alarms import AlarmKind

AC = {"energy_amount": 9000, "ev_min_current": 6, "ev_max_current": 16, "ev_max_voltage": 230}


@pytest.mark.parametrize("version", SPOKEN[1:])
def test_needs_get_their_profile_and_a_plan_beyond_it_gets_it_again(version: str, tmp_path: Path) -> None:
    asyncio.run(_needs(tmp_path, version))


async def _needs(folder: Path, version: str) -> None:
    script = Script(always("Accepted"))
    async with charging(folder, version, script) as (site, client):
        await script.until(lambda: any(a >= 6.0 for a in script.limits("transaction")), "a limit")
        await acknowledged(site, script)
        script.sent.clear()
        needs = {
            "requested_energy_transfer": "AC_three_phase",
            "departure_time": stamp_text(time.time() + 7200.0),
            "ac_charging_parameters": AC,
        }
        answer = await client.call("NotifyEVChargingNeeds", evse_id=1, charging_needs=needs)
        await script.until(lambda: bool(script.limits("transaction")), "the profile for the needs")
        await acknowledged(site, script)
        session = site.loop.memory.seats[0].session
        script.sent.clear()
        periods = [{"start_period": 0, "limit": 32.0}]
        schedule = {"id": 1, "charging_rate_unit": "A", "charging_schedule_period": periods}
        planned = await client.call(
            "NotifyEVChargingSchedule",
            time_base=stamp_text(time.time()),
            evse_id=1,
            charging_schedule=schedule,
        )
        await script.until(lambda: bool(script.limits("transaction")), "the limit once more")

    assert (answer.status, planned.status) == ("Accepted", "Accepted")
    assert session is not None
    assert session.need.energy_wh == 9000.0


def test_a_vehicle_that_never_wakes_is_pulsed_and_then_told_of(tmp_path: Path) -> None:
    asyncio.run(_sleeper(tmp_path))


async def _sleeper(folder: Path) -> None:
    clock = SteadyClock(40.0)  # ten minutes of the site in fifteen seconds
    site = await opened(config_of(tomllib.loads(PLAN), folder=folder), clock)
    script = Script(always("Accepted"))
    script.now_s = clock.now_s
    client = await joined(site.ports[0][1], "CP1", "ocpp1.6", script)
    idle = await joined(site.ports[0][1], "CP2", "ocpp1.6", Script(always("Accepted")))
    idle.script.now_s = clock.now_s
    with Alarms() as alarms:
        await idle.boot()
        await client.boot()
        await client.plug_in()
        sleeping = asyncio.create_task(_asleep([client, idle]))
        await script.until(lambda: alarms.has(AlarmKind.NEVER_WOKE), "the alarm")
        sleeping.cancel()
    limits = script.limits("transaction")
    await site.stop()
    await client.leave()
    await idle.leave()

    first = next(i for i, a in enumerate(limits) if a >= 6.0)
    assert 0.0 in limits[first:]  # the pulse
    assert site.actuator.counts()["CP1"]["woken"] >= 1


async def _asleep(clients: list[object]) -> None:
    while True:
        for client in clients:
            await client.measure(0.0)  # type: ignore[attr-defined]  # clients of `scripted`
        await asyncio.sleep(0.5)

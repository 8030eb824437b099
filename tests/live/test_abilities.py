"""Stations that can do little, much, or something else than they say, over real sockets."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from tests.live.scripted import Client, Script, always, refusing
from tests.live.test_limits import SPOKEN, acknowledged, charging, each_version, shortened
from voltloom.decision.command import WakeVehicle
from voltloom.live.running import LiveSite

LEAST = {"levels": "0", "unit": "A", "periods": "1"}
IN_WATTS = {"levels": "3", "unit": "W", "periods": "2"}


async def risen(script: Script, client: Client, above_a: float) -> None:
    """Draw what is offered until more is."""

    async def draw() -> None:
        while True:
            await client.measure(script.limit_a())
            await asyncio.sleep(0.5)

    drawing = asyncio.create_task(draw())
    try:
        await script.until(lambda: script.limit_a() > above_a, f"more than {above_a} A")
    finally:
        drawing.cancel()


def test_a_2_1_station_gets_numbers_for_one_dynamic_profile_and_may_pull_them(tmp_path: Path) -> None:
    asyncio.run(_dynamic(tmp_path))


async def _dynamic(folder: Path) -> None:
    script = Script(always("Accepted"), {"levels": "5", "unit": "A", "periods": "6", "dynamic": "true"})
    async with charging(folder, "ocpp2.1", script) as (site, client):
        await script.until(lambda: script.limit_a() >= 6.0 and bool(script.limits("transaction")), "a limit")
        await risen(script, client, 6.5)
        await acknowledged(site, script)
        profile = next(p for p in script.outlet.profiles if p.purpose == "transaction")
        pulled = await client.call("PullDynamicScheduleUpdate", charging_profile_id=profile.identity)
        unknown = await client.call("PullDynamicScheduleUpdate", charging_profile_id=99)
        ordered_a = site.loop.memory.grants.limit_a[0]
        counts = site.actuator.counts()["CP1"]

    updates = [payload for name, payload in script.calls if name == "UpdateDynamicSchedule"]
    assert profile.kind == "Dynamic"
    assert profile.end_s < time.time() + 301.0  # it ends by itself
    assert all(set(update["scheduleUpdate"]) == {"limit"} for update in updates)
    assert counts["updates"] == len(updates) >= 1
    assert pulled.status == "Accepted"
    assert pulled.schedule_update["limit"] == pytest.approx(ordered_a, abs=0.1)
    assert unknown.status == "Rejected"


def test_a_2_1_station_that_refuses_dynamic_profiles_gets_whole_ones(tmp_path: Path) -> None:
    asyncio.run(_not_dynamic(tmp_path))


async def _not_dynamic(folder: Path) -> None:
    script = Script(
        lambda profile: "Rejected" if profile.kind == "Dynamic" else "Accepted",
        {"levels": "5", "unit": "A", "periods": "6", "dynamic": "true"},
    )
    async with charging(folder, "ocpp2.1", script) as (site, _):
        await script.until(lambda: any(a >= 6.0 for a in _taken(script)), "a whole profile")
        await acknowledged(site, script)

    assert not [name for name, _ in script.calls if name == "UpdateDynamicSchedule"]


@each_version
async def test_a_station_with_one_level_and_one_period_is_led_by_its_transactions(
    folder: Path, version: str
) -> None:
    script = Script(always("Accepted"), LEAST)
    async with charging(folder, version, script) as (site, client):
        await script.until(lambda: any(a >= 6.0 for a in script.limits("transaction")), "a limit")
        await risen(script, client, 6.5)
        await acknowledged(site, script)

    assert {profile.level for profile in script.sent} == {0}
    assert all(len(profile.periods) == 1 for profile in script.sent)


@each_version
async def test_such_a_station_that_takes_defaults_only_never_holds_more_than_its_offline_limit(
    folder: Path, version: str
) -> None:
    script = Script(refusing("transaction"), LEAST)
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: bool(script.limits("transaction")), "a transaction profile")
        await script.until(lambda: script.limit_a() == 6.0, "the offline limit")
        await acknowledged(site, script)

    assert max(script.limits("default")) <= 6.0
    assert all(profile.end_s == float("inf") for profile in script.sent if profile.purpose == "default")


@each_version
async def test_a_station_that_counts_in_watts_gets_watts(folder: Path, version: str) -> None:
    script = Script(always("Accepted"), IN_WATTS)
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: any(w >= 4140.0 for w in script.limits("transaction")), "a limit in W")
        await acknowledged(site, script)
        ordered_a = float(site.loop.memory.grants.limit_a[0])

    assert {profile.unit for profile in script.sent} == {"W"}
    assert script.limits("transaction")[-1] == pytest.approx(ordered_a * 690.0, abs=1.0)


@each_version
async def test_a_station_that_takes_watts_without_saying_so_is_found_out(folder: Path, version: str) -> None:
    script = Script(lambda profile: "Accepted" if profile.unit == "W" else "Rejected", {})
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: any(w >= 4140.0 for w in _taken(script)), "a limit in W")
        await acknowledged(site, script)


@each_version
async def test_a_limit_in_watts_counts_the_one_phase_that_a_vehicle_uses(folder: Path, version: str) -> None:
    script = Script(always("Accepted"), IN_WATTS)
    async with charging(folder, version, script) as (site, client):
        await script.until(lambda: any(w >= 4140.0 for w in script.limits("transaction")), "a limit in W")
        script.sent.clear()
        for _ in range(8):
            lines = [("Current.Import", "L1", "A", 6.0), ("Current.Import", "L2", "A", 0.0)]
            await client.meter(1, [*lines, ("Current.Import", "L3", "A", 0.0)])
            await asyncio.sleep(1.0)

        def is_one_phase() -> bool:
            ordered_a = float(site.loop.memory.grants.limit_a[0])
            return any(w <= ordered_a * 230.0 + 1.0 for w in script.limits("transaction"))

        await script.until(is_one_phase, "a limit for one phase")


@each_version
async def test_a_station_that_accepts_and_ignores_is_reserved_at_what_it_draws(
    folder: Path, version: str
) -> None:
    script = Script(always("Accepted"))
    safety = {"confirm_s": 5.0}
    slow = {
        "ramp_a_per_s": 0.01
    }  # else its limit would reach what it draws, and it would ignore nothing any more
    known = charging(folder, version, script, is_known_free=True, safety=safety, smoothing=slow)
    async with known as (site, client):
        limit_a = await _ignored(site, client, script)

    assert limit_a[1] == 0.0  # the other outlet: 20 A less 16 A is no 6 A


async def _ignored(site: LiveSite, client: Client, script: Script) -> list[float]:
    await script.until(lambda: any(a >= 6.0 for a in script.limits("transaction")), "a limit")

    async def ignore() -> None:
        while True:
            await client.measure(16.0)
            await asyncio.sleep(0.5)

    ignoring = asyncio.create_task(ignore())
    await script.until(lambda: site.loop.memory.watches.evses.disobeyed_a[0] == 16.0, "the verdict")
    await script.until(lambda: site.loop.memory.grants.limit_a[1] == 0.0, "a decision that counts it")
    ignoring.cancel()
    limits_a: list[float] = site.loop.memory.grants.limit_a.tolist()
    return limits_a


def test_an_acceptance_that_comes_too_late_is_not_believed(tmp_path: Path) -> None:
    asyncio.run(_late(tmp_path))


async def _late(folder: Path) -> None:
    first: list[float] = []

    def judge(profile: object) -> str:
        if getattr(profile, "purpose", "") == "transaction" and not first:
            first.append(time.monotonic())
            return "late"
        return "Accepted"

    script = Script(judge)
    async with charging(folder, "ocpp1.6", script) as (site, client):
        shortened(site)
        while len(script.limits("transaction")) < 2:
            await client.call("Heartbeat")
            await asyncio.sleep(0.2)
        await acknowledged(site, script)
        counts = site.actuator.counts()["CP1"]

    assert first
    assert counts["unanswered"] >= 1


@pytest.mark.parametrize("version", SPOKEN)
def test_a_sleeping_vehicle_is_woken_by_a_pulse_of_no_offer(version: str, tmp_path: Path) -> None:
    asyncio.run(_woken(tmp_path, version))


async def _woken(folder: Path, version: str) -> None:
    script = Script(always("Accepted"))
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: any(a >= 6.0 for a in script.limits("transaction")), "a limit")
        await acknowledged(site, script)
        script.sent.clear()
        site.actuator.act(WakeVehicle(time_s=time.time(), evse=0))
        await script.until(lambda: 0.0 in script.limits("transaction"), "no offer")
        await script.until(lambda: script.limits("transaction")[-1] >= 6.0, "the offer again")
        await acknowledged(site, script)

    pulse = script.limits("transaction")
    assert pulse[0] == 0.0


@each_version
async def test_the_state_of_charge_a_station_measures_reaches_the_session(folder: Path, version: str) -> None:
    script = Script(always("Accepted"))
    async with charging(folder, version, script) as (site, client):
        await client.measure(6.0, SoC=42.0)
        await script.until(lambda: _soc_ratio(site) == 0.42, "the state of charge")
        known_ratio = float(site.loop.memory.columns.soc_ratio[0])

    assert known_ratio == 0.42


def _soc_ratio(site: LiveSite) -> float:
    session = site.loop.memory.seats[0].session
    return float("nan") if session is None else session.need.soc_ratio


def _taken(script: Script) -> list[float]:
    return [p.periods[0][1] for p in script.outlet.profiles if p.purpose == "transaction"]

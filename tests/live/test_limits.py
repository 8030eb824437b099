"""Limits at stations that refuse, do not answer, restart or ignore them, over real sockets in all three versions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.live.scripted import VERSIONS, Alarms, Client, Script, always, joined, opened_site, refusing
from tests.steady import SteadyClock
from voltloom.decision.command import StopCause, StopSession
from voltloom.live.clock import WALL, Clock
from voltloom.live.running import LiveSite
from voltloom.session.alarms import AlarmKind

Visit = Callable[[LiveSite, Client], Awaitable[None]]


@asynccontextmanager
async def charging(
    folder: Path,
    version: str,
    script: Script,
    *,
    clock: Clock = WALL,
    is_known_free: bool = False,
    **control: object,
) -> AsyncIterator[tuple[LiveSite, Client]]:
    """A site whose left station has begun a session; the right one is there and idle.

    is_known_free: the vehicle comes once the outlet counts as free. Before, its maximum is reserved for a lease, and
    whatever it draws is within that.
    """
    site = await opened_site(folder, clock, **control)
    script.now_s = clock.now_s
    port = site.ports[0][1]
    idle = await joined(port, "CP2", version, Script(always("Accepted")))
    await idle.boot()
    client = await joined(port, "CP1", version, script)
    try:
        await client.boot()
        if is_known_free:
            await script.until(lambda: site.loop.memory.grants.earlier_a[0] == 0.0, "an outlet that is free")
        await client.plug_in()
        yield site, client
    finally:
        await site.stop()
        await client.leave()
        await idle.leave()


# 2.0.1 and 2.1 share their code but for the dynamic profile: the middle one is spoken at night.
SPOKEN = [pytest.param(v, marks=pytest.mark.nightly) if v == VERSIONS[1] else v for v in VERSIONS]


def each_version(test: Callable[[Path, str], Awaitable[None]]) -> Callable[[Path, str], None]:
    """Run a test's story for each version."""

    @pytest.mark.parametrize("version", SPOKEN)
    def run(tmp_path: Path, version: str) -> None:
        asyncio.run(test(tmp_path, version))  # type: ignore[arg-type]  # a coroutine function

    run.__doc__ = test.__doc__
    return run


@each_version
async def test_a_refused_transaction_profile_gives_way_to_a_default(folder: Path, version: str) -> None:
    script = Script(refusing("transaction"))
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: script.limit_a() >= 6.0 and "default" in _leased(script), "a default")
        await acknowledged(site, script)

    assert script.limits("transaction")  # it was tried


@each_version
async def test_refused_defaults_give_way_to_the_stations_maximum(folder: Path, version: str) -> None:
    script = Script(refusing("transaction", "default"))
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: any(limit >= 6.0 for limit in script.limits("most")[1:]), "a maximum")
        await acknowledged(site, script)
        is_reserved = site.loop.memory.columns.cannot_stop[0]

    most = [profile for profile in script.sent if profile.purpose == "most"]
    assert len(most[-1].periods) == 2  # it ends in the offline limit
    assert not is_reserved


@each_version
async def test_a_station_that_refuses_everything_is_reserved_at_its_most(folder: Path, version: str) -> None:
    script = Script(always("Rejected"))
    with Alarms() as alarms:
        async with charging(folder, version, script) as (site, _):
            await script.until(lambda: bool(site.loop.memory.columns.cannot_stop[0]), "the reserve")
            await script.until(lambda: alarms.has(AlarmKind.LIMITS_REFUSED), "the alarm")


@each_version
async def test_a_station_that_knows_no_limits_is_told_of_once_and_again_when_that_changes(
    folder: Path, version: str
) -> None:
    script = Script(always("error"))
    with Alarms() as alarms:
        async with charging(folder, version, script, clock=SteadyClock(100.0)) as (_, client):

            async def tried(count: int) -> None:
                script.sent.clear()
                talking = asyncio.create_task(_beating(client))
                await script.until(lambda: len(script.limits("most")) >= count, "another try")
                talking.cancel()

            await tried(4)  # every five minutes of the site
            first = _refusals(alarms)
            script.judge = always("Accepted")
            await script.until(
                lambda: any("takes limits again" in line for line in alarms.told), "a limit taken"
            )
            script.judge = always("error")
            await script.until(lambda: len(_refusals(alarms)) == 2 * len(first), "the change")
            await tried(3)
            second = _refusals(alarms)

    assert alarms.has(AlarmKind.LIMITS_REFUSED)
    assert len(first) == 2  # how it answers, and what that means
    assert second == sorted(first * 2)


async def _beating(client: Client) -> None:
    while True:
        await client.call("Heartbeat")
        await asyncio.sleep(0.2)


def _refusals(alarms: Alarms) -> list[str]:
    told = ("SetChargingProfile refused", "refuses every kind of limit, first at")
    return sorted(line for line in alarms.told if any(words in line for words in told))


@each_version
async def test_a_call_error_counts_as_a_refusal(folder: Path, version: str) -> None:
    script = Script(lambda profile: "error" if profile.purpose == "transaction" else "Accepted")
    async with charging(folder, version, script) as (site, _):
        await script.until(lambda: "default" in _leased(script), "a default")
        await acknowledged(site, script)


@each_version
async def test_a_restarted_station_gets_its_default_and_its_limit_anew(folder: Path, version: str) -> None:
    script = Script(always("Accepted"))
    async with charging(folder, version, script) as (site, client):
        await script.until(lambda: any(a >= 6.0 for a in script.limits("transaction")), "a limit")
        script.outlet.profiles.clear()
        script.sent.clear()
        await client.boot()
        await script.until(lambda: bool(script.limits("default")), "the default")
        await script.until(lambda: any(a >= 6.0 for a in script.limits("transaction")), "the limit")
        await acknowledged(site, script)


@each_version
async def test_a_session_that_the_core_ends_is_stopped_at_its_station(folder: Path, version: str) -> None:
    script = Script(always("Accepted"))
    action = "RemoteStopTransaction" if version == "ocpp1.6" else "RequestStopTransaction"
    async with charging(folder, version, script) as (site, client):
        site.actuator.act(StopSession(time_s=time.time(), evse=0, cause=StopCause.OPERATOR))
        await script.until(lambda: any(name == action for name, _ in script.calls), "a stop")

    stops = [payload for name, payload in script.calls if name == action]
    assert stops == [{"transactionId": client.transaction_id}]


@each_version
async def test_a_failing_core_brings_every_outlet_down_to_its_offline_limit(
    folder: Path, version: str
) -> None:
    script = Script(always("Accepted"))
    async with charging(folder, version, script) as (site, client):
        for _ in range(30):
            if script.limit_a() > 6.0:
                break
            await client.measure(script.limit_a())
            await asyncio.sleep(1.0)
        high_a = script.limit_a()
        for name in ("decide", "fall") if version == SPOKEN[-1] else ("decide",):
            setattr(site.loop._controller, name, None)  # it fails whenever asked, also in failing
        await script.until(lambda: site.loop.failures_count > 0 and script.limit_a() <= 6.0, "the floor")

    assert high_a > 6.0
    assert script.limit_a() == 6.0


def test_a_lost_answer_is_not_believed_and_the_limit_is_written_again(tmp_path: Path) -> None:
    asyncio.run(_lost_answer(tmp_path))


async def _lost_answer(folder: Path) -> None:
    lost: list[float] = []

    def judge(profile: object) -> str:
        if getattr(profile, "purpose", "") == "transaction" and not lost:
            lost.append(time.monotonic())
            return "lost"
        return "Accepted"

    script = Script(judge)
    async with charging(folder, "ocpp1.6", script) as (site, client):
        shortened(site)
        await script.until(lambda: bool(lost), "the profile whose answer is lost")
        while len(script.limits("transaction")) < 2:
            await client.call("Heartbeat")  # it still talks, so only that CALL fails
            await asyncio.sleep(0.2)
        await acknowledged(site, script)
        counts = site.actuator.counts()["CP1"]

    assert counts["unanswered"] >= 1


def shortened(site: LiveSite) -> None:
    """Let CALLs time out after a second instead of half a minute."""
    for line in site.central._lines.values():
        line.rpc = line.rpc._replace(settings=line.rpc.settings._replace(call_timeout_s=1.0))


def _leased(script: Script) -> set[str]:
    """Return the purposes of leased profiles of at least 6 A."""
    return {p.purpose for p in script.sent if p.end_s < float("inf") and p.periods[0][1] >= 6.0}


async def acknowledged(site: LiveSite, script: Script) -> None:
    """Wait until the core knows that its newest limit for the left outlet is held."""

    def is_known() -> bool:
        grants = site.loop.memory.grants
        return bool(grants.confirmed_serial[0] == grants.serial[0])

    await script.until(is_known, "the acknowledgement")

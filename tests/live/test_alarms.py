"""A running site tells what is wrong once and when it is over, on live sockets, and knows both after a restart."""

from __future__ import annotations

import asyncio
import re
import tomllib
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.live.demo import PLAN, RATING_A
from tests.live.scripted import Client, Script, always, given_up, joined
from tests.steady import SteadyClock
from voltloom.cli.output import utc_text
from voltloom.live.alarming import CONTROLLER, WELL_S, Alarms, in_journal
from voltloom.live.config import config_of
from voltloom.live.logbook import Logbook
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.session.alarms import Alarm, AlarmKind
from voltloom.session.standing import state_of
from voltloom.store.journal import open_journal

START_S = 1_570_000_000.0
SPEED_RATIO = 60.0
LINES = ("L1", "L2", "L3")
PATIENCE_S = 60.0  # real ones


class Yard:
    """Two stations of a site whose first one has the main meter; both speak every ten seconds."""

    def __init__(self, site: LiveSite, clients: Sequence[Client]) -> None:
        self.site, self.clients = site, clients
        self.main_a: float | None = 3.0  # None: it says nothing

    async def talk(self) -> None:
        while True:
            await self.site.clock.sleep(10.0)
            if self.main_a is not None:
                lines = [("Current.Import", line, "A", self.main_a) for line in LINES]
                await self.clients[0].meter(0, lines)
            await self.clients[1].call("Heartbeat")

    def alarms(self, kind: AlarmKind) -> list[Alarm]:
        return [alarm for alarm in self.site.loop.logbook.alarms if alarm.kind is kind]

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not is_so():
                    await asyncio.sleep(0.02)
        except TimeoutError:
            shown = [(a.kind.value, a.source, a.what, a.over_s) for a in self.site.loop.logbook.alarms]
            raise AssertionError(f"{what} never came: {shown}") from None

    async def begun(self, kind: AlarmKind) -> Alarm:
        """Wait for the first alarm of a kind."""
        await self.until(lambda: bool(self.alarms(kind)), kind.value)
        return self.alarms(kind)[0]

    async def over(self, kind: AlarmKind) -> Alarm:
        """Wait until the only alarm of a kind is over."""
        await self.until(
            lambda: all(alarm.is_over for alarm in self.alarms(kind)), f"the end of {kind.value}"
        )
        (alarm,) = self.alarms(kind)
        return alarm


def config_for(folder: Path) -> Any:
    tree = tomllib.loads(PLAN)
    tree["control"] = {"period_s": 10.0}
    tree["meter"] = [{"circuit": "yard", "station": "CP1"}]
    return config_of(tree, folder=folder)


@asynccontextmanager
async def yard(folder: Path) -> AsyncIterator[Yard]:
    site = await opened(config_for(folder), SteadyClock(SPEED_RATIO, START_S))
    clients = []
    for name in ("CP1", "CP2"):
        script = Script(always("Accepted"))
        script.now_s = site.clock.now_s
        client = await joined(site.ports[0][1], name, "ocpp1.6", script)
        await client.boot()
        clients.append(client)
    one = Yard(site, clients)
    talking = asyncio.create_task(one.talk())
    try:
        yield one
    finally:
        is_talking = not talking.done()
        await given_up(talking)
        for client in clients:
            await client.leave()
        await site.stop()
    assert is_talking, "the stations stopped to tell"


def decided_again(site: LiveSite) -> None:
    outcome = replayed(site.config, str(site.config.journal), Stretch())
    assert outcome.difference is None
    assert outcome.cycles_count > 0


def test_a_meter_that_falls_silent_and_what_follows_from_it_is_told_of_until_it_speaks(
    tmp_path: Path,
) -> None:
    async def story() -> LiveSite:
        async with yard(tmp_path) as one:
            await one.until(lambda: one.site.loop.memory.readings.row_a.tolist() == [3.0] * 3, "a reading")
            one.main_a = None
            stale = await one.begun(AlarmKind.METER_STALE)
            lowered = await one.begun(AlarmKind.MODE_LOWERED)
            one.main_a = 3.0
            assert (stale.source, lowered.source) == ("yard", "controller")
            assert re.search(r"has not been heard of: for [345] min", stale.what)  # 210 s and a cycle
            over = await one.over(AlarmKind.METER_STALE)
            assert over.over_s > stale.time_s
            await one.until(lambda: all(a.is_over for a in one.alarms(AlarmKind.MODE_LOWERED)), "trust")
            assert one.site.loop.logbook.standing == {}
            return one.site

    decided_again(asyncio.run(story()))


def test_a_building_that_takes_more_than_the_fuse_bears_is_told_of_while_it_does(tmp_path: Path) -> None:
    async def story() -> LiveSite:
        async with yard(tmp_path) as one:
            one.main_a = RATING_A + 5.0
            alarm = await one.begun(AlarmKind.LIMIT_OUT_OF_REACH)
            assert alarm.source == "yard"
            assert "25.0 A where 20.0 A are allowed" in alarm.what
            one.main_a = 3.0
            await one.over(AlarmKind.LIMIT_OUT_OF_REACH)
            return one.site

    decided_again(asyncio.run(story()))


def test_a_reading_that_cannot_be_is_told_of_with_what_is_wrong_with_it(tmp_path: Path) -> None:
    async def story() -> LiveSite:
        async with yard(tmp_path) as one:
            one.main_a = -9.0
            alarm = await one.begun(AlarmKind.METER_IMPLAUSIBLE)
            assert alarm.source == "yard"
            assert "-9.0 A, it is negative where nothing can feed back" in alarm.what
            one.main_a = 3.0
            over = await one.over(AlarmKind.METER_IMPLAUSIBLE)
            assert over.over_s - over.time_s >= 600.0
            return one.site

    decided_again(asyncio.run(story()))


def test_a_station_that_confirms_nothing_loses_its_lease_and_a_restart_knows_that(tmp_path: Path) -> None:
    async def story() -> tuple[LiveSite, Alarm]:
        async with yard(tmp_path) as one:
            grants = one.site.loop.memory.grants
            await one.until(lambda: bool((one.site.loop.memory.grants.confirmed_serial >= 0).all()), "limits")
            assert grants.limit_a.size == 2
            one.clients[1].script.is_deaf = True
            return one.site, await one.begun(AlarmKind.LEASE_LOST)

    async def again() -> tuple[LiveSite, dict[str, Alarm]]:
        async with yard(tmp_path) as one:
            kept = {alarm.kind.value: alarm for alarm in one.site.loop.logbook.alarms}
            await one.over(AlarmKind.LEASE_LOST)
            return one.site, kept

    first, alarm = asyncio.run(story())
    second, kept = asyncio.run(again())

    assert alarm.source == "RIGHT"
    assert kept["lease_lost"] == alarm  # with the moment it began at, and lasting
    restart = kept["controller_restarted"]
    assert "limits of 2" in restart.what
    assert restart.time_s >= alarm.time_s
    states = {shown.kind.value: state_of(shown) for shown in in_journal(str(first.config.journal), 50)}
    assert states["lease_lost"] == "over"
    assert states["controller_restarted"] == "once"
    assert [a.kind for a in first.loop.logbook.alarms].count(AlarmKind.CONTROLLER_RESTARTED) == 0
    decided_again(second)


def test_a_first_start_is_no_restart(tmp_path: Path) -> None:
    async def story() -> list[Alarm]:
        site = await opened(config_for(tmp_path), SteadyClock(SPEED_RATIO, START_S))
        await site.stop()
        return list(site.loop.logbook.alarms)

    assert asyncio.run(story()) == []


def failing(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Put a bug into a running site's core; return what decides without it."""
    controller = site.loop._controller
    decide = controller.decide

    def fails(*_: Any) -> Any:
        raise ZeroDivisionError("no such share")

    monkeypatch.setattr(controller, "decide", fails)
    return decide


def test_a_core_that_fails_is_told_of_once_and_over_when_it_has_decided_well_for_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> LiveSite:
        async with yard(tmp_path) as one:
            await one.until(lambda: one.site.loop.cycles_count > 2, "decisions")
            decide = failing(one.site, monkeypatch)
            alarm = await one.begun(AlarmKind.CORE_FAILED)
            failures_count = one.site.loop.failures_count
            await one.until(lambda: one.site.loop.failures_count > failures_count + 5, "more failures")
            assert one.site.loop.alarms.failure == "ZeroDivisionError no such share"
            assert one.alarms(AlarmKind.CORE_FAILED) == [alarm]
            monkeypatch.setattr(one.site.loop._controller, "decide", decide)
            await one.until(lambda: not one.site.loop.alarms.failure, "a decision")
            well_s = one.site.clock.now_s()
            over = await one.over(AlarmKind.CORE_FAILED)
            assert "ZeroDivisionError no such share" in over.what
            assert over.over_s >= well_s + WELL_S - 30.0
            return one.site

    decided_again(asyncio.run(story()))


def test_a_ground_fault_while_the_core_fails_is_told_of_at_once_and_not_once_more_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story() -> LiveSite:
        async with yard(tmp_path) as one:
            await one.until(lambda: one.site.loop.cycles_count > 2, "decisions")
            decide = failing(one.site, monkeypatch)
            await one.begun(AlarmKind.CORE_FAILED)
            fault = {"connector_id": 1, "error_code": "GroundFailure", "status": "Faulted"}
            await one.clients[1].call("StatusNotification", **fault)
            alarm = await one.begun(AlarmKind.GROUND_FAULT)
            assert one.site.loop.alarms.failure
            monkeypatch.setattr(one.site.loop._controller, "decide", decide)
            await one.over(AlarmKind.CORE_FAILED)
            assert one.alarms(AlarmKind.GROUND_FAULT) == [alarm]
            return one.site

    site = asyncio.run(story())

    decided_again(site)
    told = [alarm.kind for alarm in in_journal(str(site.config.journal), 50)]
    assert told.count(AlarmKind.GROUND_FAULT) == 1


def test_the_command_line_lists_what_lasts_first(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from voltloom.cli.main import app

    async def story() -> tuple[LiveSite, Alarm]:
        async with yard(tmp_path) as one:
            one.main_a = RATING_A + 5.0
            return one.site, await one.begun(AlarmKind.LIMIT_OUT_OF_REACH)

    site, alarm = asyncio.run(story())
    told = CliRunner().invoke(app, ["alarms", str(site.config.journal), "--json"])
    shown = CliRunner().invoke(app, ["alarms", str(site.config.journal), "--active"], env={"COLUMNS": "200"})

    assert told.exit_code == shown.exit_code == 0
    assert utc_text(alarm.time_s) in told.stdout
    assert told.stdout.index('"active"') < told.stdout.index("limit_out_of_reach") + 200
    assert "limit_out_of_reach" in shown.stdout
    assert "lasts" in shown.stdout
    assert " Oct 2019 " in shown.stdout
    assert "Times are UTC." in shown.stdout
    assert "give --time-zone" in shown.stdout


def test_a_failure_whose_words_are_no_utf_8_is_told_and_written_all_the_same() -> None:
    alarms = Alarms(Logbook(), lambda: START_S, run_id=1)

    alarms.tell(AlarmKind.CORE_FAILED, CONTROLLER, "FileNotFoundError: b\udce9.csv")

    (entry,) = alarms.entries()
    assert rb"FileNotFoundError: b\\udce9.csv" in entry.payload


def test_two_nodes_of_one_journal_end_each_its_own_alarms(tmp_path: Path) -> None:
    async def told() -> None:
        for node, ends in (("north", True), ("south", False)):
            alarms = Alarms(Logbook(), lambda: START_S, run_id=1)
            alarms.tell(AlarmKind.OPTIMISER_LATE, CONTROLLER, node)
            if ends:
                alarms.end(AlarmKind.OPTIMISER_LATE, CONTROLLER)
                alarms.tell(AlarmKind.OPTIMISER_LATE, CONTROLLER, node)
            else:
                alarms.end(AlarmKind.OPTIMISER_LATE, CONTROLLER)
            async with await open_journal(tmp_path / "both.db", node=node) as journal:
                await journal.append_together(alarms.entries())

    asyncio.run(told())

    shown = in_journal(str(tmp_path / "both.db"), 50)
    assert [(state_of(alarm), "north" in alarm.what) for alarm in shown] == [
        ("active", True),
        ("over", True),
        ("over", False),
    ]

"""Vehicles that feed back at a running site, over real sockets: consent, the floor, silence, leave, and who cannot."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.steady import SteadyClock
from tests.virtual.two_way import (
    EVENING_S,
    FLOOR_RATIO,
    MOST_A,
    Stay,
    config,
    consented,
    current_a,
    fleet_of,
    held_ratio,
    until,
)
from voltloom.controller.discharge.memory import DischargeMemory
from voltloom.controller.leases.grants import ceiling_a
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.session.alarms import AlarmKind
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.virtual.fleet import Fleet
from voltloom.virtual.profile_stack import Purpose

SPEED_RATIO = 100.0
FEEDS_A = -2.0
PATIENCE_S = 3000.0


class Played:
    """A site and a fleet that play together, with the least that the vehicle ever held."""

    def __init__(self, site: LiveSite, fleet: Fleet) -> None:
        self.site, self.fleet = site, fleet
        self.least_ratio = 1.0
        self.over = asyncio.Event()

    async def until(self, holds: Any, what: str, site_s: float = PATIENCE_S) -> None:
        def watched() -> bool:
            if self.fleet.garage.world.vehicles.is_there[0]:
                self.least_ratio = min(self.least_ratio, held_ratio(self.fleet))
            return bool(holds())

        await until(self.site.clock, watched, what, site_s)

    @property
    def discharge(self) -> DischargeMemory:
        """Return what the core remembers of it."""
        discharge = self.site.loop.memory.discharge
        assert discharge is not None
        return discharge

    @property
    def given_a(self) -> float:
        """Return what the core has granted."""
        return float(self.discharge.grants.limit_a[0])

    @property
    def exported_wh(self) -> float:
        """Return the register of export as the core knows it."""
        return float(self.discharge.exported_wh[0])

    def feeds(self) -> bool:
        return current_a(self.fleet) < FEEDS_A


def is_ready(played: Played, stay: Stay) -> bool:
    """Return whether a consent stands from now on: a vehicle that tells its needs later takes it back."""
    session = played.site.loop.memory.seats[0].session
    runs = played.fleet.stations[0].outlets[1].transaction is not None
    has_told = stay.version is not OcppVersion.V21
    return session is not None and runs and (has_told or session.capability.discharges)


async def play(folder: Path, stay: Stay, script: Any, speed_ratio: float = SPEED_RATIO) -> Played:
    """Play a script beside a site and its fleet, the driver's consent given first."""
    site = await opened(config(folder), SteadyClock(speed_ratio, EVENING_S))
    played = Played(site, fleet_of(site, stay))
    running = asyncio.create_task(played.fleet.run(played.over))
    try:
        await played.until(lambda: is_ready(played, stay), "a transaction and the vehicle's needs")
        await consented(site)
        await script(played)
    finally:
        played.over.set()
        await running
        await site.stop()
    return played


def run(what: Coroutine[Any, Any, Played]) -> Played:
    return asyncio.run(what)


def test_a_vehicle_feeds_back_from_consent_to_unplugging_and_its_day_is_decided_again_bit_for_bit(
    tmp_path: Path,
) -> None:
    seen: dict[str, Any] = {}

    async def script(played: Played) -> None:
        await played.until(played.feeds, "what is fed back")
        stack = played.fleet.stations[0].stack
        seen["setpoints"] = [p for profile in stack for p in profile.periods if p.limit_a_or_w < 0.0]
        seen["purposes"] = {p.purpose for p in stack if any(each.limit_a_or_w < 0.0 for each in p.periods)}
        await played.until(lambda: played.exported_wh > 0.0, "its register")
        played.fleet._leaving = [(played.site.clock.now_s(), 0, 0)]  # the driver comes for it
        await played.until(lambda: played.site.loop.memory.seats[0].session is None, "the leave")
        seen["stack"] = [p.purpose for p in played.fleet.stations[0].stack]
        seen["flows_a"] = current_a(played.fleet)

    played = run(play(tmp_path, Stay(), script))

    assert seen["purposes"] == {Purpose.TRANSACTION}
    assert -MOST_A <= seen["setpoints"][0].limit_a_or_w < FEEDS_A
    assert (seen["flows_a"], Purpose.TRANSACTION in seen["stack"]) == (0.0, False)
    assert played.site.loop.failures_count == 0
    assert played.fleet.garage.disobeyed_as == 0.0
    found = config(tmp_path)
    again = replayed(found, str(found.journal), Stretch())
    assert again.difference is None
    assert again.cycles_count > 3


def test_a_restart_counts_what_may_still_be_fed_back(tmp_path: Path) -> None:
    async def restarted() -> tuple[float, float, bool]:
        async def script(played: Played) -> None:
            await played.until(played.feeds, "what is fed back")
            given.append(played.given_a)

        given: list[float] = []
        await play(tmp_path, Stay(), script)
        site = await opened(config(tmp_path), SteadyClock(SPEED_RATIO, EVENING_S))
        discharge, now_s = site.loop.memory.discharge, site.clock.now_s()
        assert discharge is not None
        may_a = float(ceiling_a(discharge.grants, np.zeros(1), now_s)[0])
        is_sent_as_such = bool(site.loop._out.limit_a[0] == -discharge.grants.limit_a[0])
        await site.stop()
        return given[0], may_a, is_sent_as_such

    given_a, may_a, is_sent_as_such = asyncio.run(restarted())

    assert may_a >= given_a > 0.0
    assert is_sent_as_such


@pytest.mark.nightly
def test_what_is_fed_back_ends_before_the_drivers_floor(tmp_path: Path) -> None:
    async def script(played: Played) -> None:
        await played.until(played.feeds, "what is fed back")
        await played.until(
            lambda: current_a(played.fleet) == 0.0 and played.given_a == 0.0, "its end", 3600.0
        )

    played = run(play(tmp_path, Stay(), script, 120.0))

    assert FLOOR_RATIO < played.least_ratio < 0.545


@pytest.mark.nightly
def test_a_station_that_is_cut_off_ends_by_itself_before_the_floor(tmp_path: Path) -> None:
    cut = FaultSpec(kind=FaultKind.STATION_OFFLINE, start_s=300.0, length_s=3600.0, target=("any",), count=1)

    async def script(played: Played) -> None:
        await played.until(played.feeds, "what is fed back")
        line = played.fleet.lines[0]
        await played.until(lambda: not line.is_up, "the cut")
        was_feeding.append(played.feeds())
        await played.until(lambda: not played.feeds(), "its end")  # an hour of it would empty the vehicle
        assert not line.is_up

    was_feeding: list[bool] = []
    played = run(play(tmp_path, Stay(faults=(cut,)), script))

    assert was_feeding == [True]
    assert played.least_ratio > FLOOR_RATIO


@pytest.mark.nightly
def test_a_station_of_2_0_1_is_never_told_to_feed_back_and_an_operator_reads_why_once(tmp_path: Path) -> None:
    async def script(played: Played) -> None:
        await played.site.clock.sleep(300.0)
        alarms.extend(a for a in played.site.loop.logbook.alarms if a.kind is AlarmKind.ONE_WAY)
        stacks.extend(period.limit_a_or_w for p in played.fleet.stations[0].stack for period in p.periods)
        given.append(played.given_a)

    alarms: list[Any] = []
    stacks: list[float] = []
    given: list[float] = []
    run(play(tmp_path, Stay(version=OcppVersion.V201), script))

    assert [alarm.source for alarm in alarms] == ["CP1"]
    assert "2.0.1" in alarms[0].what
    assert min(stacks) >= 0.0
    assert given == [0.0]

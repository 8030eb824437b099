"""Virtual stations at a real server over real sockets, with time running sixty times faster."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.live.test_whole_site import kept_sessions
from tests.steady import SteadyClock
from tests.virtual.yard import START_S, Yard, fleet_of, played, tree_of
from voltloom.live.config import config_of
from voltloom.live.running import opened
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.protocols.ocpp.profiles import RateUnit
from voltloom.simulation.faults import FaultKind, FaultSpec
from voltloom.virtual.profile_words import ProfileAbility

V16, V201, V21 = OcppVersion.V16, OcppVersion.V201, OcppVersion.V21
MINUTE_S = 60.0


def run(yard: Yard, folder: Path, real_s: float = 60.0) -> tuple[dict[str, Any], list[Any]]:
    """Return a fleet's summary and the sessions that the server's journal keeps."""

    async def both() -> tuple[dict[str, Any], list[Any]]:
        fleet, site = await played(yard, folder, real_s)
        return fleet.summary(), await kept_sessions(site.config.journal)

    summary, kept = asyncio.run(both())
    return summary, kept


@pytest.mark.parametrize("version", OcppVersion)
def test_a_visit_of_each_version_follows_its_limits(version: OcppVersion, tmp_path: Path) -> None:
    yard = Yard(versions=[version, version], visits=[(0, 1, 8), (1, 2, 9)], rating_a=20.0)

    summary, kept = run(yard, tmp_path)

    assert (summary["sessions_begun"], summary["sessions_finished"], summary["errors"]) == (2, 2, {})
    assert summary["limits_received"] >= 4
    assert summary["disobedience_ampere_seconds"] == 0.0
    assert 0.0 < summary["highest_load_ratio"] <= 1.0
    billed_wh = sum(row.energy_tenth_wh for row in kept) / 10.0
    assert len(kept) == 2
    assert billed_wh == pytest.approx(summary["energy_delivered_wh"], abs=3.0)
    assert billed_wh > 300.0


def test_a_station_that_counts_in_watts_follows_too(tmp_path: Path) -> None:
    ability = ProfileAbility(units=frozenset({RateUnit.W}))
    yard = Yard(versions=[V16, V201], visits=[(0, 1, 8), (1, 2, 9)], rating_a=20.0, ability=ability)

    summary, _ = run(yard, tmp_path)

    assert summary["energy_delivered_wh"] > 300.0
    assert summary["highest_load_ratio"] <= 1.0


@pytest.mark.parametrize("version", [V201, V21])
def test_a_vehicle_that_tells_its_needs_gets_a_schedule_in_time(version: OcppVersion, tmp_path: Path) -> None:
    yard = Yard(versions=[version], visits=[(0, 1, 8)], has_iso15118=True)

    summary, _ = run(yard, tmp_path)

    assert (summary["charging_needs"], summary["charging_needs_without_schedule"]) == (1, 0)
    assert summary["calls_sent"]["NotifyEVChargingSchedule"] == 1


def spec(kind: FaultKind, start_min: float, length_min: float, **more: Any) -> FaultSpec:
    return FaultSpec(
        kind=kind, start_s=start_min * MINUTE_S, length_s=length_min * MINUTE_S, target=("CP1",), **more
    )


FAULTS = [
    spec(FaultKind.STATION_OFFLINE, 4, 3),
    spec(FaultKind.STATION_IGNORES_LIMIT, 4, 3),
    spec(FaultKind.STATION_FAULT, 5, 2),
    spec(FaultKind.STATION_BOOTS, 5, 1),
    spec(FaultKind.STATION_CLOCK_SKEWED, 3, 4, delay_s=-7200.0),
    spec(FaultKind.STATION_CLOCK_SKEWED, 3, 4, delay_s=7200.0),
    spec(FaultKind.VEHICLE_FLAPPING, 3, 4, delay_s=20.0),
    spec(FaultKind.METER_FROZEN, 3, 4),
    spec(FaultKind.METER_DRIFTING, 3, 4, magnitude_ratio=-0.3),
    spec(FaultKind.METER_NOISY, 3, 4, magnitude_ratio=0.05),
    spec(FaultKind.METER_DELAYED, 3, 4, delay_s=60.0),
    spec(FaultKind.MESSAGE_DELAY, 3, 4, delay_s=10.0),
    spec(FaultKind.MESSAGE_DUPLICATE, 3, 4, magnitude_ratio=0.5),
    spec(FaultKind.MESSAGE_LOSS, 4, 2, magnitude_ratio=0.2),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f"{f.kind.value}{f.delay_s:+.0f}")
def test_a_fault_of_each_kind_overloads_nothing_and_loses_no_session(
    fault: FaultSpec, tmp_path: Path
) -> None:
    yard = Yard(
        versions=[V16, V21], visits=[(0, 1, 9), (1, 2, 10)], rating_a=40.0, faults=[fault], speed_ratio=120.0
    )

    summary, kept = run(yard, tmp_path)

    assert summary["sessions_begun"] == summary["sessions_finished"] >= 2
    assert len(kept) == summary["sessions_begun"]
    assert summary["highest_load_ratio"] <= 1.0
    assert summary["energy_delivered_wh"] > 300.0


def test_offline_a_session_begins_and_ends_and_is_told_later_with_its_own_times(tmp_path: Path) -> None:
    fault = spec(FaultKind.STATION_OFFLINE, 2, 6)
    yard = Yard(versions=[V16, V21], visits=[(0, 3, 6), (1, 1, 10)], faults=[fault])

    summary, kept = run(yard, tmp_path)

    assert summary["messages_replayed"] >= 2
    ended = [row for row in kept if row.id_token == "driver0"]
    assert len(ended) == 1
    assert ended[0].start_ms / 1000.0 == pytest.approx(START_S + 3 * MINUTE_S, abs=30.0)


def test_twenty_four_mixed_stations_never_overload_their_circuit(tmp_path: Path) -> None:
    versions = [V16, V201, V21] * 8
    visits = [(number, 1.0 + number / 8.0, 8.0 + number / 8.0) for number in range(24)]

    summary, kept = run(Yard(versions=versions, visits=visits, rating_a=100.0), tmp_path)

    assert (summary["boots_accepted"], summary["sessions_finished"], summary["errors"]) == (24, 24, {})
    assert summary["highest_load_ratio"] <= 1.0
    assert summary["disobedience_ampere_seconds"] == 0.0
    assert len(kept) == 24
    assert sum(row.energy_tenth_wh for row in kept) / 10.0 == pytest.approx(
        summary["energy_delivered_wh"], abs=30.0
    )


def test_a_stranger_waits_for_approval_and_boots_again(tmp_path: Path) -> None:
    yard = Yard(versions=[V16], visits=[(0, 1, 9)])

    async def parked() -> tuple[dict[str, Any], list[str]]:
        tree = tree_of(yard)
        tree["station"] = []
        site = await opened(config_of(tree, folder=tmp_path), SteadyClock(60.0, START_S))
        fleet = fleet_of(yard, site)
        over = asyncio.Event()
        playing = asyncio.create_task(fleet.run(over))
        async with asyncio.timeout(20.0):
            while not site.parked():
                await asyncio.sleep(0.05)
        waiting = [station.identity for station in site.parked()]
        await site.approve("CP1", ["CP1"], by="test")
        async with asyncio.timeout(20.0):
            await playing
        await site.stop()
        return fleet.summary(), waiting

    summary, waiting = asyncio.run(parked())

    assert waiting == ["CP1"]
    assert summary["boots_accepted"] >= 1  # its own boot may cross the one that approval asks for
    assert summary["sessions_finished"] == 1

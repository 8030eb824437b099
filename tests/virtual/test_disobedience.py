"""A virtual station that ignores its limit is told of by the server that commands it until it obeys again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.virtual.yard import Yard, played
from voltloom.protocols.ocpp.actions import OcppVersion
from voltloom.session.alarms import CATALOGUE, Alarm, AlarmKind
from voltloom.simulation.faults import FaultKind, FaultSpec

MINUTE_S = 60.0


def told(yard: Yard, folder: Path) -> list[Alarm]:
    """Return what a yard's server told of obedience while its cars came and went."""
    _, site = asyncio.run(played(yard, folder, 60.0))
    return [alarm for alarm in site.loop.logbook.alarms if alarm.kind is AlarmKind.DISOBEYED_LIMIT]


@pytest.mark.parametrize(
    "version", [OcppVersion.V16, pytest.param(OcppVersion.V21, marks=pytest.mark.nightly)]
)
def test_a_station_that_accepts_its_limit_and_ignores_it_is_told_of_until_it_obeys(
    version: OcppVersion, tmp_path: Path
) -> None:
    # Alone it is given 32 A; when the second car comes it accepts 16 A and stays where it is for ten minutes.
    ignores = FaultSpec(
        kind=FaultKind.STATION_IGNORES_LIMIT, start_s=6 * MINUTE_S, length_s=10 * MINUTE_S, target=("CP1",)
    )
    yard = Yard(
        versions=[version, version],
        visits=[(0, 1, 40), (1, 7, 41)],
        rating_a=34.0,
        faults=[ignores],
        speed_ratio=90.0,
    )

    (alarm,) = told(yard, tmp_path)

    assert alarm.source == "CP1"
    assert alarm.next_step == CATALOGUE[AlarmKind.DISOBEYED_LIMIT].next_step
    assert alarm.is_over
    assert alarm.over_s - alarm.time_s >= 10 * MINUTE_S  # it is believed after a while, not at once


def test_stations_that_obey_are_never_accused(tmp_path: Path) -> None:
    yard = Yard(
        versions=[OcppVersion.V16, OcppVersion.V21],
        visits=[(0, 1, 14), (1, 4, 15)],
        rating_a=34.0,
        speed_ratio=60.0,
    )

    assert told(yard, tmp_path) == []

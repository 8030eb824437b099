"""The same sessions in both shells: the same setpoints between events, the same energy."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from benchmarks.bench_shells import hours_of
from benchmarks.both_shells import Same, likeness, lived, missed_s, simulated, unexplained
from tests.steady import SteadyClock
from voltloom.live.config import config_of
from voltloom.live.replaying import Stretch, replayed
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit

START_S = 1_570_000_000.0
MINUTE_S = 60.0
MET_S = (
    START_S + 15.0 * MINUTE_S
)  # at this speed two stations come in a real second, more do not on a busy machine
SPEED_RATIO = 200.0
MORNING_S = 1_570_028_400.0  # 2 October 2019, 8 o'clock in California
ARCHITECTURES = ("sequential", "parallel", "adaptive")


def yard(architecture: str, folder: Path) -> Same:
    """Five visits to four three-phase outlets that share 31 A, so that nobody has all that it could take. Before, all stations are met."""
    names = [f"CP{number}" for number in range(1, 5)]
    tree = {
        "site": {
            "name": "Yard",
            "time_zone": "Europe/Berlin",
            "voltage_v": 230.0,
            "circuit": [{"id": "yard", "rating_a": 32.0}],
            "evse": [{"name": "bays", "ids": names, "circuit": "yard", "max_a": 16.0}],
        },
        "gateway": {"port": 0, "security_profile": 0, "allow_insecure": True},
        "journal": {"path": f"{architecture}.db"},
        "control": {"architecture": architecture, "smoothing": {"dwell_s": 60.0}},
        "station": [{"id": name, "evses": [name]} for name in names],
        "token": [{"id": f"driver{number}"} for number in range(5)],
    }
    stays = [(0, 6.0, 24.0, 9.0), (1, 6.5, 30.0, 9.0), (2, 12.0, 29.0, 1.2), (3, 18.0, 30.0, 9.0)]
    stays.append((0, 26.5, 30.0, 9.0))
    visits = tuple(_visit(number, names[at], *stay) for number, (at, *stay) in enumerate(stays))
    return Same(
        config=config_of(tree, folder=folder),
        visits=visits,
        start_s=START_S,
        end_s=MET_S + 32.0 * MINUTE_S,
        meter_s=30.0,
    )


def _visit(number: int, evse_id: str, arrival_min: float, departure_min: float, wants_kwh: float) -> Visit:
    departure_s = MET_S + departure_min * MINUTE_S
    return Visit(
        session_id=f"v{number}",
        evse_id=evse_id,
        id_token=f"driver{number}",
        arrival_s=MET_S + arrival_min * MINUTE_S,
        departure_s=departure_s,
        stated_departure_s=departure_s,
        stated_wh=1000.0 * wants_kwh,
        wants_wh=1000.0 * wants_kwh,
        max_power_w=11_040.0,
        battery=BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=80_000.0, initial_wh=0.0),
        phases_known=False,
    )


def test_the_same_sessions_get_the_same_setpoints_in_both_shells(tmp_path: Path) -> None:
    yards = [yard(name, tmp_path) for name in ARCHITECTURES]
    ideal = [simulated(same) for same in yards]

    real = asyncio.run(lived(yards, SPEED_RATIO, SteadyClock))

    for same, first, second in zip(yards, ideal, real, strict=True):
        found = likeness(same, first, second)
        there_s = likeness(same, first, first).settled_s  # the live shell's own events leave less of it
        assert found.settled_s > there_s / 2.0
        assert found.settled_ratio == 1.0
        assert found.equal_ratio > 0.8
        for visit, (apart_wh, allowed_wh) in unexplained(same, first, second).items():
            assert abs(apart_wh) <= allowed_wh, visit
        assert abs(found.worst_wh) < same.late_wh(missed_s(same, second))
        again = replayed(same.config, str(same.config.journal), Stretch())
        assert again.difference is None
        assert again.cycles_count > 60


@pytest.mark.nightly
def test_hours_of_real_sessions_get_the_same_setpoints_in_both_shells(tmp_path: Path) -> None:
    many = [hours_of(name, "ideal", MORNING_S, 3.0, tmp_path / name) for name in ARCHITECTURES]
    ideal = [simulated(same) for same in many]

    real = asyncio.run(lived(many, 60.0, SteadyClock))

    for same, first, second in zip(many, ideal, real, strict=True):
        found = likeness(same, first, second)
        assert found.settled_s > 1800.0
        assert found.settled_ratio > 0.99
        assert found.within_1a_ratio > 0.8
        assert abs(found.energy_ratio) < 0.04
        assert abs(found.worst_ratio) < 0.12

"""A live site that plans: its memory over a restart, its days replayed, and a plan that takes too long."""

from __future__ import annotations

import asyncio
import json
import math
import shutil
import sqlite3
import threading
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.live.demo import PLAN, Station16, limit_a, station
from tests.steady import SteadyClock
from voltloom.allocation import registry
from voltloom.allocation.adaptive.horizon.conic import solved
from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem
from voltloom.allocation.contract import AllocationMemory
from voltloom.decision.record import Mode
from voltloom.live import aside
from voltloom.live.clock import Clock
from voltloom.live.config import Config, config_of
from voltloom.live.frozen import frozen, thawed
from voltloom.live.past import PastError
from voltloom.live.reloading import take
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.alarms import AlarmKind
from voltloom.session.events import ArchitectureChosen
from voltloom.web.health import SiteCollector

OCTOBER_S = 1_569_880_800.0
SPEED_RATIO = 60.0


def config(folder: Path, price_ratio: float = 1.0) -> Config:
    """Return the yard, planning for profit."""
    tree = tomllib.loads(PLAN)
    tariffs = [price * price_ratio for price in (0.1, 0.2, 0.3)]
    schedule = {"times": [0, 1, 8], "tariffs": tariffs, "demand_charge": 0.5}
    buys = {"currency": "EUR", "schedule": [schedule]}
    planning = {"objective": "profit", "sell_price_per_kwh": 0.9, "buys": buys}
    tree["control"] |= {"architecture": "adaptive-plan", "planning": planning}
    return config_of(tree, folder=folder)


async def charge(site: LiveSite, one: Station16, token: str, minutes: int) -> None:
    """Let a car charge what it is allowed, measured every site minute."""
    register_wh = 1000.0
    transaction_id = await one.arrive(token, 1000, stamp_text(site.clock.now_s()))
    for _ in range(minutes):
        await site.clock.sleep(60.0)
        limits = one.transaction_limits()
        current_a = limit_a(limits[-1]) if limits else 0.0
        register_wh += 3.0 * 230.0 * current_a / 60.0
        await one.measure(transaction_id, current_a, round(register_wh, 1), site.clock.now_s())


async def lived(
    found: Config, clock: Clock, minutes: int = 12, tour: tuple[str, ...] = ()
) -> tuple[LiveSite, AllocationMemory, list[str]]:
    """Run the yard with two cars. tour: architectures that are chosen one after the other.

    Returns the site, what was remembered last, and which architectures ruled.
    """
    site = await opened(found, clock)
    port = site.ports[0][1]
    left, right = await station(port, "CP1"), await station(port, "CP2")

    ruled = []

    async def operate() -> None:
        for name in (*tour, ""):
            await site.clock.sleep(60.0 * minutes / (len(tour) + 1))
            ruled.append(site.loop.logbook.decisions[-1].architecture)
            if not name:
                return
            chosen = ArchitectureChosen(time_s=site.clock.now_s(), architecture=name)
            await site.loop.order((chosen,), "operator")

    await asyncio.gather(charge(site, left, "anna", minutes), charge(site, right, "bert", minutes), operate())
    remembered = site.loop.memory.allocation
    await site.stop()
    await left.leave()
    await right.leave()
    return site, remembered, ruled


@pytest.fixture(name="day", scope="module")
def _day(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[AllocationMemory]]:
    """A folder with the journal of some planned minutes, and of more after a restart; what was remembered at each end."""
    found = config(tmp_path_factory.mktemp("planned"))
    runs = [asyncio.run(lived(found, SteadyClock(SPEED_RATIO, OCTOBER_S), minutes)) for minutes in (10, 6)]
    return found.journal.parent, [remembered for _, remembered, _ in runs]


def test_a_planned_day_with_a_restart_is_decided_again_bit_for_bit(
    day: tuple[Path, list[AllocationMemory]],
) -> None:
    found = config(day[0])

    outcome = replayed(found, str(found.journal), Stretch())

    assert outcome.difference is None
    assert outcome.cycles_count > 100
    assert (outcome.runs_count, outcome.lost_count) == (2, 0)


def test_the_months_peak_is_remembered_over_a_restart_also_with_other_prices(
    day: tuple[Path, list[AllocationMemory]], tmp_path: Path
) -> None:
    last = day[1][-1].peak_seen
    shutil.copy(day[0] / "journal.db", tmp_path)

    remembered = asyncio.run(_remembered_with(config(tmp_path, price_ratio=2.0)))

    assert last is not None
    assert last.highest_kw > 1.0
    assert remembered.peak_seen is not None
    assert remembered.peak_seen.highest_kw >= last.highest_kw
    assert remembered.peak_seen.today.serial.tolist() == last.today.serial.tolist()


def test_new_prices_wait_for_a_restart_while_the_site_runs(
    day: tuple[Path, list[AllocationMemory]], tmp_path: Path
) -> None:
    shutil.copy(day[0] / "journal.db", tmp_path)

    assert asyncio.run(_read_again(tmp_path)) == [(), ("waits for a restart: buys",)]


async def _read_again(folder: Path) -> list[tuple[str, ...]]:
    site = await opened(config(folder), SteadyClock(SPEED_RATIO, OCTOBER_S))
    told = [await take(site, config(folder, price_ratio)) for price_ratio in (1.0, 2.0)]
    await site.stop()
    return told


async def _remembered_with(found: Config) -> AllocationMemory:
    site = await opened(found, SteadyClock(SPEED_RATIO, OCTOBER_S))
    remembered = site.loop.memory.allocation
    await site.stop()
    return remembered


def test_a_plan_and_a_peak_come_back_bit_for_bit(day: tuple[Path, list[AllocationMemory]]) -> None:
    remembered = day[1][0]
    assert remembered.peak_seen is not None
    peak = remembered.peak_seen._replace(target_kw=math.nan)
    memory = remembered._replace(peak_seen=peak)

    again = thawed(frozen(memory))

    assert isinstance(again, AllocationMemory)
    assert frozen(again) == frozen(memory)
    assert again.plan is not None
    assert again.peak_seen is not None
    assert memory.plan is not None
    assert again.plan.current_a.tobytes() == memory.plan.current_a.tobytes()
    assert again.plan.current_a.flags.c_contiguous == memory.plan.current_a.flags.c_contiguous
    assert math.isnan(again.peak_seen.target_kw)
    assert again.peak_seen.worth_kwh.tobytes() == peak.worth_kwh.tobytes()


def test_other_prices_than_those_of_the_day_are_told_instead_of_compared(
    day: tuple[Path, list[AllocationMemory]],
) -> None:
    dearer = config(day[0], price_ratio=2.0)

    with pytest.raises(PastError, match="other prices"):
        replayed(dearer, str(dearer.journal), Stretch())


def test_every_switch_to_and_from_a_plan_ends_nobody_and_is_decided_again(tmp_path: Path) -> None:
    tour = ("sequential", "parallel", "adaptive-plan", "adaptive", "adaptive-plan", "sequential")
    found = config(tmp_path)

    site, remembered, ruled = asyncio.run(lived(found, SteadyClock(SPEED_RATIO, OCTOBER_S), 14, tour))
    outcome = replayed(found, str(found.journal), Stretch())

    assert site.loop.failures_count == site.loop.late_count == 0
    assert sum(seat.session is not None for seat in site.loop.memory.seats) == 2
    assert ruled == ["adaptive-plan", *tour]
    assert remembered.peak_seen is not None  # sequential rules, and the month's peak is still known
    assert outcome.difference is None
    assert outcome.cycles_count > 50


def slow(problem: Problem) -> Answer:
    """Solve, too late; before the site runs at once, and so is a replay."""
    if threading.current_thread().name.startswith("decision"):
        time.sleep(1.5)
    return solved(problem)


def test_a_plan_that_takes_too_long_makes_way_for_equal_sharing_and_is_replayed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aside, "DECISION_S", 0.5)
    monkeypatch.setattr(registry, "solved", slow)
    found = config(tmp_path)

    site, _, _ = asyncio.run(lived(found, SteadyClock(SPEED_RATIO, OCTOBER_S), 7))

    book = site.loop.logbook
    figures = figures_of(site)
    assert figures["voltloom_cycles_late_total"] == 1.0
    assert site.loop.failures_count == 0  # no outlet fell to its floor
    assert site.loop.late_count == 1  # it is not asked again before all was well for ten minutes
    (late,) = (alarm for alarm in book.alarms if alarm.kind is AlarmKind.OPTIMISER_LATE)
    assert "adaptive-plan" in late.what
    assert book.decisions[-1].mode is Mode.EQUAL
    assert book.decisions[-1].after_a.sum() > 15.0  # equal shares, not the floor
    doubted = cycles_of(found, lambda cycle: bool(cycle.get("is_doubted")))
    outcome = replayed(found, str(found.journal), Stretch())
    assert len(doubted) == 1
    assert outcome.difference is None
    assert outcome.cycles_count > 20


def unsolvable(problem: Problem) -> Answer:
    """Give no answer that may be used."""
    return solved(problem)._replace(is_exact=False)


def test_a_plan_that_cannot_be_made_is_counted_and_has_no_age(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "solved", unsolvable)

    site, remembered, _ = asyncio.run(lived(config(tmp_path), SteadyClock(SPEED_RATIO, OCTOBER_S), 3))
    figures = figures_of(site)

    assert remembered.plan is not None
    assert remembered.plan.is_failed
    assert site.loop.late_count == 0
    assert figures["voltloom_cycles_unplanned_total"] > 10
    assert math.isnan(figures["voltloom_plan_age_seconds"])


def figures_of(site: LiveSite) -> dict[str, float]:
    return {
        sample.name: sample.value for metric in SiteCollector(site).collect() for sample in metric.samples
    }


def cycles_of(found: Config, is_wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    with sqlite3.connect(found.journal) as journal:
        rows = journal.execute(
            "select payload from journal where kind = 'core_cycle' order by seq"
        ).fetchall()
    journal.close()
    return [cycle for (payload,) in rows if is_wanted(cycle := json.loads(payload))]


def test_a_peak_that_was_kept_before_it_knew_of_days_off_is_remembered(
    day: tuple[Path, list[AllocationMemory]],
) -> None:
    peak = day[1][0].peak_seen
    assert peak is not None
    today = msgspec.msgpack.decode(frozen(peak.today))
    old = msgspec.msgpack.decode(frozen(peak))
    today["c"] = today["c"][:-1]
    old["c"] = old["c"][:-2]
    old["c"][1 + PeakSeen._fields.index("today")] = today

    again = thawed(msgspec.msgpack.encode(old))

    assert isinstance(again, PeakSeen)
    assert again.target_kw == peak.target_kw
    assert (again.days_off, again.today.price_per_kwh.size) == (0, 0)

"""A day that ran live, sixty times as fast, is decided again: equal bit for bit, or the first difference is named."""

from __future__ import annotations

import asyncio
import json
import re
import sqlite3
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.bench_shells import hours_of
from benchmarks.both_shells import lived
from tests.live.demo import PLAN, Station16, limit_a, plan_file, station
from tests.steady import SteadyClock
from voltloom.cli.main import app
from voltloom.controller.memory import ControllerMemory
from voltloom.controller.site_controller import SiteController
from voltloom.live import site_loop
from voltloom.live.clock import Clock
from voltloom.live.config import Config, load_config
from voltloom.live.past import PastError
from voltloom.live.replaying import Stretch, replayed
from voltloom.live.running import LiveSite, opened
from voltloom.live.site_loop import SiteLoop
from voltloom.live.wire import Source
from voltloom.protocols.ocpp.timestamps import stamp_text
from voltloom.session.events import ArchitectureChosen, Event, OutletOrdered

OCTOBER_S = 1_569_880_800.0
SPEED_RATIO = 60.0
MIDNIGHT_S = 1_569_999_600.0  # 2 October 2019 in California
DAY_SPEED_RATIO = 240.0  # six minutes; a lease of 300 s is then over in little more than a second


async def charge(site: LiveSite, one: Station16, token: str, register_wh: float, steps_count: int) -> float:
    """Let a car charge what it is allowed, measured every site minute; return the register after it."""
    transaction_id = await one.arrive(token, int(register_wh), stamp_text(site.clock.now_s()))
    for _ in range(steps_count):
        await site.clock.sleep(60.0)
        limits = one.transaction_limits()
        current_a = limit_a(limits[-1]) if limits else 0.0
        register_wh += 3.0 * 230.0 * current_a / 60.0
        await one.measure(transaction_id, current_a, round(register_wh, 1), site.clock.now_s())
    return register_wh


async def recorded(folder: Path, clock: Clock) -> Config:
    """Run the yard with two cars and an operator who chooses architectures, and limits, boosts and pauses the car at LEFT."""
    config = load_config(plan_file(folder))
    site = await opened(config, clock)
    port = site.ports[0][1]
    left, right = await station(port, "CP1"), await station(port, "CP2")

    async def operate() -> None:
        for name, most_a in (("sequential", 7.0), ("adaptive", None), ("parallel", 0.0)):
            await site.clock.sleep(240.0)
            now_s, is_boosted = site.clock.now_s(), most_a is None
            told = (
                ArchitectureChosen(time_s=now_s, architecture=name),
                OutletOrdered(
                    time_s=now_s, evse=0, most_a=most_a, is_boosted=is_boosted, until_s=now_s + 200.0
                ),
            )
            await site.loop.order(told, "operator")

    await asyncio.gather(
        charge(site, left, "anna", 1000.0, 18), charge(site, right, "bert", 5000.0, 18), operate()
    )
    await site.stop()
    await left.leave()
    await right.leave()
    return config


@pytest.fixture(name="day", scope="module")
def _day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the file and the journal of twenty minutes that ended in order, and of five more after a restart."""
    folder = tmp_path_factory.mktemp("day")
    asyncio.run(recorded(folder, SteadyClock(SPEED_RATIO, OCTOBER_S)))
    asyncio.run(recorded_again(folder))
    return folder


async def recorded_again(folder: Path) -> None:
    site = await opened(load_config(folder / "site.toml"), SteadyClock(SPEED_RATIO, OCTOBER_S))
    left = await station(site.ports[0][1], "CP1")
    await left.stand_free()
    await site.clock.sleep(300.0)
    await site.stop()
    await left.leave()


def test_every_decision_of_a_live_day_is_made_again_bit_for_bit(day: Path) -> None:
    config = load_config(day / "site.toml")
    done_ratios: list[float] = []

    outcome = replayed(config, str(config.journal), Stretch(), done_ratios.append)

    assert outcome.difference is None
    assert outcome.cycles_count > 300
    assert (outcome.runs_count, outcome.lost_count, outcome.is_other_code) == (2, 0, False)
    assert outcome.last_s - outcome.first_s > 1000.0
    assert done_ratios == sorted(done_ratios)
    assert done_ratios[-1] == 1.0


def test_a_stretch_begins_from_the_memory_kept_before_it(day: Path) -> None:
    config = load_config(day / "site.toml")

    outcome = replayed(config, str(config.journal), Stretch(OCTOBER_S + 1000.0, OCTOBER_S + 1060.0))

    assert outcome.difference is None
    assert 0 < outcome.cycles_count < 62
    assert outcome.first_s >= OCTOBER_S + 1000.0


def test_the_command_tells_that_all_is_equal(day: Path) -> None:
    told = CliRunner().invoke(app, ["replay", str(day / "site.toml"), "--quiet"])
    as_json = CliRunner().invoke(app, ["replay", str(day / "site.toml"), "--json", "--quiet"])

    assert told.exit_code == 0
    assert re.search(r"cycles of 2 runs were decided again, 2019-10-01T00:.*equal, bit for bit", told.output)
    assert json.loads(as_json.output)["is_equal"] is True


def test_the_first_decision_that_is_made_otherwise_is_named_with_outlet_limits_and_reasons(day: Path) -> None:
    file = day / "stranger.toml"  # anna is unknown to this site: she would not have been served
    file.write_text(PLAN.replace('id = "anna"', 'id = "nina"'), encoding="utf-8")

    told = CliRunner().invoke(app, ["replay", str(file), "--quiet"])
    as_json = CliRunner().invoke(app, ["replay", str(file), "--json", "--quiet"])

    assert told.exit_code == 1
    assert re.search(
        r"2019-10-01T00:0.*row \d+, EVSE LEFT\n  recorded: .*\n  now:.*not_authorized", told.output
    )
    found = json.loads(as_json.stdout)["difference"]
    assert found["evse"] == "LEFT"
    assert "not_authorized" in found["now"]


def test_a_recorded_limit_that_the_core_does_not_give_is_found(day: Path, tmp_path: Path) -> None:
    config = load_config(day / "site.toml")
    copy = tmp_path / "copy.db"
    with sqlite3.connect(config.journal) as source, sqlite3.connect(copy) as forged:
        source.backup(forged)
        rows = forged.execute(
            "select seq, payload from journal where kind = 'core_cycle' order by seq"
        ).fetchall()
        seq, cycle = next(
            (seq, json.loads(p)) for seq, p in rows if any(c[1] > 6.0 for c in json.loads(p)["changed"])
        )
        place = next(i for i, c in enumerate(cycle["changed"]) if c[1] > 6.0)
        cycle["changed"][place][1] += 0.5
        cycle["digest"] = "0" * 32
        forged.execute("update journal set payload = ? where seq = ?", (json.dumps(cycle).encode(), seq))
    source.close()
    forged.close()

    found = replayed(config, str(copy), Stretch()).difference

    assert found is not None
    assert (found.seq, found.number, found.what) == (seq, cycle["number"], "another limit")


def test_a_site_that_was_changed_since_is_told_instead_of_compared(day: Path) -> None:
    file = day / "other.toml"
    file.write_text(PLAN.replace("rating_a = 20.0", "rating_a = 19.0"), encoding="utf-8")
    config = load_config(file)

    with pytest.raises(PastError, match="file of that time"):
        replayed(config, str(config.journal), Stretch())


def test_a_time_outside_the_journal_is_told(day: Path) -> None:
    told = CliRunner().invoke(
        app, ["replay", str(day / "site.toml"), "--from", "2020-01-01T00:00", "--quiet"]
    )

    assert told.exit_code == 2
    assert "choose --from and --to" in told.output


def test_what_is_told_while_a_decision_goes_on_belongs_to_the_next_cycle_and_is_decided_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told_counts = [0]
    decide, tell = SiteController.decide, SiteLoop.tell

    def slowly(core: SiteController, memory: ControllerMemory, now_s: float) -> Any:
        if threading.current_thread() is not threading.main_thread():
            time.sleep(0.2)
        return decide(core, memory, now_s)

    def counted(loop: SiteLoop, events: Sequence[Event], source: Source) -> None:
        told_counts[0] += loop._meanwhile is not None and bool(events)
        tell(loop, events, source)

    monkeypatch.setattr(site_loop, "MEMORY_EVERY_S", 60.0)  # memories are compared too
    with monkeypatch.context() as slow:
        slow.setattr(SiteController, "decide", slowly)
        slow.setattr(SiteLoop, "tell", counted)
        config = asyncio.run(recorded(tmp_path, SteadyClock(SPEED_RATIO, OCTOBER_S)))

    outcome = replayed(config, str(config.journal), Stretch())

    assert outcome.difference is None
    assert outcome.cycles_count > 30
    assert outcome.lost_count == 0
    assert told_counts[0] > 5
    with sqlite3.connect(config.journal) as journal:
        ((kept_count,),) = journal.execute("select count(*) from journal where kind = 'core_memory'")
    journal.close()
    assert kept_count > 5


@pytest.mark.nightly
def test_a_whole_day_of_a_site_is_decided_again_bit_for_bit(tmp_path: Path) -> None:
    day = hours_of("parallel", "two_stage", MIDNIGHT_S, 24.0, tmp_path)

    asyncio.run(lived([day], DAY_SPEED_RATIO))
    outcome = replayed(day.config, str(day.config.journal), Stretch())

    assert outcome.difference is None
    assert (outcome.runs_count, outcome.lost_count) == (1, 0)
    assert outcome.cycles_count > 5000
    assert outcome.last_s - outcome.first_s > 80_000.0

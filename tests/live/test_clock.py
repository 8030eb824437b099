"""The site's time: wall clock or accelerated, and where it begins."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path

import pytest
from ocpp.v16 import call
from typer.testing import CliRunner

from tests.live.demo import PLAN, plan_file, station
from voltloom.cli.main import app
from voltloom.live.clock import Clock
from voltloom.live.config import load_config
from voltloom.live.running import opened
from voltloom.protocols.ocpp.timestamps import stamp_text

OCTOBER_S = 1_569_880_800.0  # 2019-10-01 00:00 in Berlin


def test_without_wishes_it_is_the_wall_clock() -> None:
    before_s = time.time()
    now_s = Clock().now_s()

    assert before_s <= now_s <= time.time()


def test_fast_time_begins_where_it_is_told_and_where_a_journal_ended() -> None:
    clock = Clock(3600.0, OCTOBER_S)
    first_s = clock.now_s()

    clock.set_off(OCTOBER_S + 86_400.0)

    assert first_s >= OCTOBER_S
    assert clock.now_s() >= OCTOBER_S + 86_400.0
    assert clock.real_s(3600.0) == 1.0


@pytest.mark.parametrize("speed_ratio", [0.0, -1.0, float("nan")])
def test_time_that_stands_still_or_runs_backwards_is_refused(speed_ratio: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Clock(speed_ratio)


def test_waiting_is_in_site_time() -> None:
    async def waited() -> float:
        clock = Clock(10_000.0, OCTOBER_S)
        called: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        clock.call_at(OCTOBER_S + 600.0, lambda: called.set_result(clock.now_s()))
        await clock.sleep(600.0)
        return await called

    assert asyncio.run(waited()) >= OCTOBER_S + 600.0


def test_a_site_run_fast_stamps_its_answers_and_its_journal_in_site_time_and_goes_on_from_there(
    tmp_path: Path,
) -> None:
    async def spoken(clock: Clock) -> str:
        site = await opened(load_config(plan_file(tmp_path)), clock)
        one = await station(site.ports[0][1], "CP1")
        booted = await one.call(call.BootNotification(charge_point_model="M", charge_point_vendor="V"))
        await site.stop()
        await one.leave()
        return str(booted.current_time)

    first = asyncio.run(spoken(Clock(60.0, OCTOBER_S)))
    second = asyncio.run(spoken(Clock(60.0, OCTOBER_S)))

    assert stamp_text(OCTOBER_S) <= first < second
    assert first.startswith("2019-09-30T22:")


def test_a_start_that_is_no_time_is_told_with_a_remedy(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text(PLAN, encoding="utf-8")

    told = CliRunner().invoke(app, ["run", str(file), "--starting", "yesterday"])

    assert told.exit_code == 2
    assert re.search(r"--starting.*yesterday.*2019-10-01T00:00", told.output, flags=re.DOTALL)


def test_who_waits_waits_for_site_time_also_where_its_speed_changes_or_it_stands_still() -> None:
    async def waited() -> tuple[bool, float, float, float]:
        clock = Clock(1.0, OCTOBER_S)  # ten days from now: without another speed nobody would see its end
        sleeping = asyncio.create_task(clock.sleep(864_000.0))
        limited = asyncio.create_task(_limited(clock, 864_000.0))
        await asyncio.sleep(0.05)
        clock.run_at(1e9, is_paused=True)
        stood_s = clock.now_s()
        await asyncio.sleep(0.05)
        is_waiting, still_s = not sleeping.done() and not limited.done(), clock.now_s()
        clock.run_at(1e9)
        await sleeping
        await limited
        return is_waiting, stood_s, still_s, clock.now_s()

    is_waiting, stood_s, still_s, after_s = asyncio.run(waited())

    assert is_waiting
    assert still_s == stood_s >= OCTOBER_S
    assert after_s >= OCTOBER_S + 864_000.0


async def _limited(clock: Clock, duration_s: float) -> None:
    with pytest.raises(TimeoutError):
        async with clock.timeout(duration_s):
            await asyncio.Event().wait()


def test_a_wait_that_is_given_up_rings_no_more() -> None:
    async def rung() -> list[str]:
        clock, told = Clock(1.0, OCTOBER_S), list[str]()
        clock.call_at(OCTOBER_S + 60.0, lambda: told.append("given up")).cancel()
        clock.call_at(OCTOBER_S + 60.0, lambda: told.append("kept"))
        clock.run_at(1e9)
        async with asyncio.timeout(10.0):
            while not told:
                await asyncio.sleep(0.01)
        return told

    assert asyncio.run(rung()) == ["kept"]


def test_nobody_tells_the_wall_clock_how_fast_to_run_nor_any_clock_to_run_backwards() -> None:
    with pytest.raises(ValueError, match="wall clock"):
        Clock().run_at(10.0)
    with pytest.raises(ValueError, match="above 0"):
        Clock(60.0, OCTOBER_S).run_at(-1.0)

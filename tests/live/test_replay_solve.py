"""A past solve of a live site is shown from its journal, bit for bit as the planner saw it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.live.demo import PLAN, station
from tests.live.test_replay import OCTOBER_S, SPEED_RATIO, charge
from tests.steady import SteadyClock
from voltloom.cli.main import app
from voltloom.decision.plan import Plan
from voltloom.live.config import load_config
from voltloom.live.frozen import frozen
from voltloom.live.replaying import solved_at
from voltloom.live.running import opened

ARCHITECTURE = 'architecture = "adaptive-plan"\n'


@pytest.fixture(name="planned", scope="module")
def _planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, tuple[float, Plan]]:
    """Return the file of a site that planned for two cars, and what it planned by at a moment."""
    file = tmp_path_factory.mktemp("planned") / "site.toml"
    file.write_text(PLAN.replace("[control]\n", f"[control]\n{ARCHITECTURE}"), encoding="utf-8")
    return file, asyncio.run(recorded(file))


async def recorded(file: Path) -> tuple[float, Plan]:
    site = await opened(load_config(file), SteadyClock(SPEED_RATIO, OCTOBER_S))
    port = site.ports[0][1]
    left, right = await station(port, "CP1"), await station(port, "CP2")
    await asyncio.gather(charge(site, left, "anna", 1000.0, 8), charge(site, right, "bert", 5000.0, 8))
    memory = site.loop.memory
    await site.stop()
    await left.leave()
    await right.leave()
    assert memory.allocation.plan is not None
    return memory.decided_s, memory.allocation.plan


def test_a_past_plan_comes_back_bit_for_bit_with_what_it_was_made_of(
    planned: tuple[Path, tuple[float, Plan]],
) -> None:
    file, (decided_s, plan) = planned
    config = load_config(file)

    outcome, found = solved_at(config, str(config.journal), decided_s)

    assert outcome.difference is None
    assert outcome.cycles_count > 10
    assert found is not None
    assert (found.time_s, found.architecture) == (decided_s, "adaptive-plan")
    # The memory itself is no part of what can be frozen alone, its arrays are compared as bytes.
    assert frozen(found.plan) == frozen(plan)
    assert set(plan.serial.tolist()) <= set(found.session_ids)


def test_the_command_shows_vehicles_limits_and_prices_of_that_solve(
    planned: tuple[Path, tuple[float, Plan]],
) -> None:
    file, (decided_s, plan) = planned
    words = ["replay", str(file), "--solve", f"2019-10-01T00:0{int((decided_s - OCTOBER_S) // 60)}:59"]

    told = CliRunner().invoke(app, [*words, "--quiet"])
    as_json = CliRunner().invoke(app, [*words, "--json", "--quiet"])

    assert told.exit_code == 0, told.output
    assert "LEFT" in told.output
    assert "yard/L1" in told.output
    assert "equal, bit for bit" in told.output
    found = json.loads(as_json.stdout)
    assert found["replay"]["is_equal"] is True
    assert plan.basis is not None
    needs_kwh = {one["evse"]: one["need_kwh"] for one in found["plan"]["vehicles"]}
    assert sorted(needs_kwh) == ["LEFT", "RIGHT"]
    assert found["plan"]["limits"][0]["circuit"] == "yard"


def test_a_moment_without_a_plan_says_why(planned: tuple[Path, tuple[float, Plan]]) -> None:
    file, _ = planned

    early = CliRunner().invoke(app, ["replay", str(file), "--solve", "2019-09-30T12:00", "--quiet"])
    both = CliRunner().invoke(app, ["replay", str(file), "--solve", "2019-10-01", "--from", "2019-10-01"])

    assert early.exit_code == 2
    assert "no cycle" in early.output
    assert both.exit_code == 2
    assert "Leave --from and --to out" in both.output

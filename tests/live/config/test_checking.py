"""What `check` finds around a site's file: its journal, stations that were approved while it ran, wildcards, dates."""

from __future__ import annotations

import asyncio
import socket
import tomllib
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.live.demo import PLAN
from tests.live.test_enrolment import one_bay_free, stranger
from tests.virtual import two_way
from voltloom.live.config import Config, config_of
from voltloom.live.config.checking import Level, checked
from voltloom.live.gateway.certificates import write_demo
from voltloom.live.gateway.credentials import generated
from voltloom.live.running import opened
from voltloom.site.mistakes import PlanError

NOW = datetime(2026, 11, 26, tzinfo=UTC)


def found(config: Config, level: Level, now: datetime = NOW) -> dict[str, str]:
    return {f.what.path: f.what.problem for f in checked(config, now).findings if f.level is level}


def test_a_station_that_was_approved_counts_until_its_outlet_is_given_away(tmp_path: Path) -> None:
    asyncio.run(_approved(tmp_path))
    alone = tomllib.loads(PLAN)
    alone["site"]["evse"][0]["ids"] = ["LEFT"]
    alone["station"] = alone["station"][:1]

    before = found(one_bay_free(tmp_path), Level.WARNING)
    after = found(config_of(alone, folder=tmp_path), Level.WARNING)

    assert "station" not in before  # N1 stands at RIGHT
    assert "no such EVSE" in after["station N1 (approved while running)"]


async def _approved(folder: Path) -> None:
    site = await opened(one_bay_free(folder))
    new = await stranger(site.ports[0][1], "N1")
    await new.boot()
    await site.approve("N1", ["RIGHT"], by="olga")
    async with asyncio.timeout(20.0):
        while await new.answers.get() != "Accepted":
            pass
    await site.stop()
    await new.leave()


def test_outlets_that_work_both_ways_for_nobody_are_a_warning(tmp_path: Path) -> None:
    plain, asked = two_way.tree(), two_way.tree()
    plain["control"]["architecture"] = "parallel"

    warned = found(config_of(plain, folder=tmp_path), Level.WARNING)

    assert "only a plan for cost or profit" in warned["site.evse.discharge_a"]
    assert "site.evse.discharge_a" not in found(config_of(asked, folder=tmp_path), Level.WARNING)


def test_a_port_of_the_interface_that_is_taken_is_told_before_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        config = config_of(tomllib.loads(PLAN) | {"api": {"port": port}}, folder=tmp_path)

        problem = found(config, Level.MISTAKE)["api.port"]

    assert problem.startswith(f"127.0.0.1:{port} cannot be listened at")


def test_an_outlet_without_a_station_is_a_warning(tmp_path: Path) -> None:
    assert "RIGHT" in found(one_bay_free(tmp_path), Level.WARNING)["station"]


def test_a_site_that_runs_is_checked_without_its_ports(tmp_path: Path) -> None:
    asyncio.run(_running(tmp_path))


async def _running(folder: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    tree = tomllib.loads(PLAN)
    tree["gateway"]["port"] = port
    config = config_of(tree, folder=folder)
    site = await opened(config)

    mistakes, warnings = found(config, Level.MISTAKE), found(config, Level.WARNING)

    await site.stop()
    assert mistakes == {}
    assert "in use" in warnings["journal.path"]


def test_a_journal_of_another_node_is_a_mistake(tmp_path: Path) -> None:
    asyncio.run(_approved(tmp_path))
    tree = tomllib.loads(PLAN)
    tree["journal"]["node"] = "north"

    mistakes = found(config_of(tree, folder=tmp_path), Level.MISTAKE)

    assert "of 'site', not of 'north'" in mistakes["journal.path"]


@pytest.mark.parametrize(
    ("days", "level", "words"),
    [(0, Level.WARNING, ""), (340, Level.WARNING, "ends on"), (400, Level.MISTAKE, "ended on")],
)
def test_a_certificate_is_told_before_it_ends(tmp_path: Path, days: int, level: Level, words: str) -> None:
    write_demo(tmp_path / "keys", [], ("localhost",))  # for a year
    tree = tomllib.loads(PLAN)
    tree["gateway"] = {
        "port": 0,
        "security_profile": 2,
        "certificate": "keys/server.pem",
        "key": "keys/server.key",
        "host_names": ["localhost"],
    }
    for station in tree["station"]:
        station["secret_record"] = generated()[1]
    config = config_of(tree, folder=tmp_path)
    assert "gateway.key" not in found(config, Level.WARNING)
    (tmp_path / "keys/server.key").chmod(0o644)
    assert "gateway.key" in found(config, Level.WARNING)

    told = found(config, level, datetime.now(UTC) + timedelta(days=days))

    assert words in told.get("gateway.certificate", "")
    assert ("gateway.certificate" in told) == bool(words)


@pytest.mark.parametrize(("other", "is_told"), [("127.0.0.1", True), ("0.0.0.0", True), ("127.0.0.2", False)])
def test_two_listeners_on_one_port_are_a_mistake_also_through_a_wildcard(
    tmp_path: Path, other: str, is_told: bool
) -> None:
    insecure: dict[str, Any] = {"port": 9000, "security_profile": 0, "allow_insecure": True}
    tree = tomllib.loads(PLAN)
    tree["station"] = []
    tree["gateway"] = {
        "listener": [{**insecure, "host": "127.0.0.1"}, {"port": 9000, "host": other, "security_profile": 1}]
    }

    try:
        config_of(tree, folder=tmp_path)
        paths = set()
    except PlanError as error:
        paths = {mistake.path for mistake in error.mistakes}

    assert ("gateway.listener.1.port" in paths) == is_told


@pytest.mark.parametrize(
    ("day", "said"),
    [("2026-11-01", ["ended on 2026-11-02"]), ("2026-11-28", ["end on 2026-11-29"]), ("2027-01-01", [])],
)
def test_prices_that_end_soon_are_told_before_plans_lack_them(
    tmp_path: Path, day: str, said: list[str]
) -> None:
    (tmp_path / "prices.csv").write_text(
        f"t,p\n2026-01-01T00:00+00:00,80\n{day}T00:00+00:00,80\n{day}T12:00+00:00,80\n", encoding="utf-8"
    )
    tree = tomllib.loads(PLAN)
    tree["control"]["planning"] = {"buys": {"prices": "prices.csv", "columns": {"time": "t", "price": "p"}}}

    warnings = found(config_of(tree, folder=tmp_path), Level.WARNING)

    told = [problem for path, problem in warnings.items() if path == "control.planning.buys.prices"]
    assert [problem[: len(begin)] for problem, begin in zip(told, said, strict=True)] == said

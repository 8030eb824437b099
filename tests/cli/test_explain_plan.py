"""`voltloom simulate --explain TIME`: the plan of a moment drawn, told and given as data, beside what came of it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app

PLANNER = ("--architecture", "adaptive-plan")
LITTLE = ("--set", "site.circuit.grid.rating_a=12")
TARIFF = """
[tariff]
name = "day"
currency = "EUR"

[[tariff.schedule]]
id = "all"
times = [0, 10]
tariffs = [0.31, 0.20]
"""


@pytest.fixture(name="scenario")
def _scenario(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    file = write_small_site(tmp_path)
    file.write_text(file.read_text(encoding="utf-8") + TARIFF, encoding="utf-8")
    return str(file)


def invoke(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["simulate", *words, "--quiet"])
    return result.exit_code, result.stdout, result.stderr


def told(*words: str) -> dict[str, Any]:
    code, out, err = invoke(*words, "--json")
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_the_busiest_plan_is_drawn_in_one_page_with_every_vehicle_and_why(
    scenario: str, tmp_path: Path
) -> None:
    code, out, err = invoke(scenario, *PLANNER, "--explain", "busiest", *LITTLE)

    assert code == 0, err
    assert "The plan is drawn in small-plan.html." in out
    assert "grid is full" in out
    assert re.search(r"^highest .*\d\d\.\d +\d\.\d$", out, re.MULTILINE)
    page = (tmp_path / "small-plan.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 1
    assert not re.search(r"https?://|<script|<link", page)
    assert "promised" not in page
    for text in (
        "B1",
        "2024-03-01-b",
        "grid is full while it is here",
        "short by, kWh",
        "EUR/kWh",
        "drawn by all",
    ):
        assert text in page


def test_a_plan_as_data_has_what_was_drawn_afterwards(scenario: str, tmp_path: Path) -> None:
    found = told(scenario, *PLANNER, "--explain", "busiest", *LITTLE)

    vehicles = {one["session"]: one for one in found["plan"]["vehicles"]}
    assert set(vehicles) == {"2024-03-01-a", "2024-03-01-b", "2024-03-01-c"}
    assert all(one["planned_kwh"] <= one["need_kwh"] + 1e-3 for one in vehicles.values())
    assert any(one["is_short"] for one in vehicles.values())
    drawn_kwh = sum(one["drawn_kwh"] for one in vehicles.values())
    assert 0.0 < drawn_kwh * 1000.0 < found["energy_delivered_wh"]
    assert drawn_kwh == pytest.approx(sum(one["planned_kwh"] for one in vehicles.values()), rel=0.1)
    assert any(price > 0.0 for price in found["plan"]["limits"][0]["shadow_price_per_ah"])
    assert not list(tmp_path.glob("*.html"))


def test_a_moment_shows_the_last_plan_made_until_then_and_changes_nothing(scenario: str) -> None:
    plain = told(scenario, *PLANNER)

    found = told(
        scenario, *PLANNER, "--explain", "2024-03-01T09:05", "--set", "control.planning.objective=cost"
    )
    same = told(scenario, *PLANNER, "--explain", "2024-03-01T09:05")

    assert "2024-03-01T08:00:00.000Z" <= found["plan"]["made"] <= "2024-03-01T08:05:00.000Z"
    (vehicle,) = found["plan"]["vehicles"]
    assert vehicle["evse"] == "B1"
    assert re.fullmatch(r"waits for 1\d:\d\d, \d+ ct/kWh cheaper", vehicle["why"])
    assert same["determinism_digest"] == plain["determinism_digest"]


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--architecture", "parallel", "--explain", "busiest"), "Choose --architecture adaptive-plan"),
        ((*PLANNER, "--explain", "2025-01-01T10:00"), "2024-03-01 00:00 to 2024-03-02 00:00 (Europe/"),
        ((*PLANNER, "--explain", "busy"), "no time such as"),
        ((*PLANNER, "--report", "plan.html"), "--explain busiest"),
        ((*PLANNER, "--explain", "2024-03-01T00:10"), "No plan was made"),
    ],
)
def test_what_cannot_be_explained_says_what_to_do(scenario: str, words: tuple[str, ...], remedy: str) -> None:
    code, _, err = invoke(scenario, *words)

    assert code == 2
    assert remedy in err


def test_a_planned_run_tells_how_good_its_forecasts_were(scenario: str) -> None:
    planned = told(scenario, *PLANNER)["forecasts"]

    assert {each["what"] for each in planned} >= {"stay", "energy"}
    assert all(each["outcomes"] >= 0 for each in planned)
    assert "forecasts" not in told(scenario, "--architecture", "parallel")

"""`voltloom simulate`: one run's numbers, and why power changed."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app
from voltloom.simulation.scenario_layers import shipped_folder


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    return str(write_small_site(tmp_path))


def invoke(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_a_run_tells_its_numbers_and_reasons(scenario: str) -> None:
    code, out, _ = invoke("simulate", scenario, "--architecture", "adaptive", "--quiet")

    assert code == 0
    assert "energy delivered" in out
    assert "Why power changed" in out
    assert "2024-03-01" in out


def test_json_has_the_numbers_of_the_run(scenario: str) -> None:
    code, out, _ = invoke("simulate", scenario, "--json", "--seed", "9", "--quiet")

    told = json.loads(out)
    assert code == 0
    assert told["seed"] == 9
    assert told["architecture"] == "parallel"
    assert told["breaches"] == []


def test_one_outlet_is_explained_to_driver_and_operator(scenario: str) -> None:
    code, out, _ = invoke("simulate", scenario, "--explain", "B2", "--json", "--quiet")

    changes = json.loads(out)["changes"]
    assert code == 0
    assert changes
    assert {c["evse"] for c in changes} == {"B2"}
    code, text, _ = invoke("simulate", scenario, "--explain", "B2", "--quiet")
    assert "B2: " in text
    assert "B1: " not in text
    assert "before_a" in text


def test_less_power_can_be_tried_without_touching_the_file(scenario: str) -> None:
    _, plenty, _ = invoke("simulate", scenario, "--set", "site.circuit.grid.rating_a=60", "--json", "--quiet")
    _, little, _ = invoke("simulate", scenario, "--set", "site.circuit.grid.rating_a=8", "--json", "--quiet")

    assert json.loads(plenty)["delivered_ratio"] > json.loads(little)["delivered_ratio"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--architecture", "magic"), "--architecture"),
        (("--faults", "wild"), "--faults"),
        (("--explain", "B9"), "--explain"),
    ],
)
def test_a_wrong_word_is_named_with_its_remedy(scenario: str, words: tuple[str, str], told: str) -> None:
    code, out, err = invoke("simulate", scenario, *words)

    assert code == 2
    assert told in err
    assert "Did you mean" in err or "Known:" in err
    assert out == ""


def test_a_scenario_about_a_fault_plays_its_fault_unless_told_otherwise() -> None:
    story = str(shipped_folder() / "faults/drift_trips_the_breaker_unguarded.toml")

    code, out, _ = invoke("simulate", story, "--json")
    told = json.loads(out)
    assert (code, told["faults"], told["breaches"][0]["checker"]) == (1, "severe", "breaker")

    guarded = story.replace("_unguarded", "")
    code, out, _ = invoke("simulate", guarded, "--json")
    assert (code, json.loads(out)["faults"]) == (0, "severe")

    code, out, _ = invoke("simulate", story, "--json", "--faults", "none")
    assert (code, json.loads(out)["faults"]) == (0, "none")


def test_more_than_one_level_or_rule_is_a_matter_for_compare(scenario: str) -> None:
    for option, words in (("--faults", "none,mild"), ("--architecture", "parallel,adaptive")):
        code, out, err = invoke("simulate", scenario, option, words, "--quiet")

        assert (code, out) == (2, "")
        assert option in err
        assert "use compare" in err


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "header: is missing"),
        ("session_id;station_id;arrival;departure;energy_kwh\n", 'delimiter = ";"'),
        ("session_id,station_id,arival,departure,energy_kwh\n", "also has arrival: rename the column"),
    ],
)
def test_a_sessions_file_that_is_not_understood_is_told_with_its_remedy(
    scenario: str, tmp_path: Path, text: str, told: str
) -> None:
    file = tmp_path / "own.csv"
    file.write_text(text, encoding="utf-8")

    code, _, err = invoke("simulate", scenario, "--sessions", str(file))

    assert code == 2
    assert told in err


def test_a_site_with_pv_and_a_battery_tells_what_they_did_and_why() -> None:
    a_minute = ["--set", "step_s=60", "--set", "control.period_s=60", "--set", "stations.report_period_s=60"]
    words = ["simulate", "solar_yard", "--to", "2024-06-10", *a_minute, "--quiet"]

    code, text, _ = invoke(*words, "--explain", "cellar")
    _, out, _ = invoke(*words, "--explain", "cellar", "--json")

    storage = json.loads(out)["storage"]
    assert code == 0
    assert "battery cellar" in text
    assert "cellar discharges with" in text
    assert storage["generated_wh"] > 50_000.0
    assert storage["batteries"]["cellar"]["charged_wh"] > 0.0
    assert storage["wear_minor"] > 0
    assert {change["cause"] for change in storage["changes"]} >= {"surplus", "peak"}
    assert all(change["sentence"].startswith("cellar ") for change in storage["changes"])


def test_an_unknown_battery_is_told_the_nearest() -> None:
    code, _, wrong = invoke("simulate", "solar_yard", "--explain", "celar", "--quiet")

    assert code == 2
    assert "Did you mean 'cellar'?" in wrong


def test_a_site_without_them_says_nothing_of_them(scenario: str) -> None:
    _, out, _ = invoke("simulate", scenario, "--json", "--quiet")
    _, text, _ = invoke("simulate", scenario, "--quiet")

    assert "storage" not in json.loads(out)
    assert "PV" not in text

"""`voltloom profile`: the load profile from files as people have them."""

import json
from pathlib import Path

from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app


def invoke(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["profile", *words])
    return result.exit_code, result.stdout, result.stderr


def test_a_sessions_file_and_its_scenario_tell_the_same_concurrency(tmp_path: Path) -> None:
    scenario = write_small_site(tmp_path)

    _, of_file, _ = invoke(str(tmp_path / "sessions.csv"), "--json", "--time-zone", "Europe/Berlin")
    _, of_scenario, _ = invoke(str(scenario), "--json")

    assert json.loads(of_file)["max_concurrency"] == json.loads(of_scenario)["max_concurrency"]
    assert json.loads(of_file)["max_concurrency"]["p100"] == 3


def test_people_read_a_table(tmp_path: Path) -> None:
    write_small_site(tmp_path)

    code, out, _ = invoke(str(tmp_path / "sessions.csv"))

    assert code == 0
    assert "cars at once" in out


def test_any_csv_is_read_with_its_columns_named(tmp_path: Path) -> None:
    file = tmp_path / "export.csv"
    file.write_text("Start,End,Box,kWh\n2024-03-01 08:00,2024-03-01 10:00,1,7\n", encoding="utf-8")
    named = [
        word
        for c in ("arrival=Start", "departure=End", "station_id=Box", "energy=kWh")
        for word in ("--column", c)
    ]

    code, out, err = invoke(str(file), "--time-zone", "Europe/Berlin", "--json", *named)

    assert err == ""
    assert code == 0
    assert json.loads(out)["sessions"] == 1


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    write_small_site(tmp_path)
    file = str(tmp_path / "sessions.csv")

    assert invoke(str(tmp_path / "absent.csv"))[0] == 2
    assert "--time-zone" in invoke(file, "--time-zone", "Mars/Base")[2]
    assert "--column" in invoke(file, "--column", "nonsense")[2]
    assert "no session" in invoke(file, "--from", "2030-01-01")[2]

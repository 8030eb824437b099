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


PERIODS = (
    "session_id,station_id,arrival_period,departure_period,requested_kwh\na,B1,0,12,3.0\nb,B2,288,300,4.0\n"
)


def test_periods_are_counted_from_the_day_that_the_planner_tells(tmp_path: Path) -> None:
    file = tmp_path / "periods.csv"
    file.write_text(PERIODS, encoding="utf-8")

    code, _, err = invoke(str(file))
    assert code == 2
    remedy = "--set sessions.periods_start=2019-03-01"
    assert remedy in err

    code, out, err = invoke(str(file), "--json", "--time-zone", "America/Los_Angeles", *remedy.split())
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert (told["first_day"], told["last_day"]) == ("2019-03-01", "2019-03-02")
    assert told["duration_s"]["p50"] == 3600.0


def test_a_bad_row_is_left_out_only_when_asked_and_then_told(tmp_path: Path) -> None:
    file = tmp_path / "periods.csv"
    file.write_text(PERIODS + "c,B3,eleven,20,1.0\n", encoding="utf-8")
    words = (str(file), "--set", "sessions.periods_start=2019-03-01")

    code, _, err = invoke(*words)
    assert code == 2
    assert "line 4: arrival_period" in err

    code, out, _ = invoke(*words, "--set", "sessions.on_bad_row=skip")
    assert code == 0
    assert "2 sessions" in out
    assert "note: skipped line 4: arrival_period" in out


def test_what_a_sessions_file_does_not_have_cannot_be_set_for_it(tmp_path: Path) -> None:
    write_small_site(tmp_path)
    file = str(tmp_path / "sessions.csv")

    assert "site" in invoke(file, "--set", "site.voltage_v=230")[2]
    assert "sessions.periods_star" in invoke(file, "--set", "sessions.periods_star=2019-03-01")[2]
    assert "Swap them" in invoke(file, "--from", "2024-03-02", "--to", "2024-03-01")[2]
    assert "scenario" in invoke(str(tmp_path / "small.toml"), "--time-zone", "Europe/Berlin")[2]

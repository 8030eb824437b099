"""`voltloom advise`: from a scenario, from answers, from questions on a terminal."""

import json
from pathlib import Path

from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app

FAST = ("--architectures", "parallel,adaptive", "--faults", "none", "--jobs", "1", "--quiet")


def invoke(*words: str, typed: str | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["advise", *words], input=typed)
    return result.exit_code, result.stdout, result.stderr


def test_a_scenario_gets_checklist_verdict_and_report(tmp_path: Path) -> None:
    scenario = write_small_site(tmp_path)
    report = tmp_path / "advice.html"

    code, out, _ = invoke(str(scenario), *FAST, "--report", str(report))

    assert code == 0
    assert "Maximum concurrent sessions" in out
    assert "What would change it:" in out
    assert "The checklist, before anything was measured" in report.read_text(encoding="utf-8")


def test_answers_with_a_scenario_beside_them_are_measured_on_it(tmp_path: Path) -> None:
    write_small_site(tmp_path)
    answers = tmp_path / "answers.toml"
    answers.write_text(
        'scenario = "small.toml"\n[uptime]\ntarget_ratio = 0.999\nready_by = "14:00"\n'
        '[integration]\nneeds = ["v2g"]\n[plan]\ngrowth_ratio = 2.0\n',
        encoding="utf-8",
    )

    code, out, err = invoke(str(answers), *FAST, "--json")

    told = json.loads(out)
    assert code == 0, err
    assert told["recommended"] in ("parallel", "adaptive")
    assert told["prior"]["points"]["adaptive"] >= 3
    assert any("2 controllers" in line for line in told["uptime_and_promises"])
    assert len(told["runs"]) == 2


def test_days_of_a_scenario_are_chosen_as_compare_chooses_them(tmp_path: Path) -> None:
    scenario = write_small_site(tmp_path, days=3)

    code, out, err = invoke(str(scenario), *FAST, "--from", "2024-03-02", "--to", "2024-03-02", "--json")
    nobody, _, why = invoke(str(scenario), *FAST, "--from", "2031-01-01")
    (tmp_path / "answers.toml").write_text("[load]\nsessions_per_hour = 0.3\n", encoding="utf-8")
    made_up, _, named = invoke(str(tmp_path / "answers.toml"), *FAST, "--to", "2024-03-04")

    assert code == 0, err
    assert {run["sessions"] for run in json.loads(out)["runs"]} == {3}  # of nine
    assert (nobody, made_up) == (2, 2)
    assert "no car arrives from 2031-01-01" in why
    assert "--from, --to: choose days of a scenario" in named


def test_answers_alone_make_a_scenario_and_say_what_was_guessed(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(
        'name = "Yard"\n[load]\nsessions_per_hour = 0.3\nstay_h = 2.0\nenergy_kwh = 8.0\npower_kw = 11.0\n'
        '[power]\nlimit_kw = 15.0\n[integration]\nneeds = ["billing"]\n',
        encoding="utf-8",
    )
    report = tmp_path / "yard.html"

    code, out, err = invoke(str(answers), *FAST, "--report", str(report))

    assert code == 0, err
    assert "Stations must speak OCPP 1.6J or newer; integration is low." in out
    assert "guessed: arrivals evenly" in report.read_text(encoding="utf-8")


def test_questions_on_the_terminal_accept_enter_for_unknown(tmp_path: Path) -> None:
    scenario = write_small_site(tmp_path)
    typed = "\n" * 4 + "three\n3\n" + "maybe\nno\n" + "\n" * 12

    code, out, err = invoke(str(scenario), "--ask", *FAST, "--json", typed=typed)

    assert code == 0, err
    assert json.loads(out[out.index("{") :])["prior"]["items"][0]["answer"] == "3"
    assert "Step 3: Assess your fault tolerance requirements" in err
    assert "answer yes or no" in err


def test_missing_and_wrong_answers_are_named(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text("[load]\nstay_hours = 2.0\n", encoding="utf-8")

    code, _, err = invoke(str(answers))

    assert code == 2
    assert "load.stay_hours" in err
    assert "stay_h" in err
    assert invoke()[0] == 2
    answers.write_text("[load]\nstay_h = 2.0\n", encoding="utf-8")
    assert "load.sessions_per_hour" in invoke(str(answers))[2]

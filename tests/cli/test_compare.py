"""`voltloom compare` as a planner and as a script use it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom.cli.main import app

FIELDS = {
    *(
        "architecture",
        "faults",
        "sessions",
        "energy_requested_wh",
        "energy_delivered_wh",
        "delivered_ratio",
        "peak_w",
    ),
    *("peak_a", "overload_a_s", "wait_s_p95", "unmet_sessions", "cost_minor", "setpoint_changes_per_session"),
    *("reversals_per_dwell", "jain_fairness", "decision_ms_p95", "cpu_s", "determinism_digest"),
}
NOT_FROM_THE_INPUTS = {"cpu_s", "decision_ms_p95"}


@pytest.fixture
def scenario(tmp_path: Path) -> str:
    return str(write_small_site(tmp_path))


def invoke(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.stdout, result.stderr


def test_json_is_a_list_with_one_object_a_run_and_nothing_else(scenario: str) -> None:
    code, out, _ = invoke(
        "compare",
        scenario,
        "--architectures",
        "parallel,adaptive",
        "--faults",
        "none,mild",
        "--jobs",
        "1",
        "--json",
    )

    runs = json.loads(out)
    assert code == 0
    assert [(r["faults"], r["architecture"]) for r in runs] == [
        ("none", "parallel"),
        ("none", "adaptive"),
        ("mild", "parallel"),
        ("mild", "adaptive"),
    ]
    assert all(set(run) >= FIELDS for run in runs)
    assert all(run["sessions"] == 3 for run in runs)
    assert all(run["energy_delivered_wh"] <= run["energy_requested_wh"] + 1e-6 for run in runs)


def test_the_same_seed_gives_the_same_numbers_whatever_the_number_of_processes(scenario: str) -> None:
    words = (
        "compare",
        scenario,
        "--architectures",
        "sequential,parallel",
        "--seeds",
        "2",
        "--faults",
        "mild",
        "--json",
    )

    _, one, _ = invoke(*words, "--jobs", "1", "--quiet")
    _, two, _ = invoke(*words, "--jobs", "2", "--quiet")

    def told(text: str) -> list[dict[str, object]]:
        return [{k: v for k, v in run.items() if k not in NOT_FROM_THE_INPUTS} for run in json.loads(text)]

    assert told(one) == told(two)
    assert [run["seed"] for run in told(one)] == [3, 4, 3, 4]


def test_people_get_a_table_a_verdict_and_the_place_of_the_report(scenario: str, tmp_path: Path) -> None:
    report = tmp_path / "out" / "report.html"

    code, out, err = invoke(
        "compare", scenario, "--architectures", "parallel,adaptive", "--jobs", "1", "--report", str(report)
    )

    assert code == 0
    assert "parallel" in out
    assert "What would change it:" in out
    assert f"Report: {report}" in out
    assert report.read_text(encoding="utf-8").startswith("<!doctype html>")
    assert "100 %" in err  # progress as plain lines where there is no terminal
    assert "Small garage" in report.read_text(encoding="utf-8")


def test_a_station_called_like_a_script_does_nothing_in_the_report(tmp_path: Path) -> None:
    file = write_small_site(tmp_path, first_evse="<script>")
    report = tmp_path / "r.html"

    code, _, _ = invoke(
        "compare", str(file), "--architectures", "parallel", "--jobs", "1", "--report", str(report), "--quiet"
    )

    text = report.read_text(encoding="utf-8")
    assert code == 0
    assert "&lt;script&gt;" in text
    assert "<script" not in text


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--architectures", "adaptiv"), ("--architectures", "Did you mean 'adaptive'?")),
        (("--faults", "wild"), ("--faults", "wild", "mild")),
        (("--from", "1 March"), ("--from", "2019-10-01")),
        (("--from", "2024-03-02", "--to", "2024-03-01"), ("--to", "before")),
        (("--growth", "0.5"), ("--growth", "above 1")),
        (("--set", "site.nonsense=1"), ("site.nonsense", "unknown")),
        (("--set", "nonsense"), ("--set", "path=value")),
        (("--sessions", "absent.csv"), ("absent.csv", "no such file")),
    ],
)
def test_a_wrong_option_is_named_with_its_remedy(
    scenario: str, words: tuple[str, ...], told: tuple[str, ...]
) -> None:
    code, out, err = invoke("compare", scenario, "--jobs", "1", *words)

    assert code == 2
    assert out == ""
    assert all(word in err for word in told)
    assert "Traceback" not in err


def test_an_unknown_scenario_is_told_with_the_nearest_shipped_one() -> None:
    code, _, err = invoke("compare", "caltech_sampel")

    assert code == 2
    assert "Did you mean 'caltech_sample'?" in err


def test_a_report_that_cannot_be_written_is_told_before_any_work(scenario: str, tmp_path: Path) -> None:
    code, out, err = invoke("compare", scenario, "--report", str(tmp_path))

    assert code == 3
    assert "name of a file" in err
    assert "runs" not in err
    assert out == ""


def test_a_report_below_what_is_no_folder_is_told_before_any_work(scenario: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    code, out, err = invoke("compare", scenario, "--report", str(tmp_path / "file" / "r.html"))

    assert code == 3
    assert "no folder" in err
    assert out == ""


def test_the_command_works_from_a_shell_and_gives_pure_json(scenario: str) -> None:
    words = [
        sys.executable,
        "-m",
        "voltloom",
        "compare",
        scenario,
        "--architectures",
        "parallel,sequential",
        "--jobs",
        "2",
    ]

    done = subprocess.run([*words, "--json"], capture_output=True, text=True, check=False, timeout=300)

    assert done.returncode == 0
    assert len(json.loads(done.stdout)) == 2
    assert "Traceback" not in done.stderr

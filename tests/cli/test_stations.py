"""Virtual stations and the demo from the command line."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.ports import free_port
from voltloom.cli.main import app
from voltloom.cli.output import Voice
from voltloom.cli.stations import say_summary


def voltloom(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def started(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "voltloom", *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_a_summary_speaks_as_an_operator_would(capsys: pytest.CaptureFixture[str]) -> None:
    summary: dict[str, object] = {"disobedience_ampere_seconds": 12.5, "highest_load_ratio": 0.981}

    say_summary(Voice(is_json=False, is_quiet=True), summary)

    said = " ".join(capsys.readouterr().out.split())
    assert said == "drawn above the limits 12.5 A·s fullest circuit at its worst 98 % of its rating"


def test_the_demo_runs_a_while_and_ends_by_itself(tmp_path: Path) -> None:
    words = (
        "demo",
        "--for",
        "20",
        "--port",
        str(free_port()),
        "--http-port",
        str(free_port()),
        "--folder",
        str(tmp_path),
        "--json",
    )

    with started(*words) as process:
        told, complaint = process.communicate(timeout=120.0)

    assert process.returncode == 0, complaint
    summary = json.loads(told)
    assert (summary["stations"], summary["boots_accepted"], summary["errors"]) == (24, 24, {})
    assert summary["sessions_begun"] >= 1
    assert 0.0 < summary["highest_load_ratio"] <= 1.0
    assert (tmp_path / "site.toml").is_file()


@pytest.mark.nightly
def test_the_demo_of_a_depot_feeds_back(tmp_path: Path) -> None:
    ports = ("--port", str(free_port()), "--http-port", str(free_port()))

    with started("demo", "--two-way", "--for", "20", *ports, "--folder", str(tmp_path), "--json") as process:
        told, complaint = process.communicate(timeout=120.0)

    assert process.returncode == 0, complaint
    summary = json.loads(told)
    assert (summary["stations"], summary["limits_refused"], summary["errors"]) == (12, 0, {})
    assert summary["energy_delivered_wh"] < 0.0
    assert summary["disobedience_ampere_seconds"] == 0.0
    assert summary["highest_load_ratio"] <= 1.0


def test_ctrl_c_ends_the_demo_cleanly_and_the_next_one_begins_anew(tmp_path: Path) -> None:
    words = (
        "demo",
        "--for",
        "100",
        "--port",
        str(free_port()),
        "--http-port",
        str(free_port()),
        "--folder",
        str(tmp_path),
    )

    for _ in range(2):
        with started(*words) as process:
            assert process.stdout is not None
            while "Ctrl-C" not in (line := process.stdout.readline()):
                assert line, "it ended before it began"
            process.send_signal(signal.SIGINT)
            told, complaint = process.communicate(timeout=90.0)  # at 40 s it tells what it waits for

        assert process.returncode == 0, complaint
        assert "voltloom sessions list" in told


def test_a_port_that_is_taken_is_told_before_anything_is_written(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, said = voltloom(
            "demo", "--port", port, "--http-port", str(free_port()), "--folder", str(tmp_path / "new")
        )

    assert code == 2
    assert f"--port = {port}: something listens there already." in said
    assert not (tmp_path / "new").exists()


def test_stations_without_a_server_try_on_and_tell_so() -> None:
    url = f"ws://127.0.0.1:{free_port()}/ocpp"

    code, said = voltloom("stations", "-n", "2", "--url", url, "--for", "12", "--no-cars", "--json")

    assert code == 0
    summary = json.loads(said[said.index("{") :])
    assert (summary["stations"], summary["connections"]) == (2, 0)
    assert any(name.startswith("connect:") for name in summary["errors"])


MISTAKES = [
    (("--faults", "station_ofline"), "Did you mean 'station_offline'"),
    (("--faults", "station_offline,length"), "is no key=value"),
    (("--faults", "optimiser_hanging"), "is no fault of stations"),
    (("--faults", "station_offline,target=CP9"), "is neither a station nor an outlet"),
    (("--faults", "meter_frozen,meter=circuit"), "stations have no meters of circuits"),
    (("--version", "1.7"), "group.0.version"),
    (("--url", "http://127.0.0.1"), "is no WebSocket address"),
    (("--authority", "ca.pem"), "has no TLS"),
    (("--url", "wss://127.0.0.1/ocpp", "--authority", "no.pem"), "cannot be used"),
    (("--date", "2031-01-01"), "no car arrives"),
]


@pytest.mark.parametrize(("words", "expected"), MISTAKES)
def test_a_mistake_is_told_with_its_remedy(words: tuple[str, ...], expected: str) -> None:
    code, said = voltloom("stations", "-n", "2", "--for", "0.1", *words)

    assert code == 2
    assert expected in said

"""`voltloom init`, `check` and `secret` as an operator types them: a terminal, answers from a file, what is told."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import stat
import subprocess
import sys
import tomllib
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.ports import free_port
from voltloom.cli.main import app
from voltloom.live.config import load_config
from voltloom.live.config.drafting import SiteAnswers, StationsAnswer, suggested_architecture
from voltloom.live.gateway.credentials import matches

VOLTLOOM = [sys.executable, "-m", "voltloom"]


def told(*words: str | Path, given: str = "") -> Result:
    return CliRunner().invoke(app, [*map(str, words)], input=given)


def on_a_terminal(folder: Path, lines: list[str], *words: str) -> tuple[int, str]:
    """Return how a command ended on a pseudo-terminal, and all that stood on it."""
    outer, inner = pty.openpty()
    command = [*VOLTLOOM, *words]
    with subprocess.Popen(command, stdin=inner, stdout=inner, stderr=inner, cwd=folder) as process:
        os.close(inner)
        os.write(outer, "".join(f"{line}\n" for line in lines).encode())
        shown = b""
        try:
            while part := os.read(outer, 4096):
                shown += part
        except OSError:  # Linux tells the end of a terminal so
            pass
        code = process.wait(timeout=60)
    os.close(outer)
    return code, shown.decode()


def test_a_site_is_asked_for_on_a_terminal_and_wrong_answers_are_asked_again(tmp_path: Path) -> None:
    lines = ["Bakery yard", "Europe/Berlni", "Europe/Berlin", "minus one", "50", "3"]
    lines += ["y", "row", "", "32", "n"]  # one fuse below the connection
    lines += ["3", "", "1", "grid", "", "4", "22", "1.6"]  # 4 A are too little, so it asks again
    lines += ["y", "1", "D", "2", "row", "single_phase", "16", "2.0.1", "n"]
    lines += ["1", "127.0.0.1", str(free_port()), "n", "anna, bert", "0.45", "EUR", ""]

    code, shown = on_a_terminal(tmp_path, lines, "init", "yard.toml")

    assert code == 0, shown
    for remedy in ("Europe/Berlin", "Write it as 12.5", "below 6 A"):
        assert remedy in shown
    config = load_config(tmp_path / "yard.toml")
    assert config.site.name == "Bakery yard"
    assert {name: len(place.outlets) for name, place in config.places.items()} == {
        "CP1": 1,
        "CP2": 1,
        "CP3": 1,
        "D1": 2,
    }
    assert {circuit.circuit_id: circuit.rating_a for circuit in config.site.circuits} == {
        "grid": 50.0,
        "row": 32.0,
    }
    assert sorted(config.access.known.entries) == ["anna", "bert"]
    assert config.tariffs[0].tariff.price_nano_at(1.8e9) == 450_000_000
    text = (tmp_path / "yard.toml").read_text(encoding="utf-8")
    for known in config.known:
        secret = re.search(rf"{known.identity}\s+([0-9A-F]{{40}})", shown)
        assert secret is not None
        assert matches(known.secret_record or "", secret[1].encode())
        assert secret[1] not in text
    assert stat.S_IMODE((tmp_path / "yard.toml").stat().st_mode) == 0o600
    checked = told("check", tmp_path / "yard.toml")
    assert (checked.exit_code, "is fine: 4 stations, 5 EVSEs" in checked.stdout) == (0, True), checked.stderr


def test_answers_that_make_no_site_are_asked_again_with_the_mistake(tmp_path: Path) -> None:
    round_ = ["Yard", "", "63", "3", "n", "2", "CP/", "1", "", "16", "1.6", "n", "1", "127.0.0.1", "9000"]
    lines = [*round_, "n", "anna", "0", ""]
    again = [word if word != "CP/" else "CP" for word in lines]

    code, shown = on_a_terminal(tmp_path, [*lines, *again], "init")

    assert code == 0, shown
    assert "This makes no site yet" in shown
    assert sorted(load_config(tmp_path / "site.toml").places) == ["CP1", "CP2"]


def answers(folder: Path, **more: object) -> Path:
    given = {"name": "Yard", "host": "127.0.0.1", "port": free_port(), "tokens": ["anna"], **more}
    file = folder / "answers.toml"
    file.write_text(
        "".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()), encoding="utf-8"
    )
    return file


@pytest.mark.parametrize("profile", [0, 1, 2, 3])
def test_answers_from_a_file_make_a_site_under_every_profile_that_check_passes(
    tmp_path: Path, profile: int
) -> None:
    file = tmp_path / "site.toml"

    made = told(
        "init",
        file,
        "--answers",
        answers(tmp_path, security_profile=profile, host_name="localhost"),
        "--json",
    )

    assert made.exit_code == 0, made.stderr
    result = json.loads(made.stdout)
    assert result["stations"] == ["CP1"]
    assert list(result["secrets"]) == (["CP1"] if profile in (1, 2) else [])
    checked = told("check", file, "--json")
    assert checked.exit_code == 0, checked.stderr
    found = json.loads(checked.stdout)
    assert (found["is_sound"], found["mistakes"]) == (True, [])
    assert (tmp_path / "certificates/station-CP1.key").exists() == (profile == 3)


def test_nothing_is_overwritten_and_every_wrong_answer_is_named(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    file.write_text("mine", encoding="utf-8")

    kept = told("init", file, "--answers", answers(tmp_path))
    wrong = told("init", tmp_path / "b.toml", "--answers", answers(tmp_path, phases=2, fuse=3, grid_a=-1.0))
    absent = told("init", tmp_path / "b.toml", "--answers", tmp_path / "none.toml")

    assert (kept.exit_code, file.read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in kept.stderr
    assert wrong.exit_code == 2
    for path in ("phases", "fuse", "grid_a"):
        assert f"  {path}" in wrong.stderr
    assert (absent.exit_code, (tmp_path / "b.toml").exists()) == (2, False)


def test_check_looks_at_ports_certificates_and_the_journal(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    told("init", file, "--answers", answers(tmp_path, security_profile=2, host_name="localhost"))
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace('host_names = ["localhost"]', 'host_names = ["csms.example.org"]'), encoding="utf-8"
    )
    (tmp_path / "journal.db").write_bytes(b"a file of somebody else")
    port = tomllib.loads(text)["gateway"]["port"]

    with closing(socket.create_server(("127.0.0.1", port))):
        found = told("check", file, "--json")

    assert found.exit_code == 2
    paths = {mistake["path"]: mistake["problem"] for mistake in json.loads(found.stdout)["mistakes"]}
    assert set(paths) == {"gateway.certificate", "gateway.port", "journal.path"}
    assert "csms.example.org" in paths["gateway.certificate"]


def test_check_tells_what_flows_while_nobody_is_in_charge(tmp_path: Path) -> None:
    file = tmp_path / "site.toml"
    stations = {"count": 5, "max_a": 16.0}
    given = tmp_path / "answers.toml"
    given.write_text(
        f'host = "127.0.0.1"\nport = {free_port()}\ngrid_a = 20.0\nfree_vend = true\n[[stations]]\n'
        + "".join(f"{key} = {value}\n" for key, value in stations.items()),
        encoding="utf-8",
    )
    told("init", file, "--answers", given)

    found = json.loads(told("check", file, "--json").stdout)

    # Three of five hold their 6 A by themselves; the fourth would be too much for 20 A.
    assert {row["row"]: row["load_a"] for row in found["offline"]} == dict.fromkeys(
        ("grid/L1", "grid/L2", "grid/L3"), 18.0
    )
    (bare,) = (warning for warning in found["warnings"] if warning["path"] == "site.offline_a")
    assert bare["problem"].startswith("CP4, CP5 can hold no current")
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("voltage_v = 230.0", "voltage_v = 230.0\noffline_a = 6.0"), encoding="utf-8")
    unsafe = told("check", file)
    assert unsafe.exit_code == 2
    assert "cannot be made safe" in unsafe.stderr
    assert "grid/L1" in unsafe.stderr


def test_a_secret_and_its_record_belong_together(tmp_path: Path) -> None:
    made = json.loads(told("secret", "--json").stdout)
    typed = json.loads(told("secret", "--ask", "--json", given="a long enough secret\n").stdout)
    short = told("secret", "--ask", given="short\n")

    assert matches(made["secret_record"], made["secret"].encode())
    assert matches(typed["secret_record"], b"a long enough secret")
    assert (list(typed), short.exit_code) == (["secret_record"], 2)


@pytest.mark.parametrize(
    ("count", "grid_a", "architecture"),
    [(1, 63.0, "parallel"), (2, 16.0, "sequential"), (10, 63.0, "parallel"), (11, 63.0, "adaptive"), (11, 400.0, "parallel")],
)  # fmt: skip
def test_the_architecture_follows_the_number_of_outlets_and_the_power(
    count: int, grid_a: float, architecture: str
) -> None:
    given = SiteAnswers(grid_a=grid_a, stations=[StationsAnswer(count=count)])

    assert suggested_architecture(given) == architecture

"""The worked example shows what its commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voltloom.cli.main import app

PAGE = (Path(__file__).parents[2] / "docs/planning-a-site.md").read_text(encoding="utf-8")
TOML = re.findall(r"```toml\n(.*?)```", PAGE, flags=re.DOTALL)[0]
SHOWN = re.findall(r"```sh\n(.*?)\n```\n\n```text\n(.*?)```", PAGE, flags=re.DOTALL)
TAKES_LONG = "--architectures"


def test_the_page_shows_every_step() -> None:
    assert [shlex.split(command)[1] for command, _ in SHOWN] == ["simulate", "compare", "compare", "bound"]


@pytest.mark.parametrize(
    ("command", "output"),
    [
        pytest.param(command, output, marks=pytest.mark.nightly if TAKES_LONG in command else ())
        for command, output in SHOWN
    ],
    ids=[f"{number}-{shlex.split(command)[1]}" for number, (command, _) in enumerate(SHOWN)],
)
def test_a_command_of_the_page_prints_what_is_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, output: str
) -> None:
    (tmp_path / "yard.toml").write_text(TOML, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    done = CliRunner().invoke(app, shlex.split(command)[1:])

    printed = {line.rstrip() for line in done.stdout.splitlines()}
    assert done.exit_code == 0
    assert set(output.splitlines()) <= printed | {""}

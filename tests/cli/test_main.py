"""The command itself: help that is quick, a version, exit codes that are told."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.small_site import write_small_site
from voltloom import __version__
from voltloom.cli.main import app
from voltloom.cli.output import Exit

HEAVY = ("matplotlib", "numba", "scipy", "pydantic", "sqlalchemy", "alembic", "msgspec", "pyarrow")


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])

    assert result.exit_code == 0
    assert result.stdout.strip() == f"voltloom {__version__}"


@pytest.mark.parametrize("command", ["", "simulate", "compare", "profile", "advise"])
def test_help_tells_the_exit_codes(command: str) -> None:
    result = CliRunner().invoke(app, [*command.split(), "--help"])

    assert result.exit_code == 0
    text = " ".join(result.stdout.split())
    assert all(f"{int(code)} " in text for code in Exit)


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from voltloom.cli.main import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )

    assert "compare" in done.stdout
    assert done.stderr.strip() == "[]"


def test_a_word_that_is_no_command_is_wrong_usage() -> None:
    result = CliRunner().invoke(app, ["conquer"])

    assert result.exit_code == 2


def test_an_order_to_end_stops_the_command_and_leaves_no_worker_behind(tmp_path: Path) -> None:
    scenario = write_small_site(tmp_path, days=28)
    words = [sys.executable, "-m", "voltloom", "compare", str(scenario), "--jobs", "2", "--seeds", "40"]
    started = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stderr is not None
    said = started.stderr.readline()  # the first line of progress: workers are at work

    started.send_signal(signal.SIGTERM)
    _, rest = started.communicate(timeout=120)  # ends only when every worker has let go of the pipe

    assert "0 %" in said
    assert started.returncode == Exit.INTERRUPTED
    assert "Interrupted; nothing was written." in rest

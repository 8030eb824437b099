"""Planted faults are all noticed: every rule that keeps a site safe has a test that fails when the rule is broken.

Each fault is planted in a process of its own, in which only the tests run that must notice it. One that nobody notices
is a hole in the tests.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutants.planting import VARIABLE
from tests.mutants.table import MUTANTS, ROOT, Mutant, source_of

SOME_TESTS_FAILED = (
    1  # pytest's exit codes: 0 all passed, 2 interrupted (a module that cannot be imported), 4, 5 …
)
QUICK = tuple(mutant for mutant in MUTANTS if not mutant.is_slow)


def ran(arguments: Sequence[str], mutant: str, cache: Path | None) -> subprocess.CompletedProcess[str]:
    """Return what became of Python with a fault planted; cache: where compiled kernels go, None for the common place."""
    environment = {**os.environ, VARIABLE: mutant, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    if cache is not None:
        environment["NUMBA_CACHE_DIR"] = str(cache)
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def checked(
    nodes: Sequence[str], mutant: str, folder: Path, cache: Path | None
) -> subprocess.CompletedProcess[str]:
    """Return what became of some tests with a fault planted."""
    options = ["-x", "-q", "-p", "no:xdist", "-o", f"cache_dir={folder}", "-p", "tests.mutants.planting"]
    return ran(["-m", "pytest", *options, *nodes], mutant, cache)


def unnoticed(mutant: Mutant, folder: Path, cache: Path | None) -> str:
    """Return "" when a test or a seed fails, otherwise what was said instead."""
    said = ""
    if mutant.tests:
        result = checked(mutant.tests, mutant.name, folder, cache)
        if result.returncode == SOME_TESTS_FAILED:
            return ""
        said = result.stdout[-2000:] + result.stderr[-2000:]
    if mutant.seeds:
        result = ran(["-m", "tests.mutants.planting", mutant.name, mutant.seeds], "", cache)
        if result.returncode == 1 and "stress_world" in result.stdout:
            return ""
        said += result.stdout[-2000:] + result.stderr[-2000:]
    return said or "nothing at all"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_line_to_break_stands_there_once(mutant: Mutant) -> None:
    count = source_of(mutant).read_text(encoding="utf-8").count(mutant.old)

    assert count == 1, (
        f"{mutant.module} holds this {count} times, so the table needs a new text:\n{mutant.old}"
    )
    assert mutant.old != mutant.new


@pytest.mark.parametrize("mutant", QUICK, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    assert unnoticed(mutant, tmp_path, None) == "", f"nobody noticed: {mutant.name}"


@pytest.mark.nightly
@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.is_slow], ids=lambda mutant: mutant.name)
def test_a_fault_planted_in_a_kernel_is_noticed(mutant: Mutant, tmp_path: Path) -> None:
    assert unnoticed(mutant, tmp_path, tmp_path / "numba") == "", f"nobody noticed: {mutant.name}"


def test_without_a_planted_fault_the_same_tests_pass(tmp_path: Path) -> None:
    nodes = sorted({node for mutant in QUICK for node in mutant.tests})

    result = checked(nodes, "", tmp_path, None)

    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]

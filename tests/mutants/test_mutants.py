"""Planted faults are all noticed: every rule that keeps a site safe has a test that fails when the rule is broken.

Each fault is planted in a process of its own, a fork, in which only the tests run that must notice it. One that nobody notices
is a hole in the tests.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.mutants.mutant import ROOT, Mutant, source_of
from tests.mutants.table import MUTANTS
from voltloom.kernel_cache import name_cache

SOME_TESTS_FAILED = (
    1  # pytest's exit codes: 0 all passed, 2 interrupted (a module that cannot be imported), 4, 5 …
)
QUICK = tuple(mutant for mutant in MUTANTS if not mutant.is_slow)
# In every run one for each set of tests: it shows that they notice anything at all. The others are planted at night.
FIRST = {mutant.tests: mutant.name for mutant in reversed(QUICK)}
SPREAD = [
    mutant if FIRST[mutant.tests] == mutant.name else pytest.param(mutant, marks=pytest.mark.nightly)
    for mutant in QUICK
]


class Nursery:
    """A process that has loaded what is heavy; each run is a fork of it, in which one fault may be planted."""

    def __init__(self) -> None:
        name_cache(ROOT / "src" / "voltloom")  # it loads numba before Voltloom could name it
        profile = os.environ.get("HYPOTHESIS_PROFILE", "ci")
        path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mutants.nursery"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path, "HYPOTHESIS_PROFILE": f"{profile}-unshrunk"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ran(self, module: str, words: Sequence[str], mutant: Mutant | None, folder: Path) -> tuple[int, str]:
        """Run a module with a fault planted, or with none. Returns its exit code and what it said."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        cache = str(folder / "numba") if mutant is not None and mutant.is_slow else ""
        said = folder / "said.txt"
        told = ["" if mutant is None else mutant.name, cache, module, list(words), str(said)]
        self._process.stdin.write(json.dumps(told) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        return code, said.read_text(encoding="utf-8")[-4000:]

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module", name="nursery")
def _nursery() -> Iterator[Nursery]:
    started = Nursery()
    yield started
    started.close()


def checked(nursery: Nursery, nodes: Sequence[str], mutant: Mutant | None, folder: Path) -> tuple[int, str]:
    """Return what became of some tests with a fault planted."""
    # Nobody reads why a test failed, and pytest rewrites the assertions only of plugins that are not loaded yet.
    options = ["-x", "-q", "-p", "no:xdist", "--assert=plain", "-o", f"cache_dir={folder}"]
    return nursery.ran("pytest", [*options, *nodes], mutant, folder)


def unnoticed(nursery: Nursery, mutant: Mutant, folder: Path) -> str:
    """Return "" when a test or a seed fails, otherwise what was said instead."""
    said = ""
    if mutant.tests:
        code, said = checked(nursery, mutant.tests, mutant, folder)
        if code == SOME_TESTS_FAILED:
            return ""
    if mutant.seeds:
        code, more = nursery.ran("tests.simulation.stress_world", [mutant.seeds], mutant, folder)
        if code == 1 and "stress_world" in more:
            return ""
        said += more
    return said or "nothing at all"


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_line_to_break_stands_there_once(mutant: Mutant) -> None:
    count = source_of(mutant).read_text(encoding="utf-8").count(mutant.old)

    assert count == 1, (
        f"{mutant.module} holds this {count} times, so the table needs a new text:\n{mutant.old}"
    )
    assert mutant.old != mutant.new


@pytest.mark.parametrize("mutant", SPREAD, ids=lambda mutant: mutant.name)
def test_a_planted_fault_is_noticed(nursery: Nursery, mutant: Mutant, tmp_path: Path) -> None:
    assert unnoticed(nursery, mutant, tmp_path) == "", f"nobody noticed: {mutant.name}"


@pytest.mark.nightly
@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.is_slow], ids=lambda mutant: mutant.name)
def test_a_fault_planted_in_a_kernel_is_noticed(nursery: Nursery, mutant: Mutant, tmp_path: Path) -> None:
    assert unnoticed(nursery, mutant, tmp_path) == "", f"nobody noticed: {mutant.name}"


# The suite itself runs each of them; here they show that it is the fault that fails them, and not the way they are run.
@pytest.mark.parametrize("count", [3, pytest.param(1000, marks=pytest.mark.nightly)])
def test_without_a_planted_fault_the_same_tests_pass(nursery: Nursery, count: int, tmp_path: Path) -> None:
    nodes = sorted({node for mutant in QUICK for node in mutant.tests})[:count]

    code, said = checked(nursery, nodes, None, tmp_path)

    assert code == 0, said

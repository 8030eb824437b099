"""Runs Python again and again in forks of a process that has loaded what is heavy and belongs to others, never Voltloom.

Each line on standard input is a JSON list: the name of a fault to plant or "", the folder for compiled kernels or "", the
module to run, its words, and the file for what it says. The exit code is printed when it ended.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
from pathlib import Path

from tests.mutants.planting import plant

HEAVY = ("hypothesis", "numba", "numpy.ma", "pydantic", "pytest", "scipy.optimize", "sqlalchemy")


def _run(mutant: str, cache: str, module: str, words: list[str], said: str) -> int:
    """Run a module as `python -m` does. Returns its exit code."""
    writer = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(writer, 1)
    os.dup2(writer, 2)
    if cache:
        os.environ["NUMBA_CACHE_DIR"] = cache
        importlib.import_module("numba").config.CACHE_DIR = cache
    plant(mutant)
    sys.argv = [module, *words]
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    return 0


def main() -> None:
    """Serve until standard input ends."""
    for name in HEAVY:
        importlib.import_module(name)
    # A fork whose collector walks over what was loaded copies the memory it lies in.
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            code = 70
            try:
                code = _run(*json.loads(line))
                sys.stdout.flush()
                sys.stderr.flush()
            finally:
                os._exit(code)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2] / "src"))
    main()

"""Starts `voltloom run` as often as asked, as processes that have loaded and compiled everything before they begin.

Each line on standard input starts one: its process id is printed, then what it prints itself, and "gone" when it ended.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import tempfile
from pathlib import Path

from tests.live.demo import plan_file
from voltloom.cli.main import app
from voltloom.live.config import load_config
from voltloom.live.running import opened


async def _warmed() -> None:
    with tempfile.TemporaryDirectory() as folder:
        site = await opened(load_config(plan_file(Path(folder))))
        await site.stop()


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until standard input ends."""
    asyncio.run(_warmed())
    # A fork whose collector walks over what was loaded copies the memory it lies in.
    gc.collect()
    gc.freeze()
    _tell("ready")
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            _tell(f"pid {os.getpid()}")
            app(["run", sys.argv[1]], standalone_mode=False)
            os._exit(0)
        os.waitpid(child, 0)
        _tell("gone")


if __name__ == "__main__":
    main()

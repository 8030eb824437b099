"""A process that writes a day into a journal and keeps its read models, to be killed at any moment by a test.

`python -m tests.store.writer_process`: for each line `FILE VISITS` on standard input a process is forked (that saves the
imports of each). In it stations tell their transactions in order, several at once, each waiting for the acknowledgement of
what it told before; every acknowledged key is printed. After a kill everything is told again from the start.
"""

import asyncio
import os
import sys
from pathlib import Path

import alembic.command  # noqa: F401  here once, and not anew in every forked process that makes tables

from tests.store.day import many_visits
from voltloom.store.entry import Entry
from voltloom.store.errors import JournalClosedError
from voltloom.store.journal import GroupCommit, Journal, open_journal
from voltloom.store.projecting import catch_up


async def tell(journal: Journal, lane: list[Entry]) -> None:
    for one in lane:
        receipt = await journal.append(one)
        sys.stdout.write(f"{receipt.seq} {one.key}\n")
        sys.stdout.flush()


async def follow(journal: Journal) -> None:
    while True:
        try:
            await catch_up(journal, page_count=20)
        except JournalClosedError:
            return
        await asyncio.sleep(0)


async def write(path: Path, visits: int) -> None:
    first, *others = many_visits(visits)
    async with await open_journal(path, node="yard", settings=GroupCommit(max_batch_count=16)) as journal:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        await tell(journal, [first])
        following = asyncio.create_task(follow(journal))
        stations = sorted({one.key.split()[0] for one in others})
        lanes = [[one for one in others if one.key.split()[0] == station] for station in stations]
        await asyncio.gather(*(tell(journal, lane) for lane in lanes))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await catch_up(journal)
    sys.stdout.write("done\n")
    sys.stdout.flush()


def serve() -> None:
    """Fork a writer for each line; say when it has ended, however it did."""
    while line := sys.stdin.readline():
        path, visits = line.rsplit(" ", 1)
        writer = os.fork()
        if writer == 0:
            sys.stdout.write(f"pid {os.getpid()}\n")
            sys.stdout.flush()
            try:
                asyncio.run(write(Path(path), int(visits)))
            finally:
                os._exit(0)
        os.waitid(os.P_PID, writer, os.WEXITED | os.WNOWAIT)
        sys.stdout.write(
            "ended\n"
        )  # its number stays its own until the next line, so that a late kill hits nobody else
        sys.stdout.flush()
        sys.stdin.readline()
        os.waitpid(writer, 0)


if __name__ == "__main__":
    serve()

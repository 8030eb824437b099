"""Durable events a second of the journal, and what each costs: `python -m benchmarks.bench_journal [--events N]`.

Appenders await each of their events until it is on the disk (SQLite, WAL, synchronous=FULL), all in one event loop. An event
is counted from its typed payload to its receipt. Beside it, in the same run: a commit for each event, bare fsync, and open
transactions whose readings grow while the read models follow. The numbers are kept in benchmarks/results/journal.json.
"""

import argparse
import asyncio
import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.run import RESULTS, commit, machine
from voltloom.store.entry import Entry
from voltloom.store.journal import Journal, open_journal
from voltloom.store.payloads import EnergySampled, Sample, TransactionStarted, entry_of
from voltloom.store.projecting import catch_up
from voltloom.store.verifying import verify

START_MS = 1_709_247_600_000
APPENDERS = (1, 10, 100, 1000, 5000)
OPEN_COUNT, READINGS, FOLLOWED_EVERY = 100, 20_000, 500
MOST_COMMITS = 1500  # few appenders make many commits: fewer events then


@contextmanager
def measured(row: dict[str, float], count: int) -> Iterator[None]:
    """Put events a second and CPU per event into a row."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    yield
    row["events_per_s"] = round(count / (time.perf_counter() - wall_s))
    row["cpu_us_per_event"] = round((time.process_time() - cpu_s) / count * 1e6, 1)


def sampled(station: int, number: int) -> EnergySampled:
    """Return one meter message of a station."""
    sample = Sample(START_MS + 60_000 * (number + 1), 1_000_000 + 1833 * (number + 1), 11_000)
    return EnergySampled(station_id=f"CP-{station:05}", transaction_id="1", samples=(sample,))


async def appended(journal: Journal, appenders: int, each: int) -> None:
    """Let every appender await its events one after the other."""

    async def station(place: int) -> None:
        for number in range(each):
            told = sampled(place, number)
            await journal.append(entry_of(told, key=f"CP-{place:05} 1 {number}", at_ms=START_MS + number))

    await asyncio.gather(*(station(place) for place in range(appenders)))


async def group_commit(folder: Path, appenders: int, events: int) -> dict[str, float]:
    """Return what appends of so many at once come to, and what reading them again costs."""
    each = max(1, min(events, MOST_COMMITS * appenders) // appenders)
    count = each * appenders
    row: dict[str, float] = {"appenders": appenders, "events": count}
    path = folder / f"{appenders}.db"
    async with await open_journal(path, node="bench") as journal:
        with measured(row, count):
            await appended(journal, appenders, each)
        if appenders == 1000:
            await journal.append_together([started(place) for place in range(appenders)])
            fold: dict[str, float] = {}
            with measured(fold, count + appenders):
                await catch_up(journal)
            row |= {f"read_models_{name}": value for name, value in fold.items()}
    if appenders == 1000:
        check: dict[str, float] = {}
        with measured(check, count + appenders):
            assert not verify(path).problems
        row |= {f"verify_{name}": value for name, value in check.items()}
        row["bytes_per_event"] = round(path.stat().st_size / (count + appenders))
    return row


def started(place: int) -> Entry:
    """Return the start of a station's transaction."""
    told = TransactionStarted(
        station_id=f"CP-{place:05}",
        evse_id=f"E{place}",
        transaction_id="1",
        id_token="token",
        started_ms=START_MS,
        max_power_w=150_000,
        register_tenth_wh=1_000_000,
    )
    return entry_of(told, key=f"CP-{place:05} 1 start", at_ms=START_MS)


async def growing(folder: Path) -> dict[str, float]:
    """Return the CPU seconds of readings over open transactions, journal alone and with read models that follow."""
    row: dict[str, float] = {"open_transactions": OPEN_COUNT, "readings": READINGS}
    for name in ("journal", "journal_and_read_models"):
        steps_s = []
        async with await open_journal(folder / f"{name}.db", node="bench") as journal:
            await journal.append_together([started(place) for place in range(OPEN_COUNT)])
            cpu_s = time.process_time()
            for number in range(READINGS // OPEN_COUNT):
                await appended_once(journal, number)
                if name != "journal" and (number + 1) * OPEN_COUNT % FOLLOWED_EVERY == 0:
                    begun_s = time.process_time()
                    await catch_up(journal)
                    steps_s.append(time.process_time() - begun_s)
            row[f"{name}_cpu_s"] = round(time.process_time() - cpu_s, 2)
    third = len(steps_s) // 3
    row["ratio"] = round(row["journal_and_read_models_cpu_s"] / row["journal_cpu_s"], 2)
    row["last_third_to_first"] = round(sum(steps_s[-third:]) / sum(steps_s[:third]), 2)
    return row


async def appended_once(journal: Journal, number: int) -> None:
    """Let every station with an open transaction tell one reading."""
    await asyncio.gather(
        *(
            journal.append(
                entry_of(sampled(place, number), key=f"CP-{place:05} 1 {number}", at_ms=START_MS + number)
            )
            for place in range(OPEN_COUNT)
        )
    )


def one_by_one(folder: Path, count: int = 300) -> float:
    """Return rows a second with a commit for each, on the same disk with the same settings."""
    connection = sqlite3.connect(folder / "single.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE rows (seq INTEGER PRIMARY KEY, payload BLOB)")
    begun_s = time.perf_counter()
    for number in range(count):
        connection.execute("INSERT INTO rows VALUES (?, ?)", (number, b"x" * 120))
    took_s = time.perf_counter() - begun_s
    connection.close()
    return round(count / took_s)


def fsyncs(folder: Path, count: int = 300) -> float:
    """Return how often a second a small write can be made durable."""
    with (folder / "bare").open("wb", buffering=0) as file:
        begun_s = time.perf_counter()
        for _ in range(count):
            file.write(b"x" * 4096)
            os.fsync(file.fileno())
        return round(count / (time.perf_counter() - begun_s))


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--events", type=int, default=60_000, help="events for each number of appenders")
    parser.add_argument(
        "--folder", type=Path, default=None, help="on the disk to be measured; build/ by default"
    )
    parser.add_argument("--date", default="", help="the day of the measurement, to be kept with the numbers")
    given = parser.parse_args()
    parent = given.folder or RESULTS.parent.parent / "build"
    parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent) as name:
        folder = Path(name)
        disk = {"fsyncs_per_s": fsyncs(folder), "single_commits_per_s": one_by_one(folder)}
        print(disk, flush=True)
        grown = asyncio.run(growing(folder))
        print(grown, flush=True)
        rows = []
        for appenders in APPENDERS:
            rows.append(asyncio.run(group_commit(folder, appenders, given.events)))
            print(rows[-1], flush=True)
    RESULTS.mkdir(parents=True, exist_ok=True)
    kept = {
        "machine": machine(),
        **commit(),
        "date": given.date,
        "disk": disk,
        "growing": grown,
        "runs": rows,
    }
    (RESULTS / "journal.json").write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Closed sessions with their bills, as rows for CSV, Parquet and JSON; from a private copy that is brought up to date.

Text that a spreadsheet would take for a formula gets an apostrophe in CSV. Energy is exact (one decimal of a Wh) and money whole minor units: a reader that sums them gets what was billed.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, TextIO, TypeAlias

from sqlalchemy import Connection, and_, select

from voltloom.store.backup import copy_database
from voltloom.store.database import clear_errors, reader_engine, sqlite_path, writer_engine
from voltloom.store.errors import StoreError
from voltloom.store.journal_rows import nodes, rows_after
from voltloom.store.migrating import migrate
from voltloom.store.projecting import PAGE_COUNT, apply, cursor_of
from voltloom.store.schema import bills, sessions

Cell: TypeAlias = str | int | bool | Decimal | datetime | None
COLUMNS: Final = (
    *("session_id", "node", "station_id", "transaction_id", "evse_id", "id_token"),
    *("start", "stop", "first_power", "last_power"),
    *("meter_start_wh", "meter_stop_wh", "energy_wh", "exported_wh", "why"),
    *(
        "is_quarantined",
        "doubts",
        "reviewed_by",
        "bill_status",
        "tariff",
        "currency",
        "minor_digits",
        "cost_minor",
    ),
)
FORMULA: Final = re.compile(r"[=@\t\r]|[+-][^0-9]")
_SESSIONS: Final = (
    select(
        sessions,
        bills.c.status.label("bill_status"),
        bills.c.tariff,
        bills.c.currency,
        bills.c.minor_digits,
        bills.c.total_minor.label("cost_minor"),
    )
    .join(
        bills,
        and_(
            bills.c.node == sessions.c.node,
            bills.c.station_id == sessions.c.station_id,
            bills.c.transaction_id == sessions.c.transaction_id,
        ),
        isouter=True,
    )
    .order_by(sessions.c.start_ms, sessions.c.node, sessions.c.session_id)
)


class ParquetMissingError(StoreError):
    """pyarrow is not installed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """Sessions that began from start_ms on and before end_ms."""

    start_ms: int = -(2**62)
    end_ms: int = 2**62


@contextmanager
def up_to_date(target: str | Path) -> Iterator[Connection]:
    """Give the read models of a journal up to its last row; the journal itself is not changed nor locked.

    Of PostgreSQL the tables are read as they are: the process that writes them keeps them.
    """
    if sqlite_path(target) is None:
        with clear_errors(target), reader_engine(target).connect() as connection, connection.begin():
            yield connection
        return
    with TemporaryDirectory(prefix="voltloom-") as folder:
        copy = Path(folder) / "copy.db"
        copy_database(target, copy)
        with clear_errors(target), writer_engine(copy).connect() as connection:
            migrate(connection)
            with connection.begin():
                _catch_up(connection)
            with connection.begin():
                yield connection


def session_rows(connection: Connection, period: Period) -> Iterator[dict[str, Cell]]:
    """Yield each closed session that began in a period, with its bill, by its start."""
    query = _SESSIONS.where(sessions.c.start_ms >= period.start_ms, sessions.c.start_ms < period.end_ms)
    for row in connection.execute(query).mappings():
        found: dict[str, Cell] = {name: row[name] for name in COLUMNS if name in row}
        for name in ("start", "stop", "first_power", "last_power"):
            found[name] = _moment(row[f"{name}_ms"])
        for name in ("meter_start", "meter_stop", "energy", "exported"):
            found[f"{name}_wh"] = _wh(row[f"{name}_tenth_wh"])
        yield {name: found[name] for name in COLUMNS}


def write_csv(rows: Iterable[Mapping[str, Cell]], file: TextIO) -> int:
    """Write rows as CSV with a header; return how many. Times are ISO 8601 in UTC, an unknown value is empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in rows:
        writer.writerow([_text(row[name]) for name in COLUMNS])
        count += 1
    return count


def write_parquet(rows: Sequence[Mapping[str, Cell]], path: Path) -> int:
    """Write rows as Parquet: timestamps in UTC, energy as decimals, money as whole minor units; return how many.

    Raises ParquetMissingError where pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise ParquetMissingError(f"Parquet needs pyarrow: {sys.executable} -m pip install pyarrow") from None
    moment, energy = pa.timestamp("ms", tz="UTC"), pa.decimal128(20, 1)
    kinds = {
        **{name: pa.string() for name in COLUMNS},
        **dict.fromkeys(("start", "stop", "first_power", "last_power"), moment),
        **dict.fromkeys(("meter_start_wh", "meter_stop_wh", "energy_wh", "exported_wh"), energy),
        "is_quarantined": pa.bool_(),
        "minor_digits": pa.int32(),
        "cost_minor": pa.int64(),
    }
    table = pa.Table.from_pylist([dict(row) for row in rows], schema=pa.schema(list(kinds.items())))
    pq.write_table(table, path)
    return len(rows)


def as_json(row: Mapping[str, Cell]) -> dict[str, object]:
    """Return a row as JSON values; energy stays exact as a number with one decimal."""
    return {
        name: _stamp(value) if isinstance(value, datetime) else float(value) if isinstance(value, Decimal) else value
        for name, value in row.items()
    }  # fmt: skip


def _catch_up(connection: Connection) -> None:
    for node in nodes(connection):
        while rows := rows_after(connection, node, cursor_of(connection, node), PAGE_COUNT):
            apply(connection, node, rows)


def _moment(at_ms: int | None) -> datetime | None:
    if at_ms is None:
        return None
    try:
        return datetime.fromtimestamp(at_ms / 1000, UTC)
    except (OverflowError, ValueError):  # a station's clock may say any year
        return None


def _wh(energy_tenth_wh: int | None) -> Decimal | None:
    return None if energy_tenth_wh is None else Decimal(energy_tenth_wh).scaleb(-1)


def _stamp(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime():
            return _stamp(cell)
        case str() if FORMULA.match(cell):
            return f"'{cell}"  # a station may send any token: a spreadsheet must not run it
    return str(cell)

"""Exports hold every closed session and add up to what was billed."""

import csv
import io
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet
from sqlalchemy import func, select

from tests.store.day import MIDNIGHT_MS, Visit, many_visits
from voltloom.store.export import COLUMNS, Period, session_rows, up_to_date, write_csv, write_parquet
from voltloom.store.projecting import cursor_of
from voltloom.store.schema import bills
from voltloom.store.sql_ledger import SqlLedger

COUNT = 13


def written(folder: Path) -> Path:
    ledger = SqlLedger(folder / "site.db", "yard")
    ledger.commit([*many_visits(COUNT), Visit(transaction_id="unknown").stop()])
    ledger.close()
    return folder / "site.db"


def test_csv_adds_up_to_the_bills_and_leaves_the_journal_alone(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = path.read_bytes()

    with up_to_date(path) as connection:
        file = io.StringIO()
        count = write_csv(session_rows(connection, Period()), file)
        billed, energy = connection.execute(
            select(func.sum(bills.c.total_minor), func.sum(bills.c.energy_tenth_wh))
        ).one()

    rows = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert count == len(rows) == COUNT + 1
    assert tuple(rows[0]) == COLUMNS
    assert sum(int(row["cost_minor"] or 0) for row in rows) == billed > 0
    assert sum(Decimal(row["energy_wh"]) for row in rows) * 10 == energy
    kept_aside = [row for row in rows if row["is_quarantined"] == "true"]
    assert [(row["doubts"], row["cost_minor"]) for row in kept_aside] == [("start_unknown", "")]
    assert rows[0]["start"] == "2024-02-29T23:00:00.000Z"
    assert path.read_bytes() == before
    ledger = SqlLedger(path, "yard")
    assert ledger.run(lambda c: cursor_of(c, "yard")) == 0
    ledger.close()


def test_parquet_holds_the_same_rows(tmp_path: Path) -> None:
    with up_to_date(written(tmp_path)) as connection:
        rows = list(session_rows(connection, Period()))
        write_parquet(rows, tmp_path / "sessions.parquet")

    assert pyarrow.parquet.read_table(tmp_path / "sessions.parquet").to_pylist() == rows


def test_a_period_holds_the_sessions_that_began_in_it(tmp_path: Path) -> None:
    hour = Period(start_ms=MIDNIGHT_MS, end_ms=MIDNIGHT_MS + 3_600_000)

    with up_to_date(written(tmp_path)) as connection:
        assert len(list(session_rows(connection, hour))) == 3


def test_a_token_that_a_spreadsheet_would_run_is_made_harmless_in_csv_only(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "site.db", "yard")
    hostile, sound = Visit(), Visit(transaction_id="-1", station_id="S2", evse_id="A2")
    ledger.commit([hostile.start(id_token='=HYPERLINK("http://x")'), hostile.stop(), *sound.entries()])
    ledger.close()

    with up_to_date(tmp_path / "site.db") as connection:
        rows = list(session_rows(connection, Period()))
    file = io.StringIO()
    write_csv(rows, file)

    told = list(csv.DictReader(io.StringIO(file.getvalue())))
    assert rows[0]["id_token"] == '=HYPERLINK("http://x")'
    assert told[0]["id_token"] == "'" + '=HYPERLINK("http://x")'
    assert told[1]["transaction_id"] == "-1"

"""What a vehicle fed back is kept with its session, named on its bill, and never charged."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.store.day import MINUTE_MS, Visit, contents, ledger_of, priced_from_midnight, projected, tariff
from voltloom.store.billed import kept_bill
from voltloom.store.billing import LineKind
from voltloom.store.entry import Entry
from voltloom.store.export import Period, as_json, session_rows, up_to_date, write_csv
from voltloom.store.payloads import EnergySampled, Sample, entry_of
from voltloom.store.projecting import apply, forget
from voltloom.store.schema import sessions
from voltloom.store.sql_ledger import SqlLedger

VISIT = Visit(minutes=60)
STEP_MIN = 10
Steps = list[tuple[int, int]]
Tables = dict[str, list[tuple[object, ...]]]
# Tenths of a Wh in and out during ten minutes; the outlet carries 18,333.
steps = st.lists(st.tuples(st.integers(0, 15_000), st.integers(0, 15_000)), min_size=6, max_size=6)


def reading(minute: int, imported: int, exported: int | None) -> Entry:
    at_ms = VISIT.start_ms + minute * MINUTE_MS
    sample = Sample(at_ms, VISIT.register_tenth_wh + imported, None, exported)
    told = EnergySampled(station_id="S1", transaction_id="1", samples=(sample,))
    return entry_of(told, key=f"both {minute} {imported} {exported}", at_ms=at_ms)


def told(moved: Steps, *, first: int = 777) -> list[Entry]:
    """Return start, stop and a reading of both registers at each step, ends included."""
    imported, exported = [0], [first]
    for taken, given_back in moved:
        imported.append(imported[-1] + taken)
        exported.append(exported[-1] + given_back)
    readings = [reading(n * STEP_MIN, *pair) for n, pair in enumerate(zip(imported, exported, strict=True))]
    stop = VISIT.stop(register_tenth_wh=VISIT.register_tenth_wh + imported[-1])
    return [VISIT.start(), *readings, stop]


def exported_of(entries: Sequence[Entry]) -> int:
    found = projected(ledger_of([priced_from_midnight(), *entries]))
    return int(found.run(lambda c: c.execute(select(sessions.c.exported_tenth_wh)).scalar_one()))


def followed(ledger: SqlLedger, page_count: int) -> Tables:
    """Make the read models anew, page by page; return them."""
    ledger.run(lambda c: forget(c, "yard"))
    rows = ledger.rows_after(0, 1000)
    for first in range(0, len(rows), page_count):
        page = rows[first : first + page_count]
        ledger.run(partial(apply, node="yard", rows=page))
    return ledger.run(contents)


@settings(max_examples=5)
@given(moved=steps, order=st.randoms(use_true_random=False), page_count=st.integers(1, 10))
def test_both_registers_come_through_a_database_exact_whatever_the_order(
    moved: Steps, order: Random, page_count: int
) -> None:
    entries = told(moved)
    order.shuffle(entries)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.db"
        with closing(SqlLedger(path, "yard")) as ledger:
            ledger.commit([priced_from_midnight(), *entries])
            in_pages, at_once = followed(ledger, page_count), followed(ledger, 500)
        with up_to_date(path) as connection:
            (row,) = session_rows(connection, Period())
            bill = kept_bill(connection, "yard", "S1/1")

    assert in_pages == at_once == projected(ledger_of([priced_from_midnight(), *entries])).run(contents)
    told_json = as_json(row)
    assert told_json["exported_wh"] == sum(back for _, back in moved) / 10
    assert told_json["energy_wh"] == sum(taken for taken, _ in moved) / 10
    assert bill is not None
    assert bill.exported_tenth_wh == sum(back for _, back in moved)
    assert sum(line.energy_tenth_wh for line in bill.lines) == sum(taken for taken, _ in moved)


@settings(max_examples=10)
@given(moved=steps)
def test_the_bill_is_the_same_as_without_what_was_fed_back(moved: Steps) -> None:
    with_it = projected(ledger_of([priced_from_midnight(), *told(moved)]))
    alone = [(taken, 0) for taken, _ in moved]
    without = projected(ledger_of([priced_from_midnight(), *told(alone)]))

    one, other = (found.run(lambda c: kept_bill(c, "yard", "S1/1")) for found in (with_it, without))

    assert one is not None
    assert one._replace(exported_tenth_wh=0) == other


def test_a_session_whose_station_tells_no_such_register_fed_nothing_back() -> None:
    assert exported_of(VISIT.entries()) == 0


def test_without_a_reading_at_an_end_the_nearest_inside_stands_for_it() -> None:
    inside = [reading(10, 0, 1000), reading(30, 0, 1400)]

    assert exported_of([VISIT.start(), *inside, VISIT.stop()]) == 400


def test_readings_of_before_and_after_are_not_this_sessions() -> None:
    entries = [VISIT.start(), reading(-5, 0, 0), reading(10, 0, 1000), reading(20, 0, 1100), VISIT.stop()]

    assert exported_of([*entries, reading(65, 0, 9000)]) == 100


def test_a_register_that_fell_or_jumped_tells_nothing_and_the_bill_stands() -> None:
    for strange in (5, 9_000_000):
        entries = [VISIT.start(), reading(10, 10_000, 1000), reading(20, 20_000, strange), VISIT.stop()]
        found = projected(ledger_of([priced_from_midnight(), *entries]))

        bill = found.run(lambda c: kept_bill(c, "yard", "S1/1"))

        assert bill is not None
        assert (bill.exported_tenth_wh, bill.status) == (0, "priced")


def test_of_two_readings_for_one_moment_the_one_that_tells_the_register_stands_in_any_order() -> None:
    both = [reading(10, 100, None), reading(10, 100, 50), reading(20, 200, 90)]

    found = [exported_of([VISIT.start(), *order, VISIT.stop()]) for order in (both, both[::-1])]

    assert found == [40, 40]


def test_a_vehicle_that_feeds_back_is_not_idle() -> None:
    charges, rests, gives = (10_000, 0), (0, 0), (0, 10_000)
    timed = replace(tariff(), idle_nano_per_h=6_000_000_000)
    entries = [priced_from_midnight(timed), *told([charges, rests, gives, gives, rests, rests])]

    bill = projected(ledger_of(entries)).run(lambda c: kept_bill(c, "yard", "S1/1"))

    assert bill is not None
    (idle,) = [line for line in bill.lines if line.kind is LineKind.IDLE]
    assert (idle.start_ms, idle.duration_ms) == (VISIT.start_ms + 40 * MINUTE_MS, 20 * MINUTE_MS)


def test_an_export_as_csv_has_it_beside_the_energy(tmp_path: Path) -> None:
    ledger = SqlLedger(tmp_path / "site.db", "yard")
    ledger.commit(told([(9000, 0), (0, 4000), (0, 4000), (0, 0), (0, 0), (5000, 1)]))
    ledger.close()

    with up_to_date(tmp_path / "site.db") as connection:
        file = io.StringIO()
        write_csv(session_rows(connection, Period()), file)

    (row,) = csv.DictReader(io.StringIO(file.getvalue()))
    assert (row["energy_wh"], row["exported_wh"]) == ("1400.0", "800.1")

"""Bills add up, exactly, to the last tenth of a watt-hour and the last cent."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.store.day import (
    HOUR_MS,
    MIDNIGHT_MS,
    Visit,
    ledger_of,
    many_visits,
    priced_from_midnight,
    projected,
    tariff,
)
from voltloom.session.record import EndReason, EnergySlice, SessionRecord
from voltloom.store.billing import BillStatus, bill_for, quarters_of
from voltloom.store.schema import bill_lines, bills, energy_quarters, sessions


def record_of(pieces: list[tuple[int, int]], start_ms: int) -> SessionRecord:
    """Return a sound record from (duration in ms, energy) pieces."""
    slices, at_ms = [], start_ms
    for duration_ms, energy in pieces:
        slices.append(EnergySlice(at_ms / 1000, (at_ms + duration_ms) / 1000, energy))
        at_ms += duration_ms
    total = sum(piece.energy_tenth_wh for piece in slices)
    return SessionRecord(
        *("s/1", "A1", 0, "anna", start_ms / 1000, at_ms / 1000, 0.0, 0.0, 0.0, 0, total, total),
        tuple(slices),
        EndReason.DRIVER_LEFT,
    )


pieces = st.lists(st.tuples(st.integers(1, 9 * HOUR_MS), st.integers(0, 10**7)), min_size=1, max_size=6)
starts = st.integers(MIDNIGHT_MS, MIDNIGHT_MS + 400 * 24 * HOUR_MS)
prices = st.integers(0, 10**10)


@given(pieces, starts, prices, prices)
def test_every_bill_adds_up(stretches: list[tuple[int, int]], start_ms: int, night: int, day: int) -> None:
    record = record_of(stretches, start_ms)

    bill = bill_for(record, tariff(night=night, day=day))

    exact = sum(
        Fraction(line.energy_tenth_wh * line.price_nano_per_kwh, 10_000 * 10**9) * 100 for line in bill.lines
    )
    assert bill.status is BillStatus.PRICED
    assert bill.total_minor == round(exact) == sum(line.amount_minor for line in bill.lines)
    assert sum(line.energy_tenth_wh for line in bill.lines) == record.energy_tenth_wh
    assert {line.price_nano_per_kwh for line in bill.lines} <= {night, day}
    assert all(a.end_ms == b.start_ms for a, b in zip(bill.lines, bill.lines[1:], strict=False))


@given(pieces, starts)
def test_quarters_of_an_hour_add_up_to_the_session(stretches: list[tuple[int, int]], start_ms: int) -> None:
    record = record_of(stretches, start_ms)

    quarters = quarters_of(record.slices)

    assert sum(quarters.values()) == record.energy_tenth_wh
    assert all(start % 900_000 == 0 and energy > 0 for start, energy in quarters.items())


def test_energy_over_a_change_of_price_is_split_by_time() -> None:
    visit = Visit(start_ms=MIDNIGHT_MS + 5 * HOUR_MS, minutes=120)  # the day's price holds from 6 o'clock

    ledger = projected(ledger_of([priced_from_midnight(), visit.start(), visit.stop()]))

    lines = ledger.run(lambda c: c.execute(select(bill_lines)).mappings().all())
    assert [(line["energy_tenth_wh"], line["price_nano_per_kwh"]) for line in lines] == [
        (60_000, 190_000_001),
        (60_000, 412_345_679),
    ]
    assert [line["amount_minor"] for line in lines] == [114, 247]


def test_the_tables_of_a_whole_day_add_up() -> None:
    ledger = projected(ledger_of(many_visits(24)))

    def energy(table: object) -> int:
        return ledger.run(lambda c: sum(row[0] for row in c.execute(select(table.c.energy_tenth_wh))))  # type: ignore[attr-defined]  # any table with that column

    billed = ledger.run(lambda c: c.execute(select(bills.c.status, bills.c.total_minor)).all())
    lines = ledger.run(lambda c: sum(row[0] for row in c.execute(select(bill_lines.c.amount_minor))))
    assert len(billed) == 24
    assert {status for status, _ in billed} == {"priced"}
    assert sum(total for _, total in billed) == lines > 0
    assert energy(sessions) == energy(bills) == energy(bill_lines) == energy(energy_quarters) > 0

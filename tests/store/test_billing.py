"""Bills add up, exactly, to the last tenth of a watt-hour and the last cent."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from tests.store.day import (
    HOUR_MS,
    MIDNIGHT_MS,
    MINUTE_MS,
    Visit,
    ledger_of,
    many_visits,
    priced_from_midnight,
    projected,
    tariff,
)
from voltloom.session.record import EndReason, EnergySlice, SessionRecord
from voltloom.site.tariff import Tariff
from voltloom.store.billed import kept_bill
from voltloom.store.billing import BillStatus, LineKind, bill_for, quarters_of
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


@given(pieces, starts, prices, prices)
def test_a_bill_with_time_adds_up_and_leaves_the_energy_as_it_was(
    stretches: list[tuple[int, int]], start_ms: int, charging: int, idle: int
) -> None:
    record = record_of(stretches, start_ms)
    timed = replace(tariff(), charging_nano_per_h=charging, idle_nano_per_h=idle)

    bill, of_energy = bill_for(record, timed), bill_for(record, tariff())

    flowing = [number for number, (_, energy) in enumerate(stretches) if energy]
    last = flowing[-1] + 1 if flowing else len(stretches)
    charged_ms = sum(duration for duration, energy in stretches if energy)
    idle_ms = sum(duration for duration, _ in stretches[last:])
    exact = Fraction(charged_ms * charging + idle_ms * idle, HOUR_MS * 10**9) * 100
    exact += sum(
        Fraction(line.energy_tenth_wh * line.price_nano_per_kwh, 10_000 * 10**9) * 100 for line in bill.lines
    )
    assert bill.total_minor == round(exact) == sum(line.amount_minor for line in bill.lines)
    assert bill.lines[: len(of_energy.lines)] == of_energy.lines
    assert all(line.duration_ms <= line.end_ms - line.start_ms for line in bill.lines)


def test_a_car_that_waits_charges_pauses_and_stays_pays_for_charging_and_staying_alone() -> None:
    waits, charges, pauses = (20 * MINUTE_MS, 0), (60 * MINUTE_MS, 70_000), (10 * MINUTE_MS, 0)
    record = record_of([waits, charges, pauses, (30 * MINUTE_MS, 30_000), (90 * MINUTE_MS, 0)], MIDNIGHT_MS)

    bill = bill_for(record, timed_tariff())

    charging, idle = bill.lines[-2:]
    assert [line.kind for line in bill.lines] == [LineKind.ENERGY, LineKind.CHARGING, LineKind.IDLE]
    assert (charging.duration_ms, charging.amount_minor) == (90 * MINUTE_MS, 90)  # at 0.60 an hour
    assert (idle.duration_ms, idle.amount_minor) == (90 * MINUTE_MS, 900)  # at 6.00 an hour
    assert (idle.start_ms, idle.end_ms) == (MIDNIGHT_MS + 120 * MINUTE_MS, MIDNIGHT_MS + 210 * MINUTE_MS)
    assert bill.total_minor == bill.lines[0].amount_minor + 990


def test_a_car_that_got_nothing_pays_for_no_time() -> None:
    bill = bill_for(record_of([(HOUR_MS, 0)], MIDNIGHT_MS), timed_tariff())

    assert bill.total_minor == 0
    assert {line.kind for line in bill.lines} == {LineKind.ENERGY}


def test_an_operators_word_about_energy_bills_no_time() -> None:
    visit = Visit()
    doubted = [visit.start(register_tenth_wh=0), *visit.entries()[1:]]
    ledger = ledger_of([priced_from_midnight(timed_tariff()), *doubted, visit.review(0)])

    (total,) = projected(ledger).run(lambda c: c.execute(select(bills.c.total_minor)).scalars().all())

    assert total == 0


def test_lines_of_time_are_kept_and_read_as_they_were_computed() -> None:
    visit = Visit()
    stays = visit.stop(stopped_ms=visit.start_ms + 3 * HOUR_MS)
    ledger = ledger_of([priced_from_midnight(timed_tariff()), *visit.entries()[:-1], stays])

    found = projected(ledger).run(lambda c: kept_bill(c, "yard", "S1/1"))

    assert found is not None
    assert found.total_minor == sum(line.amount_minor for line in found.lines)
    assert [line.kind for line in found.lines] == [LineKind.ENERGY, LineKind.CHARGING]
    assert found.lines[-1].duration_ms == 3 * HOUR_MS  # the last reading but one was before it was full


def timed_tariff() -> Tariff:
    return replace(tariff(), charging_nano_per_h=600_000_000, idle_nano_per_h=6_000_000_000)


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

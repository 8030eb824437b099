"""What stations tell of transactions, in every way that went wrong in the field, billed once or kept aside."""

from collections.abc import Sequence

import pytest

from tests.store.day import HOUR_MS, MIDNIGHT_MS, Visit, again, bill_rows, priced_from_midnight, session_rows
from voltloom.session.record import Doubt
from voltloom.store.entry import Entry
from voltloom.store.payloads import EnergySampled, Sample, entry_of


def told(entries: Sequence[Entry]) -> list[tuple[object, object, object]]:
    """Return (transaction, energy in Wh, what is billed or why not) of every closed session."""
    given = [priced_from_midnight(), *entries]
    energy = {row["transaction_id"]: row["energy_tenth_wh"] for row in session_rows(given)}
    return [
        (row["transaction_id"], energy[row["transaction_id"]], row["note"] or row["total_minor"])
        for row in bill_rows(given)
    ]


SOUND = [("1", 60_000, 247)]  # 6 kWh at 0.412345679 EUR


def test_a_transaction_is_billed_by_its_registers() -> None:
    assert told(Visit().entries()) == SOUND


def test_ends_in_whole_watt_hours_beside_readings_in_tenths_are_billed() -> None:
    visit = Visit(register_tenth_wh=1_234_570)
    full = visit.register_at(60)

    early, late = (
        visit.sample(1, 1_234_566),
        visit.sample(50, full + 4),
    )  # 0.4 Wh under the start and over the end

    assert told([visit.start(), early, visit.sample(30), late, visit.stop()]) == SOUND


def test_what_a_station_tells_twice_is_billed_once() -> None:
    entries = Visit().entries()

    assert told([*entries, *map(again, entries)]) == SOUND


def test_a_start_whose_answer_was_lost_and_that_got_a_second_id_is_one_transaction() -> None:
    first, second = Visit(transaction_id="1"), Visit(transaction_id="2")

    assert told([first.start(), *second.entries()]) == SOUND
    assert told([first.start(), second.sample(15), second.stop(), second.start()]) == SOUND
    assert told([*first.entries(), *second.entries()]) == SOUND


def test_events_may_come_in_any_order() -> None:
    entries = Visit().entries()

    assert told(entries[::-1]) == SOUND
    assert told([entries[-1], *entries[:-1]]) == SOUND


def test_a_stop_of_an_unknown_transaction_is_kept_and_never_billed() -> None:
    assert told([Visit().stop()]) == [("1", 0, Doubt.START_UNKNOWN.value)]


def test_an_open_transaction_has_no_bill() -> None:
    assert told(Visit().entries()[:-1]) == []


def test_a_start_at_zero_before_the_real_register_is_kept_aside() -> None:
    visit = Visit(register_tenth_wh=9_099_480)

    (only,) = told([visit.start(register_tenth_wh=0), *visit.entries()[1:]])

    assert only[2] == Doubt.REGISTER_JUMPED.value


def test_a_start_at_zero_is_also_seen_by_the_transaction_before_it() -> None:
    before = Visit(transaction_id="0", start_ms=MIDNIGHT_MS, register_tenth_wh=100)
    after = Visit(register_tenth_wh=before.register_at(60), minutes=60, power_w=1_000)
    placeholder = [after.start(register_tenth_wh=0), after.stop()]  # 7 kWh in an hour could be true

    assert told([*before.entries(), *placeholder])[1] == ("1", 70_100, Doubt.START_PLACEHOLDER.value)
    assert told([*placeholder, *before.entries()])[1] == ("1", 70_100, Doubt.START_PLACEHOLDER.value)


def test_a_start_that_is_told_a_little_rounded_is_believed() -> None:
    before = Visit(transaction_id="0", start_ms=MIDNIGHT_MS)
    after = Visit(register_tenth_wh=before.register_at(60) - 9)

    assert told([*before.entries(), *after.entries()])[1] == SOUND[0]


def test_readings_that_carry_a_whole_minute_are_believed() -> None:
    visit = Visit(power_w=11_000)
    early = Sample(visit.start_ms + 29 * 60_000, visit.register_at(30), None)
    late = Sample(visit.start_ms + 31 * 60_000, visit.register_at(33), None)
    readings = EnergySampled(station_id="S1", transaction_id="1", samples=(early, late))

    bills = told([visit.start(), entry_of(readings, key="readings", at_ms=visit.start_ms), visit.stop()])

    assert bills == [("1", 110_000, 454)]


def test_a_register_that_counts_each_transaction_from_zero_is_believed() -> None:
    visits = [
        Visit(
            transaction_id=str(n), start_ms=MIDNIGHT_MS + n * 2 * HOUR_MS, register_tenth_wh=0, minutes=60 + n
        )
        for n in range(1, 4)
    ]

    bills = told([one for visit in visits for one in visit.entries()])

    assert [energy for _, energy, _ in bills] == [61_000, 62_000, 63_000]
    assert all(isinstance(total, int) for _, _, total in bills)


def test_one_jump_of_the_register_is_seen_however_long_the_transaction_is() -> None:
    visit = Visit(
        minutes=20 * 60, power_w=1_000
    )  # 20 kWh more would be possible in 20 hours, not in 15 minutes
    jump = visit.register_at(15) + 200_000

    bills = told([visit.start(), visit.sample(15, jump), visit.stop(register_tenth_wh=jump + 100)])

    assert bills[0][2] == Doubt.REGISTER_JUMPED.value


def test_a_register_that_falls_is_kept_aside() -> None:
    visit = Visit()

    assert told([visit.start(), visit.stop(register_tenth_wh=5)])[0][2] == Doubt.REGISTER_FELL.value
    fell_inside = told([visit.start(), visit.sample(30, 5), visit.stop()])[0][2]
    assert Doubt.SLICES_DISAGREE.value in str(fell_inside)


def test_kwh_told_as_wh_are_seen_where_the_power_is_told_too() -> None:
    wrong = Visit(power_w=6, told_power_w=6_000)
    right = Visit(power_w=6_000, told_power_w=5_900)

    assert told(wrong.entries())[0][2] == Doubt.POWER_DISAGREES.value
    assert told(right.entries()) == SOUND


def test_wh_told_as_kwh_are_kept_aside() -> None:
    visit = Visit()
    thousandfold = visit.register_tenth_wh + 60_000_000

    assert (
        told([visit.start(), visit.stop(register_tenth_wh=thousandfold)])[0][2] == Doubt.REGISTER_JUMPED.value
    )


def test_two_stops_that_differ_are_kept_aside() -> None:
    visit = Visit()
    other = again(visit.stop(register_tenth_wh=visit.register_at(60) - 10_000))

    assert told([*visit.entries(), other])[0][2] == Doubt.STOPS_DISAGREE.value


@pytest.mark.parametrize("started_ms", [0, MIDNIGHT_MS + 400 * 24 * HOUR_MS])
def test_a_clock_that_cannot_be_right_gives_no_price(started_ms: int) -> None:
    visit = Visit()

    bills = told([visit.start(started_ms=started_ms), visit.stop()])

    assert Doubt.TIMES_UNSURE.value in str(bills[0][2])


def test_a_station_that_counts_ids_from_one_again_gets_a_second_transaction() -> None:
    first = Visit()
    second = Visit(start_ms=MIDNIGHT_MS + 12 * HOUR_MS, register_tenth_wh=first.register_at(60), minutes=30)

    bills = told([*first.entries(), *second.entries(), *map(again, first.entries())])

    assert bills == [*SOUND, ("1~2", 30_000, 124)]


def test_a_register_missing_at_an_end_is_taken_from_the_nearest_sample_and_bills_less() -> None:
    visit = Visit()

    assert told([visit.start(), visit.sample(45), visit.stop(register_tenth_wh=None)])[0][1] == 45_000
    assert told([visit.start(register_tenth_wh=None), visit.sample(15), visit.stop()])[0][1] == 45_000
    nothing = told([visit.start(register_tenth_wh=None), visit.stop()])
    assert nothing[0][1:] == (0, Doubt.REGISTER_UNKNOWN.value)


def test_prices_that_were_not_set_before_the_start_bill_nothing() -> None:
    late = [*Visit().entries(), priced_from_midnight()]

    assert [(row["status"], row["total_minor"]) for row in bill_rows(late)] == [("no_tariff", None)]


def test_a_quarantined_session_is_billed_as_an_operator_says_and_only_then() -> None:
    visit = Visit()
    jumped = [visit.start(register_tenth_wh=0), visit.stop()]

    assert told(jumped)[0][2] == Doubt.REGISTER_JUMPED.value
    assert told([*jumped, visit.review(60_000)]) == SOUND
    assert told([*jumped, visit.review(60_000), visit.review(0)]) == [("1", 0, 0)]
    (row,) = session_rows([*jumped, visit.review(60_000)])
    assert (row["doubts"], row["is_quarantined"], row["reviewed_by"]) == ("register_jumped", False, "olga")


def test_a_review_changes_nothing_of_a_sound_session_or_of_one_nobody_told_of() -> None:
    assert told([*Visit().entries(), Visit().review(5)]) == SOUND
    assert told([Visit().review(5), *Visit().entries()]) == SOUND

"""Read models come out the same however the journal was read: at once, row by row, or in any stretches."""

import asyncio
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.day import (
    HOUR_MS,
    MIDNIGHT_MS,
    Visit,
    again,
    contents,
    ledger_of,
    many_visits,
    priced_from_midnight,
    projected,
    tariff,
)
from voltloom.store.entry import Entry
from voltloom.store.journal import Journal
from voltloom.store.projecting import catch_up, rebuild

# Few ids, moments and registers, so that everything collides: ids told twice, used again, overlapping, out of order.
visits = st.builds(
    Visit,
    transaction_id=st.sampled_from("12"),
    station_id=st.sampled_from(["S1", "S2"]),
    start_ms=st.sampled_from([0, MIDNIGHT_MS, MIDNIGHT_MS + HOUR_MS, MIDNIGHT_MS + 3 * HOUR_MS]),
    minutes=st.sampled_from([0, 20, 60, 200]),
    power_w=st.sampled_from([0, 6, 6_000, 90_000]),
    register_tenth_wh=st.sampled_from([0, 100, 1_234_567]),
    told_power_w=st.sampled_from([None, 6_000]),
)


@st.composite
def told_days(draw: st.DrawFn) -> list[Entry]:
    entries = [priced_from_midnight(), priced_from_midnight(tariff("dearer", night=10**9, day=10**9))]
    for number, visit in enumerate(draw(st.lists(visits, min_size=1, max_size=4))):
        told = [*visit.entries(), visit.review(50_000)]
        entries += [again(one, number) for one in told]
    return draw(st.permutations(entries))


@given(told_days(), st.lists(st.integers(1, 40), max_size=6))
@settings(max_examples=30)
def test_any_stretches_give_the_same_tables(day: list[Entry], cuts: Sequence[int]) -> None:
    at_once = projected(ledger_of(day)).run(contents)
    in_stretches = projected(ledger_of(day), cuts).run(contents)
    row_by_row = projected(ledger_of(day), range(len(day))).run(contents)

    assert in_stretches == at_once
    assert row_by_row == at_once


def test_readings_of_an_open_transaction_are_kept_and_come_to_nothing_until_it_closes() -> None:
    *told, stop = Visit().entries()
    ledger = projected(ledger_of([priced_from_midnight(), *told]), [2])

    still_open = ledger.run(contents)
    ledger.commit([stop])
    closed = projected(ledger).run(contents)

    assert len(still_open["samples"]) == 3
    assert not any(still_open[name] for name in ("sessions", "energy_quarters", "bills", "bill_lines"))
    assert all(closed[name] for name in ("sessions", "energy_quarters", "bills", "bill_lines"))


def test_of_two_readings_for_one_moment_the_higher_stands_in_whatever_stretch_it_came() -> None:
    visit = Visit()
    told = [visit.sample(15, 5_000), again(visit.sample(15, 7_000)), again(visit.sample(15, 6_000), 3)]

    registers = [
        row[4]
        for cuts in ([], [1], [1, 2])
        for row in projected(ledger_of(told), cuts).run(contents)["samples"]
    ]

    assert registers == [7_000] * 3


def test_tables_made_anew_are_the_tables_that_were_there() -> None:
    day = many_visits(12)

    async def run() -> tuple[object, object, int]:
        async with Journal(ledger_of(day)) as journal:
            await catch_up(journal, page_count=7)
            before = await journal.run(contents)
            last = await rebuild(journal, page_count=1000)
            return before, await journal.run(contents), last

    before, after, last = asyncio.run(run())

    assert last == len(day)
    assert after == before


@given(st.permutations(Visit(minutes=120).entries()))
@settings(max_examples=24)
def test_the_order_in_which_one_transaction_is_told_does_not_matter(entries: list[Entry]) -> None:
    def bills_of(told: Sequence[Entry]) -> object:
        tables = projected(ledger_of([priced_from_midnight(), *told])).run(contents)
        return tables["sessions"], tables["bills"], tables["bill_lines"], tables["energy_quarters"]

    assert bills_of(entries) == bills_of(Visit(minutes=120).entries())

"""What every journal promises, in memory and on disk alike."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection

from tests.store.journals import KINDS, SEQS_OF_KINDS, appended, entry, opened, seqs_of_kinds, with_journal
from voltloom.store.chain import first_head, followed
from voltloom.store.entry import Entry, Head, Outcome, Receipt
from voltloom.store.errors import JournalClosedError, PayloadError
from voltloom.store.journal import GroupCommit, Journal

both = pytest.mark.parametrize("kind", KINDS)


@both
def test_what_was_acknowledged_is_read_back_in_order(kind: str, tmp_path: Path) -> None:
    entries = [entry(f"k{number}", number, at_ms=number) for number in range(50)]

    async def work(journal: Journal) -> tuple[list[Receipt], tuple[Entry, ...]]:
        receipts = await appended(journal, entries)
        rows = await journal.rows_after(0, 100)
        return receipts, tuple(Entry(r.key, r.kind, r.at_ms, r.payload, r.version) for r in rows)

    receipts, kept = with_journal(kind, tmp_path, work)

    assert receipts == [Receipt(number, Outcome.KEPT) for number in range(1, 51)]
    assert kept == tuple(entries)


@both
def test_the_same_key_again_returns_the_first_place_and_doubles_nothing(kind: str, tmp_path: Path) -> None:
    async def work(journal: Journal) -> tuple[list[Receipt], int]:
        first = await appended(journal, [entry("a"), entry("b"), entry("a")])
        later = await appended(journal, [entry("b"), entry("a", 2), entry("c")])
        return first + later, len(await journal.rows_after(0, 100))

    receipts, count = with_journal(kind, tmp_path, work)

    assert receipts == [
        Receipt(1, Outcome.KEPT),
        Receipt(2, Outcome.KEPT),
        Receipt(1, Outcome.KNOWN),
        Receipt(2, Outcome.KNOWN),
        Receipt(1, Outcome.CONFLICTING),
        Receipt(3, Outcome.KEPT),
    ]
    assert count == 3


@both
def test_entries_appended_together_stand_side_by_side(kind: str, tmp_path: Path) -> None:
    async def work(journal: Journal) -> list[str]:
        groups = [journal.append_together((entry(f"{n}a"), entry(f"{n}b"))) for n in range(20)]
        await asyncio.gather(*groups)
        return [row.key for row in await journal.rows_after(0, 100)]

    keys = with_journal(kind, tmp_path, work, GroupCommit(max_batch_count=3))

    assert keys == [f"{n}{part}" for n in range(20) for part in "ab"]


@both
def test_the_chain_of_what_was_kept_holds_and_ends_at_the_head(kind: str, tmp_path: Path) -> None:
    async def work(journal: Journal) -> tuple[Head, Head | object]:
        await appended(journal, [entry(f"k{n}") for n in range(30)])
        return await journal.head(), followed(first_head("yard"), await journal.rows_after(0, 100))

    head, end = with_journal(kind, tmp_path, work, GroupCommit(max_batch_count=7))

    assert head.seq == 30
    assert end == head


@both
def test_more_appends_than_may_wait_are_held_back_and_all_are_kept(kind: str, tmp_path: Path) -> None:
    settings = GroupCommit(max_batch_count=4, max_waiting_count=8)

    async def work(journal: Journal) -> tuple[int, int]:
        tasks = [asyncio.create_task(journal.append(entry(f"k{n}"))) for n in range(100)]
        await asyncio.sleep(0)
        taken = sum(not task.done() for task in tasks) - len(journal._without_room)
        await asyncio.gather(*tasks)
        return taken, (await journal.head()).seq

    taken, kept = with_journal(kind, tmp_path, work, settings)

    assert taken == 8
    assert kept == 100


@both
def test_what_does_not_wait_for_room_has_its_place_at_once(kind: str, tmp_path: Path) -> None:
    async def work(journal: Journal) -> list[str]:
        first = [journal.put((entry(f"k{n}"),)) for n in range(2)]
        cycle, later = (
            journal.put((entry("cycle"),), waits=False),
            list[asyncio.Future[tuple[Receipt, ...]]](),
        )
        # As soon as there is room again, somebody else comes.
        first[0].add_done_callback(lambda _: later.append(journal.put((entry("station"),))))
        await asyncio.gather(*first, cycle)
        await asyncio.gather(*later)
        return [row.key for row in await journal.rows_after(0, 100)]

    keys = with_journal(kind, tmp_path, work, GroupCommit(max_waiting_count=2))

    assert keys == ["k0", "k1", "cycle", "station"]


@both
def test_an_append_that_nobody_awaits_any_more_blocks_nobody(kind: str, tmp_path: Path) -> None:
    settings = GroupCommit(max_batch_count=2, max_waiting_count=2)

    async def work(journal: Journal) -> int:
        tasks = [asyncio.create_task(journal.append(entry(f"k{n}"))) for n in range(20)]
        await asyncio.sleep(0)
        for task in tasks[1::2]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return (await journal.append(entry("last"))).seq

    assert with_journal(kind, tmp_path, work, settings) >= 10


@both
def test_one_append_alone_does_not_wait_for_a_full_batch(kind: str, tmp_path: Path) -> None:
    async def work(journal: Journal) -> Receipt:
        return await asyncio.wait_for(journal.append(entry("a")), timeout=20.0)

    lingering = GroupCommit(max_batch_count=1000, linger_s=0.01)

    assert with_journal(kind, tmp_path, work, lingering).seq == 1


@both
def test_closing_commits_what_was_gathered_and_refuses_what_comes_later(kind: str, tmp_path: Path) -> None:
    async def run() -> list[Receipt]:
        journal = await opened(kind, tmp_path, GroupCommit(max_batch_count=3, linger_s=5.0))
        tasks = [asyncio.create_task(journal.append(entry(f"k{n}"))) for n in range(2)]
        await asyncio.sleep(0)
        await journal.close()
        with pytest.raises(JournalClosedError):
            await journal.append(entry("late"))
        return await asyncio.gather(*tasks)

    assert [receipt.seq for receipt in asyncio.run(run())] == [1, 2]


@both
def test_work_on_read_models_that_fails_tells_its_caller_and_undoes_itself(kind: str, tmp_path: Path) -> None:
    def broken(connection: Connection) -> None:
        connection.exec_driver_sql("INSERT INTO read_cursors VALUES ('yard', 7)")
        raise ZeroDivisionError

    async def work(journal: Journal) -> tuple[int, int]:
        with pytest.raises(ZeroDivisionError):
            await journal.run(broken)
        left = await journal.run(
            lambda connection: connection.exec_driver_sql("SELECT count(*) FROM read_cursors").scalar_one()
        )
        return left, (await journal.append(entry("after"))).seq

    assert with_journal(kind, tmp_path, work) == (0, 1)


def test_a_journal_that_is_opened_again_goes_on_where_it_ended(tmp_path: Path) -> None:
    async def work(journal: Journal) -> list[Receipt]:
        return await appended(journal, [entry("a"), entry("b")])

    first = with_journal("sqlite", tmp_path, work)
    second = with_journal("sqlite", tmp_path, work)

    assert [receipt.outcome for receipt in first] == [Outcome.KEPT] * 2
    assert second == [Receipt(1, Outcome.KNOWN), Receipt(2, Outcome.KNOWN)]


@both
@pytest.mark.parametrize(
    "wrong",
    [
        entry(""),
        entry("nul\0"),
        entry("x" * 501),
        entry("\ud800"),
        entry("k", at_ms=2**64),
        entry("k", kind=""),
    ],
)
def test_an_entry_that_no_journal_can_hold_fails_alone(wrong: Entry, kind: str, tmp_path: Path) -> None:
    async def work(journal: Journal) -> list[object]:
        told = [journal.append(one) for one in (entry("a"), wrong, entry("b"))]
        return list(await asyncio.gather(*told, return_exceptions=True))

    first, failure, last = with_journal(kind, tmp_path, work)

    assert (first, last) == (Receipt(1, Outcome.KEPT), Receipt(2, Outcome.KEPT))
    assert isinstance(failure, PayloadError)


def test_rows_of_a_kind_are_found_whether_an_index_or_a_look_at_every_row_finds_them(tmp_path: Path) -> None:
    seqs = seqs_of_kinds(tmp_path / "site.db")

    assert seqs == SEQS_OF_KINDS

"""The same store in PostgreSQL: the same promises, the same tables, the same bills."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text

from tests.store.day import contents, ledger_of, many_visits, projected
from tests.store.journals import SEQS_OF_KINDS, appended, entry, seqs_of_kinds
from tests.store.older import upgraded
from tests.store.postgres import postgresql
from voltloom.store.backup import back_up
from voltloom.store.database import writer_engine
from voltloom.store.entry import Head, Outcome
from voltloom.store.errors import BackupError, JournalLockedError, SchemaTooNewError
from voltloom.store.export import Period, session_rows, up_to_date
from voltloom.store.journal import GroupCommit, open_journal
from voltloom.store.migrating import revision_of
from voltloom.store.projecting import catch_up, rebuild
from voltloom.store.schema import HEAD_REVISION, metadata
from voltloom.store.sql_ledger import SqlLedger
from voltloom.store.verifying import verify


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgresql() as found:
        yield found


def test_a_day_comes_to_the_same_tables_as_in_memory(address: str) -> None:
    day = many_visits(12)
    expected = projected(ledger_of(day))

    async def run() -> tuple[object, object, Head]:
        settings = GroupCommit(max_batch_count=7)
        async with await open_journal(address, node="yard", settings=settings) as journal:
            await appended(journal, day)
            again = await appended(journal, day)
            assert {receipt.outcome for receipt in again} == {Outcome.KNOWN}
            await catch_up(journal, page_count=13)
            stepwise = await journal.run(contents)
            await rebuild(journal)
            return stepwise, await journal.run(contents), await journal.head()

    stepwise, anew, head = asyncio.run(run())

    assert stepwise == anew == expected.run(contents)
    assert head == expected.head
    assert verify(address, [head]).problems == ()
    with up_to_date(address) as connection:
        assert len(list(session_rows(connection, Period()))) == 12


def test_quarters_kept_for_an_open_transaction_go_and_those_of_a_session_stay(address: str) -> None:
    with writer_engine(address).connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CREATE DATABASE older"))

    found, expected = upgraded(address.replace("/postgres?", "/older?"))

    assert found == expected
    assert {row[2] for row in found["energy_quarters"]} == {"1"}


def test_rows_of_a_kind_are_found_whether_an_index_or_a_look_at_every_row_finds_them(address: str) -> None:
    seqs = seqs_of_kinds(address)

    assert seqs == SEQS_OF_KINDS


def test_the_migrations_make_the_tables_that_the_program_uses(address: str) -> None:
    ledger = SqlLedger(address, "tables")

    assert ledger.run(revision_of) == HEAD_REVISION
    assert ledger.run(lambda c: compare_metadata(MigrationContext.configure(c), metadata)) == []
    ledger.close()


def test_a_node_is_written_by_one_process_and_other_nodes_beside_it(address: str) -> None:
    first = SqlLedger(address, "one")
    other = SqlLedger(address, "two")

    with pytest.raises(JournalLockedError, match="journal of 'one'"):
        SqlLedger(address, "one")

    assert first.commit([entry("k")])[0].seq == other.commit([entry("k")])[0].seq == 1
    first.close()
    other.close()
    SqlLedger(address, "one").close()


def test_a_changed_row_is_found(address: str) -> None:
    ledger = SqlLedger(address, "tampered")
    ledger.commit([entry(f"k{n}") for n in range(20)])
    ledger.run(
        lambda c: c.exec_driver_sql("UPDATE journal SET kind = 'x' WHERE node = 'tampered' AND seq = 8")
    )
    ledger.close()

    assert [(p.node, p.seq) for p in verify(address).problems] == [("tampered", 8)]


def test_what_is_done_otherwise_says_so(address: str) -> None:
    ledger = SqlLedger(address, "newer")
    with pytest.raises(BackupError, match="pg_dump"):
        back_up(address, Path("copy.db"))
    ledger.run(lambda c: c.exec_driver_sql("UPDATE alembic_version SET version_num = 'r9999'"))
    ledger.close()

    with pytest.raises(SchemaTooNewError, match="newer version"):
        SqlLedger(address, "newer")

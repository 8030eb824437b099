"""Tables are brought to today's form when a journal is opened, and a newer form is refused."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from tests.store.day import Visit, priced_from_midnight
from tests.store.older import upgraded
from voltloom.store.database import writer_engine
from voltloom.store.errors import ChainBrokenError, SchemaTooNewError
from voltloom.store.migrating import MIGRATIONS, migrate, revision_of
from voltloom.store.projecting import apply, cursor_of
from voltloom.store.schema import HEAD_REVISION, metadata
from voltloom.store.sql_ledger import SqlLedger


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), metadata))


def test_the_migrations_make_the_tables_that_the_program_uses(tmp_path: Path) -> None:
    with writer_engine(tmp_path / "site.db").connect() as connection:
        migrate(connection)

        with connection.begin():
            assert revision_of(connection) == HEAD_REVISION
            assert differences(connection) == []


def test_eight_journals_that_are_opened_at_once_all_get_their_tables(tmp_path: Path) -> None:
    ready = Barrier(8)

    def opened(number: int) -> str | None:
        ready.wait()
        ledger = SqlLedger(tmp_path / f"{number}.db", "yard")
        found = ledger.run(revision_of)
        ledger.close()
        return found

    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(opened, range(8)))

    assert found == [HEAD_REVISION] * 8


def test_the_newest_migration_is_the_one_the_program_names() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD_REVISION


def test_a_journal_from_before_the_read_models_gets_them_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    with writer_engine(path).connect() as connection:
        migrate(connection, "r0001")
        with connection.begin():
            assert revision_of(connection) == "r0001"
            assert differences(connection) != []

    ledger = SqlLedger(path, "yard")
    ledger.commit([priced_from_midnight(), *Visit().entries()])
    rows = ledger.rows_after(0, 99)
    ledger.run(lambda connection: apply(connection, "yard", rows))

    assert ledger.run(lambda c: cursor_of(c, "yard")) == len(rows) == 6
    ledger.close()


def test_quarters_kept_for_an_open_transaction_go_and_those_of_a_session_stay(tmp_path: Path) -> None:
    found, expected = upgraded(tmp_path / "site.db")

    assert found == expected
    assert {row[2] for row in found["energy_quarters"]} == {"1"}


def test_a_journal_of_a_newer_program_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    SqlLedger(path, "yard").close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'r9999'")
    connection.close()
    before = path.read_bytes()

    with pytest.raises(SchemaTooNewError, match=r"'r9999'.*written by a newer version"):
        SqlLedger(path, "yard")

    assert path.read_bytes() == before


def test_a_journal_whose_end_was_cut_off_is_not_written_on(tmp_path: Path) -> None:
    path = tmp_path / "site.db"
    ledger = SqlLedger(path, "yard")
    ledger.commit(Visit().entries())
    ledger.close()
    with sqlite3.connect(path) as connection:
        connection.execute("DELETE FROM journal WHERE seq = 5")
    connection.close()

    with pytest.raises(ChainBrokenError, match="audit verify"):
        SqlLedger(path, "yard")

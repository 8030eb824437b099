"""A journal in the form it had before open transactions came to nothing: a quarter is kept for one of them."""

from pathlib import Path

from sqlalchemy import insert, inspect

from tests.store.day import Visit, contents, ledger_of, projected
from voltloom.store.database import writer_engine
from voltloom.store.migrating import migrate
from voltloom.store.schema import READ_MODELS, energy_quarters
from voltloom.store.sql_ledger import SqlLedger

Tables = dict[str, list[tuple[object, ...]]]


def upgraded(target: str | Path) -> tuple[Tables, Tables]:
    """Make such a journal in an empty database and open it; return its read models and what they should be."""
    is_open = Visit(transaction_id="2", evse_id="A2")
    expected = projected(ledger_of([*Visit().entries(), *is_open.entries()[:-1]])).run(contents)
    quarter = ("yard", is_open.station_id, is_open.transaction_id, is_open.start_ms, is_open.evse_id, 7)
    older = {**expected, energy_quarters.name: [*expected[energy_quarters.name], quarter]}
    with writer_engine(target).connect() as connection:
        migrate(connection, "r0002")
        with connection.begin():
            for table in READ_MODELS:
                had = {column["name"] for column in inspect(connection).get_columns(table.name)}
                for row in older[table.name]:
                    values = dict(zip(table.columns.keys(), row, strict=True))
                    values = {name: value for name, value in values.items() if name in had}
                    connection.execute(insert(table).values(values))
    ledger = SqlLedger(target, "yard")
    found = ledger.run(contents)
    ledger.close()
    return found, expected

"""The tables, once for SQLite and PostgreSQL. Energy in tenths of a Wh, money in minor units, times in ms: integers only.

`journal` and `journal_heads` are the record; everything else is a read model and may be dropped and made again.
The migrations make these very tables (tests/store/test_migrating.py compares them).
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    FromClause,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    literal_column,
)

HEAD_REVISION: Final = "r0005"
FREQUENT_KIND: Final = "energy_sampled"  # all but a few rows of a site in use
metadata: Final = MetaData()

journal: Final = Table(
    "journal",
    metadata,
    Column("node", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, autoincrement=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("key", Text, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    Column("chain_hash", LargeBinary, nullable=False),
    PrimaryKeyConstraint("node", "seq", name="journal_pk"),
    UniqueConstraint("node", "key", name="journal_key_once"),
    sqlite_with_rowid=False,
)


def is_seldom(rows: FromClause) -> ColumnElement[bool]:
    """Return the condition that keeps the frequent kind out, as it stands in the index: a query must repeat it."""
    return rows.c.kind != literal_column(f"'{FREQUENT_KIND}'")


# Readings are left out: they are most rows, found at once from the end, and writing them is to cost no second index.
Index(
    *("journal_by_kind", journal.c.node, journal.c.kind, journal.c.seq),
    sqlite_where=is_seldom(journal),
    postgresql_where=is_seldom(journal),
)

journal_heads: Final = Table(
    "journal_heads",
    metadata,
    Column("node", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
    Column("chain_hash", LargeBinary, nullable=False),
)

read_cursors: Final = Table(
    "read_cursors",
    metadata,
    Column("node", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

tariffs: Final = Table(
    "tariffs",
    metadata,
    Column("node", Text, nullable=False),
    Column("seq", BigInteger, nullable=False, autoincrement=False),
    Column("from_ms", BigInteger, nullable=False),
    Column("payload", LargeBinary, nullable=False),
    PrimaryKeyConstraint("node", "seq", name="tariffs_pk"),
)

# A station may use an id again: transaction_id is then 'id~2', told_id stays 'id'.
transactions: Final = Table(
    "transactions",
    metadata,
    Column("node", Text, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("told_id", Text, nullable=False),
    Column("generation", Integer, nullable=False),
    Column("same_as", Text, nullable=False),  # the transaction it was told under before; empty for most
    Column("evse_id", Text, nullable=False),
    Column("started_ms", BigInteger, nullable=True),
    Column("start_seq", BigInteger, nullable=False),  # 0 while its start is not known
    Column("start_at_ms", BigInteger, nullable=False),  # when the start came in
    Column("start", LargeBinary, nullable=True),  # the payloads
    Column("start_fingerprint", Text, nullable=False),
    Column("stop_at_ms", BigInteger, nullable=False),
    Column("stop", LargeBinary, nullable=True),
    Column("has_conflict", Boolean, nullable=False),
    Column("review", LargeBinary, nullable=True),
    Column("status", Text, nullable=False),
    PrimaryKeyConstraint("node", "station_id", "transaction_id", name="transactions_pk"),
)
Index("transactions_told", transactions.c.node, transactions.c.station_id, transactions.c.told_id)
Index("transactions_fingerprint", transactions.c.node, transactions.c.start_fingerprint)
Index("transactions_evse", transactions.c.node, transactions.c.evse_id, transactions.c.started_ms)

samples: Final = Table(
    "samples",
    metadata,
    Column("node", Text, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("sampled_ms", BigInteger, nullable=False, autoincrement=False),
    Column("register_tenth_wh", BigInteger, nullable=False),
    Column("power_w", BigInteger, nullable=True),
    Column("exported_tenth_wh", BigInteger, nullable=True),
    PrimaryKeyConstraint("node", "station_id", "transaction_id", "sampled_ms", name="samples_pk"),
    sqlite_with_rowid=False,
)

sessions: Final = Table(
    "sessions",
    metadata,
    Column("node", Text, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("evse_id", Text, nullable=False),
    Column("id_token", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("stop_ms", BigInteger, nullable=False),
    Column("first_power_ms", BigInteger, nullable=True),
    Column("last_power_ms", BigInteger, nullable=True),
    Column("meter_start_tenth_wh", BigInteger, nullable=True),
    Column("meter_stop_tenth_wh", BigInteger, nullable=True),
    Column("energy_tenth_wh", BigInteger, nullable=False),
    Column("exported_tenth_wh", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("doubts", Text, nullable=False),
    Column("is_quarantined", Boolean, nullable=False),
    Column("reviewed_by", Text, nullable=False),
    PrimaryKeyConstraint("node", "station_id", "transaction_id", name="sessions_pk"),
)
Index("sessions_by_start", sessions.c.start_ms)

energy_quarters: Final = Table(
    "energy_quarters",
    metadata,
    Column("node", Text, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("start_ms", BigInteger, nullable=False, autoincrement=False),
    Column("evse_id", Text, nullable=False),
    Column("energy_tenth_wh", BigInteger, nullable=False),
    PrimaryKeyConstraint("node", "station_id", "transaction_id", "start_ms", name="energy_quarters_pk"),
)
Index("energy_quarters_by_time", energy_quarters.c.start_ms)

bills: Final = Table(
    "bills",
    metadata,
    Column("node", Text, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("tariff", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("minor_digits", Integer, nullable=False),
    Column("energy_tenth_wh", BigInteger, nullable=False),
    Column("total_minor", BigInteger, nullable=True),
    Column("note", Text, nullable=False),
    PrimaryKeyConstraint("node", "station_id", "transaction_id", name="bills_pk"),
)

bill_lines: Final = Table(
    "bill_lines",
    metadata,
    Column("node", Text, nullable=False),
    Column("station_id", Text, nullable=False),
    Column("transaction_id", Text, nullable=False),
    Column("line", Integer, nullable=False, autoincrement=False),
    Column("start_ms", BigInteger, nullable=False),
    Column("end_ms", BigInteger, nullable=False),
    Column("price_nano_per_kwh", BigInteger, nullable=False),
    Column("energy_tenth_wh", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("kind", Text, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("price_nano_per_h", BigInteger, nullable=False),
    PrimaryKeyConstraint("node", "station_id", "transaction_id", "line", name="bill_lines_pk"),
)

RECORD: Final = (journal, journal_heads)
READ_MODELS: Final = (
    *(read_cursors, tariffs, transactions, samples, sessions, energy_quarters, bills, bill_lines),
)

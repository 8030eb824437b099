"""The read models: tariffs, transactions with their samples, sessions, quarters of an hour, bills."""

import sqlalchemy as sa
from alembic import op

revision = "r0002"
down_revision = "r0001"


def upgrade() -> None:
    """Make the read models' tables."""
    _make_bills()
    _make_energy()
    _make_sessions()
    _make_transactions()


def _make_bills() -> None:
    op.create_table(
        "bill_lines",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("price_nano_per_kwh", sa.BigInteger(), nullable=False),
        sa.Column("energy_tenth_wh", sa.BigInteger(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node", "station_id", "transaction_id", "line", name="bill_lines_pk"),
    )
    op.create_table(
        "bills",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("tariff", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("minor_digits", sa.Integer(), nullable=False),
        sa.Column("energy_tenth_wh", sa.BigInteger(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", "station_id", "transaction_id", name="bills_pk"),
    )


def _make_energy() -> None:
    op.create_table(
        "energy_quarters",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("evse_id", sa.Text(), nullable=False),
        sa.Column("energy_tenth_wh", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "node", "station_id", "transaction_id", "start_ms", name="energy_quarters_pk"
        ),
    )
    op.create_index("energy_quarters_by_time", "energy_quarters", ["start_ms"], unique=False)
    op.create_table(
        "samples",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("sampled_ms", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("register_tenth_wh", sa.BigInteger(), nullable=False),
        sa.Column("power_w", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("node", "station_id", "transaction_id", "sampled_ms", name="samples_pk"),
        sqlite_with_rowid=False,
    )


def _make_sessions() -> None:
    op.create_table(
        "read_cursors",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("node"),
    )
    op.create_table(
        "sessions",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("session_id", sa.Text(), nullable=False),
        sa.Column("evse_id", sa.Text(), nullable=False),
        sa.Column("id_token", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("stop_ms", sa.BigInteger(), nullable=False),
        sa.Column("first_power_ms", sa.BigInteger(), nullable=True),
        sa.Column("last_power_ms", sa.BigInteger(), nullable=True),
        sa.Column("meter_start_tenth_wh", sa.BigInteger(), nullable=True),
        sa.Column("meter_stop_tenth_wh", sa.BigInteger(), nullable=True),
        sa.Column("energy_tenth_wh", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("doubts", sa.Text(), nullable=False),
        sa.Column("is_quarantined", sa.Boolean(), nullable=False),
        sa.Column("reviewed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", "station_id", "transaction_id", name="sessions_pk"),
    )
    op.create_index("sessions_by_start", "sessions", ["start_ms"], unique=False)
    op.create_table(
        "tariffs",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("node", "seq", name="tariffs_pk"),
    )


def _make_transactions() -> None:
    op.create_table(
        "transactions",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("station_id", sa.Text(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=False),
        sa.Column("told_id", sa.Text(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("same_as", sa.Text(), nullable=False),
        sa.Column("evse_id", sa.Text(), nullable=False),
        sa.Column("started_ms", sa.BigInteger(), nullable=True),
        sa.Column("start_seq", sa.BigInteger(), nullable=False),
        sa.Column("start_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("start", sa.LargeBinary(), nullable=True),
        sa.Column("start_fingerprint", sa.Text(), nullable=False),
        sa.Column("stop_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("stop", sa.LargeBinary(), nullable=True),
        sa.Column("has_conflict", sa.Boolean(), nullable=False),
        sa.Column("review", sa.LargeBinary(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("node", "station_id", "transaction_id", name="transactions_pk"),
    )
    op.create_index("transactions_evse", "transactions", ["node", "evse_id", "started_ms"], unique=False)
    op.create_index("transactions_fingerprint", "transactions", ["node", "start_fingerprint"], unique=False)
    op.create_index("transactions_told", "transactions", ["node", "station_id", "told_id"], unique=False)

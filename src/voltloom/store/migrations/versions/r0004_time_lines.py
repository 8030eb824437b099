"""A bill's line may be of time as well as of energy; the lines that are kept are of energy."""

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"


def upgrade() -> None:
    """Add what a line of time holds."""
    for column in (
        sa.Column("kind", sa.Text(), nullable=False, server_default="energy"),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("price_nano_per_h", sa.BigInteger(), nullable=False, server_default="0"),
    ):
        op.add_column("bill_lines", column)

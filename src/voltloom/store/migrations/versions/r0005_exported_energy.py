"""A session keeps what its vehicle fed back; of those that are kept none was told."""

import sqlalchemy as sa
from alembic import op

revision = "r0005"
down_revision = "r0004"


def upgrade() -> None:
    """Add the register of exported energy, and what a session comes to by it."""
    op.add_column("samples", sa.Column("exported_tenth_wh", sa.BigInteger(), nullable=True))
    kept = sa.Column("exported_tenth_wh", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("sessions", kept)

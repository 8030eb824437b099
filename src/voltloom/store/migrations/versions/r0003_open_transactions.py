"""Open transactions come to nothing yet: their quarters go. Rows of seldom kinds are found by an index."""

import sqlalchemy as sa
from alembic import op

revision = "r0003"
down_revision = "r0002"


def upgrade() -> None:
    """Remove the quarters that have no session beside them, and make the index."""
    op.execute(
        "DELETE FROM energy_quarters WHERE NOT EXISTS (SELECT 1 FROM sessions "
        "WHERE sessions.node = energy_quarters.node AND sessions.station_id = energy_quarters.station_id "
        "AND sessions.transaction_id = energy_quarters.transaction_id)"
    )
    is_seldom = sa.text("kind != 'energy_sampled'")
    op.create_index(
        "journal_by_kind",
        "journal",
        ["node", "kind", "seq"],
        unique=False,
        sqlite_where=is_seldom,
        postgresql_where=is_seldom,
    )

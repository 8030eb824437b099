"""Bringing a database's tables to this program's form, by the migrations that lie in the wheel; never backwards."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

from voltloom.store.errors import SchemaTooNewError
from voltloom.store.schema import HEAD_REVISION

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS: Final = Path(__file__).parent / "migrations"

_ALEMBIC = Lock()  # it keeps what it works on in module globals


def migrate(connection: Connection, revision: str = "head") -> None:
    """Bring the tables up to a revision, each step in a transaction; one database after another in a process.

    Raises SchemaTooNewError where the database was written by a newer program; nothing is changed then.
    """
    with connection.begin():
        found = revision_of(connection)
    if found == HEAD_REVISION:
        return
    with _ALEMBIC:
        from alembic import command
        from alembic.script import ScriptDirectory

        config = migration_config(connection)
        scripts = ScriptDirectory.from_config(config).walk_revisions()
        check_known(found, {script.revision for script in scripts})
        command.upgrade(config, revision)


def check_known(found: str | None, known: set[str]) -> None:
    """Raise SchemaTooNewError where a revision is not among the known ones."""
    if found is not None and found not in known:
        raise SchemaTooNewError(
            f"This journal has the form '{found}', which this Voltloom does not know (its newest is "
            f"'{HEAD_REVISION}'). It was written by a newer version: use that one. Nothing was changed."
        )


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database's tables; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def migration_config(connection: Connection) -> Config:
    """Return what Alembic needs: where the migrations lie, and the open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config

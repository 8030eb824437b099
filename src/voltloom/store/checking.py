"""Whether a journal could be opened by a node, told without opening it for writing; and its rows of one kind."""

from __future__ import annotations

import os
from enum import Enum
from pathlib import Path

from sqlalchemy import select

from voltloom.store.database import FileLock, clear_errors, reader_engine
from voltloom.store.entry import JournalRow
from voltloom.store.errors import JournalLockedError, JournalUnreadableError, JournalWriteError
from voltloom.store.journal_rows import nodes
from voltloom.store.schema import journal


class Standing(Enum):
    """How a journal stands."""

    ABSENT = "absent"  # it will be made
    FREE = "free"
    IN_USE = "in_use"  # by a process that writes it


def standing_of(path: Path, node: str) -> Standing:
    """Return how a journal's file stands. Nothing is made or changed.

    Raises StoreError where the node could not write it, or it is another node's alone.
    """
    above = path.absolute().parent
    if not above.is_dir():
        raise JournalUnreadableError(f"{above} is no folder. Make it first.")
    if not os.access(above, os.W_OK):
        raise JournalWriteError(f"{above} cannot be written. Check its rights.")
    if not path.exists():
        return Standing.ABSENT
    if not os.access(path, os.W_OK):
        raise JournalWriteError(f"{path} cannot be written. Check its rights.")
    if path.stat().st_size == 0:
        return Standing.ABSENT
    with clear_errors(path), reader_engine(path).connect() as connection, connection.begin():
        found = nodes(connection)
    if found and node not in found:
        raise JournalUnreadableError(
            f"{path} holds the journal of '{', '.join(found)}', not of '{node}'. Correct journal.node or journal.path."
        )
    return Standing.IN_USE if _is_locked(path) else Standing.FREE


def kept_rows(path: Path, node: str, kind: str) -> tuple[JournalRow, ...]:
    """Return every row of one kind that a node has kept, the oldest first; beside a running writer too."""
    columns = [journal.c[name] for name in JournalRow._fields]
    query = select(*columns).where(journal.c.node == node, journal.c.kind == kind).order_by(journal.c.seq)
    with clear_errors(path), reader_engine(path).connect() as connection, connection.begin():
        return tuple(JournalRow(*row) for row in connection.execute(query))


def _is_locked(path: Path) -> bool:
    real = path.resolve()
    if not real.with_name(f"{real.name}.lock").exists():
        return False
    try:
        FileLock(path).release()
    except JournalLockedError:
        return True
    return False

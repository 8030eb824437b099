"""How a database is opened: SQLite with WAL and FULL under a lock for its one writer, or PostgreSQL; errors made clear."""

from __future__ import annotations

import errno
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

from voltloom.store.errors import (
    JournalFullError,
    JournalLockedError,
    JournalUnreadableError,
    JournalWriteError,
    StoreError,
)

BUSY_WAIT_S: Final = 5.0  # how long another program may hold SQLite's write lock
SQLITE_HEADER: Final = b"SQLite format 3\0"
PRIMARY_CODE: Final = 0xFF  # SQLite's extended result codes carry the primary one in their low byte


class FileLock:
    """The right of one process to write a journal file, kept in a file beside it until released or the process ends."""

    def __init__(self, path: Path) -> None:
        """Take the lock. Raises JournalLockedError where another process has it."""
        real = path.resolve()  # a link to a journal is the same journal
        self.path = real.with_name(f"{real.name}.lock")
        try:
            self._handle = self.path.open("a+", encoding="ascii")
        except OSError as wrong:
            remedy = "The journal's folder must be there, and writable by whoever runs this."
            raise JournalUnreadableError(
                f"{self.path} cannot be opened: {wrong.strerror}. {remedy}"
            ) from wrong
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as wrong:
            self._handle.seek(0)
            holder = self._handle.read().strip() or "unknown"
            self._handle.close()
            if wrong.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise JournalUnreadableError(f"{self.path} cannot be locked: {wrong.strerror}.") from wrong
            raise JournalLockedError(
                f"{path} is open in another process (pid {holder}). Stop it, or use another file."
            ) from None
        self._handle.truncate(0)
        self._handle.write(f"{os.getpid()}\n")
        self._handle.flush()

    def release(self) -> None:
        """Give the lock back; the file stays, since deleting it would let two processes in."""
        self._handle.close()


def sqlite_path(target: str | Path) -> Path | None:
    """Return the file of a SQLite database given as path or URL; None for other databases."""
    if isinstance(target, Path):
        return target
    if "://" not in target:
        return Path(target)
    url = make_url(target)
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def writer_engine(target: str | Path) -> Engine:
    """Return an engine for the one writer: explicit transactions that take the write lock at once."""
    path = sqlite_path(target)
    if path is None:
        return create_engine(str(target), poolclass=NullPool)
    engine = create_engine(
        f"sqlite:///{path}",
        poolclass=NullPool,
        connect_args={"timeout": BUSY_WAIT_S, "check_same_thread": False},
    )
    event.listen(engine, "connect", _prepare_writer)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    return engine


def reader_engine(target: str | Path) -> Engine:
    """Return an engine that only reads; it may be used beside a running writer.

    Raises JournalUnreadableError where there is no such file.
    """
    path = sqlite_path(target)
    if path is None:
        return create_engine(str(target), poolclass=NullPool)
    check_is_database(path)

    def connect() -> sqlite3.Connection:
        # Opened for writing, since a reader of a WAL must be able to make its index; the pragma forbids any change.
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_WAIT_S, check_same_thread=False
        )
        connection.isolation_level = None
        connection.execute("PRAGMA query_only=ON")
        return connection

    engine = create_engine("sqlite://", creator=connect, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


def check_is_database(path: Path) -> None:
    """Raise JournalUnreadableError where a file is absent or no SQLite database."""
    try:
        with path.open("rb") as file:
            begins = file.read(len(SQLITE_HEADER))
    except OSError as wrong:
        raise JournalUnreadableError(f"{path} cannot be read: {wrong.strerror}.") from wrong
    if begins != SQLITE_HEADER:
        raise JournalUnreadableError(f"{path} is no journal: it is not a SQLite database.")


@contextmanager
def clear_errors(target: str | Path) -> Iterator[None]:
    """Turn what a database driver raises into a StoreError that says what to do."""
    try:
        yield
    except DBAPIError as wrong:
        raise translated(wrong.orig, target) from wrong
    except sqlite3.Error as wrong:
        raise translated(wrong, target) from wrong


def translated(wrong: BaseException | None, target: str | Path) -> StoreError:
    """Return the StoreError for a driver's error. Only SQLite tells more than that it failed."""
    where = shown(target)
    code = getattr(wrong, "sqlite_errorcode", None)
    match None if code is None else code & PRIMARY_CODE:
        case sqlite3.SQLITE_FULL:
            return JournalFullError(f"{where}: the disk is full. Make room; nothing of this commit was kept.")
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return JournalLockedError(
                f"{where}: another program has held its write lock for {BUSY_WAIT_S:.0f} s. End that program."
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_CANTOPEN:
            return JournalWriteError(
                f"{where}: cannot be written ({wrong}). Check the rights of file and folder."
            )
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return JournalUnreadableError(f"{where}: is damaged ({wrong}). Restore the last back-up.")
    return JournalWriteError(f"{where}: {wrong}. Nothing of this commit was acknowledged.")


def shown(target: str | Path) -> str:
    """Return a target as it may be shown: without its password."""
    return make_url(str(target)).render_as_string() if "://" in str(target) else str(target)


def _prepare_writer(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
    assert isinstance(connection, sqlite3.Connection)
    connection.isolation_level = None  # BEGIN is said by us, so that migrations are transactions too
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")

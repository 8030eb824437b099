"""Back-ups of a journal that is in use, each with a manifest of where its chains end, and restores that check first.

Nothing is ever overwritten: a file gets its name only when it is whole, durable and verified.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import select

from voltloom.store.database import clear_errors, reader_engine, shown, sqlite_path
from voltloom.store.entry import Head
from voltloom.store.errors import BackupError, ChainBrokenError, JournalWriteError
from voltloom.store.schema import journal
from voltloom.store.verifying import Verdict, verify

MANIFEST_FORM: Final = 1
LEFTOVERS: Final = (
    "-wal",
    "-shm",
    "-journal",
)  # SQLite would take them for a part of a new file of that name
READ_BYTES: Final = 1 << 20


class ChainEnd(msgspec.Struct, frozen=True, kw_only=True):
    """Where the chain of a node ends. chain_hash: as hexadecimal digits."""

    node: str
    seq: int
    chain_hash: str

    def as_head(self) -> Head:
        """Return it as the head of a chain."""
        return Head(self.node, self.seq, bytes.fromhex(self.chain_hash))


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a back-up holds. last_at_ms: when its newest event came in, 0 where it has none."""

    form: int
    file: str
    size_bytes: int
    sha256: str
    last_at_ms: int
    nodes: tuple[ChainEnd, ...]

    @property
    def heads(self) -> tuple[Head, ...]:
        """Return where each chain ends."""
        return tuple(end.as_head() for end in self.nodes)


def manifest_path(backup: Path) -> Path:
    """Return where the manifest of a back-up lies: beside it."""
    return backup.with_name(f"{backup.name}.manifest.json")


def back_up(source: str | Path, destination: Path) -> Manifest:
    """Copy a journal as it is at one moment, even while it is written, and verify the copy.

    Raises BackupError where something is in the way, ChainBrokenError where the journal is not sound, StoreError.
    """
    if sqlite_path(source) is None:
        raise BackupError(f"{shown(source)}: is no SQLite file. Use PostgreSQL's own pg_dump.")
    manifest_file = manifest_path(destination)
    _refuse_existing(destination, manifest_file)
    with _named_when_whole(destination) as partial:
        copy_database(source, partial)
        verdict = verify(partial)
        _refuse_broken(source, verdict)
        manifest = _manifest_of(destination.name, partial, verdict)
        _write_durably(manifest_file, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return manifest


def restore(backup: Path, destination: Path) -> Manifest:
    """Put a back-up in place as a journal, after its bytes, its chains and their ends were verified.

    Raises BackupError where something is in the way or the manifest is absent, ChainBrokenError where the back-up is
    not what was written.
    """
    manifest = read_manifest(manifest_path(backup))
    _refuse_existing(destination, *(destination.with_name(destination.name + end) for end in LEFTOVERS))
    with _named_when_whole(destination) as partial:
        try:
            shutil.copyfile(backup, partial)
        except OSError as wrong:
            raise BackupError(f"{backup} cannot be copied to {partial}: {wrong.strerror}.") from wrong
        if _sha256(partial) != manifest.sha256:
            raise ChainBrokenError(
                f"{backup} is not the file that its manifest tells of: its bytes were changed."
            )
        verdict = verify(partial, manifest.heads)
        _refuse_broken(backup, verdict)
        if sorted(verdict.heads) != sorted(manifest.heads):
            raise ChainBrokenError(f"{backup} ends at other rows than its manifest tells.")
    return manifest


def read_manifest(path: Path) -> Manifest:
    """Return a manifest.

    Raises BackupError where there is none or it cannot be understood.
    """
    try:
        manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
        bytes_of_heads = manifest.heads
    except OSError as wrong:
        raise BackupError(
            f"{path} cannot be read: {wrong.strerror}. A back-up needs its manifest."
        ) from wrong
    except (msgspec.MsgspecError, ValueError) as wrong:
        raise BackupError(f"{path} is no manifest: {wrong}.") from wrong
    if manifest.form != MANIFEST_FORM or not all(len(head.chain_hash) == 32 for head in bytes_of_heads):
        raise BackupError(f"{path} has a form that this Voltloom does not know: use a newer one.")
    return manifest


def copy_database(source: str | Path, destination: Path) -> None:
    """Copy a SQLite database as it is at one moment into one file, which stands by itself without a WAL."""
    with clear_errors(source), reader_engine(source).connect() as connection:
        held = connection.connection.driver_connection
        assert isinstance(held, sqlite3.Connection)
        with _opened(destination) as copy:
            held.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
    _sync(destination)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    with clear_errors(path):
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            yield connection
        finally:
            connection.close()


@contextmanager
def _named_when_whole(destination: Path) -> Iterator[Path]:
    """Give a file to work on; it gets its name when the work was done, unless somebody took the name meanwhile."""
    partial = destination.with_name(f"{destination.name}.partial")
    try:
        partial.unlink(missing_ok=True)
        yield partial
        _sync(partial)
        os.link(partial, destination)  # unlike a rename it never replaces a file
        _sync(destination.parent)
    except FileExistsError:
        raise BackupError(f"{destination} exists. Nothing is overwritten: give another name.") from None
    except OSError as wrong:
        raise JournalWriteError(f"{destination} cannot be written: {wrong.strerror}.") from wrong
    finally:
        partial.unlink(missing_ok=True)


def _manifest_of(name: str, file: Path, verdict: Verdict) -> Manifest:
    with clear_errors(file), reader_engine(file).connect() as connection, connection.begin():
        last = connection.execute(select(journal.c.at_ms).order_by(journal.c.at_ms.desc()).limit(1)).scalar()
    return Manifest(
        form=MANIFEST_FORM,
        file=name,
        size_bytes=file.stat().st_size,
        sha256=_sha256(file),
        last_at_ms=0 if last is None else int(last),
        nodes=tuple(
            ChainEnd(node=head.node, seq=head.seq, chain_hash=head.chain_hash.hex()) for head in verdict.heads
        ),
    )


def _refuse_existing(*paths: Path) -> None:
    for path in paths:
        if path.exists():
            raise BackupError(f"{path} exists. Nothing is overwritten: give another name, or move it away.")


def _refuse_broken(source: str | Path, verdict: Verdict) -> None:
    if verdict.problems:
        raise ChainBrokenError(f"{shown(source)} is not what was written: {verdict.problems[0].what}.")


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while some := file.read(READ_BYTES):
            digest.update(some)
    return digest.hexdigest()


def _write_durably(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The hash chain: each row's hash covers the row before and every field of its own, so that no byte changes unseen.

hash = SHA-256(hash before + canonical bytes). The canonical bytes give each text's length before the text: no two
different rows have the same ones. Whoever can write the file can make the whole chain anew; a head that is kept
elsewhere (the manifest of a back-up) shows that too.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from voltloom.store.entry import Entry, Head, JournalRow, Kept, Outcome, Receipt

SEED: Final = b"voltloom journal 1\0"
FIXED: Final = struct.Struct(">qqqIIII")
FIELD_TYPES: Final = (str, int, int, str, int, str, bytes, bytes)


class Extension(NamedTuple):
    """What a commit adds to a chain: the new rows, a receipt for each entry, and the head after them."""

    rows: tuple[JournalRow, ...]
    receipts: tuple[Receipt, ...]
    head: Head


class Problem(NamedTuple):
    """The first row of a node that is not what was written; everything after it is unproven too."""

    node: str
    seq: int
    what: str


def first_head(node: str) -> Head:
    """Return the head of a node that has kept nothing."""
    return Head(node, 0, hashlib.sha256(SEED + node.encode()).digest())


def chain_hash(before: bytes, entry: Entry, node: str, seq: int) -> bytes:
    """Return the hash of an entry at its place, 32 bytes."""
    texts = (node.encode(), entry.kind.encode(), entry.key.encode(), entry.payload)
    sizes = FIXED.pack(seq, entry.at_ms, entry.version, *map(len, texts))
    return hashlib.sha256(b"".join((before, sizes, *texts))).digest()


def extended(head: Head, entries: Iterable[Entry], known: Mapping[str, Kept]) -> Extension:
    """Return what a commit of some entries adds.

    known: which of their keys were kept before. A key that comes twice among the entries is kept once.
    """
    node, seq, before = head
    found = dict(known)
    rows: list[JournalRow] = []
    receipts: list[Receipt] = []
    for entry in entries:
        if (kept := found.get(entry.key)) is not None:
            receipts.append(kept.receipt_for(entry))
            continue
        seq += 1
        before = chain_hash(before, entry, node, seq)
        rows.append(
            JournalRow(node, seq, entry.at_ms, entry.kind, entry.version, entry.key, entry.payload, before)
        )
        found[entry.key] = Kept(seq, entry.kind, entry.version, entry.payload)
        receipts.append(Receipt(seq, Outcome.KEPT))
    return Extension(tuple(rows), tuple(receipts), Head(node, seq, before))


def followed(head: Head, rows: Sequence[JournalRow]) -> Head | Problem:
    """Return the head after some rows that shall follow it, or the first that does not."""
    node, seq, before = head
    for row in rows:
        seq += 1
        if row.seq != seq:
            return Problem(node, seq, f"row {seq} is missing: row {row.seq} stands in its place")
        if tuple(map(type, row)) != FIELD_TYPES:
            return Problem(node, seq, f"row {seq} holds a field of another type than was written")
        entry = Entry(row.key, row.kind, row.at_ms, row.payload, row.version)
        try:
            expected = chain_hash(before, entry, node, seq)
        except (struct.error, UnicodeEncodeError):
            return Problem(node, seq, f"row {seq} holds a field that cannot have been written")
        if expected != row.chain_hash:
            return Problem(node, seq, f"row {seq} or its hash was changed")
        before = expected
    return Head(node, seq, before)

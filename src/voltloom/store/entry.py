"""The words of the journal: an entry to be kept, the row it becomes, the receipt for it, and the head of a chain."""

from __future__ import annotations

from enum import Enum
from typing import Final, NamedTuple

from voltloom.store.errors import PayloadError

LONGEST_KEY: Final = 500  # characters; a PostgreSQL index bears about 2,700 bytes
LARGEST: Final = 2**62


class Entry(NamedTuple):
    """Something that happened, to be kept.

    key: names the happening, unique for a node; the same key again is the same happening. at_ms: when the shell took
    it in, milliseconds since 1970 UTC. version: of the payload's form, from 1. payload: as msgspec encoded it.
    """

    key: str
    kind: str
    at_ms: int
    payload: bytes
    version: int = 1

    def check(self) -> None:
        """Raise PayloadError for what some database would refuse: it must not fail a commit that others share."""
        texts = self.key + self.kind
        is_text = texts.isprintable() and 0 < len(self.key) <= LONGEST_KEY
        if not is_text or not 0 < len(self.kind) <= LONGEST_KEY:
            raise PayloadError(
                f"An entry's key and kind are 1 to {LONGEST_KEY} printable characters: {self.key[:80]!r}, "
                f"{self.kind[:80]!r}."
            )
        if abs(self.at_ms) > LARGEST or not 0 < self.version < 2**31 or not isinstance(self.payload, bytes):
            raise PayloadError(f"Entry {self.key!r}: its time, version or payload is out of bounds.")


class JournalRow(NamedTuple):
    """An entry as it is kept. seq: from 1 without gaps for each node. chain_hash: over the row before and this one."""

    node: str
    seq: int
    at_ms: int
    kind: str
    version: int
    key: str
    payload: bytes
    chain_hash: bytes


class Head(NamedTuple):
    """The last row of a node: seq is 0 and chain_hash the node's seed where nothing is kept yet."""

    node: str
    seq: int
    chain_hash: bytes


class Outcome(Enum):
    """What became of an entry."""

    KEPT = "kept"
    KNOWN = "known"  # the same key with the same content was kept before
    CONFLICTING = "conflicting"  # the same key was kept before with other content, which stands


class Receipt(NamedTuple):
    """The answer to an append, given when it is durable. seq: where the first entry with this key is kept."""

    seq: int
    outcome: Outcome


class Kept(NamedTuple):
    """What is known of a key that was kept before."""

    seq: int
    kind: str
    version: int
    payload: bytes

    def receipt_for(self, entry: Entry) -> Receipt:
        """Return the receipt for another entry with the same key."""
        is_same = (self.kind, self.version, self.payload) == (entry.kind, entry.version, entry.payload)
        return Receipt(self.seq, Outcome.KNOWN if is_same else Outcome.CONFLICTING)

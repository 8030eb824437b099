"""The journal's rows in SQL: what is known of some keys, adding a commit, reading on from a row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, func, insert, select, update

from voltloom.store.chain import Extension, first_head
from voltloom.store.entry import Head, JournalRow, Kept
from voltloom.store.schema import FREQUENT_KIND, is_seldom, journal, journal_heads

KEYS_PER_QUERY: Final = 500  # well under every database's bound on parameters

_KNOWN: Final = select(
    journal.c.key, journal.c.seq, journal.c.kind, journal.c.version, journal.c.payload
).where(journal.c.node == bindparam("node"), journal.c.key.in_(bindparam("keys", expanding=True)))
_AFTER: Final = (
    select(*(journal.c[name] for name in JournalRow._fields))
    .where(journal.c.node == bindparam("node"), journal.c.seq > bindparam("seq"))
    .order_by(journal.c.seq)
    .limit(bindparam("count"))
)
_NEWEST: Final = (
    select(*(journal.c[name] for name in JournalRow._fields))
    .where(journal.c.node == bindparam("node"), journal.c.kind == bindparam("kind"))
    .order_by(journal.c.seq.desc())
    .limit(1)
)
# Of seldom kinds the index gives the places first: asked for whole rows at once, SQLite reads the journal from its end.
_placed = journal.alias("placed")
_SELDOM_NEWEST: Final = select(*(journal.c[name] for name in JournalRow._fields)).where(
    journal.c.node == bindparam("node"),
    journal.c.seq
    == select(func.max(_placed.c.seq))
    .where(
        _placed.c.node == bindparam("node"),
        _placed.c.kind == bindparam("kind"),
        is_seldom(_placed),
    )
    .scalar_subquery(),
)
_SELDOM_PLACES: Final = (
    select(journal.c.seq)
    .where(journal.c.node == bindparam("node"), journal.c.kind == bindparam("kind"), is_seldom(journal))
    .order_by(journal.c.seq.desc())
    .limit(bindparam("count"))
)
_PLACED: Final = (
    select(*(journal.c[name] for name in JournalRow._fields))
    .where(journal.c.node == bindparam("node"), journal.c.seq.in_(bindparam("seqs", expanding=True)))
    .order_by(journal.c.seq.desc())
)
_MOMENTS: Final = (
    select(journal.c.seq, journal.c.at_ms)
    .where(journal.c.node == bindparam("node"), journal.c.kind == bindparam("kind"))
    .order_by(journal.c.seq)
)
_OF_KINDS: Final = (
    select(*(journal.c[name] for name in JournalRow._fields))
    .where(
        journal.c.node == bindparam("node"),
        journal.c.seq < bindparam("seq"),
        journal.c.kind.in_(bindparam("kinds", expanding=True)),
    )
    .order_by(journal.c.seq)
)
_SELDOM_OF_KINDS: Final = (
    select(*(journal.c[name] for name in JournalRow._fields))
    .where(
        journal.c.node == bindparam("node"),
        journal.c.seq.in_(
            select(_placed.c.seq).where(
                _placed.c.node == bindparam("node"),
                _placed.c.seq < bindparam("seq"),
                _placed.c.kind.in_(bindparam("kinds", expanding=True)),
                is_seldom(_placed),
            )
        ),
    )
    .order_by(journal.c.seq)
)
_BEFORE: Final = (
    select(*(journal.c[name] for name in JournalRow._fields))
    .where(
        journal.c.node == bindparam("node"),
        journal.c.seq < bindparam("seq"),
        journal.c.key.in_(bindparam("keys", expanding=True)),
    )
    .order_by(journal.c.seq)
)
_HEAD: Final = select(journal_heads.c.seq, journal_heads.c.chain_hash).where(
    journal_heads.c.node == bindparam("node")
)
_ADD: Final = insert(journal)
_FIRST: Final = insert(journal_heads)
_MOVE: Final = (
    update(journal_heads)
    .where(journal_heads.c.node == bindparam("of_node"))
    .values(seq=bindparam("to_seq"), chain_hash=bindparam("to_hash"))
)


def known_keys(connection: Connection, node: str, keys: Sequence[str]) -> dict[str, Kept]:
    """Return which keys a node has kept before."""
    found: dict[str, Kept] = {}
    for begin in range(0, len(keys), KEYS_PER_QUERY):
        some = keys[begin : begin + KEYS_PER_QUERY]
        for key, *kept in connection.execute(_KNOWN, {"node": node, "keys": some}):
            found[key] = Kept(*kept)
    return found


def add(connection: Connection, before: Head, extension: Extension) -> None:
    """Add the rows of a commit and move the head, in the caller's transaction."""
    if not extension.rows:
        return
    connection.execute(_ADD, [row._asdict() for row in extension.rows])
    head = extension.head
    if before.seq == 0:
        connection.execute(_FIRST, head._asdict())
    else:
        connection.execute(_MOVE, {"of_node": head.node, "to_seq": head.seq, "to_hash": head.chain_hash})


def rows_after(connection: Connection, node: str, seq: int, count: int) -> tuple[JournalRow, ...]:
    """Return at most count rows of a node that follow a sequence number."""
    found = connection.execute(_AFTER, {"node": node, "seq": seq, "count": count})
    return tuple(JournalRow(*row) for row in found)


def newest_of(connection: Connection, node: str, kind: str) -> JournalRow | None:
    """Return the newest row of a kind, None where there is none; readings are found back from the end."""
    query = _NEWEST if kind == FREQUENT_KIND else _SELDOM_NEWEST
    found = connection.execute(query, {"node": node, "kind": kind}).first()
    return None if found is None else JournalRow(*found)


def newest_rows_of(connection: Connection, node: str, kind: str, count: int) -> tuple[JournalRow, ...]:
    """Return the newest rows of a seldom kind, at most count, the newest first; by the index alone."""
    assert kind != FREQUENT_KIND, kind
    seqs = connection.execute(_SELDOM_PLACES, {"node": node, "kind": kind, "count": count}).scalars().all()
    found = connection.execute(_PLACED, {"node": node, "seqs": seqs})
    return tuple(JournalRow(*row) for row in found)


def moments_of(connection: Connection, node: str, kind: str) -> list[tuple[int, int]]:
    """Return sequence number and at_ms of every row of a kind, the oldest first."""
    return [(seq, at_ms) for seq, at_ms in connection.execute(_MOMENTS, {"node": node, "kind": kind})]


def rows_of_kinds(
    connection: Connection, node: str, seq: int, kinds: Sequence[str]
) -> tuple[JournalRow, ...]:
    """Return the rows of some kinds that stand before a sequence number; looks at every row only for readings."""
    query = _OF_KINDS if FREQUENT_KIND in kinds else _SELDOM_OF_KINDS
    found = connection.execute(query, {"node": node, "seq": seq, "kinds": list(kinds)})
    return tuple(JournalRow(*row) for row in found)


def rows_before(connection: Connection, node: str, seq: int, keys: Sequence[str]) -> tuple[JournalRow, ...]:
    """Return the rows of some keys that stand before a sequence number."""
    found = [
        JournalRow(*row)
        for begin in range(0, len(keys), KEYS_PER_QUERY)
        for row in connection.execute(
            _BEFORE, {"node": node, "seq": seq, "keys": list(keys[begin : begin + KEYS_PER_QUERY])}
        )
    ]
    return tuple(sorted(found, key=lambda row: row.seq))


def head_of(connection: Connection, node: str) -> Head:
    """Return the head that a node's last commit wrote."""
    found = connection.execute(_HEAD, {"node": node}).first()
    return first_head(node) if found is None else Head(node, found[0], found[1])


def nodes(connection: Connection) -> tuple[str, ...]:
    """Return every node of which rows or a head are kept."""
    named = select(journal_heads.c.node).union(select(journal.c.node).distinct())
    return tuple(sorted(node for (node,) in connection.execute(named)))

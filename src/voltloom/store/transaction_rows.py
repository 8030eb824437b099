"""The transactions of one stretch of the journal: read from their tables when first touched, written back together.

Which transaction an event belongs to is decided here: ids told twice, ids used again, events before their start.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, RowMapping, Select, and_, bindparam, delete, insert, or_, select, text

from voltloom.store.accounting import NOTHING_BEFORE, Before, Told, TransactionStatus, registers_of
from voltloom.store.payloads import (
    EnergySampled,
    Sample,
    SessionReviewed,
    TransactionStarted,
    TransactionStopped,
)
from voltloom.store.schema import samples, transactions

Table = transactions.c
_OF_KEY: Final = (
    Table.node == bindparam("node"),
    Table.station_id == bindparam("station_id"),
)
_GENERATIONS: Final = (
    select(transactions).where(*_OF_KEY, Table.told_id == bindparam("told_id")).order_by(Table.generation)
)
_ONE: Final = select(transactions).where(*_OF_KEY, Table.transaction_id == bindparam("transaction_id"))
_SAME_START: Final = select(transactions).where(
    Table.node == bindparam("node"), Table.start_fingerprint == bindparam("fingerprint"), Table.same_as == ""
)
_ON_EVSE: Final = select(transactions).where(
    Table.node == bindparam("node"),
    Table.evse_id == bindparam("evse_id"),
    Table.same_as == "",
    Table.start_seq > 0,
)
_BEFORE: Final = (
    _ON_EVSE.where(
        or_(
            Table.started_ms < bindparam("started_ms"),
            and_(Table.started_ms == bindparam("started_ms"), Table.start_seq < bindparam("start_seq")),
        )
    )
    .order_by(Table.started_ms.desc(), Table.start_seq.desc())
    .limit(1)
)
_AFTER: Final = (
    _ON_EVSE.where(
        or_(
            Table.started_ms > bindparam("started_ms"),
            and_(Table.started_ms == bindparam("started_ms"), Table.start_seq > bindparam("start_seq")),
        )
    )
    .order_by(Table.started_ms, Table.start_seq)
    .limit(1)
)
_SAMPLES: Final = select(*(samples.c[name] for name in Sample.__struct_fields__)).where(
    samples.c.node == bindparam("node"),
    samples.c.station_id == bindparam("station_id"),
    samples.c.transaction_id == bindparam("transaction_id"),
)
_REMOVE: Final = delete(transactions).where(
    Table.node == bindparam("b_node"),
    Table.station_id == bindparam("b_station"),
    Table.transaction_id == bindparam("b_transaction"),
)
# SQLite and PostgreSQL read it alike. Nothing is read first: a transaction's samples cost the new ones, however many it has.
_ADD_SAMPLE: Final = text(
    "INSERT INTO samples (node, station_id, transaction_id, sampled_ms, register_tenth_wh, power_w, exported_tenth_wh) "
    "VALUES (:node, :station_id, :transaction_id, :sampled_ms, :register_tenth_wh, :power_w, :exported_tenth_wh) "
    "ON CONFLICT (node, station_id, transaction_id, sampled_ms) DO UPDATE SET register_tenth_wh = "
    "excluded.register_tenth_wh, power_w = excluded.power_w, exported_tenth_wh = excluded.exported_tenth_wh WHERE "
    "(excluded.register_tenth_wh, coalesce(excluded.exported_tenth_wh, -1), coalesce(excluded.power_w, -1)) "  # as _rank
    "> (samples.register_tenth_wh, coalesce(samples.exported_tenth_wh, -1), coalesce(samples.power_w, -1))"
)


class TransactionKey(NamedTuple):
    """A transaction of a node, by the id it is kept under."""

    station_id: str
    transaction_id: str


class KeptTransaction(NamedTuple):
    """A row of `transactions`. start, stop: payloads, None while untold. start_seq: 0 while its start is untold."""

    key: TransactionKey
    told_id: str
    generation: int = 1
    same_as: str = ""
    start: TransactionStarted | None = None
    start_seq: int = 0
    start_at_ms: int = 0
    stop: TransactionStopped | None = None
    stop_at_ms: int = 0
    has_conflict: bool = False
    review: SessionReviewed | None = None

    @property
    def fingerprint(self) -> str:
        """Return what two tellings of one start have in common; empty while it is untold."""
        return "" if self.start is None else fingerprint_of(self.start)

    @property
    def is_closed(self) -> bool:
        """Return whether it comes to a session: it was stopped, and is not another's second name."""
        return self.stop is not None and not self.same_as

    @property
    def evse_id(self) -> str:
        """Return its EVSE, empty while unknown."""
        return (
            self.start.evse_id
            if self.start is not None
            else self.stop.evse_id
            if self.stop is not None
            else ""
        )


def fingerprint_of(start: TransactionStarted) -> str:
    """Return what two tellings of one start have in common, whatever id each was given."""
    parts = (start.station_id, start.evse_id, start.id_token, start.started_ms, start.register_tenth_wh)
    return msgspec.json.encode(parts).decode()


class TransactionRows:
    """What one stretch of the journal makes of a node's transactions, inside one database transaction."""

    def __init__(self, connection: Connection, node: str) -> None:
        self._connection = connection
        self._node = node
        self._kept: dict[TransactionKey, KeptTransaction] = {}
        self._generations: dict[TransactionKey, list[TransactionKey]] = {}  # by the id as told, oldest first
        self._by_start: dict[str, TransactionKey] = {}
        self._new_samples: dict[TransactionKey, dict[int, Sample]] = {}
        self.touched: dict[TransactionKey, None] = {}  # their rows changed
        self.sampled: dict[TransactionKey, None] = {}  # readings came for them

    def start(self, told: TransactionStarted, seq: int, at_ms: int) -> None:
        """Take in a start: a new transaction, the start of one that was stopped already, or one told before."""
        first = self._with_start(fingerprint_of(told))
        found = self._found(told.station_id, told.transaction_id)
        if first is not None:
            if found is None or found.key != first.key:
                self._become_same(told.station_id, told.transaction_id, found, first)
            return
        if found is None:
            found = KeptTransaction(TransactionKey(told.station_id, told.transaction_id), told.transaction_id)
        elif found.start is not None:  # the station uses an id again
            number = len(self._generations_of(told.station_id, told.transaction_id)) + 1
            key = TransactionKey(told.station_id, f"{told.transaction_id}~{number}")
            found = KeptTransaction(key, told.transaction_id, number)
        self._keep(found._replace(start=told, start_seq=seq, start_at_ms=at_ms))
        self._by_start[fingerprint_of(told)] = found.key

    def sample(self, told: EnergySampled) -> None:
        """Take in readings; of two for one moment the higher register stands."""
        for sample in told.samples:
            kept = self._found_or_new(told.station_id, told.transaction_id, sample.sampled_ms)
            self._add_samples(kept.key, (sample,))

    def stop(self, told: TransactionStopped, at_ms: int) -> None:
        """Take in a stop; the first one stands, and another that differs is a conflict."""
        kept = self._found_or_new(told.station_id, told.transaction_id, told.stopped_ms)
        self._keep(_stopped(kept, told, at_ms))

    def review(self, told: SessionReviewed) -> None:
        """Take in an operator's word; of a transaction that nobody told of it is nothing."""
        key = TransactionKey(told.station_id, told.transaction_id)
        values = {"station_id": key.station_id, "transaction_id": key.transaction_id}
        kept = self._kept.get(key) or self._select(_ONE, **values)
        if kept is not None:
            self._keep(kept._replace(review=told))

    def told(self, key: TransactionKey) -> Told:
        """Return everything that was told of a transaction."""
        kept = self._row(key)
        readings = self._samples_of(key)
        return Told(
            key.station_id,
            key.transaction_id,
            kept.start,
            kept.start_at_ms,
            tuple(readings[moment] for moment in sorted(readings)),
            kept.stop,
            kept.stop_at_ms,
            kept.has_conflict,
        )

    def kept(self, key: TransactionKey) -> KeptTransaction:
        """Return the row of a transaction."""
        return self._row(key)

    def before(self, key: TransactionKey) -> Before:
        """Return the registers of the transaction that began before it at the same EVSE; after `write`."""
        neighbour = self._neighbour(key, _BEFORE)
        if neighbour is None:
            return NOTHING_BEFORE
        kept = self._row(neighbour)
        return registers_of(kept.start, kept.stop)

    def after(self, key: TransactionKey) -> TransactionKey | None:
        """Return the transaction that began after it at the same EVSE; after `write`."""
        return self._neighbour(key, _AFTER)

    def write(self) -> None:
        """Write what was touched, and the new readings, back to the tables."""
        keys = [{"b_node": self._node, "b_station": k[0], "b_transaction": k[1]} for k in self.touched]
        if keys:
            self._connection.execute(_REMOVE, keys)
            self._connection.execute(insert(transactions), [self._columns(key) for key in self.touched])
        self._write_samples()

    def _columns(self, key: TransactionKey) -> dict[str, object]:
        kept = self._kept[key]
        return {
            "node": self._node,
            "station_id": key.station_id,
            "transaction_id": key.transaction_id,
            "told_id": kept.told_id,
            "generation": kept.generation,
            "same_as": kept.same_as,
            "evse_id": kept.evse_id,
            "started_ms": None if kept.start is None else kept.start.started_ms,
            "start_seq": kept.start_seq,
            "start_at_ms": kept.start_at_ms,
            "start": None if kept.start is None else msgspec.json.encode(kept.start),
            "start_fingerprint": kept.fingerprint,
            "stop_at_ms": kept.stop_at_ms,
            "stop": None if kept.stop is None else msgspec.json.encode(kept.stop),
            "has_conflict": kept.has_conflict,
            "review": None if kept.review is None else msgspec.json.encode(kept.review),
            "status": _status(kept).value,
        }

    def _write_samples(self) -> None:
        rows = [
            {
                "node": self._node,
                "station_id": key.station_id,
                "transaction_id": key.transaction_id,
                **msgspec.structs.asdict(readings[moment]),
            }
            for key, readings in self._new_samples.items()
            for moment in sorted(readings)
        ]
        if rows:
            self._connection.execute(_ADD_SAMPLE, rows)
        self._new_samples.clear()

    def _found_or_new(self, station_id: str, told_id: str, at_ms: int) -> KeptTransaction:
        found = self._found(station_id, told_id, at_ms)
        if found is None:
            found = KeptTransaction(TransactionKey(station_id, told_id), told_id)
            self._keep(found)
        return found

    def _found(self, station_id: str, told_id: str, at_ms: int | None = None) -> KeptTransaction | None:
        """Return the transaction that an id as told means: the last that had begun at a moment, or the newest."""
        kept = [self._first_of(self._row(key)) for key in self._generations_of(station_id, told_id)]
        if not kept:
            return None
        begun = [
            one
            for one in kept
            if one.start is not None and at_ms is not None and one.start.started_ms <= at_ms
        ]
        return max(begun, key=_began_at) if begun else kept[-1]

    def _first_of(self, kept: KeptTransaction) -> KeptTransaction:
        """Return the transaction that another name stands for."""
        return self._row(TransactionKey(kept.key.station_id, kept.same_as)) if kept.same_as else kept

    def _generations_of(self, station_id: str, told_id: str) -> list[TransactionKey]:
        told = TransactionKey(station_id, told_id)
        if told not in self._generations:
            values = {"node": self._node, "station_id": station_id, "told_id": told_id}
            found = [_kept_of(row) for row in self._connection.execute(_GENERATIONS, values).mappings()]
            for kept in found:
                self._kept.setdefault(kept.key, kept)
            self._generations[told] = [kept.key for kept in found]
        return self._generations[told]

    def _with_start(self, fingerprint: str) -> KeptTransaction | None:
        if fingerprint not in self._by_start:
            row = self._select(_SAME_START, fingerprint=fingerprint)
            if row is None:
                return None
            self._by_start[fingerprint] = row.key
        return self._row(self._by_start[fingerprint])

    def _become_same(
        self, station_id: str, told_id: str, found: KeptTransaction | None, first: KeptTransaction
    ) -> None:
        """Make an id another name of a transaction; what was told under it before its start counts for that one."""
        if found is not None and found.start is None:
            self._add_samples(first.key, tuple(self._samples_of(found.key).values()))
            if found.stop is not None:
                self._keep(_stopped(self._row(first.key), found.stop, found.stop_at_ms))
            self._keep(found._replace(same_as=first.key.transaction_id, stop=None, stop_at_ms=0))
        elif found is None:
            key = TransactionKey(station_id, told_id)
            self._keep(KeptTransaction(key, told_id, same_as=first.key.transaction_id))

    def _keep(self, kept: KeptTransaction) -> None:
        generations = self._generations_of(kept.key.station_id, kept.told_id)
        if kept.key not in generations:
            generations.append(kept.key)
        self._kept[kept.key] = kept
        self.touched[kept.key] = None

    def _add_samples(self, key: TransactionKey, told: tuple[Sample, ...]) -> None:
        _add_higher(self._new_samples.setdefault(key, {}), told)
        self.sampled[key] = None

    def _samples_of(self, key: TransactionKey) -> dict[int, Sample]:
        """Return the readings of a transaction by their moments: those in the table, and those to be written."""
        values = {"node": self._node, "station_id": key.station_id, "transaction_id": key.transaction_id}
        found = {row[0]: Sample(*row) for row in self._connection.execute(_SAMPLES, values)}
        _add_higher(found, self._new_samples.get(key, {}).values())
        return found

    def _row(self, key: TransactionKey) -> KeptTransaction:
        if key not in self._kept:
            row = self._select(_ONE, station_id=key.station_id, transaction_id=key.transaction_id)
            assert row is not None, key
            self._kept[key] = row
        return self._kept[key]

    def _neighbour(self, key: TransactionKey, query: Select[Any]) -> TransactionKey | None:
        kept = self._row(key)
        if kept.start is None or kept.same_as:
            return None
        found = self._select(
            query, evse_id=kept.evse_id, started_ms=kept.start.started_ms, start_seq=kept.start_seq
        )
        return None if found is None else found.key

    def _select(self, query: Select[Any], **values: object) -> KeptTransaction | None:
        row = self._connection.execute(query, {"node": self._node, **values}).mappings().first()
        return None if row is None else _kept_of(row)


def _kept_of(row: RowMapping) -> KeptTransaction:
    start, stop, review = row["start"], row["stop"], row["review"]
    return KeptTransaction(
        key=TransactionKey(row["station_id"], row["transaction_id"]),
        told_id=row["told_id"],
        generation=row["generation"],
        same_as=row["same_as"],
        start=None if start is None else msgspec.json.decode(start, type=TransactionStarted),
        start_seq=row["start_seq"],
        start_at_ms=row["start_at_ms"],
        stop=None if stop is None else msgspec.json.decode(stop, type=TransactionStopped),
        stop_at_ms=row["stop_at_ms"],
        has_conflict=row["has_conflict"],
        review=None if review is None else msgspec.json.decode(review, type=SessionReviewed),
    )


def _began_at(kept: KeptTransaction) -> int:
    assert kept.start is not None
    return kept.start.started_ms


def _status(kept: KeptTransaction) -> TransactionStatus:
    if kept.same_as:
        return TransactionStatus.SAME_AS
    if kept.start is None:
        return TransactionStatus.START_UNKNOWN
    return TransactionStatus.OPEN if kept.stop is None else TransactionStatus.CLOSED


def _stopped(kept: KeptTransaction, told: TransactionStopped, at_ms: int) -> KeptTransaction:
    """Return a transaction with a stop: the first one stands, another that differs is remembered as a conflict."""
    if kept.stop is None:
        return kept._replace(stop=told, stop_at_ms=at_ms)
    differs = (kept.stop.stopped_ms, kept.stop.register_tenth_wh) != (told.stopped_ms, told.register_tenth_wh)
    return kept._replace(has_conflict=kept.has_conflict or differs)


def _add_higher(known: dict[int, Sample], told: Iterable[Sample]) -> None:
    """Add readings to those known; of two for one moment the higher register stands."""
    for sample in told:
        other = known.get(sample.sampled_ms)
        if other is None or _rank(sample) > _rank(other):
            known[sample.sampled_ms] = sample


def _rank(sample: Sample) -> tuple[int, ...]:
    others = (sample.exported_tenth_wh, sample.power_w)
    return sample.register_tenth_wh, *(-1 if value is None else value for value in others)

"""The read models: a fold over the journal, in stretches, each with its cursor in one transaction.

Whatever the stretches are, the tables come out the same; made anew from the first row they are equal again. What an
event changes is found, and exactly those transactions are computed anew from everything that was told of them. An open
transaction comes to nothing yet: its readings are only kept, so that each costs the same however many came before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from voltloom.session.record import SessionRecord
from voltloom.site.tariff import Tariff
from voltloom.store.accounting import account_of, reviewed
from voltloom.store.billing import bill_for, quarters_of
from voltloom.store.entry import JournalRow
from voltloom.store.journal import Journal
from voltloom.store.payloads import (
    EnergySampled,
    SessionReviewed,
    TariffSet,
    TransactionStarted,
    TransactionStopped,
    payload_of,
)
from voltloom.store.schema import (
    READ_MODELS,
    bill_lines,
    bills,
    energy_quarters,
    read_cursors,
    sessions,
    tariffs,
)
from voltloom.store.transaction_rows import KeptTransaction, TransactionKey, TransactionRows

PAGE_COUNT: Final = 500
_RESULTS: Final = (sessions, energy_quarters, bills, bill_lines)
_REMOVALS: Final = tuple(
    delete(table).where(
        table.c.node == bindparam("b_node"),
        table.c.station_id == bindparam("b_station"),
        table.c.transaction_id == bindparam("b_transaction"),
    )
    for table in _RESULTS
)
_TARIFFS: Final = (
    select(tariffs.c.payload)
    .where(
        tariffs.c.node == bindparam("node"),
        tariffs.c.seq < bindparam("start_seq"),
        tariffs.c.from_ms <= bindparam("started_ms"),
    )
    .order_by(tariffs.c.from_ms.desc(), tariffs.c.seq.desc())
    .limit(1)
)


async def catch_up(journal: Journal, *, page_count: int = PAGE_COUNT) -> int:
    """Bring the read models up to the journal's last row; return its sequence number.

    Runs in the journal's thread, page by page, so that commits go on between two pages.
    """
    node = (await journal.head()).node
    seq = await journal.run(lambda connection: cursor_of(connection, node))
    while rows := await journal.rows_after(seq, page_count):
        await journal.run(lambda connection, rows=rows: apply(connection, node, rows))  # type: ignore[misc]  # bound now
        seq = rows[-1].seq
    return seq


async def rebuild(journal: Journal, *, page_count: int = PAGE_COUNT) -> int:
    """Make the read models anew from the first row; return the last sequence number."""
    node = (await journal.head()).node
    await journal.run(lambda connection: forget(connection, node))
    return await catch_up(journal, page_count=page_count)


def cursor_of(connection: Connection, node: str) -> int:
    """Return up to which row of a node the read models go."""
    found = connection.execute(select(read_cursors.c.seq).where(read_cursors.c.node == node)).scalar()
    return 0 if found is None else int(found)


def forget(connection: Connection, node: str) -> None:
    """Empty the read models of a node; the journal stays."""
    for table in READ_MODELS:
        connection.execute(delete(table).where(table.c.node == node))


def apply(connection: Connection, node: str, rows: Sequence[JournalRow]) -> None:
    """Bring the read models over the next rows of a node, in the caller's transaction.

    Raises PayloadError where a row is not what its kind says; then nothing is changed once the caller rolls back.
    """
    before = cursor_of(connection, node)
    assert rows[0].seq == before + 1, (rows[0].seq, before)
    found = TransactionRows(connection, node)
    for row in rows:
        match payload_of(row):
            case TransactionStarted() as start:
                found.start(start, row.seq, row.at_ms)
            case EnergySampled() as sampled:
                found.sample(sampled)
            case TransactionStopped() as stop:
                found.stop(stop, row.at_ms)
            case SessionReviewed() as review:
                found.review(review)
            case TariffSet() as tariff:
                _set_tariff(connection, row, tariff)
    found.write()
    _compute(connection, node, found)
    if before == 0:
        connection.execute(insert(read_cursors), {"node": node, "seq": rows[-1].seq})
    else:
        moved = update(read_cursors).where(read_cursors.c.node == node)
        connection.execute(moved.values(seq=rows[-1].seq))


def _set_tariff(connection: Connection, row: JournalRow, told: TariffSet) -> None:
    payload = msgspec.json.encode(told.tariff)
    values = {"node": row.node, "seq": row.seq, "from_ms": told.from_ms, "payload": payload}
    connection.execute(insert(tariffs), values)


def _compute(connection: Connection, node: str, found: TransactionRows) -> None:
    """Compute what was touched, and what begins next at the same EVSE: its first register is judged by it.

    Readings alone change nothing for the next one, and nothing for a transaction that is open.
    """
    following = [found.after(key) for key in found.touched]
    sampled = [key for key in found.sampled if found.kept(key).is_closed]
    keys = tuple(dict.fromkeys((*found.touched, *sampled, *(key for key in following if key is not None))))
    if not keys:
        return
    _clear(connection, node, keys)
    rows: dict[Table, list[dict[str, object]]] = {table: [] for table in _RESULTS}
    for key in keys:
        kept = found.kept(key)
        if not kept.is_closed:
            continue
        account = account_of(found.told(key), found.before(key))
        place = {"node": node, "station_id": key.station_id, "transaction_id": key.transaction_id}
        for start_ms, energy in quarters_of(account.slices).items():
            quarter = {"start_ms": start_ms, "evse_id": kept.evse_id, "energy_tenth_wh": energy}
            rows[energy_quarters].append({**place, **quarter})
        final = reviewed(account.record, kept.review)
        rows[sessions].append({**place, **_session(account.record, final, kept)})
        _bill(rows, place, final, _tariff_of(connection, node, kept))
    for table, new in rows.items():
        if new:
            connection.execute(insert(table), new)


def _clear(connection: Connection, node: str, keys: Iterable[TransactionKey]) -> None:
    named = [{"b_node": node, "b_station": k[0], "b_transaction": k[1]} for k in keys]
    for removal in _REMOVALS:
        connection.execute(removal, named)


def _tariff_of(connection: Connection, node: str, kept: KeptTransaction) -> Tariff | None:
    """Return the tariff that was in force, and known, when a transaction began."""
    if kept.start is None:
        return None
    values = {"node": node, "start_seq": kept.start_seq, "started_ms": kept.start.started_ms}
    payload = connection.execute(_TARIFFS, values).scalar()
    return None if payload is None else msgspec.json.decode(payload, type=Tariff)


def _session(record: SessionRecord, final: SessionRecord, kept: KeptTransaction) -> dict[str, object]:
    """Return a closed session: what was told, with the energy and the standing that it has after a review."""
    is_reviewed = kept.review is not None and final is not record
    return {
        "session_id": record.session_id,
        "evse_id": record.evse_id,
        "id_token": record.id_token,
        "start_ms": _ms(record.start_s),
        "stop_ms": _ms(record.stop_s),
        "first_power_ms": _ms(record.first_power_s),
        "last_power_ms": _ms(record.last_power_s),
        "meter_start_tenth_wh": record.meter_start_tenth_wh,
        "meter_stop_tenth_wh": record.meter_stop_tenth_wh,
        "energy_tenth_wh": final.energy_tenth_wh,
        "exported_tenth_wh": record.exported_tenth_wh,
        "why": record.why.value,
        "doubts": ",".join(doubt.value for doubt in record.doubts),
        "is_quarantined": final.is_quarantined,
        "reviewed_by": kept.review.reviewed_by if is_reviewed and kept.review is not None else "",
    }


def _ms(time_s: float) -> int | None:
    return None if time_s != time_s else round(time_s * 1000)


def _bill(
    rows: dict[Table, list[dict[str, object]]],
    place: dict[str, str],
    record: SessionRecord,
    tariff: Tariff | None,
) -> None:
    bill = bill_for(record, tariff)
    rows[bills].append(
        {
            **place,
            "session_id": record.session_id,
            "status": bill.status.value,
            "tariff": "" if tariff is None else tariff.name,
            "currency": "" if tariff is None else tariff.currency,
            "minor_digits": 0 if tariff is None else tariff.minor_digits,
            "energy_tenth_wh": record.energy_tenth_wh,
            "total_minor": bill.total_minor,
            "note": bill.note,
        }
    )
    for number, line in enumerate(bill.lines, start=1):
        rows[bill_lines].append({**place, "line": number, **line._asdict(), "kind": line.kind.value})

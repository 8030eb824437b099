"""What the read models know of prices and of one session's bill, as it stands there: integers only."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, RowMapping, and_, or_, select

from voltloom.site.tariff import Tariff
from voltloom.store.billing import BillLine, LineKind
from voltloom.store.schema import bill_lines, bills, sessions, tariffs


class KeptTariff(NamedTuple):
    """A tariff as the journal has it. seq: the row that told it. until_ms: None for the last one."""

    seq: int
    from_ms: int
    until_ms: int | None
    is_replaced: bool
    tariff: Tariff


class KeptBill(NamedTuple):
    """One closed session's bill. total_minor: None unless it is priced; else the sum of the lines.

    exported_tenth_wh: what the vehicle fed back, named and not charged.
    """

    session_id: str
    id_token: str
    status: str
    tariff: str
    currency: str
    minor_digits: int
    energy_tenth_wh: int
    total_minor: int | None
    note: str
    exported_tenth_wh: int
    lines: tuple[BillLine, ...]


_IS_BILL_OF_SESSION: Final = and_(
    sessions.c.node == bills.c.node,
    sessions.c.station_id == bills.c.station_id,
    sessions.c.transaction_id == bills.c.transaction_id,
)
_LINE: Final = [bill_lines.c[name] for name in BillLine._fields]


def kept_tariffs(connection: Connection, node: str) -> tuple[KeptTariff, ...]:
    """Return every tariff that a node has been told, the one that begins last first.

    Of several with one beginning the newest bills; the others are replaced, and billed what began before they were.
    """
    query = (
        select(tariffs.c.seq, tariffs.c.from_ms, tariffs.c.payload)
        .where(tariffs.c.node == node)
        .order_by(tariffs.c.from_ms.desc(), tariffs.c.seq.desc())
    )
    rows = connection.execute(query).all()
    begins_ms = sorted({row.from_ms for row in rows})
    ends_ms = dict(pairwise(begins_ms))
    seen: set[int] = set()
    found = []
    for seq, from_ms, payload in rows:
        tariff = msgspec.json.decode(payload, type=Tariff)
        found.append(KeptTariff(seq, from_ms, ends_ms.get(from_ms), from_ms in seen, tariff))
        seen.add(from_ms)
    return tuple(found)


def kept_bill(connection: Connection, node: str, session_id: str) -> KeptBill | None:
    """Return the bill of a closed session with its lines, None where none is known under that name."""
    parts = session_id.split("/")
    places = [
        and_(bills.c.station_id == "/".join(parts[:at]), bills.c.transaction_id == "/".join(parts[at:]))
        for at in {
            1,
            len(parts) - 1,
        }  # of identity and transaction one may hold a '/'; found by the primary key
    ]
    query = (
        select(
            *(bills.c[name] for name in ("station_id", "transaction_id", "session_id")),
            sessions.c.id_token,
            *(bills.c[name] for name in KeptBill._fields[2:-2]),
            sessions.c.exported_tenth_wh,
        )
        .join(sessions, _IS_BILL_OF_SESSION)
        .where(bills.c.node == node, or_(*places))
    )
    row = connection.execute(query).first()
    if row is None:
        return None
    station_id, transaction_id, *told = row
    lines = (
        select(*_LINE)
        .where(
            bill_lines.c.node == node,
            bill_lines.c.station_id == station_id,
            bill_lines.c.transaction_id == transaction_id,
        )
        .order_by(bill_lines.c.line)
    )
    return KeptBill._make((*told, tuple(_line(row) for row in connection.execute(lines).mappings())))


def _line(row: RowMapping) -> BillLine:
    return BillLine(**{**row, "kind": LineKind(row["kind"])})


class VisitEnergy(NamedTuple):
    """One transaction of a visit, closed, and what it comes to. total_minor: None without a price or a bill."""

    start_ms: int
    stop_ms: int
    energy_tenth_wh: int
    currency: str | None
    minor_digits: int | None
    total_minor: int | None


def energies_at(
    connection: Connection, node: str, evse_id: str, from_ms: int, until_ms: int
) -> tuple[VisitEnergy, ...]:
    """Return the closed transactions of an outlet that began in a time, the oldest first."""
    query = (
        select(
            *(sessions.c[name] for name in VisitEnergy._fields[:3]),
            *(bills.c[name] for name in VisitEnergy._fields[3:]),
        )
        .join(bills, _IS_BILL_OF_SESSION, isouter=True)
        .where(
            sessions.c.node == node,
            sessions.c.evse_id == evse_id,
            sessions.c.start_ms.between(from_ms, until_ms),
        )
        .order_by(sessions.c.start_ms)
    )
    return tuple(VisitEnergy._make(row) for row in connection.execute(query))

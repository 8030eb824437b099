"""An operator's word about a quarantined session, checked against what is kept; and the lines of a bill."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import Connection, select

from voltloom.site.tariff import NANO
from voltloom.store.entry import Entry
from voltloom.store.errors import StoreError
from voltloom.store.payloads import SessionReviewed, entry_of
from voltloom.store.schema import bill_lines, bills, sessions


class ReviewError(StoreError):
    """A review that cannot be: no such session, or nobody doubts it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What an operator says of a session. energy_tenth_wh: to be billed, 0 to waive it."""

    session_id: str
    energy_tenth_wh: int
    by: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a bill: energy or time at one price. kind: energy, charging or idle, as `LineKind` has them."""

    session_id: str
    tariff: str
    currency: str
    start_ms: int
    end_ms: int
    energy_wh: Decimal
    price_per_kwh: Decimal
    amount: Decimal
    kind: str
    duration_ms: int
    price_per_h: Decimal


def review_entry(connection: Connection, word: Word, at_ms: int) -> tuple[str, Entry]:
    """Return the node of a session and the entry that keeps an operator's word about it.

    Raises ReviewError where the word is about no session, or one that nobody doubts.
    """
    if word.energy_tenth_wh < 0:
        raise ReviewError("A review bills 0 or more.")
    query = select(sessions).where(sessions.c.session_id == word.session_id)
    found = connection.execute(query).mappings().first()
    if found is None:
        raise ReviewError(
            f"No closed session is called '{word.session_id}'. See `voltloom sessions list --doubted`."
        )
    if not found["doubts"]:
        raise ReviewError(f"Nobody doubts '{word.session_id}': its bill stands as it is.")
    told = SessionReviewed(
        station_id=found["station_id"],
        transaction_id=found["transaction_id"],
        energy_tenth_wh=word.energy_tenth_wh,
        reviewed_by=word.by,
        reason=word.reason,
    )
    return found["node"], entry_of(told, key=f"{word.session_id}/review/{at_ms}", at_ms=at_ms)


def lines_of(connection: Connection, session_ids: set[str]) -> Iterator[Line]:
    """Yield the lines of some bills, by their start. Money is exact, in the currency itself."""
    query = (
        select(bill_lines, bills.c.session_id, bills.c.tariff, bills.c.currency, bills.c.minor_digits)
        .join(
            bills,
            (bills.c.node == bill_lines.c.node)
            & (bills.c.station_id == bill_lines.c.station_id)
            & (bills.c.transaction_id == bill_lines.c.transaction_id),
        )
        .order_by(bill_lines.c.start_ms, bills.c.session_id, bill_lines.c.line)
    )
    for row in connection.execute(query).mappings():
        if row["session_id"] in session_ids:
            yield Line(
                session_id=row["session_id"],
                tariff=row["tariff"],
                currency=row["currency"],
                start_ms=row["start_ms"],
                end_ms=row["end_ms"],
                energy_wh=Decimal(row["energy_tenth_wh"]).scaleb(-1),
                price_per_kwh=Decimal(row["price_nano_per_kwh"]) / NANO,
                amount=Decimal(row["amount_minor"]).scaleb(-row["minor_digits"]),
                kind=row["kind"],
                duration_ms=row["duration_ms"],
                price_per_h=Decimal(row["price_nano_per_h"]) / NANO,
            )

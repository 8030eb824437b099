"""A day at a site as stations tell it: prices, transactions with readings, and the ways in which stations go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Table, select

from voltloom.session.record import EndReason
from voltloom.site.tariff import Season, Tariff
from voltloom.store.entry import Entry, JournalRow
from voltloom.store.memory import MemoryLedger
from voltloom.store.payloads import (
    EnergySampled,
    Payload,
    Sample,
    SessionReviewed,
    TariffSet,
    TransactionStarted,
    TransactionStopped,
    entry_of,
)
from voltloom.store.projecting import apply, cursor_of
from voltloom.store.schema import READ_MODELS, bills, sessions

MIDNIGHT_MS = 1_709_247_600_000  # 2024-03-01 00:00 in Berlin
HOUR_MS = 3_600_000
MINUTE_MS = 60_000


def tariff(name: str = "day and night", *, night: int = 190_000_001, day: int = 412_345_679) -> Tariff:
    season = Season(
        season_id="all year",
        first=(1, 1),
        last=(12, 31),
        weekdays=frozenset(range(7)),
        start_min=(0, 6 * 60, 22 * 60),
        price_nano_per_kwh=(night, day, night),
        demand_nano_per_kw=0,
    )
    return Tariff(name=name, currency="EUR", time_zone="Europe/Berlin", seasons=(season,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A transaction as it was: the register rises evenly at power_w from register_tenth_wh on."""

    transaction_id: str = "1"
    station_id: str = "S1"
    evse_id: str = "A1"
    start_ms: int = MIDNIGHT_MS + 8 * HOUR_MS
    minutes: int = 60
    power_w: int = 6_000
    register_tenth_wh: int = 1_234_567
    told_power_w: int | None = None

    def register_at(self, minute: int) -> int:
        return self.register_tenth_wh + self.power_w * minute // 6

    def start(self, **changed: object) -> Entry:
        fields: dict[str, object] = {
            "station_id": self.station_id,
            "evse_id": self.evse_id,
            "transaction_id": self.transaction_id,
            "id_token": "anna",
            "started_ms": self.start_ms,
            "max_power_w": 11_000,
            "register_tenth_wh": self.register_at(0),
        }
        return self._entry("start", self.start_ms, TransactionStarted(**(fields | changed)))  # type: ignore[arg-type]  # changed fields may be any

    def sample(self, minute: int, register_tenth_wh: int | None = None) -> Entry:
        at_ms = self.start_ms + minute * MINUTE_MS
        register = self.register_at(minute) if register_tenth_wh is None else register_tenth_wh
        sample = Sample(at_ms, register, self.told_power_w)
        payload = EnergySampled(
            station_id=self.station_id, transaction_id=self.transaction_id, samples=(sample,)
        )
        return self._entry(f"sample {minute}", at_ms, payload)

    def stop(self, **changed: object) -> Entry:
        at_ms = self.start_ms + self.minutes * MINUTE_MS
        fields: dict[str, object] = {
            "station_id": self.station_id,
            "evse_id": self.evse_id,
            "transaction_id": self.transaction_id,
            "stopped_ms": at_ms,
            "why": EndReason.DRIVER_LEFT,
            "register_tenth_wh": self.register_at(self.minutes),
        }
        return self._entry("stop", at_ms, TransactionStopped(**(fields | changed)))  # type: ignore[arg-type]  # changed fields may be any

    def entries(self, every_min: int = 15) -> list[Entry]:
        inside = [self.sample(minute) for minute in range(every_min, self.minutes, every_min)]
        return [self.start(), *inside, self.stop()]

    def review(self, energy_tenth_wh: int) -> Entry:
        payload = SessionReviewed(
            station_id=self.station_id,
            transaction_id=self.transaction_id,
            energy_tenth_wh=energy_tenth_wh,
            reviewed_by="olga",
            reason="the display said so",
        )
        return self._entry(f"review {energy_tenth_wh}", self.start_ms, payload)

    def _entry(self, what: str, at_ms: int, payload: Payload) -> Entry:
        return entry_of(
            payload, key=f"{self.station_id} {self.transaction_id} {self.start_ms} {what}", at_ms=at_ms
        )


def priced_from_midnight(value: Tariff | None = None) -> Entry:
    told = TariffSet(from_ms=MIDNIGHT_MS, tariff=tariff() if value is None else value)
    return entry_of(told, key=f"tariff {told.tariff.name}", at_ms=MIDNIGHT_MS)


def again(one: Entry, number: int = 2) -> Entry:
    """Return an entry told again under another key, as by a station that lost the answer."""
    return one._replace(key=f"{one.key} again {number}")


def many_visits(count: int) -> list[Entry]:
    """Return the entries of many transactions on three EVSEs, one after the other, as their moments come."""
    found: list[Entry] = []
    for number in range(count):
        lane, place = number % 3, number // 3
        visit = Visit(
            transaction_id=str(number),
            station_id=f"S{lane}",
            evse_id=f"A{lane}",
            start_ms=MIDNIGHT_MS + place * 3 * HOUR_MS + lane * 7_777,
            minutes=45 + 13 * (number % 7),
            power_w=1_387 + 777 * (number % 9),
            register_tenth_wh=1_000_000 + place * 200_003,
        )
        found += visit.entries()
    found.sort(key=lambda one: one.at_ms)
    return [priced_from_midnight(), *found]


def ledger_of(entries: Sequence[Entry]) -> MemoryLedger:
    ledger = MemoryLedger("yard")
    ledger.commit(entries)
    return ledger


def projected(ledger: MemoryLedger, cuts: Sequence[int] = ()) -> MemoryLedger:
    """Bring the read models of a ledger up to its end, in stretches that end at some rows."""
    rows = ledger.rows_after(ledger.run(lambda c: cursor_of(c, "yard")), 1_000_000)
    for stretch in stretches(rows, cuts):
        ledger.run(lambda connection, stretch=stretch: apply(connection, "yard", stretch))  # type: ignore[misc]  # bound now
    return ledger


def stretches(rows: Sequence[JournalRow], cuts: Sequence[int]) -> list[Sequence[JournalRow]]:
    bounds = sorted({0, len(rows), *(cut for cut in cuts if 0 < cut < len(rows))})
    return [rows[a:b] for a, b in zip(bounds, bounds[1:], strict=False)] if rows else []  # noqa: RUF007  they are the ends of slices


def contents(connection: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return every row of every read model, in the order of their keys."""
    return {table.name: table_rows(connection, table) for table in READ_MODELS}


def table_rows(connection: Connection, table: Table) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]


def session_rows(entries: Sequence[Entry]) -> list[dict[str, object]]:
    return _mappings(entries, sessions)


def bill_rows(entries: Sequence[Entry]) -> list[dict[str, object]]:
    return _mappings(entries, bills)


def _mappings(entries: Sequence[Entry], table: Table) -> list[dict[str, object]]:
    query = select(table).order_by(*table.primary_key)
    return projected(ledger_of(entries)).run(lambda c: [dict(row) for row in c.execute(query).mappings()])

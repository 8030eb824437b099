"""The formats of sessions files, told apart by their content: normalised CSV, periods CSV, ACN-Data JSON, any CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from voltloom.simulation.session_rows import (
    BadRow,
    FieldError,
    SessionFileError,
    SessionRow,
    TimeReading,
    number,
    optional_number,
    required,
    text_of,
)
from voltloom.site.mistakes import Table, did_you_mean
from voltloom.units import w_from_kw, wh_from_kwh

NORMALISED = frozenset({"session_id", "station_id", "arrival", "departure", "energy_kwh"})
PERIODS = frozenset({"session_id", "station_id", "arrival_period", "departure_period", "requested_kwh"})
DURATION_S = {"s": 1.0, "min": 60.0, "h": 3600.0}

CsvRow = Mapping[str, str | None]
Read = SessionRow | BadRow


class ColumnsTable(Table):
    """Which column of any CSV holds what; give departure or duration. Times follow time_format (strptime)."""

    arrival: str
    station_id: str
    energy: str
    departure: str = ""
    duration: str = ""
    session_id: str = ""
    user_id: str = ""
    requested: str = ""
    requested_departure: str = ""
    max_power_kw: str = ""
    energy_unit: Literal["kwh", "wh"] = "kwh"
    duration_unit: Literal["s", "min", "h"] = "min"
    time_format: str = ""
    time_zone: str = ""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    decimal: Literal[".", ","] = "."

    def names(self) -> dict[str, str]:
        """Return the columns that are named, by what they hold."""
        settings = {"energy_unit", "duration_unit", "time_format", "time_zone", "delimiter", "decimal"}
        return {key: value for key, value in self.model_dump(exclude=settings).items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How to read a file where its content leaves it open. periods_start: local day of period 0."""

    site_time_zone: str = "UTC"
    time_zone: str = ""
    columns: ColumnsTable | None = None
    periods_start: date | None = None
    period_s: float = 300.0


def rows_in(text: str, file: str, reading: Reading) -> tuple[str, list[Read]]:
    """Return the name of the format and each row, good or bad.

    Raises SessionFileError when the whole file cannot be understood.
    """
    head = text.lstrip()[:1]
    if head in ("{", "["):
        return "ACN-Data JSON", list(_acn_items(text, file, reading))
    mapping = reading.columns
    if mapping is not None:
        table = csv.DictReader(io.StringIO(text), delimiter=mapping.delimiter)
        if set(mapping.names().values()) <= set(table.fieldnames or ()):
            return "CSV with columns", list(_lines(table, lambda row, where: _mapped(row, where, reading)))
    table = csv.DictReader(io.StringIO(text))
    header = set(table.fieldnames or ())
    if header >= PERIODS:
        return "periods CSV", list(_lines(table, _periods_reader(file, reading)))
    if header >= NORMALISED:
        times = TimeReading(time_zone=reading.time_zone)
        return "normalised CSV", list(_lines(table, lambda row, where: _normalised(row, where, times)))
    if mapping is not None:
        table = csv.DictReader(io.StringIO(text), delimiter=mapping.delimiter)
    raise SessionFileError(file, _unknown_header(table.fieldnames or (), mapping))


def _unknown_header(header: Iterable[str], mapping: ColumnsTable | None) -> list[BadRow]:
    found = list(header)
    if mapping is not None:
        return [
            BadRow(
                where="line 1",
                field=f"sessions.columns.{key}",
                value=name,
                problem="no such column",
                remedy=did_you_mean(name, found),
            )
            for key, name in mapping.names().items()
            if name not in found
        ]
    if not found:
        remedy = "Give a file with a header and sessions."
        return [BadRow(where="line 1", field="header", value="", problem="is missing", remedy=remedy)]
    remedy = 'Add [sessions.columns] with arrival = "…", departure = "…", station_id = "…", energy = "…".'
    missing = NORMALISED - set(found)
    if len(found) == 1 and ";" in found[0]:
        remedy = f'It is separated by semicolons. {remedy[:-1]} and delimiter = ";".'
    elif 0 < len(missing) < len(NORMALISED):
        remedy = f"A normalised CSV also has {', '.join(sorted(missing))}: rename the column. Or: {remedy}"
    shown = ", ".join(found)[:80]
    return [BadRow(where="line 1", field="header", value=shown, problem="unknown columns", remedy=remedy)]


def _lines(table: csv.DictReader[str], reader: Callable[[CsvRow, str], SessionRow]) -> Iterator[Read]:
    for row in table:
        where = f"line {table.line_num}"
        try:
            yield reader(row, where)
        except FieldError as error:
            yield error.at(where)


def _normalised(row: CsvRow, where: str, times: TimeReading) -> SessionRow:
    requested_departure = text_of(row, "requested_departure")
    return SessionRow(
        where=where,
        session_id=required("session_id", text_of(row, "session_id")),
        station_id=required("station_id", text_of(row, "station_id")),
        user_id=text_of(row, "user_id"),
        arrival_s=times.seconds("arrival", text_of(row, "arrival")),
        departure_s=times.seconds("departure", text_of(row, "departure")),
        energy_wh=wh_from_kwh(number("energy_kwh", text_of(row, "energy_kwh"))),
        requested_wh=wh_from_kwh(optional_number("requested_kwh", text_of(row, "requested_kwh"))),
        requested_departure_s=times.seconds("requested_departure", requested_departure)
        if requested_departure
        else float("nan"),
    )


def _periods_reader(file: str, reading: Reading) -> Callable[[CsvRow, str], SessionRow]:
    if reading.periods_start is None:
        remedy = "Give the local day of period 0: --set sessions.periods_start=2019-03-01."
        problem = "counts periods from a day that nobody told"
        what = BadRow(where="line 1", field="arrival_period", value="", problem=problem, remedy=remedy)
        raise SessionFileError(file, [what])
    midnight = datetime.combine(reading.periods_start, time(), ZoneInfo(reading.site_time_zone))
    start_s = midnight.timestamp()

    def read(row: CsvRow, where: str) -> SessionRow:
        def moment_s(field: str) -> float:
            return start_s + reading.period_s * number(field, required(field, text_of(row, field)))

        requested_wh = wh_from_kwh(number("requested_kwh", text_of(row, "requested_kwh")))
        typed = "estimated_departure_period"
        return SessionRow(
            where=where,
            session_id=required("session_id", text_of(row, "session_id")),
            station_id=required("station_id", text_of(row, "station_id")),
            arrival_s=moment_s("arrival_period"),
            departure_s=moment_s("departure_period"),
            energy_wh=requested_wh,
            requested_wh=requested_wh,
            requested_departure_s=moment_s(typed) if text_of(row, typed) else float("nan"),
            max_power_w=w_from_kw(optional_number("max_power_kw", text_of(row, "max_power_kw"))),
            capacity_wh=wh_from_kwh(optional_number("battery_kwh", text_of(row, "battery_kwh"))),
            initial_wh=wh_from_kwh(optional_number("initial_charge_kwh", text_of(row, "initial_charge_kwh"))),
            taken_as_is=True,
        )

    return read


def _mapped(row: CsvRow, where: str, reading: Reading) -> SessionRow:
    columns = reading.columns
    assert columns is not None
    times = TimeReading(time_format=columns.time_format, time_zone=columns.time_zone or reading.time_zone)
    to_wh = wh_from_kwh if columns.energy_unit == "kwh" else float

    def text(key: str) -> str:
        name = getattr(columns, key)
        return text_of(row, name) if name else ""

    def energy_wh(key: str) -> float:
        return to_wh(optional_number(getattr(columns, key), text(key), decimal=columns.decimal))

    arrival_s = times.seconds(columns.arrival, text("arrival"))
    if columns.departure:
        departure_s = times.seconds(columns.departure, text("departure"))
    else:
        length = number(columns.duration, text("duration"), decimal=columns.decimal)
        departure_s = arrival_s + length * DURATION_S[columns.duration_unit]
    required(columns.energy, text("energy"))
    typed = text("requested_departure")
    return SessionRow(
        where=where,
        session_id=text("session_id") or where.replace(" ", "-"),
        station_id=required(columns.station_id, text("station_id")),
        user_id=text("user_id"),
        arrival_s=arrival_s,
        departure_s=departure_s,
        energy_wh=energy_wh("energy"),
        requested_wh=energy_wh("requested"),
        requested_departure_s=times.seconds(columns.requested_departure, typed) if typed else float("nan"),
        max_power_w=w_from_kw(optional_number(columns.max_power_kw, text("max_power_kw"), decimal=columns.decimal)),
    )  # fmt: skip


def _acn_items(text: str, file: str, reading: Reading) -> Iterator[Read]:
    """Yield the sessions of ACN-Data's API answer (`_items`) or of a bare list."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        remedy = "Download it again."
        where = f"line {error.lineno}"
        what = BadRow(where=where, field="JSON", value="", problem=error.msg.lower(), remedy=remedy)
        raise SessionFileError(file, [what]) from error
    items = document.get("_items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        problem, remedy = "has no list of sessions", "Expected _items as in ACN-Data, or a list."
        what = BadRow(where="line 1", field="_items", value="", problem=problem, remedy=remedy)
        raise SessionFileError(file, [what])
    times = TimeReading(time_zone=reading.time_zone)
    for count, item in enumerate(items, start=1):
        where = f"item {count}"
        try:
            yield _acn_session(item if isinstance(item, dict) else {}, where, times)
        except FieldError as error:
            yield error.at(where)


def _acn_session(item: dict[str, object], where: str, times: TimeReading) -> SessionRow:
    def text(key: str, source: dict[str, object] = item) -> str:
        value = source.get(key)
        return "" if value is None else str(value)

    inputs = item.get("userInputs")
    typed = inputs[-1] if isinstance(inputs, list) and inputs and isinstance(inputs[-1], dict) else {}
    departure = text("requestedDeparture", typed)
    return SessionRow(
        where=where,
        session_id=required("sessionID", text("sessionID")),
        station_id=required("spaceID", text("spaceID") or text("stationID")),
        user_id=text("userID"),
        arrival_s=times.seconds("connectionTime", text("connectionTime")),
        departure_s=times.seconds("disconnectTime", text("disconnectTime")),
        energy_wh=wh_from_kwh(number("kWhDelivered", required("kWhDelivered", text("kWhDelivered")))),
        requested_wh=wh_from_kwh(optional_number("kWhRequested", text("kWhRequested", typed))),
        requested_departure_s=times.seconds("requestedDeparture", departure) if departure else float("nan"),
    )

"""One row of a sessions file in base units, and the ways a row can be wrong, each named by line and field."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

UNKNOWN = math.nan
SHOWN_BAD_ROWS = 20
FIRST_PLAUSIBLE_YEAR = 2000  # a station without a clock reports 1970


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """One session as a file tells it; NaN where it says nothing.

    where: "line 7". taken_as_is: the file tells the simulation's own truth, so nothing of it is clipped or rounded.
    """

    where: str
    session_id: str
    station_id: str
    arrival_s: float
    departure_s: float
    energy_wh: float
    user_id: str = ""
    requested_wh: float = UNKNOWN
    requested_departure_s: float = UNKNOWN
    max_power_w: float = UNKNOWN
    capacity_wh: float = UNKNOWN
    initial_wh: float = UNKNOWN
    taken_as_is: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """What is wrong with one row."""

    where: str
    field: str
    value: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        """Return it on one line."""
        value = f' = "{self.value}"' if self.value else ""
        return f"{self.where}: {self.field}{value}: {self.problem}. {self.remedy}"


class SessionFileError(ValueError):
    """A sessions file has bad rows; `bad_rows` holds all of them, the text the first 20."""

    def __init__(self, file: str, bad_rows: Iterable[BadRow], *, can_be_skipped: bool = False) -> None:
        self.file = file
        self.bad_rows = tuple(bad_rows)
        count = len(self.bad_rows)
        lines = [f"  {row}" for row in self.bad_rows[:SHOWN_BAD_ROWS]]
        if count > SHOWN_BAD_ROWS:
            lines.append(f"  and {count - SHOWN_BAD_ROWS} more")
        if can_be_skipped:
            lines.append('  To go on without them: --set sessions.on_bad_row="skip".')
        super().__init__(f"{file}: {count} bad row{'s' if count != 1 else ''}:\n" + "\n".join(lines))


class FieldError(ValueError):
    """One field of one row cannot be used."""

    def __init__(self, field: str, value: str, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.field, self.value, self.problem, self.remedy = field, value, problem, remedy

    def at(self, where: str) -> BadRow:
        """Return it as a bad row."""
        return BadRow(
            where=where, field=self.field, value=self.value, problem=self.problem, remedy=self.remedy
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """How times are written: time_format as for strptime ("" for ISO 8601 or RFC 1123); time_zone of naive ones."""

    time_format: str = ""
    time_zone: str = ""

    def seconds(self, field: str, text: str) -> float:
        """Return Unix seconds.

        Raises FieldError for what is no time, has no zone, or comes from a station without a clock.
        """
        moment = self._moment(field, text.strip())
        if moment.tzinfo is None:
            if not self.time_zone:
                remedy = 'Write "Z" or "+01:00" behind it, or set sessions.time_zone.'
                raise FieldError(field, text, "has no time zone", remedy)
            moment = moment.replace(tzinfo=ZoneInfo(self.time_zone))
        if moment.year < FIRST_PLAUSIBLE_YEAR:
            remedy = "Correct the time, or leave the session out."
            raise FieldError(field, text, "the station had no clock", remedy)
        return moment.timestamp()

    def _moment(self, field: str, text: str) -> datetime:
        if not text:
            raise FieldError(field, "", "is missing", "Fill it in.")
        try:
            if self.time_format:
                return datetime.strptime(text, self.time_format)  # noqa: DTZ007  `seconds` adds the zone
            if "," in text and text.endswith("GMT"):
                return parsedate_to_datetime(text).replace(tzinfo=UTC)
            return datetime.fromisoformat(text)
        except ValueError as error:
            expected = self.time_format or "2019-10-01T15:07:53Z"
            raise FieldError(field, text, "is no time", f"Write it as {expected}.") from error


def text_of(row: Mapping[str, str | None], field: str, column: str = "") -> str:
    """Return a field's text; "" where the row is too short."""
    return (row.get(column or field) or "").strip()


def required(field: str, text: str) -> str:
    """Return a text that must be there."""
    if not text:
        raise FieldError(field, "", "is missing", "Fill it in.")
    return text


def number(field: str, text: str, *, decimal: str = ".") -> float:
    """Return a number that is not negative."""
    try:
        value = float(text.replace(decimal, "."))
    except ValueError as error:
        raise FieldError(field, text, "is no number", "Write it as 12.5.") from error
    if not math.isfinite(value):
        raise FieldError(field, text, "is not finite", "Write it as 12.5.")
    if value < 0.0:
        remedy = "Correct it; energy that a vehicle gave back is no session's need."
        raise FieldError(field, text, "is negative", remedy)
    return value


def optional_number(field: str, text: str, *, decimal: str = ".") -> float:
    """Return a number, NaN where nothing is written."""
    return number(field, text, decimal=decimal) if text else UNKNOWN

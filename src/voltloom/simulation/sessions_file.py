"""Sessions from a file: the format is recognised by its content, and every bad row is named, never silently dropped."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from voltloom.simulation.session_formats import Reading, rows_in
from voltloom.simulation.session_rows import BadRow, SessionFileError, SessionRow
from voltloom.site.mistakes import did_you_mean

GZIP_MAGIC = b"\x1f\x8b"
Check = Callable[[SessionRow], BadRow | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What of a file is wanted. first_day, last_day: local days of arrival, both included.

    evse_ids: the outlets of the site; empty where any station will do. skips_bad_rows: report them and go on.
    """

    first_day: date = date.min
    last_day: date = date.max
    evse_ids: tuple[str, ...] = ()
    skips_bad_rows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedSessions:
    """What a file held, by arrival; `skipped` only where that was asked for."""

    file: str
    format: str
    rows: tuple[SessionRow, ...]
    skipped: tuple[BadRow, ...] = ()


def load_sessions(
    path: Path, reading: Reading | None = None, selection: Selection | None = None
) -> LoadedSessions:
    """Return the sessions of a file: normalised CSV, periods CSV, ACN-Data JSON or mapped CSV, plain or .gz.

    Raises SessionFileError naming every bad row, unless they are skipped and reported.
    """
    reading = reading or Reading()
    selection = selection or Selection()
    name, found = rows_in(text_in(path), path.name, reading)
    rows = [row for row in found if isinstance(row, SessionRow)]
    bad = [row for row in found if isinstance(row, BadRow)]
    rows = [row for row in rows if _is_selected(row, selection, reading.site_time_zone)]
    for check in (_stays, _SameIdTwice(), _KnownStation(selection.evse_ids)):
        judged = [(row, check(row)) for row in rows]
        bad += [what for _, what in judged if what is not None]
        rows = [row for row, what in judged if what is None]
    bad.sort(key=_line)
    if bad and not selection.skips_bad_rows:
        raise SessionFileError(path.name, bad, can_be_skipped=True)
    rows.sort(key=lambda row: (row.arrival_s, row.session_id))
    return LoadedSessions(file=path.name, format=name, rows=tuple(rows), skipped=tuple(bad))


def text_in(path: Path) -> str:
    """Return a file's text, unpacked where it is packed.

    Raises SessionFileError where there is no such file or it is no text.
    """
    try:
        raw = path.read_bytes()
        if raw[:2] == GZIP_MAGIC:
            raw = gzip.decompress(raw)
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = BadRow(where=f"byte {error.start}", field="text", value="", problem="is not UTF-8", remedy="Save it as UTF-8.")  # fmt: skip
    except (OSError, EOFError) as error:
        problem = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        what = BadRow(where="file", field=str(path), value="", problem=problem.lower(), remedy="Check the path.")  # fmt: skip
    raise SessionFileError(path.name, [what])


def _is_selected(row: SessionRow, selection: Selection, time_zone: str) -> bool:
    day = datetime.fromtimestamp(row.arrival_s, UTC).astimezone(ZoneInfo(time_zone)).date()
    return selection.first_day <= day <= selection.last_day


def _line(bad: BadRow) -> int:
    digits = "".join(c for c in bad.where if c.isdigit())
    return int(digits) if digits else 0


def _stays(row: SessionRow) -> BadRow | None:
    if row.departure_s >= row.arrival_s:
        return None
    moment = datetime.fromtimestamp(row.departure_s, UTC)
    return BadRow(
        where=row.where,
        field="departure",
        value=f"{moment:%Y-%m-%dT%H:%M:%SZ}",
        problem="is before the arrival",
        remedy="Swap them, or correct the time zone of one.",
    )


class _SameIdTwice:
    """Finds session ids that stand twice."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}

    def __call__(self, row: SessionRow) -> BadRow | None:
        first = self._first.setdefault(row.session_id, row.where)
        if first == row.where:
            return None
        return BadRow(
            where=row.where,
            field="session_id",
            value=row.session_id,
            problem=f"is the same as on {first}",
            remedy="Remove one of the two.",
        )


class _KnownStation:
    """Finds stations that are not on the site."""

    def __init__(self, evse_ids: Iterable[str]) -> None:
        self._known = tuple(evse_ids)
        self._set = frozenset(self._known)

    def __call__(self, row: SessionRow) -> BadRow | None:
        if not self._set or row.station_id in self._set:
            return None
        remedy = did_you_mean(row.station_id, self._known)
        return BadRow(
            where=row.where,
            field="station_id",
            value=row.station_id,
            problem="is not on the site",
            remedy=f'{remedy} Or set sessions.assign="any_free".',
        )


def moved_to(row: SessionRow, station_id: str) -> SessionRow:
    """Return the same session at another station."""
    return replace(row, station_id=station_id)

"""`voltloom sessions list`, `bills` and `review`: closed sessions, what they cost, and an operator's word on doubted ones."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from voltloom.cli import inputs
from voltloom.cli.journal import JournalFile, TimeZoneOption, period_of, store_errors
from voltloom.cli.output import UsageError, Voice, a_table, plain_errors, utc_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from voltloom.store.export import Cell
    from voltloom.store.reviewing import Line

DoubtedOption = Annotated[bool, typer.Option("--doubted", help="Only those that wait for `sessions review`.")]


def list_sessions(
    journal: JournalFile,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    time_zone: TimeZoneOption = "UTC",
    doubted: DoubtedOption = False,
    as_json: inputs.JsonOption = False,
) -> None:
    """List closed sessions by their start, with energy, cost and doubts; the journal may be in use meanwhile."""
    from voltloom.store import export as exporting

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        rows = _rows(journal, first, last, time_zone, doubted)
        feeds_back = any(row["exported_wh"] for row in rows)  # few sites do
        back = ("kWh fed back",) if feeds_back else ()
        head = ("session", "start", "outlet", "token", "kWh", *back, "cost", "ended", "bill", "doubts")
        shown = [
            (
                str(row["session_id"]),
                _local(row["start"], time_zone),
                str(row["evse_id"]),
                str(row["id_token"]),
                _kwh(row["energy_wh"]),
                *((_kwh(row["exported_wh"]),) if feeds_back else ()),
                _cost(row),
                str(row["why"]),
                str(row["bill_status"] or ""),
                str(row["doubts"]),
            )
            for row in rows
        ]
        voice.show(a_table("", head, shown, numbers_from=len(head)))
        voice.say(f"{len(rows)} sessions.")
        voice.give([exporting.as_json(row) for row in rows])


def bills(
    journal: JournalFile,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    time_zone: TimeZoneOption = "UTC",
    as_json: inputs.JsonOption = False,
) -> None:
    """List every bill's lines: energy or time at one price, and the sum of each currency."""
    from voltloom.store import export as exporting
    from voltloom.store.reviewing import lines_of

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        period = period_of(first, last, time_zone)
        with exporting.up_to_date(journal) as connection:
            rows = list(exporting.session_rows(connection, period))
            lines = list(lines_of(connection, {str(row["session_id"]) for row in rows}))
        shown = [
            (
                line.session_id,
                line.tariff,
                _local(_moment(line.start_ms), time_zone),
                _local(_moment(line.end_ms), time_zone),
                *_quantity(line),
                f"{line.amount} {line.currency}",
            )
            for line in lines
        ]
        head = ("session", "tariff", "from", "to", "for", "quantity", "price", "amount")
        voice.show(a_table("", head, shown, numbers_from=5))
        sums: dict[str, Decimal] = {}
        for line in lines:
            sums[line.currency] = sums.get(line.currency, Decimal(0)) + line.amount
        for currency, total in sorted(sums.items()):
            voice.say(f"Together {total} {currency}.")
        unpriced = [row for row in rows if row["cost_minor"] is None]
        if unpriced:
            voice.say(f"{len(unpriced)} sessions have no bill yet: see `voltloom sessions list`.")
        voice.give(
            {
                "lines": [
                    {
                        "session_id": line.session_id,
                        "tariff": line.tariff,
                        "currency": line.currency,
                        "start": utc_text(line.start_ms / 1000.0),
                        "end": utc_text(line.end_ms / 1000.0),
                        "energy_wh": float(line.energy_wh),
                        "price_per_kwh": str(line.price_per_kwh.normalize()),
                        "kind": line.kind,
                        "duration_ms": line.duration_ms,
                        "price_per_h": str(line.price_per_h.normalize()),
                        "amount": str(line.amount),
                    }
                    for line in lines
                ],
                "totals": {currency: str(total) for currency, total in sorted(sums.items())},
                "without_bill": [row["session_id"] for row in unpriced],
            }
        )


def review(
    journal: JournalFile,
    session: Annotated[
        str, typer.Argument(metavar="SESSION", help="As `sessions list` names it: STATION/TRANSACTION.")
    ],
    kwh: Annotated[str, typer.Option("--kwh", help="The energy to be billed; 0 waives it.")],
    by: Annotated[str, typer.Option("--by", help="Who says so; it stays on record.")],
    reason: Annotated[str, typer.Option("--reason", help="Why; it stays on record.")],
    as_json: inputs.JsonOption = False,
) -> None:
    """Say what a doubted session is billed for. The server must not run meanwhile; a later review replaces this one."""
    from voltloom.live.clock import WALL
    from voltloom.store import export as exporting
    from voltloom.store.reviewing import Word, review_entry
    from voltloom.store.sql_ledger import SqlLedger

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        word = Word(session_id=session, energy_tenth_wh=_tenths(kwh), by=by.strip(), reason=reason.strip())
        if not word.by or not word.reason:
            raise UsageError("--by and --reason: write who says so, and why.")
        with exporting.up_to_date(journal) as connection:
            node, entry = review_entry(connection, word, round(WALL.now_s() * 1000.0))
        ledger = SqlLedger(journal, node)
        try:
            ledger.commit((entry,))
        finally:
            ledger.close()
        (row,) = (row for row in _rows(journal, None, None, "UTC", False) if row["session_id"] == session)
        voice.say(f"{session}: {_kwh(row['energy_wh'])} kWh, {_cost(row) or 'no price'}.")
        voice.give(exporting.as_json(row))


def _rows(
    journal: Path, first: str | None, last: str | None, time_zone: str, doubted: bool
) -> list[dict[str, Cell]]:
    from voltloom.store import export as exporting

    period = period_of(first, last, time_zone)
    with exporting.up_to_date(journal) as connection:
        rows = list(exporting.session_rows(connection, period))
    return [row for row in rows if row["is_quarantined"]] if doubted else rows


def _tenths(kwh: str) -> int:
    try:
        tenths = Decimal(kwh) * 10_000
        if not 0 <= tenths < 2**53 or tenths != int(tenths):
            raise InvalidOperation
    except InvalidOperation:
        raise UsageError(
            f'--kwh = "{kwh}": write kWh with at most four decimals, such as 12.5, or 0.'
        ) from None
    return int(tenths)


def _moment(at_ms: int) -> datetime:
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def _local(moment: Cell, time_zone: str) -> str:
    if not isinstance(moment, datetime):
        return "?"
    return f"{moment.astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M}"


def _kwh(energy_wh: Cell) -> str:
    return f"{Decimal(energy_wh) / 1000:.4f}" if isinstance(energy_wh, Decimal | int) else "?"


def _quantity(line: Line) -> tuple[str, str, str]:
    """Return what a line is for, how much of it, and at what price."""
    if line.kind == "energy":
        return line.kind, f"{_kwh(line.energy_wh)} kWh", f"{line.price_per_kwh.normalize():f}/kWh"
    hours = Decimal(line.duration_ms) / 3_600_000
    return line.kind, f"{hours:.4f} h", f"{line.price_per_h.normalize():f}/h"


def _cost(row: Mapping[str, Cell]) -> str:
    minor, digits = row["cost_minor"], row["minor_digits"]
    if not isinstance(minor, int) or not isinstance(digits, int):
        return ""
    return f"{Decimal(minor).scaleb(-digits)} {row['currency']}"

"""`voltloom sessions export`, `backup`, `restore` and `audit verify`: work on a journal file, no server needed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import EXIT_CODES, Exit, UsageError, Voice, a_table, fail, plain_errors

if TYPE_CHECKING:
    from voltloom.store.backup import Manifest
    from voltloom.store.export import Cell, Period

sessions = typer.Typer(help="Closed sessions and their bills.", no_args_is_help=True, rich_markup_mode=None)
audit = typer.Typer(
    help="Whether the journal is what was written.", no_args_is_help=True, rich_markup_mode=None
)

JournalFile = Annotated[Path, typer.Argument(metavar="JOURNAL", help="The journal's file.")]
TimeZoneOption = Annotated[
    str, typer.Option("--time-zone", help="In which days begin, such as Europe/Berlin.")
]
NewFile = Annotated[Path, typer.Argument(metavar="FILE", help="The file to make; nothing is overwritten.")]


@sessions.command("export", epilog=EXIT_CODES)
def export(
    journal: JournalFile,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="FILE.csv or FILE.parquet; else CSV on standard output."),
    ] = None,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    time_zone: TimeZoneOption = "UTC",
    as_json: inputs.JsonOption = False,
) -> None:
    """Write closed sessions with their bills, by their start; the journal may be in use meanwhile."""
    from voltloom.store import export as exporting

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        if out is not None and out.suffix not in (".csv", ".parquet"):
            raise UsageError(f'--out = "{out}": end it in .csv or .parquet.')
        period = period_of(first, last, time_zone)
        with exporting.up_to_date(journal) as connection:
            rows = list(exporting.session_rows(connection, period))
        if out is None and as_json:
            voice.give([exporting.as_json(row) for row in rows])
        elif out is None:
            exporting.write_csv(rows, sys.stdout)
        else:
            _write(rows, out)
            voice.say(f"{len(rows)} sessions written to {out}.")
            voice.give({"sessions": len(rows), "file": str(out)})


def backup(journal: JournalFile, file: NewFile, as_json: inputs.JsonOption = False) -> None:
    """Copy a journal, even while it is in use, verify the copy, and write its manifest beside it."""
    from voltloom.store.backup import back_up, manifest_path

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        manifest = back_up(journal, file)
        voice.say(f"{file} holds {_chains(manifest)}.")
        voice.say(f"Its manifest is {manifest_path(file)}: keep a copy of it elsewhere.")
        voice.give(_told(manifest, file))


def restore(
    file: Annotated[Path, typer.Argument(metavar="BACKUP", help="The back-up; its manifest lies beside it.")],
    journal: Annotated[
        Path, typer.Argument(metavar="JOURNAL", help="The journal's file to make; nothing is overwritten.")
    ],
    as_json: inputs.JsonOption = False,
) -> None:
    """Verify a back-up, byte by byte and row by row, and put it in place as a journal."""
    from voltloom.store.backup import restore as put_in_place

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        manifest = put_in_place(file, journal)
        voice.say(f"{journal} holds {_chains(manifest)}, verified.")
        voice.give(_told(manifest, journal))


@audit.command("verify", epilog=EXIT_CODES)
def verify(
    journal: JournalFile,
    manifest: Annotated[
        Path | None,
        typer.Option(
            "--manifest", metavar="FILE", help="The manifest of a back-up: its rows must be in the journal."
        ),
    ] = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Check every row of a journal against its chain, and name the first that is not what was written."""
    from voltloom.store.backup import read_manifest
    from voltloom.store.verifying import verify as checked

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        verdict = checked(journal, read_manifest(manifest).heads if manifest is not None else ())
        rows = [(head.node, str(head.seq), head.chain_hash.hex()) for head in verdict.heads]
        voice.show(a_table("", ("node", "rows that hold", "last hash"), rows))
        voice.say("The journal is what was written." if not verdict.problems else "")
        problems = [{"node": p.node, "seq": p.seq, "what": p.what} for p in verdict.problems]
        heads = [{"node": h.node, "seq": h.seq, "chain_hash": h.chain_hash.hex()} for h in verdict.heads]
        voice.give({"is_sound": not problems, "nodes": heads, "problems": problems})
        if verdict.problems:
            told = "\n".join(f"  {p.node or 'file'}: {p.what}" for p in verdict.problems)
            fail(f"The journal is not what was written.\n{told}", Exit.BREACH)


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn what may go wrong with a store into a message and an exit code."""
    from voltloom.store import errors

    try:
        yield
    except (errors.ChainBrokenError, errors.PayloadError) as broken:
        fail(str(broken), Exit.BREACH)
    except (errors.JournalFullError, errors.JournalWriteError) as unwritten:
        fail(str(unwritten), Exit.NOT_WRITTEN)
    except errors.StoreError as wrong:
        fail(str(wrong), Exit.WRONG_INPUT)


def _write(rows: list[dict[str, Cell]], out: Path) -> None:
    from voltloom.store import export as exporting

    partial = out.with_name(f"{out.name}.partial")
    try:
        if out.suffix == ".csv":
            with partial.open("w", encoding="utf-8", newline="") as file:
                exporting.write_csv(rows, file)
        else:
            exporting.write_parquet(rows, partial)
        partial.replace(out)
    except OSError as wrong:
        fail(f"{out} cannot be written: {wrong.strerror}.", Exit.NOT_WRITTEN)
    finally:
        partial.unlink(missing_ok=True)


def period_of(first: str | None, last: str | None, time_zone: str) -> Period:
    """Return the period of some local days, both included.

    Raises UsageError naming the option.
    """
    from zoneinfo import ZoneInfo

    from voltloom.store.export import Period

    inputs.known_zone("--time-zone", time_zone)
    days = inputs.days(first, last)
    zone = ZoneInfo(time_zone)

    def begins_ms(day: date) -> int:
        return int(datetime.combine(day, time(), zone).astimezone(UTC).timestamp()) * 1000

    whole = Period()
    return Period(
        start_ms=whole.start_ms if days.first_day == date.min else begins_ms(days.first_day),
        end_ms=whole.end_ms if days.last_day == date.max else begins_ms(days.last_day + timedelta(days=1)),
    )


def _chains(manifest: Manifest) -> str:
    ends = [f"{end.seq} events of '{end.node}'" for end in manifest.nodes]
    return ", ".join(ends) or "no events yet"


def _told(manifest: Manifest, file: Path) -> dict[str, object]:
    nodes = [{"node": end.node, "seq": end.seq, "chain_hash": end.chain_hash} for end in manifest.nodes]
    return {"file": str(file), "sha256": manifest.sha256, "last_at_ms": manifest.last_at_ms, "nodes": nodes}

"""`voltloom replay` runs a recorded stretch of a site through the core again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import Exit, Voice, fail, plain_errors, utc_text
from voltloom.cli.run import ConfigFile, loaded, moment_s

if TYPE_CHECKING:
    from voltloom.live.replaying import Difference, Replayed


def replay(
    file: ConfigFile,
    journal: Annotated[
        Path | None, typer.Option("--journal", metavar="FILE", help="Instead of the configuration's.")
    ] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="TIME", help="Compare from this local time on.")
    ] = None,
    last: Annotated[
        str | None, typer.Option("--to", metavar="TIME", help="Compare up to this local time.")
    ] = None,
    as_json: inputs.JsonOption = False,
    is_quiet: inputs.QuietOption = False,
) -> None:
    """Run what a journal tells through the core: equal decisions bit for bit, or the first difference."""
    from voltloom.cli.journal import store_errors
    from voltloom.live.replaying import Stretch, replayed

    voice = Voice(is_json=as_json, is_quiet=is_quiet)
    with plain_errors(), store_errors():
        config = loaded(file)
        zone = config.site.time_zone
        from_s, to_s = moment_s("--from", first, zone), moment_s("--to", last, zone)
        whole = Stretch()
        stretch = Stretch(whole.from_s if from_s is None else from_s, whole.to_s if to_s is None else to_s)
        with voice.progress("replay") as tell:
            outcome = replayed(config, str(journal or config.journal), stretch, lambda ratio: tell([ratio]))
        voice.give(_json(outcome))
        voice.say(_said(outcome, zone))
        if outcome.difference is not None:
            fail(_difference(outcome.difference, zone), Exit.BREACH)
        if not outcome.cycles_count:
            fail("No cycle was compared: choose --from and --to within the journal.", Exit.WRONG_INPUT)


def _said(outcome: Replayed, zone: str) -> str:
    runs = "run" if outcome.runs_count == 1 else "runs"
    told = f"{outcome.cycles_count} cycles of {outcome.runs_count} {runs} were decided again"
    if outcome.cycles_count:
        told += f", {_local(outcome.first_s, zone)} to {_local(outcome.last_s, zone)}"
    if outcome.lost_count:
        told += f"; {outcome.lost_count} could not be, since cycles before them were never kept"
    if outcome.is_other_code:
        told += "; some were recorded by another version of Voltloom"
    if outcome.difference is None and outcome.cycles_count:
        return f"{told}: every decision is equal, bit for bit."
    return f"{told}."


def _difference(found: Difference, zone: str) -> str:
    where = f"cycle {found.number}" if found.number else "the memory"
    told = f"The first difference: {found.what}.\n  {_local(found.time_s, zone)}, {where}, row {found.seq}"
    if not found.evse_id:
        return told
    return f"{told}, EVSE {found.evse_id}\n  recorded: {found.recorded}\n  now:      {found.now}"


def _json(outcome: Replayed) -> dict[str, object]:
    found, has_any = outcome.difference, outcome.cycles_count > 0
    return {
        "cycles": outcome.cycles_count,
        "runs": outcome.runs_count,
        "lost_cycles": outcome.lost_count,
        "from": utc_text(outcome.first_s) if has_any else None,
        "to": utc_text(outcome.last_s) if has_any else None,
        "is_other_code": outcome.is_other_code,
        "is_equal": found is None,
        "difference": None
        if found is None
        else {
            "time": utc_text(found.time_s),
            "row": found.seq,
            "cycle": found.number,
            "what": found.what,
            "evse": found.evse_id or None,
            "recorded": found.recorded or None,
            "now": found.now or None,
        },
    }


def _local(time_s: float, zone: str) -> str:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    return datetime.fromtimestamp(time_s, ZoneInfo(zone)).isoformat(timespec="milliseconds")

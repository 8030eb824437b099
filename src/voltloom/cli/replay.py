"""`voltloom replay` runs a recorded stretch of a site through the core again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import Exit, UsageError, Voice, fail, plain_errors, utc_text
from voltloom.cli.run import ConfigFile, loaded, moment_s

if TYPE_CHECKING:
    from voltloom.live.config import Config
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
    solve: Annotated[
        str | None,
        typer.Option(
            "--solve", metavar="TIME", help="Show the plan in force at this local time, and its inputs."
        ),
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
        if solve is not None:
            if first is not None or last is not None:
                raise UsageError("--solve: shows one moment. Leave --from and --to out.")
            _show_solve(voice, config, str(journal or config.journal), solve)
            return
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


def _show_solve(voice: Voice, config: Config, journal: str, text: str) -> None:
    """Show a past solve with its inputs, and whether deciding again led to it bit for bit."""
    from voltloom.cli.plan_tables import plan_tables
    from voltloom.decision.plan_record import plan_record
    from voltloom.live.replaying import solved_at
    from voltloom.site.network import network_of

    zone = config.site.time_zone
    moment = moment_s("--solve", text, zone)
    assert moment is not None, "a text was given"
    with voice.progress("replay") as tell:
        outcome, found = solved_at(config, journal, moment, lambda ratio: tell([ratio]))
    if found is None:
        fail(
            f"The journal holds no cycle up to {_local(moment, zone)}. Choose a later --solve.",
            Exit.WRONG_INPUT,
        )
    if found.plan is None:
        remedy = (
            "no vehicle wanted power, or that architecture does not plan, or the site was in a fallback mode"
        )
        at = f"At {_local(found.time_s, zone)} under '{found.architecture}'"
        fail(f"{at} there was no plan: {remedy}.", Exit.WRONG_INPUT)
    record = plan_record(found.plan, network_of(config.site), zone, found.session_ids)
    voice.give({"cycle": utc_text(found.time_s), "plan": record, "replay": _json(outcome)})
    voice.say(f"The plan in force at {_local(found.time_s, zone)}, made at {_local(found.plan.made_s, zone)}")
    for table in plan_tables(record, zone):
        voice.say()
        voice.show(table)
    voice.say()
    voice.say(_said(outcome, zone))
    if outcome.difference is not None:
        fail(_difference(outcome.difference, zone), Exit.BREACH)


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

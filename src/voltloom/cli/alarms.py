"""`voltloom alarms`: what a site told, from its journal: what lasts first, then what is over or told of a moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from voltloom.cli import inputs
from voltloom.cli.journal import JournalFile, TimeZoneOption, store_errors
from voltloom.cli.output import Voice, a_table, plain_errors, utc_text

if TYPE_CHECKING:
    from voltloom.session.alarms import Alarm

CountOption = Annotated[int, typer.Option("--count", min=1, max=2000, help="At most so many.")]
ActiveOption = Annotated[bool, typer.Option("--active", help="Only those that last.")]


def alarms(
    journal: JournalFile,
    count: CountOption = 50,
    active: ActiveOption = False,
    time_zone: TimeZoneOption = "UTC",
    as_json: inputs.JsonOption = False,
) -> None:
    """List alarms: those that last, then the others, the newest of each first; the journal may be in use meanwhile."""
    from voltloom.live.alarming import in_journal
    from voltloom.session.standing import state_of

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        inputs.known_zone("--time-zone", time_zone)
        found = in_journal(str(journal), count)
        shown = [alarm for alarm in found if not active or state_of(alarm) == "active"]
        rows = [
            (
                _local(alarm.time_s, time_zone),
                _over(alarm, state_of(alarm), time_zone),
                alarm.severity.value,
                alarm.source,
                alarm.kind.value,
                f"{alarm.what}. {alarm.next_step}.",
            )
            for alarm in shown
        ]
        head = ("since", "over", "severity", "source", "alarm", "what and what to do")
        voice.show(a_table("", head, rows, numbers_from=len(head)))
        lasting_count = sum(state_of(alarm) == "active" for alarm in shown)
        voice.say(f"{len(shown)} alarms, {lasting_count} of them last.")
        voice.give([_as_json(alarm, state_of(alarm)) for alarm in shown])


def _over(alarm: Alarm, state: str, time_zone: str) -> str:
    return {"active": "lasts", "once": ""}[state] if state != "over" else _local(alarm.over_s, time_zone)


def _local(moment_s: float, time_zone: str) -> str:
    return f"{datetime.fromtimestamp(moment_s, UTC).astimezone(ZoneInfo(time_zone)):%Y-%m-%d %H:%M:%S}"


def _as_json(alarm: Alarm, state: str) -> dict[str, object]:
    return {
        "time": utc_text(alarm.time_s),
        "state": state,
        "over": utc_text(alarm.over_s) if alarm.is_over else None,
        "severity": alarm.severity.value,
        "source": alarm.source,
        "kind": alarm.kind.value,
        "what": alarm.what,
        "effect": alarm.effect,
        "next_step": alarm.next_step,
    }

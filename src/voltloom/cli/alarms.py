"""`voltloom alarms`: what a site told, from its journal: what lasts first, then what is over or told of a moment."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from voltloom.cli import inputs
from voltloom.cli.journal import JournalFile, store_errors
from voltloom.cli.output import Voice, a_table, plain_errors, utc_text

if TYPE_CHECKING:
    from voltloom.session.alarms import Alarm
    from voltloom.web.models import AuditOut

CLOCK_S = 0.01  # what is acknowledged is written to the millisecond
CountOption = Annotated[int, typer.Option("--count", min=1, max=2000, help="At most so many.")]
ActiveOption = Annotated[bool, typer.Option("--active", help="Only those that last.")]
ZoneOption = Annotated[
    str | None,
    typer.Option(
        "--time-zone",
        help="In which times are told, such as Europe/Berlin; by default the one of the site's file beside the journal.",
    ),
]
Told = tuple[str, "Alarm"]  # a node and what it told


def alarms(
    journal: JournalFile,
    count: CountOption = 50,
    active: ActiveOption = False,
    time_zone: ZoneOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """List alarms: those that last, then the others, the newest of each first; the journal may be in use meanwhile."""
    from voltloom.live.alarming import by_node_in_journal
    from voltloom.session.standing import state_of

    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors(), store_errors():
        zone = inputs.known_zone("--time-zone", time_zone) or _zone_beside(journal)
        found = by_node_in_journal(str(journal), count)
        shown = [one for one in found if not active or state_of(one[1]) == "active"]
        if as_json:
            voice.give([_as_json(alarm, state_of(alarm)) for _, alarm in shown])
            return
        seen = _seen(str(journal), found, zone)
        rows = [
            (
                _local(alarm.time_s, zone),
                _over(alarm, state_of(alarm), zone),
                seen.get((node, alarm), ""),
                alarm.severity.value,
                alarm.source,
                alarm.kind.value,
                f"{alarm.what}. {alarm.next_step}.",
            )
            for node, alarm in shown
        ]
        head = ("since", "over", "acknowledged", "severity", "source", "alarm", "what and what to do")
        voice.show(a_table("", head, rows, numbers_from=len(head)))
        lasting_count = sum(state_of(alarm) == "active" for _, alarm in shown)
        voice.say(f"{len(shown)} alarms, {lasting_count} of them last. Times are {zone or 'UTC'}.")
        if zone is None:
            voice.say("No site's file beside the journal names it: give --time-zone for another.")


def _zone_beside(journal: Path) -> str | None:
    """Return the zone of the site whose file lies beside its journal, None where none is found."""
    for file in sorted(journal.absolute().parent.glob("*.toml")):
        try:
            tree = tomllib.loads(file.read_text(encoding="utf-8"))
            kept = file.parent / str(tree["journal"]["path"])
            if kept.resolve() == journal.resolve():
                return inputs.known_zone("time_zone", tree["site"]["time_zone"])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # no site's file, or none that can run: `voltloom check` says why
    return None


def _seen(target: str, told: Sequence[Told], zone: str | None) -> Mapping[Told, str]:
    """Return who acknowledged what and when, in words. An alarm that came again is new: what was said before is about the one before."""
    from voltloom.web.audit import deeds_in_journal
    from voltloom.web.console.answering import ACKNOWLEDGED, ANSWERS_COUNT

    deeds = deeds_in_journal(target, ANSWERS_COUNT)
    found: dict[Told, str] = {}
    for node, alarm in told:
        alike = [
            one for at, one in told if at == node and (one.kind, one.source) == (alarm.kind, alarm.source)
        ]
        again_s = min((one.time_s for one in alike if one.time_s > alarm.time_s), default=math.inf)
        name = f"{alarm.kind.value}/{alarm.source}"
        answer: AuditOut | None = next(
            (
                one
                for one in deeds.get(node, ())
                if (one.action, one.target) == (ACKNOWLEDGED, name)
                and alarm.time_s - CLOCK_S <= one.time.timestamp() < again_s
            ),
            None,
        )
        if answer is not None:
            found[node, alarm] = f"by {answer.by}, {_local(answer.time.timestamp(), zone)}"
    return found


def _over(alarm: Alarm, state: str, zone: str | None) -> str:
    return {"active": "lasts", "once": ""}[state] if state != "over" else _local(alarm.over_s, zone)


def _local(moment_s: float, zone: str | None) -> str:
    """Return a moment in a zone, UTC for None, with its year where that is not this one."""
    from voltloom.live.clock import Clock

    where = ZoneInfo(zone or "UTC")
    local, now = datetime.fromtimestamp(moment_s, where), datetime.fromtimestamp(Clock().now_s(), where)
    year = "" if local.year == now.year else f" {local.year}"
    return f"{local.day} {local:%b}{year} {local:%H:%M:%S}"


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

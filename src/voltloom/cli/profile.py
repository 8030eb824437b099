"""`voltloom profile`: the load profile of a sessions file or of a scenario."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import UsageError, Voice, plain_errors

if TYPE_CHECKING:
    from voltloom.advisor.profile import Profile
    from voltloom.simulation.session_visits import ReadingTable
    from voltloom.simulation.sessions_file import Selection


def profile(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Sessions (CSV or ACN-Data JSON, also .gz), or a scenario (.toml)."
        ),
    ],
    time_zone: Annotated[
        str | None,
        typer.Option("--time-zone", help="The site's zone, such as Europe/Berlin; a scenario knows its own."),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--column", metavar="FIELD=NAME", help="Which column of any CSV holds what. Repeatable."
        ),
    ] = None,
    assignments: inputs.SetOption = None,
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Tell how many cars come when, for how long and how much, and how many are there at once."""
    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors():
        days = inputs.days(first, last)
        if _is_scenario(file):
            if time_zone or columns:
                raise UsageError(
                    "--time-zone, --column: a scenario says that itself. Leave them out, or --set it."
                )
            found, notes = _of_scenario(file, first, last, assignments)
        else:
            found, notes = _of_sessions(file, time_zone, _table(columns, assignments), days)
        voice.give({**found.as_json(), "notes": list(notes)})
        if not as_json:
            from voltloom.advisor.profile import profile_text

            voice.say(profile_text(found))
            for note in notes:
                voice.say(f"note: {note}")


def _is_scenario(file: str) -> bool:
    """Return whether a name means a scenario: a TOML file, or the bare name of a shipped one."""
    return Path(file).suffix in ("", ".toml")


def _of_scenario(
    file: str, first: str | None, last: str | None, assignments: list[str] | None
) -> tuple[Profile, tuple[str, ...]]:
    """Return the profile of a scenario's visits and the scenario's notes."""
    from voltloom.advisor.profile import profile_of, stays_of_visits

    world = inputs.load(file, assignments=assignments, first=first, last=last)
    if not world.visits:
        raise UsageError(
            f"{file}: no session arrives in this scenario. Choose other days with --from and --to."
        )
    found = profile_of(stays_of_visits(world.visits), name=world.name, time_zone=world.site.time_zone)
    return found, world.notes


def _of_sessions(
    file: str, time_zone: str | None, table: ReadingTable, days: Selection
) -> tuple[Profile, tuple[str, ...]]:
    """Return the profile of a file's sessions, and each row that was skipped because that was asked for."""
    from voltloom.advisor.profile import profile_of, stays_of_rows
    from voltloom.simulation.session_formats import Reading
    from voltloom.simulation.sessions_file import load_sessions

    zone = inputs.known_zone("--time-zone", time_zone) or "UTC"
    reading = Reading(
        site_time_zone=zone,
        time_zone=inputs.known_zone("sessions.time_zone", table.time_zone or None) or time_zone or "",
        columns=table.columns,
        periods_start=table.periods_start,
        period_s=table.battery_period_s,
    )
    wanted = dataclasses.replace(days, skips_bad_rows=table.on_bad_row == "skip")
    loaded = load_sessions(Path(file), reading, wanted)
    if not loaded.rows:
        raise UsageError(f"{file}: no session in these days.")
    found = profile_of(stays_of_rows(loaded.rows), name=Path(file).name, time_zone=zone)
    return found, tuple(f"skipped {bad}" for bad in loaded.skipped)


def _table(columns: list[str] | None, assignments: list[str] | None) -> ReadingTable:
    """Return how a sessions file is to be read, from --column and --set sessions.….

    Raises UsageError or PlanError naming what cannot be set here.
    """
    from voltloom.simulation.scenario_layers import assigned
    from voltloom.simulation.session_visits import ReadingTable
    from voltloom.site.mistakes import Mistake, PlanError, shaped

    named = [f"sessions.columns.{field}={json.dumps(name)}" for field, name in _pairs(columns or []).items()]
    tree = assigned({"sessions": {}}, [*(assignments or ()), *named])
    strangers = [key for key in tree if key != "sessions"]
    if strangers:
        raise UsageError(
            f"--set {strangers[0]}: a sessions file has none. Set sessions.…, or profile a scenario."
        )
    given = tree["sessions"]
    mistakes: list[Mistake] = []
    table = shaped(given if isinstance(given, dict) else {}, ReadingTable, "sessions", mistakes)
    if mistakes or table is None:
        raise PlanError(mistakes)
    return table


def _pairs(columns: list[str]) -> dict[str, str]:
    """Return FIELD=NAME pairs.

    Raises UsageError naming the one that is none.
    """
    found = {}
    for column in columns:
        field, sign, name = column.partition("=")
        if not sign or not field.strip() or not name.strip():
            raise UsageError(f'--column = "{column}": write it as arrival=Start.')
        found[field.strip()] = name.strip()
    return found

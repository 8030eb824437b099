"""`voltloom profile`: the load profile of a sessions file or of a scenario."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli import inputs
from voltloom.cli.output import UsageError, Voice, plain_errors

if TYPE_CHECKING:
    from voltloom.advisor.profile import Profile


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
    first: inputs.FromOption = None,
    last: inputs.ToOption = None,
    as_json: inputs.JsonOption = False,
) -> None:
    """Tell how many cars come when, for how long and how much, and how many are there at once."""
    voice = Voice(is_json=as_json, is_quiet=True)
    with plain_errors():
        found = (
            _of_scenario(file, first, last)
            if _is_scenario(file)
            else _of_sessions(file, time_zone, columns, first, last)
        )
        voice.give(found.as_json())
        if not as_json:
            from voltloom.advisor.profile import profile_text

            voice.say(profile_text(found))


def _is_scenario(file: str) -> bool:
    """Return whether a name means a scenario: a TOML file, or the bare name of a shipped one."""
    return Path(file).suffix in ("", ".toml")


def _of_scenario(file: str, first: str | None, last: str | None) -> Profile:
    from voltloom.advisor.profile import profile_of, stays_of_visits

    world = inputs.load(file, first=first, last=last)
    if not world.visits:
        raise UsageError(
            f"{file}: no session arrives in this scenario. Choose other days with --from and --to."
        )
    return profile_of(stays_of_visits(world.visits), name=world.name, time_zone=world.site.time_zone)


def _of_sessions(
    file: str, time_zone: str | None, columns: list[str] | None, first: str | None, last: str | None
) -> Profile:
    from datetime import date

    from voltloom.advisor.profile import profile_of, stays_of_rows
    from voltloom.simulation.session_formats import ColumnsTable, Reading
    from voltloom.simulation.sessions_file import Selection, load_sessions
    from voltloom.site.mistakes import Mistake, PlanError, shaped

    zone = _checked_zone(time_zone) or "UTC"
    mistakes: list[Mistake] = []
    mapping = None
    if columns:
        mapping = shaped(_pairs(columns), ColumnsTable, "--column", mistakes)
    if mistakes:
        raise PlanError(mistakes)
    begin, end = inputs.day("--from", first), inputs.day("--to", last)
    selection = Selection(first_day=begin or date.min, last_day=end or date.max)
    loaded = load_sessions(
        Path(file), Reading(site_time_zone=zone, time_zone=time_zone or "", columns=mapping), selection
    )
    if not loaded.rows:
        raise UsageError(f"{file}: no session in these days.")
    return profile_of(stays_of_rows(loaded.rows), name=Path(file).name, time_zone=zone)


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


def _checked_zone(time_zone: str | None) -> str | None:
    """Return the zone as it is.

    Raises UsageError where there is no such zone.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return None if time_zone is None else ZoneInfo(time_zone).key
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f'--time-zone = "{time_zone}": unknown. Write it as Europe/Berlin.') from None

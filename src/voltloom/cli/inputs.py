"""Options that several commands share, and how they become a scenario."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltloom.cli.output import UsageError

if TYPE_CHECKING:
    from voltloom.simulation.scenario import Scenario
    from voltloom.simulation.sessions_file import Selection

ScenarioName = Annotated[
    str, typer.Argument(metavar="SCENARIO", help="A scenario file (TOML), or the name of a shipped one.")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change one value, such as site.transformer.rating_kw=50. Repeatable.",
    ),
]
SeedOption = Annotated[int | None, typer.Option("--seed", min=0, help="Seed of everything that is drawn.")]
SessionsOption = Annotated[
    Path | None, typer.Option("--sessions", help="Sessions file to use instead of the scenario's.")
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DATE", help="First local day, YYYY-MM-DD.")
]
ToOption = Annotated[str | None, typer.Option("--to", metavar="DATE", help="Last local day, included.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print only JSON on standard output.")]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="No progress on standard error.")]
ReportOption = Annotated[
    Path | None,
    typer.Option("--report", metavar="FILE.html", help="Write the report, one self-contained file."),
]
JobsOption = Annotated[
    int | None, typer.Option("--jobs", min=1, help="Processes at once; as many as there are cores.")
]
SeedsOption = Annotated[
    int, typer.Option("--seeds", min=1, help="Repeat everything this often, with faults drawn anew.")
]


def load(
    name: str,
    *,
    assignments: Sequence[str] | None = None,
    sessions: Path | None = None,
    first: str | None = None,
    last: str | None = None,
    seed: int | None = None,
) -> Scenario:
    """Return the scenario that the options describe.

    Raises UsageError, PlanError or SessionFileError with everything that is wrong.
    """
    from voltloom.cli.cautions import days_caution, idle_caution, price_cautions
    from voltloom.simulation.scenario_file import Overrides, load_scenario

    begin, end = _days(first, last)
    drawn = () if sessions is not None else days_caution(name, assignments or (), begin, end)
    overrides = Overrides(
        assignments=tuple(assignments or ()), sessions=sessions, first_day=begin, last_day=end, seed=seed
    )
    world = load_scenario(name, overrides)
    cautions = (*drawn, *idle_caution(world, end), *price_cautions(world))
    return dataclasses.replace(world, notes=(*cautions, *world.notes)) if cautions else world


def days(first: str | None, last: str | None) -> Selection:
    """Return which local days of a sessions file are wanted.

    Raises UsageError naming the option.
    """
    from voltloom.simulation.sessions_file import Selection

    begin, end = _days(first, last)
    return Selection(first_day=begin or date.min, last_day=end or date.max)


def _days(first: str | None, last: str | None) -> tuple[date | None, date | None]:
    begin, end = _day("--from", first), _day("--to", last)
    if begin is not None and end is not None and end < begin:
        raise UsageError(f"--to = {end}: is before --from = {begin}. Swap them.")
    return begin, end


def _day(option: str, text: str | None) -> date | None:
    """Return a local day.

    Raises UsageError naming the option.
    """
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f'{option} = "{text}": is no day. Write it as 2019-10-01.') from None


def known_zone(option: str, time_zone: str | None) -> str | None:
    """Return the zone as it is.

    Raises UsageError where there is no such zone.
    """
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return None if time_zone is None else ZoneInfo(time_zone).key
    except (ZoneInfoNotFoundError, ValueError):
        raise UsageError(f'{option} = "{time_zone}": unknown. Write it as Europe/Berlin.') from None


def architecture_names() -> tuple[str, ...]:
    """Return the names of all architectures."""
    from voltloom.allocation.registry import ARCHITECTURES

    return tuple(ARCHITECTURES)

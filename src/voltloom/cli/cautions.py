"""What a command says before it runs: a setting that changes nothing, a price that is cut, days beyond those a scenario was written for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from voltloom.cli.output import UsageError

if TYPE_CHECKING:
    from voltloom.simulation.scenario import Scenario

MOST_DAYS: Final = 366
DEFAULT_FIRST: Final = date(2024, 1, 1)  # as `scenario_file` begins where a scenario names no day
DEFAULT_DAYS: Final = 7


def days_caution(
    name: str, assignments: Sequence[str], first: date | None, last: date | None
) -> tuple[str, ...]:
    """Return that days are made up beyond those of a scenario whose arrivals are drawn.

    Raises UsageError where they are more than a year.
    """
    from voltloom.simulation.scenario_layers import layered, scenario_file

    if last is None:
        return ()
    tree = layered(scenario_file(name), tuple(assignments))
    if "arrivals" not in tree:
        return ()
    own_first = _day_or(tree.get("first_day"), DEFAULT_FIRST)
    own_last = _day_or(tree.get("last_day"), own_first + timedelta(days=DEFAULT_DAYS - 1))
    begin = first or own_first
    count = (last - begin).days + 1
    if count > MOST_DAYS:
        raise UsageError(
            f"--to = {last}: makes up {count} days of arrivals from {begin} on. Give a day within {MOST_DAYS} days."
        )
    if last <= own_last:
        return ()
    return (
        f"--to = {last}: the scenario ends on {own_last}; arrivals of later days are drawn in the same way.",
    )


def idle_caution(world: Scenario, last: date | None) -> tuple[str, ...]:
    """Return that nobody comes in the last days of a run.

    Raises UsageError where these are more than a year.
    """
    if last is None or not world.visits:
        return ()
    zone = ZoneInfo(world.site.time_zone)
    latest_s = max(visit.arrival_s for visit in world.visits)
    latest = datetime.fromtimestamp(latest_s, UTC).astimezone(zone).date()
    idle = (last - latest).days
    if idle > MOST_DAYS:
        raise UsageError(f"--to = {last}: the last session arrives on {latest}. Give an earlier day.")
    if idle < DEFAULT_DAYS:
        return ()
    return (
        f"--to = {last}: the last session arrives on {latest}; the {idle} days after it are played empty.",
    )


def price_cautions(world: Scenario) -> tuple[str, ...]:
    """Return what of the plan's prices changes nothing or is cut."""
    from voltloom.site.tariff import price_steps

    tariff, planning = world.tariff, world.control.planning
    if tariff is None:
        return ()
    said = []
    if planning.carbon_price_per_t > 0.0 and not (tariff.series and tariff.series.carbon_g_per_kwh):
        said.append(
            f"control.planning.carbon_price_per_t = {planning.carbon_price_per_t:g}: changes nothing, because the tariff does not "
            "tell the CO2 of a kWh. Name its column of grams in tariff.columns.carbon."
        )
    steps = price_steps(tariff, world.start_s, world.end_s) if planning.export_price_per_kwh > 0.0 else ()
    least = min((step.price_per_kwh for step in steps), default=planning.export_price_per_kwh)
    if planning.export_price_per_kwh > least:
        said.append(
            f"control.planning.export_price_per_kwh = {planning.export_price_per_kwh:g}: is above the price of purchase at times "
            f"(down to {least:g}). There a plan counts what is sold at the price of purchase only."
        )
    return tuple(said)


def _day_or(value: object, otherwise: date) -> date:
    return value if isinstance(value, date) else otherwise

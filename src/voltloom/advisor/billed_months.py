"""How much of each month that bears a demand charge a run has played: a charge is for the month, a run may be of a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from voltloom.simulation.scenario import Scenario
from voltloom.site.tariff import Bill
from voltloom.units import SECONDS_PER_HOUR

FEWEST_DAYS: Final = (
    14.0  # two weeks see each day of the week twice; a highest power of less says little of a month's
)
DAY_S: Final = 24.0 * SECONDS_PER_HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class BilledMonth:
    """A local month that bears a demand charge: its name, its length, and how much of it was played."""

    name: str
    length_s: float
    played_s: float

    @property
    def played_ratio(self) -> float:
        """Return the part of the month that was played."""
        return min(1.0, self.played_s / self.length_s)


def billed_months(scenario: Scenario) -> tuple[BilledMonth, ...]:
    """Return the local months of a scenario that bear a demand charge; none without a tariff or a charge.

    Raises TariffError where the tariff says nothing.
    """
    tariff = scenario.tariff
    if tariff is None:
        return ()
    zone, found = ZoneInfo(tariff.time_zone), []
    begin = _month_of(scenario.start_s, zone)
    while begin.timestamp() < scenario.end_s:
        end = _month_of((begin + timedelta(days=40)).timestamp(), zone)
        from_s, until_s = max(begin.timestamp(), scenario.start_s), min(end.timestamp(), scenario.end_s)
        if tariff.demand_nano_at(from_s) > 0:
            found.append(
                BilledMonth(
                    name=f"{begin:%B %Y}",
                    length_s=end.timestamp() - begin.timestamp(),
                    played_s=until_s - from_s,
                )
            )
        begin = end
    return tuple(found)


def is_too_short(scenario: Scenario) -> bool:
    """Return whether no month that bears a demand charge was played for long enough to judge its highest power."""
    months = billed_months(scenario)
    return bool(months) and max(month.played_s for month in months) < FEWEST_DAYS * DAY_S


def by_the_day_minor(scenario: Scenario, bill: Bill) -> float:
    """Return the demand charges of a bill, of each month only the part of it that was played; minor units."""
    assert scenario.tariff is not None, "a bill needs a tariff"
    zone = ZoneInfo(scenario.tariff.time_zone)
    ratios = {month.name: month.played_ratio for month in billed_months(scenario)}
    cost_minor = sum(
        month.cost_minor * ratios.get(f"{_month_of(month.at_s, zone):%B %Y}", 1.0) for month in bill.months
    )
    return float(cost_minor)


def charge_words(scenario: Scenario) -> str:
    """Return that the demand charge is a whole month's though fewer days were played, "" where they were or none is due."""
    short = [month for month in billed_months(scenario) if month.played_ratio < 0.9]
    told = [
        f"{_days(month.played_s / DAY_S)} of {month.length_s / DAY_S:.0f} days of {month.name}"
        for month in short
    ]
    if not told:
        return ""
    return f"The demand charge is for the whole month, though only {' and '.join(told)} were played."


def _days(count: float) -> str:
    return f"{count:.0f}" if count > 0.95 else "part of one"


def _month_of(time_s: float, zone: ZoneInfo) -> datetime:
    """Return the beginning of the local month of a moment."""
    moment = datetime.fromtimestamp(time_s, UTC).astimezone(zone)
    return datetime(moment.year, moment.month, 1, tzinfo=zone)

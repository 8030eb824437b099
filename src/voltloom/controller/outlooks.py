"""A tariff as an outlook: the prices of the coming hours, worked out once an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from voltloom.decision.outlook import Outlook
from voltloom.site.tariff import NANO, Tariff, TariffError, price_steps
from voltloom.units import SECONDS_PER_HOUR

HORIZON_S = 48 * SECONDS_PER_HOUR


class Outlooks:
    """Outlooks under one tariff. It remembers the last one made: the same moment always gives the same outlook."""

    def __init__(self, tariff: Tariff | None) -> None:
        self._tariff = tariff
        self._hour = -1
        self._made: Outlook | None = None

    def at(self, now_s: float) -> Outlook | None:
        """Return the outlook of a moment, None where no tariff is known or it ends before."""
        hour = int(now_s // SECONDS_PER_HOUR)
        if self._tariff is not None and hour != self._hour:
            self._made, self._hour = _outlook(self._tariff, hour * SECONDS_PER_HOUR), hour
        return self._made


def _outlook(tariff: Tariff, begin_s: float) -> Outlook | None:
    """Return the prices from a full hour on; of a series that ends within the horizon, those there are."""
    end_s = begin_s + HORIZON_S
    if tariff.series is not None:
        end_s = min(end_s, float(tariff.series.end_s))
    try:
        steps = price_steps(tariff, begin_s, end_s) if end_s > begin_s else ()
    except TariffError:
        return None
    if not steps:
        return None
    zone = ZoneInfo(tariff.time_zone)
    local = datetime.fromtimestamp(begin_s, UTC).astimezone(zone)
    year, month = (local.year + 1, 1) if local.month == 12 else (local.year, local.month + 1)
    days = [local.date() + timedelta(days=n) for n in range(1 - local.day, 31)]
    workdays = [day for day in days if day.month == local.month and day.weekday() < 5]
    return Outlook(
        start_s=np.array([step.start_s for step in steps]),
        price_per_kwh=np.array([step.price_per_kwh for step in steps]),
        demand_price_per_kw=tariff.demand_nano_at(begin_s) / NANO,
        demand_interval_s=tariff.demand_interval_s,
        month_start_s=datetime(local.year, local.month, 1, tzinfo=zone).timestamp(),
        month_end_s=datetime(year, month, 1, tzinfo=zone).timestamp(),
        day_start_s=datetime(local.year, local.month, local.day, tzinfo=zone).timestamp(),
        is_workday=local.weekday() < 5,
        workdays_count=len(workdays),
        workdays_left=sum(day >= local.date() for day in workdays),
        currency=tariff.currency,
        minor_digits=tariff.minor_digits,
    )

"""The load profile of a site (requirement D1): how many cars come when, how long, for how much, how many at once."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from voltloom.simulation.session_rows import SessionRow
from voltloom.simulation.visits import Visit
from voltloom.site.network import Floats, Ints
from voltloom.units import SECONDS_PER_HOUR, hours_from_s, kw_from_w, kwh_from_wh

PERCENTILES = (50, 90, 95, 99, 100)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stays:
    """Sessions as columns (k,)."""

    arrival_s: Floats
    departure_s: Floats
    energy_wh: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Values at `PERCENTILES`; at 100 it is the maximum."""

    by_percent: Mapping[int, float]

    @property
    def values(self) -> tuple[float, ...]:
        """Return the values from the median to the maximum."""
        return tuple(self.by_percent.values())

    def at(self, percent: int) -> float:
        """Return the value at one of the percentiles."""
        return self.by_percent[percent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The load profile of a span of local days; days without a session count.

    weekday_per_hour, weekend_per_hour: mean arrivals in each local hour of the day, (24,). Percentiles of duration,
    energy and implied power (energy / stay) are over sessions; those of concurrency and mean_load_w over days, each
    day's maximum. mean_load_w: the sum of the implied powers of all present, what a perfectly even division needs.
    """

    name: str
    time_zone: str
    first_day: date
    last_day: date
    days: int
    sessions: int
    energy_wh: float
    weekday_per_hour: tuple[float, ...]
    weekend_per_hour: tuple[float, ...]
    sessions_per_day: Percentiles
    duration_s: Percentiles
    session_energy_wh: Percentiles
    implied_power_w: Percentiles
    concurrency: Percentiles
    mean_load_w: Percentiles
    busiest_day: date

    def as_json(self) -> dict[str, object]:
        """Return it as plain values, base units in the names."""

        def at(percentiles: Percentiles) -> dict[str, float]:
            return {f"p{percent}": percentiles.at(percent) for percent in PERCENTILES}

        return {
            "name": self.name,
            "time_zone": self.time_zone,
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "days": self.days,
            "sessions": self.sessions,
            "energy_wh": self.energy_wh,
            "sessions_per_hour": {
                "weekday": list(self.weekday_per_hour),
                "weekend": list(self.weekend_per_hour),
            },
            "sessions_per_day": at(self.sessions_per_day),
            "duration_s": at(self.duration_s),
            "session_energy_wh": at(self.session_energy_wh),
            "implied_power_w": at(self.implied_power_w),
            "max_concurrency": at(self.concurrency),
            "max_mean_load_w": at(self.mean_load_w),
            "busiest_day": self.busiest_day.isoformat(),
        }

    def as_json_text(self) -> str:
        """Return it as JSON text."""
        return json.dumps(self.as_json(), indent=2)


def stays_of_rows(rows: Sequence[SessionRow]) -> Stays:
    """Return the rows of a sessions file as columns."""
    return Stays(
        arrival_s=np.array([row.arrival_s for row in rows], dtype=np.float64),
        departure_s=np.array([row.departure_s for row in rows], dtype=np.float64),
        energy_wh=np.array([row.energy_wh for row in rows], dtype=np.float64),
    )


def stays_of_visits(visits: Sequence[Visit]) -> Stays:
    """Return a scenario's visits as columns; the energy is what the cars want."""
    return Stays(
        arrival_s=np.array([visit.arrival_s for visit in visits], dtype=np.float64),
        departure_s=np.array([visit.departure_s for visit in visits], dtype=np.float64),
        energy_wh=np.array([visit.wants_wh for visit in visits], dtype=np.float64),
    )


def profile_of(stays: Stays, *, name: str, time_zone: str) -> Profile:
    """Return the load profile of some sessions.

    Raises ValueError where there is none.
    """
    if stays.arrival_s.size == 0:
        raise ValueError(f"{name}: no sessions, no profile")
    midnights_s, days = _days(stays, time_zone)
    day_of = np.searchsorted(midnights_s, stays.arrival_s, side="right") - 1
    is_weekend = np.array([day.weekday() >= 5 for day in days])
    hour_of = _local_hours(stays.arrival_s, time_zone)
    stay_s = stays.departure_s - stays.arrival_s
    lasting = stay_s > 0.0
    power_w = np.zeros(stay_s.size)
    power_w[lasting] = stays.energy_wh[lasting] * SECONDS_PER_HOUR / stay_s[lasting]
    per_day = np.bincount(day_of, minlength=len(days)).astype(np.float64)
    together = _daily_maxima(stays, np.ones(stay_s.size), midnights_s)
    return Profile(
        name=name,
        time_zone=time_zone,
        first_day=days[0],
        last_day=days[-1],
        days=len(days),
        sessions=int(stay_s.size),
        energy_wh=float(stays.energy_wh.sum()),
        weekday_per_hour=_per_hour(hour_of[~is_weekend[day_of]], int((~is_weekend).sum())),
        weekend_per_hour=_per_hour(hour_of[is_weekend[day_of]], int(is_weekend.sum())),
        sessions_per_day=_percentiles(per_day),
        duration_s=_percentiles(stay_s),
        session_energy_wh=_percentiles(stays.energy_wh),
        implied_power_w=_percentiles(power_w[lasting]),
        concurrency=_percentiles(together),
        mean_load_w=_percentiles(_daily_maxima(stays, power_w, midnights_s)),
        busiest_day=days[int(np.lexsort((per_day, together))[-1])],
    )


def _percentiles(values: NDArray[np.floating[Any]]) -> Percentiles:
    """Return observed values only: half a car at once is no answer."""
    if values.size == 0:
        return Percentiles(by_percent=dict.fromkeys(PERCENTILES, 0.0))
    found = np.percentile(values, PERCENTILES, method="inverted_cdf")
    return Percentiles(by_percent=dict(zip(PERCENTILES, found.tolist(), strict=True)))


def _per_hour(hours: Ints, days: int) -> tuple[float, ...]:
    counts = np.bincount(hours, minlength=24) / max(days, 1)
    return tuple(float(count) for count in counts)


def _days(stays: Stays, time_zone: str) -> tuple[Floats, list[date]]:
    """Return the local midnights from the first arrival's day to the end of the last arrival's day, and the days."""
    zone = ZoneInfo(time_zone)
    first = datetime.fromtimestamp(float(stays.arrival_s.min()), UTC).astimezone(zone).date()
    last = datetime.fromtimestamp(float(stays.arrival_s.max()), UTC).astimezone(zone).date()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    midnights = [datetime.combine(day, time(), zone).timestamp() for day in (*days, last + timedelta(days=1))]
    return np.array(midnights), days


def _local_hours(times_s: Floats, time_zone: str) -> Ints:
    """Return the hour that local clocks show; looked up once for each hour in which anything happens."""
    zone = ZoneInfo(time_zone)
    quarters, where = np.unique(np.floor(times_s / 900.0).astype(np.int64), return_inverse=True)
    hours = [datetime.fromtimestamp(int(q) * 900, UTC).astimezone(zone).hour for q in quarters]
    return np.array(hours, dtype=np.int64)[where]


def _daily_maxima(stays: Stays, weight: Floats, midnights_s: Floats) -> Floats:
    """Return for each local day the most that was present at once, (days,); who stays overnight counts on both days."""
    lasting = stays.departure_s > stays.arrival_s
    times_s = np.concatenate([stays.departure_s[lasting], stays.arrival_s[lasting]])
    change = np.concatenate([-weight[lasting], weight[lasting]])
    order = np.lexsort((change > 0.0, times_s))  # one that leaves as another comes makes room first
    times_s, level = times_s[order], np.cumsum(change[order])
    day_count = midnights_s.size - 1
    before = np.searchsorted(times_s, midnights_s[:-1], side="right") - 1
    maxima = np.where(before >= 0, level[before], 0.0) if level.size else np.zeros(day_count)
    day = np.searchsorted(midnights_s, times_s, side="right") - 1
    inside = (day >= 0) & (day < day_count)
    np.maximum.at(maxima, day[inside], level[inside])
    return np.where(np.abs(maxima) < 1e-6, 0.0, maxima)


def profile_table(profile: Profile) -> list[tuple[str, ...]]:
    """Return the percentiles as rows of text, the first is the heading."""
    rows: list[tuple[str, ...]] = [("", *("maximum" if p == 100 else f"{p} %" for p in PERCENTILES))]
    for title, percentiles, scale, form in (
        ("cars at once, busiest moment of a day", profile.concurrency, float, "{:.0f}"),
        ("sessions a day", profile.sessions_per_day, float, "{:.0f}"),
        ("stay (h)", profile.duration_s, hours_from_s, "{:.1f}"),
        ("energy of a session (kWh)", profile.session_energy_wh, kwh_from_wh, "{:.1f}"),
        ("mean power of a session (kW)", profile.implied_power_w, kw_from_w, "{:.1f}"),
        ("load if spread evenly (kW)", profile.mean_load_w, kw_from_w, "{:.0f}"),
    ):
        rows.append((title, *(form.format(scale(value)) for value in percentiles.values)))
    return rows


def profile_text(profile: Profile) -> str:
    """Return the profile as text for a terminal."""
    heading = (
        f"{profile.name}: {profile.sessions} sessions, {kwh_from_wh(profile.energy_wh):,.0f} kWh, "
        f"{profile.first_day} to {profile.last_day} ({profile.days} days, {profile.time_zone})"
    )
    table = profile_table(profile)
    width = max(len(row[0]) for row in table)
    lines = [f"{row[0]:<{width}}" + "".join(f"{cell:>9}" for cell in row[1:]) for row in table]
    hours = ["arrivals an hour   " + "".join(f"{hour:>5}" for hour in range(24))]
    for title, per_hour in (("weekday", profile.weekday_per_hour), ("weekend", profile.weekend_per_hour)):
        hours.append(f"  {title:<17}" + "".join(f"{value:>5.1f}" for value in per_hour))
    busiest = f"busiest day: {profile.busiest_day:%A %Y-%m-%d}"
    return "\n".join([heading, "", *lines, "", *hours, "", busiest])

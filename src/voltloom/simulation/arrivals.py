"""Visits drawn from a description: arrivals by hour and kind of day, stays, energy, and a mix of vehicles.

Every local day has a random stream of its own, named by seed and date, so that a day is the same whatever days are
simulated around it and whichever process draws it.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import Field

from voltloom.simulation.traits import VehiclesTable, traits_of
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.mistakes import Table
from voltloom.site.network import Network
from voltloom.units import SECONDS_PER_HOUR, w_from_kw, wh_from_kwh, wh_from_w

STREAM = 0xA441  # keeps these draws apart from those of other parts under the same seed
Hours = list[float]


class VehicleKindTable(Table):
    """One kind of vehicle in the mix; max_power_kw 0 is left out: as much as the outlet can."""

    name: str = "car"
    share: float = Field(default=1.0, gt=0)
    battery_kwh: float = Field(default=60.0, gt=0)
    max_power_kw: float = Field(default=11.0, gt=0)
    battery: Literal["ideal", "two_stage"] = "two_stage"


class ArrivalsTable(Table):
    """What a site expects. weekday_per_hour, weekend_per_hour: arrivals in each local hour, 24 numbers.

    dwell and energy follow log-normal distributions with a mean and a spread (standard deviation / mean).
    leave_at_h: local hour of the day at which all leave, such as 6.5 for a depot, instead of a dwell.
    known_departure_share, known_need_share: how many drivers say when they leave and what they need.
    """

    weekday_per_hour: Hours = Field(min_length=24, max_length=24)
    weekend_per_hour: Hours = Field(default_factory=list)
    dwell_mean_h: float = Field(default=4.0, gt=0)
    dwell_spread_ratio: float = Field(default=0.5, ge=0)
    leave_at_h: float | None = Field(default=None, ge=0, lt=24)
    leave_spread_min: float = Field(default=0.0, ge=0)
    energy_mean_kwh: float = Field(default=12.0, gt=0)
    energy_spread_ratio: float = Field(default=0.6, ge=0)
    known_departure_share: float = Field(default=1.0, ge=0, le=1)
    known_need_share: float = Field(default=1.0, ge=0, le=1)
    vehicle: list[VehicleKindTable] = Field(default_factory=lambda: [VehicleKindTable()], min_length=1)

    def per_hour(self, day: date) -> Hours:
        """Return the arrivals expected in each hour of a day."""
        return self.weekend_per_hour or self.weekday_per_hour if day.weekday() >= 5 else self.weekday_per_hour


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Visits by arrival, and what happened to the others, in words."""

    visits: tuple[Visit, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Days:
    """Local days, both included."""

    first: date
    last: date
    time_zone: str


def drawn_visits(
    arrivals: ArrivalsTable, vehicles: VehiclesTable, network: Network, days: Days, seed: int
) -> Drawn:
    """Return the visits that a seed makes of a description; a car that finds no free outlet drives on."""
    free_from_s = dict.fromkeys(network.evse_ids, -math.inf)
    notes: Counter[str] = Counter()
    visits: list[Visit] = []
    day = days.first
    while day <= days.last:
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([STREAM, seed, day.toordinal()])))
        for number, arrival_s in enumerate(_arrivals_of(arrivals, day, days.time_zone, rng), start=1):
            visit = _visit(f"{day:%Y%m%d}-{number:03d}", arrival_s, arrivals, days.time_zone, rng)
            free = [evse_id for evse_id, free_s in free_from_s.items() if free_s <= arrival_s]
            if not free:
                notes["arrivals that found no free outlet and drove on"] += 1
                continue
            evse_id = free[int(rng.integers(len(free)))]
            free_from_s[evse_id] = visit.departure_s
            visits.append(_at(visit, network, network.index[evse_id], vehicles, seed))
        day += timedelta(days=1)
    return Drawn(
        visits=tuple(visits), notes=tuple(f"{what}: {count}" for what, count in sorted(notes.items()))
    )


def _arrivals_of(arrivals: ArrivalsTable, day: date, time_zone: str, rng: np.random.Generator) -> list[float]:
    """Return the moments of one local day, in order; a day on which clocks change has 23 or 25 hours."""
    zone = ZoneInfo(time_zone)
    begin_s = datetime.combine(day, time(), zone).timestamp()
    end_s = datetime.combine(day + timedelta(days=1), time(), zone).timestamp()
    moments: list[float] = []
    hour_s = begin_s
    while hour_s < end_s:
        local_hour = datetime.fromtimestamp(hour_s, UTC).astimezone(zone).hour
        count = int(rng.poisson(arrivals.per_hour(day)[local_hour]))
        moments += sorted(float(hour_s + s) for s in rng.uniform(0.0, SECONDS_PER_HOUR, count))
        hour_s += SECONDS_PER_HOUR
    return moments


def _visit(
    session_id: str, arrival_s: float, arrivals: ArrivalsTable, time_zone: str, rng: np.random.Generator
) -> Visit:
    """Return a visit before its place is known; the number of draws is the same for every visit."""
    shares = np.cumsum([kind.share for kind in arrivals.vehicle])
    kind = arrivals.vehicle[int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))]
    dwell_s = _log_normal(arrivals.dwell_mean_h, arrivals.dwell_spread_ratio, rng) * SECONDS_PER_HOUR
    late_s = float(rng.normal()) * arrivals.leave_spread_min * 60.0
    if arrivals.leave_at_h is not None:
        dwell_s = max(_next_moment(arrival_s, arrivals.leave_at_h, time_zone) + late_s - arrival_s, 60.0)
    energy_kwh = _log_normal(arrivals.energy_mean_kwh, arrivals.energy_spread_ratio, rng)
    wants_wh = min(wh_from_kwh(energy_kwh), wh_from_kwh(kind.battery_kwh))
    says_when = rng.random() < arrivals.known_departure_share
    says_need = rng.random() < arrivals.known_need_share
    departure_s = arrival_s + dwell_s
    return Visit(
        session_id=session_id,
        evse_id="",
        id_token=f"token-{session_id}",
        arrival_s=arrival_s,
        departure_s=departure_s,
        stated_departure_s=departure_s if says_when else math.nan,
        stated_wh=wants_wh if says_need else math.nan,
        wants_wh=wants_wh,
        max_power_w=w_from_kw(kind.max_power_kw),
        battery=BatterySpec(
            kind=BatteryKind(kind.battery), capacity_wh=wh_from_kwh(kind.battery_kwh), initial_wh=0.0
        ),
    )


def _at(visit: Visit, network: Network, evse: int, vehicles: VehiclesTable, seed: int) -> Visit:
    """Return the visit at its outlet: the power both can, the energy that fits the stay, the car's traits."""
    traits = traits_of(visit.session_id, seed, vehicles)
    w_per_a = network.w_per_a[1 if traits.uses_all_phases else 0, evse]
    max_power_w = min(visit.max_power_w, float(w_per_a * network.max_a[evse]))
    wants_wh = min(visit.wants_wh, wh_from_w(max_power_w, visit.stay_s))
    battery = visit.battery
    return Visit(
        session_id=visit.session_id,
        evse_id=network.evse_ids[evse],
        id_token=visit.id_token,
        arrival_s=visit.arrival_s,
        departure_s=visit.departure_s,
        stated_departure_s=visit.stated_departure_s,
        stated_wh=wants_wh if not math.isnan(visit.stated_wh) else math.nan,
        wants_wh=wants_wh,
        max_power_w=max_power_w,
        battery=BatterySpec(
            kind=battery.kind,
            capacity_wh=battery.capacity_wh,
            initial_wh=battery.capacity_wh - wants_wh,
            transition_soc_ratio=battery.transition_soc_ratio,
        ),
        tier=traits.tier,
        min_a=vehicles.min_a,
        uses_all_phases=traits.uses_all_phases,
        phases_known=traits.phases_known,
        is_dynamic=traits.is_dynamic,
        soc_known=traits.soc_known,
        discharges=traits.discharges,
        floor_ratio=vehicles.floor_ratio if traits.discharges else math.nan,
    )


def _log_normal(mean_count: float, spread_ratio: float, rng: np.random.Generator) -> float:
    """Return a draw with a given mean and standard deviation / mean."""
    variance = math.log1p(spread_ratio**2)
    return mean_count * math.exp(math.sqrt(variance) * float(rng.normal()) - variance / 2.0)


def _next_moment(after_s: float, local_h: float, time_zone: str) -> float:
    """Return the next time the clocks show an hour."""
    zone = ZoneInfo(time_zone)
    day = datetime.fromtimestamp(after_s, UTC).astimezone(zone).date()
    wall = time(int(local_h), int(local_h % 1 * 60))
    today_s = datetime.combine(day, wall, zone).timestamp()
    if today_s > after_s:
        return today_s
    return datetime.combine(day + timedelta(days=1), wall, zone).timestamp()

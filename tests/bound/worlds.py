"""Small worlds whose optimum can be told without a solver."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.simulation.small_world import HOUR_S, PLAIN
from voltloom.simulation.scenario import Scenario, no_other_load
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import network_of
from voltloom.site.tariff import Season, Tariff
from voltloom.site.topology import Site

START_S = 1_000_000_800.0  # 2001-09-09 02:00 UTC
EVERY_DAY = frozenset(range(7))


def car(evse_id: str, **changes: object) -> Visit:
    """Return a visit of the first hour that wants more than it can get."""
    base = Visit(
        session_id=f"s-{evse_id}",
        evse_id=evse_id,
        id_token=f"t-{evse_id}",
        arrival_s=START_S,
        departure_s=START_S + HOUR_S,
        stated_departure_s=START_S + HOUR_S,
        stated_wh=100_000.0,
        wants_wh=100_000.0,
        max_power_w=50_000.0,
        battery=BatterySpec(kind=BatteryKind.IDEAL, capacity_wh=200_000.0, initial_wh=0.0),
    )
    return replace(base, **changes)  # type: ignore[arg-type]  # the caller names fields of a Visit


def world(
    site: Site,
    visits: Sequence[Visit],
    *,
    hours: float = 4.0,
    step_s: float = 300.0,
    tariff: Tariff | None = None,
) -> Scenario:
    """Return a scenario without other load."""
    network = network_of(site)
    return Scenario(
        name="small",
        site=site,
        network=network,
        visits=tuple(sorted(visits, key=lambda v: v.arrival_s)),
        start_s=START_S,
        end_s=START_S + hours * HOUR_S,
        step_s=step_s,
        control=replace(PLAIN, period_s=step_s),
        other_load=no_other_load(network),
        tariff=tariff,
    )


def tariff_of(
    prices: Sequence[tuple[int, float]], *, demand_per_kw: float = 0.0, interval_s: float = 900.0
) -> Tariff:
    """Return a tariff in UTC: (minute of the day from which it holds, price per kWh)."""
    season = Season(
        season_id="all",
        first=(1, 1),
        last=(12, 31),
        weekdays=EVERY_DAY,
        start_min=tuple(minute for minute, _ in prices),
        price_nano_per_kwh=tuple(round(price * 1e9) for _, price in prices),
        demand_nano_per_kw=round(demand_per_kw * 1e9),
    )
    return Tariff(
        name="made", currency="EUR", time_zone="UTC", seasons=(season,), demand_interval_s=interval_s
    )

"""A depot's night under one flat price: twenty vehicles from the evening to the morning, field control, a plan for cost."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from tests.places import row_of
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.controller.settings import ControlSettings
from voltloom.simulation.scenario import Scenario, StationSettings, VehicleSettings, no_other_load
from voltloom.simulation.visits import BatteryKind, BatterySpec, Visit
from voltloom.site.network import network_of
from voltloom.site.tariff import NANO, Season, Tariff

HOUR_S = 3600.0
ZONE = "Europe/Berlin"
EVENING_S = datetime(2026, 3, 3, 18, tzinfo=ZoneInfo(ZONE)).timestamp()
NIGHT_S = 13 * HOUR_S
VEHICLES_COUNT = 20


class Night(NamedTuple):
    """What a night is made of. rating_a: of the depot's fuse. spread_h: the hours within which vehicles come."""

    rating_a: float = 160.0
    spread_h: float = 0.0
    pilots_a: tuple[float, ...] = ()
    objective: Objective = Objective.COST
    demand_eur_per_kw: float = 0.0


def flat_tariff(demand_eur_per_kw: float) -> Tariff:
    """Return one price for every hour of the year."""
    season = Season(
        season_id="always",
        first=(1, 1),
        last=(12, 31),
        weekdays=frozenset(range(7)),
        start_min=(0,),
        price_nano_per_kwh=(NANO // 4,),
        demand_nano_per_kw=round(demand_eur_per_kw * NANO),
    )
    return Tariff(name="flat", currency="EUR", time_zone=ZONE, seasons=(season,))


def flat_night(night: Night) -> Scenario:
    """Return the world of a night: vehicles come within the first hour and leave in the last, with tapering batteries."""
    site = row_of(VEHICLES_COUNT, rating_a=night.rating_a)
    site = replace(
        site,
        time_zone=ZONE,
        evses=tuple(replace(evse, pilots_a=night.pilots_a, offline_a=6.0) for evse in site.evses),
    )
    network = network_of(site)
    rng = np.random.default_rng(20)
    return Scenario(
        name="flat night",
        site=site,
        network=network,
        visits=tuple(
            sorted(
                (_visit(rng, number, night.spread_h) for number in range(VEHICLES_COUNT)),
                key=lambda v: v.arrival_s,
            )
        ),
        start_s=EVENING_S,
        end_s=EVENING_S + NIGHT_S,
        step_s=30.0,
        control=ControlSettings(period_s=30.0, planning=PlanningSettings(objective=night.objective)),
        other_load=no_other_load(network),
        vehicles=VehicleSettings(reaction_s=5.0),
        stations=StationSettings(report_period_s=60.0, delay_s=1.0, jitter_s=2.0),
        tariff=flat_tariff(night.demand_eur_per_kw),
    )


def _visit(rng: np.random.Generator, number: int, spread_h: float) -> Visit:
    wants_wh = float(rng.uniform(15_000.0, 60_000.0))
    capacity_wh = max(wants_wh / 0.9, 60_000.0)
    departure_s = EVENING_S + NIGHT_S - float(rng.uniform(0.0, 1.5)) * HOUR_S
    return Visit(
        session_id=f"s{number}",
        evse_id=f"a{number + 1}",
        id_token=f"t{number}",
        arrival_s=EVENING_S + float(rng.uniform(0.0, spread_h)) * HOUR_S,
        departure_s=departure_s,
        stated_departure_s=departure_s,
        stated_wh=wants_wh,
        wants_wh=wants_wh,
        max_power_w=22_080.0,
        battery=BatterySpec(
            kind=BatteryKind.TWO_STAGE, capacity_wh=capacity_wh, initial_wh=capacity_wh - wants_wh
        ),
    )

"""What a clairvoyant plan is made in: stays, stretches of time, what rows may carry in each, and what energy costs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from voltloom.bound.limits import limits_of
from voltloom.bound.money import month_changes, prices_of
from voltloom.bound.stays import Stays, stays_of
from voltloom.bound.stretches import Stretches, aligned, changes_in, cuts_at_stays, stretches_between
from voltloom.simulation.clock import Clock, clock_of
from voltloom.simulation.scenario import Scenario
from voltloom.site.network import Floats, Grid
from voltloom.site.tariff import Tariff


class Objective(StrEnum):
    """What is best."""

    ENERGY = "energy"  # most energy delivered
    COST = "cost"  # least cost of delivering that much
    PROFIT = "profit"  # energy sold at a price, less its cost and the demand charge


class NoTariffError(ValueError):
    """Money counts, but the scenario knows no prices."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aim:
    """What to seek. sell_price_per_kwh: in the tariff's currency."""

    objective: Objective = Objective.ENERGY
    sell_price_per_kwh: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Setting:
    """Arrays of k stretches: limit_a (k, m), price_per_kwh (k,). tariff: None where money does not count."""

    clock: Clock
    stays: Stays
    stretches: Stretches
    grid: Grid
    limit_a: Floats
    price_per_kwh: Floats
    tariff: Tariff | None


def setting_of(scenario: Scenario, objective: Objective) -> Setting:
    """Return what a plan of a scenario is made in.

    Raises NoTariffError where money counts and there is no tariff, TariffError where the tariff says nothing.
    """
    clock = clock_of(
        start_s=scenario.start_s,
        end_s=scenario.end_s,
        step_s=scenario.step_s,
        period_s=scenario.control.period_s,
        report_period_s=scenario.stations.report_period_s,
    )
    stays, limit_a = stays_of(scenario, clock), limits_of(scenario, clock)
    cuts, tariff = cuts_at_stays(stays, clock) | changes_in(limit_a), None
    prices_per_kwh: Floats = np.zeros(clock.steps)
    if objective is not Objective.ENERGY:
        if (tariff := scenario.tariff) is None:
            raise NoTariffError(f"{scenario.name} has no tariff: give it one, or seek the most energy.")
        prices_per_kwh = prices_of(tariff, clock)
        cuts |= changes_in(prices_per_kwh[:, np.newaxis]) | month_changes(tariff, clock)
        cuts = aligned(cuts, clock, tariff.demand_interval_s)
    stretches = stretches_between(cuts, clock)
    return Setting(
        clock=clock,
        stays=stays,
        stretches=stretches,
        grid=scenario.network.grid,
        limit_a=limit_a[stretches.first_step],
        price_per_kwh=prices_per_kwh[stretches.first_step],
        tariff=tariff,
    )

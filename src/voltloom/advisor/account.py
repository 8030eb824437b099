"""The account of a run: its bill in parts, what is sold and earned, what is fed back, bought, and worn. One value, shown everywhere.

What does not exist (no tariff, no selling price, nothing that feeds in) is None, never 0.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from voltloom.advisor.billed_months import billed_months, by_the_day_minor
from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.simulation.scenario import Scenario
from voltloom.simulation.summary import RunResult
from voltloom.site.tariff import Tariff
from voltloom.units import kwh_from_wh

CENTS = 100.0  # wear is told in EUR, see `site/topology`


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One run's money and flows, or the means of several; minor units of the tariff's currency.

    cost_minor: the vehicles' bill, energy_minor and demand_minor. demand_minor: whole months' charges, however few days were
    played; demand_by_day_minor: only those days' part. revenue_minor, profit_minor: only where profit is the objective.
    fed_back_wh: by vehicles. bought_wh, sold_wh: at the grid connection, other load included. wear_minor: of stationary
    batteries, vehicle_wear_minor: of vehicles that fed back; neither is in the cost.
    """

    cost_minor: float | None = None
    energy_minor: float | None = None
    demand_minor: float | None = None
    demand_by_day_minor: float | None = None
    revenue_minor: float | None = None
    profit_minor: float | None = None
    fed_back_wh: float | None = None
    bought_wh: float | None = None
    sold_wh: float | None = None
    wear_minor: float | None = None
    vehicle_wear_minor: float | None = None

    def as_json(self) -> dict[str, float | None]:
        """Return the fields by name."""
        return dataclasses.asdict(self)


def objective_of(scenario: Scenario) -> Objective:
    """Return what a site is run for: energy where nobody knows what it pays."""
    return scenario.control.planning.objective if scenario.tariff is not None else Objective.ENERGY


def sell_minor_per_kwh(scenario: Scenario) -> float:
    """Return what a kWh is sold for in minor units."""
    return scenario.control.planning.sell_price_per_kwh * _minor(scenario.tariff)


def account_of(scenario: Scenario, result: RunResult) -> Account:
    """Return the account of one run."""
    bill, storage, fed_back_wh = result.bill, result.storage, result.fed_back_wh
    planning = scenario.control.planning
    flows = Account(
        fed_back_wh=fed_back_wh,
        bought_wh=None if storage is None else storage.imported_wh,
        sold_wh=None if storage is None else storage.exported_wh,
        wear_minor=None if storage is None or not scenario.site.batteries else float(storage.wear_minor),
        vehicle_wear_minor=None
        if fed_back_wh is None
        else kwh_from_wh(fed_back_wh) * planning.vehicle_wear_per_kwh * _minor(scenario.tariff),
    )
    if bill is None or scenario.tariff is None:
        return flows
    has_charge = bool(billed_months(scenario)) or bill.demand_minor != 0
    is_for_profit = objective_of(scenario) is Objective.PROFIT
    revenue_minor = kwh_from_wh(result.summary.energy_delivered_wh) * sell_minor_per_kwh(scenario)
    return dataclasses.replace(
        flows,
        cost_minor=float(bill.total_minor),
        energy_minor=float(bill.energy_minor),
        demand_minor=float(bill.demand_minor) if has_charge else None,
        demand_by_day_minor=by_the_day_minor(scenario, bill) if has_charge else None,
        revenue_minor=revenue_minor if is_for_profit else None,
        profit_minor=revenue_minor - bill.total_minor if is_for_profit else None,
    )


def mean_account(accounts: Sequence[Account]) -> Account:
    """Return the mean of each figure that all accounts have."""
    means: dict[str, float] = {}
    for field in dataclasses.fields(Account):
        values = [getattr(account, field.name) for account in accounts]
        if values and None not in values:
            means[field.name] = fmean(values)
    return Account(**means)


def run_json(scenario: Scenario, result: RunResult) -> dict[str, object]:
    """Return a run's figures by name, its account among them; what does not exist is null."""
    account = account_of(scenario, result)
    cost_minor = None if account.cost_minor is None else result.summary.cost_minor
    return {
        **result.summary.as_json(),
        "cost_minor": cost_minor,
        "objective": objective_of(scenario).value,
        "account": account.as_json(),
    }


def _minor(tariff: Tariff | None) -> float:
    return float(10**tariff.minor_digits) if tariff is not None else CENTS

"""An account in words, the same for the terminal, the report and every table: only what exists is told."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from voltloom.advisor.account import Account, objective_of
from voltloom.advisor.billed_months import charge_words
from voltloom.advisor.formats import UNKNOWN, kwh, money
from voltloom.advisor.measured import Measured
from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.simulation.scenario import Scenario

FIGURES: Final = {  # in the order told
    "cost_minor": "cost",
    "energy_minor": "of it energy",
    "demand_minor": "of it demand charge",
    "demand_by_day_minor": "for the days played",
    "revenue_minor": "sold for",
    "profit_minor": "profit",
    "fed_back_wh": "fed back by vehicles",
    "bought_wh": "bought from the grid",
    "sold_wh": "sold to the grid",
    "wear_minor": "wear of batteries",
    "vehicle_wear_minor": "wear of vehicles fed back",
}


def account_rows(scenario: Scenario, account: Account) -> list[tuple[str, str]]:
    """Return the figures of an account that exist, each with its name."""
    return [(_name(scenario, name), _text(scenario, account, name)) for name in _told(scenario, [account])]


def account_table(
    scenario: Scenario, measured: Sequence[Measured]
) -> tuple[list[str], list[tuple[str, ...]]]:
    """Return head and rows of a table with what any of the accounts has; no rows where there is nothing to tell."""
    told = _told(scenario, [m.account for m in measured])
    head = ["architecture", "faults", *(_name(scenario, name) for name in told)]
    rows = [
        (m.architecture, m.faults, *(_text(scenario, m.account, name) for name in told)) for m in measured
    ]
    return head, rows if told else []


def account_notes(scenario: Scenario, accounts: Sequence[Account]) -> tuple[str, ...]:
    """Return what the reader of an account should know, one sentence each."""
    notes = []
    if words := charge_words(scenario):
        notes.append(
            f"{words} Cost and profit bear all of it; what it would be for the days played stands beside it."
        )
    if any(account.profit_minor is not None for account in accounts):
        price = f"{scenario.control.planning.sell_price_per_kwh:g} {_currency(scenario)}"
        notes.append(f"Profit is what is delivered, sold at {price} a kWh, less the cost.")
    if any(account.wear_minor or account.vehicle_wear_minor for account in accounts):
        notes.append("Wear is not in the cost.")
    if any(account.bought_wh is not None for account in accounts) and scenario.tariff is not None:
        notes.append(
            "The cost is that of vehicles' energy by the tariff; what the site bought and sold is told beside it."
        )
    return tuple(notes)


def objective_words(scenario: Scenario) -> str:
    """Return what a site is run for."""
    objective = objective_of(scenario)
    if objective is Objective.PROFIT:
        return f"profit, a kWh sold at {scenario.control.planning.sell_price_per_kwh:g} {_currency(scenario)}"
    return {Objective.ENERGY: "the most energy", Objective.COST: "the least cost"}[objective]


def _told(scenario: Scenario, accounts: Sequence[Account]) -> list[str]:
    """Return the names of the figures that any account has and that say more than the one before."""
    told = [name for name in FIGURES if any(getattr(account, name) is not None for account in accounts)]
    if "demand_minor" not in told and "energy_minor" in told:
        told.remove("energy_minor")  # it is the cost
    if not charge_words(scenario) and "demand_by_day_minor" in told:
        told.remove("demand_by_day_minor")
    return told


def _name(scenario: Scenario, name: str) -> str:
    is_whole = name == "demand_minor" and charge_words(scenario)
    return FIGURES[name] + (", a whole month's" if is_whole else "")


def _text(scenario: Scenario, account: Account, name: str) -> str:
    value = getattr(account, name)
    if value is None:
        return UNKNOWN
    if name.endswith("_wh"):
        return kwh(value)
    digits = scenario.tariff.minor_digits if scenario.tariff is not None else 2
    return money(value, _currency(scenario), digits)


def _currency(scenario: Scenario) -> str:
    return scenario.tariff.currency if scenario.tariff is not None else "EUR"

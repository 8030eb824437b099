"""How near a run comes to the clairvoyant bound, by what the site is run for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voltloom.advisor.account import Account, objective_of
from voltloom.advisor.formats import UNKNOWN, percent
from voltloom.advisor.measured import Measured
from voltloom.allocation.adaptive.horizon.settings import Objective
from voltloom.simulation.scenario import Scenario

if TYPE_CHECKING:
    from voltloom.bound.bounding import Bound

BOUND_NOTES = {
    Objective.ENERGY: "Clairvoyant: the most that anybody could deliver",
    Objective.COST: "Clairvoyant: the least that the most energy could cost anybody",
    Objective.PROFIT: "Clairvoyant: the most that anybody could earn",
}
HEADS = {
    Objective.ENERGY: ("of bound",),
    Objective.COST: ("energy of bound", "cost of bound"),
    Objective.PROFIT: ("profit of bound",),
}


def bound_heads(scenario: Scenario) -> tuple[str, ...]:
    """Return what is compared with the bound."""
    return HEADS[objective_of(scenario)]


def bound_shares(scenario: Scenario, bound: Bound, measured: Measured) -> tuple[str, ...]:
    """Return the shares of the bound in words, in the order of `bound_heads`."""
    shares = shares_of(scenario, bound, measured.delivered_wh, measured.account)
    return tuple(UNKNOWN if share is None else percent(share) for share in shares)


def bound_note(scenario: Scenario) -> str:
    """Return what the bound is, in one sentence."""
    return (
        f"{BOUND_NOTES[objective_of(scenario)]} who knew every visit beforehand and whom every car obeyed at any current; "
        "no control reaches it but by luck."
    )


def shares_of(
    scenario: Scenario, bound: Bound, delivered_wh: float, account: Account
) -> tuple[float | None, ...]:
    """Return the shares of the bound in the order of `bound_heads`, None where the bound is nothing to divide by.

    A cost is above 1, unless less energy was delivered for it. A profit may be below 0.
    """
    energy = delivered_wh / bound.energy_delivered_wh if bound.energy_delivered_wh > 0.0 else None
    money = bound.money
    match objective_of(scenario):
        case Objective.ENERGY:
            return (energy,)
        case Objective.COST:
            return (energy, _part(account.cost_minor, money.cost_minor if money else 0))
        case Objective.PROFIT:
            return (_part(account.profit_minor, money.profit_minor if money else 0),)


def bound_json(
    scenario: Scenario, bound: Bound | None, delivered_wh: float, account: Account
) -> dict[str, object]:
    """Return the bound and a run's shares of it by name; nothing where no bound was sought."""
    if bound is None:
        return {}
    names = {"of bound": "bound_share", "energy of bound": "bound_share"}
    shares = zip(bound_heads(scenario), shares_of(scenario, bound, delivered_wh, account), strict=True)
    named = {names.get(head, f"bound_{head.split()[0]}_share"): share for head, share in shares}
    money = bound.money
    costs = (
        {}
        if money is None
        else {"bound_cost_minor": money.cost_minor, "bound_profit_minor": money.profit_minor}
    )
    if objective_of(scenario) is Objective.COST:
        del costs["bound_profit_minor"]
    return {"bound_wh": bound.energy_delivered_wh, **costs, **named}


def _part(minor: float | None, bound_minor: float) -> float | None:
    return None if minor is None or bound_minor <= 0 else minor / bound_minor

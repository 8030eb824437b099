"""What a plan is made for: the numbers an operator may change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Objective(Enum):
    """What a plan seeks, after safety and after what drivers were promised."""

    ENERGY = "energy"  # as much energy by departure as the site can deliver
    COST = "cost"  # that energy at the least price, demand charge included
    PROFIT = "profit"  # what is sold less what it costs; unprofitable energy is not delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningSettings:
    """How plans are made. replan_s: a plan is made anew after this time, and at once where vehicles or limits change.

    sell_price_per_kwh: what a delivered kWh earns, for the objective "profit". early_ratio: how much less a kWh is worth at
    a vehicle's departure than now, as a part of its worth; vehicles that leave soon lose it faster, so they come first.
    """

    objective: Objective = Objective.ENERGY
    replan_s: float = 300.0
    sell_price_per_kwh: float = 0.30
    early_ratio: float = 0.6

"""What a plan is made for: the numbers an operator may change."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from voltloom.site.mistakes import Mistake, shown


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
    guaranteed_kwh: who has got less, and less than its need, comes before everybody who has, and before any price.
    """

    objective: Objective = Objective.ENERGY
    replan_s: float = 300.0
    sell_price_per_kwh: float = 0.30
    early_ratio: float = 0.6
    guaranteed_kwh: float = 0.0


# (key, least, most, what to write)
_BOUNDS = (
    ("replan_s", 1.0, 3600.0, "Write seconds from 1 to 3600, such as 300."),
    ("guaranteed_kwh", 0.0, 1000.0, "Write the kWh that every visit gets first, such as 5, or 0 for none."),
    ("sell_price_per_kwh", 0.001, 1000.0, "Write what a kWh earns, such as 0.45."),
    (
        "early_ratio",
        0.0,
        0.95,
        "Write 0 to 0.95: at 1 a late kWh would be worth nothing, and not be delivered.",
    ),
)


def mistakes_in(settings: PlanningSettings, *, path: str, prices_at: str, has_prices: bool) -> list[Mistake]:
    """Return what cannot be. path: of the settings in their file. prices_at: the table there of what the site pays."""
    found = []
    for key, least, most, remedy in _BOUNDS:
        value: float = getattr(settings, key)
        if not least <= value <= most:
            problem = f"must be from {least:g} to {most:g}"
            found.append(Mistake(path=f"{path}.{key}", value=shown(value), problem=problem, remedy=remedy))
    if settings.objective is not Objective.ENERGY and not has_prices:
        said = settings.objective.value
        problem = "needs the prices that the site pays"
        remedy = f'Add [{prices_at}], or write "energy".'
        found.append(Mistake(path=f"{path}.objective", value=shown(said), problem=problem, remedy=remedy))
    return found

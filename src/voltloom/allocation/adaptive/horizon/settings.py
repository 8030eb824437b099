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


class Departures(Enum):
    """By which departures and needs plans are made."""

    TOLD = "told"  # as drivers tell them; who tells none is taken to stay 8 h
    FORECAST = "forecast"  # as visits so far make them likely, what drivers tell taken into account


class Arrivals(Enum):
    """Whom a plan for energy or profit counts with beside those who are there."""

    NOBODY = "nobody"
    LIKE_DAYS = "like_days"  # those who came at this time of the last five like days, a fifth of each


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanningSettings:
    """How plans are made. replan_s: a plan is made anew after this time, and at once where vehicles or limits change.

    sell_price_per_kwh: what a delivered kWh earns, for the objective "profit". early_ratio: how much less a kWh is worth at
    a vehicle's departure than now, as a part of its worth; vehicles that leave soon lose it faster, so they come first.
    export_price_per_kwh: what a kWh that is fed into the grid brings. carbon_price_per_t: of a tonne of CO2, beside the price of
    energy, where the tariff tells how much comes with it. vehicle_wear_per_kwh: what it costs that a vehicle gives a kWh and takes it
    again (`site/ageing.py`). vehicle_kept_ratio: what is left of a kWh that a vehicle took and gives back.
    guaranteed_kwh: who has got less, and less than its need, comes before everybody who has, and before any price.
    ready_before_s: for the objective "cost": how long before its departure a vehicle whose state of charge is unknown shall have its
    energy, at most a fifth of its stay: batteries take less the fuller they are. Where it is known their taper is planned with.
    """

    objective: Objective = Objective.ENERGY
    replan_s: float = 300.0
    sell_price_per_kwh: float = 0.30
    early_ratio: float = 0.3
    export_price_per_kwh: float = 0.0
    carbon_price_per_t: float = 0.0
    vehicle_wear_per_kwh: float = 0.06
    vehicle_kept_ratio: float = 0.85
    departures: Departures = Departures.TOLD
    arrivals: Arrivals = Arrivals.LIKE_DAYS
    guaranteed_kwh: float = 0.0
    ready_before_s: float = 7200.0


# (key, least, most, what to write)
_BOUNDS = (
    (
        "export_price_per_kwh",
        -1000.0,
        1000.0,
        "Write what a kWh fed into the grid brings, such as 0.08, or 0.",
    ),
    ("carbon_price_per_t", 0.0, 10_000.0, "Write what a tonne of CO2 costs, such as 80, or 0."),
    (
        "vehicle_wear_per_kwh",
        0.0,
        1000.0,
        "Write what a vehicle's kWh given and taken again costs, such as 0.06.",
    ),
    ("vehicle_kept_ratio", 0.3, 1.0, "Write 0.3 to 1, such as 0.85."),
    ("replan_s", 1.0, 3600.0, "Write seconds from 1 to 3600, such as 300."),
    ("guaranteed_kwh", 0.0, 1000.0, "Write the kWh that every visit gets first, such as 5, or 0 for none."),
    ("ready_before_s", 0.0, 86_400.0, "Write seconds from 0 to 86400, such as 3600."),
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

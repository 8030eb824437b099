"""What the objective makes of prices: worth, cost and the charge on the peak, in units of a delivered kWh."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_HOUR

DEAR = (
    10.0  # delivering what was asked for is worth this many times the highest price, that of carbon included
)
LEAST_PRICE = 1e-3
# A kW above the peak that is paid for, or that days teach, is charged this many times its part of the charge by the days left: a
# peak that is passed once is paid for all month.
BEYOND = 8.0
# Under cost so much of what days teach is used, less so much by the number of days that teach.
CAREFUL_RATIO, FEW_DAYS_RATIO = 0.96, 0.12
# Under cost and under profit; the second at most 0.9 ct of 30: charging that waits for a cheap hour meets those who come meanwhile.
EARLY_FOR_COST, EARLY_FOR_PROFIT = 0.01, 0.03
G_PER_T = 1e6
SOON_S = 900.0


class Valued(NamedTuple):
    """Money in units of what a delivered kWh is worth. cost_per_kwh: (t,) of a kWh in each step. price_per_kw: of a kW of the peak, 0 for none.

    worth_per_kwh: what a delivered kWh is worth in the currency, NaN where only energy counts. guaranteed_kwh: comes before all.
    ready_before_s: how long before its departure a vehicle of unknown charge shall have its energy; tapers: whether those of a known
    one are planned to take the last of it slowly. The next soon_s are left to all anyway.
    """

    cost_per_kwh: Floats
    early_ratio: float
    price_per_kw: float
    paid_kw: float
    worth_per_kwh: float = float("nan")
    guaranteed_kwh: float = 0.0
    ready_before_s: float = 0.0
    soon_s: float = SOON_S
    tapers: bool = False


def worth_of(settings: PlanningSettings, outlook: Outlook) -> float:
    """Return what a delivered kWh is worth, in the tariff's currency."""
    if settings.objective is Objective.PROFIT:
        return settings.sell_price_per_kwh
    price = np.abs(outlook.price_per_kwh)
    if outlook.carbon_g_per_kwh is not None:
        carbon = outlook.carbon_g_per_kwh * settings.carbon_price_per_t / G_PER_T
        price = np.maximum(price, outlook.price_per_kwh + carbon)
    return DEAR * max(float(price.max()), LEAST_PRICE)


def prices_of(settings: PlanningSettings, outlook: Outlook | None) -> Outlook | None:
    """Return the prices that a plan is made for, None where they do not count."""
    return None if settings.objective is Objective.ENERGY else outlook


def valued(
    settings: PlanningSettings, outlook: Outlook | None, seen: PeakSeen | None, edge_s: Floats
) -> Valued:
    """Return what the objective makes of the prices over steps with these edges, (t + 1,)."""
    value = _valued(settings, outlook, seen, edge_s)
    tapers = settings.objective is Objective.COST
    before_s = settings.ready_before_s if tapers else 0.0
    soon_s = max(SOON_S, 2.0 * settings.replan_s)  # until the next plan, however late that comes
    value = value._replace(guaranteed_kwh=settings.guaranteed_kwh, ready_before_s=before_s)
    return value._replace(soon_s=soon_s, tapers=tapers)


def _valued(
    settings: PlanningSettings, outlook: Outlook | None, seen: PeakSeen | None, edge_s: Floats
) -> Valued:
    steps = edge_s.size - 1
    outlook = prices_of(settings, outlook)
    if outlook is None:
        return Valued(np.zeros(steps), settings.early_ratio, 0.0, 0.0)
    worth = worth_of(settings, outlook)
    early = EARLY_FOR_COST if settings.objective is Objective.COST else EARLY_FOR_PROFIT
    cost = (mean_price(outlook, edge_s) + carbon_price(settings, outlook, edge_s)) / worth
    if seen is None or outlook.demand_price_per_kw <= 0.0:
        return Valued(cost, early, 0.0, 0.0, worth)
    a_day = outlook.demand_price_per_kw / max(1, outlook.workdays_left) / worth
    used_ratio = 1.0
    if settings.objective is Objective.COST:
        used_ratio = CAREFUL_RATIO - FEW_DAYS_RATIO / seen.workdays if seen.workdays else CAREFUL_RATIO
    paid_kw = max(seen.highest_kw, seen.target_kw * used_ratio)
    return Valued(cost, early, BEYOND * a_day, paid_kw, worth)


def mean_price(outlook: Outlook, edge_s: Floats) -> Floats:
    """Return the mean price of each step, (t,); after the last known price it stays."""
    return _mean(outlook.start_s, outlook.price_per_kwh, edge_s)


def carbon_price(settings: PlanningSettings, outlook: Outlook, edge_s: Floats) -> Floats:
    """Return what the CO2 of a kWh costs beside its price in each step, (t,); nothing where its intensity is unknown."""
    if outlook.carbon_g_per_kwh is None or settings.carbon_price_per_t <= 0.0:
        return np.zeros(edge_s.size - 1)
    return _mean(outlook.start_s, outlook.carbon_g_per_kwh * settings.carbon_price_per_t / G_PER_T, edge_s)


def _mean(start_s: Floats, price_per_kwh: Floats, edge_s: Floats) -> Floats:
    times = np.append(start_s, max(edge_s[-1], start_s[-1]) + 1.0)
    total = np.concatenate([[0.0], np.cumsum(np.diff(times) * price_per_kwh)])
    at_edges = np.interp(edge_s, times, total)
    result: Floats = np.diff(at_edges) / np.diff(edge_s)
    return result


def with_planned(seen: PeakSeen, snapshot: SiteSnapshot) -> PeakSeen:
    """Return the month's peak where all of a site is paid for: its planned other load, and what last month's peak was, are no use saving."""
    return seen._replace(target_kw=max(seen.target_kw, snapshot.planned_other_w / 1000.0))


def with_readings(seen: PeakSeen, snapshot: SiteSnapshot, interval_s: float) -> PeakSeen:
    """Return the month's highest mean power after the newest readings. interval_s: over which the mean is taken.

    That is the power of vehicles, and of all the site where its other load is known.
    """
    now_s = snapshot.now_s
    interval = int(now_s // interval_s)
    kw = float(snapshot.measured_a @ snapshot.sessions.w_per_a) / 1000.0
    if np.isfinite(snapshot.other_w):
        kw += snapshot.other_w / 1000.0
        if snapshot.batteries is not None:
            kw += float(np.nan_to_num(snapshot.batteries.power_w).sum()) / 1000.0
    # What is measured now has flown since the cycle before; of an interval that is over, until its end.
    end_s = (seen.interval + 1) * interval_s
    drawn_kwh = seen.drawn_kwh + kw * max(0.0, min(now_s, end_s) - seen.seen_s) / SECONDS_PER_HOUR
    highest_kw = max(seen.highest_kw, drawn_kwh * SECONDS_PER_HOUR / interval_s)
    if interval != seen.interval:
        begin_s = max(end_s, interval * interval_s, seen.seen_s)
        drawn_kwh = kw * max(0.0, now_s - begin_s) / SECONDS_PER_HOUR
    return seen._replace(highest_kw=highest_kw, interval=interval, drawn_kwh=drawn_kwh, seen_s=now_s)

"""What the objective makes of prices: worth, cost and the charge on the peak, in units of a delivered kWh."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from voltloom.allocation.adaptive.horizon.memory import PeakSeen
from voltloom.allocation.adaptive.horizon.settings import Objective, PlanningSettings
from voltloom.decision.outlook import Outlook
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Floats
from voltloom.units import SECONDS_PER_DAY, SECONDS_PER_HOUR

DEAR = 10.0  # delivering what was asked for is worth this many times the highest price
WORKDAYS_RATIO = 5.0 / 7.0  # of the days of a month that make its peak


class Valued(NamedTuple):
    """Money in units of what a delivered kWh is worth. cost: (t,) of a kWh in each step. peak_price: of a kW, 0 for none.

    worth_per_kwh: what a delivered kWh is worth in the currency, NaN where only energy counts.
    """

    cost: Floats
    early_ratio: float
    peak_price: float
    paid_kw: float
    worth_per_kwh: float = float("nan")


def valued(
    settings: PlanningSettings, outlook: Outlook | None, seen: PeakSeen | None, edge_s: Floats
) -> Valued:
    """Return what the objective makes of the prices over steps with these edges, (t + 1,)."""
    steps = edge_s.size - 1
    if settings.objective is Objective.ENERGY or outlook is None:
        return Valued(np.zeros(steps), settings.early_ratio, 0.0, 0.0)
    price = mean_price(outlook, edge_s)
    worth = settings.sell_price_per_kwh
    if settings.objective is Objective.COST:
        worth = DEAR * max(float(np.abs(outlook.price_per_kwh).max()), 1e-3)
    days = max(1.0, (outlook.month_end_s - edge_s[0]) / SECONDS_PER_DAY * WORKDAYS_RATIO)
    paid_kw = seen.highest_kw if seen is not None and seen.month_start_s == outlook.month_start_s else 0.0
    return Valued(
        cost=price / worth,
        early_ratio=EARLY_BESIDE_PRICES,
        peak_price=outlook.demand_price_per_kw / days / worth,
        paid_kw=paid_kw,
        worth_per_kwh=worth,
    )


EARLY_BESIDE_PRICES = 0.01


def mean_price(outlook: Outlook, edge_s: Floats) -> Floats:
    """Return the mean price of each step, (t,); after the last known price it stays."""
    times = np.append(outlook.start_s, max(edge_s[-1], outlook.start_s[-1]) + 1.0)
    total = np.concatenate([[0.0], np.cumsum(np.diff(times) * outlook.price_per_kwh)])
    at_edges = np.interp(edge_s, times, total)
    result: Floats = np.diff(at_edges) / np.diff(edge_s)
    return result


def peak_seen(seen: PeakSeen | None, snapshot: SiteSnapshot) -> PeakSeen | None:
    """Return the month's highest mean power after the newest readings."""
    outlook = snapshot.outlook
    if outlook is None or outlook.demand_price_per_kw <= 0.0:
        return None
    now_s, length_s = snapshot.now_s, outlook.demand_interval_s
    interval = int(now_s // length_s)
    if seen is None or seen.month_start_s != outlook.month_start_s:
        return PeakSeen(outlook.month_start_s, 0.0, interval, 0.0, now_s)
    kw = float(snapshot.measured_a @ snapshot.sessions.w_per_a) / 1000.0
    # What is measured now has flown since the cycle before; of an interval that is over, until its end.
    end_s = (seen.interval + 1) * length_s
    drawn_kwh = seen.drawn_kwh + kw * max(0.0, min(now_s, end_s) - seen.seen_s) / SECONDS_PER_HOUR
    highest = max(seen.highest_kw, drawn_kwh * SECONDS_PER_HOUR / length_s)
    if interval != seen.interval:
        begin_s = max(end_s, interval * length_s)
        drawn_kwh = kw * max(0.0, now_s - max(begin_s, seen.seen_s)) / SECONDS_PER_HOUR
    return PeakSeen(seen.month_start_s, highest, interval, drawn_kwh, now_s)

"""The steps of a plan: short ones first, longer ones the further away they are, and none across a change of price that matters."""

from __future__ import annotations

import numpy as np

from voltloom.decision.outlook import Outlook
from voltloom.site.network import Floats

SHORTEST_S = 300.0
# (how many, how many times the shortest): a quarter of an hour in the shortest, then quarters of an hour, half hours, hours, two hours.
LADDER = ((3, 1), (5, 3), (4, 6), (10, 12), (24, 24))
MORE_RATIO = 0.3  # so many steps more for changes of price, at most
NEAR_RATIO = 1.0 / 3.0  # an edge nearer to a change of price than this part of the step there gives way to it
SAME_S = 1e-3


def steps_s(period_s: float, horizon_s: float) -> Floats:
    """Return the lengths of the steps that cover a horizon, (t,); the first is a control period where that is longer."""
    shortest = max(SHORTEST_S, period_s)
    lengths = np.concatenate([np.full(count, shortest * times) for count, times in LADDER])
    ends = np.cumsum(lengths)
    count = int(np.searchsorted(ends, horizon_s - 1e-6)) + 1
    return lengths[:count]


def with_prices(edge_s: Floats, outlook: Outlook, period_s: float, end_s: float) -> Floats:
    """Return edges of steps, (t + 1,), that fall on the greatest changes of price and end with the last stay, at end_s.

    Nothing begins within the first control period, and there are no more steps than `MORE_RATIO` allows.
    """
    moments, change = outlook.start_s[1:], np.abs(np.diff(outlook.price_per_kwh))
    inside = (change > 0.0) & (moments > edge_s[0] + period_s) & (moments < end_s - SAME_S)
    most = edge_s.size + int(MORE_RATIO * (edge_s.size - 1))
    length_s = np.diff(edge_s)
    fixed = np.array([edge_s[0], max(end_s, edge_s[0] + period_s)])
    others = edge_s[(edge_s > fixed[0]) & (edge_s < fixed[1] - SAME_S)]
    for moment in moments[inside][np.argsort(-change[inside], kind="stable")]:
        step = min(int(np.searchsorted(edge_s, moment)) - 1, length_s.size - 1)
        away = others[np.abs(others - moment) > NEAR_RATIO * length_s[step]]
        if fixed.size + away.size < most:
            fixed, others = np.append(fixed, moment), away
    found: Floats = np.unique(np.concatenate([fixed, others]))
    return found

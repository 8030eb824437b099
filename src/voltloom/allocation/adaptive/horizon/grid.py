"""The steps of a plan: short ones first, longer ones the further away they are."""

from __future__ import annotations

import numpy as np

from voltloom.site.network import Floats

SHORTEST_S = 300.0
# (how many, how many times the shortest): a quarter of an hour in the shortest, then quarters of an hour, half hours, hours, two hours.
LADDER = ((3, 1), (5, 3), (4, 6), (10, 12), (24, 24))


def steps_s(period_s: float, horizon_s: float) -> Floats:
    """Return the lengths of the steps that cover a horizon, (t,); the first is a control period where that is longer."""
    shortest = max(SHORTEST_S, period_s)
    lengths = np.concatenate([np.full(count, shortest * times) for count, times in LADDER])
    ends = np.cumsum(lengths)
    count = int(np.searchsorted(ends, horizon_s - 1e-6)) + 1
    return lengths[:count]

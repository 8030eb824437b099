"""What vehicles may draw together: where a peak costs, no rounding and no held limit may make it higher than planned.

A plan takes a peak that was reached as paid for. If limits stood a little above it, that little would be planned with next time, and so on.
"""

from __future__ import annotations

import numpy as np

from voltloom.allocation.sharing import Division
from voltloom.decision.plan import Plan
from voltloom.decision.snapshot import SiteSnapshot
from voltloom.site.network import Bools, Floats, Ints
from voltloom.units import w_from_kw

SAME_W = 1.0


def most_w_of(plan: Plan, snapshot: SiteSnapshot, todo: Division) -> float:
    """Return what a plan's peak leaves to its vehicles now, beside what else the site draws; inf where no peak costs."""
    if plan.basis is None or not np.isfinite(plan.basis.peak_kw):
        return float("inf")
    others_w = float(todo.fixed_a @ snapshot.sessions.w_per_a)
    if np.isfinite(snapshot.other_w):
        others_w += snapshot.other_w
        if snapshot.batteries is not None:
            others_w += float(np.nan_to_num(snapshot.batteries.power_w).sum())
    return w_from_kw(plan.basis.peak_kw) - others_w


def held_within(holds: Bools, held_a: Floats, planned_a: Floats, w_per_a: Floats, most_w: float) -> Bools:
    """Return whose limit stays at held_a, (n,), so that all together draw no more than most_w, or than planned where that is more.

    Those that hold most above their plan give it up first.
    """
    above_w = np.where(holds, (held_a - planned_a) * w_per_a, 0.0)
    planned_w = float(planned_a @ w_per_a)
    over_w = planned_w + float(above_w.sum()) - max(most_w, planned_w)
    if over_w <= SAME_W:
        return holds
    order = np.argsort(-above_w, kind="stable")
    given_up = order[: int(np.searchsorted(np.cumsum(above_w[order].clip(0.0)), over_w)) + 1]
    kept = holds.copy()
    kept[given_up[above_w[given_up] > 0.0]] = False
    return kept


def risen_within(floor_a: Floats, current_a: Floats, order: Ints, w_per_a: Floats, most_w: float) -> Floats:
    """Return currents (n,) between floor_a and current_a, the first of `order` raised first while all fit within most_w."""
    if not np.isfinite(most_w):
        return current_a
    risen_w = ((current_a - floor_a) * w_per_a)[order]
    fits = np.cumsum(risen_w) <= most_w - float(floor_a @ w_per_a) + SAME_W
    found = floor_a.copy()
    found[order[fits]] = current_a[order[fits]]
    return found

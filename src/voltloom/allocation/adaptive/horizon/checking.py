"""What comes out of a solver, believed only where it keeps the problem's bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voltloom.allocation.adaptive.horizon.problem import Answer, Flows, Problem, Stored
from voltloom.site.network import Floats

SAME_KWH = 1e-3
SAME_A = 0.01
SAME_KW = 0.01
HELD_KWH = 0.02  # of what is held: a solver's noise, added up over the steps
PANIC = "PanicException"  # a panic of a solver written in Rust: no Exception, and of a class that cannot be imported


def checked(problem: Problem, solver: Callable[[Problem], Answer]) -> Answer | None:
    """Return an answer that keeps the problem's bounds, None for any other or none at all."""
    try:
        return _kept(problem, solver(problem))
    except BaseException as wrong:  # a plan is never worth a site: whatever breaks, the rules take over
        if isinstance(wrong, Exception) or type(wrong).__name__ == PANIC:
            return None
        raise


def _kept(problem: Problem, answer: Answer) -> Answer | None:
    """Return the answer within the bounds, None where it leaves them by more than a solver's noise."""
    demand, flows = problem.demand, problem.flows
    current_a = answer.current_a
    if not answer.is_exact or current_a.shape != demand.high_a.shape or not np.isfinite(current_a).all():
        return None
    if ((current_a < demand.low_a - SAME_A) | (current_a > demand.high_a + SAME_A)).any():
        return None
    given_kwh = (current_a * demand.kwh_per_a).sum(axis=1)
    most_kwh = demand.need_kwh * (1.0 + SAME_KWH) + SAME_KWH
    if flows is not None:
        if answer.stored is None or not _stores_well(flows, answer.stored):
            return None
        if not _gives_well(flows, current_a * demand.kwh_per_a, answer.stored, demand.kwh_per_a):
            return None
        most_kwh[flows.givers.place] = np.inf
    if (given_kwh > most_kwh).any():
        return None
    return answer._replace(current_a=np.clip(current_a, demand.low_a, demand.high_a))


def _stores_well(flows: Flows, stored: Stored) -> bool:
    """Return whether batteries keep to what they can and may hold."""
    stores, power_kw, held_kwh = flows.stores, stored.battery_kw, stored.stored_kwh
    shape = (stores.charge_kw.size, flows.length_h.size)
    if power_kw.shape != shape or held_kwh.shape != shape:
        return False
    if not (np.isfinite(power_kw).all() and np.isfinite(held_kwh).all()):
        return False
    within = (power_kw <= stores.charge_kw[:, None] + SAME_KW) & (
        power_kw >= -stores.discharge_kw[:, None] - SAME_KW
    )
    least = np.minimum(stores.least_kwh, stores.start_kwh)[:, None] - HELD_KWH
    most = np.maximum(stores.most_kwh, stores.start_kwh)[:, None] + HELD_KWH
    return bool((within & (held_kwh >= least) & (held_kwh <= most)).all())


def _gives_well(flows: Flows, charged_kwh: Floats, stored: Stored, kwh_per_a: Floats) -> bool:
    """Return whether vehicles feed back what they can, never what their drivers keep, and end with no more than was asked for, no less than they must."""
    givers, given_a = flows.givers, stored.given_a
    if given_a.shape != charged_kwh.shape or not np.isfinite(given_a).all() or (given_a < -SAME_A).any():
        return False
    only = np.ones(given_a.shape[0], dtype=np.bool_)
    only[givers.place] = False
    if given_a[only].any() or (given_a[givers.place] > givers.most_a + SAME_A).any():
        return False
    taken_kwh = given_a[givers.place] * kwh_per_a[givers.place] / givers.kept_ratio
    net_kwh = np.cumsum(charged_kwh[givers.place] - taken_kwh, axis=1)
    most_kwh = np.maximum(np.maximum(givers.room_kwh, givers.short_kwh), 0.0)
    within = (net_kwh >= -givers.spare_kwh[:, None] - HELD_KWH) & (net_kwh <= most_kwh[:, None] + HELD_KWH)
    return bool(
        within.all()
        and (net_kwh[:, -1] >= givers.least_end_kwh - HELD_KWH).all()
        and (net_kwh[:, -1] <= np.maximum(givers.short_kwh, 0.0) * (1 + SAME_KWH) + HELD_KWH).all()
    )

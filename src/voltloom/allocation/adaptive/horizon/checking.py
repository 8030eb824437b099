"""What comes out of a solver, believed only where it keeps the problem's bounds."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voltloom.allocation.adaptive.horizon.problem import Answer, Demand, Problem

SAME_KWH = 1e-3
PANIC = "PanicException"  # a panic of a solver written in Rust: no Exception, and of a class that cannot be imported


def checked(problem: Problem, solver: Callable[[Problem], Answer]) -> Answer | None:
    """Return an answer that keeps the problem's bounds, None for any other or none at all."""
    try:
        return _kept(problem.demand, solver(problem))
    except BaseException as wrong:  # a plan is never worth a site: whatever breaks, the rules take over
        if isinstance(wrong, Exception) or type(wrong).__name__ == PANIC:
            return None
        raise


def _kept(demand: Demand, answer: Answer) -> Answer | None:
    """Return the answer within the bounds, None where it leaves them by more than a solver's noise."""
    current_a = answer.current_a
    if not answer.is_exact or current_a.shape != demand.high_a.shape or not np.isfinite(current_a).all():
        return None
    if ((current_a < demand.low_a - 0.01) | (current_a > demand.high_a + 0.01)).any():
        return None
    given = (current_a * demand.kwh_per_a).sum(axis=1)
    if (given > demand.need_kwh * (1.0 + SAME_KWH) + SAME_KWH).any():
        return None
    return answer._replace(current_a=np.clip(current_a, demand.low_a, demand.high_a))

"""Who makes a plan: our own method, and the general solver for what is stored and for the few problems our method gives up."""

from __future__ import annotations

from voltloom.allocation.adaptive.horizon import conic
from voltloom.allocation.adaptive.horizon.interior import method
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem


def solved(problem: Problem) -> Answer:
    """Return the plan; is_exact False where neither reached it. A limit of nothing on phasors is one our method gives up, flows it does not know."""
    if problem.flows is not None:
        return conic.solved(problem)
    answer = method.solved(problem)
    return answer if answer.is_exact else conic.solved(problem)

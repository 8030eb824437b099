"""Who makes a plan: our own method, and the general solver for the few problems it gives up."""

from __future__ import annotations

from voltloom.allocation.adaptive.horizon import conic
from voltloom.allocation.adaptive.horizon.interior import method
from voltloom.allocation.adaptive.horizon.problem import Answer, Problem


def solved(problem: Problem) -> Answer:
    """Return the plan; is_exact False where neither reached it. A limit of nothing on phasors is one our method gives up."""
    answer = method.solved(problem)
    return answer if answer.is_exact else conic.solved(problem)

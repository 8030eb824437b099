"""Which outlets a trial takes: a share of all of them, spread over the circuits, and the same ones each time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import zip_longest


def spread(circuit_of: Sequence[str], share_ratio: float) -> tuple[int, ...]:
    """Return a share of the outlets, at least one, at most all. circuit_of: of each outlet. A larger share holds every smaller one."""
    by_circuit: dict[str, list[int]] = {}
    for evse, circuit in enumerate(circuit_of):
        by_circuit.setdefault(circuit, []).append(evse)
    in_turn = [
        evse
        for level in zip_longest(*(_scattered(evses) for evses in by_circuit.values()))
        for evse in level
        if evse is not None
    ]
    count = min(len(in_turn), max(1, math.ceil(share_ratio * len(in_turn) - 1e-9)))
    return tuple(sorted(in_turn[:count]))


def _scattered(evses: list[int]) -> list[int]:
    """Return outlets in an order in which neighbours, which are alike, are far apart: by the golden ratio."""
    step = (math.sqrt(5.0) - 1.0) / 2.0
    return [evse for _, evse in sorted((((at + 1) * step) % 1.0, evse) for at, evse in enumerate(evses))]

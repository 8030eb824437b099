"""Problems of every kind, drawn from a seed: roomy and tight, lines and phasors, peaks, early departures, nothing left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voltloom.allocation.adaptive.horizon.problem import Demand, Limits, Peak, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What a problem is like. room_ratio: what limits bear, beside what all vehicles could draw."""

    vehicles: int
    steps: int
    lines: int = 1
    cones: int = 2
    angles: int = 3
    room_ratio: float = 0.3
    need_ratio: float = 0.5
    has_peak: bool = False
    has_floor: bool = False
    is_soft: bool = True
    dead_ratio: float = 0.0
    own_weights: bool = False


def problem_of(kind: Kind, seed: int) -> Problem:
    """Return a problem that can be solved: where a vehicle has a low bound, every limit bears all of them."""
    chance = np.random.default_rng(seed)
    n, t = kind.vehicles, kind.steps
    length_h = chance.choice([1 / 12, 0.25, 0.5, 1.0], t)
    end = np.cumsum(length_h)
    stay = chance.uniform(0.05, 1.1 * end[-1], n)
    high = 32.0 * np.clip((stay[:, None] - (end - length_h)) / length_h, 0.0, 1.0)
    high[chance.random((n, t)) < kind.dead_ratio] = 0.0
    low = np.where(chance.random((n, t)) < 0.3, chance.uniform(0.0, 1.0, (n, t)), 0.0) * high * kind.has_floor
    kwh = chance.choice([0.208, 0.23, 0.69], n)[:, None] * length_h
    full = (kwh * high).sum(axis=1)
    need = full * chance.uniform(0.0, 2.0 * kind.need_ratio, n)
    need = np.maximum(need, (kwh * low).sum(axis=1) * chance.choice([1.0, 1.3], n))
    cost = kwh * chance.uniform(0.0, 0.5, (1, t))
    stiffness = np.broadcast_to(1e-4 * length_h, (n, t)) * chance.choice([0.0, 1.0, 100.0]) * kind.is_soft
    reference = chance.uniform(0.0, 32.0, (n, t)) * chance.choice([0.0, 1.0])
    worth = chance.choice([1.0, 0.4, 0.05], n)
    rows = kind.lines + kind.cones
    size = (
        chance.uniform(0.3, 2.0, (rows, n)) if kind.own_weights else chance.choice([0.0, 0.5, 1.0], (rows, n))
    )
    turn = 2.0 * np.pi / 3.0 * chance.integers(0, kind.angles, n) + chance.choice([0.0, np.pi / 6], (rows, 1))
    is_line = np.arange(rows) < kind.lines
    weight = size * np.where(is_line[:, None], 1.0 + 0.0j, np.exp(1j * turn))
    rating = kind.room_ratio * chance.uniform(0.5, 1.5, (rows, 1)) * np.abs(weight) @ np.full((n, t), 32.0)
    rating = np.maximum(rating, 1.001 * np.abs(weight) @ low)
    peak = None
    if kind.has_peak:
        base = chance.uniform(-2.0, 20.0, t)
        peak = Peak(
            kwh[:, 0] / length_h[0],
            base,
            float(chance.uniform(0.0, 30.0)),
            float(chance.choice([1e-3, 0.3, 5.0])),
        )
    demand = Demand(low, high, cost, kwh, np.array(stiffness), reference, need, worth)
    return Problem(demand, Limits(weight.astype(np.complex128), rating, is_line), peak)

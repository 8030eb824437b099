"""What the rows of a site may carry for its vehicles in each step, other load and limits from outside counted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

import numpy as np

from voltloom.simulation.clock import TOLERANCE, Clock
from voltloom.simulation.outside_limits import limits_at
from voltloom.simulation.scenario import Scenario
from voltloom.site.network import Floats

LEAST_A = (
    1e-3  # a row that is full of other load keeps this much, so that the solver has an inside to walk in
)


def limits_of(scenario: Scenario, clock: Clock) -> Floats:
    """Return what each row may carry for vehicles in each step, (steps, m); W where it is a cabinet.

    Where something changes inside a step its most generous value holds for all of the step: a bound may be too high.
    """
    other = scenario.other_load
    other_a = _in_steps(clock, other.start_s, lambda time_s: -other.at(time_s))
    if not scenario.outside_limits:
        outside_a: Floats = np.full((1, len(scenario.network.row_ids)), np.inf)
    else:
        outside_a = _in_steps(clock, _outside_changes_s(scenario), lambda time_s: limits_at(scenario, time_s))
    rating_a: Floats = np.minimum(scenario.network.grid.rating_a, outside_a) + other_a
    return np.maximum(rating_a, LEAST_A)


def _outside_changes_s(scenario: Scenario) -> list[float]:
    return [
        scenario.start_s + after_s
        for spec in scenario.outside_limits
        for after_s in (spec.told_s, spec.start_s, spec.start_s + spec.length_s, spec.withdrawn_s)
        if math.isfinite(after_s)
    ]


def _in_steps(clock: Clock, changes_s: Iterable[float], value_at: Callable[[float], Floats]) -> Floats:
    """Return the greatest value (m,) of a step function in each step, (steps, m)."""
    end_s = clock.time_s(clock.steps)
    inside = sorted({float(s) for s in changes_s if clock.start_s < s < end_s})
    begins_s = [clock.start_s, *inside]
    first = [value_at(begin_s) for begin_s in begins_s]
    greatest = np.full((clock.steps, first[0].size), -np.inf)
    for value, begin_s, until_s in zip(first, begins_s, [*inside, end_s], strict=True):
        until = math.ceil((until_s - clock.start_s) / clock.step_s - TOLERANCE)
        steps = slice(clock.step_at(begin_s), until)
        greatest[steps] = np.maximum(greatest[steps], value)
    return greatest

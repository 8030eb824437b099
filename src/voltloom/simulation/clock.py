"""Virtual time: physics in steps, control in periods of whole steps; what happens in between counts from its step on."""

from __future__ import annotations

import math
from dataclasses import dataclass

TOLERANCE = 1e-9  # of a step: times are sums of floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Step k lasts from start_s + k * step_s to the next one; `steps` of them make the run."""

    start_s: float
    step_s: float
    steps: int
    steps_per_cycle: int
    steps_per_report: int

    def time_s(self, step: int) -> float:
        """Return when a step begins."""
        return self.start_s + step * self.step_s

    def step_at(self, time_s: float) -> int:
        """Return the step in which a time lies, never before the first; the run's end is step `steps`."""
        if time_s == math.inf:
            return self.steps
        step = math.floor((time_s - self.start_s) / self.step_s + TOLERANCE)
        return min(max(step, 0), self.steps)

    def is_cycle(self, step: int) -> bool:
        """Return whether a control cycle runs at the beginning of a step."""
        return step % self.steps_per_cycle == 0

    def is_report(self, step: int) -> bool:
        """Return whether meters report at the beginning of a step."""
        return step % self.steps_per_report == 0


def clock_of(
    *, start_s: float, end_s: float, step_s: float, period_s: float, report_period_s: float
) -> Clock:
    """Return the clock of a run.

    Raises ValueError where the control period is no multiple of the step, or nothing would run.
    """
    if step_s <= 0.0 or end_s <= start_s:
        raise ValueError(f"nothing to run: from {start_s} to {end_s} s in steps of {step_s} s")
    per_cycle = round(period_s / step_s)
    if per_cycle < 1 or abs(per_cycle * step_s - period_s) > 1e-6:
        raise ValueError(f"the control period of {period_s} s is no multiple of the step of {step_s} s")
    return Clock(
        start_s=start_s,
        step_s=step_s,
        steps=math.ceil((end_s - start_s) / step_s - TOLERANCE),
        steps_per_cycle=per_cycle,
        steps_per_report=max(1, math.floor(report_period_s / step_s + TOLERANCE)),
    )
